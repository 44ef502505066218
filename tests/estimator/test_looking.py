import dataclasses

import numpy as np
import pytest
from keras import ops

from face2param import engines
from face2param.estimator import looking
from face2param.estimator.losses import LossWeights

CANONICAL01 = engines.get("builtin").canonical_landmarks((256, 256)) / 256
SIDE = 64


class Identity:
    """Describes a picture by its mean colour."""

    def __call__(self, images, landmarks):
        return ops.mean(images, axis=(1, 2))


def imitate(encoded, nuisance):
    """A grey picture as bright as the first parameter; the face moves with the nuisance."""
    batch = encoded.shape[0]
    image = ops.ones((batch, SIDE, SIDE, 3)) * encoded[:, None, None, :1]
    marks = ops.convert_to_tensor(CANONICAL01[None]) * (1 + 0.1 * nuisance[:, None, :1])
    regions = ops.ones((batch, 16, 16, 13)) * encoded[:, None, None, 1:2]
    return {"image": image, "landmarks": marks, "regions": regions}


def terms(weights, tone=0.5, **changes):
    outputs = {
        "continuous": np.float32([[0.9, 0.9], [0.5, 0.25], [0.9, 0.9]]),
        "choices": np.zeros((3, 2), np.float32),
        "nuisance": np.float32([[0.0], [1.0], [0.0]]),
    }
    inputs = {
        "landmarks": np.repeat(CANONICAL01.reshape(1, 136), 3, 0).astype(np.float32),
        "descriptor": np.full((3, 3), 0.2, np.float32),
        "regions": np.zeros((3, 32, 32, 13), np.uint8),
    }
    targets = {
        "characters": np.float32([[0, 0, 0, 1], [tone, 0, 0, 1], [0, 0, 0, 1]]),
        "nuisance": np.zeros((3, 1), np.float32),
    }
    look = looking.Looking(weights, (2,), imitate, Identity(), CANONICAL01, slice(1, 2))
    look = dataclasses.replace(look, **changes)

    def network(seen):
        return {"continuous": ops.ones((1, 2)) * ops.mean(seen["picture"])}

    found = look(*({n: ops.convert_to_tensor(v) for n, v in part.items()}
                   for part in (outputs, inputs, targets)), network)  # fmt: skip
    return {name: float(value) for name, value in found.items()}


def test_terms_are_measured_on_the_chosen_rows():
    weights = LossWeights(picture=1, landmarks=1, identity=1, content=1)
    found = terms(weights, tone=0.1)
    assert found["picture"] == pytest.approx(0.4, rel=1e-4)
    assert found["identity"] == pytest.approx(0.3 * np.sqrt(3), rel=1e-4)
    assert found["content"] == pytest.approx(0.25, rel=1e-4)
    # A face that is only larger is aligned before it is compared.
    assert found["landmarks"] == pytest.approx(0.0, abs=1e-3)


def test_a_photograph_without_a_known_character_has_no_picture_to_compare():
    assert terms(LossWeights(picture=1), tone=np.nan)["picture"] == 0


def test_the_loop_compares_what_is_estimated_from_the_drawing():
    def look(images, landmarks):
        np.testing.assert_allclose(landmarks[0], CANONICAL01 * SIDE, atol=0.05)
        return {"picture": images}

    found = terms(LossWeights(loop=1), look=look)
    assert found == {"loop": pytest.approx((0.0 + 0.25**2) / 2, rel=1e-3)}


def test_terms_without_weight_are_not_computed():
    assert terms(LossWeights(landmarks=1)).keys() == {"landmarks"}


def test_gradients_reach_the_answer():
    tf = pytest.importorskip("tensorflow", reason="gradients are taken with TensorFlow")
    look = looking.Looking(
        LossWeights(identity=1), (2,), imitate, Identity(), CANONICAL01, slice(0, 1)
    )
    rest = {"choices": tf.zeros((1, 2)), "nuisance": tf.zeros((1, 1))}
    inputs = {"descriptor": tf.fill((1, 3), 0.2)}

    def loss(values):
        return look({"continuous": values, **rest}, inputs, {}, None)["identity"]

    values = tf.constant([[0.5, 0.3]])
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = loss(values)
    gradient = tape.gradient(found, values).numpy()
    step = tf.constant([[1e-2, 0.0]])
    difference = float(loss(values + step) - loss(values - step)) / 2e-2
    np.testing.assert_allclose(gradient, [[difference, 0.0]], rtol=1e-3)


def test_no_gradient_reaches_what_may_not_move():
    tf = pytest.importorskip("tensorflow", reason="gradients are taken with TensorFlow")
    weights, moves = LossWeights(identity=1, content=1), np.float32([0, 1, 0, 0])
    look = looking.Looking(
        weights, (2,), imitate, Identity(), CANONICAL01, slice(0, 1), moves=moves
    )
    rest = {"choices": tf.zeros((1, 2)), "nuisance": tf.zeros((1, 1))}
    inputs = {"descriptor": tf.fill((1, 3), 0.2), "regions": tf.zeros((1, 32, 32, 13))}
    values = tf.constant([[0.5, 0.3]])
    with tf.GradientTape() as tape:
        tape.watch(values)
        found = look({"continuous": values, **rest}, inputs, {}, None)
        loss = found["identity"] + found["content"]
    gradient = tape.gradient(loss, values).numpy()[0]
    assert gradient[0] == 0 and gradient[1] > 0.5


def test_visible_effect_ranks_parameters():
    def draw(encoded):
        picture = np.zeros((len(encoded), 4, 4, 3))
        picture[:] = encoded[:, None, None, :1]
        picture[:, 0, 0] += encoded[:, None, 1]
        return picture

    found = looking.visible_effect(draw, np.full((2, 3), 0.5), 3)
    assert found.mean() == pytest.approx(1, rel=0.1)
    assert found[0] / found[1] == pytest.approx(4.0)  # the root of 16 pixels to 1
    assert 0 < found[2] < found[1]
