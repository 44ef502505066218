import dataclasses

import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.features import precision
from face2param.fitting import presets
from face2param.pipelines.fit import Fitter
from tests.pipelines import toy_tools


@pytest.fixture(scope="module")
def fitter():
    return Fitter(toy_tools.tools(), toy_tools.preset())


@pytest.fixture(scope="module")
def results(fitter):
    batch = [
        toy_tools.photo("a.png", width=0.8, skin_tone=0.2, smile=0.5),
        toy_tools.photo("b.png", width=0.3, skin_tone=0.7, hair="bald"),
        toy_tools.photo("c.png", hair_tone=0.9),
    ]
    return fitter.fit(batch, batch=2)


def test_every_photograph_gets_its_own_answer(results):
    assert [result.name for result in results] == ["a.png", "b.png", "c.png"]
    wide, narrow, _ = (result.character for result in results)
    assert wide["width"] > 0.65 and narrow["width"] < 0.4
    assert wide["skin_tone"] < 0.4 < 0.55 < narrow["skin_tone"]
    assert narrow["hair"] == "bald" and wide["hair"] != "bald"


def test_smile_is_dropped_from_the_character_but_recorded(results):
    dropped = results[0].fit.to_dict()["dropped_nuisance"]
    assert dropped["smile"] > 0.3
    assert abs(results[1].fit.to_dict()["dropped_nuisance"]["smile"]) < 0.15


def test_result_holds_course_candidates_readings_and_times(results):
    found = results[0].fit
    assert {row.stage for row in found.course} == {"rough", "main", "correction"}
    scores = [candidate.score for candidate in found.candidates]
    assert scores == sorted(scores) and found.candidates[0].character == found.character
    assert "beard_contrast" in found.readings
    assert {"photograph", "shape", "main", "engine", "pictures"} <= set(found.seconds)
    assert results[0].picture.shape == (512, 512, 3)
    assert results[0].comparison.shape[1] > 4 * 300


def test_a_batch_of_one_agrees_with_a_batch_of_two(fitter, results):
    (alone,) = fitter.fit([toy_tools.photo("a.png", width=0.8, skin_tone=0.2, smile=0.5)])
    np.testing.assert_allclose(alone.character.values, results[0].character.values, atol=0.02)


def test_preset_of_another_size_than_the_imitator_is_refused():
    wrong = dataclasses.replace(presets.DEFAULT, size=128)
    with pytest.raises(ConfigError, match=r"preset default works at 128x128 .* draws 64x64"):
        Fitter(toy_tools.tools(), wrong)


def test_precision_comes_from_the_argument_else_from_the_preset(monkeypatch):
    monkeypatch.setattr(precision, "has_amx", lambda: False)
    lowered = dataclasses.replace(toy_tools.preset(), precision="bfloat16")
    with pytest.raises(ConfigError, match="bfloat16 needs a processor with AMX"):
        Fitter(toy_tools.tools(), lowered)
    with pytest.raises(ConfigError, match="bfloat16 needs a processor with AMX"):
        Fitter(toy_tools.tools(), toy_tools.preset(), "bfloat16")
    tools = toy_tools.tools()
    assert Fitter(tools, lowered, "float32").tools is tools


def test_fitters_are_shared_by_precision(monkeypatch):
    tools = toy_tools.tools()
    monkeypatch.setattr(
        Fitter, "__init__", lambda self, tools, preset, precision: setattr(self, "of", precision)
    )
    first = Fitter.shared(tools, "default")
    assert Fitter.shared(tools, "default") is first
    other = Fitter.shared(tools, "default", "bfloat16")
    assert other is not first and other.of == "bfloat16"
