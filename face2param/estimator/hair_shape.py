"""The silhouette of the hair in the face's own frame: how long, how high, how bare."""

from __future__ import annotations

import dataclasses

import cv2
import numpy as np

from face2param.estimator.colour_space import srgb_to_lab
from face2param.features.landmark_regions import face_frame
from face2param.regions import INDEX

_PIXELS = 32
"""Pixels per outer-eye distance of the grid on which the silhouette is measured."""
_LEFT, _TOP, _WIDTH, _HEIGHT = -1.6, -1.5, 3.2, 3.7
"""Of the grid in outer-eye distances, from the point between the eyes."""
_HEAD = ("skin", "l_brow", "r_brow", "l_eye", "r_eye", "eye_g", "nose", "mouth", "u_lip", "l_lip")

NAMES = (
    "crown", "cap", "top_hair", "temple_hair", "side_hair", "thickness", "hairline", "temple_line",
    "contrast", "beside_eyes", "beside_mouth", "beside_chin", "below_chin", "lower", "bottom",
    "ears", "hat",
)  # fmt: skip
"""Of `describe`'s numbers, in their order."""


@dataclasses.dataclass(frozen=True)
class HairGrid:
    """A photograph in the face's frame, roll removed, lengths in outer-eye distances.

    Attributes:
      x: `[height, width]` to the viewer's right of the point between the eyes.
      y: the same, downwards.
      lab: `[height, width, 3]` L*a*b*.
      seen: `[height, width]` bool, false beyond the picture's border.
      hair: `[height, width]` probability, likewise the others.
    """

    x: np.ndarray
    y: np.ndarray
    lab: np.ndarray
    seen: np.ndarray
    hair: np.ndarray
    face: np.ndarray
    ears: np.ndarray
    hat: np.ndarray
    brow_y: float
    chin_y: float
    half_width: float


def grid(image: np.ndarray, landmarks: np.ndarray, probabilities: np.ndarray) -> HairGrid:
    """Moves a photograph and its parsing into the face's frame.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      landmarks: `[68, 2]` (x, y) in pixels.
      probabilities: `[height, width, 19]` of the parsing network.
    """
    origin, across, down, unit = face_frame(landmarks)
    size = (round(_HEIGHT * _PIXELS), round(_WIDTH * _PIXELS))
    linear = np.stack([across, down], 1) * (unit / _PIXELS)
    start = origin + unit * (across * _LEFT + down * _TOP) + linear @ [0.5, 0.5] - 0.5
    matrix = np.concatenate([linear, start[:, None]], 1)

    def move(picture, border=0.0):
        return cv2.warpAffine(
            np.ascontiguousarray(picture, np.float32), matrix, size[::-1],
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_CONSTANT, borderValue=border,
        )  # fmt: skip

    def region(*names):
        return move(probabilities[..., [INDEX[name] for name in names]].sum(-1))

    rows, columns = np.mgrid[: size[0], : size[1]] + 0.5
    local = (np.asarray(landmarks, np.float64) - origin) @ np.stack([across, down], 1) / unit
    return HairGrid(
        columns / _PIXELS + _LEFT,
        rows / _PIXELS + _TOP,
        srgb_to_lab(move(image)),
        move(np.ones(image.shape[:2])) > 0.99,
        region("hair"),
        region(*_HEAD),
        region("l_ear", "r_ear"),
        region("hat"),
        float(local[17:27, 1].mean()),
        float(local[8, 1]),
        float((local[16, 0] - local[0, 0]) / 2),
    )


