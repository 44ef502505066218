import dataclasses
import types

import numpy as np
import pytest

from face2param.errors import ConfigError, WeightsError
from face2param.estimator.attributes import Reading
from face2param.estimator.targets import HEADS
from face2param.features import precision
from face2param.fitting import presets
from face2param.pipelines import fit as pipeline
from face2param.pipelines import oneshot, settings
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
    assert 0 <= found.readings["light"]["contrast"] < 2
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


def test_settings_are_held_and_recorded(fitter):
    decided = settings.resolve({"skin_tone": 0.9, "hair": "tall"}, fitter.tools.engine)
    photograph = toy_tools.photo("a.png", width=0.8, skin_tone=0.2, hair="bald")
    (found,) = fitter.fit([photograph], settings=decided)
    assert found.character["skin_tone"] == pytest.approx(0.9)
    assert found.character["hair"] == "tall"
    assert found.character["width"] > 0.58  # the wrong skin colour pulls at the descriptor
    record = found.fit.to_dict()
    assert record["settings"]["hair"] == {"value": "tall", "source": "user"}
    assert isinstance(found.attributes["skin_tone"], Reading)
    assert record["attributes"]["glasses"]["source"] == "shape"


def test_decided_attributes_are_recorded_with_their_source(fitter):
    decided = settings.resolve({"lip_colour": "40,30,10"}, fitter.tools.engine)
    (found,) = fitter.fit([toy_tools.photo("a.png")], settings=decided)
    assert found.fit.attributes["lip_colour"] == {
        "value": [40.0, 30.0, 10.0],
        "confidence": 1.0,
        "source": "user",
    }


def test_the_answer_says_why_it_won(results):
    record = results[0].fit.to_dict()
    assert record["decided"]
    assert record["finalists"][0]["against"] == ""
    assert all(row["parts"] for row in record["finalists"])


def test_one_shot_without_an_estimator_is_one_clear_error(fitter):
    assert fitter.tools.estimator is None
    with pytest.raises(WeightsError, match=r"mode oneshot needs an estimator.*train_estimator"):
        fitter.fit([toy_tools.photo("a.png")], mode="oneshot")
    with pytest.raises(ConfigError, match="no mode 'twoshot'; there are: search, oneshot"):
        pipeline.fit([], mode="twoshot")


class Known:
    """Stands in for an estimator that knows the answer."""

    def __init__(self, **by_name):
        family = toy_tools.ToyEngine.schema
        self.values = family.encode(family.character(**by_name))

    def __call__(self, count):
        shares = {n: np.full((count, len(o)), 1 / len(o)) for n, o in HEADS.items()}
        return types.SimpleNamespace(
            values=np.repeat(self.values, count, 0),
            probabilities=np.repeat(0.8 * self.values + 0.1, count, 0),
            nuisance=np.zeros((count, 2), np.float32),
            attributes=shares,
        )


@pytest.fixture
def estimating(monkeypatch):
    tools = dataclasses.replace(toy_tools.tools(), estimator=Known(width=0.8, hair="bald"))
    monkeypatch.setattr(oneshot, "estimate", lambda tools, batch: tools.estimator(len(batch)))
    return Fitter(tools, toy_tools.preset())


def test_one_shot_is_the_estimator_s_answer_but_for_settings(estimating):
    photograph = toy_tools.photo("a.png", width=0.2, skin_tone=0.2)
    (plain,) = estimating.fit([photograph], mode="oneshot")
    assert plain.character["width"] == pytest.approx(0.8) and plain.character["hair"] == "bald"
    assert plain.picture.shape == (512, 512, 3) and "one shot" in plain.fit.seconds
    assert "main" not in plain.fit.seconds and plain.fit.attributes["age"]["source"] == "network"
    decided = settings.resolve({"width": 0.1}, estimating.tools.engine)
    (other,) = estimating.fit([photograph], mode="oneshot", settings=decided)
    assert other.character["width"] == pytest.approx(0.1)


def test_search_starts_from_the_estimator_s_answer(estimating):
    photograph = toy_tools.photo("a.png", width=0.8, hair="bald")
    seen = {}
    shape = estimating.solver.shape
    estimating.solver.shape = lambda *args: seen.update(start=args[3]) or shape(*args)
    (found,) = estimating.fit([photograph])
    np.testing.assert_allclose(seen["start"][0], estimating.tools.estimator.values)
    assert found.character["width"] > 0.7 and found.character["hair"] == "bald"


def test_odds_of_the_estimator_cost_what_is_unlikely():
    family = toy_tools.ToyEngine.schema
    shares = np.float32([[0, 0, 0, 0, 0.7, 0.25, 0.05]])
    cost = oneshot.odds(family, shares).costs["hair"][0]
    assert cost[0] == 0 < cost[1] < cost[2] < 0.05
