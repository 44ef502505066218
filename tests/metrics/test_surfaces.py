import numpy as np
import pytest

from face2param.metrics.surfaces import surface
from tests.metrics.shapes import brute_distance, face, sphere, turned


def test_agrees_with_looking_at_every_triangle():
    rng = np.random.default_rng(0)
    vertices = rng.normal(size=(60, 3))
    faces = np.stack([rng.permutation(60)[:3] for _ in range(150)])
    points = rng.normal(size=(400, 3)) * 2
    found = surface(vertices, faces).closest(points)
    np.testing.assert_allclose(found.distance, brute_distance(points, vertices, faces), atol=1e-12)


def test_agrees_on_a_face():
    vertices, faces, _ = face(12.0)
    points = np.random.default_rng(1).uniform(-150, 150, (200, 3))
    found = surface(vertices, faces).closest(points)
    np.testing.assert_allclose(found.distance, brute_distance(points, vertices, faces), atol=1e-9)


def test_point_triangle_and_weights_belong_together():
    vertices, faces, _ = face(12.0)
    points = np.random.default_rng(2).uniform(-150, 150, (200, 3))
    found = surface(vertices, faces).closest(points)
    corners = vertices[faces[found.triangle]]
    np.testing.assert_allclose((found.barycentric[..., None] * corners).sum(1), found.point)
    np.testing.assert_allclose(np.linalg.norm(found.point - points, axis=1), found.distance)
    np.testing.assert_allclose(found.barycentric.sum(1), 1)
    assert found.barycentric.min() >= 0


def test_distance_to_a_sphere():
    vertices, faces = sphere(5)
    directions = np.random.default_rng(3).normal(size=(300, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    mesh = surface(vertices, faces)
    # Edges are at most 0.08 long, so that triangles lie at most 0.08^2 / 6 inside the sphere.
    np.testing.assert_allclose(mesh.closest(2.5 * directions).distance, 1.5, atol=1.1e-3)
    np.testing.assert_allclose(mesh.closest(0.25 * directions).distance, 0.75, atol=1.1e-3)


def test_zero_on_the_surface_and_at_corners():
    vertices, faces, _ = face(12.0)
    mesh = surface(vertices, faces)
    at_corners = mesh.closest(vertices)
    assert at_corners.distance.max() < 1e-9
    np.testing.assert_allclose(at_corners.point, vertices, atol=1e-9)
    assert mesh.closest(vertices[faces].mean(1)).distance.max() < 1e-9


def test_moves_with_the_mesh():
    vertices, faces, _ = face(12.0)
    points = np.random.default_rng(4).uniform(-150, 150, (100, 3))
    rotation = turned((30, 40, 50))
    first = surface(vertices, faces).closest(points)
    second = surface(3 * vertices @ rotation.T + 7, faces).closest(3 * points @ rotation.T + 7)
    np.testing.assert_allclose(second.distance, 3 * first.distance)
    tiny = surface(1e-9 * vertices, faces)
    mesh = surface(vertices, faces)
    np.testing.assert_allclose(
        tiny.normals_at(tiny.closest(1e-9 * points)), mesh.normals_at(first), atol=1e-6
    )
    np.testing.assert_allclose(second.point, 3 * first.point @ rotation.T + 7)


def test_order_of_triangles_and_orientation_do_not_matter():
    vertices, faces, _ = face(12.0)
    points = np.random.default_rng(5).uniform(-150, 150, (100, 3))
    first = surface(vertices, faces).closest(points).distance
    shuffled = np.random.default_rng(6).permutation(faces)[:, ::-1]
    np.testing.assert_allclose(surface(vertices, shuffled).closest(points).distance, first)


def test_triangles_without_area_are_their_edges():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [3, 0, 0], [9, 9, 9]])
    mesh = surface(vertices, np.array([[0, 1, 2], [3, 3, 3]]))
    points = np.array([[2.0, 1, 0], [4, 0, 0], [9, 9, 7], [-1, 0, 0]])
    np.testing.assert_allclose(mesh.closest(points).distance, [1, 1, 2, 1])
    np.testing.assert_array_equal(mesh.normals_at(mesh.closest(points)), 0)


