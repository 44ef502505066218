"""Attributes of vertices at pixels."""

import tensorflow as tf

from face2param.rendering.rasterize import Fragments
from face2param.rendering.shapes import check_shape


def interpolate(attributes: tf.Tensor, fragments: Fragments, faces: tf.Tensor) -> tf.Tensor:
    """Weighs the corners of each pixel's triangle.

    Args:
      attributes: `[batch, vertices, channels]` anything that vertices carry.
      fragments: what the pixels see.
      faces: int32 `[triangles, 3]`.

    Returns:
      `[batch, height, width, channels]`; 0 on the background. Differentiable with respect to
      `attributes` and, through the barycentrics, to the positions.

    Raises:
      ValueError: an argument has another shape; the message names it.
    """
    check_shape("attributes", attributes, ("batch", "vertices", "channels"))
    check_shape("faces", faces, ("triangles", 3))
    corners = tf.gather(tf.convert_to_tensor(faces), tf.maximum(fragments.triangle, 0))
    values = tf.gather(attributes, corners, batch_dims=1)
    # The barycentrics of the background are 0, and so is what they weigh.
    return tf.reduce_sum(values * fragments.barycentric[..., None], -2)
