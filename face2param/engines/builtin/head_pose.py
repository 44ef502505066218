"""Turning the head: rigid above the neck, twisting down to the shoulders."""

import numpy as np

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.anatomy import smoothstep


def rotation(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """The head's rotation.

    Args:
      yaw: radians, positive turns the face to +x (the viewer's right).
      pitch: radians, positive looks up.
      roll: radians, positive tilts the crown to +x (clockwise in the picture).

    Returns:
      `[3, 3]` float64; roll is applied first, then pitch, then yaw.
    """
    cy, sy = np.cos(yaw), np.sin(yaw)
    cp, sp = np.cos(pitch), np.sin(pitch)
    cr, sr = np.cos(roll), np.sin(roll)
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_x = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    about_z = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def share(points: np.ndarray) -> np.ndarray:
    """How much of the head's turn points take: 1 on the head, 0 below the collar.

    Args:
      points: `[points, 3]` on the canonical head, cm.

    Returns:
      `[points]` float32.
    """
    along = points[:, 1] + 0.3 * (points[:, 2] - 3.0)
    return smoothstep(-18.5, -12.3, along).astype(np.float32)


def turn(points: np.ndarray, shares: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    """Rotates points about the neck's pivot, each by its share of the angle.

    Args:
      points: `[points, 3]` cm.
      shares: `[points]` in [0, 1].
      matrix: `[3, 3]` of `rotation`.

    Returns:
      `[points, 3]` float32.
    """
    points = np.asarray(points, np.float32)
    cosine = np.clip((np.trace(matrix) - 1) / 2, -1, 1)
    angle = float(np.arccos(cosine))
    if angle < 1e-9:
        return points
    axis = np.array(
        [matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]
    )
    axis = (axis / np.linalg.norm(axis)).astype(np.float32)
    pivot = anatomy.NECK_PIVOT.astype(np.float32)
    local = points - pivot
    angles = np.asarray(shares, np.float32) * np.float32(angle)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    cross = np.stack(
        [
            axis[1] * local[:, 2] - axis[2] * local[:, 1],
            axis[2] * local[:, 0] - axis[0] * local[:, 2],
            axis[0] * local[:, 1] - axis[1] * local[:, 0],
        ],
        1,
    )
    along = (local[:, 0] * axis[0] + local[:, 1] * axis[1] + local[:, 2] * axis[2])[:, None]
    return pivot + local * cos + cross * sin + axis * (along * (1 - cos))


def turn_jaw(points: np.ndarray, shares: np.ndarray, angle: float) -> np.ndarray:
    """Opens the jaw.

    Args:
      points: `[points, 3]` cm, before the head turns.
      shares: `[points]` or scalar in [0, 1].
      angle: radians, positive opens.

    Returns:
      `[points, 3]` float32.
    """
    points = np.asarray(points, np.float32)
    if angle == 0.0:
        return points
    angles = np.asarray(shares, np.float32) * np.float32(angle)
    pivot = anatomy.JAW_PIVOT.astype(np.float32)
    y, z = points[:, 1] - pivot[1], points[:, 2] - pivot[2]
    cos, sin = np.cos(angles), np.sin(angles)
    out = points.copy()
    out[:, 1] = pivot[1] + y * cos - z * sin
    out[:, 2] = pivot[2] + z * cos + y * sin
    return out
