"""Masks of pixels."""

import tensorflow as tf

from face2param.rendering.rasterize import Fragments
from face2param.rendering.shapes import check_shape


def mask(fragments: Fragments, triangles: tf.Tensor | None = None) -> tf.Tensor:
    """Where the pixels see a triangle, or one of a set.

    Args:
      fragments: what the pixels see.
      triangles: bool `[triangles]`, the set; None for all. The whole mesh still hides it.

    Returns:
      float32 `[batch, height, width, 1]`, 0 or 1. No gradient flows.

    Raises:
      ValueError: `triangles` has another shape.
    """
    seen = fragments.triangle >= 0
    if triangles is not None:
        check_shape("triangles", triangles, ("triangles",))
        chosen = tf.gather(tf.cast(triangles, tf.bool), tf.maximum(fragments.triangle, 0))
        seen = seen & chosen
    return tf.cast(seen, tf.float32)[..., None]
