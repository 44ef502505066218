import numpy as np
import pytest

from face2param.rendering.edges import find_edges
from tests.rendering import meshes


def test_two_triangles():
    edges = find_edges(np.array([[0, 1, 2], [2, 1, 3]], np.int32))
    np.testing.assert_array_equal(edges.ends, [[0, 1], [0, 2], [1, 2], [1, 3], [2, 3]])
    np.testing.assert_array_equal(edges.opposite, [[2, -1], [1, -1], [0, 3], [2, -1], [1, -1]])


def test_counts_of_a_grid():
    _, faces = meshes.face(7, 9)
    edges = find_edges(faces)
    assert len(edges.ends) == 7 * 8 + 9 * 6 + 6 * 8
    assert (edges.opposite[:, 1] < 0).sum() == 2 * (6 + 8)


def test_repeated_vertices_and_fins():
    edges = find_edges(np.array([[0, 0, 1], [0, 1, 2], [0, 1, 3], [0, 1, 4]]))
    np.testing.assert_array_equal(edges.opposite[0], [2, 3])
    assert len(edges.ends) == 7


def test_no_triangles():
    assert find_edges(np.zeros((0, 3), np.int32)).ends.shape == (0, 2)


def test_errors():
    with pytest.raises(ValueError, match=r"faces must have shape \[triangles, 3\]"):
        find_edges(np.zeros((3, 4), np.int32))
    with pytest.raises(ValueError, match="faces must index vertices from 0, got index -1"):
        find_edges(np.array([[0, 1, -1]]))
