"""Texture coordinates of the built-in model: the skin unrolled, the small pieces in boxes."""

import numpy as np

from face2param.engines.builtin import ears, eyes, mouth_cavity
from face2param.engines.builtin.canonical import canonical
from face2param.morphable.builtin_mesh import Part, Plan, skin_uv

# Boxes (left, top, width, height) of the texture; the small pieces lie below the skin.
_SKIN_BOX = (0.01, 0.01, 0.98, 0.80)
_TOP, _WIDTH, _HEIGHT, _STEP = 0.83, 0.115, 0.155, 0.125
_TEETH_ROWS = 11
_TONGUE_COLUMNS = 29
_EAR_COLUMNS = 44


def unwrap(plan: Plan) -> np.ndarray:
    """Texture coordinates `[vertices, 2]` float32 in [0, 1], v = 0 at the top.

    No vertex needs two, so a triangle's uv points are its vertices. The skin's seam lies behind
    the ears, outside the model.
    """
    uv = np.zeros((plan.count, 2))
    uv[plan.parts["skin"].span] = _fit(skin_uv(plan), _SKIN_BOX)
    others = [part for part in plan.parts.values() if part.name != "skin"]
    for k, part in enumerate(others):
        uv[part.span] = _fit(_flat(part), (0.005 + k * _STEP, _TOP, _WIDTH, _HEIGHT))
    return uv.astype(np.float32)


def _fit(points: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    low, high = points.min(0), points.max(0)
    return np.asarray(box[:2]) + (points - low) / (high - low) * np.asarray(box[2:])


def _flat(part: Part) -> np.ndarray:
    """Plane coordinates of a small piece, before they are fitted into their box."""
    if part.name.startswith("eye"):
        unit = eyes.eyeball()[0][part.rows]
        angle = np.arccos(np.clip(unit[:, 2], -1, 1))
        return _polar(angle, np.arctan2(unit[:, 1], unit[:, 0]))
    if part.name.startswith("ear"):
        # Rings around the middle of the ear: the front inside, the back around it.
        index = np.arange(len(ears.template()[0]))[part.rows]
        angle = 2 * np.pi * (index % _EAR_COLUMNS) / _EAR_COLUMNS
        angle = angle if part.name == "ear_left" else np.pi - angle
        return _polar(index // _EAR_COLUMNS + 0.5, angle)
    if part.name.startswith("teeth"):
        vertices, faces, corner = mouth_cavity.teeth(part.name == "teeth_upper")
        along = np.zeros(len(vertices))
        along[faces.reshape(-1)] = corner[..., 0].reshape(-1)
        row = np.arange(len(vertices)) // (len(vertices) // _TEETH_ROWS)
        return np.stack([along, row], 1)[part.rows]
    if part.name == "tongue":
        return np.stack([part.rows % _TONGUE_COLUMNS, part.rows // _TONGUE_COLUMNS], 1).astype(
            float
        )
    # The wall of the mouth: its rings one inside the other, the throat in the middle.
    columns = len(canonical().topology.inner_lips[-1])
    ring, at = part.rows // columns, part.rows % columns
    return _polar(ring.max() - ring + 0.5, np.pi - 2 * np.pi * at / columns)


def _polar(radius: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """`[n, 2]` in a plane whose second axis points down, as v does."""
    return np.stack([radius * np.cos(angle), -radius * np.sin(angle)], 1)
