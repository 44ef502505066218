"""How close two faces are to a recognition network, and who is found again."""

from __future__ import annotations

import numpy as np


def descriptor_distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Euclidean distance of descriptors, dlib's measure (same person below 0.6).

    Args:
      first: `[..., d]`.
      second: `[..., d]`, broadcast against `first`.

    Returns:
      `[...]` float64.

    Raises:
      ValueError: the descriptors have different lengths.
    """
    first, second = _pair(first, second)
    return np.linalg.norm(first - second, axis=-1)


def cosine_distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """One minus the cosine of the angle between descriptors, LightCNN's measure.

    Args:
      first: `[..., d]`.
      second: `[..., d]`, broadcast against `first`.

    Returns:
      `[...]` float64 in [0, 2].

    Raises:
      ValueError: the descriptors have different lengths, or one is zero.
    """
    first, second = _pair(first, second)
    lengths = np.linalg.norm(first, axis=-1) * np.linalg.norm(second, axis=-1)
    if not (lengths > 0).all():
        raise ValueError("first or second: a descriptor is zero and has no direction")
    return 1 - (first * second).sum(-1) / lengths


def retrieval_ranks(distances: np.ndarray, truth: np.ndarray | None = None) -> np.ndarray:
    """Where the right entry of a gallery comes when it is sorted by distance.

    Args:
      distances: `[queries, gallery]`, of each query to each gallery entry.
      truth: `[queries]` index of the right entry; None: query i belongs to entry i.

    Returns:
      `[queries]` int, 1 for the nearest. Entries at the same distance as the right one count
      as nearer, so a network that tells nobody apart finds nobody.

    Raises:
      ValueError: another shape, an index out of range, or a distance that is not a number.
    """
    distances = np.asarray(distances, np.float64)
    if distances.ndim != 2:
        raise ValueError(f"distances must have shape [queries, gallery], got {distances.shape}")
    if np.isnan(distances).any():
        raise ValueError("distances: holds a value that is not a number")
    truth = np.arange(len(distances)) if truth is None else np.asarray(truth)
    if truth.shape != distances.shape[:1] or (
        truth.size and not 0 <= truth.min() <= truth.max() < distances.shape[1]
    ):
        raise ValueError(
            f"truth must hold {len(distances)} indices below {distances.shape[1]}, got {truth}"
        )
    right = np.take_along_axis(distances, truth[:, None], 1)
    return (distances <= right).sum(1)


def share_found(ranks: np.ndarray, among: int) -> float:
    """Share of the queries whose right entry is among the nearest `among`.

    Args:
      ranks: `[queries]` from `retrieval_ranks`.
      among: how many entries count.

    Returns:
      A number in [0, 1].

    Raises:
      ValueError: there are no queries, or `among` is below 1.
    """
    ranks = np.asarray(ranks)
    if not ranks.size or among < 1:
        raise ValueError(f"ranks must not be empty and among >= 1, got {ranks.size} and {among}")
    return float((ranks <= among).mean())


def _pair(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    first, second = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if not first.ndim or not second.ndim or first.shape[-1] != second.shape[-1]:
        raise ValueError(
            f"first and second must end in one axis length, got {first.shape}, {second.shape}"
        )
    return first, second
