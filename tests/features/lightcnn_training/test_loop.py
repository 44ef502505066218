import csv
import dataclasses
import json
import signal

import keras
import numpy as np
import pytest

from face2param import features
from face2param.errors import ConfigError, DatabaseError, OutputError, WeightsError
from face2param.features.lightcnn_training import image_lists, loop, losses, recipes
from face2param.training import checkpoints
from tests.contracts import backends
from tests.features.lightcnn_training import toy

CONFIG = toy.CONFIG


@pytest.fixture(scope="module")
def people(tmp_path_factory):
    """Training and validation pictures of the same six people."""
    folders = [tmp_path_factory.mktemp(name) for name in ("people", "again")]
    return toy.write_people(folders[0]), toy.write_people(folders[1], each=4, seed=1)


@pytest.fixture(scope="module")
def faces(tmp_path_factory):
    folders = [tmp_path_factory.mktemp(name) for name in ("faces", "unseen")]
    return toy.write_faces(folders[0], 96), toy.write_faces(folders[1], 30, seed=1)


def log(folder, name="validation"):
    with (folder / f"{name}.csv").open(newline="") as file:
        return [{k: float(v) for k, v in row.items() if v} for row in csv.DictReader(file)]


def weights(path):
    network = features.identity("lightcnn9", path)
    return [keras.ops.convert_to_numpy(w.value) for w in network.model.weights]


@pytest.fixture(scope="module")
def run(people, tmp_path_factory):
    """Ten epochs of six people: sixty steps."""
    folder = tmp_path_factory.mktemp("run")
    config = dataclasses.replace(CONFIG, epochs=10, validate_every=5)
    path = loop.train(config, *people, folder, description={"command": "me"})
    return folder, path


def test_it_learns_to_tell_six_people_apart(run):
    rows = log(run[0])
    assert [row["step"] for row in rows] == [0, 30, 60]
    assert rows[0]["accuracy"] < 0.4  # chance is 1/6
    assert rows[-1]["accuracy"] > 0.6
    assert rows[-1]["verification_auc"] > rows[0]["verification_auc"] + 0.15
    steps = log(run[0], "training")
    assert [row["step"] for row in steps] == list(range(1, 61))
    first, last = ([row["loss"] for row in part] for part in (steps[:6], steps[-6:]))
    assert np.mean(last) < np.mean(first) - 0.4


def test_a_run_leaves_weights_that_the_library_opens(run):
    folder, path = run
    network = features.identity("lightcnn9", path)
    assert network.crop_size == (toy.SIZE, toy.SIZE) and network.threshold is None
    picture = np.float32(np.random.default_rng(0).random((2, 32, 32, 3)))
    points = np.stack([toy.landmarks(32)] * 2)
    embedding = network(picture, points)
    assert tuple(embedding.shape) == (2, 256)
    assert float(network.distance(embedding, embedding)[0]) == pytest.approx(0, abs=1e-5)
    about = json.loads((folder / "lightcnn9.json").read_text())
    assert about["network"] == "lightcnn9" and about["command"] == "me" and about["steps"] == 60
    assert about["preprocessing"]["size"] == [toy.SIZE, toy.SIZE] and about["threshold"] is None
    assert about["training"]["classes"] == 6 and about["metrics"]["accuracy"] > 0.6
    from lightcnn_tf import convert

    assert convert.verify(path)["sha256"] == about["sha256"]
    assert sorted(p.name for p in (folder / "previews").iterdir()) == [
        f"step_{step:07d}.jpg" for step in (0, 30, 60)
    ]
    assert any((folder / "tensorboard" / "training").iterdir())


