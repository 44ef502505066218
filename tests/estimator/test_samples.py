import dataclasses
import json

import numpy as np
import pytest

from face2param import engines
from face2param.errors import ConfigError, DatabaseError
from face2param.estimator import augmented, samples
from face2param.estimator.augmented import Disturbance

CANONICAL = engines.get("builtin").canonical_landmarks((256, 256)) / 256


def heads(count=5, **changes):
    def read(index):
        picture = np.full((256, 256, 3), 40 * index, np.uint8)
        return picture, np.zeros((256, 256), np.uint8)

    arrays = {**samples.unknown(count, 4, 1), **changes}
    return samples.Heads("toy", read, np.repeat(CANONICAL[None], count, 0), **arrays)


class Prepare:
    """Notes how often it is called."""

    def __init__(self, fail_after=None):
        self.calls, self.fail_after = 0, fail_after

    def __call__(self, images, landmarks):
        self.calls += 1
        if self.fail_after is not None and self.calls > self.fail_after:
            raise KeyboardInterrupt
        return {"mean": images.mean((1, 2)).astype(np.float32), "landmarks": landmarks}


def test_every_head_is_prepared_once_per_copy_and_kept(tmp_path):
    characters = np.arange(20, dtype=np.float32).reshape(5, 4)
    prepare = Prepare()
    known = heads(characters=characters)
    found = samples.prepared(
        known, prepare, CANONICAL, tmp_path / "a", copies=2, batch_size=4, disturbance=None
    )
    assert len(found) == 10 and prepare.calls == 3
    np.testing.assert_array_equal(found.characters, np.concatenate([characters, characters]))
    brightness = np.tile(40 * np.arange(5) / 255, 2)
    np.testing.assert_allclose(found.inputs["mean"][:, 0], brightness, atol=1e-3)
    np.testing.assert_allclose(found.inputs["landmarks"][0], CANONICAL * 256, atol=1e-2)
    again = samples.prepared(
        known, Prepare(0), CANONICAL, tmp_path / "a", copies=2, batch_size=4, disturbance=None
    )
    np.testing.assert_array_equal(again.inputs["mean"], found.inputs["mean"])


def test_an_interrupted_preparation_goes_on(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "FLUSH_EVERY", 2)
    with pytest.raises(KeyboardInterrupt):
        samples.prepared(heads(), Prepare(2), CANONICAL, tmp_path / "a", batch_size=2)
    prepare = Prepare()
    found = samples.prepared(heads(), prepare, CANONICAL, tmp_path / "a", batch_size=2)
    assert prepare.calls == 1
    whole = samples.prepared(heads(), Prepare(), CANONICAL, tmp_path / "b", batch_size=2)
    np.testing.assert_array_equal(found.inputs["mean"], whole.inputs["mean"])


def test_augmentation_depends_on_the_seed_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(augmented, "photographed", lambda images, *_: images)

    def at(folder, seed):
        return samples.prepared(
            heads(), Prepare(), CANONICAL, tmp_path / folder, disturbance=Disturbance(), seed=seed
        ).inputs["landmarks"]

    first = at("a", 0)
    np.testing.assert_array_equal(first, at("b", 0))
    assert np.abs(first - at("c", 1)).max() > 0.5


def test_mirrored_copies_are_mirrored_and_need_unknown_characters(tmp_path):
    landmarks = CANONICAL + np.float32([0.0, 0.0])
    landmarks[40] += 0.05  # below the eye, on one side only

    def prepare(images, points):
        return {"landmarks": points}

    faces = dataclasses.replace(heads(2), landmarks01=np.repeat(landmarks[None], 2, 0))
    found = samples.prepared(faces, prepare, CANONICAL, tmp_path / "a", copies=2, mirror=True)
    plain, mirrored = found.inputs["landmarks"][0], found.inputs["landmarks"][2]
    assert plain[40, 1] - plain[47, 1] > 8 and mirrored[47, 1] - mirrored[40, 1] > 8
    known = heads(2, characters=np.zeros((2, 4), np.float32))
    with pytest.raises(ConfigError, match="mirror: the labels of the characters would be wrong"):
        samples.prepared(known, prepare, CANONICAL, tmp_path / "b", mirror=True)


def test_samples_of_other_settings_are_an_error(tmp_path):
    samples.prepared(heads(), Prepare(), CANONICAL, tmp_path / "a")
    with pytest.raises(ConfigError, match=r"prepared with other settings \(of seed\)"):
        samples.prepared(heads(), Prepare(), CANONICAL, tmp_path / "a", seed=1)
    path = tmp_path / "a" / "prepared.json"
    path.write_text(json.dumps({"done": 1}))
    with pytest.raises(ConfigError, match="cannot be read"):
        samples.prepared(heads(), Prepare(), CANONICAL, tmp_path / "a")


def test_arrays_that_do_not_belong_together_are_an_error():
    with pytest.raises(DatabaseError, match=r"toy: attributes: expected shape \(5, 5\)"):
        heads(attributes=np.zeros((5, 3), np.int8))
    with pytest.raises(DatabaseError, match="holds no heads"):
        heads(0)
