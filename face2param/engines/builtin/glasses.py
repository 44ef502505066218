"""Glasses, fitted to the head: rims before the eyes, bridge on the nose, temples to the ears.

Everything is measured on the posed head before it turned (`mesh.face`, eyes and ears), so that
the frame keeps clear of brows, cheeks and lashes wherever the sliders put them.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from face2param.engines.builtin import head_pose
from face2param.engines.builtin.anatomy import EYE_X

FRAME_NAME, LENS_NAME = "glasses_frame", "glasses_lens"
FRAME_MATERIAL, LENS_MATERIAL = 8, 9

_POINTS = 44  # around a rim
_WRAP = 0.022  # curvature of the front in plan view, 1/cm
_CLEARANCE = 0.14


@dataclass(frozen=True)
class Frame:
    """One model of glasses; cm on a head with the canonical eye distance.

    Attributes:
      half_width: of a lens.
      half_height: of a lens.
      square: exponent of the superellipse (2 ellipse, 4 rounded rectangle).
      top: width of the rim's bar above.
      bottom: width of the rim's bar below (0: no rim there).
      depth: of the bars.
      drop: how much the outer upper corner droops (negative: rises).
      temple: height of the temples.
      colour: linear albedo of the frame.
      metal: 0 plastic to 1 metal.
      lens: opacity of the lens' tint and edge.
    """

    half_width: float
    half_height: float
    square: float
    top: float
    bottom: float
    depth: float
    drop: float
    temple: float
    colour: tuple[float, float, float]
    metal: float
    lens: float = 0.05


FRAMES: dict[str, Frame] = {
    "round": Frame(
        2.50, 2.15, 2.15, 0.24, 0.22, 0.30, 0.0, 0.36, (0.020, 0.011, 0.007), 0.0
    ),
    "rectangular": Frame(
        2.85, 1.65, 3.8, 0.28, 0.20, 0.32, -0.08, 0.45, (0.008, 0.008, 0.009), 0.0
    ),
    "browline": Frame(
        2.75, 1.80, 2.9, 0.46, 0.09, 0.30, -0.10, 0.40, (0.012, 0.008, 0.006), 0.2
    ),
    "rimless": Frame(
        2.75, 1.65, 3.0, 0.10, 0.07, 0.10, 0.0, 0.16, (0.23, 0.22, 0.20), 1.0, 0.10
    ),
}  # fmt: skip


@dataclass(frozen=True)
class _Fit:
    """Measures of the head that wears the glasses, before the head turned, cm."""

    centre: np.ndarray  # [2] x > 0 lens
    half: np.ndarray  # [2] half width and height of a lens
    front: float  # z of the middle of the frame
    temple: np.ndarray  # [6, 3] from the hinge to the top of the ear's root, x > 0


def _outline(frame: Frame, half: np.ndarray) -> np.ndarray:
    """Lens outline about its centre, +x towards the ear, `[points, 2]`, counter-clockwise."""
    a = np.linspace(0, 2 * np.pi, _POINTS, endpoint=False)
    c, s = np.cos(a), np.sin(a)
    reach = (np.abs(c) ** frame.square + np.abs(s) ** frame.square) ** (-1 / frame.square)
    x, y = c * reach * half[0], s * reach * half[1]
    # lenses narrow towards the nose below, and the outer upper corner may droop
    x = x + 0.10 * np.minimum(y / half[1], 0) * np.minimum(x / half[0], 0) * half[0]
    y = y - frame.drop * np.clip(x / half[0], 0, 1) * np.clip(y / half[1], 0, 1)
    return np.stack([x, y], 1)


def _unturned(mesh, name: str) -> np.ndarray:
    """Vertices of a part as they were before the head turned."""
    points = mesh.part(name).vertices
    return head_pose.turn(points, np.ones(len(points), np.float32), mesh.rotation.T)


def _fit(frame: Frame, mesh) -> _Fit:
    eyes = head_pose.turn(
        np.asarray(mesh.eyes.centres, np.float32), np.ones(2, np.float32), mesh.rotation.T
    )
    half_distance = 0.5 * float(eyes[0, 0] - eyes[1, 0])
    scale = half_distance / EYE_X
    half = np.array([frame.half_width * (0.35 + 0.65 * scale), frame.half_height])
    x = max(0.45 * half_distance + 0.55 * (half[0] + 0.95), half[0] + 0.82)
    centre = np.array([x, float(eyes[:, 1].mean()) - 0.22])
    skin = mesh.face
    front = _front(frame, skin, centre, half)
    lens = float(eyes[:, 2].mean() + mesh.eyes.radii.mean()) + 0.62
    front = max(front, lens + _WRAP * centre[0] ** 2)
    left, right = (_unturned(mesh, name) for name in ("ear_left", "ear_right"))
    ear = 0.5 * (_ear_root(left) + _ear_root(right * [-1, 1, 1]))
    edge = centre[0] + half[0] + 0.5 * frame.top
    hinge_x = edge + 0.22
    hinge = np.array([hinge_x, centre[1] + 0.45 * half[1], front - _WRAP * hinge_x**2 - 0.3])
    temple = hinge + (ear - hinge) * np.array([0.0, 0.2, 0.4, 0.6, 0.8, 1.0])[:, None]
    temple[:, 0] = np.linspace(hinge[0], max(ear[0], 0.0), 6)
    around = (skin[:, 1:] > temple[:, 1:].min(0) - 1) & (skin[:, 1:] < temple[:, 1:].max(0) + 1)
    sides = skin[(np.abs(skin[:, 0]) > 4) & around.all(1)]
    beside = np.abs(sides[:, None, 1:] - temple[None, :, 1:])
    near = (beside[..., 0] < 0.6) & (beside[..., 1] < 0.8)
    wide = np.where(near, np.abs(sides[:, :1]), 0.0).max(0, initial=0.0)
    temple[:, 0] = np.maximum(temple[:, 0], wide + 0.16)
    return _Fit(centre, half, front, temple)


def _ear_root(ear: np.ndarray) -> np.ndarray:
    """Where a temple rests: the upper front root of an ear with x > 0, `[3]`."""
    top = ear[:, 1].max()
    upper = ear[(ear[:, 1] < top - 0.5) & (ear[:, 1] > top - 2.0)]
    inner = upper[np.argsort(upper[:, 0], kind="stable")[: max(len(upper) // 6, 1)]]
    return np.array([inner[:, 0].mean(), top - 0.8, inner[:, 2].max() - 0.9])


def _front(frame: Frame, skin: np.ndarray, centre: np.ndarray, half: np.ndarray) -> float:
    """Smallest z of the frame's middle that keeps rims and bridge off the skin."""
    skin = skin[skin[:, 2] > 5]
    x, y = np.abs(skin[:, 0]) - centre[0], skin[:, 1] - centre[1]
    level = (np.abs(x / half[0]) ** frame.square + np.abs(y / half[1]) ** frame.square) ** (
        1 / frame.square
    )
    rim = np.abs(level - 1.05) < 0.14
    bridge = (np.abs(skin[:, 0]) < 0.7) & (np.abs(y - 0.42 * half[1]) < 0.25)
    needed = skin[:, 2] + _WRAP * skin[:, 0] ** 2 + 0.5 * frame.depth + _CLEARANCE
    front = needed[rim].max() if rim.any() else 9.8
    if bridge.any():
        front = max(front, needed[bridge].max() - 0.45)
    return float(front)


