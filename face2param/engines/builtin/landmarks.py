"""The 68 landmarks on the mesh, placed where dlib's predictor puts them.

The inner 51 are fixed points of the skin (those of the brows depend on the brow sliders) plus
small offsets: the mean difference between the anatomical points and dlib's annotation,
measured on random heads (tests/benchmarks). The contour of the jaw is dynamic: the outermost
skin, as the camera sees it, at heights that move with the eyes and the chin.
"""

import functools

import numpy as np
from scipy.spatial import cKDTree

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.canonical import Canonical, canonical

# ---- brows: dlib's inner and outer ends hardly follow the length and the gap of a brow.
_BROW_T = np.array([-0.12, 0.2, 0.5, 0.8, 1.10])
_BROW_DAMPING = {"brow_arch": 1.0, "brow_tilt": 0.85, "brow_length": 0.2, "brow_gap": 0.25}
_BROW_EDGE = np.array([1.0, 1.0, 1.0, 0.6, 0.0])  # share of the half width added upwards
_BROW_OFFSET = np.array([[0.34, -0.14], [0.19, 0.15], [0.21, 0.19], [0.21, 0.17], [-0.02, -0.19]])

# ---- offsets (x towards the ear, y up; cm) of landmarks at x >= 0 and on the midline.
_OFFSETS = {
    27: (0, -0.13), 28: (0, -0.14), 29: (0, -0.09), 30: (0, -0.02),
    33: (0, -0.05), 34: (-0.03, 0.01), 35: (-0.10, -0.12),
    42: (0.16, -0.07), 43: (-0.02, -0.07), 44: (-0.22, -0.08), 45: (-0.40, -0.06),
    46: (-0.13, -0.04), 47: (0.07, -0.03),
    51: (0, -0.24), 52: (0.01, -0.15), 53: (-0.33, -0.09), 54: (-0.37, -0.13),
    55: (-0.29, -0.15), 56: (-0.07, -0.11), 57: (0, -0.08), 62: (0, -0.06),
    63: (-0.10, -0.05), 64: (-0.36, -0.12), 65: (-0.11, -0.10), 66: (0, -0.12),
}  # fmt: skip
_PARTNER = {
    34: 32, 35: 31, 42: 39, 43: 38, 44: 37, 45: 36, 46: 41, 47: 40, 52: 50, 53: 49, 54: 48,
    55: 59, 56: 58, 63: 61, 64: 60, 65: 67,
}  # fmt: skip
_NOSE = ((0, 0.15), (0, -1.2), (0, -2.5), (0, -3.85), (-1.3, -4.75), (-0.62, -4.95), (0, -5.08),
         (0.62, -4.95), (1.3, -4.75))  # fmt: skip

# ---- side of the contour, from the ear down: height on the canonical head (cm), and how much
# of the movement of the eyes and of the chin it takes.
_SIDE = (
    (0.48, 0.85, 0.30),
    (-1.52, 0.75, 0.36),
    (-3.54, 0.68, 0.44),
    (-5.57, 0.58, 0.52),
    (-7.45, 0.52, 0.62),
    (-9.10, 0.42, 0.72),
)
_SIDE_REACH = 0.45
# Bottom of the contour: x on the canonical head (cm), from the side to the middle.
_BOTTOM = (3.28, 1.62, 0.0)
# The camera stands this far in front of the ears (cm): it sees nearer skin further out.
_CAMERA_DISTANCE = 100.0


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
    touched = np.zeros(len(vertices), bool)
    touched[wanted] = True
    use = touched[faces].any(1)
    corner = vertices[faces[use]]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    out = np.zeros((len(vertices), 3), np.float32)
    for k in range(3):
        np.add.at(out, faces[use][:, k], normal)
    out = out[wanted]
    return out / (np.linalg.norm(out, axis=-1, keepdims=True) + 1e-9)


@functools.cache
def _contour_candidates() -> tuple[np.ndarray, list[np.ndarray]]:
    """Left skin (x > 0) that may be the side of the face, and bands of the chin's underside."""
    head = canonical()
    v = head.vertices
    n = _normals(v, head.faces, np.arange(len(v)))
    skin = np.arange(len(v)) < head.topology.eye_rims.min()
    depth = np.where(v[:, 1] > -6.5, 0.5, 1.2)
    side = skin & (v[:, 0] > 2.0) & (v[:, 2] > depth) & (v[:, 1] > -11.0) & (v[:, 1] < 2.5)
    side &= n[:, 1] > -0.75
    bands = []
    for x in _BOTTOM:
        wide = x > 2
        near = (np.abs(v[:, 0] - x) < 0.13) & (v[:, 1] < -7) & (v[:, 1] > -13)
        facing = (n[:, 2] > (0.12 if wide else 0.30)) & (v[:, 2] > (4.8 if wide else 6.3))
        bands.append(np.flatnonzero(skin & near & facing))
    return np.flatnonzero(side), bands


