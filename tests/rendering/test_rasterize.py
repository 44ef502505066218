"""Both backends against the slow reference: visibility, values, gradients."""

import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering import interpolate, reference
from face2param.rendering.cameras import Projected
from face2param.rendering.rasterize import BACKENDS, locate, rasterize
from tests.rendering import meshes

SIZE = meshes.SIZE


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("seed", range(3))
def test_equals_reference(backend, seed):
    projected, faces = meshes.soup(seed)
    found = rasterize(projected, faces, SIZE, backend)
    for k in range(2):
        truth = reference.rasterize(projected.screen[k], projected.inverse_depth[k], faces, SIZE)
        assert 0.2 < (truth.triangle >= 0).mean() < 1
        np.testing.assert_array_equal(found.triangle[k], truth.triangle)
        np.testing.assert_allclose(found.barycentric[k], truth.barycentric, atol=1e-6)
        np.testing.assert_allclose(found.inverse_depth[k], truth.inverse_depth, rtol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
def test_ties_go_as_the_reference_says(backend):
    """Corners on pixel centres and few depths: shared edges, equal depths, exact copies."""
    rng = np.random.default_rng(5)
    screen = (rng.integers(-3, 50, (1, 120, 2)) + 0.5).astype(np.float32)
    depth = (rng.integers(1, 3, (1, 120)) / 16.0).astype(np.float32)
    faces = np.arange(120, dtype=np.int32).reshape(-1, 3)
    faces = np.concatenate([faces, faces[::2, [1, 2, 0]], faces[::3, ::-1]])
    truth = reference.rasterize(screen[0], depth[0], faces, SIZE)
    found = rasterize(Projected(screen, depth), faces, SIZE, backend)
    np.testing.assert_array_equal(found.triangle[0], truth.triangle)


@pytest.mark.parametrize("backend", BACKENDS)
def test_a_mesh_finer_than_the_pixels_has_no_holes(backend):
    points, faces = meshes.face(60)
    projected = meshes.project(points, (40, 40))
    found = rasterize(projected, faces, (40, 40), backend).triangle[0].numpy()
    truth = reference.rasterize(projected.screen[0], projected.inverse_depth[0], faces, (40, 40))
    np.testing.assert_array_equal(found, truth.triangle)
    for row in found >= 0:
        assert np.abs(np.diff(row.astype(int))).sum() in (0, 2)


@pytest.mark.parametrize("backend", BACKENDS)
def test_broken_vertices_are_skipped(backend):
    screen = np.array([[[0, 0], [20, 0], [0, 20], [np.nan, 5], [np.inf, 3], [4, 4]]], np.float32)
    depth = np.array([[1, 1, 1, 1, 1, 0]], np.float32)
    faces = np.array([[0, 1, 3], [0, 2, 4], [0, 1, 5], [1, 1, 2], [0, 1, 2]], np.int32)
    found = rasterize(Projected(screen, depth), faces, (10, 10), backend)
    assert (found.triangle.numpy() == 4).all()


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradient_equals_reference(backend):
    """By positions and attributes, of a weighted sum of an interpolated picture."""
    projected, faces = meshes.soup(1)
    rng = np.random.default_rng(0)
    attributes = rng.normal(size=(2, projected.screen.shape[1], 4)).astype(np.float32)
    upstream = rng.normal(size=(2, *SIZE, 4)).astype(np.float32)
    watched = [tf.constant(part) for part in (*projected, attributes)]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        fragments = rasterize(Projected(*watched[:2]), faces, SIZE, backend)
        image = interpolate.interpolate(watched[2], fragments, faces, backend)
        value = tf.reduce_sum(image * upstream)
    gradients = tape.gradient(value, watched)
    for k in range(2):
        truth = reference.interpolate_gradient(
            projected.screen[k],
            projected.inverse_depth[k],
            attributes[k],
            faces,
            fragments.triangle[k].numpy(),
            upstream[k],
        )
        for found, expected in zip(gradients, truth, strict=True):
            # The project's bar; the largest of them, at slivers, sets the scale of the zeros.
            np.testing.assert_allclose(
                found[k], expected, rtol=1e-4, atol=1e-6 * np.abs(expected).max()
            )


@pytest.mark.parametrize("backend", BACKENDS)
def test_gradient_equals_differences_in_the_interior(backend):
    """In double precision, where no pixel changes its triangle."""
    screen = np.array([[[-9.3, -8.1], [60.7, -3.2], [-4.4, 70.9]]])
    depth = np.array([[0.1, 0.2, 0.15]])
    faces = np.array([[0, 1, 2]], np.int32)
    rng = np.random.default_rng(3)
    weights, deep = rng.normal(size=(1, 8, 10, 3)), rng.normal(size=(1, 8, 10))
    step = [rng.normal(size=screen.shape), 0.01 * rng.normal(size=depth.shape)]

    def loss(screen, depth):
        found = rasterize(Projected(screen, depth), faces, (8, 10), backend)
        return tf.reduce_sum(found.barycentric * weights) + tf.reduce_sum(
            found.inverse_depth * deep
        )

    watched = [tf.constant(screen), tf.constant(depth)]
    with tf.GradientTape() as tape:
        tape.watch(watched)
        value = loss(*watched)
    gradients = tape.gradient(value, watched)
    slope = sum(np.sum(g * s) for g, s in zip(gradients, step, strict=True))
    sides = [
        loss(*(w + sign * 1e-5 * s for w, s in zip(watched, step, strict=True))) for sign in (1, -1)
    ]
    np.testing.assert_allclose(slope, (sides[0] - sides[1]) / 2e-5, rtol=1e-6)


def test_twin_compiles_with_xla_to_the_same_triangles():
    projected, faces = meshes.soup(2)
    compiled = tf.function(
        lambda screen, depth: rasterize(Projected(screen, depth), faces, SIZE, "tensorflow"),
        jit_compile=True,
    )
    found = compiled(*(tf.constant(part) for part in projected))
    expected = rasterize(projected, faces, SIZE)
    np.testing.assert_array_equal(found.triangle, expected.triangle)
    np.testing.assert_allclose(found.barycentric, expected.barycentric, atol=1e-6)


def test_twin_lives_in_a_saved_model(tmp_path):
    projected, faces = meshes.soup(0)
    vertices = projected.screen.shape[1]
    module = tf.Module()
    module.run = tf.function(
        lambda screen, depth: rasterize(Projected(screen, depth), faces, SIZE, "tensorflow"),
        input_signature=[
            tf.TensorSpec([None, vertices, 2]),
            tf.TensorSpec([None, vertices]),
        ],
    )
    tf.saved_model.save(module, str(tmp_path / "saved"))
    loaded = tf.saved_model.load(str(tmp_path / "saved"))
    found = loaded.run(*(tf.constant(part) for part in projected))
    expected = rasterize(projected, faces, SIZE)
    np.testing.assert_array_equal(found[0], expected.triangle)


def test_errors():
    projected, faces = meshes.soup(0)
    with pytest.raises(ValueError, match="backend must be one of numba, tensorflow, got 'cuda'"):
        rasterize(projected, faces, SIZE, "cuda")
    with pytest.raises(ValueError, match="screen must have shape"):
        rasterize(Projected(projected.screen[0], projected.inverse_depth), faces, SIZE)
    with pytest.raises(ValueError, match="inverse_depth must have shape"):
        rasterize(Projected(projected.screen, projected.inverse_depth[0]), faces, SIZE)
    with pytest.raises(ValueError, match="faces must have shape"):
        rasterize(projected, faces[:, :2], SIZE)
    with pytest.raises(ValueError, match="faces must have at least one triangle"):
        rasterize(projected, faces[:0], SIZE)
    with pytest.raises(ValueError, match=r"faces must index 120 vertices, got indices 0\.\.999"):
        rasterize(projected, np.array([[0, 1, 999]], np.int32), SIZE)
    found = rasterize(projected, faces, SIZE)
    with pytest.raises(ValueError, match=r"triangles must be below 3, got indices .* up to"):
        locate(found.triangle, projected, faces[:3])
    with pytest.raises(tf.errors.InvalidArgumentError, match="faces must index 120 vertices"):
        tf.function(lambda: rasterize(projected, np.array([[0, 1, -1]], np.int32), SIZE))()
