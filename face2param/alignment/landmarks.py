"""The 68 landmarks of a detected face."""

from __future__ import annotations

import math

import numpy as np

from face2param import images
from face2param.alignment import detect, dlib_models
from face2param.landmarks import markup, similarity

_BOX_SIDE = 320
"""The face is brought to about this size, so that dlib's rounding to whole pixels is small."""

_MARGIN = 0.75
"""Of the box's side around the box; the predictor looks beyond it for chin and brows."""

_LARGEST_ROLL = math.radians(12)
"""The trees know nearly upright faces; beyond this the picture is turned and marked again."""

# Box shifts and scales of the averaged predictions, as fractions of the side: the corners of
# a cube. On 30 portraits under resizing and cropping, eight of them cut the scatter of the
# landmarks from 0.0073 to 0.0034 of the outer-eye distance; shifts above 0.06 make it worse.
_JITTER = 0.03 * np.array(
    [(x, y, s) for x in (-1, 1) for y in (-1, 1) for s in (-1, 1)], np.float64
)


def predict_landmarks(image: np.ndarray, face: detect.Face, samples: int = 8) -> np.ndarray:
    """Predicts the 68 landmarks with dlib's regression trees, averaged over shifted boxes.

    The trees start from the detector's box, whose place and size are quantised; the average
    over a few shifted boxes removes most of the scatter that this causes.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      face: from `detect_faces` on the same picture.
      samples: how many boxes, 1 (the detector's own) to 8.

    Returns:
      `[68, 2]` float32 (x, y) in pixels of the picture, first pixel's centre at (0.5, 0.5).
      They may lie outside the picture.

    Raises:
      ImageError: another shape, or a side is shorter than 64 px.
      DependencyError: dlib or its landmark model is not installed.
      ValueError: `samples` is not in 1..8.
    """
    if not 1 <= samples <= len(_JITTER):
        raise ValueError(f"samples must be in 1..{len(_JITTER)}, got {samples}")
    image = detect.check_photo(image)
    side = (face.box[2] - face.box[0] + face.box[3] - face.box[1]) / 2
    margin = int(np.ceil(side * _MARGIN))
    centre = np.array([face.box[0] + face.box[2], face.box[1] + face.box[3]]) / 2
    low = np.maximum(np.floor(centre - side / 2 - margin), 0).astype(int)
    high = np.ceil(centre + side / 2 + margin).astype(int)
    crop = image[low[1] : high[1], low[0] : high[0]]
    size = (max(8, round(crop.shape[0] * _BOX_SIDE / side)),
            max(8, round(crop.shape[1] * _BOX_SIDE / side)))  # fmt: skip
    scale = np.array([size[1] / crop.shape[1], size[0] / crop.shape[0]])
    picture = images.to_uint8(images.resize(crop, size))
    middle, side = (centre - low) * scale, side * scale.mean()
    points = _predict_turned(picture, middle, side, face.tilt, samples)
    roll = _roll(points)
    if abs(roll + face.tilt) > _LARGEST_ROLL:
        points = _predict_turned(picture, middle, side, -roll, samples)
    return (points / scale + low).astype(np.float32)


def _roll(points: np.ndarray) -> float:
    eyes = markup.five_points(points)[:2]
    return float(np.arctan2(*(eyes[1] - eyes[0])[::-1]))


def _predict_turned(
    picture: np.ndarray, middle: np.ndarray, side: float, angle: float, samples: int
) -> np.ndarray:
    """Turns the picture by `angle`, predicts, and turns the `[68, 2]` points back."""
    jitter = _JITTER[:samples] if samples > 1 else np.zeros((1, 3))
    if angle == 0:
        return np.mean([_predict(picture, middle, side, *shift) for shift in jitter], 0)
    there = detect.turn_matrix(picture.shape[:2], angle)
    picture, middle = detect.turn(picture, angle), there @ [*middle, 1]
    points = np.mean([_predict(picture, middle, side, *shift) for shift in jitter], 0)
    return similarity.transform_points(similarity.invert(there), points)


def _predict(
    picture: np.ndarray, middle: np.ndarray, side: float, dx: float, dy: float, ds: float
) -> np.ndarray:
    dlib = dlib_models.import_dlib()
    half = side * (1 + ds) / 2
    low, high = middle + side * np.array([dx, dy]) - half, middle + side * np.array([dx, dy]) + half
    # -1: dlib's rectangle holds the indices of its first and last pixel.
    corners = [round(float(v)) for v in (*low, *(high - 1))]
    parts = dlib_models.shape_predictor()(picture, dlib.rectangle(*corners)).parts()
    return np.array([(p.x + 0.5, p.y + 0.5) for p in parts], np.float64)
