"""Vertex normals as a tensor function."""

import numpy as np
import tensorflow as tf

from face2param.rendering import normal_kernels
from face2param.rendering.rasterize import check_backend
from face2param.rendering.shapes import check_shape

WEIGHTINGS = ("area", "unit")


def vertex_normals(
    vertices: tf.Tensor, faces: tf.Tensor, weighting: str = "area", backend: str = "numba"
) -> tf.Tensor:
    """Unit normals of vertices: the sum of the normals of their triangles, normalised.

    Args:
      vertices: `[batch, vertices, 3]` positions.
      faces: int32 `[triangles, 3]`, counter-clockwise seen from outside.
      weighting: "area" counts a triangle by its area; "unit" counts all alike, as Deep3D does.
      backend: "numba" or "tensorflow", as in `rasterize`.

    Returns:
      `[batch, vertices, 3]`; zero for a vertex without triangles. Differentiable.

    Raises:
      ValueError: an argument has another shape, no such weighting, no such backend, or `faces`
        has an index that is no vertex (with "numba"; inside a `tf.function` this is a
        tf.errors.InvalidArgumentError when it runs).
    """
    if weighting not in WEIGHTINGS:
        raise ValueError(f"weighting must be one of {', '.join(WEIGHTINGS)}, got {weighting!r}")
    check_backend(backend)
    vertices = tf.convert_to_tensor(vertices)
    check_shape("vertices", vertices, ("batch", "vertices", 3))
    check_shape("faces", faces, ("triangles", 3))
    operation = _compiled if backend == "numba" else _graph
    return operation(vertices, tf.convert_to_tensor(faces, tf.int32), weighting == "unit")


def _graph(vertices, faces, unit):
    a, b, c = (tf.gather(vertices, faces[:, corner], axis=1) for corner in range(3))
    normals = tf.linalg.cross(b - a, c - a)
    if unit:
        normals = _unit(normals)
    # Triangles first, batch behind: one sum over segments for the whole batch.
    spread = tf.transpose(tf.concat([normals] * 3, 1), [1, 0, 2])
    corners = tf.reshape(tf.transpose(faces), [-1])
    total = tf.math.unsorted_segment_sum(spread, corners, tf.shape(vertices)[1])
    return tf.ensure_shape(_unit(tf.transpose(total, [1, 0, 2])), vertices.shape)


def _unit(vectors):
    squared = tf.reduce_sum(vectors * vectors, -1, keepdims=True)
    positive = squared > 0
    # The inner where keeps the gradient of zero vectors zero instead of NaN.
    inverse = tf.math.rsqrt(tf.where(positive, squared, tf.ones_like(squared)))
    return tf.where(positive, vectors * inverse, tf.zeros_like(vectors))


def _compiled(vertices, faces, unit):
    def forward(vertices, faces):
        normals = np.empty(vertices.shape, vertices.dtype)
        for mesh, out in zip(vertices, normals, strict=True):
            normal_kernels.normalise(_sums(mesh, faces, unit), out)
        return normals

    def backward(vertices, faces, upstream):
        gradients = np.empty(vertices.shape, vertices.dtype)
        for b, mesh in enumerate(vertices):
            total, to_vertices = _sums(mesh, faces, unit), np.zeros(mesh.shape, np.float64)
            normal_kernels.gradient(mesh, faces, unit, total, upstream[b], to_vertices)
            gradients[b] = to_vertices
        return gradients

    @tf.custom_gradient
    def run(vertices):
        normals = tf.numpy_function(forward, [vertices, faces], vertices.dtype, stateful=False)

        def gradient(upstream):
            inputs = [vertices, faces, upstream]
            found = tf.numpy_function(backward, inputs, vertices.dtype, stateful=False)
            return tf.ensure_shape(found, vertices.shape)

        return tf.ensure_shape(normals, vertices.shape), gradient

    return run(vertices)


def _sums(mesh, faces, unit):
    total = np.zeros(mesh.shape, np.float64)
    if not normal_kernels.sums(mesh, faces, unit, total):
        raise ValueError(
            f"faces must index {len(mesh)} vertices, got indices {faces.min()}..{faces.max()}"
        )
    return total
