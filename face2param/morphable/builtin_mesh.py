"""The part of the procedural head that the built-in face model covers, as one mesh.

Face, ears and the front of the neck; eyes, teeth, tongue and the wall of the mouth, so that an
open mouth is no hole. Skull and back of the head are left out, as in the Basel face that Deep3D
uses: hair covers them on photographs. Around the brows the head's triangles are split, because
colours are kept per vertex and brows are narrow.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix

from face2param.engines.builtin import eyes
from face2param.engines.builtin.canonical import Canonical, canonical
from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.masks import HAIRLINE
from face2param.engines.builtin.texture import texture
from face2param.morphable import cutting

# Outline of the skin that is kept: degrees from the front, height in cm (0 = pupils).
_WIDEST = 118.0
_BELOW_NECK = -13.4
_ABOVE_HAIRLINE = 0.9
# Eyeballs are made this much smaller: lids that close along straight lines would cut into them.
_EYE_SCALE = 0.97
_EYE_CAP = 1.25  # radians from the gaze: what lies behind is never seen
_CM_PER_DEGREE = 0.12
_SNAP = 0.05
NAMES = ("skin", "ear_left", "ear_right", "eye_left", "eye_right", "teeth_upper", "teeth_lower",
         "tongue", "cavity")  # fmt: skip


class Part(NamedTuple):
    """One piece of the model.

    Attributes:
      name: of the head's part that it is taken from.
      matrix: `[vertices, part vertices]` sparse, the piece's vertices as mixtures.
      rows: `[vertices]` the part's vertex of each, -1 where it is a mixture of several.
      faces: `[triangles, 3]` int32 in the model's numbering.
      start: its first vertex in the model.
    """

    name: str
    matrix: csr_matrix
    rows: np.ndarray
    faces: np.ndarray
    start: int

    @property
    def span(self) -> slice:
        """Where the piece lies in the model."""
        return slice(self.start, self.start + len(self.rows))


class Plan(NamedTuple):
    """What of the head is kept: parts by name in the model's order, count of vertices, faces
    `[triangles, 3]` int32."""

    parts: dict[str, Part]
    count: int
    faces: np.ndarray


def _skin(head: Canonical) -> cutting.Derived:
    """The kept skin, cut along smooth lines and fine at the brows."""
    x, y, z = head.vertices.T.astype(np.float64)
    brow = (np.abs(x) > 0.5) & (np.abs(x) < 5.9) & (y > 0.9) & (y < 3.6) & (z > 3)
    fine = cutting.refine(len(x), head.faces, brow[head.faces].all(1))
    x, y, z = (fine.matrix @ head.vertices).T
    degrees = np.degrees(np.abs(np.arctan2(x, z + 0.5)))
    # Over and behind the ear the hairline drops; the model keeps the temple and the ear's root.
    top = np.maximum(np.interp(degrees, *HAIRLINE), np.interp(degrees, [60, 118], [5.2, 2.6]))
    field = np.minimum(top + _ABOVE_HAIRLINE - y, y - _BELOW_NECK)
    field = np.minimum(field, (_WIDEST - degrees) * _CM_PER_DEGREE)
    return cutting.then(fine, cutting.clip(field, fine.faces, _SNAP))


def _piece(name: str, mesh: HeadMesh) -> cutting.Derived:
    if name == "skin":
        return _skin(canonical())
    part = mesh.part(name)
    piece = cutting.unchanged(len(part.vertices), part.faces)
    if name.startswith("eye"):
        angle = np.arccos(np.clip(eyes.eyeball()[0][:, 2], -1, 1))
        piece = cutting.compact(
            piece._replace(faces=part.faces[(angle < _EYE_CAP)[part.faces].all(1)])
        )
    return piece


def plan_for(mesh: HeadMesh) -> Plan:
    """Plans the model's mesh.

    Args:
      mesh: any posed head; only its connectivity is used.
    """
    parts, start = {}, 0
    for name in NAMES:
        piece = _piece(name, mesh)
        single = np.diff(piece.matrix.indptr) == 1
        rows = np.full(piece.matrix.shape[0], -1)
        rows[single] = piece.matrix.indices[piece.matrix.indptr[:-1][single]]
        faces = (piece.faces + start).astype(np.int32)
        parts[name] = Part(name, piece.matrix.astype(np.float32), rows, faces, start)
        start += len(rows)
    return Plan(parts, start, np.concatenate([p.faces for p in parts.values()]))


def gather(plan: Plan, mesh: HeadMesh) -> np.ndarray:
    """The model's vertices `[vertices, 3]` float32 on a posed head, cm."""
    out = np.empty((plan.count, 3), np.float32)
    for name, part in plan.parts.items():
        points = part.matrix @ mesh.part(name).vertices
        if name.startswith("eye"):
            centre = mesh.eyes.centres[int(name == "eye_right")]
            points = centre + np.float32(_EYE_SCALE) * (points - centre)
        out[part.span] = points
    return out


def skin_uv(plan: Plan) -> np.ndarray:
    """The engine's texture coordinates `[skin vertices, 2]` of the model's skin.

    The engine unrolls the head like a cylinder whose seam lies at the back, outside the model,
    so each vertex has one.
    """
    head = canonical()
    uv = np.zeros((len(head.vertices), 2))
    uv[head.faces.reshape(-1)] = texture().corner_uv.reshape(-1, 2)
    return plan.parts["skin"].matrix @ uv


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
    head = canonical()
    skin = plan.parts["skin"]
    x, y, z = (skin.matrix @ head.vertices).T
    degrees = np.degrees(np.abs(np.arctan2(x, z + 0.5)))
    inside = np.isin(skin.rows, head.topology.eye_rims)
    inside |= np.isin(skin.rows, head.topology.inner_lips)
    front = (degrees < _FRONT_DEGREES) & (painted["neck"] < 0.5) & (painted["scalp"] < 0.5)
    brow = (np.abs(x) < 6.6) & (y > 0.9) & (y < 3.3) & (z > 2)
    eye = np.hypot((np.abs(x) - 3.25) / 2.3, (y + 0.1) / 1.25) < 1
    hair = np.maximum.reduce([painted[f"beard_{k}"] for k in ("cheek", "lip", "chin")])
    bare = front & ~inside & ~brow & ~eye & (hair < 0.4) & (painted["scalp"] < 0.1)
    bare &= (painted["lips"] < 0.05) & (painted["nostril"] < 0.1)
    skin_mask = np.zeros(plan.count, bool)
    skin_mask[skin.span] = bare
    compared = np.zeros(plan.count, bool)
    compared[skin.span] = front & ~inside
    for name in ("eye_left", "eye_right"):
        compared[plan.parts[name].span] = True
    return skin_mask, compared[plan.faces].all(1)
