"""Rotations from and to Euler angles, rigid transforms."""

import tensorflow as tf

from face2param.rendering.shapes import check_shape


def from_euler(angles: tf.Tensor) -> tf.Tensor:
    """Rotation matrices `Rz Ry Rx`, as Deng et al. 2019 pose their faces.

    Matrices act on column vectors, `p' = R p`: first about x (positive: the face looks down),
    then about y (positive: it turns to the picture's right), then about z (positive:
    counter-clockwise as the camera sees it).

    Args:
      angles: `[..., 3]` angles about x, y, z in radians.

    Returns:
      `[..., 3, 3]` rotation matrices. Differentiable.

    Raises:
      ValueError: the last axis is not 3.
    """
    angles = tf.convert_to_tensor(angles, dtype_hint=tf.float32)
    check_shape("angles", angles, ("...", 3))
    sx, sy, sz = tf.unstack(tf.sin(angles), axis=-1)
    cx, cy, cz = tf.unstack(tf.cos(angles), axis=-1)
    rows = [
        [cz * cy, cz * sy * sx - sz * cx, cz * sy * cx + sz * sx],
        [sz * cy, sz * sy * sx + cz * cx, sz * sy * cx - cz * sx],
        [-sy, cy * sx, cy * cx],
    ]
    return tf.stack([tf.stack(row, -1) for row in rows], -2)


def to_euler(rotation: tf.Tensor) -> tf.Tensor:
    """Angles of `from_euler` for rotation matrices.

    At +-90 degrees about y only a sum of the other two is determined; x is 0 there.

    Args:
      rotation: `[..., 3, 3]` rotation matrices.

    Returns:
      `[..., 3]` angles about x, y, z in radians: x and z in (-pi, pi], y in [-pi/2, pi/2].
      Differentiable away from +-90 degrees about y.

    Raises:
      ValueError: the last two axes are not 3.
    """
    rotation = tf.convert_to_tensor(rotation)
    check_shape("rotation", rotation, ("...", 3, 3))
    r = rotation
    cosine = tf.sqrt(tf.maximum(r[..., 0, 0] ** 2 + r[..., 1, 0] ** 2, 1e-30))
    locked = cosine < 1e-6
    y = tf.atan2(-r[..., 2, 0], cosine)
    x = tf.where(locked, tf.zeros_like(y), tf.atan2(r[..., 2, 1], r[..., 2, 2]))
    z = tf.where(
        locked,
        tf.atan2(-r[..., 0, 1], r[..., 1, 1]),
        tf.atan2(r[..., 1, 0], r[..., 0, 0]),
    )
    return tf.stack([x, y, z], -1)


def transform(points: tf.Tensor, rotation: tf.Tensor, translation: tf.Tensor) -> tf.Tensor:
    """Turns, then moves: `p' = R p + t` for every point.

    Args:
      points: `[batch, vertices, 3]` positions in any unit.
      rotation: `[batch, 3, 3]` rotation matrices.
      translation: `[batch, 3]` in the unit of `points`.

    Returns:
      `[batch, vertices, 3]` positions. Differentiable with respect to all three.

    Raises:
      ValueError: an argument has another shape; the message names it.
    """
    check_shape("points", points, ("batch", "vertices", 3))
    check_shape("rotation", rotation, ("batch", 3, 3))
    check_shape("translation", translation, ("batch", 3))
    return tf.matmul(points, rotation, transpose_b=True) + translation[:, None]
