"""The 68 landmarks on the mesh, placed where dlib's predictor would put them.

The inner 51 are fixed points of the canonical skin (those of the brows depend on the brow
sliders); the contour of the jaw is dynamic: of a band of candidates, the outermost one as the
camera sees it.
"""

import functools

import numpy as np
from scipy.spatial import cKDTree

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.canonical import Canonical, canonical

_BROW_SLIDERS = ("brow_arch", "brow_tilt", "brow_length", "brow_gap")
# Positions along the brow from its inner end.
_BROW_T = np.array([-0.12, 0.2, 0.5, 0.8, 1.10])
_NOSE = ((0, 0.15), (0, -1.2), (0, -2.5), (0, -3.85), (-1.3, -4.75), (-0.62, -4.95), (0, -5.08),
         (0.62, -4.95), (1.3, -4.75))  # fmt: skip
# Heights of the side contour, then x of the chin contour, from the ear to the middle (cm).
_JAW_Y = (0.35, -1.65, -3.65, -5.7, -7.7, -9.6)
_JAW_X = (2.75, 1.6, 0.0)


@functools.cache
def _front() -> tuple[np.ndarray, cKDTree]:
    head = canonical()
    front = np.flatnonzero(head.vertices[:, 2] > 3.5)
    front = front[front < head.topology.eye_rims.min()]
    return front, cKDTree(head.vertices[front, :2])


def _nearest(xy: np.ndarray, count: int = 4):
    """Vertices and weights whose mean lies at frontal positions `[points, 2]`."""
    front, tree = _front()
    distance, index = tree.query(xy, range(1, count + 1))
    weight = 1 / (distance + 0.02) ** 2
    return front[index], (weight / weight.sum(1, keepdims=True)).astype(np.float32)


def _normals(vertices: np.ndarray, faces: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Vertex normals `[wanted, 3]` of a few vertices."""
    flat = np.unique(wanted)
    use = np.isin(faces, flat).any(1)
    corner = vertices[faces[use]]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    out = np.zeros((len(vertices), 3), np.float32)
    for k in range(3):
        np.add.at(out, faces[use][:, k], normal)
    out = out[wanted]
    return out / (np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9)


@functools.cache
def _jaw_bands() -> list[np.ndarray]:
    """Candidates of the left contour (x > 0), from the ear to the middle of the chin."""
    head = canonical()
    v = head.vertices
    n = _normals(v, head.faces, np.arange(len(v)))
    skin = np.arange(len(v)) < head.topology.eye_rims.min()
    middle = (np.abs(v[:, 0]) < 0.05) & (v[:, 2] > 7) & (n[:, 2] > 0.25)
    chin = v[middle & skin, 1].min()
    bands = []
    for y in _JAW_Y:
        y = y * (chin / -11.9) if y < -7 else y
        near = (np.abs(v[:, 1] - y) < 0.18) & (v[:, 0] > 0)
        bands.append(np.flatnonzero(skin & near & (v[:, 2] > (0.5 if y > -6.5 else 1.2))))
    for x in _JAW_X:
        side = x > 2
        near = (np.abs(v[:, 0] - x) < 0.13) & (v[:, 1] < -7) & (v[:, 1] > -13)
        facing = (n[:, 2] > (0.12 if side else 0.30)) & (v[:, 2] > (5.0 if side else 6.3))
        bands.append(np.flatnonzero(skin & near & facing))
    return bands


@functools.cache
def _fixed() -> list[int]:
    """Vertices of landmarks 27 to 67 on the canonical head."""
    head = canonical()
    rings = head.topology.eye_rings
    nose = _nearest(np.array(_NOSE, float), 1)[0].ravel().tolist()
    left = [int(rings[0, 0, i]) for i in (0, 9, 15, 24, 33, 39)]
    right = [int(rings[1, 0, i]) for i in (24, 15, 9, 0, 39, 33)]
    w = anatomy.MOUTH_HALF_WIDTH
    line = head.topology.mouth_line
    columns = len(line) // 2 + 1
    upper, lower = (
        line[:columns],
        np.concatenate([line[:1], line[columns:][::-1], line[columns - 1 : columns]]),
    )
    x = np.array([-0.65, -0.25, 0, 0.25, 0.65]) * w
    outer_top = _border(head, np.stack([x, anatomy.mouth_curves(x)[1]], 1))
    x = np.array([0.67, 0.30, 0, -0.30, -0.67]) * w
    outer_bottom = _border(head, np.stack([x, anatomy.mouth_curves(x)[2]], 1))

    def on_line(chain, at):
        return int(chain[np.argmin(np.abs(head.vertices[chain, 0] - at * w))])

    inner = [on_line(upper, t) for t in (-0.85, -0.28, 0, 0.28, 0.85)]
    inner += [on_line(lower, t) for t in (0.28, 0, -0.28)]
    mouth = [int(upper[0]), *outer_top, int(upper[-1]), *outer_bottom, *inner]
    return nose + right + left + mouth


def _border(head, xy):
    return _nearest(xy, 1)[0].ravel().tolist()


def place(head: Canonical, world: np.ndarray, character) -> tuple[np.ndarray, np.ndarray]:
    """Finds the landmarks of a posed head.

    Args:
      head: the canonical head.
      world: `[vertices, 3]` the posed skin.
      character: for the brow sliders.

    Returns:
      `[68, 3]` float32 world cm and `[68, 3]` outward normals.
    """
    brows = {name: character[name] for name in _BROW_SLIDERS}
    curve = anatomy.brow_curve(_BROW_T, brows)
    curve = np.concatenate([curve[::-1] * [-1, 1], curve])
    brow_index, brow_weight = _nearest(curve)
    brow = (world[brow_index] * brow_weight[..., None]).sum(1)
    jaw = []
    for i, band in enumerate(_jaw_bands()):
        left = band[np.argmax(world[band, 0])] if i < 6 else band[np.argmin(world[band, 1])]
        other = head.mirror[band]
        right = other[np.argmin(world[other, 0])] if i < 6 else other[np.argmin(world[other, 1])]
        jaw.append((left, right))
    contour = [r for _, r in jaw] + [left for left, _ in jaw[-2::-1]]
    single = np.array(contour + _fixed())
    points = np.concatenate([world[single[:17]], brow, world[single[17:]]])
    lookup = np.concatenate([single[:17], brow_index[:, 0], single[17:]])
    return points.astype(np.float32), _normals(world, head.faces, lookup)
