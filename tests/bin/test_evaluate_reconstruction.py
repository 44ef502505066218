import subprocess
import sys

import numpy as np
import pytest

from face2param.meshes import Mesh, write_obj
from tests.metrics.shapes import face

VERTICES, FACES, LANDMARKS = face(8.0)


def run(*arguments):
    command = [sys.executable, "-m", "face2param.bin.evaluate_reconstruction"]
    command += list(map(str, arguments))
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def refused(done, text):
    assert done.returncode == 2, done.stderr
    lines = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    assert len(lines) == 1 and text in lines[0], done.stderr


@pytest.fixture
def folders(tmp_path):
    for side, scale in (("p", 0.01), ("s", 1.0)):
        for name in ("anna", "bert"):
            write_obj(tmp_path / side / f"{name}.obj", Mesh(VERTICES * scale, FACES))
            np.savetxt(tmp_path / side / f"{name}.txt", LANDMARKS * scale)
    return ("--predictions", tmp_path / "p", "--scans", tmp_path / "s")


def test_measures_and_writes_the_report(folders, tmp_path):
    done = run(*folders, "--output", tmp_path / "r")
    assert done.returncode == 0, done.stderr
    assert "MICC protocol, RMSE: 0.000 +- 0.000 mm over 2 faces" in done.stdout
    assert (tmp_path / "r" / "contact_sheet.png").is_file()
    refused(run(*folders, "--output", tmp_path / "r"), "already holds results")


def test_files_without_partner_are_named_and_may_be_left_out(folders, tmp_path):
    (tmp_path / "s" / "bert.obj").rename(tmp_path / "s" / "berta.obj")
    out = ("--output", tmp_path / "r")
    done = run(*folders, *out)
    refused(done, f"predictions without a scan: {tmp_path}/p/bert.obj; scans without a")
    assert not (tmp_path / "r").exists()
    done = run(*folders, *out, "--allow_missing")
    assert done.returncode == 0 and "over 1 faces" in done.stdout


def test_missing_flags_and_landmarks_are_told(folders, tmp_path):
    refused(run(*folders), "--output is required")
    (tmp_path / "p" / "anna.txt").unlink()
    refused(run(*folders, "--output", tmp_path / "r"), "anna.obj has no landmarks; looked for")
