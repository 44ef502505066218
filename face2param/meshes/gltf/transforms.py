"""Translation, rotation and scale to matrices and back; matrices act on column vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np


def compose(translation: np.ndarray, rotation: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Matrices that scale first, then turn, then move, as glTF's nodes do.

    Args:
      translation: `[..., 3]`.
      rotation: `[..., 4]` unit quaternions xyzw.
      scale: `[..., 3]`.

    Returns:
      float64 `[..., 4, 4]`.
    """
    translation, scale = np.asarray(translation, np.float64), np.asarray(scale, np.float64)
    x, y, z, w = np.moveaxis(np.asarray(rotation, np.float64), -1, 0)
    turn = np.stack(
        [
            *(1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
            *(2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
            *(2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)),
        ],
        -1,
    ).reshape(*x.shape, 3, 3)
    matrix = np.zeros((*x.shape, 4, 4))
    matrix[..., :3, :3] = turn * scale[..., None, :]
    matrix[..., :3, 3] = translation
    matrix[..., 3, 3] = 1
    return matrix


def decompose(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Takes one matrix apart: the inverse of `compose`.

    A mirroring matrix gets a negative scale along x. An axis of length zero keeps scale 0.

    Args:
      matrix: `[4, 4]`.

    Returns:
      Translation `[3]`, rotation `[4]` unit xyzw with w >= 0, scale `[3]`, float64.

    Raises:
      ValueError: the matrix is not a product of the three, since it shears or projects.
    """
    matrix = np.asarray(matrix, np.float64)
    linear = matrix[:3, :3]
    size = np.abs(linear).max()
    if not np.isfinite(matrix).all() or np.abs(matrix[3] - [0, 0, 0, 1]).max() > 1e-6:
        raise ValueError(f"the matrix's last row must be 0, 0, 0, 1, got {matrix[3].tolist()}")
    scale = np.linalg.norm(linear, axis=0)
    if np.linalg.det(linear) < 0:
        scale[0] = -scale[0]
    flat = np.abs(scale) <= 1e-12 * max(size, 1e-300)
    turn = linear / np.where(flat, 1, scale)
    if flat.any():
        turn = _completed(turn, flat)
    rotation = quaternion(turn)
    if np.abs(compose(matrix[:3, 3], rotation, scale) - matrix)[:3, :3].max() > 1e-3 * size:
        raise ValueError("the matrix shears: it is no product of translation, rotation and scale")
    return matrix[:3, 3].copy(), rotation, scale


def quaternion(turn: np.ndarray) -> np.ndarray:
    """The unit quaternion xyzw, w >= 0, of a rotation matrix `[3, 3]` (Bar-Itzhack 2000).

    It is the eigenvector of the largest eigenvalue of a symmetric matrix, which has no branches
    and finds the nearest rotation where the matrix is not quite one.
    """
    (a, b, c), (d, e, f), (g, h, i) = np.asarray(turn, np.float64)
    symmetric = np.array(
        [
            [a - e - i, d + b, g + c, h - f],
            [d + b, e - a - i, h + f, c - g],
            [g + c, h + f, i - a - e, d - b],
            [h - f, c - g, d - b, a + e + i],
        ]
    )
    found = np.linalg.eigh(symmetric)[1][:, -1]
    return found if found[3] >= 0 else -found


def chain(local: np.ndarray, parents: Sequence[int | None], order: Iterable[int]) -> np.ndarray:
    """Global matrices of a tree of nodes.

    Args:
      local: `[nodes, 4, 4]`, each node's transform inside its parent.
      parents: index of each node's parent, None at a root.
      order: all indices, parents before their children (`Model.order`).

    Returns:
      float64 `[nodes, 4, 4]`.
    """
    result = np.array(local, np.float64)
    for index in order:
        parent = parents[index]
        if parent is not None:
            result[index] = result[parent] @ result[index]
    return result


def _completed(turn: np.ndarray, flat: np.ndarray) -> np.ndarray:
    """Fills the axes that a scale of zero left without a direction, right-handed."""
    kept = turn[:, ~flat]
    spare = np.linalg.svd(kept)[0][:, kept.shape[1] :] if kept.size else np.eye(3)
    turn = turn.copy()
    turn[:, flat] = spare
    if np.linalg.det(turn) < 0:
        turn[:, np.flatnonzero(flat)[0]] *= -1
    return turn
