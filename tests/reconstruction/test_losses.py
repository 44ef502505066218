"""The losses: closed forms, gradients, and finite gradients where the original has none."""

import numpy as np
import pytest
import tensorflow as tf

from face2param.reconstruction import losses

RNG = np.random.default_rng(3)


def random(*shape):
    return tf.constant(RNG.uniform(0, 1, shape), tf.float32)


def gradient(function, *arguments):
    with tf.GradientTape() as tape:
        tape.watch(arguments)
        value = tf.reduce_sum(function(*arguments))
    return tape.gradient(value, arguments)


def check_against_differences(function, argument, step=1e-2, tolerance=2e-3):
    """Directional derivatives along random directions; float32 allows about 1e-3."""
    (slope,) = gradient(function, argument)
    for _ in range(3):
        way = tf.constant(RNG.normal(size=argument.shape), tf.float32)
        ends = [tf.reduce_sum(function(argument + s * step * way)) for s in (1, -1)]
        expected = float(ends[0] - ends[1]) / (2 * step)
        found = float(tf.reduce_sum(slope * way))
        assert abs(found - expected) <= tolerance * max(1.0, abs(expected)), (found, expected)


def test_photometric_is_the_mean_colour_distance_of_the_attended_pixels():
    photo = random(2, 5, 6, 3)
    rendered = photo + tf.constant([0.3, 0.0, 0.4])
    attention = random(2, 5, 6, 1)
    found = losses.photometric(rendered, photo, attention)
    assert found.shape == (2,)
    # Where the attention sums to more than 1 it is a mean: every pixel is 0.5 off.
    np.testing.assert_allclose(found, 0.5 - 1e-3, atol=2e-4)


def test_photometric_ignores_what_is_not_attended():
    photo, rendered = random(1, 4, 4, 3), random(1, 4, 4, 3)
    attention = np.zeros((1, 4, 4, 1), np.float32)
    assert float(losses.photometric(rendered, photo, attention)[0]) == 0
    attention[0, 1, 2] = 1
    expected = np.linalg.norm(rendered[0, 1, 2] - photo[0, 1, 2])
    found = float(losses.photometric(rendered, photo, attention)[0])
    assert found == pytest.approx(expected, abs=1.1e-3)


def test_photometric_has_a_finite_gradient_at_an_exact_match():
    photo = random(1, 4, 4, 3)
    (slope,) = gradient(lambda r: losses.photometric(r, photo, tf.ones([1, 4, 4, 1])), photo)
    assert np.isfinite(slope).all() and np.abs(slope).max() == 0


def test_photometric_is_robust_and_differentiable():
    photo, attention = random(2, 4, 4, 3), random(2, 4, 4, 1)
    check_against_differences(
        lambda r: losses.photometric(r, photo, attention), random(2, 4, 4, 3), step=1e-3
    )
    # Twice the difference costs twice as much, not four times: an outlier stays cheap.
    near = losses.photometric(photo + 0.2, photo, attention)
    far = losses.photometric(photo + 0.4, photo, attention)
    np.testing.assert_allclose(far / near, 2.0, atol=0.01)


def test_the_attention_gets_no_gradient():
    photo, rendered = random(1, 4, 4, 3), random(1, 4, 4, 3)
    attention = random(1, 4, 4, 1)
    (slope,) = gradient(lambda a: losses.photometric(rendered, photo, a), attention)
    assert slope is None


def test_landmark_weights_are_the_papers():
    heavy = np.flatnonzero(losses.LANDMARK_WEIGHTS == 20).tolist()
    assert heavy == [28, 29, 30, 60, 61, 62, 63, 64, 65, 66, 67]
    assert (np.delete(losses.LANDMARK_WEIGHTS, heavy) == 1).all()


def test_landmarks_are_weighted_squares_over_all_points():
    target = random(2, 68, 2) * 200
    moved = np.array(target)
    moved[0, 30] += (3, 4)
    moved[1, 0] += (0, 2)
    found = losses.landmarks(tf.constant(moved), target)
    np.testing.assert_allclose(found, [20 * 25 / 68, 4 / 68], rtol=1e-4)
    # A quadratic function: a large step loses no accuracy to it and less to rounding.
    check_against_differences(
        lambda f: losses.landmarks(f, target), random(2, 68, 2) * 10, step=1.0
    )


