import numpy as np
import pytest

from face2param.engines.builtin import anatomy, topology
from face2param.engines.builtin.canonical import canonical
from face2param.errors import EngineError


def _edges(faces):
    directed = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    return directed, np.unique(np.sort(directed, 1), axis=0, return_counts=True)


def test_skin_is_a_manifold_with_only_the_meant_openings():
    net = canonical().topology
    directed, (edges, uses) = _edges(net.faces)
    assert len(np.unique(directed, axis=0)) == len(directed), "triangles disagree on outside"
    assert uses.max() == 2
    open_vertices = np.unique(edges[uses == 1])
    meant = np.concatenate([net.eye_rims[:, 1].ravel(), net.inner_lips[-1]])
    rest = np.setdiff1d(open_vertices, meant)
    assert np.isin(meant, open_vertices).all()
    assert (net.base[rest, 1] < -15).all(), "an unmeant hole above the neck"
    assert len(np.unique(net.faces)) == len(net.base), "vertices without a triangle"


def test_mirror_is_exact():
    head = canonical()
    assert (head.mirror[head.mirror] == np.arange(len(head.mirror))).all()
    np.testing.assert_array_equal(head.vertices[head.mirror] * [-1, 1, 1], head.vertices)
    faces = {tuple(sorted(f)) for f in head.faces.tolist()}
    mirrored = {tuple(sorted(f)) for f in head.mirror[head.faces].tolist()}
    assert len(faces ^ mirrored) == 0


def test_lips_own_their_vertices_and_touch_at_rest():
    head = canonical()
    line = head.topology.mouth_line
    columns = len(line) // 2 + 1
    upper, lower = line[1 : columns - 1], line[columns:][::-1]
    assert not np.intersect1d(upper, lower).size
    np.testing.assert_allclose(head.vertices[upper], head.vertices[lower], atol=1e-4)
    assert (head.topology.lip_sign[upper] > 0).all() and (head.topology.lip_sign[lower] < 0).all()
    mixed = np.isin(head.faces, upper).any(1) & np.isin(head.faces, lower).any(1)
    assert not mixed.any(), "a triangle bridges the mouth"


def test_inside_polygon():
    square = np.array([[0, 0], [2, 0], [2, 2], [0, 2.0]])
    points = np.array([[1, 1], [3, 1], [-0.1, 1], [1.9, 0.1]])
    assert topology.inside_polygon(points, square).tolist() == [True, False, False, True]


def test_too_coarse_lips_are_refused(monkeypatch):
    faces = np.array([[0, 1, 2]])
    base = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [2, 0, 0.0]])
    with pytest.raises(EngineError, match="line of the mouth"):
        topology._split_mouth(faces, base, np.array([0, 1, 3]))


def test_eye_outline_is_closed_at_the_corners():
    outline = anatomy.eye_outline(24)
    assert outline.shape == (48, 2)
    assert outline[0, 0] == outline[:, 0].min() and outline[24, 0] == outline[:, 0].max()
    raised = anatomy.eye_outline(24, {"upper": 0.1})
    assert raised[:, 1].max() > outline[:, 1].max() + 0.05
