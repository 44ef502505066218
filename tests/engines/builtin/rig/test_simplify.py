"""Fewer triangles, but not where shadows fall on calm skin."""

import numpy as np
import pytest

from face2param.engines.builtin import geometry
from face2param.engines.builtin.rig.pieces import Piece
from face2param.engines.builtin.rig.simplify import shaded_skin, simplified
from face2param.schema import load

pytest.importorskip("meshoptimizer", reason="the package meshoptimizer is not installed")

SIDE = 21


@pytest.fixture
def sheet():
    """A flat square of 20 x 20 cm, in squares of 1 cm."""
    x, y = np.meshgrid(np.arange(SIDE), np.arange(SIDE), indexing="ij")
    vertices = np.stack([x, y, 0 * x], -1).reshape(-1, 3).astype(np.float32)
    corner = (np.arange(SIDE - 1)[:, None] * SIDE + np.arange(SIDE - 1)).ravel()
    a, b, c, d = corner, corner + SIDE, corner + SIDE + 1, corner + 1
    faces = np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32)
    count = len(vertices)
    normals = np.tile(np.float32([0, 0, 1]), (count, 1))
    joints, weights = np.zeros((count, 1), np.int32), np.ones((count, 1), np.float32)
    return Piece("sheet", "skin", vertices, normals, faces, joints, weights)


def area(piece):
    corner = piece.vertices[piece.faces]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2].sum() / 2


def test_a_flat_sheet_needs_few_triangles(sheet):
    few = simplified(sheet, 0.01)
    assert len(few.faces) < 0.1 * len(sheet.faces)
    assert area(few) == pytest.approx(400)


def test_anchors_stay(sheet):
    anchors = np.zeros(len(sheet.vertices), bool)
    anchors[[3 * SIDE + 4, 12 * SIDE + 9, 15 * SIDE + 2]] = True
    few = simplified(sheet, 0.01, np.zeros(len(anchors), bool), anchors)
    left = {tuple(vertex) for vertex in few.vertices}
    assert {tuple(vertex) for vertex in sheet.vertices[anchors]} <= left
    assert len(few.faces) < 0.4 * len(sheet.faces)
    assert area(few) == pytest.approx(400)


def test_locked_triangles_stay(sheet):
    locked = (np.abs(sheet.vertices[:, :2] - 10) < 2).all(1)
    few = simplified(sheet, 0.01, locked)
    inside = (np.abs(few.vertices[:, :2] - 10) < 2).all(1)
    assert inside.sum() == locked.sum()
    assert area(few) == pytest.approx(400)


def test_vertices_stay_close_together_under_the_fringe_and_at_the_collar():
    skin = geometry.pose_head(load("builtin").neutral()).part("skin").vertices
    kept = skin[shaded_skin(skin)]
    for low, high in ((3.5, 8.0), (-18.0, -13.0)):
        front = (skin[:, 1] > low) & (skin[:, 1] < high) & (np.abs(skin[:, 0]) < 3)
        front &= (skin[:, 2] > 3) & (skin[:, 2] < 12 if low > 0 else skin[:, 2] < 6)
        away = np.linalg.norm(skin[front][:, None] - kept, axis=2).min(1)
        assert front.any()
        assert away.max() < 1.0
    assert len(kept) < 0.05 * len(skin)
