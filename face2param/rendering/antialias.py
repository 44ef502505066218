"""Silhouettes between pixel centres: smooth in the picture, and with a gradient.

The gradient of interpolation knows how a visible surface moves under its pixels, and nothing of
pixels that a silhouette is about to cover or leave; for a bright face on a dark background that
is nearly all of the signal for the pose. This function finds, for each link between the centres
of two neighbouring pixels of which one sees a farther surface or the background, the outermost
silhouette edge that crosses it, wherever its triangle is and however small. Unlike a search
around the edges of the two visible triangles (Laine et al. 2020, "Modular primitives for
high-performance differentiable rendering", section 3.5), it does not lose edges of triangles
smaller than a pixel: it goes through the edges of the mesh whose triangles all lie on one side.

Forward: a pixel takes from the neighbour the share of itself that lies beyond the silhouette,
as the crossing of the link says; of its four links the one with the largest share counts,
which for a straight silhouette is the one most square to it.

Backward: by the divergence theorem, the change of the integral of a picture when a silhouette
moves with velocity v is the sum over links along x of (difference of colour) v_x plus that over
links along y of (difference) v_y (compare Pidhorskyi et al. 2024, "Rasterized edge gradients").
So each crossing moves along its link with the point of the edge at it, and changes the pixel
that it lies in. The sum needs no normals and is right for jagged outlines; at a single link of
a slanted edge it is that link's part of the sum, not the derivative of the pixel.
"""

import functools

import numpy as np
import tensorflow as tf

from face2param.rendering import numba_ops, tensorflow_antialias
from face2param.rendering.cameras import Projected
from face2param.rendering.edges import Edges, find_edges
from face2param.rendering.rasterize import Fragments, check_backend, check_projected
from face2param.rendering.shapes import check_shape

_OPERATIONS = {"numba": numba_ops.antialias, "tensorflow": tensorflow_antialias.antialias}
GAP = 1e-3
"""Least relative difference of inverse depth at a silhouette: a centimetre in ten metres."""


def antialias(
    image: tf.Tensor,
    fragments: Fragments,
    projected: Projected,
    faces: tf.Tensor,
    backend: str = "numba",
    gap: float = GAP,
) -> tf.Tensor:
    """Blends neighbouring pixels where a silhouette passes between them.

    To composite over a photograph, concatenate image and mask and blend both.

    Args:
      image: `[batch, height, width, channels]`, drawn from the other arguments.
      fragments: what the pixels see.
      projected: of the vertices.
      faces: int32 `[triangles, 3]`, known when the graph is built.
      backend: see `rasterize`.
      gap: surfaces of which the farther one's inverse depth, raised by this fraction, reaches
        the nearer one's are taken for one surface.

    Returns:
      `[batch, height, width, channels]`. The gradient flows to `image`, and at silhouettes to
      the screen positions.

    Raises:
      ValueError: an argument has another shape, no such backend, or `faces` is known only when
        the graph runs.
    """
    check_backend(backend)
    check_projected(projected, faces)
    check_shape("image", image, ("batch", "height", "width", "channels"))
    check_shape("fragments.inverse_depth", fragments.inverse_depth, (*image.shape[:3],))
    known = tf.get_static_value(faces) if tf.is_tensor(faces) else np.asarray(faces)
    if known is None:
        raise ValueError(
            "faces must be known when the graph is built (a NumPy array or a constant), "
            "got a tensor without value"
        )
    edges = edges_of(known)
    if not len(edges.ends):
        return tf.identity(image)
    return _OPERATIONS[backend](
        image,
        tf.stop_gradient(fragments.inverse_depth),
        projected.screen,
        tf.stop_gradient(projected.inverse_depth),
        edges,
        gap,
    )


def edges_of(faces: np.ndarray) -> Edges:
    """`find_edges`, remembered for the last few meshes."""
    faces = np.ascontiguousarray(faces, np.int32)
    check_shape("faces", faces, ("triangles", 3))
    return _remembered(faces.tobytes())


@functools.lru_cache(maxsize=8)
def _remembered(data: bytes) -> Edges:
    return find_edges(np.frombuffer(data, np.int32).reshape(-1, 3))
