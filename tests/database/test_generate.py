import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from face2param import images
from face2param.database import generate as generation
from face2param.database.reader import Database
from face2param.database.sampling import sample
from face2param.errors import ConfigError, DatabaseError, OutputError
from face2param.schema import facenn
from tests.database import toy_engine


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def pictures(folder: Path) -> dict[str, bytes]:
    return {name: data for name, data in contents(folder).items() if name.endswith((".jpg", "png"))}


def test_the_folder_holds_what_the_docstring_says(make, tmp_path):
    manifest = make(tmp_path, count=7, seed=5, labels=True, jitter=0.5)
    assert manifest.complete
    assert (manifest.training, manifest.validation) == (6, 1)
    names = [f"db_{i:05d}_3" for i in range(7)]
    expected = {f"{name}.jpg" for name in names} | {f"labels/{name}.png" for name in names}
    expected |= {"manifest.json", "schema.json", "db_description", "records.npz"}
    assert set(contents(tmp_path)) == expected
    description = facenn.read_db_description(tmp_path / "db_description", toy_engine.SCHEMA)
    assert description.names == tuple(names)
    engine = toy_engine.ToyEngine()
    for index, character in enumerate(description.characters()):
        assert character == sample(engine, manifest.settings, index)[0]
        centre = images.read_image(tmp_path / f"{names[index]}.jpg")[32, 32]
        assert centre[0] == pytest.approx(character["red"], abs=0.02)


def test_worker_processes_draw_the_same_bytes(make, tmp_path):
    make(tmp_path / "one", count=5, seed=2, labels=True)
    make(tmp_path / "two", count=5, seed=2, labels=True, workers=2)
    assert contents(tmp_path / "one") == contents(tmp_path / "two")


def test_an_interrupt_loses_nothing_and_changes_nothing(make, tmp_path, monkeypatch):
    make(tmp_path / "whole", count=8, seed=4)
    folder, render = tmp_path / "cut", toy_engine.ToyEngine.render

    def interrupted(self, *args, **kwargs):
        if self.drawn == 5:
            raise KeyboardInterrupt
        return render(self, *args, **kwargs)

    monkeypatch.setattr(toy_engine.ToyEngine, "render", interrupted)
    with pytest.raises(KeyboardInterrupt):
        make(folder, count=8, seed=4)
    with pytest.raises(DatabaseError, match="is not complete"):
        Database(folder)
    before = {path: os.stat(path).st_mtime_ns for path in folder.glob("*.jpg")}
    assert len(before) == 5
    # What a kill leaves behind: half a record, and half a picture under a temporary name.
    with open(folder / "records.part", "ab") as log:
        log.write(b"half a record")
    (folder / ".part-x.jpg").write_bytes(b"half a picture")
    drawn = []

    def counted(self, *args, **kwargs):
        drawn.append(1)
        return render(self, *args, **kwargs)

    monkeypatch.setattr(toy_engine.ToyEngine, "render", counted)
    make(folder, count=8, seed=4)
    assert len(drawn) == 3
    assert {path: os.stat(path).st_mtime_ns for path in before} == before
    assert contents(folder) == contents(tmp_path / "whole")


def test_a_finished_database_is_left_alone_extended_and_mended(make, tmp_path, monkeypatch):
    make(tmp_path / "long", count=9, seed=4, labels=True)
    folder, drawn = tmp_path / "short", []
    make(folder, count=6, seed=4, labels=True)
    render = toy_engine.ToyEngine.render

    def counted(self, *args, **kwargs):
        drawn.append(1)
        return render(self, *args, **kwargs)

    monkeypatch.setattr(toy_engine.ToyEngine, "render", counted)
    make(folder, count=6, seed=4, labels=True)
    assert len(drawn) == 0
    make(folder, count=9, seed=4, labels=True)
    assert len(drawn) == 3
    (folder / "db_00002_3.jpg").unlink()
    (folder / "labels" / "db_00007_3.png").unlink()
    make(folder, count=9, seed=4, labels=True)
    assert len(drawn) == 5
    (folder / "records.npz").write_bytes(b"damaged")
    make(folder, count=9, seed=4, labels=True)
    assert len(drawn) == 14
    assert contents(folder) == contents(tmp_path / "long")


def test_other_settings_are_refused_and_overwrite_replaces(make, tmp_path):
    make(tmp_path, count=3, seed=1, labels=True)
    before = contents(tmp_path)
    with pytest.raises(DatabaseError, match=r"seed 1 \(there\) and 2 \(now\)"):
        make(tmp_path, count=3, seed=2, labels=True)
    with pytest.raises(DatabaseError, match="labels True"):
        make(tmp_path, count=3, seed=1)
    with pytest.raises(DatabaseError, match="3 records, more than the 2"):
        make(tmp_path, count=2, seed=1, labels=True)
    assert contents(tmp_path) == before
    make(tmp_path, count=2, seed=2, overwrite=True)
    assert len(pictures(tmp_path)) == 2
    assert not (tmp_path / "labels").exists()


def test_another_schema_is_refused(make, tmp_path, monkeypatch):
    import dataclasses

    make(tmp_path, count=2)
    other = dataclasses.replace(toy_engine.SCHEMA, version="2")
    monkeypatch.setattr(toy_engine.ToyEngine, "schema", other)
    with pytest.raises(DatabaseError, match=r"schema_hash '\w+' \(there\)"):
        make(tmp_path, count=2)


def test_foreign_and_unwritable_folders_are_left_alone(make, tmp_path):
    (tmp_path / "thesis.txt").write_text("x")
    for overwrite in (False, True):
        with pytest.raises(OutputError, match=r"not empty and no database \(it holds thesis.txt\)"):
            make(tmp_path, count=1, overwrite=overwrite)
    assert list(contents(tmp_path)) == ["thesis.txt"]
    with pytest.raises(OutputError, match="cannot write into"):
        make(tmp_path / "thesis.txt", count=1)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"count": 0}, "count is 0"),
        ({"count": 100_001}, "count is 100001"),
        ({"workers": 0}, "workers is 0"),
        ({"size": 10}, "size is 10"),
        ({"spread": 2}, "spread is 2"),
    ],
)
def test_out_of_range(make, tmp_path, arguments, message):
    with pytest.raises(ConfigError, match=message):
        make(tmp_path / "x", **arguments)
    assert not (tmp_path / "x").exists()


def test_a_dying_worker_is_reported_and_its_work_taken_up_again(make, tmp_path, monkeypatch):
    monkeypatch.setenv(toy_engine.BREAKS_AT, "2")
    with pytest.raises(DatabaseError, match="a worker process died"):
        make(tmp_path, count=12, workers=2)
    monkeypatch.delenv(toy_engine.BREAKS_AT)
    assert make(tmp_path, count=12, workers=2).complete
    assert len(Database(tmp_path)) == 12


def test_workers_use_one_thread_and_need_no_tensorflow(tmp_path):
    code = (
        "import os, sys\n"
        "from face2param.database import worker\n"
        "with worker.one_thread_each():\n"
        "    print(os.environ['NUMBA_NUM_THREADS'])\n"
        "print('NUMBA_NUM_THREADS' in os.environ)\n"
        "print([name for name in ('tensorflow', 'keras', 'numba') if name in sys.modules])\n"
    )
    environment = {k: v for k, v in os.environ.items() if k != "NUMBA_NUM_THREADS"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.split("\n")[:3] == ["1", "False", "[]"]


def test_cores():
    assert 1 <= generation.available_cores() <= os.cpu_count()
    assert np.isfinite(generation.available_cores())
