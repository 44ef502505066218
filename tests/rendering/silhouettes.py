"""How much of the pose gradient of a picture a renderer sees, against supersampled truth.

A bright smooth face with little texture on black, and a target turned and moved a little. The
loss is the mean squared difference of the whole picture; nearly all of its slope by the pose
comes from the pixels at the silhouette.
"""

from typing import NamedTuple

import numpy as np
import tensorflow as tf

from face2param.rendering import draw_kernels
from face2param.rendering.antialias import antialias
from face2param.rendering.cameras import DEEP3D, Projected
from face2param.rendering.draw import draw
from face2param.rendering.rotations import from_euler, transform
from tests.rendering import meshes

STEPS = np.full(6, 4e-3)
"""Of the differences: three angles in radians, three translations in decimetres."""


class Slopes(NamedTuple):
    """Derivatives of the loss by three angles and three translations, `[6]` each.

    Attributes:
      true: by differences of supersampled pictures.
      blended: ours, with antialias.
      interior: ours, without.
    """

    true: np.ndarray
    blended: np.ndarray
    interior: np.ndarray


def pose_slopes(
    size: int, points_across: int, start: np.ndarray, offset: np.ndarray, samples: int = 16
) -> Slopes:
    """Slopes at pose `start` for a target at `start + offset`.

    The picture has `size` x `size` pixels, the truth `samples` x `samples` samples in each,
    the face `points_across` x `points_across` vertices.
    """
    points, faces = meshes.face(points_across)
    colours = np.clip(0.75 + 0.1 * points[:, 2:] + 0.05 * points[:, :1] * [1, 0, -1], 0, 1)
    colours = colours.astype(np.float32)

    def scene(pose: tf.Tensor, pixels: int) -> Projected:
        posed = transform(points[None], from_euler(pose[None, :3]), pose[None, 3:])
        return DEEP3D.resized((pixels, pixels)).project(posed)

    def supersampled(pose):
        n = size * samples
        seen = scene(tf.constant(pose, tf.float32), n)
        screen, depth = seen.screen[0].numpy(), seen.inverse_depth[0].numpy()
        triangle, image = np.empty((n, n), np.int32), np.empty((n, n, 3), np.float32)
        assert draw_kernels.visible(screen, depth, faces, triangle)
        draw_kernels.shade(screen, depth, faces, triangle, colours, image)
        return image.reshape(size, samples, size, samples, 3).mean((1, 3), dtype=np.float64)

    target = supersampled(start + offset)

    def true_loss(pose):
        return ((supersampled(pose) - target) ** 2).mean()

    true = [
        (true_loss(start + step) - true_loss(start - step)) / (2 * step.sum())
        for step in np.diag(STEPS)
    ]
    pose = tf.constant(start, tf.float32)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(pose)
        projected = scene(pose, size)
        drawn = draw(projected, colours[None], faces, (size, size))
        blended = antialias(drawn.image, drawn.fragments, projected, faces)
        wanted = tf.constant(target, tf.float32)
        losses = [tf.reduce_mean((image - wanted) ** 2) for image in (blended, drawn.image)]
    return Slopes(np.array(true), *(tape.gradient(loss, pose).numpy() for loss in losses))


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    """Cosine of the angle between two vectors."""
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))
