import contextlib
import csv
import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from keras import ops

from face2param import features
from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.features.parsing_training import loop, preview, trainer
from face2param.features.parsing_training.batches import LabelledPictures
from face2param.features.parsing_training.recipes import ParsingTrainingConfig
from face2param.images import read_image
from face2param.training import checkpoints

# The published augmentation makes a far smaller graph, which these tests wait for.
CONFIG = ParsingTrainingConfig(
    steps=4,
    batch_size=4,
    size=32,
    width=0.0625,
    warmup_steps=1,
    report_seconds=0.0,
    augmentation="published",
)


def pictures(count=6, size=40, seed=0):
    """Two flat colours, each with its own class."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((count, size, size), np.uint8)
    labels[:, 10:30, 10:30] = 1
    images = np.where(labels[..., None] > 0, [220, 160, 130], [40, 60, 200])
    return LabelledPictures((images + rng.integers(0, 20, images.shape)).astype(np.uint8), labels)


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    data = pictures()
    path = loop.train(CONFIG, [data], folder, validation=data, description={"command": "test"})
    return folder, path


def test_a_run_leaves_weights_description_logs_previews_and_checkpoint(run):
    folder, path = run
    description = json.loads((folder / "parsing.json").read_text())
    assert description["steps"] == 4 and description["command"] == "test"
    assert set(description["validation_iou"]) == {"background", "skin"}
    assert description["validation"] == {"set0": description["validation_iou"]}
    assert [int(row["step"]) for row in rows(folder / "training.csv")] == [1, 2, 3, 4]
    (row,) = rows(folder / "validation.csv")
    mean = np.mean([float(row["set0/background"]), float(row["set0/skin"])])
    assert float(row["set0/mean"]) == pytest.approx(mean, abs=1e-4)
    assert read_image(folder / "previews" / "set0_0000004.png").shape[2] == 3
    assert read_image(folder / "preview_source0.png").shape == (3 * 32, 2 * 3 * 32, 3)
    assert (folder / checkpoints.NAME).is_file()
    network = features.parsing(path)
    assert tuple(network.probabilities(np.zeros((1, 32, 32, 3))).shape) == (1, 32, 32, 19)


def test_tensorboard_has_the_loss(run):
    accumulator = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator", reason="tensorboard is absent"
    )
    events = accumulator.EventAccumulator(str(run[0] / "tensorboard" / "training"))
    events.Reload()
    assert [event.step for event in events.Scalars("loss")] == [1, 2, 3, 4]


def test_previews_are_drawn(run, tmp_path):
    data = pictures(3)
    path = preview.write(run[1], data.images, data.labels, tmp_path, "x", count=3)
    assert read_image(path).shape == (80, 240, 3)


def test_a_run_is_not_overwritten_and_can_go_on_for_longer(run):
    folder, _ = run
    with pytest.raises(OutputError, match="--resume or --overwrite"):
        loop.train(CONFIG, [pictures()], folder)
    longer = dataclasses.replace(CONFIG, steps=5)
    loop.train(longer, [pictures()], folder, resume=True)
    assert [int(row["step"]) for row in rows(folder / "training.csv")] == [1, 2, 3, 4, 5]
    wider = dataclasses.replace(longer, width=0.125)
    with pytest.raises(ConfigError, match=r"run with width = 0\.0625, now it is 0\.125"):
        loop.train(wider, [pictures()], folder, resume=True)


def test_an_interrupted_run_resumes_to_the_same_weights(tmp_path, monkeypatch):
    config = dataclasses.replace(CONFIG, augmentation="light", optimizer="sgd", schedule="poly")
    whole = loop.train(config, [pictures()], tmp_path / "whole")
    steps = iter([False, True])

    @contextlib.contextmanager
    def after_two_steps():
        yield lambda: next(steps)

    with monkeypatch.context() as patch:
        patch.setattr(loop.interrupts, "deferred", after_two_steps)
        with pytest.raises(KeyboardInterrupt):
            loop.train(config, [pictures()], tmp_path / "parts")
    assert not (tmp_path / "parts" / "parsing.weights.h5").exists()
    parts = loop.train(config, [pictures()], tmp_path / "parts", resume=True)
    first, second = (features.parsing(path).model.get_weights() for path in (whole, parts))
    for a, b in zip(first, second, strict=True):
        # Half precision in the file; threads may sum in another order.
        np.testing.assert_allclose(a, b, rtol=2e-3, atol=1e-5)
    losses = [
        [row["loss"] for row in rows(tmp_path / n / "training.csv")] for n in ("whole", "parts")
    ]
    np.testing.assert_allclose(*np.array(losses, float), rtol=1e-4)


def test_resuming_nothing_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="there is no run to resume"):
        loop.train(CONFIG, [pictures()], tmp_path, resume=True)


def test_training_goes_on_from_other_weights(run, tmp_path):
    before = features.parsing(run[1]).model
    eleven = dataclasses.replace(CONFIG, classes="helen", fine_head=True, size=64)
    network = trainer.build_network(eleven, auxiliary_heads=True)
    fresh = network.get_layer("fine_out_conv_out").get_weights()[0].copy()
    trainer.begin_with(run[1], network)
    kernel = before.get_layer("cp_resnet_conv1").get_weights()[0]
    np.testing.assert_array_equal(network.get_layer("cp_resnet_conv1").get_weights()[0], kernel)
    # Another number of classes: the last layer stays as it was.
    np.testing.assert_array_equal(network.get_layer("fine_out_conv_out").get_weights()[0], fresh)
    wider = dataclasses.replace(CONFIG, width=0.125)
    with pytest.raises(WeightsError, match="give the same --width"):
        loop.train(wider, [pictures()], tmp_path / "wide", start_from=run[1])
    with pytest.raises(WeightsError, match="no parsing weights at"):
        loop.train(CONFIG, [pictures()], tmp_path / "none", start_from="nowhere.h5")


def test_eleven_classes_and_validation_on_the_way(tmp_path):
    config = dataclasses.replace(
        CONFIG, classes="helen", steps=3, input_size=64, validate_seconds=1e-9
    )
    held_out = dataclasses.replace(pictures(2, seed=1), name="held_out")
    path = loop.train(config, [pictures()], tmp_path, validation=[held_out])
    network = features.parsing(path)
    assert len(network.classes) == 11 and network.size == (64, 64)
    assert [int(row["step"]) for row in rows(tmp_path / "validation.csv")] == [1, 2, 3]
    assert len(list((tmp_path / "previews").glob("held_out_*.png"))) == 3
    drawn = preview.write(path, held_out.images, None, tmp_path, "x")
    assert read_image(drawn).shape == (40, 160, 3)


def test_a_loss_that_is_no_number_stops_the_run(tmp_path, monkeypatch):
    real = trainer.MINING["all"]
    patched = {"all": lambda *args: real(*args) * float("nan")}
    monkeypatch.setattr(trainer, "MINING", patched)
    with pytest.raises(WeightsError, match="the loss is nan at step 0"):
        loop.train(CONFIG, [pictures()], tmp_path)


def test_pictures_that_are_too_small_for_the_crop_are_refused(tmp_path):
    with pytest.raises(ConfigError, match="crops of 32 cannot be cut from pictures of 12x12"):
        small = LabelledPictures(
            np.zeros((4, 12, 12, 3), np.uint8), np.zeros((4, 12, 12), np.uint8)
        )
        loop.train(CONFIG, [small], tmp_path)


@pytest.mark.parametrize(
    ("backend", "changes"),
    [
        ("torch", ["augmentation=light"]),
        # Compiling the light augmentation takes JAX a minute.
        ("jax", ["optimizer=sgd", "mining=hardest", "schedule=poly"]),
    ],
)
def test_weights_trained_elsewhere_give_the_same_answer_here(backend, changes, tmp_path):
    pytest.importorskip(backend, reason=f"{backend} is not installed")
    code = """
import dataclasses, sys
sys.modules["tensorflow"] = None  # as on a machine without it
import numpy as np
from tests.features.parsing_training.test_loop import CONFIG, pictures
from face2param import features
from face2param.features.parsing_training import loop
changes = dict(item.split("=") for item in sys.argv[2:])
config = dataclasses.replace(CONFIG, steps=2, **changes)
path = loop.train(config, [pictures(), pictures(seed=1)], sys.argv[1])
x = np.random.default_rng(0).random((1, 32, 32, 3)).astype("float32")
from keras import ops
np.save(sys.argv[1] + "/answer.npy", ops.convert_to_numpy(features.parsing(path).probabilities(x)))
"""
    environment = {**os.environ, "KERAS_BACKEND": backend}
    environment["PYTHONPATH"] = os.pathsep.join([str(Path.cwd()), *sys.path])
    command = [sys.executable, "-c", code, str(tmp_path), *changes]
    subprocess.run(command, check=True, env=environment)
    x = np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32)
    found = features.parsing(tmp_path / "parsing.weights.h5").probabilities(x)
    # Both in float32, summed in another order.
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), np.load(tmp_path / "answer.npy"), atol=1e-5
    )
