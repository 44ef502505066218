"""Regions that the 68 landmarks alone determine: brows, eyes, lips, nose, face outline.

Used to label real photographs for training and as an independent yardstick for a parsing
network on them. NumPy and OpenCV only.
"""

from __future__ import annotations

import cv2
import numpy as np

from face2param.landmarks.markup import check_landmarks

_SHIFT = 4
"""Polygons are filled with coordinates in 1/16 pixel."""
_BROW_THICKNESS = 0.1
"""In outer-eye distances; see `brow_polygon`."""


def fill_polygon(points: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Mask of the pixels inside or on the edge of a closed polygon.

    Args:
      points: `[n, 2]` (x, y) in pixels, centres at +0.5.
      size: (height, width).

    Returns:
      `[height, width]` bool.
    """
    mask = np.zeros(size, np.uint8)
    fixed = np.round((np.asarray(points, np.float64) - 0.5) * (1 << _SHIFT)).astype(np.int32)
    cv2.fillPoly(mask, [fixed], 1, lineType=cv2.LINE_8, shift=_SHIFT)
    return mask.astype(bool)


def smooth_closed(points: np.ndarray, steps: int = 4) -> np.ndarray:
    """Closed Catmull-Rom curve through the points, `steps` points per edge."""
    p = np.asarray(points, np.float64)
    a, b, c, d = np.roll(p, 1, 0), p, np.roll(p, -1, 0), np.roll(p, -2, 0)
    t = (np.arange(steps) / steps)[None, :, None]
    a, b, c, d = (q[:, None] for q in (a, b, c, d))
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    return curve.reshape(-1, 2)


def face_frame(landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """The face's own axes: origin between the eyes, unit right, unit down, outer-eye distance."""
    landmarks = check_landmarks(landmarks)
    left, right = landmarks[36], landmarks[45]
    unit = float(np.linalg.norm(right - left))
    across = (right - left) / unit
    return (left + right) / 2, across, np.array([-across[1], across[0]]), unit


def brow_polygon(points: np.ndarray, down: np.ndarray, thickness: float) -> np.ndarray:
    """Band below the five points of one brow, which follow its upper edge.

    So does the iBUG markup, and so it is measured: on 60 portraits the picture darkens by half
    of the brow's depth 0.005 outer-eye distances below the points and brightens again at 0.10.

    Args:
      points: `[5, 2]` from the viewer's left to right.
      down: `[2]` unit vector towards the chin.
      thickness: height of the band at its thickest, in pixels.
    """
    profile = np.array([0.6, 0.95, 1.0, 0.95, 0.6])[:, None] * thickness
    return np.concatenate([points, (points + profile * down)[::-1]])


def nose_polygon(landmarks: np.ndarray) -> np.ndarray:
    """Outline of the nose: narrow at the root, round the wings, under the tip."""
    _, across, down, unit = face_frame(landmarks)
    root, tip, base = landmarks[27], landmarks[30], landmarks[33]
    left, right = landmarks[31], landmarks[35]
    wing = 0.35 * np.linalg.norm(right - left) * across / 2
    lift = 0.07 * unit * down
    side = 0.085 * unit * across
    middle = (root + tip) / 2
    return np.array(
        [
            root - side, root + side, middle + 1.25 * side, right + wing - 2 * lift,
            right + 1.25 * wing - lift, right + 0.8 * wing + 0.1 * lift, base + 0.45 * lift,
            left - 0.8 * wing + 0.1 * lift, left - 1.25 * wing - lift, left - wing - 2 * lift,
            middle - 1.25 * side,
        ]
    )  # fmt: skip


def landmark_masks(landmarks: np.ndarray, size: tuple[int, int]) -> dict[str, np.ndarray]:
    """Masks of the regions that the landmarks outline.

    Args:
      landmarks: `[68, 2]` (x, y) in pixels.
      size: (height, width) of the picture.

    Returns:
      `[height, width]` bool masks: `l_brow`, `r_brow`, `l_eye`, `r_eye`, `nose`, `u_lip`,
      `l_lip`, `mouth` (inside the lips) and `face` (jaw line closed over the brows). They
      may overlap by a pixel where they share an edge.

    Raises:
      ValueError: `landmarks` is not `[68, 2]`.
    """
    landmarks = check_landmarks(np.asarray(landmarks, np.float64))
    _, _, down, unit = face_frame(landmarks)

    def closed(indices):
        return fill_polygon(smooth_closed(landmarks[list(indices)]), size)

    brows = [brow_polygon(landmarks[i : i + 5], down, _BROW_THICKNESS * unit) for i in (17, 22)]
    inner = landmarks[60:68]
    opening = np.linalg.norm(inner[[1, 2, 3]] - inner[[7, 6, 5]], axis=1).mean()
    upper_lip = [*range(48, 55), 64, 63, 62, 61, 60]
    lower_lip = [54, 55, 56, 57, 58, 59, 48, 60, 67, 66, 65, 64]
    outline = np.concatenate([landmarks[:17], landmarks[26:16:-1]])
    masks = {
        "l_brow": fill_polygon(brows[0], size),
        "r_brow": fill_polygon(brows[1], size),
        "l_eye": closed(range(36, 42)),
        "r_eye": closed(range(42, 48)),
        "nose": fill_polygon(nose_polygon(landmarks), size),
        "u_lip": fill_polygon(landmarks[upper_lip], size),
        "l_lip": fill_polygon(landmarks[lower_lip], size),
        "mouth": fill_polygon(inner, size),
        "face": fill_polygon(outline, size),
    }
    if opening < 0.025 * unit:  # closed lips: the landmarks' own noise
        masks["mouth"] = np.zeros(size, bool)
    for lip in ("u_lip", "l_lip"):
        masks[lip] &= ~masks["mouth"]
    return masks
