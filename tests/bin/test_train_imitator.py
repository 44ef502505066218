import os
import subprocess
import sys

import pytest

from face2param.database.generate import generate
from face2param.imitator.model import Imitator
from face2param.imitator.networks import NetworkConfig
from face2param.schema import load
from tests.imitator import toy

PROGRAM = [sys.executable, "-m", "face2param.bin.train_imitator"]
FAST = ["--size=32", "--epochs=1", "--batch_size=4", "--validation_count=2", "--identity=none"]


def run(*options):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [*PROGRAM, *options], env=environment, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")
    generate("builtin", folder / "heads", 8, 3, size=64, labels=True, workers=1, progress=False)
    return folder / "heads"


def test_trains_on_a_database_and_writes_an_imitator(database, tmp_path):
    done = run(f"--database={database}", f"--output={tmp_path}", *FAST)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "mean_absolute_error" in done.stdout and "region_iou" in done.stdout
    imitator = Imitator.load(tmp_path, expected=load("builtin"))
    assert imitator.size == (32, 32)
    assert imitator.pedigree.engine == "builtin"
    assert imitator.pedigree.command.startswith("face2param train_imitator --database=")
    again = run(f"--database={database}", f"--output={tmp_path}", *FAST)
    assert again.returncode == 2
    (line,) = [line for line in again.stderr.splitlines() if line.startswith("error:")]
    assert "already holds a training run" in line


def test_starts_from_an_imitator_of_another_schema(database, tmp_path):
    network = NetworkConfig(toy.SCHEMA.width, toy.SCHEMA.nuisance_width, size=32)
    Imitator(toy.SCHEMA, network).save(tmp_path / "other")
    start = f"--initial={tmp_path / 'other'}"
    done = run(f"--database={database}", f"--output={tmp_path / 'run'}", start, *FAST)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "initial: disc -> builtin: every layer but the first" in done.stderr
    assert Imitator.load(tmp_path / "run").schema.hash == load("builtin").hash


def test_an_initial_imitator_of_another_size_is_refused(database, tmp_path):
    start = "--initial=builtin"  # of 256 pixels
    done = run(f"--database={database}", f"--output={tmp_path / 'run'}", start, *FAST)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "initial: its network has size 256 instead of 32" in line
    assert not (tmp_path / "run").exists()


def test_a_missing_database_is_one_line_and_exit_code_2(tmp_path):
    done = run(f"--database={tmp_path / 'nowhere'}", f"--output={tmp_path / 'run'}", *FAST)
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    assert "nowhere is not a database" in line
    assert not (tmp_path / "run").exists()