@functools.cache
def _fixed() -> np.ndarray:
    """Vertices of landmarks 27 to 67 on the canonical head."""
    head = canonical()
    rings = head.topology.eye_rings
    nose = _nearest(np.array(_NOSE, float), 1)[0].ravel().tolist()
    left = [int(rings[0, 0, i]) for i in (0, 9, 15, 24, 33, 39)]
    right = [int(rings[1, 0, i]) for i in (24, 15, 9, 0, 39, 33)]
    w = anatomy.MOUTH_HALF_WIDTH
    line = head.topology.mouth_line
    columns = len(line) // 2 + 1
    upper = line[:columns]
    lower = np.concatenate([line[:1], line[columns:][::-1], line[columns - 1 : columns]])

    def on_border(t, curve):
        x = np.array(t) * w
        return _nearest(np.stack([x, anatomy.mouth_curves(x)[curve]], 1), 1)[0].ravel().tolist()

    def on_line(chain, at):
        return int(chain[np.argmin(np.abs(head.vertices[chain, 0] - at * w))])

    top = on_border((-0.65, -0.25, 0, 0.25, 0.65), 1)
    bottom = on_border((0.67, 0.30, 0, -0.30, -0.67), 2)
    inner = [on_line(upper, t) for t in (-0.85, -0.28, 0, 0.28, 0.85)]
    inner += [on_line(lower, t) for t in (0.28, 0, -0.28)]
    mouth = [int(upper[0]), *top, int(upper[-1]), *bottom, *inner]
    return np.array(nose + right + left + mouth)


@functools.cache
def _offsets() -> np.ndarray:
    """`[68, 3]` float32 offsets in cm, in the frame of the head."""
    out = np.zeros((68, 3), np.float32)
    for i, (dx, dy) in _OFFSETS.items():
        out[i, :2] = dx, dy
        if i in _PARTNER:
            out[_PARTNER[i], :2] = -dx, dy
    return out


@functools.cache
def _reference_heights() -> tuple[float, float]:
    """Heights of the eyes and of the chin on the canonical head."""
    v = canonical().vertices
    eyes = v[canonical().topology.eye_rings[:, 0].ravel(), 1].mean()
    band = _contour_candidates()[1][-1]
    return float(eyes), float(v[band, 1].min())


def _contour(head: Canonical, face: np.ndarray, world: np.ndarray):
    """Points of the jaw's contour, `[17, 3]`, and the vertices that they lie next to."""
    candidates, bands = _contour_candidates()
    eyes0, chin0 = _reference_heights()
    ring = face[head.topology.eye_rings[:, 0].ravel(), 1].mean()
    eyes = float(ring) - eyes0
    chin = float(face[bands[-1], 1].min()) - chin0
    outward = world[:, 0] / (_CAMERA_DISTANCE - world[:, 2])
    points, vertices = np.zeros((17, 3), np.float32), np.zeros(17, int)
    for side, pool in ((1, candidates), (-1, head.mirror[candidates])):
        height = face[pool, 1]
        for i, (y, with_eyes, with_chin) in enumerate(_SIDE):
            target = y + with_eyes * eyes + with_chin * chin
            above = pool[(height >= target) & (height < target + _SIDE_REACH)]
            below = pool[(height < target) & (height > target - _SIDE_REACH)]
            if not len(above) or not len(below):
                above = below = pool[[np.argmin(np.abs(height - target))]]
            a = above[np.argmax(side * outward[above])]
            b = below[np.argmax(side * outward[below])]
            span = face[a, 1] - face[b, 1]
            t = (target - face[b, 1]) / span if span > 1e-6 else 0.5
            at = 16 - i if side > 0 else i
            points[at] = world[b] + np.float32(t) * (world[a] - world[b])
            vertices[at] = a
        for i, band in enumerate(bands):
            band = band if side > 0 else head.mirror[band]
            lowest = band[np.argmin(world[band, 1])]
            at = 10 - i if side > 0 else 6 + i
            points[at], vertices[at] = world[lowest], lowest
    return points, vertices


def place(head: Canonical, face: np.ndarray, world: np.ndarray, rotation: np.ndarray, character):
    """Finds the landmarks of a posed head.

    Args:
      head: the canonical head.
      face: `[vertices, 3]` the skin with its expression before the head turns.
      world: `[vertices, 3]` the posed skin.
      rotation: `[3, 3]` of the head.
      character: for the brow sliders.

    Returns:
      `[68, 3]` float32 world cm and `[68, 3]` outward normals of the skin there.
    """
    brows = {k: 0.5 + d * (character[k] - 0.5) for k, d in _BROW_DAMPING.items()}
    curve = anatomy.brow_curve(_BROW_T, brows) + _BROW_OFFSET
    half = anatomy.brow_half_width(np.clip(_BROW_T, 0, 1), character["brow_thickness"])
    curve[:, 1] += _BROW_EDGE * half
    curve = np.concatenate([curve[::-1] * [-1, 1], curve])
    brow_index, brow_weight = _nearest(curve)
    brow = (world[brow_index] * brow_weight[..., None]).sum(1)
    contour, contour_index = _contour(head, face, world)
    fixed = _fixed()
    points = np.concatenate([contour, brow, world[fixed]])
    points += _offsets() @ rotation.T.astype(np.float32)
    lookup = np.concatenate([contour_index, brow_index[:, 0], fixed])
    return points.astype(np.float32), _normals(world, head.faces, lookup)
