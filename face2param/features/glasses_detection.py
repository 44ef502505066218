"""Whether a portrait wears glasses, from the lines of the frame, and where the lenses are."""

from __future__ import annotations

import cv2
import numpy as np

from face2param.features.landmark_regions import face_frame

_PIXELS = 100
"""Pixels per outer-eye distance of the strip that is looked at."""
_SIZE = (90, 170)
_EYES = (85, 40)
"""(x, y) of the point between the eyes in the strip."""
THRESHOLD = 35.0
"""Of `glasses_score`. On 160 portraits it finds 24 of 25 wearers and nobody else."""


def glasses_score(image: np.ndarray, landmarks: np.ndarray) -> float:
    """Strength of a frame: a line over the nose and one below each eye, in L* units.

    Args:
      image: `[height, width, 3]` float32 RGB in [0, 1].
      landmarks: `[68, 2]` (x, y) in pixels.

    Returns:
      Score >= 0; faces without glasses mostly stay below 30.
    """
    origin, across, down, unit = face_frame(landmarks)
    linear = np.stack([across, down], 1) * (unit / _PIXELS)
    matrix = np.concatenate([linear, (origin - 0.5 - linear @ _EYES)[:, None]], 1)
    strip = cv2.warpAffine(
        np.asarray(image, np.float32), matrix, _SIZE[::-1],
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    light = cv2.GaussianBlur(cv2.cvtColor(strip, cv2.COLOR_RGB2LAB)[..., 0], (0, 0), 1.2)
    reach = 4  # pixels: a frame is up to 8 of them thick
    line = np.abs(np.minimum(np.roll(light, reach, 0), np.roll(light, -reach, 0)) - light)
    rows, columns = np.mgrid[: _SIZE[0], : _SIZE[1]]
    x, y = (columns - _EYES[0]) / _PIXELS, (rows - _EYES[1]) / _PIXELS

    def strongest(zone):
        found = np.where(zone, line, 0.0).max(0)
        return float(np.median(found[zone.any(0)]))

    bridge = strongest((np.abs(x) < 0.08) & (y > -0.18) & (y < 0.2))
    below = [strongest((s * x > 0.2) & (s * x < 0.45) & (y > 0.13) & (y < 0.38)) for s in (-1, 1)]
    return bridge + min(below)


def lens_masks(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pixels surely behind lenses, and those that may belong to glasses.

    Args:
      x: `[height, width]` position in outer-eye distances, to the right of between the eyes.
      y: the same, downwards.

    Returns:
      two `[height, width]` bool masks; the second contains the first.
    """
    side = np.abs(x) - 0.33

    def oval(half_width, half_height):
        return (np.abs(side) / half_width) ** 3 + (np.abs(y - 0.05) / half_height) ** 3 < 1

    bars = (np.abs(y) < 0.16) & (np.abs(x) < 0.8) & ~(np.abs(side) < 0.3)
    return oval(0.23, 0.13), oval(0.37, 0.31) | bars
