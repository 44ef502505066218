import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import sampling
from face2param.errors import EngineError

FAMILY = schema.load("builtin")


def test_same_seed_same_characters():
    first = sampling.random_characters(np.random.default_rng(1), 5)
    second = sampling.random_characters(np.random.default_rng(1), 5)
    assert first == second
    assert len({c["jaw_width"] for c in first}) == 5


def test_spread_bounds_the_geometry():
    for c in sampling.random_characters(np.random.default_rng(0), 20, spread=0.4):
        assert 0.3 <= c["nose_width"] <= 0.7 and 0.4 <= c["mouth_shift"] <= 0.6


def test_looks_go_together():
    crowd = sampling.random_characters(np.random.default_rng(0), 400)
    made_up = [c for c in crowd if c["lipstick"] > 0.1]
    assert made_up and all(c["beard"] == "none" for c in made_up)
    hair = {c["hair"] for c in crowd}
    assert hair == set(FAMILY.choices[0].options)
    old = np.mean([c["hair_grey"] for c in crowd if c["age"] > 0.85])
    young = np.mean([c["hair_grey"] for c in crowd if c["age"] < 0.4])
    assert old > young + 0.2
    assert 0.1 < np.mean([c["glasses"] != "none" for c in crowd]) < 0.4
    free = sampling.random_characters(np.random.default_rng(0), 200, plausible=False)
    assert any(c["lipstick"] > 0.5 and c["beard"] != "none" for c in free)


def test_smiles_with_teeth_are_frequent_and_values_in_range():
    rng = np.random.default_rng(0)
    drawn = np.stack([sampling.random_nuisance(rng) for _ in range(300)])
    low = np.array([c.minimum for c in FAMILY.nuisance], np.float32)
    high = np.array([c.maximum for c in FAMILY.nuisance], np.float32)
    assert (drawn >= low).all() and (drawn <= high).all()
    toothy = (drawn[:, FAMILY.nuisance_index["mouthSmileLeft"]] > 0.3) & (
        drawn[:, FAMILY.nuisance_index["mouthUpperUpLeft"]] > 0.2
    )
    assert 0.2 < toothy.mean() < 0.45
    assert np.abs(drawn[:, FAMILY.nuisance_index["head_yaw"]]).mean() < 0.2
    np.testing.assert_array_equal(
        sampling.random_nuisance(np.random.default_rng(0), 0.0), FAMILY.neutral_nuisance()
    )


def test_wrong_arguments_are_refused():
    rng = np.random.default_rng(0)
    with pytest.raises(EngineError, match="spread"):
        sampling.random_characters(rng, 1, spread=2.0)
    with pytest.raises(EngineError, match="amount"):
        sampling.random_nuisance(rng, 1.5)
