"""The compiled kernels as TensorFlow operations with custom gradients.

They run inside `tf.function` on the CPU, and are dropped from a graph that does not use what
they give. They cannot be saved in a SavedModel nor compiled by XLA; for that there is
`face2param/rendering/tensorflow_raster.py`, with the same numbers.
"""

import numpy as np
import tensorflow as tf

from face2param.rendering import antialias_kernels, draw_kernels
from face2param.rendering.edges import Edges


def visible(screen: tf.Tensor, depth: tf.Tensor, faces: tf.Tensor, size: tuple[int, int]):
    """Index of the visible triangle, int32 `[batch, height, width]`; no gradient.

    Args:
      screen: `[batch, vertices, 2]` pixels.
      depth: `[batch, vertices]` inverse depth.
      faces: int32 `[triangles, 3]`.
      size: (height, width).

    Raises:
      ValueError: `faces` has an index that is no vertex; inside a `tf.function` this is a
        tf.errors.InvalidArgumentError when it runs.
    """

    def run(screen, depth, faces):
        return _visible(screen, depth, faces, size)

    inputs = [tf.stop_gradient(screen), tf.stop_gradient(depth), faces]
    triangle = tf.numpy_function(run, inputs, tf.int32, stateful=False)
    return tf.ensure_shape(triangle, [screen.shape[0], *size])


def locate(triangle: tf.Tensor, screen: tf.Tensor, depth: tf.Tensor, faces: tf.Tensor):
    """Barycentrics `[batch, h, w, 3]` and inverse depth `[batch, h, w]` on known triangles.

    Differentiable with respect to `screen` `[batch, vertices, 2]` and `depth`
    `[batch, vertices]`; `triangle` is what `visible` gives.

    Raises:
      ValueError: an index is out of range; inside a `tf.function` this is a
        tf.errors.InvalidArgumentError when it runs.
    """
    shape = triangle.shape

    @tf.custom_gradient
    def run(screen, depth):
        barycentric, inverse = tf.numpy_function(
            _locate, [triangle, screen, depth, faces], [screen.dtype, depth.dtype], stateful=False
        )

        def gradient(to_barycentric, to_inverse):
            inputs = [triangle, screen, depth, faces, to_barycentric, to_inverse]
            return _shaped(
                tf.numpy_function(
                    _locate_gradient, inputs, [screen.dtype, depth.dtype], stateful=False
                ),
                [screen, depth],
            )

        return (
            tf.ensure_shape(barycentric, [*shape, 3]),
            tf.ensure_shape(inverse, shape),
        ), gradient

    return run(screen, depth)


def draw(
    screen: tf.Tensor,
    depth: tf.Tensor,
    attributes: tf.Tensor,
    faces: tf.Tensor,
    size: tuple[int, int],
):
    """Visibility and interpolation in one call.

    Args:
      screen: `[batch, vertices, 2]` pixels.
      depth: `[batch, vertices]` inverse depth.
      attributes: `[batch, vertices, channels]`.
      faces: int32 `[triangles, 3]`.
      size: (height, width).

    Returns:
      `[batch, height, width, channels]`, differentiable with respect to the first three, and
      the visible triangles, int32 `[batch, height, width]`.

    Raises:
      ValueError: `faces` has an index that is no vertex; inside a `tf.function` this is a
        tf.errors.InvalidArgumentError when it runs.
    """

    def forward(screen, depth, attributes, faces):
        triangle = _visible(screen, depth, faces, size)
        image = np.empty((*triangle.shape, attributes.shape[-1]), attributes.dtype)
        for b in range(len(triangle)):
            draw_kernels.shade(screen[b], depth[b], faces, triangle[b], attributes[b], image[b])
        return image, triangle

    @tf.custom_gradient
    def run(screen, depth, attributes):
        image, triangle = tf.numpy_function(
            forward,
            [screen, depth, attributes, faces],
            [attributes.dtype, tf.int32],
            stateful=False,
        )

        def gradient(to_image, _):
            inputs = [triangle, screen, depth, attributes, faces, to_image]
            dtypes = [screen.dtype, depth.dtype, attributes.dtype]
            return _shaped(
                tf.numpy_function(_shade_gradient, inputs, dtypes, stateful=False),
                [screen, depth, attributes],
            )

        shape = [screen.shape[0], *size]
        image = tf.ensure_shape(image, [*shape, attributes.shape[-1]])
        return (image, tf.ensure_shape(triangle, shape)), gradient

    return run(screen, depth, attributes)


def interpolate(attributes: tf.Tensor, triangle: tf.Tensor, barycentric: tf.Tensor, faces):
    """Attributes at pixels, `[batch, height, width, channels]`; 0 on the background.

    Args:
      attributes: `[batch, vertices, channels]`.
      triangle: int32 `[batch, height, width]`.
      barycentric: `[batch, height, width, 3]`.
      faces: int32 `[triangles, 3]`.

    Returns:
      Differentiable with respect to `attributes` and `barycentric`.

    Raises:
      ValueError: an index is out of range; inside a `tf.function` this is a
        tf.errors.InvalidArgumentError when it runs.
    """

    @tf.custom_gradient
    def run(attributes, barycentric):
        inputs = [attributes, triangle, barycentric, faces]
        image = tf.numpy_function(_interpolate, inputs, attributes.dtype, stateful=False)

        def gradient(upstream):
            dtypes = [attributes.dtype, barycentric.dtype]
            return _shaped(
                tf.numpy_function(
                    _interpolate_gradient, [*inputs, upstream], dtypes, stateful=False
                ),
                [attributes, barycentric],
            )

        return tf.ensure_shape(image, [*triangle.shape, attributes.shape[-1]]), gradient

    return run(attributes, barycentric)


