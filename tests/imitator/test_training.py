import csv
import dataclasses
import importlib.util
import itertools
import os
import subprocess
import sys

import numpy as np
import pytest
from keras import ops

from face2param.errors import ConfigError, DatabaseError, OutputError, WeightsError
from face2param.imitator import training
from face2param.imitator.losses import LossWeights
from face2param.imitator.model import Imitator
from face2param.imitator.optimizers import OptimizerConfig
from face2param.imitator.training import TrainingConfig
from tests.imitator import toy

CONFIG = TrainingConfig(
    epochs=8,
    batch_size=16,
    learning_rate=4e-3,
    warmup_steps=5,
    validate_every=4,
    log_every=4,
    losses=LossWeights(identity=0.2),
)


class Mean:
    def crop(self, images, landmarks):
        return images

    def embed(self, crops):
        return ops.mean(crops, (1, 2))


def train(output, config=CONFIG, count=128, **kwargs):
    data = toy.samples(count, 0), toy.samples(24, 1)
    return training.train(config, toy.NETWORK, toy.SCHEMA, *data, output, **kwargs)


def column(path, name):
    with path.open(newline="") as file:
        return [float(row[name]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    output = tmp_path_factory.mktemp("run")
    return output, train(output, identity=Mean())


def test_training_learns(finished):
    output, imitator = finished
    loss = column(output / "training.csv", "loss")
    assert loss[-1] < 0.5 * loss[0]
    assert set(imitator.pedigree.metrics) == {
        "mean_absolute_error", "face_error", "landmark_error", "region_iou", "identity_distance",
    }  # fmt: skip
    errors = column(output / "validation.csv", "mean_absolute_error")
    assert len(errors) == 3 and errors[-1] < errors[0]


def test_the_run_leaves_what_it_promises(finished):
    output, imitator = finished
    assert len(list((output / "previews").glob("*.jpg"))) == 2
    assert (output / "config.json").exists()
    loaded = Imitator.load(output, expected=toy.SCHEMA)
    data = toy.samples(2, 2)
    np.testing.assert_allclose(
        np.asarray(loaded(data.characters, data.nuisance)["image"]),
        np.asarray(imitator(data.characters, data.nuisance)["image"]),
        atol=2e-3,
    )


def test_resumed_equals_uninterrupted(finished, tmp_path, monkeypatch):
    output, uninterrupted = finished
    stop_at, step = 27, 0  # in the middle of an epoch, between two log rows
    original = training.schedules.averaging_momentum

    def interrupt(final, count):
        nonlocal step
        step += 1
        if step == stop_at:
            raise KeyboardInterrupt
        return original(final, count)

    monkeypatch.setattr(training.schedules, "averaging_momentum", interrupt)
    with pytest.raises(KeyboardInterrupt):
        train(tmp_path, identity=Mean())
    monkeypatch.undo()
    resumed = train(tmp_path, identity=Mean(), resume=True)
    assert column(tmp_path / "training.csv", "step") == column(output / "training.csv", "step")
    for a, b in zip(resumed.model.get_weights(), uninterrupted.model.get_weights(), strict=True):
        # Float32 sums in threads differ in their order from run to run.
        np.testing.assert_allclose(a, b, atol=2e-3)


def test_seconds_end_the_training(tmp_path, monkeypatch):
    ticks = itertools.count()
    monkeypatch.setattr(training.time, "perf_counter", lambda: 0.1 * next(ticks))
    config = dataclasses.replace(CONFIG, epochs=10**6, seconds=3.0, losses=LossWeights(identity=0))
    train(tmp_path, config)
    assert column(tmp_path / "training.csv", "seconds")[-1] == pytest.approx(3.0)
    rates = column(tmp_path / "training.csv", "learning_rate")
    assert len(rates) == 8 and rates[-1] < 0.03 * max(rates)  # the cosine follows the clock


def test_paper_recipe_runs_sgd_without_clipping():
    config = training.paper_config(epochs=1)
    assert config.optimizer == OptimizerConfig("sgd", maximum_norm=0.0)
    assert (config.learning_rate, config.batch_size, config.epochs) == (0.01, 16, 1)


def test_a_run_is_not_overwritten_by_accident(finished):
    output, _ = finished
    with pytest.raises(OutputError, match="already holds a training run"):
        train(output)
    other = dataclasses.replace(CONFIG, learning_rate=1e-3)
    with pytest.raises(ConfigError, match=r"belongs to a run with learning_rate = 0\.004"):
        train(output, other, resume=True)


def test_data_that_does_not_fit_is_refused(tmp_path):
    data = toy.samples(32, 0)
    strange = dataclasses.replace(data, schema_hash="0123456789abcdef")
    with pytest.raises(DatabaseError) as error:
        training.train(CONFIG, toy.NETWORK, toy.SCHEMA, strange, data, tmp_path)
    assert strange.schema_hash in str(error.value) and toy.SCHEMA.hash in str(error.value)
    network = dataclasses.replace(toy.NETWORK, size=64, channels=(8, 8, 8, 8))
    with pytest.raises(DatabaseError, match="heads have 32 pixels, the network draws 64"):
        training.train(CONFIG, network, toy.SCHEMA, data, data, tmp_path)
    with pytest.raises(ConfigError, match="batch_size: 16 is more than the 8 training heads"):
        train(tmp_path, count=8)
    assert not list(tmp_path.iterdir())


def test_a_loss_that_is_no_number_stops_the_run(tmp_path):
    class Broken(Mean):
        def embed(self, crops):
            return ops.mean(crops, (1, 2)) * float("nan")

    with pytest.raises(WeightsError, match=r"no longer a number at step 1 \(terms: identity, loss"):
        train(tmp_path, dataclasses.replace(CONFIG, log_every=1), identity=Broken())
    assert not (tmp_path / "imitator.json").exists()


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"epochs": 0}, "epochs: must be positive"),
        ({"seconds": -1}, "seconds: must not be negative"),
        ({"average_momentum": 1.5}, r"average_momentum: must be in \[0, 1\]"),
        ({"precision": "float8"}, "precision: there is no 'float8'"),
        ({"schedule": "step"}, "schedule: there is no 'step'"),
    ],
)
def test_wrong_settings_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        TrainingConfig(**changes)
    with pytest.raises(ConfigError, match="optimizer: there is no 'lion'"):
        OptimizerConfig("lion")


