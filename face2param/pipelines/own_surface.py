"""Where a photograph shows the face itself, and not hair, clothes or what lies behind it."""

from __future__ import annotations

import numpy as np

from face2param import regions
from face2param.alignment.pos import PosAlignment

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


def to_photo(mask: np.ndarray, aligned: PosAlignment, size: tuple[int, int]) -> np.ndarray:
    """A mask of the crop as one of the photograph, its border continued outwards."""
    import cv2

    # OpenCV's pixel centres are whole numbers, ours end in .5.
    matrix = aligned.inverse.copy()
    matrix[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    grown = cv2.warpAffine(
        np.ascontiguousarray(mask, np.float32),
        matrix,
        size[::-1],
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.clip(grown, 0, 1)
