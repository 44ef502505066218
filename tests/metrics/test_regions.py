import numpy as np
import pytest

from face2param import regions as region_names
from face2param.metrics import regions


def test_by_hand():
    true = np.array([[0, 0, 1], [1, 1, region_names.IGNORE]])
    predicted = np.array([[0, 1, 1], [1, 0, 2]])
    counts = regions.confusion(predicted, true, 3)
    np.testing.assert_array_equal(counts, [[1, 1, 0], [1, 2, 0], [0, 0, 0]])
    np.testing.assert_allclose(regions.iou(counts), [1 / 3, 2 / 4, np.nan])


def test_batches_add_up():
    rng = np.random.default_rng(0)
    true, predicted = rng.integers(0, 5, (2, 4, 6, 6))
    whole = regions.confusion(predicted, true, 5)
    parts = sum(regions.confusion(p, t, 5) for p, t in zip(predicted, true, strict=True))
    np.testing.assert_array_equal(whole, parts)
    np.testing.assert_allclose(regions.iou(regions.confusion(true, true, 5)), 1)


def test_errors():
    with pytest.raises(ValueError, match="must have one shape"):
        regions.confusion(np.zeros((2, 2)), np.zeros((2, 3)), 2)
    with pytest.raises(ValueError, match=r"predicted: labels must be in 0..1, got 0..2"):
        regions.confusion(np.array([0, 2]), np.array([0, 1]), 2)
    with pytest.raises(ValueError, match="true: labels must be in"):
        regions.confusion(np.array([0, 0]), np.array([0, 3]), 2)
    with pytest.raises(ValueError, match="counts must have shape"):
        regions.iou(np.zeros((2, 3)))
