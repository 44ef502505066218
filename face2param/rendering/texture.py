"""Textures at positions."""

import tensorflow as tf

from face2param.rendering.shapes import check_shape


def sample(texture: tf.Tensor, uv: tf.Tensor) -> tf.Tensor:
    """Samples bilinearly.

    Args:
      texture: `[batch, height, width, channels]`, row 0 on top.
      uv: `[batch, ..., 2]`, (u, v) in [0, 1]: u to the right, v down (see CONVENTIONS.md), so
        (0, 0) is the upper left corner of the upper left texel. Positions beyond take the
        nearest texel.

    Returns:
      `[batch, ..., channels]`. The gradient flows to `texture` and, through the weights, to
      `uv`.

    Raises:
      ValueError: an argument has another shape; the message names it.
    """
    check_shape("texture", texture, ("batch", "height", "width", "channels"))
    check_shape("uv", uv, ("...", "points", 2))
    shape = tf.shape(texture)
    height, width = shape[1], shape[2]
    lengths = tf.cast(tf.stack([width, height]), uv.dtype)
    place = tf.clip_by_value(uv * lengths - 0.5, 0.0, lengths - 1.0)
    low = tf.floor(tf.stop_gradient(place))
    fraction = place - low
    first = tf.cast(low, tf.int32)
    second = tf.minimum(first + 1, tf.stack([width, height]) - 1)
    x0, y0, x1, y1 = first[..., 0], first[..., 1], second[..., 0], second[..., 1]
    fx, fy = fraction[..., :1], fraction[..., 1:]
    texels = tf.reshape(texture, [shape[0], height * width, shape[3]])

    def at(x, y):
        return tf.gather(texels, y * width + x, batch_dims=1)

    upper = at(x0, y0) * (1 - fx) + at(x1, y0) * fx
    lower = at(x0, y1) * (1 - fx) + at(x1, y1) * fx
    return upper * (1 - fy) + lower * fy