def line_height(found: HairGrid, low: float, high: float) -> float:
    """Height of the lowest hair above the brows between two distances from the middle.

    Args:
      found: the silhouette.
      low: least |x|, in outer-eye distances.
      high: largest |x|.

    Returns:
      The median over the columns, in outer-eye distances above the brows; where a column has
      no hair, its top of the head counts. NaN where no column shows a head.
    """
    heights = []
    above = found.y[:, 0] < found.brow_y - 0.05
    for column in np.flatnonzero((np.abs(found.x[0]) >= low) & (np.abs(found.x[0]) <= high)):
        hair = found.hair[:, column] + found.hat[:, column] > 0.5
        head = hair | (found.face[:, column] > 0.5)
        at = np.flatnonzero((hair if (hair & above).any() else head) & above)
        if len(at):
            row = at.max() if (hair & above).any() else at.min()
            heights.append(found.brow_y - found.y[row, 0])
    return float(np.median(heights)) if heights else float("nan")


def describe(found: HairGrid) -> np.ndarray:
    """Measures the silhouette.

    Args:
      found: of `grid`.

    Returns:
      `[17]` numbers in the order of `NAMES`, all finite; lengths in outer-eye distances, areas
      in their squares. `top_hair`, `temple_hair` and `side_hair` are the shares of hair just
      inside the outline of the head straight up, half way and sideways; `contrast` is the
      difference of lightness and chroma between that rim and the forehead.
    """
    cell = 1.0 / _PIXELS**2
    x, y = found.x, found.y - found.brow_y
    head = (found.face + found.hair + found.hat + found.ears > 0.5) & (y < 0.3)
    hair = np.where(found.seen, found.hair, 0.0)
    radius, angle = np.hypot(x, y), np.degrees(np.arctan2(np.abs(x), -y))
    rim, shares, contrasts = np.zeros(x.shape, bool), [], []
    for low in range(0, 100, 10):
        fan = head & (angle >= low) & (angle < low + 10)
        if fan.any():
            outside = np.quantile(radius[fan], 0.98)
            rim |= fan & (radius > outside - 0.2) & (radius < outside - 0.04)
    forehead = (found.face > 0.7) & (y < -0.1) & (y > -0.4) & (np.abs(x) < 0.3)
    for low, high in ((0, 30), (30, 60), (60, 100)):
        part = rim & (angle >= low) & (angle < high)
        shares.append(float(found.hair[part].mean()) if part.any() else 0.0)
        if part.any() and forehead.any():
            apart = np.median(found.lab[part], 0) - np.median(found.lab[forehead], 0)
            contrasts.append(float(np.linalg.norm(apart)))
    crown = -float(y[head].min()) if head.any() else 0.0
    hairline, temples = (line_height(found, *at) for at in ((0.0, 0.2), (0.35, 0.5)))
    hairline, temples = (crown if np.isnan(v) else v for v in (hairline, temples))

    def beside(low, high):
        band = (found.y > low) & (found.y <= high)
        outside = np.abs(x) > 0.6 * found.half_width
        return float(hair[band & outside].sum() * cell / max(high - low, 0.1))

    mouth, chin = 0.55 * found.chin_y, found.chin_y
    rows = (hair > 0.5).sum(1) * (1.0 / _PIXELS)
    low_rows = np.flatnonzero(rows > 0.12)
    bottom = float(found.y[low_rows.max(), 0]) - chin if len(low_rows) else -2.0
    return np.array(
        [
            crown, float(hair[y < 0].sum() * cell), *shares, crown - hairline, hairline, temples,
            min(contrasts[:2], default=0.0), beside(-0.1, mouth), beside(mouth, 0.8 * chin),
            beside(0.8 * chin, chin + 0.1), beside(chin + 0.1, chin + 0.35),
            beside(chin + 0.35, chin + 0.9), max(bottom, -2.0),
            float(found.ears.sum() * cell), float(found.hat.sum() * cell),
        ]
    )  # fmt: skip


def shows_shoulders(found: HairGrid) -> bool:
    """Whether the picture reaches far enough below the chin to tell medium from long hair."""
    below = (found.y > found.chin_y + 0.35) & (found.y <= found.chin_y + 0.9)
    return bool(found.seen[below].mean() > 0.8) if below.any() else False
