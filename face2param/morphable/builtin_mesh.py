"""The part of the procedural head that the built-in face model covers, as one mesh.

Face, ears and the front of the neck; eyes, teeth, tongue and the wall of the mouth, so that an
open mouth is no hole. Skull and back of the head are left out, as in the Basel face that Deep3D
uses: hair covers them on photographs.
"""

import functools
from typing import NamedTuple

import numpy as np

from face2param.engines.builtin.canonical import Canonical, canonical
from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.masks import HAIRLINE
from face2param.engines.builtin.texture import texture

# Outline of the skin that is kept: degrees from the front, height in cm (0 = pupils).
_WIDEST = 100.0
_BELOW_NECK = -13.6
_ABOVE_HAIRLINE = 1.4
_EYE_CAP = 1.25  # radians from the gaze: what lies behind is never seen
_PARTS = ("skin", "ear_left", "ear_right", "eye_left", "eye_right", "teeth_upper", "teeth_lower",
          "tongue", "cavity")  # fmt: skip


class Part(NamedTuple):
    """One piece: rows of the head's part `name`, and where it starts in the model.

    Attributes: name, rows `[n]` of the part's vertices, faces `[m, 3]` in the model's
    numbering, start (first vertex in the model).
    """

    name: str
    rows: np.ndarray
    faces: np.ndarray
    start: int

    @property
    def span(self) -> slice:
        """Where the piece lies in the model."""
        return slice(self.start, self.start + len(self.rows))


class Plan(NamedTuple):
    """What of the head is kept.

    Attributes: parts by name in the model's order, count (vertices), faces `[triangles, 3]`
    int32, skin_faces `[m]` (the kept triangles of the skin, by their number there).
    """

    parts: dict[str, Part]
    count: int
    faces: np.ndarray
    skin_faces: np.ndarray


def _kept_skin(head: Canonical) -> np.ndarray:
    """Which vertices of the skin are kept, `[vertices]` bool."""
    x, y, z = head.vertices.T
    degrees = np.degrees(np.abs(np.arctan2(x, z + 0.5)))
    top = np.interp(degrees, *HAIRLINE) + _ABOVE_HAIRLINE
    # Over and behind the ear the hairline drops; the model keeps the temple.
    top = np.maximum(top, np.interp(degrees, [60, 100], [5.5, 3.0]))
    return (degrees < _WIDEST) & (y < top) & (y > _BELOW_NECK)


def plan_for(mesh: HeadMesh) -> Plan:
    """Plans the model's mesh.

    Args:
      mesh: any posed head; only its connectivity is used.
    """
    head = canonical()
    parts, faces, start, skin_faces = {}, [], 0, np.zeros(0, int)
    for name in _PARTS:
        part = mesh.part(name)
        if name == "skin":
            keep = _kept_skin(head)
        elif name.startswith("eye"):
            keep = _eye_cap()
        else:
            keep = np.ones(len(part.vertices), bool)
        inside = keep[part.faces].all(1)
        used = np.zeros(len(keep), bool)
        used[part.faces[inside]] = True
        rows = np.flatnonzero(used)
        number = np.full(len(keep), -1)
        number[rows] = start + np.arange(len(rows))
        if name == "skin":
            skin_faces = np.flatnonzero(inside)
        parts[name] = Part(name, rows, number[part.faces[inside]].astype(np.int32), start)
        faces.append(parts[name].faces)
        start += len(rows)
    return Plan(parts, start, np.concatenate(faces), skin_faces)


@functools.cache
def _eye_cap() -> np.ndarray:
    from face2param.engines.builtin.eyes import eyeball

    return np.arccos(np.clip(eyeball()[0][:, 2], -1, 1)) < _EYE_CAP


def gather(plan: Plan, mesh: HeadMesh) -> np.ndarray:
    """The model's vertices `[vertices, 3]` float32 on a posed head, cm."""
    return np.concatenate([mesh.part(p.name).vertices[p.rows] for p in plan.parts.values()])


# Boxes of the small pieces in the texture: left, top, width, height; the skin has the rest.
_SKIN_BOX = (0.01, 0.01, 0.98, 0.80)
_BOX_TOP, _BOX_WIDTH, _BOX_HEIGHT, _BOX_STEP = 0.83, 0.115, 0.155, 0.125


