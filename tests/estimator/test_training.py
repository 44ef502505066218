import csv
import dataclasses
import io

import keras
import numpy as np
import pytest

from face2param import images
from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.estimator import training
from face2param.estimator.losses import LossWeights
from face2param.estimator.samples import join
from face2param.training import checkpoints
from tests.estimator import toy

CONFIG = training.TrainingConfig(
    epochs=24,
    batch_size=16,
    learning_rate=1e-2,
    warmup_steps=0,
    average_momentum=0.8,
    validate_every=24,
    log_every=4,
)
DATA, HELD_OUT = toy.samples(64), toy.samples(16, seed=1)


@pytest.fixture
def eager():
    """Tracing would take longer than the few steps of these tests."""
    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)


def train(output, config=CONFIG, **options):
    return training.train(config, toy.network(), toy.SCHEMA, DATA, HELD_OUT, output, **options)


def rows(path):
    return list(csv.DictReader(io.StringIO(path.read_text())))


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    output = tmp_path_factory.mktemp("run")

    def draw(encoded, nuisance):
        assert encoded.shape == (5,) and nuisance.shape == (1,)
        return np.broadcast_to(encoded[:3], (64, 64, 3))

    real = dataclasses.replace(
        toy.samples(8, seed=2, known=False), attributes=np.full((8, 5), 1, np.int8)
    )
    return output, train(output, real=real, draw=draw, shown=[toy.samples(2)])


def test_it_learns_what_can_be_seen(run):
    _, estimator = run
    metrics = estimator.pedigree.metrics
    assert metrics["parameter_error"] < 0.8 * metrics["parameter_error_mean"]
    assert metrics["hair_right"] > 0.85
    losses = [float(row["loss"]) for row in rows(run[0] / "training.csv")]
    assert losses[-1] < 0.6 * losses[0]


def test_it_logs_and_draws(run):
    output, _ = run
    assert {"parameter_error", "score"} <= set(rows(output / "validation.csv")[0])
    sheets = sorted((output / "previews").iterdir())
    assert len(sheets) == 2 and images.read_image(sheets[0]).std() > 0.05
    assert (output / "config.json").exists() and (output / "tensorboard" / "training").is_dir()


def test_a_run_is_not_overwritten_by_accident(run):
    with pytest.raises(OutputError, match="already holds a training run"):
        train(run[0])


def test_a_resumed_run_ends_where_an_unbroken_one_does(tmp_path, eager):
    short = dataclasses.replace(CONFIG, epochs=2, validate_every=5)
    whole = train(tmp_path / "whole", short)

    class Broken(Exception):
        pass

    save, saved = checkpoints.save, []

    def breaking(*arguments):
        save(*arguments)
        saved.append(1)
        if len(saved) == 3:
            raise Broken

    eager = dataclasses.replace(short, checkpoint_seconds=0.0)
    checkpoints.save = breaking
    try:
        with pytest.raises(Broken):
            train(tmp_path / "broken", eager)
    finally:
        checkpoints.save = save
    resumed = train(tmp_path / "broken", short, resume=True)
    # The same steps in the same order; sums in another order differ in the last digits.
    for first, second in zip(whole.model.get_weights(), resumed.model.get_weights(), strict=True):
        np.testing.assert_allclose(first, second, atol=2e-3)
    with pytest.raises(ConfigError, match="belongs to a run with learning_rate"):
        train(tmp_path / "broken", dataclasses.replace(short, learning_rate=1.0), resume=True)


def test_it_starts_from_another_estimator_of_the_same_kind(run, tmp_path, eager):
    config = dataclasses.replace(CONFIG, epochs=1, learning_rate=1e-9)
    again = train(tmp_path / "again", config, initial=run[1])
    for first, second in zip(
        run[1].model.trainable_weights, again.model.trainable_weights, strict=True
    ):
        np.testing.assert_allclose(first, second, atol=2e-3)  # saved in half precision
    other = training.Estimator(toy.SCHEMA, toy.network(hidden=8))
    with pytest.raises(WeightsError, match=r"initial: is .*hidden=16"):
        train(tmp_path / "other", config, initial=other)


def test_a_loss_that_is_no_number_ends_the_run(tmp_path, eager):
    broken = join([DATA])
    broken.inputs["descriptor"][:] = np.inf
    with pytest.raises(WeightsError, match=r"no longer a number at step 4 \(terms: .*parameters"):
        training.train(CONFIG, toy.network(), toy.SCHEMA, broken, HELD_OUT, tmp_path)


def test_settings_out_of_range_are_errors(tmp_path):
    with pytest.raises(ConfigError, match="epochs: must be positive, got 0"):
        training.TrainingConfig(epochs=0)
    with pytest.raises(ConfigError, match="seconds: must not be negative"):
        training.TrainingConfig(seconds=-1)
    with pytest.raises(ConfigError, match=r"real_share: must be in \[0, 1\), got 1"):
        training.TrainingConfig(real_share=1)
    with pytest.raises(ConfigError, match="batch_size: 16 is more than the 4 training samples"):
        training.train(
            CONFIG, toy.network(), toy.SCHEMA, toy.samples(4), HELD_OUT, tmp_path / "few"
        )
    with pytest.raises(ConfigError, match="there is no run to resume"):
        train(tmp_path / "none", resume=True)
    assert LossWeights().looks is False