def test_normals_of_a_sphere_and_of_a_plane():
    vertices, faces = sphere(4)
    mesh = surface(vertices, faces)
    directions = np.random.default_rng(8).normal(size=(50, 3))
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    normals = mesh.normals_at(mesh.closest(3 * directions))
    # Facets meet their neighbours at half an edge, 0.08, from the true direction.
    np.testing.assert_allclose(normals, directions, atol=0.08)
    assert np.abs(normals - directions).mean() < 0.02
    flat = surface(np.array([[0.0, 0, 2], [1, 0, 2], [0, 1, 2]]), np.array([[0, 1, 2]]))
    np.testing.assert_array_equal(flat.normals_at(flat.closest(directions)), [[0, 0, 1]] * 50)


def test_vertices_without_triangle_are_no_surface():
    vertices = np.array([[0.0, 0, 0], [1, 0, 0], [0, 1, 0], [5, 5, 5], [np.nan, 0, 0]])
    mesh = surface(vertices, np.array([[0, 1, 2]]))
    assert mesh.closest(np.array([[5.0, 5, 5]])).distance[0] == pytest.approx(np.sqrt(65.5))


def test_rim_is_told():
    vertices = np.array([[0.0, 0, 0], [2, 0, 0], [2, 2, 0], [0, 2, 0]])
    mesh = surface(vertices, np.array([[0, 1, 2], [0, 2, 3]]))
    points = np.array([[1.0, 1, 1], [1, 0.5, 1], [1, -1, 1], [3, 3, 0], [2.5, 1, 0]])
    # The diagonal, which the first point meets, belongs to both triangles.
    rim = mesh.on_border(mesh.closest(points))
    np.testing.assert_array_equal(rim, [False, False, True, True, True])
    # The middle triangle of the fan touches the rim with a corner only.
    fan = surface(
        np.array([[0.0, 0, 0], [2, 0, 0], [1, 2, 0], [-1, 2, 0], [-2, 0, 0]]),
        np.array([[0, 1, 2], [0, 2, 3], [0, 3, 4]]),
    )
    meets = fan.closest(np.array([[0.0, -1, 0]]))._replace(
        triangle=np.array([1]), barycentric=np.array([[1.0, 0, 0]])
    )
    assert fan.on_border(meets).all()
    closed = surface(*sphere(2))
    assert not closed.border.any()


def test_agrees_with_trimesh():
    trimesh = pytest.importorskip("trimesh")
    pytest.importorskip("rtree")
    vertices, faces, _ = face(6.0)
    points = np.random.default_rng(7).uniform(-150, 150, (300, 3))
    theirs = trimesh.Trimesh(vertices, faces, process=False)
    _, distance, _ = trimesh.proximity.closest_point(theirs, points)
    np.testing.assert_allclose(surface(vertices, faces).closest(points).distance, distance)


def test_errors():
    vertices, faces = sphere(0)
    with pytest.raises(ValueError, match=r"vertices must have shape \[vertices, 3\]"):
        surface(vertices[:, :2], faces)
    for wrong in (faces[:, :2], faces.astype(float), faces[:0]):
        with pytest.raises(ValueError, match=r"faces must be integers of shape \[triangles, 3\]"):
            surface(vertices, wrong)
    with pytest.raises(ValueError, match=r"0\.\.5, got 1\.\.6 \(are they counted from 1\?\)"):
        surface(vertices, faces + 1)
    with pytest.raises(ValueError, match="vertices: holds a number that is not finite"):
        surface(np.where(vertices > 0, np.inf, vertices), faces)
    mesh = surface(vertices, faces)
    with pytest.raises(ValueError, match=r"points must have shape \[points, 3\]"):
        mesh.closest(np.zeros(3))
    with pytest.raises(ValueError, match="points: holds a number that is not finite"):
        mesh.closest(np.full((1, 3), np.nan))
    assert mesh.closest(np.zeros((0, 3))).distance.shape == (0,)
