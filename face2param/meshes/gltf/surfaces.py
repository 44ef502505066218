"""Vertex data as the format demands it: unit vectors, joints in fours, weights that add up."""

from __future__ import annotations

import numpy as np


def unit(vectors: np.ndarray) -> np.ndarray:
    """Rows of length one, float32 `[v, 3]`; those without a direction look along +z.

    Rows that are of that length already keep their very numbers.
    """
    length = np.linalg.norm(vectors.astype(np.float64), axis=1, keepdims=True)
    if (np.abs(length - 1) < 1e-4).all():
        return vectors
    turned = np.where(length > 0, vectors / np.where(length > 0, length, 1), [0.0, 0.0, 1.0])
    return turned.astype(np.float32)


def unit_tangents(tangents: np.ndarray) -> np.ndarray:
    """Tangents float32 `[v, 4]` of length one with a bitangent sign of 1 or -1."""
    sign = np.where(tangents[:, 3:] < 0, np.float32(-1), np.float32(1))
    return np.concatenate([unit(tangents[:, :3]), sign], 1)


def influences(joints: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brings joints and weights into the form that the format demands.

    A joint counts once for each vertex, a weight of zero has joint 0, rows are filled up to
    whole fours, and float32 rows add up to one.

    Args:
      joints: int `[v, k]`.
      weights: float32 `[v, k]`, not negative.

    Returns:
      joints uint8 or uint16 and weights float32, `[v, 4 n]`.
    """
    missing = -joints.shape[1] % 4 if joints.shape[1] else 4
    joints = np.pad(joints, ((0, 0), (0, missing)))
    weights = np.pad(weights, ((0, 0), (0, missing)))
    for later in range(1, joints.shape[1]):
        for earlier in range(later):
            same = (joints[:, later] == joints[:, earlier]) & (weights[:, later] > 0)
            same &= weights[:, earlier] > 0
            weights[same, earlier] += weights[same, later]
            weights[same, later] = 0
    joints = np.where(weights > 0, joints, 0)
    kind = np.uint8 if joints.size == 0 or joints.max() < 256 else np.uint16
    return joints.astype(kind), add_up(weights)


def add_up(weights: np.ndarray) -> np.ndarray:
    """Scales rows to a sum of one, to the last bit that float32 has; rows of zeros become 1, 0...

    Rows that add up already keep their very numbers.
    """
    total = weights.sum(1, dtype=np.float64)
    wrong = np.flatnonzero(np.abs(total - 1) > 1e-7)
    if not len(wrong):
        return weights
    rows = weights[wrong].astype(np.float64)
    nothing = ~(total[wrong] > 0)
    rows[nothing, 0] = 1
    rows = (rows / rows.sum(1, keepdims=True)).astype(np.float32)
    largest = rows.argmax(1)[:, None]
    others = rows.sum(1, dtype=np.float64, keepdims=True)
    others -= np.take_along_axis(rows, largest, 1)
    np.put_along_axis(rows, largest, (1 - others).astype(np.float32), 1)
    weights = weights.copy()
    weights[wrong] = rows
    return weights
