import numpy as np

from face2param.morphable import cutting
from tests.morphable import small


def area(vertices, faces):
    corner = vertices[faces]
    return np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2].sum() / 2


def flat():
    vertices, faces = small.grid()
    return vertices * [1, 1, 0], faces


def edges_used_once(faces):
    edges = np.sort(faces[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), 1)
    unique, counts = np.unique(edges, axis=0, return_counts=True)
    assert counts.max() <= 2
    return unique[counts == 1]


def test_refining_keeps_the_surface_and_leaves_no_gap():
    vertices, faces = flat()
    marked = vertices[faces].mean(1)[:, 0] > 0.2
    fine = cutting.refine(len(vertices), faces, marked)
    moved = fine.matrix @ vertices
    np.testing.assert_allclose(area(moved, fine.faces), area(vertices, faces))
    np.testing.assert_allclose(moved[: len(vertices)], vertices)
    # All four pieces of a marked triangle, and no triangle turned over.
    assert (np.bincount(fine.origin)[marked] == 4).all()
    corner = moved[fine.faces]
    turned = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2]
    assert (turned > 0).all()
    # Only the sheet's outline is used once: its middles joined in, nothing tore inside.
    outline = moved[edges_used_once(fine.faces)]
    assert (np.abs(outline).max(-1).max(-1) > 1 - 1e-9).all()


def test_clipping_follows_the_line():
    vertices, faces = flat()
    field = 0.55 - vertices[:, 0] - 0.3 * vertices[:, 1]
    cut = cutting.clip(field, faces, 1e-6)
    moved = cut.matrix @ vertices
    np.testing.assert_allclose(np.asarray(cut.matrix.sum(1)).ravel(), 1)
    assert (0.55 - moved[:, 0] - 0.3 * moved[:, 1]).min() > -1e-9
    # The area left of the line x = 0.55 - 0.3 y in the square of side 2.
    np.testing.assert_allclose(area(moved, cut.faces), 2 * 1.55)
    assert (np.unique(cut.faces) == np.arange(len(moved))).all()


def test_vertices_near_the_line_are_snapped_to_it():
    vertices, faces = flat()
    column = np.unique(vertices[:, 0])[6]
    cut = cutting.clip(column + 1e-4 - vertices[:, 0], faces, 1e-3)
    moved = cut.matrix @ vertices
    assert len(moved) == 7 * small.ROWS  # no slivers: only old vertices
    np.testing.assert_allclose(area(moved, cut.faces), 2 * (column + 1))


def test_steps_compose():
    vertices, faces = flat()
    fine = cutting.refine(len(vertices), faces, np.ones(len(faces), bool))
    both = cutting.then(fine, cutting.clip((fine.matrix @ vertices)[:, 0], fine.faces, 1e-9))
    assert both.matrix.shape[1] == len(vertices)
    np.testing.assert_allclose(area(both.matrix @ vertices, both.faces), 2.0)
    assert (both.origin < len(faces)).all()
