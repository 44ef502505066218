"""A database that the C# session writes is one that Python reads, resumes and extends."""

import json

import numpy as np
import pytest
from PIL import Image

from face2param.database import manifest as manifests
from face2param.database.reader import Database
from face2param.database.records import RecordLog, read_npz
from face2param.errors import DatabaseError
from face2param.schema import facenn, load
from tests.database.toy_engine import SCHEMA as TOY
from tests.unity.mono import Refused

SIZE = 64


@pytest.fixture
def draw(driver, tmp_path):
    """Runs a session of the fake engine; returns drawn, done, kept, state."""
    TOY.save(tmp_path / "toy.json")
    Image.new("RGB", (SIZE, SIZE), (200, 90, 40)).save(tmp_path / "picture.jpg")
    Image.fromarray(np.full((SIZE, SIZE), 10, np.uint8)).save(tmp_path / "labels.png")

    def run(output="database", *, labels=False, schema=None, **options):
        fields = {"schema": schema or tmp_path / "toy.json", "jpeg": tmp_path / "picture.jpg"}
        fields |= {"labels": tmp_path / "labels.png"} if labels else {}
        fields |= {"output": tmp_path / output, "size": SIZE, **options}
        drawn, done, kept, state = driver(
            "database", *(f"{k}={v}" for k, v in fields.items())
        ).split()
        return int(drawn), int(done), int(kept), state

    return run


def test_python_reads_what_the_session_wrote(draw, tmp_path):
    assert draw(count=25, seed=4, spread=0.7, jitter=0.5, labels=True) == (25, 25, -1, "finished")
    database = Database(tmp_path / "database", TOY)
    assert len(database) == 25
    assert [len(database.indices(split)) for split in ("training", "validation")] == [20, 5]
    assert list(database.indices("validation")) == [4, 9, 14, 19, 24]
    assert database.manifest.training == 20
    for index in (0, 24):
        rng = np.random.default_rng([4, index])
        (character,) = TOY.random(rng, 1, 0.7)
        assert database.character(index) == character
    arrays = database.arrays("validation", SIZE)
    assert arrays["images"].shape == (5, SIZE, SIZE, 3)
    np.testing.assert_allclose(arrays["images"][0].mean((0, 1)), [200, 90, 40], atol=4)
    assert (database.labels(3) == 10).all()
    first = 0.25 + database.characters[0, 0] / SIZE
    assert database.landmarks01[0, 0, 0] == pytest.approx(first, abs=1e-6)
    assert database.visibility.sum(1).tolist() == [60] * 25
    assert abs(database.nuisance).max() > 0
    assert not (tmp_path / "database" / "records.part").exists()


def test_two_thousand_records_are_four_fifths_training(draw, tmp_path):
    draw(count=2000, schema=write(tmp_path, load("builtin")))
    database = Database(tmp_path / "database")
    assert (database.manifest.training, database.manifest.validation) == (1600, 400)
    assert len(database.indices("validation")) == 400
    assert database.names[-1] == "db_01999_3"


def test_the_manifest_is_what_python_writes(draw, tmp_path):
    draw(count=5)
    manifest, schema = manifests.read(tmp_path / "database")
    written = {name: (tmp_path / "database" / name).read_bytes() for name in FILES}
    manifests.write(tmp_path / "database", manifest, schema)
    assert written == {name: (tmp_path / "database" / name).read_bytes() for name in FILES}


FILES = (manifests.MANIFEST, manifests.SCHEMA)


def test_cancelling_keeps_what_is_whole_and_more_can_follow(draw, tmp_path):
    assert draw(count=20, steps=7, end="cancel") == (7, 7, 7, "finished")
    database = Database(tmp_path / "database")
    assert len(database) == 7
    before = database.characters
    pictures = {p: p.stat().st_mtime_ns for p in (tmp_path / "database").glob("*.jpg")}
    assert draw(count=20) == (13, 20, -1, "finished")
    database = Database(tmp_path / "database")
    assert len(database) == 20
    np.testing.assert_array_equal(database.characters[:7], before)
    assert all(path.stat().st_mtime_ns == time for path, time in pictures.items())


def test_cancelling_at_once_keeps_nothing(draw, tmp_path):
    assert draw(count=20, steps=0, end="cancel") == (0, 0, 0, "open")
    with pytest.raises(DatabaseError, match="not a database"):
        Database(tmp_path / "database")
    assert draw(count=2) == (2, 2, -1, "finished")