def test_starts_from_an_older_imitator(finished, tmp_path):
    _, older = finished
    config = dataclasses.replace(CONFIG, epochs=1, warmup_steps=1000)
    newer = train(tmp_path, config, initial=older)
    error = newer.pedigree.metrics["mean_absolute_error"]
    assert error == pytest.approx(older.pedigree.metrics["mean_absolute_error"], rel=0.2)
    network = dataclasses.replace(toy.NETWORK, style_width=16)
    with pytest.raises(WeightsError, match="initial: its network has style_width 16 instead of 32"):
        train(tmp_path, initial=Imitator(toy.SCHEMA, network), overwrite=True)


def test_starts_from_an_imitator_of_another_engine(finished, tmp_path):
    _, other = finished
    schema = dataclasses.replace(toy.SCHEMA, name="game")
    data = [
        dataclasses.replace(toy.samples(count, seed), schema_hash=schema.hash)
        for count, seed in ((128, 0), (24, 1))
    ]
    config = dataclasses.replace(CONFIG, epochs=1, warmup_steps=1000)
    imitator = training.train(config, toy.NETWORK, schema, *data, tmp_path, initial=other)
    error = imitator.pedigree.metrics["mean_absolute_error"]
    assert error == pytest.approx(other.pedigree.metrics["mean_absolute_error"], rel=0.2)
    assert imitator.schema.hash == schema.hash


OTHER_BACKEND_RUN = """
import dataclasses, pathlib, sys
from tests.imitator import toy
from tests.imitator.test_training import CONFIG, Mean, train
output = pathlib.Path(sys.argv[1])
half = dataclasses.replace(CONFIG, epochs=4)
train(output, half, identity=Mean())
train(output, dataclasses.replace(CONFIG, epochs=8), identity=Mean(), resume=True)
"""


@pytest.mark.parametrize("backend", ["torch", "jax"])
def test_trains_under_another_backend_without_tensorflow(tmp_path, backend):
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is only needed to train on a GPU with it")
    package = tmp_path / "hidden" / "tensorflow"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("raise ImportError('hidden by the test')")
    path = os.pathsep.join([str(package.parent), *sys.path])
    settings = {"PYTHONPATH": path, "KERAS_BACKEND": backend, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        [sys.executable, "-c", OTHER_BACKEND_RUN, str(tmp_path)],
        env={**os.environ, **settings}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    loss = column(tmp_path / "training.csv", "loss")
    assert column(tmp_path / "training.csv", "step")[-1] == 64
    assert loss[-1] < 0.5 * loss[0]
    # The weights of one backend draw the same under the other.
    imitator = Imitator.load(tmp_path, expected=toy.SCHEMA)
    data = toy.samples(24, 1)
    image = np.asarray(imitator(data.characters, data.nuisance)["image"])
    error = np.abs(image - data.images / 255).mean()
    assert error == pytest.approx(imitator.pedigree.metrics["mean_absolute_error"], abs=1e-3)
