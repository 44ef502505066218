import json
import signal
import subprocess
import sys

import numpy as np
import pytest

from face2param import features
from face2param.features.parsing_training import labelled_photos
from face2param.images import read_image, write_image

TINY = [
    "--size=32", "--source_size=40", "--width=0.0625", "--steps=2", "--batch_size=2",
    "--augmentation=published",
]  # fmt: skip


def command(program, *flags):
    return [sys.executable, "-m", f"face2param.bin.{program}", *map(str, flags)]


def run(program, *flags):
    return subprocess.run(command(program, *flags), capture_output=True, text=True)


def labelled(folder, count=3):
    for number in range(count):
        levels = np.zeros((40, 40), np.uint8)
        levels[10:30, 10:30] = 1
        write_image(folder / f"{number}.png", levels)
        write_image(
            folder / f"{number}.jpg", np.where(levels[..., None] > 0, 0.8, 0.2) * np.ones(3)
        )
    return folder


def test_portraits_become_training_data_and_training_data_a_network(tmp_path):
    astronaut = pytest.importorskip("skimage.data", reason="scikit-image is absent").astronaut()
    write_image(tmp_path / "photos" / "a.jpg", astronaut)
    write_image(tmp_path / "photos" / "b.jpg", np.zeros((80, 80, 3)))  # nobody in it
    done = run("label_photos", "--photos", tmp_path / "photos", "--output", tmp_path / "labelled")
    assert done.returncode == 0, done.stderr
    assert "left out" in done.stdout + done.stderr
    _, labels = labelled_photos.read_folder(tmp_path / "labelled", 64)
    assert labels.shape == (1, 64, 64) and len(np.unique(labels)) > 8
    output = tmp_path / "run"
    done = run("train_parsing", "--adapt_photos", tmp_path / "labelled", "--output", output, *TINY)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("1 photos")
    assert (output / "preview_source0.png").is_file()
    network = features.parsing(output / "parsing.weights.h5")
    assert network.description["command"].startswith("face2param train_parsing --adapt_photos")


def test_helen_and_celebamask_by_the_published_recipe(tmp_path):
    levels = np.zeros((60, 90), np.uint8)
    levels[10:50, 20:50] = 1
    for name in ("1_1", "2_1"):
        write_image(tmp_path / "helen" / "images" / f"{name}.jpg", np.full((60, 90, 3), 0.5))
        write_image(tmp_path / "helen" / "SegClassLabel" / f"{name}.png", levels)
    (tmp_path / "helen" / "train.txt").write_text("1_1\n")
    (tmp_path / "helen" / "val.txt").write_text("2_1\n")
    for number in range(10):
        picture = tmp_path / "celeba" / "CelebA-HQ-img" / f"{number}.jpg"
        write_image(picture, np.full((64, 64, 3), number / 10))
        write_image(tmp_path / "celeba" / "mask" / f"{number}.png", np.ones((32, 32), np.uint8))
    done = run(
        "train_parsing", "--recipe=published", "--classes=helen", "--celebamask",
        tmp_path / "celeba", "--helen", tmp_path / "helen", "--memory=0", "--output",
        tmp_path / "run", "--input_size=64", *TINY,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "9 celebamask + 1 helen" in done.stdout
    about = json.loads((tmp_path / "run" / "parsing.json").read_text())
    assert len(about["classes"]) == 11 and set(about["validation"]) == {"celebamask", "helen"}
    assert about["training"]["optimizer"] == "sgd" and about["training"]["size"] == 32
    caches = [path.name for path in (tmp_path / "run" / "cache").iterdir() if path.is_dir()]
    assert sorted(name.split("-")[0] for name in caches) == ["celebamask", "helen"]
    assert read_image(tmp_path / "run" / "preview_source1.png").shape == (64, 3 * 64, 3)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no SIGINT to a process")
def test_an_interrupt_leaves_a_checkpoint_from_which_it_goes_on(tmp_path):
    flags = ["--adapt_photos", labelled(tmp_path / "photos"), "--output", tmp_path / "run", *TINY]
    endless = [*flags, "--steps=1000000", "--report_seconds=0"]
    process = subprocess.Popen(
        command("train_parsing", *endless), stdout=subprocess.PIPE, text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    for line in process.stdout:
        if line.startswith("step "):
            break
    process.send_signal(signal.SIGINT)
    process.stdout.read()
    assert process.wait(timeout=120) == 130
    assert (tmp_path / "run" / "checkpoint.npz").is_file()
    done = run("train_parsing", *flags, "--resume", "--seconds=0.001")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run" / "parsing.weights.h5").is_file()


def refused(message, *flags):
    done = run("train_parsing", *flags)
    assert done.returncode == 2, done.stderr
    assert message in done.stderr.strip().splitlines()[-1]


def test_missing_data_is_one_line_and_exit_code_two(tmp_path):
    output = ["--output", tmp_path / "run"]
    refused("error: give --database, --adapt_photos, --celebamask or --helen", *output)
    assert not (tmp_path / "run").exists()
    refused("is no Helen folder", *output, "--helen", tmp_path)
    refused("is no CelebAMask-HQ folder", *output, "--celebamask", tmp_path)
    done = run("label_photos", "--photos", tmp_path, "--output", tmp_path / "out")
    assert done.returncode == 2 and "holds no .jpg" in done.stderr


def test_wrong_settings_are_one_line_and_exit_code_two(tmp_path):
    photos = ["--adapt_photos", labelled(tmp_path / "photos"), "--output", tmp_path / "run"]
    refused("size: must be a multiple of 32, got 33", *photos, "--size=33")
    refused("there is no run to resume", *photos, *TINY, "--resume")
    refused("no parsing weights at nowhere.h5", *photos, *TINY, "--start_from=nowhere.h5")