def test_a_scale_bounds_what_one_landmark_costs():
    target = tf.zeros([1, 68, 2])
    weights = np.ones(68, np.float32)
    moved = np.zeros((1, 68, 2), np.float32)
    moved[0, 5, 0] = 500.0
    found = losses.landmarks(tf.constant(moved), target, weights, scale=4.0)
    np.testing.assert_allclose(found, 16 / 68, rtol=1e-3)
    moved[0, 5, 0] = 0.1
    found = losses.landmarks(tf.constant(moved), target, weights, scale=4.0)
    np.testing.assert_allclose(found, 0.01 / 68, rtol=1e-3)


def test_unknown_noise_is_the_loss_itself_where_it_is_small():
    found = losses.unknown_noise(tf.constant([1e-4, 0.02, 2.0]), 0.02)
    np.testing.assert_allclose(found, [1e-4, 0.02 * np.log(2), 0.02 * np.log(101)], rtol=0.01)
    (slope,) = gradient(lambda e: losses.unknown_noise(e, 0.02), tf.constant([0.0, 0.06]))
    np.testing.assert_allclose(slope, [1, 0.25], rtol=1e-5)
    assert float(losses.unknown_noise(tf.constant(3.0), 0.0)) == 3.0


def test_perceptual_is_one_minus_the_cosine():
    first = tf.constant([[1.0, 0.0], [2.0, 0.0], [1.0, 1.0]])
    second = tf.constant([[3.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    found = losses.perceptual(first, second)
    np.testing.assert_allclose(found, [0, 1, 1 - 0.5**0.5], atol=1e-6)
    check_against_differences(lambda f: losses.perceptual(f, second), first + 0.3)


def test_perceptual_survives_a_descriptor_of_zeros():
    slopes = gradient(losses.perceptual, tf.zeros([1, 4]), tf.ones([1, 4]))
    assert all(np.isfinite(slope).all() for slope in slopes)


def test_coefficients_are_squares_in_their_proportions():
    parts = {"identity": tf.fill([1, 2], 2.0), "expression": tf.fill([1, 3], 1.0)}
    found = losses.coefficients(parts, {"identity": 1.0, "expression": 0.8})
    np.testing.assert_allclose(found, 8 + 0.8 * 3, rtol=1e-6)


def test_reflectance_is_the_variance_over_the_skin():
    albedo, mask = random(2, 50, 3), RNG.uniform(size=50) < 0.5
    found = losses.reflectance(albedo, mask)
    np.testing.assert_allclose(found, np.var(albedo.numpy()[:, mask], 1).sum(-1), rtol=1e-4)
    flat = tf.ones([1, 50, 3]) * [0.5, 0.4, 0.3]
    np.testing.assert_allclose(losses.reflectance(flat, mask), 0, atol=1e-10)
    check_against_differences(lambda a: losses.reflectance(a, mask), albedo)


def test_gamma_is_zero_for_white_light_only():
    white = tf.tile(random(1, 9), [1, 3])
    np.testing.assert_allclose(losses.gamma(white), 0, atol=1e-10)
    np.testing.assert_allclose(losses.gamma(random(2, 9)), 0)
    red = np.zeros((1, 27), np.float32)
    red[0, 0] = 3.0  # deviations 2, -1, -1 of the first band
    np.testing.assert_allclose(losses.gamma(tf.constant(red)), 6 / 27, rtol=1e-5)
    check_against_differences(losses.gamma, random(2, 27))


def test_errors_name_the_argument():
    picture, attention = tf.zeros([1, 4, 4, 3]), tf.zeros([1, 4, 4, 1])
    with pytest.raises(ValueError, match="photo must have shape"):
        losses.photometric(picture, picture[:, :3], attention)
    with pytest.raises(ValueError, match="attention must have shape"):
        losses.photometric(picture, picture, picture)
    with pytest.raises(ValueError, match="target must have shape"):
        losses.landmarks(tf.zeros([1, 68, 2]), tf.zeros([1, 5, 2]))
    with pytest.raises(ValueError, match="second must have shape"):
        losses.perceptual(tf.zeros([1, 4]), tf.zeros([1, 5]))
    with pytest.raises(ValueError, match="skin_mask must have shape"):
        losses.reflectance(tf.zeros([1, 4, 3]), np.ones(5))
    with pytest.raises(ValueError, match="light must be"):
        losses.gamma(tf.zeros([1, 10]))
