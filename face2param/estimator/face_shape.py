"""Measures of a face's outline and brows, in its own frame."""

from __future__ import annotations

import numpy as np

from face2param.features.landmark_regions import face_frame
from face2param.landmarks.markup import check_landmarks
from face2param.regions import INDEX

_PAIRS = ((2, 14), (3, 13), (4, 12), (5, 11), (6, 10))
_MEAN, _SPREAD = -0.044, 0.0595
"""Of the logarithm of width over height, on 120 portraits."""


def fullness(landmarks: np.ndarray) -> tuple[float, float]:
    """How wide cheeks and jaw are for the height of the face.

    Lengths between landmarks, so that roll does not matter. Turning the head narrows the face by
    the cosine of the angle. That is undone; the angle is read from how far the tip of the nose
    leaves the middle (half an outer-eye distance per unit of sine leaves little of it).

    Args:
      landmarks: `[68, 2]` (x, y) in pixels.

    Returns:
      Standard deviations from the mean portrait, and the sine of the turn.
    """
    landmarks = np.asarray(check_landmarks(landmarks), np.float64)
    origin, across, _, unit = face_frame(landmarks)
    turn = float(np.clip((landmarks[30] - origin) @ across / unit / 0.5, -0.8, 0.8))
    widths = [np.linalg.norm(landmarks[a] - landmarks[b]) for a, b in _PAIRS]
    height = np.linalg.norm(landmarks[8] - landmarks[27])
    width = np.mean(widths) / np.sqrt(1 - turn**2)
    return float((np.log(width / height) - _MEAN) / _SPREAD), turn


def brow_thickness(landmarks: np.ndarray, probabilities: np.ndarray) -> tuple[float, float]:
    """How high the brows are at their thickest.

    Args:
      landmarks: `[68, 2]` (x, y) in pixels.
      probabilities: `[height, width, 19]` of the parsing network.

    Returns:
      Mean of both brows in outer-eye distances, 0 where none is seen; and the difference
      between the two as a part of it.
    """
    origin, across, down, unit = face_frame(landmarks)
    height, width = probabilities.shape[:2]
    rows, columns = np.mgrid[:height, :width] + 0.5
    x = (columns - origin[0]) * across[0] + (rows - origin[1]) * across[1]
    y = (columns - origin[0]) * down[0] + (rows - origin[1]) * down[1]
    above = (y < 0) & (y > -0.6 * unit)
    found = []
    for name in ("l_brow", "r_brow"):
        # Soft counting measures less than a pixel; columns are 1/40 of the outer-eye distance.
        brow = np.where(above, probabilities[..., INDEX[name]], 0.0)
        column = np.floor(x / unit * 40).astype(int) + 80
        inside = (column >= 0) & (column < 160) & (brow > 0.1)
        areas = np.bincount(column[inside], brow[inside], 160) * 40 / unit**2
        areas = areas[areas > 0.01]
        found.append(float(np.quantile(areas, 0.85)) if len(areas) >= 4 else 0.0)
    mean = float(np.mean(found))
    return mean, float(abs(found[0] - found[1]) / (2 * mean)) if mean else 1.0
