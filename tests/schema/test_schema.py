import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from face2param.errors import SchemaError
from face2param.schema import Choice, Continuous, Nuisance, Schema, load, shipped


def test_widths_names_and_slices(small):
    assert small.width == 5 + 3 + 2
    assert small.nuisance_width == 4
    assert small.names[3] == "nose_bend"
    assert small.slices == {"hair": slice(5, 8), "beard": slice(8, 10)}
    assert small.groups == ("jaw", "cheek", "nose", "skin", "hair", "beard")


def test_hash_ignores_words_and_groups_only(small):
    worded = dataclasses.replace(
        small.continuous[0], description="other words", group="another heading"
    )
    reworded = dataclasses.replace(
        small, description="x", continuous=(worded, *small.continuous[1:])
    )
    assert reworded.hash == small.hash
    changes = {
        "name": "other",
        "version": "2",
        "continuous": small.continuous[::-1],
        "choices": (Choice("hair", "hair", ("bald", "long", "bob"), "bob"), small.choices[1]),
        "nuisance": small.nuisance[:-1],
    }
    hashes = {dataclasses.replace(small, **{k: v}).hash for k, v in changes.items()}
    assert len(hashes | {small.hash}) == 1 + len(changes)


def test_hash_is_the_same_on_every_machine():
    # Written down once: a change of the recipe would orphan every database and weight file.
    schema = Schema("s", "1", (Continuous("a", "g"),), (Choice("b", "g", ("x", "y"), "x"),))
    assert schema.hash == "ffdf04642c4dbe00"
    assert len(schema.hash) == 16


def test_json_round_trip(small, tmp_path):
    path = tmp_path / "small.json"
    small.save(path)
    assert Schema.from_json(path) == small
    assert Schema.from_json(json.loads(small.to_json())).hash == small.hash
    assert load(path) == small


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("version"), "field 'version' is missing"),
        (lambda d: d.update(colour=1), "unknown field 'colour'"),
        (lambda d: d.update(name=3), "field 'name' is 3"),
        (lambda d: d.update(continuous={"a": 1}), "field 'continuous' is a dict"),
        (lambda d: d.update(continuous=[], choices=[]), "are empty"),
        (lambda d: d["continuous"].append(7), r"continuous\[5\] is 7"),
        (lambda d: d["continuous"][0].pop("group"), r"continuous\[0\]: field 'group' is missing"),
        (lambda d: d["continuous"][0].update(max=1), r"continuous\[0\]: unknown field 'max'"),
        (lambda d: d["continuous"][0].update(default="x"), r"continuous\[0\].*field 'default'"),
        (lambda d: d["choices"][0].update(options=3), r"choices\[0\].*field 'options'"),
        (lambda d: d["continuous"].append(d["continuous"][0]), "more than one control"),
        (lambda d: d["nuisance"][0].update(name="hair"), "more than one control"),
        (lambda d: d["continuous"][1].update(mirror="chin"), "'chin', which is no such control"),
        (lambda d: d["continuous"][1].update(mirror="age"), "must name each other"),
        (lambda d: d["continuous"][4].update(mirror="age"), "default 0.2 changes"),
        (lambda d: d["nuisance"][1].update(maximum=0.5), "mirrored range"),
        (lambda d: d["nuisance"][3].update(maximum=0.5), "mirrored range"),
    ],
)
def test_a_malformed_schema_says_where(small, change, message):
    data = json.loads(small.to_json())
    change(data)
    with pytest.raises(SchemaError, match=message):
        Schema.from_json(data)


def test_files_that_are_no_schema(tmp_path):
    path = tmp_path / "x.json"
    with pytest.raises(SchemaError, match="neither a file nor one of the shipped"):
        load(path)
    with pytest.raises(SchemaError, match="does not exist"):
        Schema.from_json(path)
    path.write_text("{")
    with pytest.raises(SchemaError, match="not valid JSON"):
        load(path)
    path.write_text("[1]")
    with pytest.raises(SchemaError, match="must hold an object"):
        load(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SchemaError, match="not valid JSON"):
        load(path)
    with pytest.raises(SchemaError, match="cannot be read"):
        load(tmp_path)


def test_wrong_kind_of_control_in_code():
    with pytest.raises(SchemaError, match="it must hold Continuous only"):
        Schema("s", "1", (Nuisance("a", "expression"),))


def test_shipped_schemas_load():
    assert {"builtin", "facenn95", "facenn99"} <= set(shipped())
    builtin = load("builtin")
    assert load("builtin") is builtin
    assert Schema.from_json(builtin.to_dict()) == builtin
    assert np.all(builtin.encode(builtin.neutral())[:, : len(builtin.continuous)] >= 0)


def test_importing_schemas_needs_no_network_library():
    code = (
        "import sys, face2param.schema;"
        "print([name for name in ('tensorflow', 'keras') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