def _surface(fit: _Fit, x: np.ndarray, y: np.ndarray, forward: float = 0.0) -> np.ndarray:
    """Points of the curved front, `[n, 3]`; slightly tilted, as frames are."""
    z = fit.front - _WRAP * x**2 + 0.06 * (y - fit.centre[1]) + forward
    return np.stack([x, y, z], 1)


def _tube(rings: np.ndarray, closed: bool) -> np.ndarray:
    """Triangles of a tube over rings `[n, k, 3]`; ends are capped when it is open."""
    return _tube_faces(*rings.shape[:2], closed)


@functools.cache
def _tube_faces(n: int, k: int, closed: bool) -> np.ndarray:
    count = n if closed else n - 1
    i, j = np.meshgrid(np.arange(count), np.arange(k), indexing="ij")
    a, b = i * k + j, i * k + (j + 1) % k
    c, d = ((i + 1) % n) * k + j, ((i + 1) % n) * k + (j + 1) % k
    faces = [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([c, b, d], -1).reshape(-1, 3)]
    if not closed:
        fan = np.arange(1, k - 1)
        last = (n - 1) * k
        faces.append(np.stack([0 * fan, fan + 1, fan], 1))
        faces.append(np.stack([0 * fan + last, fan + last, fan + 1 + last], 1))
    joined = np.concatenate(faces).astype(np.int32)
    joined.setflags(write=False)
    return joined


