"""Files of any content: what was written comes back, anything else is one of our errors."""

import json
import struct

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face2param.errors import CodecError, SchemaError
from face2param.schema import Character, Schema, facenn, load, serialization

BUILTIN = load("builtin")
RECORDS = 10_000
quick = settings(
    max_examples=150, deadline=2000, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("name", ["facenn95", "facenn99", "builtin"])
def test_ten_thousand_records_come_back_bit_by_bit(tmp_path, name):
    schema = load(name)
    length = 8 if name == "facenn95" else 10
    names = [f"{i:0{length}d}" for i in range(RECORDS)]
    encoded = np.random.default_rng(0).random((RECORDS, schema.width), np.float32)
    facenn.write_db_description(tmp_path / "d", names, encoded, schema)
    read = facenn.read_db_description(tmp_path / "d", schema)
    assert read.names == tuple(names)
    assert read.encoded.tobytes() == encoded.tobytes()


@quick
@given(values=st.lists(st.floats(0, 1, width=32), min_size=164, max_size=164), data=st.data())
def test_any_character_comes_back(tmp_path, values, data):
    picks = tuple(data.draw(st.integers(0, len(c.options) - 1)) for c in BUILTIN.choices)
    character = Character(BUILTIN, np.array(values, np.float32), picks)
    character.save(tmp_path / "params.json")
    assert Character.load(tmp_path / "params.json", BUILTIN) == character


@quick
@given(data=st.binary(max_size=2000), count=st.integers(-(2**31), 2**31 - 1), whole=st.booleans())
def test_any_bytes_as_database(tmp_path, data, count, whole):
    size = facenn.record_size(load("facenn99"))
    if whole:  # the right number of bytes, so that the records themselves are looked at
        data = (data * size)[: size * (1 + count % 3)] or bytes(size)
        count = len(data) // size
    (tmp_path / "d").write_bytes(struct.pack("<i", count) + data)
    for schema in (None, BUILTIN):
        try:
            found = facenn.read_db_description(tmp_path / "d", schema)
        except CodecError:
            continue
        assert np.isfinite(found.encoded).all()


@quick
@given(data=st.binary(max_size=420))
def test_any_bytes_as_character_of_face_nn(tmp_path, data):
    (tmp_path / "e.bytes").write_bytes(data)
    try:
        shape, _ = facenn.read_bytes(tmp_path / "e.bytes")
    except CodecError:
        return
    assert shape in facenn.SHAPES.values()


@quick
@given(place=st.integers(0, 400), other=anything, deep=st.booleans())
def test_any_value_anywhere_in_params_json(tmp_path, place, other, deep):
    content = BUILTIN.neutral().to_dict()
    inner = content["values"] if deep else content
    inner[list(inner)[place % len(inner)]] = other
    (tmp_path / "params.json").write_text(json.dumps(content))
    try:
        read = Character.load(tmp_path / "params.json", BUILTIN)
    except SchemaError:
        return
    assert np.isfinite(read.values).all()


@quick
@given(place=st.integers(0, 10_000), other=anything)
def test_any_value_anywhere_in_a_schema(place, other):
    content = json.loads(BUILTIN.to_json())
    fields = list(serialization.KINDS)
    entries = content[fields[place % len(fields)]]
    entry = entries[place // len(fields) % len(entries)]
    entry[list(entry)[place // 300 % len(entry)]] = other
    try:
        Schema.from_json(content)
    except SchemaError:
        return


@pytest.mark.parametrize("text", ["[" * 100_000, '{"a": ' + "9" * 5000 + "}", "\ud800", ""])
def test_json_that_breaks_parsers(tmp_path, text):
    (tmp_path / "params.json").write_text(text, errors="surrogatepass")
    with pytest.raises(SchemaError, match="not valid JSON"):
        Character.load(tmp_path / "params.json", BUILTIN)


def test_files_too_large_are_refused_before_they_are_read(tmp_path):
    for read, limit, error in (
        (facenn.read_db_description, facenn.MAXIMUM_BYTES, CodecError),
        (facenn.read_bytes, facenn.MAXIMUM_BYTES, CodecError),
        (lambda path: Character.load(path, BUILTIN), serialization.MAXIMUM_BYTES, SchemaError),
    ):
        with (tmp_path / "large").open("wb") as file:
            file.truncate(limit + 1)  # takes no room on the disk
        with pytest.raises(error, match=f"has {limit + 1} bytes; at most {limit} are read"):
            read(tmp_path / "large")
