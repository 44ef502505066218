"""train_skin_model: from a database and a portrait to a model, and its one-line errors."""

import os
import shutil
import subprocess
import sys

import pytest

from face2param.database.generate import generate
from face2param.reconstruction import skin, skin_pictures
from face2param.regions import IGNORE, INDEX
from tests.data import shared_data

PROGRAM = [sys.executable, "-m", "face2param.bin.train_skin_model"]


def run(*options):
    environment = {**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"}
    return subprocess.run(
        [*PROGRAM, *options], env=environment, capture_output=True, text=True, check=False
    )


def error(done):
    assert done.returncode == 2
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("error:")]
    return line


@pytest.fixture(scope="module")
def database(tmp_path_factory):
    folder = tmp_path_factory.mktemp("database") / "heads"
    generate("builtin", folder, 4, 3, size=64, labels=True, workers=1, progress=False)
    return folder


def test_fits_to_rendered_heads_and_portraits(database, tmp_path):
    photos = tmp_path / "photos"
    photos.mkdir()
    for path in sorted(shared_data("portraits").glob("*.jpg"))[1:3]:
        shutil.copy(path, photos)
    (photos / "z_broken.jpg").write_bytes(b"no picture")
    output = tmp_path / "skin.json"
    done = run(
        f"--database={database}",
        f"--photos={photos}",
        "--hold_out_every=2",  # the first portrait, and the broken one
        f"--output={output}",
        "--pixels=200",
        "--components=2",
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "left out: z_broken.jpg" in done.stdout and "held out: 2 pictures" in done.stdout
    model = skin.load(output)
    assert model.weights.shape == (2, 2)
    assert model.source.startswith("face2param train_skin_model --database=")
    assert float(model.probability([0.85, 0.65, 0.55])) > 0.5
    assert float(model.probability([0.2, 0.35, 0.85])) < 0.5


def test_portraits_are_parsed_in_the_networks_framing():
    path = sorted(shared_data("portraits").glob("*.jpg"))[1]
    image, labels = skin_pictures.parse_portrait(path)
    assert image.shape == (256, 256, 3) and labels.shape == (256, 256)
    shares = {name: (labels == INDEX[name]).mean() for name in ("skin", "background", "nose")}
    assert shares["skin"] > 0.05 and shares["nose"] > 0.005 and shares["background"] > 0.1
    assert (labels == IGNORE).any()


def test_wrong_options_are_one_line_and_exit_code_2(database, tmp_path):
    output = f"--output={tmp_path / 'skin.json'}"
    assert "give --database or --photos" in error(run(output))
    assert "holds no .jpg or .png" in error(run(output, f"--photos={tmp_path}"))
    assert "trim: out of range" in error(run(output, f"--database={database}", "--trim=0.9"))
    assert "is not a database" in error(run(output, "--database=nowhere"))
    assert not (tmp_path / "skin.json").exists()
