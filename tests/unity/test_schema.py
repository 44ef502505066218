"""Schemas in C#: the same hash, the same text, the same refusals as in Python."""

import json

import pytest

from face2param import schema as schemas
from face2param.errors import SchemaError
from face2param.pipelines import unity_package
from face2param.schema import Choice, Continuous, Nuisance, Schema
from tests.bin import photo_programs
from tests.unity.mono import Refused

FOREIGN = Schema(
    "größe 😀",
    'v"1\n',
    (
        Continuous("left_ear", "ear", 0.3, "right_ear", "breiter"),
        Continuous("right_ear", "ear", 0.3, "left_ear"),
        Continuous("tilt", "head", 0.5, "tilt"),
        Continuous("tiny", "head", 1e-7),
    ),
    (Choice("hair", "hair", ("bald", "long-1"), "long-1"),),
    (
        Nuisance("yaw", "pose", -0.436332, 0.436332, 0.0, "radian", "yaw", -1.0),
        Nuisance("smile", "expression", -1 / 3, 1e16, 0.1),
    ),
    "über",
)


@pytest.mark.parametrize("name", schemas.shipped())
def test_the_generated_schemas_are_current(driver, tmp_path, name):
    schema = schemas.load(name)
    assert driver("schema-hash", name) == schema.hash
    driver("schema-copy", name, tmp_path / "copy.json")
    assert (tmp_path / "copy.json").read_bytes() == schema.to_json().encode()


def test_a_schema_file(driver, tmp_path):
    FOREIGN.save(tmp_path / "a.json")
    assert driver("schema-hash", tmp_path / "a.json") == FOREIGN.hash
    driver("schema-copy", tmp_path / "a.json", tmp_path / "b.json")
    assert (tmp_path / "b.json").read_bytes() == (tmp_path / "a.json").read_bytes()


def changed(**changes):
    data = FOREIGN.to_dict()
    data.update(changes)
    return data


def control(kind, index, **changes):
    data = json.loads(json.dumps(FOREIGN.to_dict()))
    data[kind][index].update(changes)
    return data


WRONG = {
    "no name": {k: v for k, v in FOREIGN.to_dict().items() if k != "name"},
    "empty version": changed(version=""),
    "unknown field": changed(colour=1),
    "nothing": changed(continuous=[], choices=[]),
    "a text for a list": changed(choices="hair"),
    "not an object": changed(continuous=[1]),
    "unknown control field": control("continuous", 0, step=1),
    "bad name": control("continuous", 3, name="1st"),
    "empty group": control("continuous", 3, group=""),
    "default out of range": control("continuous", 3, default=1.5),
    "default a text": control("continuous", 3, default="0"),
    "no such mirror": control("continuous", 0, mirror="nose"),
    "mirror not returned": control("continuous", 0, mirror="tiny"),
    "default changes when mirrored": control("continuous", 2, default=0.4),
    "name twice": control("choices", 0, name="tilt"),
    "one option": control("choices", 0, options=["long-1"]),
    "options twice": control("choices", 0, options=["long-1", "long-1"]),
    "bad option": control("choices", 0, options=["long-1", "a b"]),
    "options no list": control("choices", 0, options="ab"),
    "default no option": control("choices", 0, default="short"),
    "range empty": control("nuisance", 1, minimum=2.0, maximum=1.0),
    "unit": control("nuisance", 1, unit="degree"),
    "mirror sign": control("nuisance", 0, mirror_sign=0.5),
    "mirrored range": control("nuisance", 0, minimum=-0.1),
    "default outside": control("nuisance", 1, default=-3),
}


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_wrong_schemas_are_refused_by_both(driver, tmp_path, data):
    path = tmp_path / "a.json"
    path.write_text(json.dumps(data))
    with pytest.raises(SchemaError):
        schemas.load(path)
    with pytest.raises(Refused) as caught:
        driver("schema-hash", path)
    assert caught.value.kind == "SchemaException"


def test_the_generated_files_are_current():
    assert unity_package.stale() == []


def test_the_program_writes_and_checks(tmp_path):
    done = photo_programs.run("unity_schema", "--package", tmp_path, "--check", timeout=60)
    photo_programs.refused(done, "is not the Unity package: it has no package.json")
    (tmp_path / "package.json").write_text("{}")
    (tmp_path / "Old.cs.meta").write_text("")
    done = photo_programs.run("unity_schema", "--package", tmp_path, "--check", timeout=60)
    photo_programs.refused(done, "is not what the schemas say")
    done = photo_programs.run("unity_schema", "--package", tmp_path, timeout=60)
    assert done.returncode == 0 and "Runtime/Generated/BuiltinSchema.cs" in done.stdout
    assert unity_package.stale(tmp_path) == []
    assert not (tmp_path / "Old.cs.meta").exists()
    (tmp_path / "Copy.cs").write_text("")
    (tmp_path / "Copy.cs.meta").write_bytes((tmp_path / "package.json.meta").read_bytes())
    assert "has the GUID of Copy.cs" in unity_package.stale(tmp_path)[0]
