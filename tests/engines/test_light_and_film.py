"""Camera, studio light, shadows and film of the built-in engine."""

import numpy as np
import pytest

from face2param.engines.builtin import film, irradiance, labels
from face2param.engines.builtin.camera import Camera
from face2param.engines.builtin.lighting import Lighting, frame
from face2param.engines.builtin.occluders import Occluders, cluster
from face2param.rendering.normals import vertex_normals


def test_camera_projects_where_it_says():
    camera = Camera(distance=100.0, field=33.0, height=-1.6)
    points = np.array([[0, -1.6, 0], [16.5, -1.6, 0], [0, 14.9, 0], [16.5, -1.6, 50]])
    pixels, depth = camera.project(points, (200, 300))
    np.testing.assert_allclose(pixels, [[150, 100], [250, 100], [150, 0], [350, 100]], atol=1e-9)
    np.testing.assert_allclose(depth, [100, 100, 100, 50])


def test_room_is_symmetric_and_calibrated():
    lighting = Lighting()
    directions, radiance = lighting.ambient_directions(), lighting.ambient_radiance()
    half = len(directions) // 2
    np.testing.assert_allclose(directions[half:], directions[:half] * [-1, 1, 1])
    np.testing.assert_allclose(np.linalg.norm(directions, axis=1), 1.0)
    facing = (radiance * np.clip(directions[:, 2:], 0, None)).sum(0)
    assert facing.mean() == pytest.approx(0.42)


def test_mirrored_studio_is_the_mirror_image():
    plain, mirrored = Lighting(), Lighting().mirrored()
    flip = np.array([-1.0, 1.0, 1.0])
    np.testing.assert_allclose(mirrored.key_direction, plain.key_direction * flip)
    ours, theirs = plain.key_directions() * flip, mirrored.key_directions()
    np.testing.assert_allclose(np.sort(ours, 0), np.sort(theirs, 0), atol=1e-6)


def test_frame_is_orthonormal():
    axes = np.stack(frame(np.array([0.3, 0.5, 2.0])))
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)


def _plate(y: float, half: float) -> np.ndarray:
    return np.array([[-half, y, -half], [half, y, -half], [half, y, half], [-half, y, half]])


def test_a_plate_throws_a_shadow_and_dims_the_room():
    """Two points below and beside a plate, light straight from above."""
    faces = np.array([[0, 2, 1], [0, 3, 2]], np.int32)
    roof = _plate(3.0, 4.0).astype(np.float32)
    points = np.array([[0, -5, 0], [12, -5, 0]], np.float32)
    normals = np.array([[0, 1, 0], [0, 1, 0]], np.float32)
    lighting = Lighting(key=(0.0, 1.0, 0.001), key_spread=0.05)
    mesh = (roof, faces)
    light = irradiance.vertex_irradiance(points, normals, Occluders(mesh, mesh), lighting)
    assert light.key[0] < 0.02
    assert light.key[1] > 0.98
    assert light.ambient[0].mean() < 0.8 * light.ambient[1].mean()


def test_a_surface_does_not_shadow_itself():
    faces = np.array([[0, 2, 1], [0, 3, 2]], np.int32)
    plate = _plate(-3.0, 8.0).astype(np.float32)
    mesh = (plate, faces)
    up = np.tile(np.float32([0, 1, 0]), (4, 1))
    tilted = Lighting(key=(0.6, 0.5, 0.6))
    light = irradiance.vertex_irradiance(plate * 0.9, up, Occluders(mesh, mesh), tilted)
    np.testing.assert_allclose(light.key, 1.0, atol=1e-3)


def test_cluster_keeps_the_shape_with_fewer_triangles():
    n = 41
    x, y = np.meshgrid(np.linspace(-2, 2, n), np.linspace(-2, 2, n))
    vertices = np.stack([x, y, 0.1 * x * x], -1).reshape(-1, 3)
    i, j = np.meshgrid(np.arange(n - 1), np.arange(n - 1), indexing="ij")
    k = (i * n + j).ravel()
    faces = np.concatenate([np.stack([k, k + 1, k + n], 1), np.stack([k + n, k + 1, k + n + 1], 1)])
    small = cluster(vertices, faces.astype(np.int32), 0.45)
    assert len(small) < len(faces) / 6

    def area(triangles):
        a, b, c = (vertices[triangles[:, corner], :2] for corner in range(3))
        return 0.5 * np.abs(np.cross(np.c_[b - a, 0 * a[:, :1]], np.c_[c - a, 0 * a[:, :1]])).sum()

    assert area(small) == pytest.approx(16.0, rel=0.2)


def test_normals_of_an_octahedron_point_outwards():
    vertices = np.array(
        [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32
    )
    faces = np.array(
        [[0, 2, 4], [2, 1, 4], [1, 3, 4], [3, 0, 4], [2, 0, 5], [1, 2, 5], [3, 1, 5], [0, 3, 5]],
        np.int32,
    )
    np.testing.assert_allclose(vertex_normals(vertices, faces), vertices, atol=1e-6)
    with pytest.raises(ValueError, match="vertices must have shape"):
        vertex_normals(vertices[:, :2], faces)
    with pytest.raises(ValueError, match="faces must have shape"):
        vertex_normals(vertices, faces[:, :2])


@pytest.mark.parametrize("exposure", [1.0, 1.35])
def test_backdrop_survives_the_film(exposure):
    shown = np.linspace(0.0, 0.95, 96, dtype=np.float32).reshape(4, 8, 3)
    light = film.backdrop(shown, exposure, 2)
    assert light.shape == (8, 16, 3)
    np.testing.assert_allclose(film.develop(light, exposure, 2), shown, atol=2e-3)


def test_film_has_a_soft_shoulder():
    light = np.linspace(0, 8, 300, dtype=np.float32).reshape(10, 10, 3)
    values = film.develop(light, 1.0, 1).ravel()
    assert (np.diff(values) >= 0).all()
    assert values[-1] <= 1.0
    assert values[np.searchsorted(light.ravel(), 1.0)] < 0.94


def test_labels_take_the_majority():
    classes = np.array([[1, 1, 2, 3], [1, 17, 3, 2]], np.uint8)
    depth = np.array([[0.01, 0.02, 0, 0], [0.01, 0.04, 0, 0]], np.float32)
    normals = np.zeros((2, 4, 3), np.float32)
    normals[:, :2] = [0, 0, 1]
    small, distance, direction = labels.downsample(classes, depth, normals, 2)
    np.testing.assert_array_equal(small, [[1, 3]])
    np.testing.assert_allclose(distance, [[25.0, np.inf]])
    np.testing.assert_allclose(direction[0], [[0, 0, 1], [0, 0, 0]])


def test_landmarks_behind_or_outside_are_hidden():
    depth = np.full((10, 10), np.inf, np.float32)
    depth[:, :5] = 50.0
    points = np.array([[2.5, 2.5], [2.5, 2.5], [5.5, 5.5], [8.5, 5.5], [-1.0, 5.0]])
    distance = np.array([50.2, 58.0, 58.0, 58.0, 50.0])
    seen = labels.landmark_visibility(points, distance, depth)
    np.testing.assert_array_equal(seen, [True, False, False, True, False])
