"""Mixtures and the skin training: known Gaussians come back, labels part the classes."""

import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.reconstruction import mixtures, skin_training
from face2param.regions import IGNORE, INDEX


def test_known_gaussians_are_found_again():
    rng = np.random.default_rng(1)
    means = np.array([[100.0, 120, 140], [160, 110, 150], [60, 130, 120]])
    spread = np.array([[30.0, 12, 0], [12, 20, 0], [0, 0, 10]])
    counts = (6000, 3000, 1000)
    samples = [rng.multivariate_normal(m, spread, n) for m, n in zip(means, counts, strict=True)]
    found = mixtures.fit(np.concatenate(samples), 3, floor=1e-3)
    np.testing.assert_allclose(found.weights, [0.6, 0.3, 0.1], atol=0.01)
    # The standard error of the smallest component's mean is 0.17.
    np.testing.assert_allclose(found.means, means, atol=0.7)
    np.testing.assert_allclose(found.covariances[0], spread, atol=2.0)


def test_the_floor_keeps_a_single_colour_from_collapsing():
    found = mixtures.fit(np.full((100, 3), 7.0), 2, floor=1.0)
    assert np.isfinite(found.log_likelihood)
    assert np.linalg.eigvalsh(found.covariances).min() >= 0.99


def test_the_same_seed_gives_the_same_mixture():
    samples = np.random.default_rng(2).normal(size=(200, 3)) * 10
    first, second = mixtures.fit(samples, 3, seed=4), mixtures.fit(samples, 3, seed=4)
    np.testing.assert_array_equal(first.means, second.means)


def test_bad_samples_are_refused():
    with pytest.raises(ConfigError, match="need at least 40 samples"):
        mixtures.fit(np.zeros((39, 3)), 4)
    with pytest.raises(ConfigError, match="not finite"):
        mixtures.fit(np.full((100, 3), np.nan), 2)


def labelled(rng, count=6):
    """Pinkish faces with beards that their labels call skin, on blue, with brown hair."""
    pictures = []
    for _ in range(count):
        labels = np.full((40, 40), INDEX["background"], np.uint8)
        labels[:8], labels[10:36, 8:32], labels[20:24, 14:24] = INDEX["hair"], INDEX["skin"], IGNORE
        image = np.tile(np.array([0.2, 0.3, 0.8]), (40, 40, 1))
        image[:8], image[10:36, 8:32] = (0.25, 0.15, 0.1), (0.8, 0.6, 0.5)
        image[34:36, 8:32] = (0.02, 0.02, 0.02)
        noise = rng.normal(0, 0.03, image.shape)
        pictures.append(((image + noise).clip(0, 1).astype(np.float32), labels))
    return pictures


def test_a_model_fitted_to_labels_parts_the_classes_and_trims_beards():
    pictures = labelled(np.random.default_rng(5))
    config = skin_training.SkinTraining(components=2, pixels=200)
    model = skin_training.fit(pictures, config)
    assert model.probability(np.array([0.8, 0.6, 0.5])) > 0.99
    assert model.probability(np.array([0.2, 0.3, 0.8])) < 0.01
    quality = skin_training.measure(model, pictures)
    # 8 % of the labelled skin is beard, which counts as missed.
    assert quality.auc > 0.9 and quality.other > 0.98 and 0.9 < quality.skin < 0.95
    rng = np.random.default_rng(0)
    other, skin = skin_training.draw(*pictures[0], config, rng)
    assert len(other) == 200 and len(skin) == 200
    assert skin[:, 0].min() > 60  # no beard among them
    untrimmed = skin_training.SkinTraining(components=2, pixels=1000, trim=0.0)
    assert skin_training.draw(*pictures[0], untrimmed, rng)[1][:, 0].min() < 60


def test_settings_and_pictures_without_a_class_are_refused():
    with pytest.raises(ConfigError, match="trim: out of range"):
        skin_training.SkinTraining(trim=0.7)
    image, labels = labelled(np.random.default_rng(5), 1)[0]
    with pytest.raises(ConfigError, match="too few pixels labelled as skin"):
        skin_training.fit([(image, np.zeros_like(labels))])
    model = skin_training.fit([(image, labels)], skin_training.SkinTraining(1, 100))
    with pytest.raises(ConfigError, match="show no skin"):
        skin_training.measure(model, [(image, np.zeros_like(labels))])
