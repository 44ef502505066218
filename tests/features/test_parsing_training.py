import csv
import dataclasses
import importlib.util
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from keras import ops

from face2param import features
from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.features import parsing_preview, parsing_training
from face2param.features.parsing_training import LabelledPictures, ParsingTrainingConfig
from face2param.regions import IGNORE
from face2param.training import checkpoints

CONFIG = ParsingTrainingConfig(
    steps=4, batch_size=4, size=32, width=0.0625, warmup_steps=1, report_seconds=0.0
)


def pictures(count=6, size=40, seed=0):
    """Two flat colours, each with its own class."""
    rng = np.random.default_rng(seed)
    labels = np.zeros((count, size, size), np.uint8)
    labels[:, 10:30, 10:30] = 1
    images = np.where(labels[..., None] > 0, [220, 160, 130], [40, 60, 200])
    return LabelledPictures((images + rng.integers(0, 20, images.shape)).astype(np.uint8), labels)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    data = pictures()
    path = parsing_training.train(
        CONFIG, [data], folder, validation=data, description={"command": "test"}
    )
    return folder, path


def test_a_run_leaves_weights_description_log_and_checkpoint(run):
    folder, path = run
    description = json.loads((folder / "parsing.json").read_text())
    assert description["steps"] == 4 and description["command"] == "test"
    assert set(description["validation_iou"]) == {"background", "skin"}
    rows = list(csv.DictReader((folder / "training.csv").open()))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4]
    assert (folder / checkpoints.NAME).is_file()
    network = features.parsing(path)
    assert tuple(network.probabilities(np.zeros((1, 32, 32, 3))).shape) == (1, 32, 32, 19)


def test_previews_are_drawn(run, tmp_path):
    data = pictures(3)
    path = parsing_preview.write(run[1], data.images, data.labels, tmp_path, "x", count=3)
    from face2param.images import read_image

    assert read_image(path).shape == (80, 240, 3)


def test_a_run_is_not_overwritten_and_can_be_resumed(run):
    folder, _ = run
    with pytest.raises(OutputError, match="--resume or --overwrite"):
        parsing_training.train(CONFIG, [pictures()], folder)
    longer = dataclasses.replace(CONFIG, steps=6)
    parsing_training.train(longer, [pictures()], folder, resume=True)
    rows = list(csv.DictReader((folder / "training.csv").open()))
    assert [int(row["step"]) for row in rows] == [1, 2, 3, 4, 5, 6]
    wider = dataclasses.replace(longer, width=0.125)
    with pytest.raises(ConfigError, match=r"run with width = 0\.0625, now it is 0\.125"):
        parsing_training.train(wider, [pictures()], folder, resume=True)


def test_resuming_nothing_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="there is no run to resume"):
        parsing_training.train(CONFIG, [pictures()], tmp_path, resume=True)


def test_training_goes_on_from_other_weights(run, tmp_path):
    still = dataclasses.replace(CONFIG, steps=1, learning_rate=1e-9)
    path = parsing_training.train(still, [pictures()], tmp_path, start_from=run[1])
    before, after = features.parsing(run[1]).model, features.parsing(path).model
    for layer in before.layers:
        if layer.weights and "bn" not in layer.name:
            same = after.get_layer(layer.name).get_weights()
            np.testing.assert_allclose(same[0], layer.get_weights()[0], atol=1e-3)
    wider = dataclasses.replace(CONFIG, width=0.125)
    with pytest.raises(WeightsError, match="give the same --width"):
        parsing_training.train(wider, [pictures()], tmp_path / "wide", start_from=run[1])
    with pytest.raises(WeightsError, match="no parsing weights at"):
        parsing_training.train(CONFIG, [pictures()], tmp_path / "none", start_from="nowhere.h5")


def test_a_loss_that_is_no_number_stops_the_run(tmp_path, monkeypatch):
    real = parsing_training.hard_cross_entropy
    monkeypatch.setattr(
        parsing_training, "hard_cross_entropy", lambda *args: real(*args) * float("nan")
    )
    with pytest.raises(WeightsError, match="the loss is nan at step 0"):
        parsing_training.train(CONFIG, [pictures()], tmp_path)


