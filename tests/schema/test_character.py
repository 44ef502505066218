import dataclasses
import json
import pickle

import numpy as np
import pytest

from face2param.errors import SchemaError
from face2param.schema import Character


def test_values_by_name(small):
    character = small.character(jaw_width=0.25, hair="long")
    assert character["jaw_width"] == 0.25
    assert character["hair"] == "long"
    assert character["age"] == pytest.approx(0.2)
    assert character["beard"] == "none"
    assert small.neutral()["jaw_width"] == 0.5


def test_characters_do_not_change_in_place(small):
    values = np.full(5, 0.5, np.float32)
    character = Character(small, values, (0, 0))
    values[0] = 0.9
    assert character["jaw_width"] == 0.5
    with pytest.raises(ValueError, match="read-only"):
        character.values[0] = 0.1
    character.replace(jaw_width=0.7)
    assert character["jaw_width"] == 0.5


def test_mirror_swaps_partners_and_turns_odd_ones(small):
    character = small.character(jaw_width=0.1, cheek_left=0.2, cheek_right=0.9, nose_bend=0.75)
    mirrored = character.mirror()
    assert mirrored == small.character(
        jaw_width=0.1, cheek_left=0.9, cheek_right=0.2, nose_bend=0.25
    )
    assert mirrored.mirror() == character
    assert small.neutral().mirror() == small.neutral()


def test_mix_moves_values_and_switches_choices(small):
    one = small.character(jaw_width=0.0, hair="bald")
    two = small.character(jaw_width=1.0, hair="long")
    assert one.mix(two, 0) == one
    assert one.mix(two, 1) == two
    assert one.mix(two, 0.25) == small.character(jaw_width=0.25, hair="bald")


def test_clip(small):
    character = small.character(jaw_width=1.5, age=-0.5).clip()
    assert (character["jaw_width"], character["age"]) == (1.0, 0.0)


def test_equality_and_hash(small):
    assert small.character(jaw_width=-0.0) == small.character(jaw_width=0.0)
    assert len({small.neutral(), small.neutral(), small.character(age=0.3)}) == 2
    assert small.neutral() != "neutral"
    assert pickle.loads(pickle.dumps(small.neutral())) == small.neutral()


def test_file_round_trip_is_exact(small, tmp_path):
    character = small.random(np.random.default_rng(0), 1)[0]
    character.save(tmp_path / "params.json")
    assert Character.load(tmp_path / "params.json", small) == character
    data = json.loads((tmp_path / "params.json").read_text())
    assert data["schema"] == "small"
    assert data["schema_hash"] == small.hash
    assert set(data["values"]) == set(small.names)


def test_a_file_of_another_schema_is_refused(small, tmp_path):
    other = dataclasses.replace(small, name="other")
    other.neutral().save(tmp_path / "params.json")
    with pytest.raises(SchemaError, match=r"params.json: .*schema 'other'.*not to 'small'"):
        Character.load(tmp_path / "params.json", small)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("schema_hash"), "field 'schema_hash' is missing"),
        (lambda d: d.update(values=[1, 2]), "field 'values' is"),
        (lambda d: d["values"].pop("age"), r"missing \['age'\]"),
        (lambda d: d["values"].update(chin=1), r"unknown \['chin'\]"),
        (lambda d: d["values"].update(age="old"), "'age' is 'old'; it must be a number"),
        (lambda d: d["values"].update(age=1.5), r"'age' is 1.5; it must be in \[0, 1\]"),
        (lambda d: d["values"].update(age=float("nan")), "must be a finite number"),
        (lambda d: d["choices"].update(hair="mohawk"), "'hair' is 'mohawk'; it must be one of"),
        (lambda d: d["choices"].update(hair=[]), r"'hair' is \[\]; it must be one of"),
    ],
)
def test_a_damaged_character_says_which_field(small, change, message):
    data = json.loads(json.dumps(small.neutral().to_dict()))
    change(data)
    with pytest.raises(SchemaError, match=message):
        Character.from_dict(data, small)


def test_names_that_do_not_exist(small):
    with pytest.raises(SchemaError, match="did you mean jaw_width"):
        small.neutral()["jaw_widht"]
    with pytest.raises(SchemaError, match="no parameter 'zzz'"):
        small.character(zzz=0.5)
    with pytest.raises(SchemaError, match="it must be one of"):
        small.character(hair="mullet")
    with pytest.raises(SchemaError, match="it must be a number"):
        small.character(age="0.5")


def test_wrong_vectors(small):
    with pytest.raises(SchemaError, match=r"values: got shape \[3\]"):
        Character(small, np.zeros(3), (0, 0))
    with pytest.raises(SchemaError, match="'cheek_left' is not a finite number"):
        Character(small, np.array([0, np.nan, 0, 0, 0]), (0, 0))
    with pytest.raises(SchemaError, match="choices: got 1"):
        Character(small, np.zeros(5), (0,))
    with pytest.raises(SchemaError, match="index 3 of 'hair'"):
        Character(small, np.zeros(5), (3, 0))
    other = dataclasses.replace(small, version="2")
    with pytest.raises(SchemaError, match="other belongs to schema"):
        small.neutral().mix(other.neutral(), 0.5)
