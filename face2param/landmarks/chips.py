"""Which part of a picture the identity networks want to see.

Each function returns matrices `[2, 3]` from pixels of the crop to pixels of the picture (first
pixel's centre at (0.5, 0.5) in both), ready for a sampler.
"""

from __future__ import annotations

import numpy as np

from face2param.landmarks import similarity
from face2param.landmarks.markup import check_landmarks

DLIB_POINTS: tuple[int, ...] = (*range(27, 55), *range(60, 65))
"""The points that dlib's face chip rests on: no jaw, no brows, no lower lip."""

# Where dlib wants these points, in units of the unpadded chip. Measured, not copied:
# dlib.get_face_chip_details is linear in the landmarks, so moving one landmark at a time gives
# the weight of each in the least-squares fit, and from the weights follows the mean shape. The
# numbers reproduce dlib's chips to its own rounding; tests/landmarks/test_chips.py compares.
DLIB_MEAN_SHAPE = np.array(
    [
        *[(0.490127, y) for y in (0.203352, 0.307009, 0.409805, 0.515625)],
        *[(0.366880, 0.587326), (0.426036, 0.609345), (0.490127, 0.628106)],
        *[(0.554217, 0.609345), (0.613373, 0.587326)],
        *[(0.121737, 0.216423), (0.187122, 0.178758), (0.265825, 0.179852)],
        *[(0.334606, 0.231733), (0.260918, 0.245099), (0.182743, 0.244077)],
        *[(0.645647, 0.231733), (0.714428, 0.179852), (0.793132, 0.178758)],
        *[(0.858516, 0.216423), (0.797510, 0.244077), (0.719335, 0.245099)],
        *[(0.254149, 0.780233), (0.340985, 0.745405), (0.428858, 0.727388)],
        *[(0.490127, 0.742578), (0.551395, 0.727388), (0.639268, 0.745405)],
        *[(0.726104, 0.780233)],
        *[(0.290379, 0.784792), (0.428096, 0.778746), (0.490127, 0.785343)],
        *[(0.552157, 0.778746), (0.689874, 0.784792)],
    ]
)
DLIB_MEAN_SHAPE.setflags(write=False)

LIGHTCNN_SIZE = 128
LIGHTCNN_EYE_Y = 40.0
LIGHTCNN_EYE_TO_MOUTH = 48.0


def dlib_chip_matrix(landmarks: np.ndarray, size: int = 150, padding: float = 0.25) -> np.ndarray:
    """The crop that dlib's `get_face_chip` takes for its recognition network.

    The fit maps mean shape to landmarks. dlib samples the chip with pixel indices: it maps the
    chip's centre to the fit of `size / 2` but spreads the chip's `size` pixel centres over
    the width of the rectangle less one pixel, so the scale is (size * s - 1) / (size - 1).
    dlib rounds landmarks to whole pixels; this function does not.

    Args:
      landmarks: `[..., 68, 2]` px of the picture.
      size: side of the chip in pixels, at least 2.
      padding: margin around the mean shape as a fraction of its size, not negative.

    Returns:
      `[..., 2, 3]` float64, crop px -> picture px. No gradient.

    Raises:
      ValueError: another shape, or `size` or `padding` out of range.
    """
    landmarks = check_landmarks(landmarks)
    if size < 2 or padding < 0:
        raise ValueError(f"size must be >= 2 and padding >= 0, got {size} and {padding}")
    source = (padding + DLIB_MEAN_SHAPE) / (2 * padding + 1) * size
    target = landmarks[..., list(DLIB_POINTS), :]
    fit = similarity.estimate_similarity(np.broadcast_to(source, target.shape), target)
    scale, angle = similarity.scale_and_angle(fit)
    centre = similarity.transform_points(fit, np.full((1, 2), size / 2))[..., 0, :]
    a = (size * scale - 1) / (size - 1) * np.exp(1j * angle)
    b = centre[..., 0] + 1j * centre[..., 1] - a * (size / 2) * (1 + 1j)
    return similarity.similarity_matrix(a, b)


def lightcnn_matrix(points: np.ndarray) -> np.ndarray:
    """The 128x128 crop of LightCNN: eyes level at y = 40, mouth 48 pixels below them.

    Wu et al., "A Light CNN for Deep Face Representation with Noisy Labels", TIFS 2018, and
    the table in its repository. The eye line gives the rotation, the distance from the eyes'
    midpoint to the mouth's midpoint across that line the scale; the eyes' midpoint is put at
    x = 64.

    Args:
      points: `[..., 5, 2]` as from `markup.five_points`, px of the picture.

    Returns:
      `[..., 2, 3]` float64, crop px -> picture px. No gradient.

    Raises:
      ValueError: another shape; or the mouth is not below the eyes, which no face has.
    """
    points = np.asarray(points, np.float64)
    if points.ndim < 2 or points.shape[-2:] != (5, 2):
        raise ValueError(f"points must have shape [..., 5, 2], got {points.shape}")
    z = points[..., 0] + 1j * points[..., 1]
    eyes, mouth = (z[..., 0] + z[..., 1]) / 2, (z[..., 3] + z[..., 4]) / 2
    distance = np.abs(z[..., 1] - z[..., 0])
    if (distance <= 0).any():
        raise ValueError("points: both eyes are at the same place")
    level = (z[..., 1] - z[..., 0]) / distance
    drop = ((mouth - eyes) / level).imag
    if (drop <= 0).any():
        raise ValueError("points: the mouth is not below the eyes; is the picture upside down?")
    a = level * drop / LIGHTCNN_EYE_TO_MOUTH
    b = eyes - a * (LIGHTCNN_SIZE / 2 + 1j * LIGHTCNN_EYE_Y)
    return similarity.similarity_matrix(a, b)
