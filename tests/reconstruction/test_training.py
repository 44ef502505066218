import csv
import dataclasses

import keras
import numpy as np
import pytest

from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.reconstruction import (
    augmentation,
    backbones,
    cnet_training,
    known,
    networks,
    presets,
    store,
    training,
)
from face2param.reconstruction.cnet import CNet
from face2param.reconstruction.loop import Course
from face2param.reconstruction.objective import Objective
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import Pedigree, RNet
from face2param.training.checkpoints import NAME
from tests.reconstruction.toy import dome

LAYOUT = layout_of(dome())
WEIGHTS = dataclasses.replace(presets.CODE, perceptual=0.0)
COURSE = Course(steps=4, learning_rate=1e-3, validate_every=4, log_every=2, average_momentum=0.5)
CONFIG = training.TrainingConfig(
    COURSE, batch_size=2, known_batch=4, augmentation=augmentation.Augmentation(), known_shift=2
)


def tiny(images):
    """Stands in for a backbone: builds in no time, with the layers that C-Net taps."""
    x = keras.layers.AveragePooling2D(8)(images)
    x = keras.layers.Conv2D(64, 1, name=backbones.MAPS)(x)
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.layers.Dense(512, "relu", name=backbones.POOLED)(x)


@pytest.fixture(scope="module")
def renderer():
    return Renderer(Decoder(dome()), antialias=False)


@pytest.fixture(scope="module")
def material(renderer, tmp_path_factory):
    variety = known.Variety(yaw=20.0, pitch=10.0)
    folder = tmp_path_factory.mktemp("faces")
    faces = known.drawn(renderer, folder, 6, variety, 112, views=2)
    rows = faces.take(np.arange(4))
    full = np.full((4, 224, 224), 255, np.uint8)
    photos = {
        "image": rows["image"].repeat(2, 1).repeat(2, 2),
        "landmarks": rows["landmarks"],
        "attention": full,
        "valid": full,
    }
    photos = store.Table([photos])
    return training.Material(photos, faces, photos, faces, group=2)


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setitem(backbones.BACKBONES, "compact", tiny)


def fresh():
    keras.utils.set_random_seed(0)
    network = networks.NetworkConfig(LAYOUT.sizes)
    return RNet(network, pedigree=Pedigree.of(dome(), "face2param train_rnet"))


def train(material, renderer, output, config=CONFIG, objective=True, **options):
    given = Objective(renderer, WEIGHTS) if objective else None
    return training.train(
        config, fresh(), LAYOUT, renderer, material, output, objective=given, **options
    )


def rows(path):
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_network_logs_and_previews(material, renderer, tmp_path):
    found = train(material, renderer, tmp_path)
    assert set(found.pedigree.metrics) > {"faces_identity_mm", "faces_nme", "photos_nme"}
    assert found.pedigree.command == "face2param train_rnet"
    found.check(dome())
    log = rows(tmp_path / "training.csv")
    assert [row["step"] for row in log] == ["2", "4"]
    assert float(log[0]["photometric"]) > 0 and float(log[0]["known_identity"]) > 0
    (measured,) = rows(tmp_path / "validation.csv")
    assert float(measured["photos_nme"]) == pytest.approx(
        found.pedigree.metrics["photos_nme"], rel=1e-3
    )
    assert sorted(path.name for path in (tmp_path / "previews").iterdir()) == [
        "faces_0000004.png",
        "photos_0000004.png",
    ]
    assert list((tmp_path / "tensorboard").rglob("events*"))
    with pytest.raises(OutputError, match="already holds a training run"):
        train(material, renderer, tmp_path)


def test_a_resumed_run_is_the_whole_one(material, renderer, tmp_path):
    known_only = dataclasses.replace(CONFIG, batch_size=0)
    whole = train(material, renderer, tmp_path / "whole", known_only)
    short = dataclasses.replace(known_only, course=dataclasses.replace(COURSE, steps=2))
    train(material, renderer, tmp_path / "parts", short)
    parts = train(material, renderer, tmp_path / "parts", known_only, resume=True)
    for one, other in zip(whole.model.get_weights(), parts.model.get_weights(), strict=True):
        np.testing.assert_allclose(one, other, atol=2e-3)  # stored with 11 bits
    assert [row["step"] for row in rows(tmp_path / "parts" / "training.csv")] == ["2", "4"]
    other = dataclasses.replace(known_only, known_shift=0)
    with pytest.raises(ConfigError, match="known_shift = 2, now it is 0"):
        train(material, renderer, tmp_path / "parts", other, resume=True)
    with pytest.raises(ConfigError, match="there is no run to resume"):
        train(material, renderer, tmp_path / "nowhere", known_only, resume=True)


