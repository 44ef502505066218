"""Files written by C# are read by Python and back, byte for byte."""

import json

import numpy as np
import pytest

from face2param import schema as schemas
from face2param.errors import CodecError
from face2param.schema import Character, facenn
from tests.unity.mono import Refused

NAMES = ("builtin", "facenn95", "facenn99")
RECORDS = 10_000


def random_encoded(schema, count, seed=0):
    return schema.encode(schema.random(np.random.default_rng(seed), count))


@pytest.mark.parametrize("name", NAMES)
def test_ten_thousand_records_written_by_either_are_the_same_bytes(driver, tmp_path, name):
    schema = schemas.load(name)
    # Names of facenn95 end at db_999.
    count = 1000 if name == "facenn95" else RECORDS
    for part in range(RECORDS // count):
        encoded = random_encoded(schema, count, part)
        names = [facenn.picture_name(i, schema, 4) for i in range(count)]
        ours, theirs, copy = tmp_path / "python", tmp_path / "c#", tmp_path / "copy"
        facenn.write_db_description(ours, names, encoded, schema)
        (tmp_path / "floats").write_bytes(encoded.astype("<f4").tobytes())
        driver("db-write", tmp_path / "floats", theirs, name, 4)
        assert theirs.read_bytes() == ours.read_bytes()
        read = facenn.read_db_description(theirs, schema)
        assert read.names == tuple(names)
        np.testing.assert_array_equal(read.encoded, encoded)
        assert driver("db-copy", ours, copy, name) == f"{name} {count}"
        assert copy.read_bytes() == ours.read_bytes()


def test_ten_thousand_characters_as_json(driver, tmp_path):
    schema = schemas.load("builtin")
    characters = schema.random(np.random.default_rng(3), RECORDS)
    encoded = schema.encode(characters)
    names = [facenn.picture_name(i, schema) for i in range(RECORDS)]
    facenn.write_db_description(tmp_path / "db", names, encoded, schema)
    done = driver("params-of-db", tmp_path / "db", tmp_path / "all", "builtin", timeout=120)
    assert done == "same"
    text = (tmp_path / "all").read_text(encoding="utf-8")
    decoder, at, values = json.JSONDecoder(), 0, []
    for i, character in enumerate(characters):
        data, end = decoder.raw_decode(text, at)
        values.append(list(data["values"].values()))
        assert list(data["choices"].values()) == [character[c] for c in schema.choice_names]
        if i % 100 == 0:
            character.save(tmp_path / "one")
            assert text[at : end + 1] == (tmp_path / "one").read_text(encoding="utf-8")
        at = end + 1
    np.testing.assert_array_equal(np.array(values, np.float32), encoded[:, : len(schema.names)])


@pytest.mark.parametrize("name", NAMES)
def test_params_json(driver, tmp_path, name):
    schema = schemas.load(name)
    neutral = schema.neutral()
    edge = Character(schema, np.linspace(0, 1, len(schema.names)) ** 8, neutral.choices)
    for character in [neutral, edge, *schema.random(np.random.default_rng(1), 20)]:
        character.save(tmp_path / "a")
        driver("params-copy", tmp_path / "a", tmp_path / "b", name)
        assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()
        driver("mirror", tmp_path / "a", tmp_path / "b", name)
        assert Character.load(tmp_path / "b", schema) == character.mirror()


@pytest.mark.parametrize(("name", "shape"), [("facenn95", 3), ("facenn99", 4)])
def test_bytes_files(driver, tmp_path, name, shape):
    schema = schemas.load(name)
    for character in schema.random(np.random.default_rng(1), 50):
        facenn.write_bytes(tmp_path / "a", character, shape)
        assert driver("bytes-copy", tmp_path / "a", tmp_path / "b") == f"{shape} {name}"
        assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()


def test_label_noise_is_kept(driver, tmp_path):
    schema = schemas.load("facenn95")
    encoded = random_encoded(schema, 2)
    encoded[0, 3], encoded[1, 0] = -0.1, 1.2
    facenn.write_db_description(tmp_path / "a", ["db_000_3", "db_001_3"], encoded, schema)
    assert driver("db-copy", tmp_path / "a", tmp_path / "b", "") == "facenn95 2"
    assert (tmp_path / "b").read_bytes() == (tmp_path / "a").read_bytes()


def damaged(rng, whole):
    """One damaged copy: cut, lengthened, bytes changed, or another size in the header."""
    data = bytearray(whole)
    kind = rng.integers(5)
    if kind == 0:
        del data[rng.integers(len(data)) :]
    elif kind == 1:
        data += rng.bytes(rng.integers(1, 500))
    elif kind == 2:
        for at in rng.integers(0, len(data), rng.integers(1, 8)):
            data[at] = rng.integers(256)
    elif kind == 3:
        size = rng.choice([2**31 - 1, 2**32 - 1, 2**31, 0, 10**6])
        data[:4] = int(size).to_bytes(4, "little")
    else:
        data = bytearray(rng.bytes(rng.integers(0, 3000)))
    return bytes(data)


def outcome(call):
    """What a reader did: its result, or None if it refused with an error of ours."""
    try:
        return call()
    except (Refused, CodecError):
        return None


@pytest.mark.parametrize("name", ["", *NAMES])
def test_damaged_databases_are_refused_or_read_as_python_does(driver, tmp_path, name):
    rng = np.random.default_rng(7)
    schema = schemas.load(name) if name else None
    whole = {}
    for base in NAMES:
        loaded = schemas.load(base)
        names = [facenn.picture_name(i, loaded) for i in range(5)]
        facenn.write_db_description(tmp_path / "w", names, random_encoded(loaded, 5), loaded)
        whole[base] = (tmp_path / "w").read_bytes()
    path, refused = tmp_path / "a", 0
    for _ in range(300):
        path.write_bytes(damaged(rng, whole[str(rng.choice(NAMES))]))
        theirs = outcome(lambda: driver("db-read", path, name, timeout=5))
        ours = outcome(lambda: facenn.read_db_description(path, schema))
        refused += ours is None
        if ours is None or any("\0" in n or len(n) < 8 for n in ours.names):
            assert theirs is None
        else:
            assert theirs == f"{ours.schema.name} {len(ours.names)}"
    assert 100 < refused < 300


def test_damaged_bytes_files(driver, tmp_path):
    rng = np.random.default_rng(8)
    facenn.write_bytes(tmp_path / "w", schemas.load("facenn99").neutral())
    path = tmp_path / "a"
    for _ in range(300):
        path.write_bytes(damaged(rng, (tmp_path / "w").read_bytes()))
        theirs = outcome(lambda: driver("bytes-copy", path, tmp_path / "b", timeout=5))
        ours = outcome(lambda: facenn.read_bytes(path))
        assert theirs == (ours and f"{ours[0]} {ours[1].schema.name}")


@pytest.mark.parametrize("command", ["db-read", "bytes-copy"])
def test_huge_files_are_refused_before_memory_is_taken(driver, tmp_path, command):
    with open(tmp_path / "a", "wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused, match="has 1099511627776 bytes; at most"):
        driver(command, tmp_path / "a", "")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.pop("values"), "field 'values' is missing; this is not a character"),
        (lambda d: d.update(values=3), "field 'values' is 3; it must be an object"),
        (lambda d: d.update(schema_hash="0"), "belongs to schema 'builtin' (0), not to"),
        (lambda d: d["values"].pop("age"), "missing [age], unknown []"),
        (lambda d: d["values"].update(agee=0.1), "missing [], unknown [agee]"),
        (lambda d: d["values"].update(age=True), "'age' is true; it must be a number"),
        (lambda d: d["values"].update(age="1"), "'age' is '1'; it must be a number"),
        (lambda d: d["values"].update(age=1.5), "'age' is 1.5; it must be in [0, 1]"),
        (lambda d: d["choices"].update(hair="wig"), "'hair' is 'wig'; it must be one of"),
        (lambda d: d["choices"].update(hair=1), "'hair' is 1; it must be one of"),
    ],
)
def test_refused_characters_name_the_field(driver, tmp_path, change, message):
    data = schemas.load("builtin").neutral().to_dict()
    assert "age" in data["values"] and "hair" in data["choices"]
    change(data)
    (tmp_path / "a").write_text(json.dumps(data))
    with pytest.raises(Refused) as caught:
        driver("params-copy", tmp_path / "a", tmp_path / "b", "builtin")
    assert caught.value.kind == "SchemaException"
    assert message in caught.value.message and str(tmp_path) in caught.value.message


def test_damaged_characters(driver, tmp_path):
    rng = np.random.default_rng(9)
    schemas.load("builtin").neutral().save(tmp_path / "w")
    for _ in range(200):
        (tmp_path / "a").write_bytes(damaged(rng, (tmp_path / "w").read_bytes()))
        outcome(lambda: driver("params-copy", tmp_path / "a", tmp_path / "b", "builtin", timeout=5))


def test_output_that_cannot_be_written(driver, tmp_path):
    schemas.load("builtin").neutral().save(tmp_path / "a")
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cannot write") as caught:
        driver("params-copy", tmp_path / "a", tmp_path / "file" / "b", "builtin")
    assert caught.value.kind == "OutputException"
