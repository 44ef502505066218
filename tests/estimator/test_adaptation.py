import numpy as np
import pytest

from face2param import engines
from face2param import schema as schemas
from face2param.errors import ConfigError
from face2param.estimator import adaptation, targets
from face2param.estimator.samples import Samples
from tests.estimator import toy


def test_only_what_is_better_teaches():
    searched, oneshot = np.array([0.3, 0.5, np.nan, 0.49]), np.array([0.5, 0.4, 0.5, 0.5])
    found = adaptation.improvements(searched, oneshot, margin=0.05)
    assert found.tolist() == [True, False, False, False]
    unknown = np.full(4, np.nan)
    found = adaptation.improvements(searched, unknown, limit=0.4)
    assert found.tolist() == [True, False, False, False]
    with pytest.raises(ConfigError, match=r"objectives of \(4,\) photographs, got \(3,\)"):
        adaptation.improvements(searched, oneshot[:3])


def test_targets_of_mirrored_copies_are_mirrored():
    schema = schemas.load("builtin")
    rng = np.random.default_rng(0)
    answers = schema.random(rng, 2)
    width = schema.width
    unknown = Samples(
        {}, np.full((4, width), np.nan, np.float32), np.zeros((4, 1)), np.zeros((4, 5), np.int8)
    )
    found = adaptation.with_targets(
        unknown, schema.encode(answers), np.array([True, False]), schema
    )
    np.testing.assert_array_equal(found.characters[0], schema.encode(answers[0])[0])
    np.testing.assert_array_equal(found.characters[2], schema.encode(answers[0].mirror())[0])
    assert np.abs(found.characters[2] - found.characters[0]).max() > 0
    assert np.isnan(found.characters[[1, 3]]).all()


def test_answers_of_other_photographs_are_an_error():
    samples = toy.samples(4)
    with pytest.raises(ConfigError, match=r"characters: expected \[3, 5\] for 4 samples"):
        adaptation.with_targets(samples, samples.characters[:3], np.ones(3, bool), toy.SCHEMA)


def test_a_choice_that_contradicts_what_was_seen_teaches_nothing():
    schema = schemas.load("builtin")
    table = targets.compatible(schema, engines.get("builtin").people().attributes)
    shaven = schema.encode(schema.character(beard="none", hair="bob"))
    seen = np.full((2, len(targets.HEADS)), targets.UNKNOWN, np.int8)
    seen[0, 0] = targets.HEADS["beard"].index("full")
    blank = np.full((2, schema.width), np.nan, np.float32)
    unknown = Samples({}, blank, np.zeros((2, 1)), seen)
    found = adaptation.with_targets(
        unknown, np.repeat(shaven, 2, 0), np.ones(2, bool), schema, table
    ).characters
    beard = schema.slices["beard"]
    assert np.isnan(found[0, beard]).all()
    assert not np.isnan(np.delete(found[0], range(beard.start, beard.stop))).any()
    np.testing.assert_array_equal(found[1], shaven[0])