def test_hard_pixels_count_and_unknown_ones_do_not():
    logits = np.zeros((1, 1, 4, 2), np.float32)
    logits[0, 0, :, 0] = [10, 10, -3, 0]
    labels = np.int32([[[0, 0, 0, IGNORE]]])
    # Only the third pixel is hard: loss log(1 + e^3); the weight's +1 keeps the quotient finite.
    expected = np.log1p(np.exp(3.0)) / 2
    assert float(parsing_training.hard_cross_entropy(logits, labels)) == pytest.approx(expected)
    easy = parsing_training.hard_cross_entropy(logits[:, :, :2], labels[:, :, :2])
    assert float(easy) == pytest.approx(2 * np.log1p(np.exp(-10.0)) / 3, rel=0.02)
    assert float(parsing_training.hard_cross_entropy(logits[:, :, 3:], labels[:, :, 3:])) == 0


def test_iou_of_a_perfect_and_a_blind_network():
    data = pictures(2, size=32)

    class Oracle:
        def __init__(self, labels):
            self.labels = labels

        def __call__(self, images, training):
            return {"out": ops.one_hot(self.labels.astype(np.int32), 19)}

    assert parsing_training.evaluate(Oracle(data.labels), data, 32) == {
        "background": 1.0,
        "skin": 1.0,
    }
    blind = parsing_training.evaluate(Oracle(np.zeros_like(data.labels)), data, 32)
    assert blind["skin"] == 0 and 0 < blind["background"] < 1


def test_the_rate_warms_up_and_ends_with_the_budget():
    config = dataclasses.replace(CONFIG, steps=100, seconds=10.0, warmup_steps=10)
    rate = parsing_training._rate
    assert rate(config, 0, 0) == pytest.approx(config.learning_rate / 10)
    assert rate(config, 50, 0.0) == pytest.approx(config.learning_rate / 2)
    assert rate(config, 50, 10.0) < 2e-3 * config.learning_rate


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 33}, "multiple of 32"),
        ({"precision": "half"}, "precision"),
        ({"steps": 0}, "steps"),
    ],
)
def test_configurations_are_checked(change, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(CONFIG, **change)


def test_sources_are_checked(tmp_path):
    good = pictures(2)
    with pytest.raises(ConfigError, match="images must be uint8"):
        LabelledPictures(good.images / 255.0, good.labels)
    with pytest.raises(ConfigError, match="labels must be uint8"):
        LabelledPictures(good.images, good.labels[:1])
    with pytest.raises(ConfigError, match="no training pictures"):
        parsing_training.train(CONFIG, [], tmp_path)
    with pytest.raises(ConfigError, match="one size"):
        parsing_training.train(CONFIG, [good, pictures(2, 48)], tmp_path)
    with pytest.raises(ConfigError, match="at least 5"):
        parsing_training.train(CONFIG, [good] * 5, tmp_path)


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_weights_trained_under_torch_give_the_same_answer_here(tmp_path):
    code = """
import sys
sys.modules["tensorflow"] = None  # as on a machine without it
import numpy as np
from tests.features.test_parsing_training import CONFIG, pictures
from face2param import features
from face2param.features import parsing_training
path = parsing_training.train(CONFIG, [pictures(), pictures(seed=1)], sys.argv[1])
x = np.random.default_rng(0).random((1, 32, 32, 3)).astype("float32")
answer = features.parsing(path).probabilities(x)
np.save(sys.argv[1] + "/answer.npy", answer.detach().cpu().numpy())
"""
    environment = {**os.environ, "KERAS_BACKEND": "torch"}
    environment["PYTHONPATH"] = os.pathsep.join([".", *sys.path])
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, env=environment)
    x = np.random.default_rng(0).random((1, 32, 32, 3)).astype(np.float32)
    found = features.parsing(tmp_path / "parsing.weights.h5").probabilities(x)
    # Both in float32, summed in another order.
    np.testing.assert_allclose(
        ops.convert_to_numpy(found), np.load(tmp_path / "answer.npy"), atol=1e-5
    )
