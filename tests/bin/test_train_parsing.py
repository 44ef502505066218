import subprocess
import sys

import numpy as np
import pytest

from face2param import features
from face2param.features import labelled_photos


def run(program, *flags):
    command = [sys.executable, "-m", f"face2param.bin.{program}", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


def test_portraits_become_training_data_and_training_data_a_network(tmp_path):
    astronaut = pytest.importorskip("skimage.data").astronaut()
    from face2param.images import write_image

    write_image(tmp_path / "photos" / "a.jpg", astronaut)
    write_image(tmp_path / "photos" / "b.jpg", np.zeros((80, 80, 3)))  # nobody in it
    done = run("label_photos", "--photos", tmp_path / "photos", "--output", tmp_path / "labelled")
    assert done.returncode == 0, done.stderr
    assert "left out" in done.stdout + done.stderr
    _, labels = labelled_photos.read_folder(tmp_path / "labelled", 64)
    assert labels.shape == (1, 64, 64) and len(np.unique(labels)) > 8
    tiny = ["--size=32", "--source_size=40", "--width=0.0625", "--steps=2", "--batch_size=2"]
    done = run(
        "train_parsing",
        "--adapt_photos",
        tmp_path / "labelled",
        "--output",
        tmp_path / "run",
        *tiny,
    )
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "preview_source0.png").is_file()
    network = features.parsing(tmp_path / "run" / "parsing.weights.h5")
    assert network.description["command"].startswith("face2param train_parsing --adapt_photos")


def test_missing_data_is_one_line_and_exit_code_two(tmp_path):
    done = run("train_parsing", "--output", tmp_path / "run")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == (
        "error: give --database, --adapt_photos or both"
    )
    assert not (tmp_path / "run").exists()
    done = run("label_photos", "--photos", tmp_path, "--output", tmp_path / "out")
    assert done.returncode == 2 and "holds no .jpg" in done.stderr
