import numpy as np
import pytest

from face2param import engines
from face2param.estimator import augmented
from face2param.estimator.augmented import Disturbance
from face2param.regions import INDEX

CANONICAL = engines.get("builtin").canonical_landmarks((256, 256))
EXACT = Disturbance(landmark_noise=0.0, bad_landmarks=0.0, cropped=0.0)


def test_landmarks_are_about_as_wrong_as_asked():
    rng = np.random.default_rng(0)
    config = Disturbance(landmark_noise=2.0, bad_landmarks=0.0)
    errors = [augmented.wrong_landmarks(CANONICAL, rng, config) - CANONICAL for _ in range(200)]
    inner = np.std(np.array(errors)[:, 17:])
    assert inner == pytest.approx(2.0, rel=0.1)
    bad = Disturbance(landmark_noise=2.0, bad_landmarks=1.0)
    errors = [augmented.wrong_landmarks(CANONICAL, rng, bad) - CANONICAL for _ in range(200)]
    assert np.std(np.array(errors)[:, 17:]) == pytest.approx(4 * inner, rel=0.1)


def test_picture_labels_and_landmarks_move_together():
    centre = CANONICAL[30] + np.float32([12.0, -7.0])
    y, x = np.mgrid[:256, :256] + 0.5
    spot = (np.hypot(x - centre[0], y - centre[1]) < 6).astype(np.uint8)
    image = np.repeat(spot[..., None], 3, -1).astype(np.float32)
    shifted = CANONICAL + np.float32([12.0, -7.0])
    rng = np.random.default_rng(0)
    found = augmented.realigned(image, spot, shifted, CANONICAL, rng, EXACT)
    np.testing.assert_allclose(found[2], CANONICAL, atol=1e-3)
    for mask in (found[0][..., 0] > 0.5, found[1] > 0):
        rows, columns = np.nonzero(mask)
        at = np.array([columns.mean(), rows.mean()]) + 0.5
        np.testing.assert_allclose(at, CANONICAL[30], atol=0.3)


def test_a_cut_never_goes_through_the_face():
    image = np.zeros((256, 256, 3), np.float32)
    x, y = CANONICAL[17:].min(0).astype(int), CANONICAL[17:].max(0).astype(int)
    image[x[1] : y[1], x[0] : y[0]] = 1
    labels = np.full((256, 256), INDEX["skin"], np.uint8)
    config = Disturbance(landmark_noise=0.0, bad_landmarks=0.0, cropped=1.0)
    for seed in range(5):
        rng = np.random.default_rng(seed)
        found = augmented.realigned(image, labels, CANONICAL, CANONICAL, rng, config)[0]
        np.testing.assert_allclose(found[..., 0].sum(), image[..., 0].sum(), rtol=0.02)


def test_mirrored_twice_is_the_same():
    rng = np.random.default_rng(0)
    image = rng.random((256, 256, 3)).astype(np.float32)
    once = augmented.mirrored(image, CANONICAL)
    assert np.abs(once[0] - image).mean() > 0.1
    twice = augmented.mirrored(*once)
    np.testing.assert_array_equal(twice[0], image)
    np.testing.assert_allclose(twice[1], CANONICAL, atol=1e-4)


def test_the_face_keeps_its_colour_up_to_light_while_background_and_clothes_change():
    size = 32
    labels = np.full((8, size, size), INDEX["background"], np.int32)
    labels[:, 8:24, 8:24] = INDEX["skin"]
    images = np.full((8, size, size, 3), 0.5, np.float32)
    config = Disturbance(relit=0.0, scenery=1.0, occluded=0.0)
    found = augmented.photographed(images, labels, np.random.default_rng(1), config)
    assert found.shape == images.shape and found.min() >= 0 and found.max() <= 1
    face = found[:, 10:22, 10:22].mean((1, 2))
    # Noise and compression; no recolouring.
    np.testing.assert_allclose(face, 0.5, atol=0.06)
    outside = found[:, :6].mean((1, 2))
    assert np.abs(outside - 0.5).mean() > 0.1