def test_a_loss_that_is_no_number_ends_the_run_by_name(material, renderer, tmp_path):
    bad = material.faces.take(np.arange(12))
    bad["landmarks"][:] = np.inf
    odd = dataclasses.replace(material, faces=store.Table([bad]))
    config = dataclasses.replace(CONFIG, batch_size=0)
    with pytest.raises(WeightsError, match=r"no longer a number.*terms: .*known_landmarks"):
        train(odd, renderer, tmp_path, config)
    assert not (tmp_path / NAME).exists()  # no checkpoint of a broken network


def test_what_is_asked_for_must_be_there(material, renderer, tmp_path):
    with pytest.raises(ConfigError, match="2 photographs a step are asked for"):
        train(material, renderer, tmp_path, objective=False)
    nobody = dataclasses.replace(material, faces=None)
    with pytest.raises(ConfigError, match="4 known faces a step are asked for"):
        train(nobody, renderer, tmp_path)
    with pytest.raises(ConfigError, match="nothing to train on"):
        training.TrainingConfig(batch_size=0)
    with pytest.raises(ConfigError, match="schedule: must be one of"):
        Course(schedule="random")
    with pytest.raises(ConfigError, match="average_momentum: must be in"):
        Course(average_momentum=1.0)


def test_the_published_settings():
    paper, code = training.PRESETS["paper"], training.PRESETS["code"]
    assert (paper.batch_size, paper.course.steps) == (5, 500_000)
    assert paper.course.rate(499_999, 1.0) == 1e-4
    assert (code.batch_size, code.course.steps) == (16, 200_000)
    assert code.course.rate(99_999, 0.5) == 1e-4
    assert code.course.rate(100_000, 0.5) == pytest.approx(2e-5)
    sets = cnet_training.PRESETS["paper"]
    assert (sets.batch_size, sets.course.steps) == (5 * 5, 10_000)
    assert sets.course.rate(9_999, 1.0) == 2e-5


def test_c_net_learns_which_picture_to_trust(material, renderer, tmp_path):
    rnet = fresh()
    rng = np.random.default_rng(0)
    # One view of each pair is noise, and R-Net answers nonsense for it.
    people = material.faces.take(np.arange(12))
    people["image"][1::2] = rng.integers(0, 255, people["image"][1::2].shape)
    head = rnet.model.get_layer("head_identity")
    head.kernel.assign(rng.normal(0, 1.0, head.kernel.shape))
    sets = store.Table([people])
    cnet = CNet(rnet.network, pedigree=dataclasses.replace(rnet.pedigree, rnet=rnet.digest()))
    start = cnet_training.measure(rnet, cnet, sets, renderer, 2)
    assert start["cnet_mm"] == pytest.approx(start["mean_mm"], rel=1e-4)
    before = rnet.digest()
    course = dataclasses.replace(COURSE, steps=40, learning_rate=5e-3, validate_every=100)
    config = training.TrainingConfig(course, batch_size=0, known_batch=12)
    sets_only = training.Material(None, sets, None, sets, group=2)
    found = cnet_training.train(config, rnet, cnet, LAYOUT, renderer, sets_only, tmp_path)
    assert rnet.digest() == before
    metrics = found.pedigree.metrics
    assert metrics["cnet_mm"] < 0.95 * metrics["mean_mm"] and metrics["cnet_better"] > 0.5
    assert metrics["mean_mm"] == pytest.approx(start["mean_mm"], rel=1e-2)
    with pytest.raises(ConfigError, match="13 pictures are no whole sets of 2"):
        odd = dataclasses.replace(config, known_batch=13)
        cnet_training.train(odd, rnet, cnet, LAYOUT, renderer, sets_only, tmp_path / "odd")
    with pytest.raises(ConfigError, match="at least 2 pictures"):
        single = dataclasses.replace(sets_only, group=1)
        cnet_training.train(config, rnet, cnet, LAYOUT, renderer, single, tmp_path / "one")