def test_it_learns_the_order_that_a_teacher_sees(faces, tmp_path):
    config = dataclasses.replace(CONFIG, epochs=14, validate_every=14)
    teacher = toy.PatternTeacher()
    path = loop.train(config, *faces, tmp_path, teacher=teacher)
    first, last = log(tmp_path)
    # The teacher ignores the light, which is most of what an untrained network sees.
    assert first["rank_agreement"] < 0.3
    assert last["rank_agreement"] > first["rank_agreement"] + 0.25
    assert json.loads((tmp_path / "lightcnn9.json").read_text())["teacher"] == "pattern"
    # What is written is centred: two faces are at 1 on average.
    network = features.identity("lightcnn9", path)
    reader = loop.Distillation("lightcnn9", toy.SIZE, teacher, CONFIG.augmentation, "float32")
    held = loop.validate.prepare(reader, faces[1], False, 30, 2)
    embeddings = keras.ops.convert_to_numpy(network.embed(np.float32(held.crops) / 255))
    distances = loop.validate.cosine_distances(embeddings)
    assert distances.sum() / (30 * 29) == pytest.approx(1, abs=0.1)
    found = loop.validate.rank_agreement(distances, held.teacher_distances)
    assert found == pytest.approx(last["rank_agreement"], abs=1e-3)


class Interrupted(Exception):
    pass


@pytest.mark.parametrize("way", ["crash", "ctrl-c"])
def test_a_resumed_run_ends_with_the_same_weights(people, tmp_path, monkeypatch, way):
    crashes = way == "crash"
    config = dataclasses.replace(
        CONFIG,
        epochs=2,
        optimizer="sgd" if crashes else "adamw",
        learning_rate=1e-3,
        checkpoint_seconds=0.0 if crashes else 1e6,
    )
    whole = loop.train(config, *people, tmp_path / "whole")
    real = loop.Stepper.step
    taken = []

    def step(self, *arguments):
        if len(taken) == 8:  # in the middle of the second epoch
            if crashes:
                raise Interrupted
            signal.raise_signal(signal.SIGINT)  # the step is finished first
        taken.append(1)
        return real(self, *arguments)

    monkeypatch.setattr(loop.Stepper, "step", step)
    with pytest.raises(Interrupted if crashes else KeyboardInterrupt):
        loop.train(config, *people, tmp_path / "cut")
    monkeypatch.undo()
    assert len(taken) == (8 if crashes else 9)
    with pytest.raises(OutputError, match="already holds a training run"):
        loop.train(config, *people, tmp_path / "cut")
    resumed = loop.train(config, *people, tmp_path / "cut", resume=True)
    for first, second in zip(weights(whole), weights(resumed), strict=True):
        # The same numbers in the same order; convolutions on several threads may round
        # differently from call to call.
        np.testing.assert_allclose(first, second, rtol=1e-4, atol=1e-6)
    rows = [row["step"] for row in log(tmp_path / "cut", "training")]
    assert rows == list(range(1, 13))


def test_a_checkpoint_of_other_pictures_or_settings_is_refused(run, people, tmp_path):
    config = dataclasses.replace(CONFIG, epochs=11)
    fewer = people[0].take(np.arange(0, 72, 2))
    with pytest.raises(ConfigError, match="belongs to a run with pictures"):
        loop.train(config, fewer, people[1], run[0], resume=True)
    other = dataclasses.replace(config, learning_rate=0.5)
    with pytest.raises(ConfigError, match="belongs to a run with learning_rate"):
        loop.train(other, *people, run[0], resume=True)
    with pytest.raises(ConfigError, match="there is no run to resume"):
        loop.train(config, *people, tmp_path, resume=True)


def test_a_loss_that_is_no_number_stops_the_run(people, tmp_path, monkeypatch):
    real = losses.cross_entropy
    monkeypatch.setattr(losses, "cross_entropy", lambda *a: real(*a) * float("nan"))
    with pytest.raises(WeightsError, match="the loss is nan at step 1 of epoch 0; lower"):
        loop.train(CONFIG, *people, tmp_path)
    assert not (tmp_path / checkpoints.NAME).exists()


