import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering import rotations

ANGLES = np.random.default_rng(0).uniform(-1.4, 1.4, (5, 4, 3)).astype(np.float32)


@pytest.mark.parametrize(
    ("axis", "point", "turned"),
    [
        (0, [0, 0, 1], [0, -1, 0]),  # about x: a face looks down
        (1, [0, 0, 1], [1, 0, 0]),  # about y: it turns to the picture's right
        (2, [1, 0, 0], [0, 1, 0]),  # about z: counter-clockwise
    ],
)
def test_a_quarter_turn_about_each_axis(axis, point, turned):
    angles = np.zeros(3, np.float32)
    angles[axis] = np.pi / 2
    matrix = rotations.from_euler(angles).numpy()
    np.testing.assert_allclose(matrix @ point, turned, atol=1e-6)


def test_is_the_product_of_the_three_turns():
    x, y, z = (rotations.from_euler(ANGLES * np.eye(3, dtype=np.float32)[k]) for k in range(3))
    np.testing.assert_allclose(rotations.from_euler(ANGLES), z @ y @ x, atol=1e-6)


def test_angles_come_back():
    found = rotations.to_euler(rotations.from_euler(ANGLES))
    np.testing.assert_allclose(found, ANGLES, atol=1e-5)


def test_locked_angles_give_the_same_rotation():
    angles = np.array([[0.3, np.pi / 2, 0.5], [-0.4, -np.pi / 2, 0.2]], np.float64)
    matrix = rotations.from_euler(angles)
    np.testing.assert_allclose(rotations.from_euler(rotations.to_euler(matrix)), matrix, atol=1e-6)


def test_transform_turns_then_moves_and_has_gradients():
    points = tf.constant([[[1.0, 0, 0], [0, 1, 0]]])
    rotation = rotations.from_euler([[0.0, 0.0, np.pi / 2]])
    translation = tf.constant([[1.0, 2.0, 3.0]])
    with tf.GradientTape() as tape:
        tape.watch([points, rotation, translation])
        moved = rotations.transform(points, rotation, translation)
    np.testing.assert_allclose(moved[0], [[1, 3, 3], [0, 2, 3]], atol=1e-6)
    by_points, by_rotation, by_translation = tape.gradient(moved, [points, rotation, translation])
    np.testing.assert_allclose(by_translation, [[2, 2, 2]])
    np.testing.assert_allclose(by_rotation[0], [[1, 1, 0]] * 3)
    np.testing.assert_allclose(by_points[0, 0], np.sum(rotation[0], 0), atol=1e-6)


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match=r"angles must have shape \[..., 3\], got \[2\]"):
        rotations.from_euler([0.0, 1.0])
    with pytest.raises(ValueError, match="rotation must have shape"):
        rotations.to_euler(tf.zeros([2, 3]))
    with pytest.raises(ValueError, match="translation must have shape"):
        rotations.transform(tf.zeros([1, 2, 3]), tf.zeros([1, 3, 3]), tf.zeros([3]))


def test_equals_tensorflow_graphics():
    oracle = pytest.importorskip("tensorflow_graphics.geometry.transformation")
    expected = oracle.rotation_matrix_3d.from_euler(ANGLES)
    np.testing.assert_allclose(rotations.from_euler(ANGLES), expected, atol=1e-6)
