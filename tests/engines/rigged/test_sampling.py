"""Random characters: near the middle, alike on both sides, all options, reproducible."""

import numpy as np
import pytest

from face2param.engines.rigged.sampling import plausible_characters
from face2param.errors import SchemaError
from face2param.schema import Choice, Continuous, Schema

SCHEMA = Schema(
    "some",
    "1",
    (
        Continuous("ear_left", "ears", mirror="ear_right"),
        Continuous("ear_right", "ears", mirror="ear_left"),
        Continuous("nose_left", "nose", mirror="nose_left"),
        Continuous("nose_big", "nose", 0.0),
        Continuous("skin_tone", "skin", 1.0),
        Continuous("face_long", "face", 0.3),
    ),
    (Choice("hat", "hats", ("a", "b"), "a"),),
)


def drawn(**how):
    return plausible_characters(SCHEMA, np.random.default_rng(0), 600, **how)


def test_what_is_drawn_could_be_people():
    characters = drawn()
    values = np.stack([character.values for character in characters])
    assert values.min() >= 0 and values.max() <= 1
    assert np.abs(values[:, 0] - values[:, 1]).max() < 0.15 and values[:, 0].std() > 0.1
    assert np.median(np.abs(values[:, 2] - 0.5)) < 0.04
    assert 0.3 < (values[:, 3] == 0).mean() < 0.6 and values[:, 3].max() > 0.9
    assert abs(values[:, 4].mean() - 0.5) < 0.05  # colours are uniform
    assert abs(np.median(values[:, 5]) - 0.3) < 0.05
    assert (values[:, 5] > 0.9).any() and (values[:, 5] < 0.03).any()
    assert {character["hat"] for character in characters} == {"a", "b"}


def test_the_same_seed_gives_the_same_and_spread_shrinks():
    assert drawn() == drawn()
    still = drawn(spread=0.0)[0]
    np.testing.assert_allclose(still.values, SCHEMA.neutral().values, atol=1e-7)
    wide, narrow = (np.stack([c.values for c in drawn(spread=s)]).std(0) for s in (1.0, 0.5))
    np.testing.assert_allclose(narrow, wide / 2, rtol=0.01)  # clipped ends


def test_wrong_arguments_are_refused():
    with pytest.raises(SchemaError, match=r"spread: got 1\.5"):
        drawn(spread=1.5)
    with pytest.raises(SchemaError, match="count: got -1"):
        plausible_characters(SCHEMA, np.random.default_rng(0), -1)