def test_a_killed_run_goes_on_behind_its_last_whole_record(draw, tmp_path):
    assert draw(count=10, steps=6)[3] == "open"
    folder = tmp_path / "database"
    log = folder / "records.part"
    log.write_bytes(log.read_bytes()[:-9])  # The last record was being written.
    (folder / ".part-leftover").write_bytes(b"x")
    assert len(RecordLog(log, TOY).read()) == 5
    assert draw(count=10) == (5, 10, -1, "finished")
    assert len(Database(folder)) == 10
    assert not list(folder.glob(".part-*"))


def test_the_log_has_pythons_bytes(draw, tmp_path):
    draw(count=10, steps=4, jitter=1)
    records = RecordLog(tmp_path / "database" / "records.part", TOY).read()
    data = (tmp_path / "database" / "records.part").read_bytes()
    again = RecordLog(tmp_path / "again.part", TOY)
    for index in range(4):
        again.append(records[index])
    assert (tmp_path / "again.part").read_bytes() == data


def test_a_missing_picture_is_drawn_again(draw, tmp_path):
    draw(count=10)
    (tmp_path / "database" / "db_00003_3.jpg").unlink()
    assert draw(count=10, steps=0, end="cancel") == (0, 9, 0, "open")
    with pytest.raises(DatabaseError, match="not complete"):
        Database(tmp_path / "database")
    assert draw(count=10) == (1, 10, -1, "finished")
    assert len(Database(tmp_path / "database")) == 10


def test_arrays_of_numpy_are_read(draw, driver, tmp_path):
    draw(count=10)
    folder = tmp_path / "database"
    arrays = read_npz(folder / "records.npz", TOY, 10)
    np.savez(folder / "records.npz", **arrays)  # As Python's generator writes it.
    assert draw(count=11) == (1, 11, -1, "finished")
    np.savez_compressed(tmp_path / "compressed.npz", **arrays)
    assert "compressed" in driver("npz", tmp_path / "compressed.npz", tmp_path / "x.npz")
    damaged = bytearray((folder / "records.npz").read_bytes())
    damaged[400] ^= 1
    (folder / "records.npz").write_bytes(damaged)
    assert draw(count=11)[0] == 11  # Nothing of it is trusted.


def test_female_pictures_say_so(draw, tmp_path):
    draw(count=1, shape=facenn.SHAPES["female"])
    assert Database(tmp_path / "database").names == ("db_00000_4",)


def test_other_settings_are_refused(draw, tmp_path):
    draw(count=2)
    with pytest.raises(Refused, match=r"another kind: seed 1 \(there\) and 2 \(now\)"):
        draw(count=2, seed=2)
    with pytest.raises(Refused, match=r"'fake 1' \(there\) and 'fake 2' \(now\)"):
        draw(count=2, version="fake 2")
    with pytest.raises(Refused, match="holds a database of 2 records, more than the 1 asked for"):
        draw(count=1)
    assert draw(count=1, seed=2, overwrite="yes") == (1, 1, -1, "finished")
    assert len(Database(tmp_path / "database")) == 1
    (tmp_path / "database" / "manifest.json").write_text('{"settings": 3}')
    with pytest.raises(Refused, match=r"manifest\.json is damaged"):
        draw(count=1, seed=2)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"count": 0}, r"count is 0; it must be in \[1, 100000\]"),
        ({"size": 32}, r"size is 32\.0; it must be in \[64\.0, 2048\.0\]"),
        ({"spread": 1.5}, r"spread is 1\.5"),
        ({"seed": -1}, "seed is -1; it must be 0 or more"),
    ],
)
def test_numbers_out_of_range_are_refused(draw, tmp_path, options, message):
    with pytest.raises(Refused, match=message):
        draw(**options)
    assert not (tmp_path / "database").exists()


def test_a_folder_with_other_things_is_refused(draw, tmp_path):
    (tmp_path / "database").mkdir()
    (tmp_path / "database" / "thesis.txt").write_text("x")
    with pytest.raises(Refused, match=r"not empty and no database \(it holds thesis\.txt"):
        draw(count=1)


def test_names_that_the_schema_cannot_count_are_refused(draw, tmp_path):
    with pytest.raises(Refused, match="999"):
        draw(count=1001, schema=write(tmp_path, load("facenn95")))


def write(tmp_path, schema):
    schema.save(tmp_path / "schema.json")
    return tmp_path / "schema.json"


def test_the_manifest_keeps_pythons_order(draw, tmp_path):
    draw(count=1)
    written = json.loads((tmp_path / "database" / "manifest.json").read_text())
    assert list(written) == ["settings", "count", "complete", "training", "validation", "format"]
