import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering import reference
from face2param.rendering.cameras import Projected
from face2param.rendering.draw import draw
from face2param.rendering.interpolate import interpolate
from face2param.rendering.masks import mask
from face2param.rendering.rasterize import BACKENDS, rasterize
from face2param.rendering.rotations import from_euler
from tests.rendering import meshes

SIZE = meshes.SIZE
ATTRIBUTES = np.random.default_rng(7).random((2, 120, 5)).astype(np.float32)


def rotation(angles):
    return from_euler(angles).numpy().T


@pytest.mark.parametrize("backend", BACKENDS)
def test_equals_rasterize_then_interpolate_with_gradients(backend):
    projected, faces = meshes.soup(3)
    weights = np.random.default_rng(0).normal(size=(2, *SIZE, 5)).astype(np.float32)
    watched = [tf.constant(part) for part in (*projected, ATTRIBUTES)]

    @tf.function
    def both(*watched):
        at = Projected(*watched[:2])
        with tf.GradientTape(persistent=True) as tape:
            tape.watch(watched)
            drawn = draw(at, watched[2], faces, SIZE, backend)
            fused = tf.reduce_sum(drawn.image * weights)
            fragments = rasterize(at, faces, SIZE, backend)
            parts = tf.reduce_sum(interpolate(watched[2], fragments, faces, backend) * weights)
        return drawn, fragments, tape.gradient(fused, watched), tape.gradient(parts, watched)

    drawn, fragments, fused, parts = both(*watched)
    for a, b in zip(drawn.fragments, fragments, strict=True):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_allclose(drawn.image, interpolate(ATTRIBUTES, fragments, faces), atol=1e-5)
    for a, b in zip(fused, parts, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * np.abs(b).max())


@pytest.mark.parametrize("backend", BACKENDS)
def test_equals_reference_on_triangles_smaller_than_a_pixel(backend):
    """The project's bar for gradients, on every vertex; neighbours' shares nearly cancel."""
    points, faces = meshes.face(70)
    projected = meshes.project(points @ rotation([0.1, 0.5, 0.2]), (48, 48))
    rng = np.random.default_rng(0)
    attributes = rng.random((1, len(points), 3)).astype(np.float32)
    upstream = rng.normal(size=(1, 48, 48, 3)).astype(np.float32)
    watched = [tf.constant(part) for part in (*projected, attributes)]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        drawn = draw(Projected(*watched[:2]), watched[2], faces, (48, 48), backend)
        value = tf.reduce_sum(drawn.image * upstream)
    flat = [part[0] for part in projected]
    truth = reference.rasterize(*flat, faces, (48, 48))
    np.testing.assert_array_equal(drawn.fragments.triangle[0], truth.triangle)
    expected = reference.interpolate_gradient(
        *flat, attributes[0], faces, truth.triangle, upstream[0]
    )
    for found, exact in zip(tape.gradient(value, watched), expected, strict=True):
        assert np.abs(exact).max() > 1
        np.testing.assert_allclose(found[0].numpy(), exact, rtol=1e-5, atol=1e-12)


def test_gradient_through_image_and_fragments_adds_up():
    projected, faces = meshes.soup(3)
    screen = tf.constant(projected.screen)

    def slope(picture, depth):
        with tf.GradientTape() as tape:
            tape.watch(screen)
            drawn = draw(Projected(screen, projected.inverse_depth), ATTRIBUTES, faces, SIZE)
            value = picture * tf.reduce_sum(drawn.image)
            value += depth * tf.reduce_sum(drawn.fragments.inverse_depth)
        return tape.gradient(value, screen).numpy()

    both = slope(1.0, 1.0)
    np.testing.assert_allclose(
        both, slope(1.0, 0.0) + slope(0.0, 1.0), rtol=1e-4, atol=1e-5 * np.abs(both).max()
    )


def test_every_mesh_of_a_batch_by_itself():
    projected, faces = meshes.soup(4)
    together = draw(projected, ATTRIBUTES, faces, SIZE).image
    for k in range(2):
        alone = Projected(*(part[k : k + 1] for part in projected))
        one = draw(alone, ATTRIBUTES[k : k + 1], faces, SIZE).image
        np.testing.assert_array_equal(one[0], together[k])


def test_batch_of_unknown_size():
    projected, faces = meshes.soup(4)
    for backend in BACKENDS:
        run = tf.function(
            lambda s, d, a, backend=backend: draw(Projected(s, d), a, faces, SIZE, backend).image,
            input_signature=[
                tf.TensorSpec([None, 120, 2]),
                tf.TensorSpec([None, 120]),
                tf.TensorSpec([None, 120, 5]),
            ],
        )
        np.testing.assert_allclose(
            run(*projected, ATTRIBUTES), draw(projected, ATTRIBUTES, faces, SIZE).image, atol=1e-5
        )


def test_masks():
    projected, faces = meshes.soup(5)
    drawn = draw(projected, ATTRIBUTES, faces, SIZE)
    np.testing.assert_array_equal(drawn.mask, mask(drawn.fragments))
    np.testing.assert_array_equal(drawn.mask[..., 0], drawn.fragments.triangle.numpy() >= 0)
    chosen = np.arange(len(faces)) % 3 == 0
    expected = (drawn.fragments.triangle.numpy() >= 0) & (drawn.fragments.triangle.numpy() % 3 == 0)
    np.testing.assert_array_equal(mask(drawn.fragments, chosen)[..., 0], expected)
    assert expected.any()
    with pytest.raises(ValueError, match="triangles must have shape"):
        mask(drawn.fragments, chosen[None])


def test_errors():
    projected, faces = meshes.soup(0)
    with pytest.raises(ValueError, match="attributes must have shape"):
        draw(projected, ATTRIBUTES[0], faces, SIZE)
    with pytest.raises(ValueError, match="backend must be one of"):
        draw(projected, ATTRIBUTES, faces, SIZE, "tfg")
    fragments = rasterize(projected, faces, SIZE)
    with pytest.raises(ValueError, match="attributes must have shape"):
        interpolate(ATTRIBUTES[0], fragments, faces)
    with pytest.raises(ValueError, match="backend must be one of"):
        interpolate(ATTRIBUTES, fragments, faces, "torch")
    with pytest.raises(ValueError, match="faces must index 3 vertices and the fragments"):
        interpolate(ATTRIBUTES[:, :3], fragments, faces)
    with pytest.raises(ValueError, match="triangles must be below 2"):
        interpolate(ATTRIBUTES, fragments, faces[:2])