def antialias(
    image: tf.Tensor,
    inverse_depth: tf.Tensor,
    screen: tf.Tensor,
    depth: tf.Tensor,
    edges: Edges,
    gap: float,
):
    """Blends at silhouettes; see `face2param/rendering/antialias.py`.

    Args:
      image: `[batch, height, width, channels]`.
      inverse_depth: `[batch, height, width]` of the pixels.
      screen: `[batch, vertices, 2]` pixels.
      depth: `[batch, vertices]` inverse depth of the vertices.
      edges: of the mesh.
      gap: least relative difference of inverse depth at a silhouette.

    Returns:
      `[batch, height, width, channels]`, differentiable with respect to `image` and `screen`.

    Raises:
      ValueError: the edges have an index that is no vertex; inside a `tf.function` this is a
        tf.errors.InvalidArgumentError when it runs.
    """

    def forward(image, inverse_depth, screen, depth):
        shape = (len(image), 2, *image.shape[1:3])
        edge, place = np.empty(shape, np.int32), np.empty(shape, np.float64)
        out = np.empty(image.shape, image.dtype)
        for b in range(len(image)):
            if not antialias_kernels.crossings(
                screen[b], depth[b], *edges, inverse_depth[b], gap, edge[b], place[b]
            ):
                raise ValueError(
                    f"faces must index {screen.shape[1]} vertices, got {edges.ends.max()}"
                )
            antialias_kernels.blend(image[b], inverse_depth[b], edge[b], place[b], out[b])
        return out, edge, place

    def backward(image, inverse_depth, screen, edge, place, upstream):
        to_image = np.zeros(image.shape, image.dtype)
        to_screen = np.zeros(screen.shape, np.float64)
        for b in range(len(image)):
            antialias_kernels.blend_gradient(
                screen[b],
                edges.ends,
                image[b],
                inverse_depth[b],
                edge[b],
                place[b],
                upstream[b],
                to_image[b],
                to_screen[b],
            )
        return to_image, to_screen.astype(screen.dtype)

    @tf.custom_gradient
    def run(image, screen):
        out, edge, place = tf.numpy_function(
            forward,
            [image, inverse_depth, screen, depth],
            [image.dtype, tf.int32, tf.float64],
            stateful=False,
        )

        def gradient(upstream):
            inputs = [image, inverse_depth, screen, edge, place, upstream]
            dtypes = [image.dtype, screen.dtype]
            return _shaped(
                tf.numpy_function(backward, inputs, dtypes, stateful=False), [image, screen]
            )

        return tf.ensure_shape(out, image.shape), gradient

    return run(image, screen)


def _shaped(gradients, inputs):
    return [tf.ensure_shape(g, x.shape) for g, x in zip(gradients, inputs, strict=True)]


def _visible(screen, depth, faces, size):
    triangle = np.empty((len(screen), *size), np.int32)
    for b in range(len(screen)):
        if not draw_kernels.visible(screen[b], depth[b], faces, triangle[b]):
            raise ValueError(
                f"faces must index {screen.shape[1]} vertices, "
                f"got indices {faces.min()}..{faces.max()}"
            )
    return triangle


def _locate(triangle, screen, depth, faces):
    barycentric = np.empty((*triangle.shape, 3), screen.dtype)
    inverse = np.empty(triangle.shape, depth.dtype)
    for b in range(len(triangle)):
        if not draw_kernels.locate(
            screen[b], depth[b], faces, triangle[b], barycentric[b], inverse[b]
        ):
            raise _out_of_range(screen.shape[1], faces, triangle)
    return barycentric, inverse


def _locate_gradient(triangle, screen, depth, faces, to_barycentric, to_inverse):
    gradient = np.zeros((*depth.shape, 3), np.float64)
    for b in range(len(triangle)):
        draw_kernels.locate_gradient(
            screen[b], depth[b], faces, triangle[b], to_barycentric[b], to_inverse[b], gradient[b]
        )
    return gradient[..., :2].astype(screen.dtype), gradient[..., 2].astype(depth.dtype)


def _shade_gradient(triangle, screen, depth, attributes, faces, to_image):
    gradient = np.zeros((*depth.shape, 3 + attributes.shape[-1]), np.float64)
    for b in range(len(triangle)):
        draw_kernels.shade_gradient(
            screen[b], depth[b], faces, triangle[b], attributes[b], to_image[b], gradient[b]
        )
    return (
        gradient[..., :2].astype(screen.dtype),
        gradient[..., 2].astype(depth.dtype),
        gradient[..., 3:].astype(attributes.dtype),
    )


def _out_of_range(vertices, faces, triangle):
    return ValueError(
        f"faces must index {vertices} vertices and the fragments' triangles must be below "
        f"{len(faces)}, got indices {faces.min()}..{faces.max()} and triangles up to "
        f"{triangle.max()}"
    )


def _interpolate(attributes, triangle, barycentric, faces):
    image = np.empty((*triangle.shape, attributes.shape[-1]), attributes.dtype)
    for b in range(len(triangle)):
        if not draw_kernels.interpolate(
            attributes[b], faces, triangle[b], barycentric[b], image[b]
        ):
            raise _out_of_range(attributes.shape[1], faces, triangle)
    return image


def _interpolate_gradient(attributes, triangle, barycentric, faces, upstream):
    to_attributes = np.zeros(attributes.shape, attributes.dtype)
    to_barycentric = np.empty(barycentric.shape, barycentric.dtype)
    for b in range(len(triangle)):
        draw_kernels.interpolate_gradient(
            attributes[b],
            faces,
            triangle[b],
            barycentric[b],
            upstream[b],
            to_attributes[b],
            to_barycentric[b],
        )
    return to_attributes, to_barycentric
