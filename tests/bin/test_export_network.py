import subprocess
import sys

import pytest

from face2param.imitator.model import Imitator
from tests.imitator import toy


def run(*arguments):
    return subprocess.run(
        [sys.executable, "-m", "face2param.bin.export_network", *arguments],
        capture_output=True,
        text=True,
        timeout=300,
    )


@pytest.fixture(scope="module")
def disc(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disc")
    Imitator(toy.SCHEMA, toy.NETWORK).save(folder)
    return folder


def test_exports_and_says_how_well_it_works(disc, tmp_path):
    pytest.importorskip("onnxruntime", reason="pip install tf2onnx onnx onnxruntime")
    path = tmp_path / "disc.onnx"
    done = run("--network=imitator", f"--weights={disc}", "--format=onnx", f"--output={path}")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[:2] == [str(path), str(tmp_path / "disc.json")]
    assert len(lines) == 5 and lines[2].startswith("image: differs from Keras by at most ")
    assert "onnxruntime" in lines[2]
    assert sorted(tmp_path.iterdir()) == [tmp_path / "disc.json", path]


def test_wrong_input_is_one_line_and_code_2():
    for arguments, text in [
        (("--network=imitator", "--output=x.bin"), "must end in .onnx"),
        (("--network=teapot", "--output=x.onnx"), "--network"),
        (
            ("--format=savedmodel", "--precision=float16", "--output=x"),
            "savedmodel files are written in float32",
        ),
    ]:
        done = run(*arguments)
        assert done.returncode == 2
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert done.stderr.startswith("error: ") and text in done.stderr


def test_missing_weights_are_an_error(tmp_path):
    done = run(f"--weights={tmp_path}", f"--output={tmp_path / 'x.onnx'}")
    assert done.returncode == 2
    # TensorFlow, which is loaded by then, may say something first.
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ") and "imitator.weights.h5 is missing" in last
    assert not list(tmp_path.iterdir())
