import numpy as np
import pytest

from face2param.reconstruction import pull_push


def test_known_values_stay_and_a_constant_fills_everything():
    rng = np.random.default_rng(0)
    values = rng.random((16, 32, 3)).astype(np.float32)
    known = rng.random((16, 32)) < 0.3
    found = pull_push.extend(values, known)
    np.testing.assert_allclose(found[known], values[known], atol=1e-6)
    flat = pull_push.extend(np.full((16, 32, 2), 0.4), known)
    np.testing.assert_allclose(flat, 0.4, atol=1e-5)


def test_what_is_filled_lies_between_its_neighbours_and_varies_smoothly():
    values = np.zeros((64, 64, 1))
    values[:, 48:] = 1
    known = np.zeros((64, 64))
    known[:, :16] = known[:, 48:] = 1
    found = pull_push.extend(values, known)[..., 0]
    assert found.min() >= 0 and found.max() <= 1
    middle = found[:, 16:48]
    assert (np.diff(middle.mean(0)) >= -1e-6).all()
    assert np.abs(np.diff(middle, axis=1)).max() < 0.15  # a step of 1 over 32 texels


def test_nothing_known_gives_zero():
    assert not pull_push.extend(np.ones((8, 8, 3)), np.zeros((8, 8))).any()


def test_layers_meet_without_a_step_and_keep_their_detail():
    x = np.linspace(0, 1, 64)
    detail = 0.05 * np.sin(40 * x)
    upper = np.tile((0.2 + 0.2 * x + detail)[None, :, None], (64, 1, 1))
    lower = np.tile((0.7 - 0.1 * x + detail)[None, :, None], (64, 1, 1))
    known = np.tile(np.clip((0.5 - x) * 8 + 0.5, 0, 1), (64, 1))
    found, total = pull_push.blend([(upper, known), (lower, np.ones((64, 64)))])
    np.testing.assert_allclose(total, 1)
    row = found[32, :, 0]
    np.testing.assert_allclose(row[:20], upper[32, :20, 0], atol=1e-6)
    # The naive sum would climb by half a unit over the blend; the detail alone by 0.1.
    assert np.ptp(row[20:]) < 0.3
    rest = row[44:] - np.polyval(np.polyfit(x[44:], row[44:], 1), x[44:])
    wanted = detail[44:] - np.polyval(np.polyfit(x[44:], detail[44:], 1), x[44:])
    np.testing.assert_allclose(rest, wanted, atol=0.03)


def test_a_layer_without_weight_leaves_no_trace():
    junk = np.full((8, 8, 3), 50.0)
    known = np.zeros((8, 8))
    known[:4] = 0.5
    found, total = pull_push.blend([(np.full((8, 8, 3), 0.3), known), (junk, np.zeros((8, 8)))])
    np.testing.assert_allclose(found[:4], 0.3, atol=1e-6)
    np.testing.assert_array_equal(total, known)


@pytest.mark.parametrize(
    ("values", "weights", "text"),
    [
        (np.zeros((8, 8)), np.zeros((8, 8)), r"values must be \[height, width, channels\]"),
        (np.zeros((8, 8, 1)), np.zeros((8, 4)), r"got \[8, 8, 1\] and \[8, 4\]"),
        (np.zeros((8, 12, 1)), np.zeros((8, 12)), "powers of two"),
    ],
)
def test_wrong_shapes_are_named(values, weights, text):
    with pytest.raises(ValueError, match=text):
        pull_push.extend(values, weights)


def test_no_layer_is_refused():
    with pytest.raises(ValueError, match="at least one picture"):
        pull_push.blend([])
