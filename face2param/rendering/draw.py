"""Mesh to picture in one step."""

from typing import NamedTuple

import tensorflow as tf

from face2param.rendering.cameras import Projected
from face2param.rendering.rasterize import (
    OPERATIONS,
    Fragments,
    check_backend,
    check_projected,
    locate,
)
from face2param.rendering.shapes import check_shape


class Drawn(NamedTuple):
    """A picture and what its pixels see.

    Attributes:
      image: `[batch, height, width, channels]`, 0 on the background.
      mask: `[batch, height, width, 1]`, 1 where there is a triangle; no gradient.
      fragments: triangles, barycentrics and inverse depth of the pixels.
    """

    image: tf.Tensor
    mask: tf.Tensor
    fragments: Fragments


def draw(
    projected: Projected,
    attributes: tf.Tensor,
    faces: tf.Tensor,
    size: tuple[int, int],
    backend: str = "numba",
) -> Drawn:
    """Rasterizes and interpolates; the same numbers as the two functions one after the other.

    Args:
      projected: `screen` `[batch, vertices, 2]` in pixels, `inverse_depth` `[batch, vertices]`.
      attributes: `[batch, vertices, channels]`, such as shaded colours.
      faces: int32 `[triangles, 3]`.
      size: (height, width) in pixels.
      backend: see `rasterize`.

    Returns:
      Drawn. The gradient flows to attributes, screen and inverse depth.

    Raises:
      ValueError: an argument has another shape, or no such backend.
    """
    check_backend(backend)
    check_projected(projected, faces)
    check_shape("attributes", attributes, ("batch", "vertices", "channels"))
    faces = tf.convert_to_tensor(faces, tf.int32)
    image, triangle = OPERATIONS[backend].draw(*projected, attributes, faces, tuple(size))
    fragments = locate(triangle, projected, faces, backend)
    mask = tf.cast(fragments.triangle >= 0, image.dtype)[..., None]
    return Drawn(image, mask, fragments)
