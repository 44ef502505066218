"""Similarity transforms between sets of points.

A transform is a matrix `[2, 3]` that maps a column (x, y, 1); rotation, one scale and a shift,
never a reflection. Pixel coordinates have the first pixel's centre at (0.5, 0.5), so that a
matrix does not change its meaning with the resolution.
"""

from __future__ import annotations

import numpy as np


def estimate_similarity(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None
) -> np.ndarray:
    """The similarity that maps `source` to `target` with the least weighted squared error.

    In complex numbers the model is t = a s + b, linear in a and b, so the answer is closed
    (Umeyama, "Least-squares estimation of transformation parameters between two point
    patterns", PAMI 1991, for the plane).

    Args:
      source: `[..., points, 2]`.
      target: `[..., points, 2]`.
      weights: `[points]`, not negative, at least two of them positive; None: all 1.

    Returns:
      `[..., 2, 3]` float64 matrices.

    Raises:
      ValueError: the shapes do not fit, a weight is negative, or all source points of
        positive weight coincide.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    if source.ndim < 2 or source.shape[-1] != 2 or source.shape[-2] < 2:
        raise ValueError(f"source must have shape [..., points >= 2, 2], got {source.shape}")
    if target.ndim < 2 or target.shape[-2:] != source.shape[-2:]:
        raise ValueError(
            f"target must have shape [..., {source.shape[-2]}, 2] like source, got {target.shape}"
        )
    weights = np.ones(source.shape[-2]) if weights is None else np.asarray(weights, np.float64)
    if weights.shape != source.shape[-2:-1] or (weights < 0).any() or not weights.sum() > 0:
        raise ValueError(
            f"weights must be {source.shape[-2]} numbers, none negative and not all 0, "
            f"got {weights}"
        )
    weights = weights / weights.sum()
    s, t = source[..., 0] + 1j * source[..., 1], target[..., 0] + 1j * target[..., 1]
    s_mean, t_mean = (weights * s).sum(-1), (weights * t).sum(-1)
    s_centred, t_centred = s - s_mean[..., None], t - t_mean[..., None]
    variance = (weights * np.abs(s_centred) ** 2).sum(-1)
    if (variance <= 1e-18 * (1 + np.abs(s_mean) ** 2)).any():
        raise ValueError("source must hold at least two different points of positive weight")
    a = (weights * np.conj(s_centred) * t_centred).sum(-1) / variance
    b = t_mean - a * s_mean
    return similarity_matrix(a, b)


def similarity_matrix(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """The matrix of the complex map z -> a z + b.

    Args:
      a: `[...]` complex; its absolute value is the scale, its angle the rotation.
      b: `[...]` complex, the shift.

    Returns:
      `[..., 2, 3]` float64.
    """
    a, b = np.broadcast_arrays(np.asarray(a, np.complex128), np.asarray(b, np.complex128))
    rows = [np.stack([a.real, -a.imag, b.real], -1), np.stack([a.imag, a.real, b.imag], -1)]
    return np.stack(rows, -2)


def transform_points(matrix: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Applies an affine matrix to points.

    Args:
      matrix: `[..., 2, 3]`.
      points: `[..., points, 2]`.

    Returns:
      `[..., points, 2]`, in the dtype of the points.

    Raises:
      ValueError: another shape.
    """
    matrix, points = _checked_matrix(matrix), np.asarray(points)
    if points.ndim < 2 or points.shape[-1] != 2:
        raise ValueError(f"points must have shape [..., points, 2], got {points.shape}")
    moved = points @ np.swapaxes(matrix[..., :2], -1, -2) + matrix[..., None, :, 2]
    return moved.astype(points.dtype) if points.dtype.kind == "f" else moved


def invert(matrix: np.ndarray) -> np.ndarray:
    """The inverse of an affine matrix.

    Args:
      matrix: `[..., 2, 3]` with an invertible left block.

    Returns:
      `[..., 2, 3]`.

    Raises:
      ValueError: another shape, or no inverse exists.
    """
    matrix = _checked_matrix(matrix)
    try:
        left = np.linalg.inv(matrix[..., :2])
    except np.linalg.LinAlgError:
        raise ValueError(f"matrix has no inverse: {matrix.tolist()}") from None
    return np.concatenate([left, -left @ matrix[..., 2:]], -1)


def compose(outer: np.ndarray, inner: np.ndarray) -> np.ndarray:
    """The matrix that applies `inner` first and `outer` to its result.

    Args:
      outer: `[..., 2, 3]`.
      inner: `[..., 2, 3]`.

    Returns:
      `[..., 2, 3]`.

    Raises:
      ValueError: another shape.
    """
    outer, inner = _checked_matrix(outer, "outer"), _checked_matrix(inner, "inner")
    product = outer[..., :2] @ inner
    product[..., 2] += outer[..., 2]
    return product


def scale_and_angle(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Scale and rotation of a similarity.

    Args:
      matrix: `[..., 2, 3]`.

    Returns:
      scale `[...]`, and angle `[...]` in radians, positive from +x to +y (clockwise on the
      screen, since y points down).

    Raises:
      ValueError: another shape.
    """
    matrix = _checked_matrix(matrix)
    x, y = matrix[..., 0, 0], matrix[..., 1, 0]
    return np.hypot(x, y), np.arctan2(y, x)


def _checked_matrix(matrix: np.ndarray, name: str = "matrix") -> np.ndarray:
    matrix = np.asarray(matrix)
    if matrix.ndim < 2 or matrix.shape[-2:] != (2, 3):
        raise ValueError(f"{name} must have shape [..., 2, 3], got {matrix.shape}")
    return matrix
