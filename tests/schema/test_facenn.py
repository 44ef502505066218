import struct

import numpy as np
import pytest

from face2param.errors import CodecError
from face2param.schema import facenn, load


def random_encoded(schema, count, seed=0):
    return schema.encode(schema.random(np.random.default_rng(seed), count))


def names_for(schema, count):
    return [facenn.picture_name(i, schema) for i in range(count)]


def test_layout_of_95_byte_by_byte(tmp_path):
    schema = load("facenn95")
    encoded = random_encoded(schema, 2)
    facenn.write_db_description(tmp_path / "d", ["db_000_3", "db_001_4"], encoded, schema)
    expected = b"".join(
        bytes([8]) + name + struct.pack("<95f", *row)
        for name, row in zip([b"db_000_3", b"db_001_4"], encoded, strict=True)
    )
    assert (tmp_path / "d").read_bytes() == expected
    assert len(expected) == 2 * 389


def test_layout_of_99_byte_by_byte(tmp_path):
    schema = load("facenn99")
    encoded = random_encoded(schema, 2)
    facenn.write_db_description(tmp_path / "d", names_for(schema, 2), encoded, schema)
    expected = struct.pack("<i", 2) + b"".join(
        bytes([10]) + name + struct.pack("<99f", *row)
        for name, row in zip([b"db_00000_3", b"db_00001_3"], encoded, strict=True)
    )
    assert (tmp_path / "d").read_bytes() == expected
    assert len(expected) == 4 + 2 * 407


@pytest.mark.parametrize("name", ["facenn95", "facenn99"])
@pytest.mark.parametrize("count", [1, 389, 407])
def test_round_trip_detects_the_layout(tmp_path, name, count):
    schema = load(name)
    encoded = random_encoded(schema, count)
    facenn.write_db_description(tmp_path / "d", names_for(schema, count), encoded, schema)
    read = facenn.read_db_description(tmp_path / "d")
    assert read.schema == schema
    assert read.names == tuple(names_for(schema, count))
    np.testing.assert_array_equal(read.encoded, encoded)
    assert read.characters()[0] == schema.decode(encoded[0])


def test_any_other_schema_travels_with_header(tmp_path, small):
    encoded = random_encoded(small, 3)
    facenn.write_db_description(tmp_path / "d", names_for(small, 3), encoded, small)
    assert (tmp_path / "d").stat().st_size == 4 + 3 * (11 + 4 * small.width)
    read = facenn.read_db_description(tmp_path / "d", small)
    np.testing.assert_array_equal(read.encoded, encoded)
    with pytest.raises(CodecError, match="has another layout"):
        facenn.read_db_description(tmp_path / "d")


def test_label_noise_outside_the_range_is_kept(tmp_path):
    schema = load("facenn95")
    encoded = random_encoded(schema, 1)
    encoded[0, 3] = -0.1
    facenn.write_db_description(tmp_path / "d", ["db_000_3"], encoded, schema)
    assert facenn.read_db_description(tmp_path / "d").encoded[0, 3] == np.float32(-0.1)


@pytest.mark.parametrize("name", ["facenn95", "facenn99"])
def test_a_file_cut_short_says_the_sizes(tmp_path, name):
    schema = load(name)
    path = tmp_path / "d"
    facenn.write_db_description(path, names_for(schema, 3), random_encoded(schema, 3), schema)
    whole = path.read_bytes()
    path.write_bytes(whole[:-1])
    with pytest.raises(CodecError, match=rf"has {len(whole) - 1} bytes.*n \* 389.*n \* 407"):
        facenn.read_db_description(path)
    path.write_bytes(whole[: -facenn.record_size(schema)])
    if name == "facenn99":  # The header still promises three records.
        with pytest.raises(CodecError, match="its first int32 is 3"):
            facenn.read_db_description(path)
    path.write_bytes(b"")
    with pytest.raises(CodecError, match="has 0 bytes"):
        facenn.read_db_description(path)


def test_damaged_records(tmp_path):
    schema = load("facenn99")
    path = tmp_path / "d"
    facenn.write_db_description(path, names_for(schema, 2), random_encoded(schema, 2), schema)
    whole = bytearray(path.read_bytes())
    for position, value, message in [
        (4 + 407, 9, "record 1 has a name of 9 bytes"),
        (4 + 1, 0xC3, "not ASCII"),
    ]:
        damaged = bytearray(whole)
        damaged[position] = value
        path.write_bytes(damaged)
        with pytest.raises(CodecError, match=message):
            facenn.read_db_description(path)
    path.write_bytes(whole[:-4] + struct.pack("<f", float("nan")))
    with pytest.raises(CodecError, match="1 values not a number"):
        facenn.read_db_description(path)
    with pytest.raises(CodecError, match="cannot read"):
        facenn.read_db_description(tmp_path / "absent")


def test_names_have_a_fixed_length(tmp_path):
    schema = load("facenn99")
    with pytest.raises(CodecError, match=r"names: 'db_0_3' has 6 characters"):
        facenn.write_db_description(tmp_path / "d", ["db_0_3"], random_encoded(schema, 1), schema)
    with pytest.raises(CodecError, match="encoded: got shape"):
        facenn.write_db_description(tmp_path / "d", ["db_00000_3"], np.zeros((1, 95)), schema)
    assert not (tmp_path / "d").exists()
    assert facenn.picture_name(7, load("facenn95"), 4) == "db_007_4"
    with pytest.raises(CodecError, match="index: got 1000"):
        facenn.picture_name(1000, load("facenn95"))


@pytest.mark.parametrize(("name", "size"), [("facenn95", 384), ("facenn99", 400)])
def test_bytes_files(tmp_path, name, size):
    schema = load(name)
    character = schema.random(np.random.default_rng(5), 1)[0]
    facenn.write_bytes(tmp_path / "p.bytes", character, shape=4)
    data = (tmp_path / "p.bytes").read_bytes()
    assert len(data) == size
    assert data[:4] == b"\x04\x00\x00\x00"
    np.testing.assert_array_equal(np.frombuffer(data[4:], "<f4"), schema.encode(character)[0])
    assert facenn.read_bytes(tmp_path / "p.bytes") == (4, character)


def test_bytes_errors(tmp_path, small):
    path = tmp_path / "p.bytes"
    with pytest.raises(CodecError, match="not 'small'"):
        facenn.write_bytes(path, small.neutral())
    with pytest.raises(CodecError, match="shape is 5"):
        facenn.write_bytes(path, load("facenn95").neutral(), shape=5)
    path.write_bytes(b"\0" * 416)
    with pytest.raises(CodecError, match=r"has 416 bytes; .* 384 .* 400"):
        facenn.read_bytes(path)
    path.write_bytes(b"\0" * 384)
    with pytest.raises(CodecError, match="shape is 0"):
        facenn.read_bytes(path)
    path.write_bytes(struct.pack("<i95f", 3, *[float("inf")] * 95))
    with pytest.raises(CodecError, match="95 values not a number"):
        facenn.read_bytes(path)
