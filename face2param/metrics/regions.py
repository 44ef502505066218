"""Overlap of label maps."""

from __future__ import annotations

import numpy as np

from face2param import regions


def confusion(predicted: np.ndarray, true: np.ndarray, classes: int) -> np.ndarray:
    """Counts pixels by true and predicted class.

    Args:
      predicted: `[...]` integer class indices below `classes`.
      true: the same shape; `regions.IGNORE` pixels are left out.
      classes: how many there are.

    Returns:
      `[classes, classes]` int64, rows true, columns predicted. The sum over batches of the
      result is that of the joined batch.

    Raises:
      ValueError: the shapes differ, or a label is out of range.
    """
    predicted, true = np.asarray(predicted), np.asarray(true)
    if predicted.shape != true.shape:
        raise ValueError(
            f"predicted and true must have one shape, got {predicted.shape} and {true.shape}"
        )
    known = true != regions.IGNORE
    predicted, true = predicted[known].astype(np.int64), true[known].astype(np.int64)
    for name, labels in (("predicted", predicted), ("true", true)):
        if labels.size and not 0 <= labels.min() <= labels.max() < classes:
            raise ValueError(
                f"{name}: labels must be in 0..{classes - 1}, got {labels.min()}..{labels.max()}"
            )
    counts = np.bincount(true * classes + predicted, minlength=classes * classes)
    return counts.reshape(classes, classes)


def iou(counts: np.ndarray) -> np.ndarray:
    """Intersection over union of each class.

    Args:
      counts: `[classes, classes]` from `confusion`.

    Returns:
      `[classes]` float64; nan for a class that occurs in neither map, so use `np.nanmean`.

    Raises:
      ValueError: `counts` is not square.
    """
    counts = np.asarray(counts)
    if counts.ndim != 2 or counts.shape[0] != counts.shape[1]:
        raise ValueError(f"counts must have shape [classes, classes], got {counts.shape}")
    hit = np.diag(counts).astype(np.float64)
    union = counts.sum(0) + counts.sum(1) - hit
    return np.divide(hit, union, out=np.full(len(hit), np.nan), where=union > 0)
