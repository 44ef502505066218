import dataclasses
import json

import numpy as np
import pytest

from face2param import schema
from face2param.errors import SchemaError, WeightsError
from face2param.estimator import prior, prior_fitting

FAMILY = schema.Schema(
    "six", "1", tuple(schema.Continuous(f"s{i}", "face") for i in range(6)), (), ()
)
RNG = np.random.default_rng(3)


def gaussian(rank=2, **changes):
    rng = np.random.default_rng(0)
    made = prior.LowRankGaussian(
        rng.uniform(0.4, 0.6, 6),
        rng.normal(0, 0.05, (6, rank)),
        rng.uniform(0.002, 0.01, 6),
        FAMILY.name,
        FAMILY.hash,
        12,
    )
    return dataclasses.replace(made, **changes)


def covariance(made):
    factors = made.factors.astype(float)
    return factors @ factors.T + np.diag(made.noise.astype(float))


def test_distances_and_density_are_those_of_the_full_covariance():
    made = gaussian()
    values = RNG.uniform(0, 1, (5, 6))
    difference = values - made.mean
    inverse = np.linalg.inv(covariance(made))
    wanted = np.einsum("bi,ij,bj->b", difference, inverse, difference)
    np.testing.assert_allclose(made.squared(values), wanted, rtol=1e-6)
    np.testing.assert_allclose(made.distance(values) ** 2 * 6, wanted, rtol=1e-6)
    between = values[0] - values[1]
    np.testing.assert_allclose(
        made.distance(values[0], values[1]), np.sqrt(between @ inverse @ between / 6), rtol=1e-6
    )
    volume = np.linalg.slogdet(2 * np.pi * covariance(made))[1]
    np.testing.assert_allclose(made.log_density(values), -0.5 * (wanted + volume), rtol=1e-6)


def test_precision_and_correction_are_the_inverse_covariance():
    made = gaussian()
    split = np.diag(made.precision) - made.correction @ made.correction.T
    np.testing.assert_allclose(split, np.linalg.inv(covariance(made)), rtol=2e-3, atol=2e-2)


def test_samples_have_the_prior_s_covariance_and_distance_one():
    made = gaussian()
    drawn = made.sample(np.random.default_rng(1), 20000)
    assert drawn.min() >= 0 and drawn.max() <= 1
    np.testing.assert_allclose(np.cov(drawn.T), covariance(made), atol=1.5e-3)
    assert np.mean(made.distance(drawn) ** 2) == pytest.approx(1.0, abs=0.03)
    np.testing.assert_allclose(np.diag(covariance(made)), made.variances(), rtol=1e-5)
    np.testing.assert_array_equal(made.sample(np.random.default_rng(1), 3, 0.0), [made.mean] * 3)


def test_projection_keeps_what_the_factors_can_say():
    made = gaussian(noise=np.full(6, 1e-6))
    inside = made.mean + made.factors @ [0.7, -1.2]
    np.testing.assert_allclose(made.coordinates(inside), [0.7, -1.2], atol=0.01)
    np.testing.assert_allclose(made.project(inside), inside, atol=1e-3)
    np.testing.assert_allclose(made.coordinates(made.project(inside, 0.5)), [0.5, -0.5], atol=0.01)
    again = made.project(made.project(RNG.uniform(0, 1, 6)))
    np.testing.assert_allclose(made.project(again), again, atol=1e-3)


def test_wrong_shapes_and_numbers_are_named():
    with pytest.raises(ValueError, match=r"factors must have shape \[6, k\]"):
        gaussian(factors=np.zeros((5, 2)))
    with pytest.raises(ValueError, match=r"noise must have shape \(6,\)"):
        gaussian(noise=np.ones(4))
    with pytest.raises(ValueError, match="noise must be above 0"):
        gaussian(noise=np.zeros(6))
    with pytest.raises(ValueError, match="mean holds a value that is not a finite"):
        gaussian(mean=np.full(6, np.nan))
    with pytest.raises(ValueError, match=r"mean must have shape \[n\]"):
        gaussian(mean=np.zeros((2, 3)))
    with pytest.raises(ValueError, match=r"values must have shape \[..., 6\], got \(5,\)"):
        gaussian().distance(np.zeros(5))


def test_saves_and_loads(tmp_path):
    made = gaussian()
    back = prior.load(made.save(tmp_path / "p"), FAMILY)
    for name in ("mean", "factors", "noise"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))
    assert (back.schema_hash, back.characters) == (FAMILY.hash, 12)


