"""Rigid and similarity alignment of corresponding points in space."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Similarity:
    """A map of space that keeps shapes: x -> scale * rotation x + translation.

    Attributes:
      rotation: `[3, 3]` float64, a turn without reflection.
      translation: `[3]` float64, in the unit of the target.
      scale: positive; 1 for a rigid motion.
    """

    rotation: np.ndarray
    translation: np.ndarray
    scale: float = 1.0

    @classmethod
    def identity(cls) -> Similarity:
        """The map that leaves everything where it is."""
        return cls(np.eye(3), np.zeros(3))

    def apply(self, points: np.ndarray) -> np.ndarray:
        """Moves points `[..., 3]`."""
        return self.scale * np.asarray(points, np.float64) @ self.rotation.T + self.translation

    def inverse(self) -> Similarity:
        """The map back."""
        rotation = self.rotation.T
        return Similarity(rotation, -rotation @ self.translation / self.scale, 1 / self.scale)

    def after(self, first: Similarity) -> Similarity:
        """The map that does `first`, then this one."""
        return Similarity(
            self.rotation @ first.rotation,
            self.apply(first.translation),
            self.scale * first.scale,
        )


def procrustes(
    source: np.ndarray,
    target: np.ndarray,
    weights: np.ndarray | None = None,
    scale: bool = True,
) -> Similarity:
    """The motion that brings `source` closest to `target` by weighted least squares.

    Closed form of Umeyama, "Least-squares estimation of transformation parameters between two
    point patterns", PAMI 1991; reflections are excluded.

    Args:
      source: `[points, 3]`.
      target: `[points, 3]`, point i belongs to point i of `source`.
      weights: `[points]`, not negative; None: all 1.
      scale: whether the size may change too; False gives a rigid motion.

    Returns:
      The motion from `source` to `target`.

    Raises:
      ValueError: the shapes do not fit, a number is not finite, a weight is negative, or the
        points of positive weight lie on a line, which leaves a turn open.
    """
    source = _points(source, "source")
    target = _points(target, "target")
    if source.shape != target.shape:
        raise ValueError(
            f"source and target must hold equally many points, got {len(source)} and {len(target)}"
        )
    weights = np.ones(len(source)) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != source.shape[:1] or not (weights >= 0).all() or not weights.sum() > 0:
        raise ValueError(
            f"weights must be {len(source)} numbers, none negative and not all 0, "
            f"got shape {weights.shape}"
        )
    share = (weights / weights.sum())[:, None]
    centre, goal = (share * source).sum(0), (share * target).sum(0)
    a, b = source - centre, target - goal
    for name, points in (("source", a), ("target", b)):
        spread = np.linalg.svd(np.sqrt(share) * points, compute_uv=False)
        if spread.size < 2 or not spread[1] > 1e-9 * spread[0] > 0:
            raise ValueError(
                f"{name}: at least three points of positive weight, not on one line, are needed "
                "to tell a turn"
            )
    u, stretch, vt = np.linalg.svd((share * b).T @ a)
    sign = np.array([1.0, 1.0, np.linalg.det(u) * np.linalg.det(vt)])
    rotation = (u * np.sign(sign)) @ vt
    size = float((stretch * np.sign(sign)).sum() / (share * a * a).sum()) if scale else 1.0
    return Similarity(rotation, goal - size * rotation @ centre, size)


def _points(points: np.ndarray, name: str) -> np.ndarray:
    points = np.asarray(points, np.float64)
    if points.ndim != 2 or points.shape[1] != 3:
        raise ValueError(f"{name} must have shape [points, 3], got {points.shape}")
    if not np.isfinite(points).all():
        raise ValueError(f"{name}: holds a number that is not finite")
    return points