def test_pictures_that_cannot_be_learned_from(people, faces, tmp_path):
    training, validation = people

    def train(pictures=training, held=validation, **changes):
        loop.train(CONFIG, pictures, held, tmp_path / "run", **changes)

    with pytest.raises(DatabaseError, match="all pictures show one person"):
        train(training.take(np.arange(12)))
    with pytest.raises(DatabaseError, match="label 5 is not below the 4 classes"):
        train(classes=4)
    with pytest.raises(ConfigError, match="batch_size: 12 is more than the 5 training"):
        train(training.take(np.arange(5)))
    with pytest.raises(ConfigError, match="validation: needs at least 3"):
        train(held=validation.take(np.arange(2)))
    with pytest.raises(DatabaseError, match="needs landmarks"):
        train(teacher=toy.PatternTeacher())
    gone = image_lists.from_paths(["gone.png"] * 12, [*range(6)] * 2, tmp_path, name="my list")
    with pytest.raises(DatabaseError, match=r"my list line 1: there is no picture .*gone.png"):
        train(gone)
    assert not (tmp_path / "run").exists()


def test_strangers_can_validate(people, tmp_path):
    strangers = image_lists.from_paths(
        [people[1].path(i) for i in range(24)], people[1].labels + 100
    )
    with pytest.raises(DatabaseError, match="label 105 is not below the 6 classes"):
        loop.train(CONFIG, people[0], strangers, tmp_path)
    loop.train(CONFIG, people[0], strangers, tmp_path, strangers=True)
    assert set(log(tmp_path)[-1]) == {"step", "epoch", "verification_auc"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 20}, "size: must be a multiple of 16"),
        ({"epochs": 0}, "epochs: must be positive"),
        ({"weight_decay": -1.0}, "weight_decay: must not be negative"),
        ({"momentum": 1.0}, "momentum: must be in"),
        ({"network": "lightcnn4"}, "network: there is no 'lightcnn4'"),
        ({"precision": "half"}, "precision: there is no 'half'"),
        ({"initial": "zero"}, "initial: there is no 'zero'"),
    ],
)
def test_configurations_are_checked(change, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(CONFIG, **change)


def test_the_published_recipe():
    config = recipes.published_config()
    assert (config.optimizer, config.momentum, config.weight_decay) == ("sgd", 0.9, 1e-4)
    assert (config.learning_rate, config.batch_size, config.epochs) == (0.01, 128, 80)
    assert config.schedule == "step" and not config.augmentation.changes_pixels


def two_steps(folder, people, faces):
    """Two steps of each kind; what the result says about a fixed crop."""
    config = dataclasses.replace(CONFIG, learning_rate=1e-3)
    crops = np.random.default_rng(0).random((2, toy.SIZE, toy.SIZE, 1), dtype=np.float32)
    answers = {}
    for kind, lists, teacher in (
        ("people", people, None),
        ("faces", faces, toy.PatternTeacher()),
    ):
        training, held = (image_lists.open_list(f"{path}/list.txt") for path in lists)
        path = loop.train(
            config, training.take(np.arange(0, 72, 3)), held, f"{folder}/{kind}", teacher=teacher
        )
        network = features.identity("lightcnn9", path)
        answers[kind] = network.embed(keras.ops.convert_to_tensor(crops))
    return answers


@pytest.mark.parametrize("backend", backends.OTHERS)
def test_weights_trained_elsewhere_give_the_same_answer_here(backend, people, faces, tmp_path):
    folders = [[str(part.path(0).parent) for part in lists] for lists in (people, faces)]
    answers = backends.run(backend, two_steps, str(tmp_path), *folders)
    crops = np.random.default_rng(0).random((2, toy.SIZE, toy.SIZE, 1), dtype=np.float32)
    for kind, answer in answers.items():
        path = tmp_path / kind / "lightcnn9.weights.h5"
        found = keras.ops.convert_to_numpy(features.identity("lightcnn9", path).embed(crops))
        # Both in float32, summed in another order.
        np.testing.assert_allclose(found, answer, atol=1e-4 * np.abs(answer).max())
        assert [row["step"] for row in log(tmp_path / kind, "training")] == [1, 2]
