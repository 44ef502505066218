import numpy as np
import pytest
from keras import ops

from face2param.errors import ConfigError
from face2param.estimator import losses, targets
from face2param.estimator.targets import HEADS
from tests.estimator import toy

NAN = np.float32(np.nan)


def heads(batch, value=0.0):
    return {n: np.full((batch, len(o)), value, np.float32) for n, o in HEADS.items()}


def test_unknown_parameters_cost_nothing():
    predicted = np.float32([[0.5, 0.1], [0.9, 0.9]])
    targets = np.float32([[0.3, NAN], [NAN, NAN]])
    found = losses.parameter_error(predicted, targets, np.float32([2.0, 1.0]))
    assert float(found) == pytest.approx(2 * 0.04, rel=1e-5)
    nothing = losses.parameter_error(predicted, np.full((2, 2), NAN), np.ones(2, np.float32))
    assert float(nothing) == 0


def test_the_best_variance_is_the_squared_error():
    predicted, targets = np.float32([[0.5]]), np.float32([[0.3]])

    def at(log_variance):
        return float(losses.confidence_error(predicted, np.float32([[log_variance]]), targets))

    best = np.log(0.04)
    assert at(best) < min(at(best - 0.3), at(best + 0.3))


def test_the_likelihood_leaves_the_mean_alone():
    tf = pytest.importorskip("tensorflow", reason="gradients are taken with TensorFlow")
    if ops.convert_to_tensor(0.0).__class__.__module__.split(".")[0] != "tensorflow":
        pytest.skip("Keras runs on another backend")
    mean, variance = tf.Variable([[0.5]]), tf.Variable([[-2.0]])
    with tf.GradientTape() as tape:
        loss = losses.confidence_error(mean, variance, np.float32([[0.1]]))
    gradients = tape.gradient(loss, [mean, variance])
    assert gradients[0] is None
    expected = 0.5 * (1 - 0.16 * np.exp(2.0))
    np.testing.assert_allclose(gradients[1], [[expected]], rtol=1e-5)


def test_choices_are_judged_block_by_block():
    logits = np.float32([[0, 0, 0, 0, 0], [9, 0, 0, 0, 9]])
    targets = np.float32([[1, 0, 1, 0, 0], [1, 0, NAN, NAN, NAN]])
    found = float(losses.choice_error(logits, targets, (2, 3)))
    first = (np.log(2) + np.log1p(np.exp(-9))) / 2
    assert found == pytest.approx((first + np.log(3)) / 2, rel=1e-4)


def test_attributes_that_nobody_knows_cost_nothing():
    unknown = np.full((2, len(HEADS)), -1, np.int32)
    assert float(losses.attribute_error(heads(2), unknown)) == 0
    unknown[0, 0] = 2
    found = float(losses.attribute_error(heads(2), unknown))
    assert found == pytest.approx(np.log(5), rel=1e-5)


def test_what_somebody_saw_teaches_the_choices_of_photographs():
    (entry,) = targets.compatible(toy.SCHEMA, {"hair": {"bob": {"hair_length": "medium"}}})
    assert (entry.block, entry.head) == (slice(0, 2), 3)
    # The engine does not say how long the option bald is: it goes with everything.
    np.testing.assert_array_equal(entry.table, [[1, 1, 1, 1, 1], [0, 0, 0, 1, 0]])
    logits = np.float32([[0, np.log(3)]] * 3)
    seen = np.full((3, 5), -1)
    seen[:, 3] = [4, 3, 4]
    unknown = np.float32([[np.nan, np.nan], [np.nan, np.nan], [1, 0]])
    found = losses.consistency_error(logits, seen, (entry,), unknown)
    assert float(found) == pytest.approx((-np.log(0.25) - np.log(1.0)) / 2, abs=5e-3)


def test_relaxed_is_an_encoded_vector():
    outputs = {
        "continuous": np.float32([[0.2, 0.7]]),
        "choices": np.float32([[0, 0, 0, np.log(3.0), 0]]),
    }
    found = ops.convert_to_numpy(losses.relaxed(outputs, (2, 3)))
    np.testing.assert_allclose(found, [[0.2, 0.7, 0.5, 0.5, 0.2, 0.6, 0.2]], rtol=1e-5)


def test_the_objective_adds_its_terms_and_asks_for_looks_only_where_they_count():
    asked = []

    def look(outputs, inputs, targets, network):
        asked.append(1)
        return {"identity": ops.convert_to_tensor(2.0)}

    outputs = {
        **heads(1),
        "continuous": np.float32([[0.5]]),
        "confidence": np.float32([[0.0]]),
        "choices": np.float32([[0.0, 0.0]]),
        "nuisance": np.float32([[0.5]]),
    }
    wanted = {
        "characters": np.float32([[0.0, 1.0, 0.0]]),
        "nuisance": np.float32([[0.0]]),
        "attributes": np.full((1, len(HEADS)), -1),
    }
    effect = np.ones(1, np.float32)
    weights = losses.LossWeights(1, 0, 1, 2, 1, 0)
    terms = losses.Objective(weights, effect, (2,), (), look)(outputs, {}, wanted)
    assert not asked
    assert float(terms["loss"]) == pytest.approx(0.25 + np.log(2) + 2 * 0.25, rel=1e-5)
    weights = losses.LossWeights(1, 0, 1, 2, 1, 0, identity=0.5)
    more = losses.Objective(weights, effect, (2,), (), look)(outputs, {}, wanted)
    assert float(more["loss"]) == pytest.approx(float(terms["loss"]) + 1.0, rel=1e-5)


def test_a_negative_weight_is_an_error():
    with pytest.raises(ConfigError, match="identity: must not be negative, got -1"):
        losses.LossWeights(identity=-1)
