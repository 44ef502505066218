import numpy as np
import pytest

from face2param.reconstruction.smoothing import OneEuro, smooth

TIMES = np.arange(100) / 25


def test_one_euro_keeps_constants_and_calms_noise():
    rng = np.random.default_rng(0)
    quiet = OneEuro(cutoff=1.0, speed=0.0)
    noisy = rng.normal(size=(100, 2))
    found = np.array([quiet(row, t) for row, t in zip(noisy, TIMES, strict=True)])
    assert found[30:].std() < 0.5 * noisy.std()
    steady = OneEuro()
    assert [steady(np.float64(3.5), t) for t in TIMES[:5]] == [3.5] * 5


def test_one_euro_follows_faster_the_faster_it_goes():
    def lag(speed):
        one = OneEuro(cutoff=0.5, speed=speed)
        return 2 * TIMES[-1] - [one(2 * t, t) for t in TIMES][-1]

    assert 0 < lag(1.0) < 0.3 * lag(0.0)


def test_one_euro_forgets_on_reset():
    one = OneEuro()
    one(np.zeros(3), 0.0)
    one.reset()
    np.testing.assert_array_equal(one(np.ones(3), 0.0), 1)


def test_one_euro_refuses_times_that_stand_still_and_wrong_settings():
    one = OneEuro()
    one(1.0, 0.5)
    with pytest.raises(ValueError, match=r"time must advance, got 0\.5 after 0\.5"):
        one(1.0, 0.5)
    with pytest.raises(ValueError, match="cutoff and speed_cutoff must be positive"):
        OneEuro(cutoff=0)


def test_smooth_series_have_no_lag():
    wave = np.stack([np.sin(2 * TIMES), 3 * TIMES], 1)
    rng = np.random.default_rng(0)
    noisy = wave + rng.normal(0, 0.1, wave.shape)
    found = smooth(noisy, TIMES, noise=0.1, agility=3.0)
    assert np.abs(found - wave)[5:-5].mean() < 0.5 * np.abs(noisy - wave).mean()
    lags = range(-4, 5)
    match = [np.mean((np.roll(found[:, 0], -k) - wave[:, 0])[10:-10] ** 2) for k in lags]
    assert lags[int(np.argmin(match))] == 0


def test_a_straight_line_passes_unchanged():
    line = (1 + 2 * TIMES)[:, None]
    np.testing.assert_allclose(smooth(line, TIMES, 0.1, 1.0), line, atol=1e-2)


def test_less_agility_is_smoother():
    rng = np.random.default_rng(0)
    noisy = rng.normal(size=(100, 1))
    rough = [np.diff(smooth(noisy, TIMES, 1.0, a), 2, axis=0).std() for a in (0.1, 1.0, 100.0)]
    assert rough[0] < rough[1] < rough[2] < np.diff(noisy, 2, axis=0).std()


def test_gaps_are_bridged_in_uneven_time():
    times = np.sort(np.random.default_rng(0).random(80)) * 4
    wave = np.sin(2 * times)[:, None]
    present = np.abs(times - 2) > 0.2
    present[0] = False
    values = np.where(present[:, None], wave, np.nan)
    found = smooth(values, times, noise=0.01, agility=5.0, present=present)
    assert np.isfinite(found).all()
    assert np.abs(found - wave).max() < 0.15


@pytest.mark.parametrize(
    ("values", "times", "present", "text"),
    [
        (np.zeros(3), np.arange(3), None, r"values must be \[frames, series\]"),
        (np.zeros((3, 1)), np.arange(2), None, r"got \[3, 1\], \[2\]"),
        (np.zeros((3, 1)), np.array([0, 1, 1]), None, "times must rise"),
        (np.zeros((3, 1)), np.arange(3), np.zeros(3, bool), "no frame has a measurement"),
    ],
)
def test_wrong_series_are_refused(values, times, present, text):
    with pytest.raises(ValueError, match=text):
        smooth(values, times, 1.0, 1.0, present)
