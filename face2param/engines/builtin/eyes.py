"""Eyeballs, the sliding of the lids over them, and lashes."""

import functools

import numpy as np
from scipy.sparse import csr_matrix
from scipy.spatial import cKDTree

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.topology import LID_SEGMENTS, Topology

# Space between the eyeball and the skin of the lids, and the rims of the lids (cm).
_SKIN_CLEARANCE = 0.11
_RIM_CLEARANCE = 0.03
# The eyes of a person who looks at the camera turn in by this much (radians).
_CONVERGENCE = 0.038
_COLUMNS = LID_SEGMENTS + 1


@functools.cache
def eyeball() -> tuple[np.ndarray, np.ndarray]:
    """Front of a unit sphere, dense at the iris: vertices `[n, 3]` (z: gaze), faces `[m, 3]`."""
    around = 36
    theta = np.concatenate([np.linspace(0, 0.42, 13), np.linspace(0.48, 1.75, 16)])
    phi = np.linspace(0, 2 * np.pi, around + 1)
    t, q = np.meshgrid(theta, phi, indexing="ij")
    vertices = np.stack([np.sin(t) * np.cos(q), np.sin(t) * np.sin(q), np.cos(t)], -1)
    i, j = np.meshgrid(np.arange(len(theta) - 1), np.arange(around), indexing="ij")
    a = i * (around + 1) + j
    b = a + around + 1
    faces = np.stack([a, b, a + 1, a + 1, b, b + 1], -1).reshape(-1, 3)
    return vertices.reshape(-1, 3), faces.astype(np.int32)


def gaze_rotation(side: int, yaw: float, pitch: float) -> np.ndarray:
    """Rotation `[3, 3]` of an eye (side 1: x > 0); yaw > 0 looks to +x, pitch > 0 up."""
    yaw = yaw - side * _CONVERGENCE
    cy, sy, cp, sp = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    return about_y @ about_x


def lid_travel(blink: float, wide: float, squint: float, gaze_pitch: float) -> tuple[float, float]:
    """How far the lids travel towards each other, as fractions of the opening.

    Returns:
      Travel of the upper and of the lower lid; 1 in sum closes the eye, negative opens it.
    """
    down, up = max(-gaze_pitch, 0.0) / 0.436, max(gaze_pitch, 0.0) / 0.436
    upper = 0.86 * blink + 0.13 * squint + 0.42 * down - 0.30 * wide - 0.20 * up
    lower = 0.14 * blink + 0.34 * squint - 0.10 * down - 0.08 * wide + 0.04 * up
    total = upper + lower
    if total > 1.0:
        upper, lower = upper / total, lower / total
    return upper, lower


def lid_operators(points: np.ndarray, topology: Topology) -> list[tuple[csr_matrix, csr_matrix]]:
    """Which skin vertices follow which column of the lids.

    Args:
      points: `[vertices, 3]` the canonical skin.
      topology: of the skin.

    Returns:
      For both eyes (+x first) a pair of `[vertices, columns]` matrices, upper and lower lid:
      rings follow less the further they are from the edge of the lid.
    """
    out = []
    count = len(points)
    column = np.concatenate([np.arange(_COLUMNS), np.arange(_COLUMNS - 2, 0, -1)])
    is_upper = np.arange(2 * LID_SEGMENTS) < _COLUMNS
    for k in (0, 1):
        follow = [np.zeros((count, _COLUMNS)), np.zeros((count, _COLUMNS))]
        rings = topology.eye_rings[k]
        on_ring = []
        for offset, ring in zip(anatomy.EYE_RING_OFFSETS, rings, strict=True):
            s = np.clip(offset, 0, 1)
            fade = 1 - s * s * (3 - 2 * s)
            for i in np.flatnonzero(ring >= 0):
                follow[0 if is_upper[i] else 1][ring[i], column[i]] = fade
                on_ring.append(ring[i])
        for ring in topology.eye_rims[k]:
            for i, v in enumerate(ring):
                follow[0 if is_upper[i] else 1][v, column[i]] = 1.0
        on_ring = np.array(on_ring)
        edge = cKDTree(points[rings[0]])
        distance, _ = edge.query(points)
        others = np.setdiff1d(
            np.flatnonzero(distance < 1.3), np.concatenate([on_ring, topology.eye_rims.ravel()])
        )
        near, index = cKDTree(points[on_ring]).query(points[others], 3)
        weight = 1 / (near + 1e-3)
        weight /= weight.sum(1, keepdims=True)
        for matrix in follow:
            matrix[others] = (matrix[on_ring[index]] * weight[..., None]).sum(1)
        out.append(tuple(csr_matrix(m.astype(np.float32)) for m in follow))
    return out


