"""Where a refinement begins when no network has looked: the pose that the landmarks tell."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from face2param.landmarks import markup
from face2param.morphable.coefficients import Layout, neutral
from face2param.morphable.model import FaceModel
from face2param.rendering import rotations
from face2param.rendering.cameras import Perspective

_RIGID = tuple(range(27, 48))
"""Nose and eyes: what neither jaw nor lips nor brows move."""


def from_landmarks(
    model: FaceModel, layout: Layout, landmarks: np.ndarray, camera: Perspective
) -> dict[str, tf.Tensor]:
    """The mean face in the pose of the landmarks, under even light.

    The affine camera that maps nose and eyes of the mean face to the landmarks (as in POS) is
    brought to the nearest rotation and one scale; the scale gives the distance.

    Args:
      model: the face model.
      layout: of the coefficients.
      landmarks: `[batch, 68, 2]` px of the camera's picture.
      camera: pinhole.

    Returns:
      name -> `[batch, size]`.

    Raises:
      ValueError: another shape of landmarks, or a camera without a focal length.
    """
    if not isinstance(camera, Perspective):
        raise ValueError(f"camera must be a Perspective, got {type(camera).__name__}")
    landmarks = markup.check_landmarks(landmarks).astype(np.float64)
    points = model.landmarks()[list(_RIGID)].astype(np.float64)
    equations = np.concatenate([points, np.ones((len(points), 1))], 1)
    turns, shifts = [], []
    for face in landmarks.reshape(-1, markup.COUNT, 2):
        # The screen's y points down, the world's up.
        seen = (face[list(_RIGID)] - camera.principal) * [1, -1]
        solved = np.linalg.lstsq(equations, seen, rcond=None)[0]
        left, sizes, right = np.linalg.svd(solved[:3].T, full_matrices=False)
        rows = left @ right
        turns.append(np.stack([*rows, np.cross(*rows)]))
        depth = camera.focal / max(sizes.mean(), 1e-6)
        depth = float(np.clip(depth, 2 * camera.near + 1, camera.far - 1))
        shifts.append([*(solved[3] * depth / camera.focal), camera.distance - depth])
    start = neutral(layout, len(turns))
    start["rotation"] = rotations.to_euler(tf.constant(np.array(turns), tf.float32))
    start["translation"] = tf.constant(np.array(shifts), tf.float32)
    return start
