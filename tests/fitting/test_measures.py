import numpy as np
import tensorflow as tf

from face2param.fitting import colours, measures
from tests.fitting import toy


def test_only_what_is_asked_for_is_measured():
    drawn = toy.imitate(tf.constant(toy.encode()), tf.constant(toy.nuisance()), ("landmarks",))
    found = measures.measure(None, drawn["landmarks"], None, ("landmarks",))
    assert list(found) == ["landmarks"]


def test_region_colour_is_that_of_the_inside():
    image = np.zeros((1, 32, 32, 3), np.float32)
    image[:, :16] = [0.8, 0.4, 0.2]
    weights = np.zeros((1, 8, 8), np.float32)
    weights[:, :4] = 1
    weights[:, 4:] = 0.1  # uncertain outside
    found = measures.region_colour(tf.constant(image), tf.constant(weights))
    wanted = colours.srgb_to_lab(tf.constant([[0.8, 0.4, 0.2]]))
    np.testing.assert_allclose(found, wanted, atol=0.02)


def test_an_empty_region_is_black_and_its_gradient_finite():
    image = tf.constant(np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32))
    with tf.GradientTape() as tape:
        tape.watch(image)
        found = measures.region_colour(image, tf.zeros([1, 8, 8]))
        value = tf.reduce_sum(found)
    np.testing.assert_allclose(found, 0, atol=1e-5)
    assert np.isfinite(tape.gradient(value, image)).all()


def test_face_weights_leave_out_hair_and_background():
    drawn = toy.imitate(tf.constant(toy.encode()), tf.constant(toy.nuisance()), ("regions",))
    weights = measures.face_weights(drawn["regions"]).numpy()[0, ..., 0]
    assert weights[5, 4] > 0.9 and weights[0, 0] < 0.1 and weights[1, 4] < 0.6
