"""Rigid pose of known points under a fixed camera, from where they are on the screen."""

from __future__ import annotations

import numpy as np


def rotation_matrix(angles: np.ndarray) -> np.ndarray:
    """`rendering.rotations.from_euler` in NumPy: `[..., 3]` -> `[..., 3, 3]`, Rz Ry Rx."""
    (sx, sy, sz), (cx, cy, cz) = (np.moveaxis(f(angles), -1, 0) for f in (np.sin, np.cos))
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return np.stack([np.stack(row, -1) for row in rows], -2)


def fit_pose(
    points: np.ndarray,
    screen: np.ndarray,
    camera,
    weights: np.ndarray | None = None,
    steps: int = 25,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Euler angles and translation that bring points onto their screen positions.

    Levenberg's damped Gauss-Newton on the squared screen distance, all faces at once, started
    at a frontal centred face; it converges for faces turned by up to about 75 degrees. The
    depth is only weakly determined and stays near 0 where the screen does not say.

    Args:
      points: `[batch, points, 3]` of the unposed faces, in the camera's unit.
      screen: `[batch, points, 2]` px.
      camera: `rendering.cameras.Perspective`.
      weights: `[points]`, or None for ones.
      steps: iterations.

    Returns:
      rotation `[batch, 3]` (angles as `rendering.rotations.from_euler` takes them), translation
      `[batch, 3]`, and the weighted root mean square distance left, `[batch]` px.

    Raises:
      ValueError: the shapes do not fit.
    """
    points, screen = np.asarray(points, np.float64), np.asarray(screen, np.float64)
    batch, count = points.shape[:2]
    if points.shape != (batch, count, 3) or screen.shape != (batch, count, 2) or count < 4:
        raise ValueError(
            f"points and screen must be [batch, points >= 4, 3] and [..., 2], got {points.shape} "
            f"and {screen.shape}"
        )
    weights = np.ones(count) if weights is None else np.asarray(weights, np.float64)
    root = np.sqrt(weights / weights.sum())[None, :, None]
    pose, damping = np.zeros((batch, 6)), np.full(batch, 1e-3)
    left = _residual(pose, points, screen, camera, root)
    cost = np.square(left).sum((1, 2))
    for _ in range(steps):
        jacobian = np.empty((batch, 2 * count, 6))
        for k in range(6):
            step = np.zeros(6)
            step[k] = 1e-5
            ahead = _residual(pose + step, points, screen, camera, root)
            behind = _residual(pose - step, points, screen, camera, root)
            jacobian[..., k] = ((ahead - behind) / 2e-5).reshape(batch, -1)
        normal = np.einsum("bnk,bnl->bkl", jacobian, jacobian)
        towards = np.einsum("bnk,bn->bk", jacobian, left.reshape(batch, -1))
        diagonal = np.einsum("bkk->bk", normal)[:, :, None] * np.eye(6)
        solved = np.linalg.solve(
            normal + damping[:, None, None] * diagonal + 1e-9 * np.eye(6), towards[..., None]
        )
        tried = pose - solved[..., 0]
        residual = _residual(tried, points, screen, camera, root)
        found = np.square(residual).sum((1, 2))
        better = found < cost
        pose = np.where(better[:, None], tried, pose)
        left = np.where(better[:, None, None], residual, left)
        cost = np.where(better, found, cost)
        damping = np.clip(np.where(better, damping / 4, damping * 6), 1e-9, 1e6)
    return pose[:, :3], pose[:, 3:], np.sqrt(cost)


def project(points: np.ndarray, pose: np.ndarray, camera) -> np.ndarray:
    """Screen positions `[batch, points, 2]` of points under poses `[batch, 6]`, in NumPy."""
    moved = points @ np.swapaxes(rotation_matrix(pose[:, :3]), -1, -2) + pose[:, None, 3:]
    scale = camera.focal / np.maximum(camera.distance - moved[..., 2], camera.near)
    x = camera.principal[0] + scale * moved[..., 0]
    return np.stack([x, camera.principal[1] - scale * moved[..., 1]], -1)


def _residual(pose, points, screen, camera, root):
    return (project(points, pose, camera) - screen) * root
