"""Where a photograph shows the face itself, and not hair, clothes or what lies behind it."""

from __future__ import annotations

import numpy as np

from face2param import regions

_COVERING = ("background", "hair", "hat", "cloth", "ear_r", "neck_l")
"""Parsing classes that are not the face's own surface; lenses of glasses show it."""


def probability(classes: np.ndarray) -> np.ndarray:
    """How much each pixel shows the face itself: `[..., 19]` probabilities to `[...]`."""
    return 1 - classes[..., [regions.INDEX[name] for name in _COVERING]].sum(-1)


def surely(mask: np.ndarray, margin: int = 5) -> np.ndarray:
    """1 well inside of where a mask `[height, width]` is sure, 0 outside, soft between.

    What lies along the border of a region is a mixture with its neighbour, and in a texture it
    would be smeared over everything beyond.
    """
    import cv2

    inside = cv2.erode((mask > 0.6).astype(np.float32), np.ones((margin, margin), np.uint8))
    return cv2.GaussianBlur(inside, (0, 0), margin / 3) * inside
