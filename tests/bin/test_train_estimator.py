import os
import subprocess
import sys

import pytest

from face2param.database.generate import generate
from face2param.estimator.model import Estimator
from face2param.schema import load

PROGRAM = [sys.executable, "-m", "face2param.bin.train_estimator"]
FAST = ["--copies=1", "--epochs=1", "--batch_size=4", "--hidden=16", "--imitator=none"]


def run(*options):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [*PROGRAM, *options], env=environment, capture_output=True, text=True, check=False
    )


def error(done):
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    return line


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database")
    generate("builtin", folder / "heads", 8, 3, size=64, labels=True, workers=1, progress=False)
    return folder / "heads"


def test_trains_on_a_database_and_writes_an_estimator(database, tmp_path):
    done = run(f"--database={database}", f"--output={tmp_path}", *FAST)
    assert done.returncode == 0, done.stderr[-2000:]
    assert "parameter_error_mean" in done.stdout and "hair_right" in done.stdout
    estimator = Estimator.load(tmp_path, expected=load("builtin"))
    assert estimator.pedigree.engine == "builtin"
    assert estimator.pedigree.command.startswith("face2param train_estimator --database=")
    assert list((tmp_path / "previews").glob("*.jpg"))


def test_a_missing_database_is_one_line_and_exit_code_2(tmp_path):
    done = run("--database=nowhere", f"--output={tmp_path / 'run'}")
    assert done.returncode == 2
    assert "nowhere is not a database" in error(done)
    assert not (tmp_path / "run").exists()
