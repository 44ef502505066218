"""Which triangle each pixel sees and where on it, differentiable.

Visibility has no gradient; the place on the visible triangle has one. What a pixel at a
silhouette would see if the silhouette moved is the business of
`face2param/rendering/antialias.py`. The rules of visibility are those of
`face2param/rendering/raster.py`; truth of values and gradients:
`face2param/rendering/reference.py`.
"""

from typing import NamedTuple

import tensorflow as tf

from face2param.rendering import numba_ops, tensorflow_raster
from face2param.rendering.cameras import Projected
from face2param.rendering.shapes import check_shape

OPERATIONS = {"numba": numba_ops, "tensorflow": tensorflow_raster}
BACKENDS = tuple(OPERATIONS)


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
    faces = tf.convert_to_tensor(faces, tf.int32)
    operations = OPERATIONS[backend]
    triangle = operations.visible(projected.screen, projected.inverse_depth, faces, tuple(size))
    return locate(triangle, projected, faces, backend)


def locate(
    triangle: tf.Tensor, projected: Projected, faces: tf.Tensor, backend: str = "numba"
) -> Fragments:
    """The second half of `rasterize`, for triangles that are already known.

    Args:
      triangle: int32 `[batch, height, width]`, -1 = background.
      projected: of the vertices.
      faces: int32 `[triangles, 3]`.
      backend: see `rasterize`.

    Returns:
      Fragments, differentiable as those of `rasterize`.

    Raises:
      ValueError: no such backend.
    """
    check_backend(backend)
    faces = tf.convert_to_tensor(faces, tf.int32)
    return Fragments(triangle, *OPERATIONS[backend].locate(triangle, *projected, faces))


def check_backend(backend: str) -> None:
    """Raises ValueError for a name that is no backend."""
    if backend not in BACKENDS:
        raise ValueError(f"backend must be one of {', '.join(BACKENDS)}, got {backend!r}")


def check_projected(projected: Projected, faces: tf.Tensor) -> None:
    """Raises ValueError that names the argument with a wrong shape."""
    check_shape("screen", projected.screen, ("batch", "vertices", 2))
    check_shape("inverse_depth", projected.inverse_depth, ("batch", "vertices"))
    check_shape("faces", faces, ("triangles", 3))
    if faces.shape[0] == 0:
        raise ValueError("faces must have at least one triangle, got none")
