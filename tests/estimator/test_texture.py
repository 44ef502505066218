import numpy as np

from face2param.estimator import texture

Y, X = np.mgrid[0:128, 0:128].astype(np.float32)
HAIR = np.ones((32, 32), np.float32)


def picture(pattern):
    return np.repeat((0.4 + 0.2 * pattern)[..., None], 3, -1).astype(np.float32)


def test_parallel_strands_are_straight_and_a_scramble_is_curly():
    straight = picture(np.sin(X + 0.2 * Y))
    scramble = picture(np.random.default_rng(0).uniform(-1, 1, (128, 128)))
    assert texture.coherence(straight, HAIR) > 0.9
    assert texture.curl(straight, HAIR) == 0
    assert texture.coherence(scramble, HAIR) < 0.5
    assert texture.curl(scramble, HAIR) > 0.8


def test_coherence_does_not_depend_on_direction_or_brightness():
    falling, lying = np.sin(X), np.sin(Y)
    values = [texture.coherence(picture(p), HAIR) for p in (falling, lying, 0.3 * falling - 0.5)]
    np.testing.assert_allclose(values, values[0], atol=0.02)


def test_only_hair_counts_and_little_hair_says_nothing():
    image = picture(np.where(X < 64, np.sin(X), np.random.default_rng(0).uniform(-1, 1, X.shape)))
    left = np.where(np.arange(32) < 14, 1.0, 0.0)[None] * np.ones((32, 1))
    assert texture.coherence(image, left) > texture.coherence(image, 1 - left) + 0.3
    assert np.isnan(texture.curl(image, 0 * HAIR))
