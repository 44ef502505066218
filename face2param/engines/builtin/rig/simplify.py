"""Fewer triangles for the small template; needs the optional package meshoptimizer."""

from __future__ import annotations

import ctypes

import numpy as np

from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.rig.pieces import Piece, compact
from face2param.errors import DependencyError

# Rings around an eye that stay.
_LID_RINGS = 4
# Heights (cm) between which hair and collar throw shadows, and how far apart vertices stay there.
_FOREHEAD, _THROAT, _SPACING = (3.0, 9.0), (-18.5, -12.5), 0.6


def simplified(
    piece: Piece,
    share: float,
    locked: np.ndarray | None = None,
    anchors: np.ndarray | None = None,
) -> Piece:
    """The piece with fewer triangles; vertices stay where they are, most are left out.

    Args:
      piece: any mesh.
      share: of the triangles that is kept, at least about.
      locked: `[v]` bool, vertices whose triangles all stay.
      anchors: `[v]` bool, vertices that stay, whatever becomes of their triangles.

    Raises:
      DependencyError: meshoptimizer is not installed.
    """
    try:
        import meshoptimizer
    except ImportError:
        raise DependencyError(
            "the small template needs the package meshoptimizer: pip install meshoptimizer"
        ) from None
    stays = np.zeros(len(piece.faces), bool) if locked is None else locked[piece.faces].any(1)
    indices = np.ascontiguousarray(piece.faces[~stays].reshape(-1), np.uint32)
    target = max(3, (int(3 * len(piece.faces) * share) - 3 * int(stays.sum())) // 3 * 3)
    out = np.zeros_like(indices)
    # Borders stay, so that what is simplified fits to what is not.
    options = 0 if locked is None else meshoptimizer.SIMPLIFY_LOCK_BORDER
    vertices = np.ascontiguousarray(piece.vertices, np.float32)
    if anchors is None:
        count = meshoptimizer.simplify(
            out, indices, vertices, target_index_count=target, target_error=1.0, options=options
        )
    else:
        # The package declares no types of this function: numbers bring their own.
        count = meshoptimizer.simplify_with_attributes(
            out,
            indices,
            vertices,
            np.zeros((len(vertices), 1), np.float32),
            np.zeros(1, np.float32),
            *map(ctypes.c_size_t, (len(indices), len(vertices), 12, 4, 1)),
            vertex_lock=anchors.astype(np.uint8),
            target_index_count=ctypes.c_size_t(target),
            target_error=ctypes.c_float(1.0),
            options=ctypes.c_uint(options),
        )
    faces = np.concatenate([piece.faces[stays], out[:count].reshape(-1, 3).astype(np.int32)])
    return compact(piece.select(np.arange(len(piece.vertices)), faces))


def fine_skin(rows: np.ndarray) -> np.ndarray:
    """Which of the skin's vertices `rows` (of the engine) lie at lids and lips, `[v]` bool."""
    topology = canonical().topology
    rings = topology.eye_rings[:, :_LID_RINGS]
    fine = np.zeros(len(topology.base), bool)
    fine[rings[rings >= 0]] = True
    fine[topology.eye_rims.ravel()] = True
    fine[topology.mouth_line] = True
    return fine[rows]


def shaded_skin(vertices: np.ndarray) -> np.ndarray:
    """Vertices `[v]` bool, evenly spread where hair and collar throw shadows on calm skin.

    Renderers that light vertices would carry a shadow over the whole of a large triangle.

    Args:
      vertices: `[v, 3]` of the skin, in cm.
    """
    y, z = vertices.T[1:]
    forehead = (y > _FOREHEAD[0]) & (y < _FOREHEAD[1]) & (z > 0)
    throat = (y > _THROAT[0]) & (y < _THROAT[1]) & (z > -2) & (z < 7)
    out = np.zeros(len(vertices), bool)
    for k in np.flatnonzero(forehead | throat):
        away = vertices[out] - vertices[k]
        if not len(away) or (away * away).sum(1).min() > _SPACING**2:
            out[k] = True
    return out
