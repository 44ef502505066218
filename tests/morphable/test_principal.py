import numpy as np
import pytest

from face2param.errors import FaceModelError
from face2param.morphable.principal import principal_components


def samples(count=200, seed=0):
    rng = np.random.default_rng(seed)
    directions = np.linalg.qr(rng.normal(size=(30, 4)))[0].T
    deviations = np.array([5.0, 2.0, 1.0, 0.1])
    values = rng.normal(size=(count, 4)) * deviations
    return (values @ directions + 3.0).astype(np.float32), directions, deviations


def test_directions_deviations_and_share_of_variance():
    rows, directions, deviations = samples(300)
    found = principal_components(rows, 3)
    lengths = np.linalg.norm(found.basis, axis=1)
    # The estimate of a standard deviation from 300 samples errs by about 4 percent.
    np.testing.assert_allclose(lengths, deviations[:3], rtol=0.12)
    cosines = np.abs((found.basis / lengths[:, np.newaxis] * directions[:3]).sum(1))
    np.testing.assert_allclose(cosines, 1, atol=0.05)
    assert found.explained == pytest.approx(30 / 30.01, abs=1e-4)
    np.testing.assert_allclose(found.mean, rows.mean(0), atol=1e-4)


def test_coefficients_of_the_samples_have_deviation_one_and_signs_are_fixed():
    rows, _, _ = samples()
    found = principal_components(rows, 4)
    values, *_ = np.linalg.lstsq(found.basis.T, (rows - found.mean).T, rcond=None)
    np.testing.assert_allclose(values.std(1), 1, atol=0.02)
    peak = np.abs(found.basis).argmax(1)
    assert (found.basis[np.arange(4), peak] > 0).all()


def test_differences_keep_their_zero():
    rows, _, _ = samples()
    found = principal_components(rows, 2, centred=False)
    assert not found.mean.any()
    # The first direction is then the common offset of 3.
    np.testing.assert_allclose(np.linalg.norm(found.basis[0]), np.sqrt(30 * 9), rtol=0.1)


def test_unimportant_values_do_not_choose_the_directions():
    rng = np.random.default_rng(1)
    rows = rng.normal(size=(200, 6)).astype(np.float32) * [1, 1, 1, 9, 9, 9]
    weights = np.array([1, 1, 1, 0, 0, 0], np.float32)
    found = principal_components(rows.astype(np.float32), 3, weights=weights)
    assert np.linalg.norm(found.basis[:, :3], axis=1).min() > 0.8


def test_too_few_dimensions_are_an_error():
    rows, _, _ = samples()
    with pytest.raises(FaceModelError, match="200 samples span 4 dimensions, 6 are wanted"):
        principal_components(rows, 6)
