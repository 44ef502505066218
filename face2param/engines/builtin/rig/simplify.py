"""Fewer triangles for the small template; needs the optional package meshoptimizer."""

from __future__ import annotations

import numpy as np

from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.rig.pieces import Piece, compact
from face2param.errors import DependencyError

# Rings around an eye that stay.
_LID_RINGS = 4


def simplified(piece: Piece, share: float, locked: np.ndarray | None = None) -> Piece:
    """The piece with fewer triangles; vertices stay where they are, most are left out.

    Args:
      piece: any mesh.
      share: of the triangles that is kept, at least about.
      locked: `[v]` bool, vertices whose triangles all stay.

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
    count = meshoptimizer.simplify(
        out,
        indices,
        np.ascontiguousarray(piece.vertices, np.float32),
        target_index_count=target,
        target_error=1.0,
        # Borders stay, so that what is simplified fits to what is not.
        options=0 if locked is None else meshoptimizer.SIMPLIFY_LOCK_BORDER,
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
