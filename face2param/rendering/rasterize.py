"""Which triangle each pixel sees and where on it, differentiable.

Visibility has no gradient; the place on the visible triangle has one. What a pixel at a
silhouette would see if the silhouette moved is the business of
`face2param/rendering/antialias.py`. The rules of visibility are those of
`face2param/rendering/raster.py`; truth of values and gradients:
`face2param/rendering/reference.py`.
"""

from typing import NamedTuple

import tensorflow as tf

from face2param.rendering.cameras import Projected
from face2param.rendering.shapes import check_shape

BACKENDS = ("numba", "tensorflow")


class Fragments(NamedTuple):
    """What the pixels see.

    Attributes:
      triangle: int32 `[batch, height, width]`, index of the visible triangle, -1 = background.
      barycentric: `[batch, height, width, 3]` perspective-correct weights of its corners; they
        sum to 1, and are 0 on the background.
      inverse_depth: `[batch, height, width]`, 1 / distance along the axis; 0 on the background.
    """

    triangle: tf.Tensor
    barycentric: tf.Tensor
    inverse_depth: tf.Tensor


def rasterize(
    projected: Projected, faces: tf.Tensor, size: tuple[int, int], backend: str = "numba"
) -> Fragments:
    """Finds the visible triangle of each pixel and the place on it.

    Args:
      projected: `screen` `[batch, vertices, 2]` in pixels, `inverse_depth` `[batch, vertices]`.
      faces: int32 `[triangles, 3]`.
      size: (height, width) in pixels.
      backend: "numba" (fast on a CPU, also inside `tf.function`) or "tensorflow" (TensorFlow
        alone: devices, XLA, SavedModel).

    Returns:
      Fragments. The gradient flows from barycentrics and inverse depth to both of `projected`.

    Raises:
      ValueError: an argument has another shape, or no such backend.
    """
    check_backend(backend)
    check_projected(projected, faces)
    triangle = visible(projected, faces, size, backend)
    return locate(triangle, projected, faces)


def check_backend(backend: str) -> None:
    """Raises ValueError for a name that is no backend."""
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}")


def check_projected(projected: Projected, faces: tf.Tensor) -> None:
    """Raises ValueError that names the argument with a wrong shape."""
    check_shape("screen", projected.screen, ("batch", "vertices", 2))
    check_shape("inverse_depth", projected.inverse_depth, ("batch", "vertices"))
    check_shape("faces", faces, ("triangles", 3))


def visible(
    projected: Projected, faces: tf.Tensor, size: tuple[int, int], backend: str
) -> tf.Tensor:
    """Index of the visible triangle, int32 `[batch, height, width]`; no gradient."""
    import numpy as np

    from face2param.rendering import raster

    def search(screen, inverse_depth, faces):
        rasters = [
            raster.rasterize(s, d, faces, size) for s, d in zip(screen, inverse_depth, strict=True)
        ]
        return np.stack([r.triangle for r in rasters])

    triangle = tf.numpy_function(
        search,
        [
            tf.stop_gradient(projected.screen),
            tf.stop_gradient(projected.inverse_depth),
            tf.convert_to_tensor(faces),
        ],
        tf.int32,
        stateful=False,
    )
    return tf.ensure_shape(triangle, [projected.screen.shape[0], *size])


def locate(triangle: tf.Tensor, projected: Projected, faces: tf.Tensor) -> Fragments:
    """Place on known triangles.

    Args:
      triangle: int32 `[batch, height, width]`, -1 = background.
      projected: of the vertices.
      faces: int32 `[triangles, 3]`.

    Returns:
      Fragments, differentiable as in `rasterize`. Computed in double precision, because the
      corners of a triangle smaller than a pixel differ in few digits.
    """
    shape = tf.shape(triangle)
    hit = triangle >= 0
    corners = tf.gather(tf.convert_to_tensor(faces), tf.maximum(triangle, 0))
    screen = tf.cast(tf.gather(projected.screen, corners, batch_dims=1), tf.float64)
    depth = tf.cast(tf.gather(projected.inverse_depth, corners, batch_dims=1), tf.float64)
    x, y = tf.unstack(screen, axis=-1)
    px = (tf.cast(tf.range(shape[2]), tf.float64) + 0.5)[None, None, :]
    py = (tf.cast(tf.range(shape[1]), tf.float64) + 0.5)[None, :, None]
    one = tf.ones([], tf.float64)
    e1x, e1y = x[..., 1] - x[..., 0], y[..., 1] - y[..., 0]
    e2x, e2y = x[..., 2] - x[..., 0], y[..., 2] - y[..., 0]
    qx, qy = px - x[..., 0], py - y[..., 0]
    area = e1x * e2y - e1y * e2x
    area = tf.where(hit, area, one)
    w1 = (qx * e2y - qy * e2x) / area
    w2 = (qy * e1x - qx * e1y) / area
    weighted = tf.stack([1.0 - w1 - w2, w1, w2], -1) * depth
    inverse = tf.reduce_sum(weighted, -1)
    barycentric = weighted / tf.where(hit, inverse, one)[..., None]
    zero = tf.zeros([], tf.float64)
    dtype = projected.screen.dtype
    return Fragments(
        triangle,
        tf.cast(tf.where(hit[..., None], barycentric, zero), dtype),
        tf.cast(tf.where(hit, inverse, zero), dtype),
    )
