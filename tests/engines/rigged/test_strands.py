"""Which way the strands of hair run, and their highlight."""

import numpy as np

from face2param.engines.rigged.strands import strand_axes
from face2param.meshes.gltf import Material
from tests.engines.rigged.plates import draw, plate

# Two triangles of a leaning square: u grows along x, strands run along (0, 3, 4).
SQUARE = np.float32([(0, 0, 0), (2, 0, 0), (2, 3, 4), (0, 3, 4)])
FACES = np.int32([(0, 1, 2), (0, 2, 3)])
STRAND = (0.0, 0.6, 0.8)


def straight(axes):
    """Axes whose first component that is not 0 is positive."""
    first = axes[np.arange(len(axes)), (np.abs(axes) > 1e-6).argmax(1)]
    return axes * np.sign(first)[:, None]


def test_strands_run_where_u_stays_the_same():
    uv = np.float32([(0, 0), (1, 0), (1, 1), (0, 1)])
    axes = strand_axes(SQUARE, FACES, uv)
    np.testing.assert_allclose(straight(axes), np.tile(STRAND, (4, 1)), atol=1e-6)


def test_v_may_be_the_same_all_over():
    uv = np.float32([(0, 0.5), (1, 0.5), (1, 0.5), (0, 0.5)])
    axes = strand_axes(SQUARE, FACES, uv)
    np.testing.assert_allclose(straight(axes), np.tile(STRAND, (4, 1)), atol=1e-6)


def test_mirrored_neighbours_do_not_cancel_out():
    wide = np.concatenate([SQUARE, SQUARE[1:3] + np.float32([2, 0, 0])])
    faces = np.concatenate([FACES, np.int32([(1, 4, 5), (1, 5, 2)])])
    uv = np.float32([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0), (0, 1)])
    axes = strand_axes(wide, faces, uv)
    np.testing.assert_allclose(straight(axes), np.tile(STRAND, (6, 1)), atol=1e-6)


def test_without_a_texture_there_is_no_direction():
    assert not strand_axes(SQUARE, FACES, np.zeros((4, 2), np.float32)).any()
    assert strand_axes(SQUARE, FACES[:0], np.zeros((4, 2), np.float32)).shape == (4, 3)


def hair(uv):
    material = Material("hair", (0.02, 0.01, 0.01, 1.0), roughness=0.7)
    return draw([plate(uv=uv)], [material], regions={"*": "hair"}).image


def test_highlight_does_not_depend_on_v():
    shown = hair([(0, 1), (1, 1), (1, 0), (0, 0)])
    np.testing.assert_allclose(hair([(0, 1), (1, 1), (1, 1), (0, 1)]), shown, atol=1e-6)
    # It is there: strands across the light shine otherwise than strands along it.
    assert np.abs(hair([(1, 0), (1, 1), (0, 1), (0, 0)]) - shown).max() > 0.01


def test_highlight_does_not_break_where_the_texture_turns_round():
    y = plate().vertices[:, 1]
    low, high = y.min(), y.max()
    x = np.float32([-0.5, 0.0, 0.5])
    vertices = [(u, v, 0.0) for v in (low, high) for u in x]
    fields = {
        "vertices": vertices,
        "faces": [(0, 1, 4), (0, 4, 3), (1, 2, 5), (1, 5, 4)],
        "normals": np.tile((0.0, 0.0, 1.0), (6, 1)),
    }
    material = [Material("hair", (0.02, 0.01, 0.01, 1.0), roughness=0.7)]
    pictures = [
        draw([plate(**fields, uv=[(u, v) for v in (1, 0) for u in across])], material,
             regions={"*": "hair"}).image
        for across in ((0, 1, 2), (0, 1, -1.5))
    ]  # fmt: skip
    np.testing.assert_allclose(pictures[1], pictures[0], atol=1e-6)