def move_lids(skin, operators, topology, travel) -> None:
    """Slides the lids, in place.

    Args:
      skin: `[vertices, 3]` float32, the face with its expression, before the head turns.
      operators: of `lid_operators`.
      topology: of the skin.
      travel: for both eyes (+x first) the pair of `lid_travel`.
    """
    for k, (upper, lower) in enumerate(travel):
        if upper == 0.0 and lower == 0.0:
            continue
        ring = skin[topology.eye_rings[k, 0]]
        top = ring[:_COLUMNS]
        bottom = np.concatenate([ring[LID_SEGMENTS:], ring[:1]])[::-1]
        gap = bottom - top
        skin += operators[k][0] @ (gap * np.float32(upper))
        skin -= operators[k][1] @ (gap * np.float32(lower))


def contact_candidates(points: np.ndarray, topology: Topology) -> list[tuple[np.ndarray, ...]]:
    """Vertices that may touch the eyeballs: for both eyes those of the skin and of the rim."""
    out = []
    inner = np.zeros(len(points), bool)
    inner[topology.eye_rims.ravel()] = True
    for k, side in ((0, 1), (1, -1)):
        centre = np.array([side * anatomy.EYE_X, anatomy.EYE_Y, anatomy.EYE_Z])
        near = np.linalg.norm(points - centre, axis=1) < 3.2
        out.append((np.flatnonzero(near & ~inner), topology.eye_rims[k, 0]))
    return out


def keep_off(skin, candidates, centres, radii) -> None:
    """Pushes the lids out of the eyeballs, in place.

    Args:
      skin: `[vertices, 3]` float32.
      candidates: of `contact_candidates`.
      centres: `[2, 3]` of the eyeballs, +x first.
      radii: `[2]` cm.
    """
    for k in (0, 1):
        for index, clearance in zip(candidates[k], (_SKIN_CLEARANCE, _RIM_CLEARANCE), strict=True):
            offset = skin[index] - centres[k]
            length = np.sqrt((offset * offset).sum(1))
            radius = radii[k] + np.float32(clearance)
            inside = (length < radius) & (offset[:, 2] > 0)
            scale = (radius / np.maximum(length, 1e-6))[inside, None]
            skin[index[inside]] = centres[k] + offset[inside] * scale


@functools.cache
def _lash_plan():
    """Positions along the rings and jitter of the blades of one eye, upper lid first."""
    rng = np.random.default_rng(3)
    upper, lower = np.linspace(0.08, 0.985, 64), np.linspace(0.05, 0.8, 22)
    t = np.concatenate([upper, 1 - lower])
    position = np.concatenate([upper * LID_SEGMENTS, LID_SEGMENTS + lower * LID_SEGMENTS])
    is_upper = np.arange(len(t)) < len(upper)
    jitter = rng.normal(0, 0.08, len(t))
    length = 0.8 + 0.4 * rng.random(len(t))
    return t, position, is_upper, jitter, length


def lashes(skin, topology, amount: float, closed: tuple[float, float]):
    """Two-segment blades along the edges of the lids.

    Args:
      skin: `[vertices, 3]` before the head turns.
      topology: of the skin.
      amount: length of the lashes in [0, 1].
      closed: how far each eye (+x first) is closed, in [0, 1]; upper lashes sink with it.

    Returns:
      Vertices `[n, 3]` float32 and faces `[m, 3]` int32.
    """
    t, position, is_upper, jitter, spread = _lash_plan()
    vertices = []
    sides = 2 * LID_SEGMENTS
    for k, side in ((0, 1), (1, -1)):
        ring = skin[topology.eye_rings[k, 0]].astype(np.float64)
        i = position.astype(int)
        f = (position - i)[:, None]
        start, end = ring[i % sides], ring[(i + 1) % sides]
        root = start * (1 - f) + end * f
        along = end - start
        along /= np.linalg.norm(along, axis=1)[:, None] + 1e-9
        lift = np.where(is_upper, 0.75 - 1.25 * closed[k], -0.7)
        aside = (t - 0.42) * 1.5 + jitter
        ray = np.stack([side * aside, lift, np.full(len(t), 0.55)], 1)
        ray /= np.linalg.norm(ray, axis=1)[:, None]
        base = np.where(is_upper, 0.10 + 0.34 * amount, 0.04 + 0.10 * amount)
        length = (base * (0.55 + 0.6 * t) * spread)[:, None]
        curl = np.stack([0 * t, -0.10 * lift, np.full(len(t), 0.12)], 1)
        end_curl = np.stack([0.3 * side * aside, 0.12 * lift, 0 * t], 1)
        width = 0.020
        middle = root + ray * length * 0.55 + curl * length
        tip = root + ray * length + end_curl * length
        blade = (
            root - along * width,
            root + along * width,
            middle - along * width * 0.7,
            middle + along * width * 0.7,
            tip,
        )
        vertices.append(np.stack(blade, 1).reshape(-1, 3))
    count = 2 * len(t)
    first = 5 * np.arange(count)[:, None]
    pattern = np.array([[0, 1, 2], [1, 3, 2], [2, 3, 4]]).reshape(1, -1)
    faces = (first + pattern).reshape(-1, 3).astype(np.int32)
    return np.concatenate(vertices).astype(np.float32), faces
