import json
import subprocess
import sys

import pytest

from face2param import features
from tests.features.lightcnn_training import toy


def run(*flags):
    command = [sys.executable, "-m", "face2param.bin.train_lightcnn", *map(str, flags)]
    return subprocess.run(command, capture_output=True, text=True)


def test_a_folder_of_people_becomes_a_network(tmp_path):
    pictures = toy.write_people(tmp_path / "all", each=8, people=3)
    for index in range(len(pictures)):
        place = tmp_path / "people" / f"person{pictures.labels[index]}" / pictures.text(index)
        place.parent.mkdir(parents=True, exist_ok=True)
        pictures.path(index).rename(place)
    flags = ["--people", tmp_path / "people", "--output", tmp_path / "run", "--preset=light"]
    flags += ["--network=lightcnn9", "--size=16", "--batch_size=6", "--epochs=1"]
    done = run(*flags)
    assert done.returncode == 0, done.stderr
    path = tmp_path / "run" / "lightcnn9.weights.h5"
    assert done.stdout.splitlines()[-1] == str(path) and "accuracy" in done.stdout
    about = json.loads((tmp_path / "run" / "lightcnn9.json").read_text())
    assert about["command"].startswith("face2param train_lightcnn --people ")
    # Half of the 24 pictures are held out: a list this short gives no more.
    assert about["steps"] == 2 and about["training"]["classes"] == 3
    assert features.identity("lightcnn9", path).crop_size == (16, 16)
    done = run(*flags)
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1].endswith("give --resume or --overwrite")


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ([], "give one of --list, --people and --database"),
        (["--list=a", "--people=b"], "give one of --list, --people and --database"),
        (["--database=a"], "give --teacher=dlib"),
        (["--list=a", "--strangers"], "--strangers: says something about --validation_list"),
    ],
)
def test_flags_that_make_no_sense_are_one_line(tmp_path, flags, message):
    done = run("--output", tmp_path / "run", *flags)
    assert done.returncode == 2 and not (tmp_path / "run").exists()
    (line,) = done.stderr.strip().splitlines()
    assert line.startswith("error: ") and message in line