def unwrap(plan: Plan) -> np.ndarray:
    """Texture coordinates `[vertices, 2]` in [0, 1], v = 0 at the top; no vertex needs two.

    The skin is unrolled like a cylinder whose seam lies behind the ears, outside the model.
    """
    head = canonical()
    corner = texture().corner_uv[plan.skin_faces]
    skin = plan.parts["skin"]
    uv = np.zeros((plan.count, 2), np.float32)
    uv[skin.faces.reshape(-1)] = corner.reshape(-1, 2)
    uv[skin.span] = _fit(uv[skin.span], _SKIN_BOX)
    others = [part for part in plan.parts.values() if part.name != "skin"]
    for k, part in enumerate(others):
        box = (0.005 + k * _BOX_STEP, _BOX_TOP, _BOX_WIDTH, _BOX_HEIGHT)
        uv[part.span] = _fit(_flat(part, head), box)
    return uv


def _fit(points: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    low, high = points.min(0), points.max(0)
    return np.asarray(box[:2]) + (points - low) / (high - low) * np.asarray(box[2:])


def _flat(part: Part, head: Canonical) -> np.ndarray:
    """Plane coordinates of a small piece, before they are fitted into their box."""
    from face2param.engines.builtin import ears, eyes, mouth_cavity

    if part.name.startswith("eye"):
        unit = eyes.eyeball()[0][part.rows]
        angle = np.arccos(np.clip(unit[:, 2], -1, 1))
        radius = angle / np.maximum(np.hypot(unit[:, 0], unit[:, 1]), 1e-6)
        return unit[:, :2] * radius[:, np.newaxis] * [1, -1]
    if part.name.startswith("ear"):
        # Rings around the ear's middle: the front inside, the back around it.
        points = ears.template()[0]
        around = np.arange(len(points)) % 44
        ring = np.arange(len(points)) // 44
        angle = 2 * np.pi * around / 44
        side = 1 if part.name == "ear_left" else -1
        flat = np.stack([side * np.cos(angle), -np.sin(angle)], 1) * (ring + 0.5)[:, np.newaxis]
        return flat[part.rows]
    if part.name.startswith("teeth"):
        vertices, faces, corner = mouth_cavity.teeth(part.name == "teeth_upper")
        along = np.zeros((len(vertices), 2))
        along[faces.reshape(-1)] = corner.reshape(-1, 2)
        rows = np.round(np.arange(len(vertices)) // (len(vertices) // 11))
        return np.stack([along[:, 0], rows], 1)[part.rows]
    if part.name == "tongue":
        index = np.arange(15 * 29)
        return np.stack([index % 29, index // 29], 1).astype(float)[part.rows]
    count = len(head.topology.inner_lips[-1])
    index = np.arange(len(head.cavity_vertices))
    return np.stack([index % count, index // count], 1).astype(float)[part.rows]


_FRONT_DEGREES = 72.0


def masks(plan: Plan, painted: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Which vertices are bare skin, and which triangles a photograph is compared with.

    Args:
      plan: of the model's mesh.
      painted: masks at the skin's vertices, name -> `[skin vertices]` in [0, 1].

    Returns:
      `[vertices]` bool: forehead, cheeks and nose, without brows, eyes, lips, nostrils and
      where beards grow. `[triangles]` bool: the face with its eyes, without ears, neck, hair
      and the inside of the mouth.
    """
    from face2param.engines.builtin.masks import REGION_NECK

    head = canonical()
    skin = plan.parts["skin"]
    x, y, z = head.vertices[skin.rows].T
    degrees = np.degrees(np.abs(np.arctan2(x, z + 0.5)))
    inside = np.isin(skin.rows, head.topology.eye_rims) | np.isin(
        skin.rows, head.topology.inner_lips
    )
    neck = np.round(painted["region"] * 255) == REGION_NECK
    front = (degrees < _FRONT_DEGREES) & ~neck & (painted["scalp"] < 0.5)
    brow = (np.abs(x) < 6.6) & (y > 0.9) & (y < 3.3) & (z > 2)
    eye = np.hypot((np.abs(x) - 3.25) / 2.3, (y + 0.1) / 1.25) < 1
    hair = np.maximum.reduce([painted[f"beard_{k}"] for k in ("cheek", "lip", "chin")])
    bare = front & ~inside & ~brow & ~eye & (hair < 0.4) & (painted["scalp"] < 0.1)
    bare &= (painted["lips"] < 0.05) & (painted["nostril"] < 0.1)
    skin_mask = np.zeros(plan.count, bool)
    skin_mask[skin.span] = bare
    compared = np.zeros(plan.count, bool)
    compared[skin.span] = front
    for name in ("eye_left", "eye_right"):
        compared[plan.parts[name].span] = True
    return skin_mask, compared[plan.faces].all(1)
