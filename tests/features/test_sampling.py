import numpy as np
import pytest
from keras import ops

from face2param.features.sampling import affine_sample, fit_similarity, nearest_at, sample_at
from face2param.landmarks.similarity import estimate_similarity

IDENTITY = np.float32([[[1, 0, 0], [0, 1, 0]]])


def ramp(height=6, width=8):
    """Pictures whose two channels are the pixel centre's x and y."""
    y, x = np.mgrid[:height, :width] + 0.5
    return np.stack([x, y], -1)[None].astype(np.float32)


def test_identity_returns_the_picture():
    images = np.random.default_rng(0).random((1, 5, 7, 3)).astype(np.float32)
    np.testing.assert_allclose(
        ops.convert_to_numpy(affine_sample(images, IDENTITY, (5, 7))), images
    )


def test_positions_follow_the_matrix_with_centres_at_half():
    matrix = np.float32([[[0.5, 0.0, 2.0], [0.0, 0.5, 1.5]]])
    found = ops.convert_to_numpy(affine_sample(ramp(), matrix, (2, 3)))[0]
    np.testing.assert_allclose(found[1, 2], [0.5 * 2.5 + 2.0, 0.5 * 1.5 + 1.5], rtol=1e-6)


def test_outside_takes_the_edge():
    matrix = np.float32([[[1, 0, -50], [0, 1, 50]]])
    found = ops.convert_to_numpy(affine_sample(ramp(), matrix, (2, 2)))
    np.testing.assert_allclose(found[0, 0, 0], [0.5, 5.5])


def test_supersampling_averages_what_an_output_pixel_covers():
    images = np.zeros((1, 4, 4, 1), np.float32)
    images[0, 1, 1] = 1.0
    matrix = np.float32([[[2, 0, 0], [0, 2, 0]]])
    found = ops.convert_to_numpy(affine_sample(images, matrix, (2, 2), supersample=2))
    np.testing.assert_allclose(found[0, :, :, 0], [[0.25, 0], [0, 0]], atol=1e-6)


def test_a_batch_reads_each_its_own_picture():
    images = np.stack([np.full((3, 3, 1), v, np.float32) for v in (1, 2, 3)])
    found = ops.convert_to_numpy(affine_sample(images, np.repeat(IDENTITY, 3, 0), (1, 1)))
    assert found.ravel().tolist() == [1, 2, 3]


def test_fit_equals_the_numpy_one():
    rng = np.random.default_rng(1)
    source = rng.random((9, 2)).astype(np.float32)
    target = rng.random((4, 9, 2)).astype(np.float32) * 50
    expected = estimate_similarity(np.broadcast_to(source, target.shape), target)
    found = ops.convert_to_numpy(fit_similarity(ops.convert_to_tensor(source), target))
    np.testing.assert_allclose(found, expected, atol=2e-4)


def test_gradients_agree_with_finite_differences():
    import tensorflow as tf

    rng = np.random.default_rng(2)
    images = tf.constant(rng.random((1, 6, 6, 2)), tf.float64)
    points = tf.constant(rng.random((1, 4, 2)) * 3 + 1, tf.float64)
    source = tf.constant(rng.random((4, 2)) * 4, tf.float64)
    weights = tf.constant(rng.standard_normal((1, 4, 4, 2)), tf.float64)

    def value(images, points):
        sampled = affine_sample(images, fit_similarity(source, points), (4, 4))
        return tf.reduce_sum(sampled * weights)

    with tf.GradientTape() as tape:
        tape.watch([images, points])
        total = value(images, points)
    gradients = tape.gradient(total, [images, points])
    step = 1e-6  # float64: truncation and rounding are both far below the tolerance
    for argument, gradient in enumerate(gradients):
        direction = tf.constant(rng.standard_normal(gradient.shape), tf.float64)
        moved = [[images, points], [images, points]]
        moved[0][argument] = moved[0][argument] + step * direction
        moved[1][argument] = moved[1][argument] - step * direction
        slope = float(value(*moved[0]) - value(*moved[1])) / (2 * step)
        assert slope == pytest.approx(float(tf.reduce_sum(gradient * direction)), rel=1e-5)


def test_labels_are_read_by_the_nearest_pixel():
    labels = np.arange(6, dtype=np.int32).reshape(1, 2, 3)
    x = np.float32([[[0.1, 1.9, 9.0]]])
    y = np.float32([[[0.1, 1.1, -5.0]]])
    assert ops.convert_to_numpy(nearest_at(labels, x, y)).tolist() == [[[0, 4, 2]]]
    found = ops.convert_to_numpy(sample_at(ramp(2, 3), x, y))
    np.testing.assert_allclose(found[0, 0, 1], [1.9, 1.1], rtol=1e-6)


def test_errors_name_the_argument():
    images = np.zeros((1, 4, 4, 3), np.float32)
    with pytest.raises(ValueError, match="images must be"):
        affine_sample(images[0], IDENTITY, (2, 2))
    with pytest.raises(ValueError, match="matrices must be"):
        affine_sample(images, IDENTITY[0], (2, 2))
    with pytest.raises(ValueError, match="supersample"):
        affine_sample(images, IDENTITY, (2, 2), supersample=0)
    with pytest.raises(ValueError, match="source must be"):
        fit_similarity(np.zeros((1, 2)), np.zeros((1, 1, 2)))
    with pytest.raises(ValueError, match="target must be"):
        fit_similarity(np.zeros((3, 2)), np.zeros((1, 4, 2)))
