import dataclasses

import keras
import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.reconstruction import presets
from face2param.reconstruction.learner import KnownLoss, KnownWeights, Learner
from face2param.reconstruction.objective import Objective
from face2param.reconstruction.renderer import Renderer
from tests.reconstruction.toy import dome

LAYOUT = layout_of(dome())
RENDERER = Renderer(Decoder(dome()), antialias=False)


def known(seed=0, count=4):
    rng = np.random.default_rng(seed)
    coefficients = rng.normal(0, 0.2, (count, LAYOUT.width)).astype(np.float32)
    split = {k: keras.ops.convert_to_tensor(v) for k, v in LAYOUT.split(coefficients).items()}
    return {
        "image": rng.random((count, 16, 16, 3), np.float32),
        "coefficients": coefficients,
        "landmarks": RENDERER.landmarks(split).numpy(),
    }


def learner(objective=None, with_known=True, **options):
    keras.utils.set_random_seed(0)
    loss = None
    if with_known:
        loss = KnownLoss(KnownWeights(), LAYOUT, RENDERER, np.full(LAYOUT.width, 0.2))
    return Learner(small_network(), LAYOUT, objective, loss, **options)


def small_network():
    """One layer with a normalisation: what is tested is the step, not the backbone."""
    images = keras.Input((16, 16, 3))
    x = keras.layers.Flatten()(keras.layers.AveragePooling2D(4)(images))
    x = keras.layers.BatchNormalization(momentum=0.9)(x)
    return keras.Model(images, keras.layers.Dense(LAYOUT.width)(x))


def test_the_mean_face_misses_everything_and_the_truth_nothing():
    loss = KnownLoss(KnownWeights(), LAYOUT, RENDERER, np.full(LAYOUT.width, 0.2))
    faces = known(count=200)
    tensors = {k: keras.ops.convert_to_tensor(v) for k, v in faces.items()}
    right = loss(LAYOUT.split(tensors["coefficients"]), tensors)
    mean = loss(LAYOUT.split(0 * tensors["coefficients"]), tensors)
    for name in mean:
        assert np.abs(right[name]).max() < 1e-4, name
        if name != "landmarks":
            assert np.mean(mean[name]) == pytest.approx(1.0, abs=0.15), name
    # In units of (5 px)^2.
    pixels = np.square(
        RENDERER.landmarks(LAYOUT.split(0 * tensors["coefficients"])) - faces["landmarks"]
    )
    np.testing.assert_allclose(mean["landmarks"], pixels.sum(-1).mean(-1) / 25, rtol=1e-4)


def test_unknown_coefficients_do_not_count():
    loss = KnownLoss(KnownWeights(), LAYOUT, RENDERER, np.full(LAYOUT.width, 0.2))
    faces = known()
    faces["coefficients"][:, LAYOUT.slices["light"]] = np.nan
    tensors = {k: keras.ops.convert_to_tensor(v) for k, v in faces.items()}
    terms = loss(LAYOUT.split(keras.ops.ones_like(tensors["coefficients"])), tensors)
    assert not np.any(terms["light"]) and np.all(np.isfinite(terms["identity"]))


def test_learns_and_goes_on_from_a_state():
    one, faces = learner(average_momentum=0.5, clip=5.0), known()
    losses = []
    for _ in range(12):
        one.step(1e-3, None, None, faces)
        losses.append(one.report()["loss"])
    assert losses[-1] < 0.7 * losses[0]
    other = learner(average_momentum=0.5, clip=5.0)
    other.load_state(one.state())
    one.step(1e-3, None, None, faces)
    other.step(1e-3, None, None, faces)
    assert one.report()["loss"] == pytest.approx(other.report()["loss"], rel=1e-4)
    averaged = one.averaged_weights()
    now = one.network.get_weights()
    assert any(np.abs(a - b).max() > 0 for a, b in zip(averaged, now, strict=True))


def test_a_loss_that_is_no_number_is_named_and_changes_nothing():
    one, faces = learner(), known()
    one.step(1e-3, None, None, faces)
    before = one.network.get_weights()
    odd = {**faces, "landmarks": np.full_like(faces["landmarks"], np.inf)}
    one.report()
    one.step(1e-3, None, None, odd)
    found = one.report()
    wrong = {name for name, value in found.items() if not np.isfinite(value)}
    assert wrong == {"loss", "known_landmarks", "gradient"}
    trainable = {id(v) for v in one.network.trainable_variables}
    for weight, was in zip(one.network.weights, before, strict=True):
        if id(weight) in trainable:
            np.testing.assert_array_equal(weight, was)


def test_photographs_by_the_weak_losses():
    weights = dataclasses.replace(presets.CODE, perceptual=0.0, photometric=0.0)
    one = learner(Objective(RENDERER, weights), with_known=False)
    faces = known()
    photo = {
        "image": faces["image"],
        "landmarks": faces["landmarks"],
        "landmark_weights": np.ones((4, 68), np.float32),
    }
    one.step(1e-3, faces["image"], photo, None)
    first = one.report()
    assert {"landmarks", "coefficients", "reflectance", "gamma"} < set(first)
    for _ in range(10):
        one.step(1e-3, faces["image"], photo, None)
    assert one.report()["landmarks"] < first["landmarks"]


def test_another_backend_is_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    with pytest.raises(ConfigError, match=r"Keras runs on torch.*KERAS_BACKEND=tensorflow"):
        learner()


def test_odd_learners():
    with pytest.raises(ConfigError, match="nothing to learn from"):
        learner(with_known=False)
    with pytest.raises(ConfigError, match="rotation: must not be negative"):
        KnownWeights(rotation=-1)
    other = learner()
    state = other.state()
    state.pop(next(iter(state)))
    with pytest.raises(ConfigError, match="are not the"):
        other.load_state(state)
