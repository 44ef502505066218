"""Renderer and objective: what is drawn, what is compared, gradients, backgrounds, errors."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import ConfigError
from face2param.morphable import coefficients
from face2param.morphable.decode import Decoder
from face2param.reconstruction import losses, objective, presets
from face2param.reconstruction.perception import Perception
from face2param.reconstruction.renderer import Renderer
from face2param.rendering.cameras import DEEP3D
from tests.reconstruction.toy import dome

CAMERA = DEEP3D.resized((64, 64))
LAYOUT = coefficients.layout_of(dome())


@pytest.fixture(scope="module")
def renderer():
    return Renderer(Decoder(dome()), CAMERA)


def face(seed=0, batch=2):
    rng = np.random.default_rng(seed)
    found = {n: rng.normal(size=(batch, s)).astype(np.float32) for n, s in LAYOUT.sizes}
    for name, factor in (("rotation", 0.2), ("translation", 0.05), ("light", 0.05)):
        found[name] *= factor
    return {name: tf.constant(value) for name, value in found.items()}


class Means:
    """Stands for an identity network: the mean colours of the quarters of a picture."""

    def __call__(self, images, landmarks):
        del landmarks
        return tf.reshape(tf.nn.avg_pool(images, 32, 32, "VALID"), [-1, 12])


def photograph(renderer, coefficients, background=0.2, **options):
    drawn = renderer(coefficients)
    image = drawn.over(tf.fill(drawn.image.shape, background)).numpy()
    return objective.prepare(image.clip(0, 1), drawn.landmarks.numpy(), **options)


def test_drawn_masks_and_landmarks_belong_together(renderer):
    drawn = renderer(face())
    assert drawn.image.shape == (2, 64, 64, 3) and drawn.coverage.shape == (2, 64, 64, 1)
    mask, front = drawn.mask.numpy(), drawn.front.numpy()
    assert (front <= mask).all() and 0 < front.sum() < mask.sum()
    blended = np.abs(drawn.coverage - mask) > 1e-6
    assert blended.sum() > 20  # the silhouette is smoothed
    assert (drawn.image.numpy()[drawn.coverage.numpy()[..., 0] == 0] == 0).all()
    np.testing.assert_allclose(renderer.landmarks(face()), drawn.landmarks, atol=1e-3)


def test_over_blends_by_coverage(renderer):
    drawn = renderer(face())
    white = tf.ones_like(drawn.image)
    over = drawn.over(white).numpy()
    assert (over[drawn.coverage.numpy()[..., 0] == 0] == 1).all()
    np.testing.assert_allclose(over - drawn.image, 1 - drawn.coverage + 0 * over, atol=1e-6)


def test_prepared_measures_and_attention(renderer):
    valid = np.ones((2, 64, 64), bool)
    valid[:, :10] = False
    photo = photograph(renderer, face(), valid_mask=valid, attention="none")
    assert photo["attention"].shape == (2, 64, 64, 1)
    np.testing.assert_array_equal(photo["attention"].numpy()[..., 0], valid)
    np.testing.assert_array_equal(photo["landmark_weights"][1], losses.LANDMARK_WEIGHTS)
    image = np.array([[[(0.8, 0.6, 0.5), (0.2, 0.3, 0.9), (0.55, 0.5, 0.5)]]], np.float32)
    posterior = objective.attend(image)
    threshold = objective.attend(image, "threshold")
    np.testing.assert_array_equal(threshold, np.where(posterior > 0.5, 1, posterior))
    assert posterior[0, 0, 0] > 0.9 > 0.1 > posterior[0, 0, 1]


def test_a_parsing_network_can_narrow_the_attention(renderer):
    class Left:
        classes = ("background", "skin", "hair")

        def probabilities(self, images):
            found = np.zeros((*images.shape[:3], 3), np.float32)
            found[:, :, :32, 1], found[:, :, 32:, 2] = 0.75, 1.0
            return found

    photo = photograph(renderer, face(), attention="none", parsing=Left())
    assert (photo["attention"].numpy()[:, :, :32] == 0.75).all()
    assert (photo["attention"].numpy()[:, :, 32:] == 0).all()


def test_the_true_face_costs_nothing_but_its_priors(renderer):
    truth = face()
    perception = Perception(Means())
    weights = dataclasses.replace(presets.CODE, attention="none")
    photo = photograph(renderer, truth, background=0.0, attention="none", perception=perception)
    terms = objective.Objective(renderer, weights, perception)(truth, photo)
    assert tuple(terms) == presets.TERMS
    # Pictures are clipped to [0, 1], drawings are not; silhouettes are blended twice.
    assert (terms["photometric"].numpy() < 0.01).all()
    assert (terms["landmarks"].numpy() < 1e-4).all()
    assert (terms["perceptual"].numpy() < 1e-3).all()
    assert (terms["coefficients"].numpy() > 1).all()
    total = objective.Objective(renderer, weights, perception).total(terms)
    expected = sum(getattr(weights, name) * value for name, value in terms.items())
    np.testing.assert_allclose(total, expected, rtol=1e-5)


def test_gradients_reach_every_coefficient_and_agree_with_differences(renderer):
    weights = dataclasses.replace(presets.CODE, perceptual=0.0, attention="none")
    compared = objective.Objective(renderer, weights)
    photo = photograph(renderer, face(1), attention="none")
    here = face(2)
    with tf.GradientTape() as tape:
        tape.watch(here)
        total = tf.reduce_sum(compared.total(compared(here, photo)))
    slopes = tape.gradient(total, here)
    for name, slope in slopes.items():
        assert np.isfinite(slope).all() and (np.abs(slope).sum(-1) > 0).all(), name
    # Colours move smoothly, so differences are exact; of positions silhouettes know (rendering).
    for name, step in (("albedo", 1e-2), ("light", 1e-3)):
        way = tf.constant(np.random.default_rng(7).normal(size=here[name].shape), tf.float32)
        ends = []
        for sign in (1, -1):
            moved = here | {name: here[name] + sign * step * way}
            ends.append(float(tf.reduce_sum(compared.total(compared(moved, photo)))))
        expected = (ends[0] - ends[1]) / (2 * step)
        assert float(tf.reduce_sum(slopes[name] * way)) == pytest.approx(expected, rel=0.03)


def test_gradients_are_finite_at_the_true_face(renderer):
    truth = face()
    drawn = renderer(truth)
    # Not clipped: inside the face both are equal to the last bit, where a root has no slope.
    photo = objective.prepare(
        drawn.over(drawn.image).numpy(), drawn.landmarks.numpy(), attention="none"
    )
    weights = presets.Weights(photometric=1.0, landmarks=1.0, gamma=1.0, reflectance=1.0)
    compared = objective.Objective(renderer, weights)
    with tf.GradientTape() as tape:
        tape.watch(truth)
        total = tf.reduce_sum(compared.total(compared(truth, photo)))
    slopes = tape.gradient(total, truth, unconnected_gradients="zero")
    for name, slope in slopes.items():
        assert np.isfinite(slope).all(), name


def test_noise_levels_count_in_the_total_only(renderer):
    photo = photograph(renderer, face(1), attention="none")
    plain = presets.Weights(photometric=2.0, landmarks=1e-3)
    noisy = dataclasses.replace(plain, photometric_noise=0.02, landmark_noise=4.0)
    terms = objective.Objective(renderer, plain)(face(2), photo)
    again = objective.Objective(renderer, noisy)(face(2), photo)
    np.testing.assert_allclose(again["photometric"], terms["photometric"], rtol=1e-4)
    total = objective.Objective(renderer, noisy).total(terms)
    expected = 0.04 * np.log1p(terms["photometric"] / 0.02)
    expected += 4e-3 * np.log1p(terms["landmarks"] / 4)
    np.testing.assert_allclose(total, expected, rtol=1e-4)


def test_nothing_is_drawn_for_landmarks_alone(renderer):
    weights = presets.Weights(landmarks=1.0, reflectance=1.0)
    photo = photograph(renderer, face(1), attention="none")
    expected = objective.Objective(renderer, weights)(face(2), photo)
    silent = Renderer(renderer.decoder, CAMERA)
    silent.__class__ = type("Silent", (Renderer,), {"__call__": None})
    found = objective.Objective(silent, weights)(face(2), photo)
    np.testing.assert_allclose(found["landmarks"], expected["landmarks"], rtol=1e-4)


def test_the_background_of_perception(renderer):
    photo = photograph(renderer, face(1), background=0.9, attention="none")
    drawn = renderer(face(2))
    black = Perception(Means()).drawn(drawn)
    over = Perception(Means(), "photo").drawn(drawn, photo["image"])
    assert float(tf.reduce_mean(over - black)) > 0.02
    with pytest.raises(ConfigError, match="background must be one of"):
        Perception(Means(), "grey")


def test_errors(renderer):
    with pytest.raises(ConfigError, match="no identity network"):
        objective.Objective(renderer, presets.CODE)
    image, landmarks = np.zeros((2, 8, 8, 3)), np.zeros((2, 68, 2))
    with pytest.raises(ConfigError, match="attention 'skin' is unknown"):
        objective.prepare(image, landmarks, attention="skin")
    with pytest.raises(ValueError, match="images must be"):
        objective.prepare(image[0], landmarks)
    with pytest.raises(ValueError, match="landmarks must be"):
        objective.prepare(image, landmarks[:1])
    with pytest.raises(ValueError, match="valid_mask must be"):
        objective.prepare(image, landmarks, np.ones((8, 8)))


def test_presets_are_those_of_the_paper_and_of_its_code():
    paper, code = presets.get("paper"), presets.get("code")
    assert (paper.photometric, code.photometric) == (1.9, 1.92)
    assert (paper.albedo, code.albedo) == (1.7e-3, 1.7e-2)
    assert (paper.gamma, code.gamma) == (0, 10)
    assert (paper.attention, code.attention) == ("threshold", "posterior")
    for weights in (paper, code):
        assert (weights.landmarks, weights.perceptual) == (1.6e-3, 0.2)
        assert (weights.coefficients, weights.reflectance) == (3e-4, 5.0)
        assert weights.proportions()["expression"] == 0.8
    with pytest.raises(ConfigError, match="no preset 'best'; there are: paper, code, refine"):
        presets.get("best")
    with pytest.raises(ConfigError, match="landmarks: must not be negative"):
        presets.Weights(landmarks=-1.0)
    with pytest.raises(ConfigError, match="attention 'x' is unknown"):
        presets.Weights(attention="x")
