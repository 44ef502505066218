import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering.texture import sample


def test_texel_centres_give_texels_with_v_down():
    texture = np.arange(12, dtype=np.float32).reshape(1, 3, 4, 1)
    u, v = np.meshgrid((np.arange(4) + 0.5) / 4, (np.arange(3) + 0.5) / 3)
    uv = np.stack([u, v], -1)[None].astype(np.float32)
    np.testing.assert_allclose(sample(texture, uv), texture, atol=1e-5)


def test_linear_between_centres_and_constant_beyond():
    texture = np.array([[[[0.0], [1.0]]]], np.float32)
    uv = np.array([[[0.25, 0.5], [0.5, 0.5], [0.6, 0.5], [0.0, 0.5], [1.7, -3.0]]], np.float32)
    np.testing.assert_allclose(sample(texture, uv)[0, :, 0], [0, 0.5, 0.7, 0, 1], atol=1e-6)


def test_each_picture_has_its_texture():
    texture = np.stack([np.zeros((2, 2, 3)), np.ones((2, 2, 3))]).astype(np.float32)
    found = sample(texture, np.full((2, 5, 6, 2), 0.4, np.float32)).numpy()
    assert found.shape == (2, 5, 6, 3)
    assert (found[0] == 0).all() and (found[1] == 1).all()


def test_gradients_equal_differences():
    rng = np.random.default_rng(0)
    arguments = [tf.constant(rng.random((1, 5, 7, 2))), tf.constant(rng.random((1, 20, 2)))]
    weights = rng.normal(size=(1, 20, 2))

    def loss(texture, uv):
        return tf.reduce_sum(sample(texture, uv) * weights)

    with tf.GradientTape() as tape:
        tape.watch(arguments)
        value = loss(*arguments)
    for k, gradient in enumerate(tape.gradient(value, arguments)):
        step = rng.normal(size=arguments[k].shape)
        sides = []
        for sign in (1, -1):
            changed = list(arguments)
            changed[k] = changed[k] + sign * 1e-6 * step
            sides.append(loss(*changed))
        gradient = tf.convert_to_tensor(gradient)
        np.testing.assert_allclose(np.sum(gradient * step), (sides[0] - sides[1]) / 2e-6, rtol=1e-6)


def test_errors():
    with pytest.raises(ValueError, match="texture must have shape"):
        sample(tf.zeros([2, 2, 3]), tf.zeros([1, 4, 2]))
    with pytest.raises(ValueError, match="uv must have shape"):
        sample(tf.zeros([1, 2, 2, 3]), tf.zeros([1, 4, 3]))
