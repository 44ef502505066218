"""The preview's model: what its windows do, without windows."""

import json

import numpy as np
import pytest

from face2param.schema import Character, facenn, load
from tests.database.toy_engine import SCHEMA as TOY
from tests.unity.mono import Refused


@pytest.fixture
def preview(driver, tmp_path):
    """Runs steps on the toy schema; returns what the steps showed."""

    def run(*steps, schema=TOY):
        schema.save(tmp_path / "schema.json")
        return driver("preview", tmp_path / "schema.json", *steps).split("|")

    return run


def test_set_undo_redo(preview):
    assert preview(
        *("set red 0.75", "end", "pick hat cap", "show red", "show hat", "undo", "show hat"),
        *("undo", "show red", "can", "redo", "show red", "redo", "show hat", "redo", "step"),
    ) == ["0.75", "cap", "none", "0.5", "False True", "0.75", "cap", "2"]


def test_one_drag_is_one_step(preview):
    drag = [f"set red {0.5 + i / 100}" for i in range(1, 11)]
    assert preview(*drag, "step", "end", "set red 0.9", "step", "undo", "show red") == [
        *("1", "2", "0.6"),
    ]


def test_a_new_change_forgets_what_was_undone(preview):
    steps = (
        "set red 0.6",
        "end",
        "set red 0.7",
        "undo",
        "set width 0.1",
        "can",
        "redo",
        "show red",
    )
    assert preview(*steps) == ["True False", "0.6"]


def test_steps_keep_their_numbers_when_old_ones_are_forgotten(preview):
    many = [f"random {i} 1" for i in range(250)]
    shown = preview(*many, "step", "show red", "undo", "goto 250", "show red", "goto 3", "step")
    assert shown[0] == "250" and shown[1] == shown[2] and shown[3] == "250"


def test_random_is_pythons(preview):
    (expected,) = TOY.random(np.random.default_rng(11), 1, 0.5)
    red, hat = preview("random 11 0.5", "show red", "show hat")
    assert np.float32(red) == np.float32(expected["red"])
    assert hat == expected["hat"]


def test_reset_can_be_undone(preview):
    steps = ("set red 1", "express jawOpen 3", "show jawOpen", "reset", "show red", "show jawOpen")
    assert preview(*steps, "undo", "show red") == ["1", "0.5", "0", "1"]


def test_values_stay_in_range(preview):
    assert preview("set red 7", "show red", "set red -7", "show red") == ["1", "0"]


def test_every_change_is_told(preview):
    assert preview("set red 1", "undo", "undo", "reset", "express jawOpen 1", "told") == ["4"]


def test_params_json_goes_both_ways(preview, tmp_path):
    (character,) = TOY.random(np.random.default_rng(2), 1)
    character.save(tmp_path / "params.json")
    red, hat = preview(
        f"load {tmp_path / 'params.json'}",
        f"save {tmp_path / 'again.json'}",
        "show red",
        "show hat",
    )
    assert np.float32(red) == np.float32(character["red"])
    assert hat == character["hat"]
    assert Character.load(tmp_path / "again.json", TOY) == character
    assert (tmp_path / "again.json").read_bytes() == (tmp_path / "params.json").read_bytes()


def test_bytes_go_both_ways(preview, tmp_path):
    schema = load("facenn99")
    (character,) = schema.random(np.random.default_rng(2), 1)
    facenn.write_bytes(tmp_path / "a.bytes", character, facenn.SHAPES["female"])
    preview(f"load {tmp_path / 'a.bytes'}", f"save {tmp_path / 'b.bytes'}", schema=schema)
    assert (tmp_path / "a.bytes").read_bytes() == (tmp_path / "b.bytes").read_bytes()


def test_what_does_not_fit_is_refused_and_changes_nothing(preview, tmp_path):
    load("builtin").neutral().save(tmp_path / "other.json")
    with pytest.raises(Refused, match="belongs to schema 'builtin'"):
        preview(f"load {tmp_path / 'other.json'}")
    with pytest.raises(Refused, match=r"\.bytes"):
        preview(f"save {tmp_path / 'toy.bytes'}")
    with pytest.raises(Refused, match="no parameter 'nose'"):
        preview("set nose 1")
    with pytest.raises(Refused, match="no nuisance control 'frown'"):
        preview("express frown 1")
    (tmp_path / "broken.json").write_text(json.dumps({"schema": "toy"}))
    with pytest.raises(Refused):
        preview(f"load {tmp_path / 'broken.json'}")
