import numpy as np
import tensorflow as tf

from face2param.fitting import colours


def test_lab_of_known_colours():
    # White, black and the sRGB primaries after CIE 15 with the D65 white point.
    rgb = tf.constant([[1.0, 1, 1], [0, 0, 0], [1, 0, 0], [0, 0, 1]])
    wanted = [[100, 0, 0], [0, 0, 0], [53.24, 80.09, 67.20], [32.30, 79.19, -107.86]]
    np.testing.assert_allclose(colours.srgb_to_lab(rgb) * 100, wanted, atol=0.05)


def test_lab_agrees_with_scikit_image():
    skimage = __import__("skimage.color", fromlist=["rgb2lab"])
    rgb = np.random.default_rng(0).random((50, 3)).astype(np.float32)
    ours = colours.srgb_to_lab(tf.constant(rgb)).numpy() * 100
    np.testing.assert_allclose(ours, skimage.rgb2lab(rgb), atol=0.02)


def test_gradient_is_finite_everywhere_and_right_in_the_middle():
    rgb = tf.constant([[0.0, 0.0, 0.0], [0.02, 0.5, 0.9], [1.0, 1.0, 1.0]])
    with tf.GradientTape() as tape:
        tape.watch(rgb)
        value = tf.reduce_sum(colours.srgb_to_lab(rgb)[1])
    gradient = tape.gradient(value, rgb).numpy()
    assert np.isfinite(gradient).all()
    step = np.zeros((3, 3), np.float32)
    step[1, 1] = 1e-2
    up = tf.reduce_sum(colours.srgb_to_lab(rgb + step)[1])
    down = tf.reduce_sum(colours.srgb_to_lab(rgb - step)[1])
    np.testing.assert_allclose(gradient[1, 1], (up - down) / 2e-2, rtol=1e-2)
