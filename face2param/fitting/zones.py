"""Places on a face where its colours are read, defined by the 68 landmarks.

Every zone is a set of points, each a fixed linear combination of landmarks, so that the same
places are read on the photograph, on its imitation and on the engine's picture, whatever their
proportions. The region network is not asked: a beard hides from it, not from these points. Both
sides of the face count as one zone, so that light from the side averages out.
"""

import functools
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from face2param.fitting import colours

_ROW = np.eye(68, dtype=np.float32)
_UP = _ROW[27] - _ROW[33]
"""From the nose base to its root: the face's own upward direction and its unit of length."""


def _at(*indices: int) -> np.ndarray:
    return _ROW[list(indices)].mean(0)


def _between(a: np.ndarray, b: np.ndarray, *steps: float) -> list[np.ndarray]:
    return [a + (b - a) * step for step in steps]


def _forehead() -> list[np.ndarray]:
    rows = (0.35, 0.55, 0.75)
    columns = (_at(21, 22), _at(20), _at(23), _at(19), _at(24))
    return [column + height * _UP for column in columns for height in rows]


def _cheek(lid: int, wing: int, jaw: int) -> list[np.ndarray]:
    corners = _ROW[[lid, wing, jaw]]
    weights = ((0.3, 0.4, 0.3), (0.3, 0.25, 0.45), (0.2, 0.5, 0.3), (0.2, 0.35, 0.45))
    return [np.float32(weight) @ corners for weight in weights]


def _brow(indices: Sequence[int]) -> list[np.ndarray]:
    # dlib puts these points near the upper edge of the hairs.
    middles = [_ROW[i] for i in indices] + [_at(i, i + 1) for i in indices[:-1]]
    return [middle - drop * _UP for middle in middles for drop in (0.05, 0.13)]


def _iris(first: int) -> list[np.ndarray]:
    eye = _ROW[first : first + 6]
    centre = eye[[1, 2, 4, 5]].mean(0)
    width = eye[3] - eye[0]
    return [centre + offset * width for offset in (-0.13, -0.07, 0.07, 0.13)]


def _moustache() -> list[np.ndarray]:
    pairs = ((33, 51), (32, 50), (34, 52))
    inner = [p for a, b in pairs for p in _between(_at(a), _at(b), 0.45, 0.65, 0.82)]
    outer = [
        p
        for a, b, c in ((31, 48, 49), (35, 54, 53))
        for p in _between(_at(a), _at(b, c, c), 0.62, 0.8)
    ]
    return inner + outer


def _chin() -> list[np.ndarray]:
    pairs = ((57, 8), (58, 7), (56, 9))
    return [p for a, b in pairs for p in _between(_at(a), _at(b), 0.45, 0.6, 0.75)]


def _jaw(corner: int, jaws: Sequence[int]) -> list[np.ndarray]:
    return [p for j in jaws for p in _between(_at(corner), _at(j), 0.5, 0.68, 0.84)]


def _whisker(corner: int, wing: int, jaws: Sequence[int]) -> list[np.ndarray]:
    """The upper border of a full beard, in front of the ear lobe."""
    return [p for j in jaws for p in _between(_at(corner, wing), _at(j), 0.72, 0.85)]


@functools.cache
def table() -> dict[str, np.ndarray]:
    """Returns zone name -> `[points, 68]` weights of the landmarks; rows sum to 1."""
    zones = {
        "forehead": _forehead(),
        "cheeks": _cheek(41, 31, 3) + _cheek(46, 35, 13),
        "nose": _between(_at(27), _at(30), 0.35, 0.55, 0.75),
        "under_eyes": [_at(i) - 0.17 * _UP for i in (40, 41, 46, 47)],
        "upper_lip": [_at(50, 61), _at(51, 62), _at(52, 63)],
        "lower_lip": [_at(56, 65), _at(57, 66), _at(58, 67)],
        "brows": _brow(range(17, 22)) + _brow(range(22, 27)),
        "irises": _iris(36) + _iris(42),
        "moustache": _moustache(),
        "soul_patch": _between(_at(57), _at(8), 0.18, 0.28),
        "chin": _chin(),
        "jaw": _jaw(48, (4, 5, 6)) + _jaw(54, (10, 11, 12)),
        "whiskers": _whisker(48, 31, (2, 3)) + _whisker(54, 35, (13, 14)),
    }
    return {name: np.stack(points).astype(np.float32) for name, points in zones.items()}


NAMES = (
    "forehead",
    "cheeks",
    "nose",
    "under_eyes",
    "upper_lip",
    "lower_lip",
    "brows",
    "irises",
    "moustache",
    "soul_patch",
    "chin",
    "jaw",
    "whiskers",
)
"""Zones in the order of the second axis of `read`."""

CLEAN = ("cheeks", "nose")
"""Zones that show bare skin on nearly everybody: the reference that others are compared with."""


def points(landmarks: tf.Tensor) -> tf.Tensor:
    """Places the points of all zones.

    Args:
      landmarks: `[batch, 68, 2]` (x, y) in pixels.

    Returns:
      `[batch, points, 2]` (x, y) in pixels, zone after zone in the order of `NAMES`.
    """
    rows = np.concatenate([table()[name] for name in NAMES])
    return tf.einsum("pk,bkc->bpc", tf.constant(rows), landmarks)


def read(images: tf.Tensor, landmarks: tf.Tensor) -> tf.Tensor:
    """Reads the mean colour of every zone.

    The picture is smoothed first over 1/64 of its height, so that hairs, pores and single
    highlights average out.

    Args:
      images: `[batch, height, width, 3]` display RGB in [0, 1].
      landmarks: `[batch, 68, 2]` (x, y) in pixels. No gradient flows to them: otherwise the
        search would move a mouth to find a colour.

    Returns:
      `[batch, zones, 3]` L*a*b* / 100, averaged in linear light. Differentiable in `images`.
    """
    step = max(1, int(images.shape[1]) // 128)
    smooth = tf.nn.avg_pool2d(images, 2 * step, step, "SAME")
    where = points(tf.stop_gradient(landmarks)) / step
    values = colours.srgb_to_linear(sample(smooth, where))
    counts = [len(table()[name]) for name in NAMES]
    means = [tf.reduce_mean(part, 1) for part in tf.split(values, counts, 1)]
    return colours.linear_to_lab(tf.stack(means, 1))


def sample(images: tf.Tensor, where: tf.Tensor) -> tf.Tensor:
    """Samples pictures bilinearly at points; points outside take the nearest border pixel.

    Args:
      images: `[batch, height, width, channels]`.
      where: `[batch, points, 2]` (x, y) in pixels of `images`, pixel centres at +0.5.

    Returns:
      `[batch, points, channels]`. Differentiable in `images` only.
    """
    height, width = int(images.shape[1]), int(images.shape[2])
    channels = images.shape[3]
    flat = tf.reshape(images, [-1, height * width, channels])
    x = tf.clip_by_value(where[..., 0] - 0.5, 0.0, width - 1.001)
    y = tf.clip_by_value(where[..., 1] - 0.5, 0.0, height - 1.001)
    x0, y0 = tf.floor(x), tf.floor(y)
    fx, fy = (x - x0)[..., None], (y - y0)[..., None]
    corner = tf.cast(y0, tf.int32) * width + tf.cast(x0, tf.int32)

    def take(offset: int) -> tf.Tensor:
        return tf.gather(flat, corner + offset, batch_dims=1)

    top = take(0) * (1 - fx) + take(1) * fx
    bottom = take(width) * (1 - fx) + take(width + 1) * fx
    return top * (1 - fy) + bottom * fy
