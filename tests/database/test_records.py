import numpy as np
import pytest

from face2param.database import records
from face2param.errors import DatabaseError, OutputError
from tests.database.toy_engine import SCHEMA


def some_record(index: int) -> records.Record:
    rng = np.random.default_rng(index)
    return records.Record(
        index=index,
        character=rng.random(SCHEMA.width, np.float32),
        nuisance=rng.random(SCHEMA.nuisance_width, np.float32),
        landmarks=rng.random((68, 2), np.float32),
        visibility=rng.random(68) < 0.5,
    )


def assert_equal(found: records.Record, expected: records.Record) -> None:
    for name in ("index", "character", "nuisance", "landmarks", "visibility"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_log_round_trip(tmp_path):
    log = records.RecordLog(tmp_path / "log", SCHEMA)
    assert log.read() == {}
    for index in (3, 0, 7):
        log.append(some_record(index))
    found = log.read()
    assert list(found) == [3, 0, 7]
    for index, record in found.items():
        assert_equal(record, some_record(index))


@pytest.mark.parametrize("damage", ["cut", "flip"])
def test_a_damaged_end_is_cut_off_and_the_log_goes_on(tmp_path, damage):
    path = tmp_path / "log"
    log = records.RecordLog(path, SCHEMA)
    for index in range(3):
        log.append(some_record(index))
    data = bytearray(path.read_bytes())
    if damage == "cut":
        del data[-5:]
    else:
        data[-100] ^= 1
    path.write_bytes(data)
    assert list(log.read()) == [0, 1]
    log.append(some_record(2))
    found = log.read()
    assert list(found) == [0, 1, 2]
    assert_equal(found[2], some_record(2))


def test_npz_round_trip(tmp_path):
    path = tmp_path / "records.npz"
    records.write_npz(path, [some_record(i) for i in range(4)])
    arrays = records.read_npz(path, SCHEMA, 4)
    for index, record in records.from_arrays(arrays).items():
        assert_equal(record, some_record(index))


def test_errors(tmp_path):
    path = tmp_path / "records.npz"
    with pytest.raises(DatabaseError, match="missing or damaged"):
        records.read_npz(path, SCHEMA, 4)
    records.write_npz(path, [some_record(i) for i in range(4)])
    with pytest.raises(DatabaseError, match=r"'character' has shape \[4, 4\], it must have \[5"):
        records.read_npz(path, SCHEMA, 5)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(DatabaseError, match="missing or damaged"):
        records.read_npz(path, SCHEMA, 4)
    with pytest.raises(OutputError, match="cannot write"):
        records.RecordLog(tmp_path / "no" / "log", SCHEMA).append(some_record(0))