def test_missing_damaged_and_foreign_priors_are_refused(tmp_path):
    with pytest.raises(WeightsError, match=r"no prior in .*: prior.json is missing.*fit_prior"):
        prior.load(tmp_path)
    folder = gaussian().save(tmp_path / "p")
    other = schema.Schema("other", "1", FAMILY.continuous[:2], (), ())
    with pytest.raises(WeightsError, match=rf"schema six {FAMILY.hash}, not for other"):
        prior.load(folder, other)
    data = (folder / "prior.npz").read_bytes()
    (folder / "prior.npz").write_bytes(data[: len(data) // 2])
    with pytest.raises(WeightsError, match="is damaged"):
        prior.load(folder)
    (folder / "prior.npz").write_bytes(data)
    about = json.loads((folder / "prior.json").read_text())
    (folder / "prior.json").write_text(json.dumps({"schema": about["schema"]}))
    with pytest.raises(WeightsError, match=r"is damaged \(KeyError: 'schema_hash'\)"):
        prior.load(folder)


def test_the_shipped_prior_suits_the_shipped_schema():
    family = schema.load("builtin")
    found = prior.shipped(family)
    assert found is not None and found.schema_hash == family.hash and found.characters >= 60
    # A plausible character: the neutral one; an implausible one: every slider at its end.
    neutral = family.neutral().values
    assert found.distance(neutral) < 1.5 < 3 < found.distance(np.ones_like(neutral))


def test_no_prior_ships_for_a_schema_nobody_fitted():
    assert prior.shipped(FAMILY) is None


def people(count, seed=0):
    rng = np.random.default_rng(seed)
    tall = rng.standard_normal((count, 1)) * [0.1, 0.1, 0.1, 0, 0, 0]
    values = np.clip(0.45 + tall + rng.normal(0, 0.03, (count, 6)), 0, 1)
    return [schema.Character(FAMILY, row) for row in values]


def test_fit_finds_mean_spread_and_the_sliders_that_go_together():
    found = prior_fitting.fit(people(400), np.full(6, 0.5), np.full(6, 0.1), rank=2)
    np.testing.assert_allclose(found.mean, 0.4524, atol=0.012)
    deviations = np.sqrt(found.variances())
    np.testing.assert_allclose(deviations, [0.104] * 3 + [0.037] * 3, atol=0.01)
    one = np.abs(found.factors[:, 0])
    assert (one[:3] > 0.08).all() and (one[3:] < 0.02).all()
    together = found.mean + [0.1, 0.1, 0.1, 0, 0, 0]
    against = found.mean + [0.1, -0.1, 0.1, 0, 0, 0]
    assert found.distance(together) < 0.5 * found.distance(against)


def test_fit_on_few_characters_stays_near_the_expectation():
    found = prior_fitting.fit(people(3), np.full(6, 0.5), np.full(6, 0.2), strength=300.0)
    np.testing.assert_allclose(found.mean, 0.5, atol=0.01)
    np.testing.assert_allclose(np.sqrt(found.variances()), 0.2, rtol=0.03)
    assert found.factors.shape[1] == 2


def test_a_strength_of_each_slider_keeps_some_at_the_expectation():
    strength = np.array([1e6, 1, 1, 1, 1, 1e6])
    found = prior_fitting.fit(people(200), np.full(6, 0.6), np.full(6, 0.2), 2, strength)
    np.testing.assert_allclose(found.mean[[0, 5]], 0.6, atol=1e-4)
    np.testing.assert_allclose(found.mean[1:5], 0.45, atol=0.02)
    deviations = np.sqrt(found.variances())
    np.testing.assert_allclose(deviations[[0, 5]], 0.2, rtol=1e-3)
    np.testing.assert_allclose(deviations[1:3], 0.104, atol=0.015)
    assert np.abs(found.factors[0]).max() < 0.02


def test_held_out_people_are_likelier_than_under_the_expectation():
    learnt = prior_fitting.fit(people(60), np.full(6, 0.5), np.full(6, 0.1), rank=2)
    before = dataclasses.replace(
        learnt, mean=np.full(6, 0.5), factors=np.zeros((6, 1)), noise=np.full(6, 0.01)
    )
    values = np.stack([c.values for c in people(200, seed=9)])
    assert learnt.log_density(values).mean() > before.log_density(values).mean() + 1


def test_chance_is_one_for_independent_sliders_and_small_for_large_samples():
    rng = np.random.default_rng(0)
    assert prior_fitting.chance(rng.standard_normal((50, 40))) > 0.8
    along = rng.standard_normal((4000, 1)) + 0.3 * rng.standard_normal((4000, 8))
    assert prior_fitting.chance(along / along.std(0)) < 0.02


def test_factor_analysis_recovers_known_factors():
    loadings = np.array([[0.9, 0], [0.8, 0], [0.7, 0.1], [0, 0.6], [0.1, 0.7], [0, 0.5]])
    noise = 1 - (loadings**2).sum(1)
    wanted = loadings @ loadings.T
    found, alone = prior_fitting.factor_analysis(wanted + np.diag(noise), 2, steps=2000)
    np.testing.assert_allclose(found @ found.T + np.diag(alone), wanted + np.diag(noise), atol=0.01)


def test_unusable_characters_and_arguments_are_refused():
    mean, spread = np.full(6, 0.5), np.full(6, 0.1)
    with pytest.raises(SchemaError, match="at least 2 characters, got 1"):
        prior_fitting.fit(people(1), mean, spread)
    other = schema.Schema("other", "1", FAMILY.continuous, (), ())
    with pytest.raises(SchemaError, match="different schemas"):
        prior_fitting.fit([*people(1), other.neutral()], mean, spread)
    with pytest.raises(ValueError, match=r"spread must have shape \(6,\), got \(5,\)"):
        prior_fitting.fit(people(3), mean, spread[1:])
    with pytest.raises(ValueError, match="rank must be >= 1"):
        prior_fitting.fit(people(3), mean, spread, rank=0)
