"""The skin model: conversion, naive Bayes by hand, robustness, files, the shipped mixtures."""

import json
import time

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from face2param.errors import WeightsError
from face2param.reconstruction import skin

RNG = np.random.default_rng(0)


def some_model(prior=0.8):
    roots = RNG.normal(size=(2, 4, 3, 3)) * 8
    covariances = roots @ np.swapaxes(roots, 2, 3) + 30 * np.eye(3)
    weights = RNG.dirichlet(np.ones(4), 2)
    return skin.SkinModel(weights, RNG.uniform(60, 190, (2, 4, 3)), covariances, prior)


def test_ycbcr_of_known_colours():
    # ITU-R BT.601, studio range: white, black, and full red.
    found = skin.to_ycbcr(np.array([[1, 1, 1], [0, 0, 0], [1, 0, 0]], np.float32))
    expected = [[235, 128, 128], [16, 128, 128], [81.481, 90.203, 240]]
    np.testing.assert_allclose(found, expected, atol=1e-3)


def test_probability_is_bayes_rule_on_the_mixtures():
    model = some_model()
    image = RNG.random((6, 7, 3)).astype(np.float32)
    colours = skin.to_ycbcr(image).reshape(-1, 3).astype(np.float64)
    density = [
        sum(
            w * multivariate_normal.pdf(colours, mean, covariance)
            for w, mean, covariance in zip(*parts, strict=True)
        )
        for parts in zip(model.weights, model.means, model.covariances, strict=True)
    ]
    expected = 0.8 * density[1] / (0.8 * density[1] + 0.2 * density[0])
    # Log densities reach some hundreds, of which float32 keeps five digits behind the point.
    np.testing.assert_allclose(model.probability(image).ravel(), expected, atol=1e-4)
    assert model.probability(image).shape == (6, 7)


def test_colours_far_from_every_component_are_not_nan():
    tight = skin.SkinModel(
        np.ones((2, 1)),
        [[[60, 100, 100]], [[61, 100, 100]]],
        np.ones((2, 1, 1, 1)) * np.eye(3) / 100,
    )
    found = tight.probability(np.ones((2, 2, 3)))
    assert np.isfinite(found).all() and (found > 0.99).all()  # skin's mean is the nearer one


def test_the_shipped_model_knows_skin_from_cloth_hair_and_sky():
    model = skin.load()
    assert model.weights.shape == (2, 4) and model.prior == 0.8
    assert "train_skin_model" in model.source
    tones = np.array([(0.93, 0.76, 0.65), (0.78, 0.57, 0.45), (0.55, 0.37, 0.27)])
    others = np.array([(0.3, 0.45, 0.85), (0.08, 0.08, 0.1), (0.2, 0.6, 0.2), (0.95, 0.96, 0.98)])
    assert (model.probability(tones) > 0.8).all(), model.probability(tones)
    assert (model.probability(others) < 0.5).all(), model.probability(others)


def test_a_picture_of_224_takes_milliseconds():
    model, image = skin.load(), RNG.random((224, 224, 3)).astype(np.float32)
    times = []
    for _ in range(30):
        started = time.process_time()
        model.probability(image)
        times.append(time.process_time() - started)
    # 1 ms on an idle core; a Python loop per pixel takes 57 ms and more.
    assert min(times) < 0.03


def test_save_and_load(tmp_path):
    model = some_model(prior=0.6)
    skin.save(model, tmp_path / "skin.json")
    again = skin.load(tmp_path / "skin.json")
    image = RNG.random((5, 5, 3))
    np.testing.assert_allclose(again.probability(image), model.probability(image), atol=1e-3)
    assert again.prior == 0.6


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights": None}, "weights is missing"),
        ({"weights": [[0.5, 0.5], [0.9, 0.9]]}, "sum to 1"),
        ({"means": [[[0, 0]]]}, "means must have shape"),
        ({"means": [[1, 2], [1]]}, "means is no array"),
        ({"covariances": (-np.ones((2, 2, 1, 1)) * np.eye(3)).tolist()}, "positive definite"),
        ({"means": np.full((2, 2, 3), np.inf).tolist()}, "not finite"),
        ({"prior": 1.5}, "prior must lie"),
        ({"prior": "much"}, "prior must lie"),
    ],
)
def test_damaged_files_are_refused(tmp_path, change, message):
    values = {
        "weights": [[0.5, 0.5]] * 2,
        "means": np.zeros((2, 2, 3)).tolist(),
        "covariances": (np.ones((2, 2, 1, 1)) * np.eye(3)).tolist(),
        "prior": 0.8,
    }
    values |= change
    values = {name: value for name, value in values.items() if value is not None}
    path = tmp_path / "skin.json"
    path.write_text(json.dumps(values))
    with pytest.raises(WeightsError, match=message):
        skin.load(path)


def test_a_missing_file_and_another_json_are_refused(tmp_path):
    with pytest.raises(WeightsError, match="cannot read"):
        skin.load(tmp_path / "none.json")
    (tmp_path / "list.json").write_text("[1, 2]")
    with pytest.raises(WeightsError, match="is no skin model"):
        skin.load(tmp_path / "list.json")


def test_a_grey_picture_is_refused():
    with pytest.raises(ValueError, match=r"image must have shape \[..., 3\]"):
        skin.load().probability(np.zeros((4, 4)))
