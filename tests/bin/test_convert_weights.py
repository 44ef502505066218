import json
import subprocess
import sys

import lightcnn_tf
import numpy as np
import pytest

from face2param import features
from tests.third_party.states import random_state
from tests.weights import torch_files as files


def run(*flags):
    command = [sys.executable, "-m", "face2param.bin.convert_weights", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    body, storages = files.state_dict(random_state(lightcnn_tf, lightcnn_tf.lightcnn9()))
    path = tmp_path_factory.mktemp("checkpoint") / "nine.pth.tar"
    path.write_bytes(
        files.old_file(files.mapping(epoch=files.number(7), state_dict=body), storages)
    )
    return path


def test_a_checkpoint_becomes_weights_and_the_program_says_what_to_do_next(checkpoint, tmp_path):
    output = tmp_path / "new" / "lightcnn9.weights.h5"
    flags = ["--network", "lightcnn9", "--checkpoint", checkpoint, "--output", output]
    done = run(*flags)
    assert done.returncode == 0, done.stderr
    description = json.loads((tmp_path / "new" / "lightcnn9.json").read_text())
    lines = done.stdout.splitlines()
    assert lines[0].startswith("read 20 tensors with ") and lines[0].endswith("(epoch 7)")
    assert lines[1] == f"wrote {output} and {output.with_name('lightcnn9.json')}"
    assert lines[2] == f"self-check digest {description['self_check']['digest']}"
    assert lines[3] == f'next: features.identity("lightcnn9", weights="{output}") in Python'
    assert "identity_threshold.py --identity=lightcnn9" in lines[4]
    network = features.identity("lightcnn9", output)
    assert network.embed(np.zeros((1, 128, 128, 1), np.float32)).shape == (1, 256)

    before = output.read_bytes()
    again = run(*flags)
    assert again.returncode == 2 and "exist already" in again.stderr
    assert output.read_bytes() == before


def test_what_is_typed_next_names_the_right_flags(tmp_path):
    from face2param.bin.convert_weights import next_steps

    (line,) = next_steps("face_parsing", tmp_path / "face_parsing.weights.h5")
    assert line.endswith(f"--parsing={tmp_path}/face_parsing.weights.h5")
    line = next_steps("lightcnn29v2", tmp_path / "lightcnn29v2.weights.h5")[0]
    assert f"FACE2PARAM_WEIGHTS={tmp_path} face2param fit" in line
    assert line.endswith("--identity=lightcnn29v2")


def test_errors_are_one_line_and_exit_code_two(checkpoint, tmp_path):
    marker = tmp_path / "it_ran"
    evil = files.call(files.name("os", "system"), files.text(f"touch {marker}"))
    (tmp_path / "evil.pth").write_bytes(files.zip_file(files.mapping(state_dict=evil), {}))
    output = tmp_path / "x.weights.h5"
    for flags, message in (
        (("lightcnn9", tmp_path / "evil.pth", output), "names 'os.system'"),
        (("facenet", checkpoint, output), "network 'facenet' is unknown"),
        (("lightcnn9", checkpoint, tmp_path / "x.h5"), "must be called NAME.weights.h5"),
    ):
        network, path, output = flags
        done = run("--network", network, "--checkpoint", path, "--output", output)
        assert done.returncode == 2
        lines = done.stderr.strip().splitlines()
        assert lines[-1].startswith("error: ") and message in lines[-1], done.stderr
    assert not marker.exists() and not (tmp_path / "x.weights.h5").exists()
