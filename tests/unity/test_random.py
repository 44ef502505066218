"""Random characters of C# are those of Python."""

import numpy as np
import pytest

from face2param.schema import load
from tests.database.toy_engine import SCHEMA as TOY
from tests.database.toy_engine import make_toy
from tests.unity.mono import Refused


@pytest.mark.parametrize("entropy", [(1, 0), (0, 0), (2**40 + 7, 99_999), (5,), (1, 2, 3, 4, 5, 6)])
def test_stream_is_numpys(driver, entropy):
    rng = np.random.default_rng(list(entropy))
    bounds = [2, 3, 7, 24, 1000, 2**30 + 3]
    expected = [*rng.random(5), *rng.integers(0, bounds), *rng.random(3)]
    text = driver("random", ",".join(map(str, entropy)), 5, ",".join(map(str, bounds)), 3)
    assert [float(number) for number in text.split()] == expected


@pytest.mark.parametrize("name", ["builtin", "facenn99", "toy"])
@pytest.mark.parametrize("spread", [1.0, 0.6, 0.0])
def test_characters_are_pythons(driver, tmp_path, name, spread):
    schema = TOY if name == "toy" else load(name)
    schema.save(tmp_path / "schema.json")
    for index in (0, 1, 1999):
        character = schema.random(np.random.default_rng([7, index]), 1, spread)[0]
        encoded, nuisance = sample(driver, tmp_path / "schema.json", 7, index, spread)
        np.testing.assert_array_equal(encoded, schema.encode(character)[0])
        np.testing.assert_array_equal(nuisance, schema.neutral_nuisance())


def test_nuisance_is_that_of_an_engine(driver, tmp_path):
    engine = make_toy()
    engine.schema.save(tmp_path / "schema.json")
    rng = np.random.default_rng([3, 4])
    engine.random_characters(rng, 1)
    _, nuisance = sample(driver, tmp_path / "schema.json", 3, 4, 1.0, jitter=0.5)
    np.testing.assert_array_equal(nuisance, engine.random_nuisance(rng, 0.5))


def test_an_impossible_spread_is_refused(driver, tmp_path):
    TOY.save(tmp_path / "schema.json")
    with pytest.raises(Refused, match=r"spread: got 1.5, wants a number in \[0, 1\]"):
        sample(driver, tmp_path / "schema.json", 1, 0, 1.5)


def sample(driver, schema, seed, index, spread, jitter=0.0):
    text = driver("sample", schema, seed, index, spread, jitter)
    return [np.array(part.split(), np.float32) for part in text.split("|")]