def _bar(line: np.ndarray, across: np.ndarray, width, depth) -> np.ndarray:
    """Rings of a bar with rounded-rectangle section along `line` `[n, 3]`.

    Args:
      line: centre line.
      across: `[n, 3]` unit direction of its width; the depth is at right angles to both.
      width: cm, scalar or `[n]`.
      depth: cm.
    """
    along = np.gradient(line, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    deep = np.cross(along, across)
    deep /= np.linalg.norm(deep, axis=1, keepdims=True)
    width = np.broadcast_to(np.asarray(width, float), (len(line),))[:, None]
    corners = ((0.5, 0.3), (0.3, 0.5), (-0.3, 0.5), (-0.5, 0.3),
               (-0.5, -0.3), (-0.3, -0.5), (0.3, -0.5), (0.5, -0.3))  # fmt: skip
    return np.stack([line + across * width * u + deep * depth * v for u, v in corners], 1)


def _rim(frame: Frame, fit: _Fit):
    outline = _outline(frame, fit.half)
    line = _surface(fit, fit.centre[0] + outline[:, 0], fit.centre[1] + outline[:, 1])
    tangent = np.roll(line, -1, 0) - np.roll(line, 1, 0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    across = np.cross(tangent, [0.0, 0.0, 1.0])
    across /= np.linalg.norm(across, axis=1, keepdims=True)
    up = np.clip((outline[:, 1] / fit.half[1] + 0.05) / 0.3, 0, 1)
    width = frame.bottom + (frame.top - frame.bottom) * up
    deep = np.cross(tangent, across)
    corners = ((0.5, 0.3), (0.3, 0.5), (-0.3, 0.5), (-0.5, 0.3),
               (-0.5, -0.3), (-0.3, -0.5), (0.3, -0.5), (0.5, -0.3))  # fmt: skip
    rings = np.stack(
        [line + across * (width[:, None] * u) + deep * (frame.depth * v) for u, v in corners], 1
    )
    return rings


def _bridge(frame: Frame, fit: _Fit) -> np.ndarray:
    inner = fit.centre[0] - fit.half[0] + 0.12
    t = np.linspace(-1, 1, 9)
    y = fit.centre[1] + 0.42 * fit.half[1] + 0.16 * (1 - t**2)
    line = _surface(fit, inner * t, y)
    line[:, 2] += 0.12 * (1 - t**2)
    width = max(0.75 * frame.top, 0.12) if frame.bottom > 0.1 else max(0.35 * frame.top, 0.12)
    return _bar(line, np.tile([0.0, 1.0, 0.0], (9, 1)), width, max(0.7 * frame.depth, 0.12))


def _temple(frame: Frame, fit: _Fit) -> np.ndarray:
    """From the rim's outer corner over the hinge to the ear and down behind it."""
    edge_x = fit.centre[0] + fit.half[0] - 0.05
    start = _surface(fit, np.array([edge_x]), fit.temple[:1, 1])[0]
    corner = fit.temple[0] + [-0.02, 0.0, 0.22]
    behind = fit.temple[-1] + [-0.1, -0.5, -1.0]
    low = fit.temple[-1] + [-0.3, -2.4, -1.8]
    line = np.array([start, corner, *fit.temple, behind, low])
    across = np.tile([0.0, 1.0, 0.0], (len(line), 1))
    across[-2:] = [0.0, 0.6, -0.8]
    return _bar(line, across, frame.temple, 0.16 if frame.metal < 0.5 else 0.10)


def _lens(frame: Frame, fit: _Fit):
    outline = _outline(frame, fit.half)
    shares = (1.0, 0.7, 0.35)
    rings = []
    for share in shares:
        x, y = fit.centre[0] + outline[:, 0] * share, fit.centre[1] + outline[:, 1] * share
        rings.append(_surface(fit, x, y, forward=0.10 * (1 - share**2)))
    middle = _surface(fit, fit.centre[:1], fit.centre[1:], forward=0.10)
    vertices = np.concatenate([*rings, middle])
    k = np.arange(_POINTS)
    after = (k + 1) % _POINTS
    faces = []
    for r in range(len(shares) - 1):
        a, b = r * _POINTS + k, r * _POINTS + after
        faces += [np.stack([a, b, a + _POINTS], 1), np.stack([a + _POINTS, b, b + _POINTS], 1)]
    last = (len(shares) - 1) * _POINTS
    faces.append(np.stack([last + k, last + after, 0 * k + last + _POINTS], 1))
    return vertices, np.concatenate(faces)


def _both_sides(vertices: np.ndarray, faces: np.ndarray):
    mirrored = vertices * [-1.0, 1.0, 1.0]
    return (
        np.concatenate([vertices, mirrored]),
        np.concatenate([faces, faces[:, ::-1] + len(vertices)]),
    )


def build(character, mesh) -> list:
    """Glasses of a character.

    Args:
      character: of the built-in schema.
      mesh: the posed head that wears them.

    Returns:
      Parts "glasses_frame" and "glasses_lens" in world cm, or nothing. Colours are in
      `FRAMES[character["glasses"]]`.
    """
    from face2param.engines.builtin.geometry import Part

    frame = FRAMES.get(character["glasses"])
    if frame is None:
        return []
    fit = _fit(frame, mesh)
    pieces = []
    for rings, closed, mirrored in (
        (_rim(frame, fit), True, True),
        (_temple(frame, fit), False, True),
        (_bridge(frame, fit), False, False),
    ):
        vertices, faces = rings.reshape(-1, 3), _tube(rings, closed)
        pieces.append(_both_sides(vertices, faces) if mirrored else (vertices, faces))
    vertices, faces, start = [], [], 0
    for v, f in pieces:
        vertices.append(v)
        faces.append(f + start)
        start += len(v)
    lens_vertices, lens_faces = _both_sides(*_lens(frame, fit))

    def part(name, v, f, material):
        turned = head_pose.turn(v, np.ones(len(v), np.float32), mesh.rotation)
        return Part(name, turned.astype(np.float32), f.astype(np.int32), material)

    return [
        part(FRAME_NAME, np.concatenate(vertices), np.concatenate(faces), FRAME_MATERIAL),
        part(LENS_NAME, lens_vertices, lens_faces, LENS_MATERIAL),
    ]


__all__ = ["FRAMES", "FRAME_MATERIAL", "LENS_MATERIAL", "Frame", "build"]
