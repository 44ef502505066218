"""Vertex normals as a tensor function."""

import tensorflow as tf

from face2param.rendering.shapes import check_shape

WEIGHTINGS = ("area", "unit")


def vertex_normals(vertices: tf.Tensor, faces: tf.Tensor, weighting: str = "area") -> tf.Tensor:
    """Unit normals of vertices: the sum of the normals of their triangles, normalised.

    Args:
      vertices: `[batch, vertices, 3]` positions.
      faces: int32 `[triangles, 3]`, counter-clockwise seen from outside.
      weighting: "area" counts a triangle by its area; "unit" counts all alike, as Deep3D does.

    Returns:
      `[batch, vertices, 3]`; zero for a vertex without triangles. Differentiable.

    Raises:
      ValueError: an argument has another shape, or no such weighting.
    """
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting must be one of {', '.join(WEIGHTINGS)}, got {weighting!r}")
    check_shape("vertices", vertices, ("batch", "vertices", 3))
    check_shape("faces", faces, ("triangles", 3))
    faces = tf.convert_to_tensor(faces)
    corners = tf.gather(vertices, faces, axis=1)
    a, b, c = tf.unstack(corners, axis=2)
    normals = tf.linalg.cross(b - a, c - a)
    if weighting == "unit":
        normals = _unit(normals)
    count = tf.shape(vertices)[1]
    # One segment axis for all three corners: triangles first, batch behind.
    spread = tf.transpose(tf.concat([normals] * 3, 1), [1, 0, 2])
    total = tf.math.unsorted_segment_sum(spread, tf.reshape(tf.transpose(faces), [-1]), count)
    return _unit(tf.transpose(total, [1, 0, 2]))


def _unit(vectors: tf.Tensor) -> tf.Tensor:
    squared = tf.reduce_sum(vectors * vectors, -1, keepdims=True)
    positive = squared > 0
    # The inner where keeps the gradient of zero vectors zero instead of NaN.
    inverse = tf.math.rsqrt(tf.where(positive, squared, tf.ones_like(squared)))
    return tf.where(positive, vectors * inverse, tf.zeros_like(vectors))
