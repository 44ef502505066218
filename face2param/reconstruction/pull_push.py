"""Smooth extension of what is known in parts of a picture, and layers blended with it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

_ENOUGH = 1e-4
_DOUBTFUL, _SURE = 0.1, 0.4


def extend(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Keeps values where they are known and continues them smoothly to everywhere else.

    Pull-push over a pyramid (Gortler et al., "The Lumigraph", SIGGRAPH 1996): on the way up
    known values are averaged, on the way down they fill what is unknown. Where nothing at all is
    known the result is 0.

    Args:
      values: `[height, width, channels]`; sides are powers of two.
      weights: `[height, width]` in [0, 1], how much each value is known.

    Returns:
      `[height, width, channels]` float32.

    Raises:
      ValueError: the shapes do not fit or a side is no power of two.
    """
    values = np.asarray(values, np.float32)
    if values.ndim != 3 or np.shape(weights) != values.shape[:2]:
        raise ValueError(
            f"values must be [height, width, channels] and weights [height, width], got "
            f"{list(values.shape)} and {list(np.shape(weights))}"
        )
    if any(side & (side - 1) for side in values.shape[:2]):
        raise ValueError(f"values: sides must be powers of two, got {list(values.shape[:2])}")
    weights = np.clip(np.asarray(weights, np.float32), 0, 1)[..., None]
    return _extend(np.concatenate([values * weights, weights], -1))[..., :-1]


def _extend(known: np.ndarray) -> np.ndarray:
    """Of premultiplied values with their weight in the last channel; the same, weight 1 or 0."""
    import cv2

    weight = known[..., -1:]
    height, width = known.shape[:2]
    if min(height, width) == 1:
        total = known.reshape(-1, known.shape[-1]).sum(0)
        return np.broadcast_to(total / max(float(total[-1]), _ENOUGH), known.shape)
    # Four children; a parent is as sure as their sum, at most 1.
    parent = known.reshape(height // 2, 2, width // 2, 2, -1).sum((1, 3))
    sum_of_weights = parent[..., -1:]
    coarse = _extend(parent / np.maximum(sum_of_weights, 1))
    grown = cv2.resize(
        np.ascontiguousarray(coarse), (width, height), interpolation=cv2.INTER_LINEAR
    )
    return known + (1 - weight) * grown


def sure(weights: np.ndarray) -> np.ndarray:
    """Weights for `extend` that leave out what is hardly known: it would decide all around."""
    return np.clip((weights - _DOUBTFUL) / (_SURE - _DOUBTFUL), 0, 1)


def blend(layers: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    """Lays pictures over each other, the first on top, without seams.

    Each lower layer is first shifted by the smooth extension of its difference to what lies
    above it, so that colours agree where one ends and the next begins; what stays of it is its
    detail.

    Args:
      layers: pairs of a picture `[height, width, 3]` and its weights `[height, width]` in [0, 1].

    Returns:
      The picture `[height, width, 3]` float32, not clipped, 0 where no layer has a weight; and
      how much it is known, `[height, width]` in [0, 1].

    Raises:
      ValueError: there is no layer, or its shape does not fit.
    """
    if not layers:
        raise ValueError("layers must hold at least one picture")
    picture, known = (np.asarray(part, np.float32) for part in layers[0])
    picture = picture * (known > 0)[..., None]
    for lower, weights in layers[1:]:
        lower, weights = np.asarray(lower, np.float32), np.asarray(weights, np.float32)
        shifted = lower + extend(picture - lower, sure(known * weights))
        share = (1 - known) * weights
        total = known + share
        share = np.divide(share, total, out=np.zeros_like(total), where=total > 0)[..., None]
        picture = picture + share * (shifted - picture)
        known = total
    return picture, known
