import numpy as np
import pytest

from face2param.metrics import identity


def test_distances_by_hand():
    a, b = np.array([3.0, 0]), np.array([[0, 4.0], [6, 0], [-1, 0]])
    np.testing.assert_allclose(identity.descriptor_distance(a, b), [5, 3, 4])
    np.testing.assert_allclose(identity.cosine_distance(a, b), [1, 0, 2])


def test_ranks():
    distances = np.array([[0.1, 0.5, 0.9], [0.2, 0.3, 0.9], [0.1, 0.2, 0.15]])
    assert identity.retrieval_ranks(distances).tolist() == [1, 2, 2]
    assert identity.retrieval_ranks(distances, np.array([2, 0, 0])).tolist() == [3, 1, 1]


def test_ties_count_against_the_query():
    assert identity.retrieval_ranks(np.zeros((4, 7))).tolist() == [7, 7, 7, 7]


def test_share_found():
    ranks = np.array([1, 1, 3, 6])
    assert identity.share_found(ranks, 1) == 0.5
    assert identity.share_found(ranks, 5) == 0.75


def test_errors():
    with pytest.raises(ValueError, match="must end in one axis length"):
        identity.descriptor_distance(np.zeros(3), np.zeros(4))
    with pytest.raises(ValueError, match="has no direction"):
        identity.cosine_distance(np.zeros(3), np.ones(3))
    with pytest.raises(ValueError, match="distances must have shape"):
        identity.retrieval_ranks(np.zeros(3))
    with pytest.raises(ValueError, match="not a number"):
        identity.retrieval_ranks(np.full((2, 2), np.nan))
    with pytest.raises(ValueError, match="truth must hold 3 indices below 2"):
        identity.retrieval_ranks(np.zeros((3, 2)))
    with pytest.raises(ValueError, match="ranks must not be empty"):
        identity.share_found(np.array([]), 1)
