"""Light as spherical harmonics of order two: nine bands, coloured or white.

Basis and factors of Deng et al. 2019, after Ramamoorthi and Hanrahan 2001 (A = pi,
2 pi / sqrt 3, 2 pi / sqrt 8 for a Lambertian surface).
"""

import math

import tensorflow as tf

from face2param.rendering.shapes import check_shape

BANDS = 9
_A0, _A1, _A2 = math.pi, 2 * math.pi / math.sqrt(3), 2 * math.pi / math.sqrt(8)
_C0 = 1 / math.sqrt(4 * math.pi)
_C1 = math.sqrt(3) / math.sqrt(4 * math.pi)
_C2 = 3 * math.sqrt(5) / math.sqrt(12 * math.pi)


def basis(normals: tf.Tensor) -> tf.Tensor:
    """Values of the nine bands.

    The order is Deep3D's: 1, -y, z, -x, xy, -yz, 3z^2 - 1, -xz, x^2 - y^2.

    Args:
      normals: `[..., 3]` unit normals; a zero normal leaves the constant parts.

    Returns:
      `[..., 9]`. Differentiable.

    Raises:
      ValueError: the last axis is not 3.
    """
    check_shape("normals", normals, ("...", 3))
    x, y, z = tf.unstack(normals, axis=-1)
    bands = [
        tf.fill(tf.shape(x), tf.cast(_A0 * _C0, x.dtype)),
        -_A1 * _C1 * y,
        _A1 * _C1 * z,
        -_A1 * _C1 * x,
        _A2 * _C2 * x * y,
        -_A2 * _C2 * y * z,
        _A2 * _C2 * 0.5 / math.sqrt(3) * (3 * z * z - 1),
        -_A2 * _C2 * x * z,
        _A2 * _C2 * 0.5 * (x * x - y * y),
    ]
    return tf.stack(bands, -1)


def irradiance(normals: tf.Tensor, light: tf.Tensor) -> tf.Tensor:
    """Light that arrives, per channel.

    Args:
      normals: `[batch, ..., 3]` unit normals of vertices or pixels.
      light: `[batch, 9, channels]` coefficients; 3 channels for coloured light, 1 for white.

    Returns:
      `[batch, ..., channels]`. Not clamped: it may be negative, as in the original.
      Differentiable with respect to both.

    Raises:
      ValueError: an argument has another shape; the message names it.
    """
    check_shape("normals", normals, ("...", "points", 3))
    check_shape("light", light, ("batch", BANDS, "channels"))
    values = basis(normals)
    flat = tf.reshape(values, [tf.shape(values)[0], -1, BANDS])
    arriving = tf.matmul(flat, light)
    return tf.reshape(arriving, tf.concat([tf.shape(values)[:-1], tf.shape(light)[2:]], 0))


def shade(albedo: tf.Tensor, normals: tf.Tensor, light: tf.Tensor) -> tf.Tensor:
    """Colour of a Lambertian surface: `albedo * sum_k light_k Y_k(normal)`.

    Args:
      albedo: `[batch, ..., 3]` RGB in [0, 1], of vertices or pixels.
      normals: `[batch, ..., 3]` unit normals.
      light: `[batch, 9, 3]` coloured or `[batch, 9, 1]` white coefficients.

    Returns:
      `[batch, ..., 3]` RGB, not clamped. Differentiable with respect to all three.

    Raises:
      ValueError: an argument has another shape; the message names it.
    """
    check_shape("albedo", albedo, ("...", 3))
    return albedo * irradiance(normals, light)
