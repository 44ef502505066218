"""Attributes of vertices at pixels."""

import tensorflow as tf

from face2param.rendering.rasterize import OPERATIONS, Fragments, check_backend
from face2param.rendering.shapes import check_shape


def interpolate(
    attributes: tf.Tensor, fragments: Fragments, faces: tf.Tensor, backend: str = "numba"
) -> tf.Tensor:
    """Weighs the corners of each pixel's triangle.

    Args:
      attributes: `[batch, vertices, channels]` anything that vertices carry.
      fragments: what the pixels see.
      faces: int32 `[triangles, 3]`.
      backend: see `rasterize`.

    Returns:
      `[batch, height, width, channels]`; 0 on the background. Differentiable with respect to
      `attributes` and, through the barycentrics, to the positions.

    Raises:
      ValueError: an argument has another shape, no such backend, or an index is out of range
        (with "numba"; inside a `tf.function` this is a tf.errors.InvalidArgumentError when it
        runs).
    """
    check_shape("attributes", attributes, ("batch", "vertices", "channels"))
    check_shape("faces", faces, ("triangles", 3))
    check_backend(backend)
    attributes, faces = tf.convert_to_tensor(attributes), tf.convert_to_tensor(faces, tf.int32)
    return OPERATIONS[backend].interpolate(
        attributes, fragments.triangle, fragments.barycentric, faces
    )
