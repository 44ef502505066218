"""The programs train_rnet and train_cnet, one after the other as they are used."""

import os
import subprocess
import sys

import pytest

from face2param.morphable import files
from face2param.reconstruction.cnet import CNet
from face2param.reconstruction.rnet import RNet
from tests.reconstruction.toy import dome


def run(program, *options):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [sys.executable, "-m", f"face2param.bin.{program}", *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def error(done):
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    return line


@pytest.fixture(scope="module")
def face_model(tmp_path_factory):
    path = tmp_path_factory.mktemp("model") / "dome.npz"
    files.save(dome(), path)
    return path


def test_trains_both_networks_for_a_face_model_of_ones_own(face_model, tmp_path):
    rnet, cnet = tmp_path / "rnet", tmp_path / "cnet"
    common = [f"--face_model={face_model}", "--steps=1", "--drawn=4", "--validation_count=1"]
    done = run(
        "train_rnet", f"--output={rnet}", "--preset=compact", "--known_batch=4", "--seed=3", *common
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "faces_identity_mm" in done.stdout and "photos_nme" not in done.stdout
    found = RNet.load(rnet, dome())
    assert found.network.backbone == "compact"
    assert found.pedigree.command.startswith("face2param train_rnet --output=")

    done = run(
        "train_cnet",
        f"--output={cnet}",
        f"--rnet={rnet}",
        "--preset=drawn",
        "--pictures=2",
        *common,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "mean_mm" in done.stdout and "cnet_mm" in done.stdout
    assert CNet.load(cnet, found).pedigree.rnet == found.digest()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("train_rnet", "--images=nowhere"), "no such folder: nowhere"),
        (("train_cnet", "--people=nowhere", "--rnet=nothing"), "rnet.weights.h5 is missing"),
    ],
)
def test_wrong_input_is_one_line_and_exit_code_2(options, message, tmp_path, face_model):
    done = run(
        *options, f"--output={tmp_path / 'run'}", f"--face_model={face_model}", "--identity=none"
    )
    assert done.returncode == 2
    assert message in error(done)
