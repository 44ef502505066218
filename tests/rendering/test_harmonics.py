import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering import harmonics


def directions(count, seed=0):
    found = np.random.default_rng(seed).normal(size=(count, 3))
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


def test_factors_of_deep3d():
    x, y, z = 0.48, 0.6, 0.64
    expected = [
        0.886227,
        -1.772454 * y,
        1.772454 * z,
        -1.772454 * x,
        2.427032 * x * y,
        -2.427032 * y * z,
        0.700624 * (3 * z * z - 1),
        -2.427032 * x * z,
        1.213516 * (x * x - y * y),
    ]
    np.testing.assert_allclose(harmonics.basis(tf.constant([x, y, z])), expected, atol=1e-5)


def test_bands_are_orthogonal_over_the_sphere():
    """Divided by the bands' cosine factors they are orthonormal."""
    cosine = np.repeat([np.pi, 2 * np.pi / np.sqrt(3), 2 * np.pi / np.sqrt(8)], [1, 3, 5])
    values = harmonics.basis(tf.constant(directions(200_000))).numpy() / cosine
    gram = 4 * np.pi * values.T @ values / len(values)
    # Two hundred thousand random directions: a standard error below 0.005.
    np.testing.assert_allclose(gram, np.eye(9), atol=0.02)


def test_white_light_equals_equal_channels():
    normals, albedo = directions(10)[None], np.full((1, 10, 3), 0.5, np.float32)
    light = np.random.default_rng(1).normal(size=(1, 9, 1)).astype(np.float32)
    white = harmonics.shade(albedo, normals, light)
    np.testing.assert_allclose(white, harmonics.shade(albedo, normals, np.repeat(light, 3, 2)))
    assert white.shape == (1, 10, 3)


def test_shades_pixels_like_vertices_each_picture_by_its_own_light():
    normals = directions(24).reshape(2, 3, 4, 3)
    albedo = np.random.default_rng(1).random((2, 3, 4, 3)).astype(np.float32)
    light = np.random.default_rng(2).normal(size=(2, 9, 3)).astype(np.float32)
    pixels = harmonics.shade(albedo, normals, light).numpy()
    for k in range(2):
        expected = albedo[k] * np.einsum("hwk,kc->hwc", harmonics.basis(normals[k]), light[k])
        np.testing.assert_allclose(pixels[k], expected, rtol=1e-4, atol=1e-5)


def test_gradients_to_albedo_normals_and_light():
    normals, light = tf.constant(directions(5)[None], tf.float64), np.ones((1, 9, 3))
    albedo = np.full((1, 5, 3), 0.7)
    arguments = [tf.constant(albedo), normals, tf.constant(light)]
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        value = tf.reduce_sum(harmonics.shade(*arguments) ** 2)
    gradients = tape.gradient(value, arguments)
    for k, gradient in enumerate(gradients):
        step = np.random.default_rng(k).normal(size=gradient.shape)
        sides = []
        for sign in (1, -1):
            changed = list(arguments)
            changed[k] = changed[k] + sign * 1e-5 * step
            sides.append(float(tf.reduce_sum(harmonics.shade(*changed) ** 2)))
        np.testing.assert_allclose(np.sum(gradient * step), (sides[0] - sides[1]) / 2e-5, rtol=1e-6)


def test_errors_name_the_argument():
    with pytest.raises(ValueError, match="normals must have shape"):
        harmonics.basis(tf.zeros([4, 2]))
    with pytest.raises(ValueError, match=r"light must have shape \[batch, 9, channels\]"):
        harmonics.shade(tf.zeros([1, 4, 3]), tf.zeros([1, 4, 3]), tf.zeros([1, 3, 9]))
    with pytest.raises(ValueError, match="albedo must have shape"):
        harmonics.shade(tf.zeros([1, 4, 1]), tf.zeros([1, 4, 3]), tf.zeros([1, 9, 3]))


def test_equals_tensorflow_graphics():
    oracle = pytest.importorskip("tensorflow_graphics.math.spherical_harmonics")
    math_helpers = pytest.importorskip("tensorflow_graphics.math.math_helpers")
    normals = directions(20).astype(np.float64)
    spherical = math_helpers.cartesian_to_spherical_coordinates(normals)
    degrees, orders = oracle.generate_l_m_permutations(2)
    ones = np.ones((20, 1), int)
    expected = oracle.evaluate_spherical_harmonics(
        ones * degrees.numpy(), ones * orders.numpy(), spherical[:, 1:2], spherical[:, 2:3]
    )
    cosine = np.repeat([np.pi, 2 * np.pi / np.sqrt(3), 2 * np.pi / np.sqrt(8)], [1, 3, 5])
    ours = harmonics.basis(tf.constant(normals)).numpy() / cosine
    # Signs of odd bands are a matter of convention (Condon and Shortley).
    np.testing.assert_allclose(np.abs(ours), np.abs(expected), atol=1e-6)
