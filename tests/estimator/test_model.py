import dataclasses
import shutil

import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.estimator.model import Estimator, Pedigree
from face2param.estimator.targets import HEADS
from face2param.schema import load
from tests.estimator import toy


@pytest.fixture(scope="module")
def estimator():
    return Estimator(toy.SCHEMA, toy.network(), spread=np.full(3, 0.2), pedigree=Pedigree("toy"))


@pytest.fixture(scope="module")
def folder(estimator, tmp_path_factory):
    path = tmp_path_factory.mktemp("estimator")
    estimator.save(path)
    return path


def test_an_estimate_is_a_character_with_probabilities(estimator):
    estimate = estimator(toy.samples(5).inputs, batch_size=2)
    assert estimate.values.shape == estimate.probabilities.shape == (5, 5)
    np.testing.assert_allclose(estimate.probabilities[:, 3:].sum(-1), 1, rtol=1e-5)
    assert set(np.unique(estimate.values[:, 3:])) <= {0.0, 1.0}
    picked = estimate.values[:, 3:].argmax(-1)
    np.testing.assert_array_equal(picked, estimate.probabilities[:, 3:].argmax(-1))
    toy.SCHEMA.decode(estimate.values)
    assert estimate.nuisance.shape == (5, 1) and np.abs(estimate.nuisance).max() <= 1
    for name, options in HEADS.items():
        assert estimate.attributes[name].shape == (5, len(options))
        np.testing.assert_allclose(estimate.attributes[name].sum(-1), 1, rtol=1e-5)


def test_confidence_compares_with_knowing_nothing(estimator):
    outputs = {
        "continuous": np.full((1, 3), 0.5, np.float32),
        "confidence": 2 * np.log(np.float32([[0.2, 0.1, 0.4]])),
        "choices": np.zeros((1, 2), np.float32),
        **{name: np.zeros((1, len(o)), np.float32) for name, o in HEADS.items()},
        "nuisance": np.float32([[3.0]]),
    }
    estimate = estimator.interpret(outputs)
    np.testing.assert_allclose(estimate.confidence, [[0.0, 0.5, 0.0]], atol=1e-6)
    np.testing.assert_allclose(estimate.nuisance, [[1.0]])


def test_a_batch_answers_as_each_photograph_alone(estimator):
    inputs = toy.samples(3).inputs
    together = estimator(inputs)
    alone = estimator({name: array[1:2] for name, array in inputs.items()})
    np.testing.assert_allclose(together.values[1:2], alone.values, atol=1e-5)


def test_an_input_of_another_shape_is_an_error(estimator):
    inputs = toy.samples(2).inputs
    with pytest.raises(ValueError, match=r"descriptor: must be \[batch, \(8,\)\], got \(7,\)"):
        estimator({**inputs, "descriptor": inputs["descriptor"][:, :7]})
    del inputs["regions"]
    with pytest.raises(ValueError, match=r"regions: must be .* got nothing"):
        estimator(inputs)


def test_saved_and_loaded_it_answers_the_same(estimator, folder):
    loaded = Estimator.load(folder, toy.SCHEMA)
    inputs = toy.samples(4).inputs
    # Half precision: 2^-11 of each weight.
    np.testing.assert_allclose(
        loaded(inputs).probabilities, estimator(inputs).probabilities, atol=5e-3
    )
    assert loaded.pedigree == estimator.pedigree
    np.testing.assert_allclose(loaded.spread, 0.2)


def test_another_schema_is_an_error(folder):
    other = dataclasses.replace(toy.SCHEMA, version="2")
    with pytest.raises(WeightsError, match=f"{toy.SCHEMA.hash}, but toy {other.hash} is asked"):
        Estimator.load(folder, other)
    with pytest.raises(WeightsError, match="continuous, options, nuisance"):
        Estimator(toy.SCHEMA, toy.network(continuous=4))


def test_missing_or_damaged_weights_are_errors(folder, tmp_path):
    with pytest.raises(WeightsError, match="train one with: face2param train_estimator"):
        Estimator.load(tmp_path)
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    path = copy / "estimator.weights.h5"
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(WeightsError, match="damaged or was exchanged"):
        Estimator.load(copy)
    shutil.copytree(folder, tmp_path / "second")
    dataclasses.replace(toy.SCHEMA, version="2").save(tmp_path / "second" / "schema.json")
    with pytest.raises(WeightsError, match=r"but the schema\.json beside them"):
        Estimator.load(tmp_path / "second")


def test_the_shipped_estimator_is_of_the_builtin_schema():
    estimator = Estimator.load("builtin", load("builtin"))
    metrics = estimator.pedigree.metrics
    assert metrics["parameter_error"] < metrics["parameter_error_mean"]
    assert metrics["hair_right"] > 0.9
