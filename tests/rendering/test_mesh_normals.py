import numpy as np
import pytest
import tensorflow as tf

from face2param.rendering import normals
from face2param.rendering.mesh_normals import vertex_normals
from tests.rendering import meshes

BACKENDS = ("numba", "tensorflow")
POINTS, FACES = meshes.face(9)


@pytest.mark.parametrize("backend", BACKENDS)
def test_area_weighting_equals_the_engines_normals(backend):
    batch = np.stack([POINTS, POINTS[:, [1, 0, 2]]])
    found = vertex_normals(batch, FACES, backend=backend)
    for points, row in zip(batch, found, strict=True):
        np.testing.assert_allclose(row, normals.vertex_normals(points, FACES), atol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
def test_unit_weighting_ignores_areas(backend):
    """A ridge of a large and a small triangle: half-way between the two, not at the large one."""
    points = np.array([[[0, 0, 0], [0, 1, 0], [-5, 0, 0], [0, 0, -0.1]]], np.float32)
    faces = np.array([[0, 1, 2], [0, 3, 1]], np.int32)
    found = vertex_normals(points, faces, "unit", backend)
    np.testing.assert_allclose(np.abs(found[0, 0]), [0.5**0.5, 0, 0.5**0.5], atol=1e-6)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("weighting", ["area", "unit"])
def test_gradient_equals_differences(backend, weighting):
    points = tf.constant(POINTS[None], tf.float64)
    rng = np.random.default_rng(0)
    weights, step = rng.normal(size=points.shape), rng.normal(size=points.shape)

    def loss(points):
        return tf.reduce_sum(vertex_normals(points, FACES, weighting, backend) * weights)

    with tf.GradientTape() as tape:
        tape.watch(points)
        value = loss(points)
    numeric = (loss(points + 1e-6 * step) - loss(points - 1e-6 * step)) / 2e-6
    np.testing.assert_allclose(np.sum(tape.gradient(value, points) * step), numeric, rtol=1e-5)


@pytest.mark.parametrize("backend", BACKENDS)
@pytest.mark.parametrize("weighting", ["area", "unit"])
def test_lone_vertices_and_flat_triangles_have_no_normal_and_no_gradient(backend, weighting):
    points = tf.constant([[[0.0, 0, 0], [1, 0, 0], [2, 0, 0], [5, 5, 5]]])
    with tf.GradientTape() as tape:
        tape.watch(points)
        found = vertex_normals(points, [[0, 1, 2]], weighting, backend)
    np.testing.assert_array_equal(found, np.zeros((1, 4, 3)))
    np.testing.assert_array_equal(tape.gradient(found, points), np.zeros((1, 4, 3)))


def test_twin_compiles_with_xla_to_the_same_numbers():
    compiled = tf.function(
        lambda p: vertex_normals(p, FACES, "unit", "tensorflow"), jit_compile=True
    )
    np.testing.assert_allclose(
        compiled(tf.constant(POINTS[None])), vertex_normals(POINTS[None], FACES, "unit"), atol=1e-5
    )


def test_errors():
    with pytest.raises(ValueError, match="weighting must be one of area, unit"):
        vertex_normals(POINTS[None], FACES, "angle")
    with pytest.raises(ValueError, match="backend must be one of"):
        vertex_normals(POINTS[None], FACES, backend="cuda")
    with pytest.raises(ValueError, match="vertices must have shape"):
        vertex_normals(POINTS, FACES)
    with pytest.raises(ValueError, match=r"faces must index 3 vertices, got indices 0\.\.3"):
        vertex_normals(POINTS[None, :3], [[0, 1, 3]])
    with pytest.raises(tf.errors.InvalidArgumentError, match="faces must index 3 vertices"):
        tf.function(vertex_normals)(tf.constant(POINTS[None, :3]), tf.constant([[0, 1, 3]]))


def test_equals_tensorflow_graphics():
    oracle = pytest.importorskip("tensorflow_graphics.geometry.representation.mesh.normals")
    expected = oracle.vertex_normals(POINTS[None], FACES[None], clockwise=True)
    np.testing.assert_allclose(vertex_normals(POINTS[None], FACES), expected, atol=1e-5)
