"""The camera of a head file, and the studio frame."""

import numpy as np

from face2param.engines.builtin.camera import Camera
from face2param.engines.rigged.camera import Portrait
from face2param.engines.rigged.head_file import View
from tests.engines.rigged.small_head import VIEW

POINTS = np.random.default_rng(0).uniform(-0.1, 0.1, (20, 3))


def project(view, points, size=(100, 100)):
    camera = Portrait(view)
    return camera.project(camera.to_studio(points), size)


def test_it_is_the_built_in_camera_where_that_one_stands():
    for size in ((64, 64), (48, 90)):
        found, depth = project(VIEW, POINTS, size)
        expected, distance = Camera().project(POINTS * 100, size)
        np.testing.assert_allclose(found, expected, atol=1e-3)
        np.testing.assert_allclose(depth, distance, rtol=1e-5)


def test_the_target_is_in_the_middle_and_the_field_of_view_spans_the_smaller_side():
    view = View((1.0, 2.0, 3.0), (0.2, 1.7, -0.4), 0.3)
    camera = Portrait(view)
    distance = np.linalg.norm(np.subtract(view.position, view.target))
    edge = np.array(view.target) + camera.axes[1] * distance * np.tan(0.15)
    side = np.array(view.target) + camera.axes[0] * distance * np.tan(0.15)
    found, depth = project(view, [view.target, edge, side], (40, 80))
    np.testing.assert_allclose(found, [(40, 20), (40, 0), (60, 20)], atol=1e-3)
    np.testing.assert_allclose(depth / camera.scale, distance, rtol=1e-5)


def test_axes_are_right_handed_and_upright():
    for position in ((0, 0, 2), (1, 2, 3), (0, 3, 0), (0, -3, 0), (-2, 0, -1)):
        axes = Portrait(View(tuple(map(float, position)), (0.0, 0.0, 0.0), 0.3)).axes
        np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
        np.testing.assert_allclose(np.linalg.det(axes), 1.0)
        assert axes[1, 1] >= -1e-12


def test_seen_from_above_the_face_is_the_lower_half():
    # +z, the front of a head, points down in the picture.
    found, _ = project(View((0.0, 2.0, 0.0), (0.0, 0.0, 0.0), 0.3), [(0.0, 0.0, 0.1)])
    assert found[0, 1] > 51


def test_directions_turn_there_and_back():
    camera = Portrait(View((1.0, 2.0, 3.0), (0.2, 1.7, -0.4), 0.3))
    rays = POINTS.astype(np.float32)
    np.testing.assert_allclose(camera.turn_back(camera.turn(rays)), rays, atol=1e-6)
    moved = camera.to_studio(POINTS[1:]) - camera.to_studio(POINTS[:-1])
    np.testing.assert_allclose(camera.turn(np.diff(rays, axis=0)) * camera.scale, moved, atol=1e-4)


def test_size_and_place_of_a_head_do_not_matter():
    big = View(
        tuple(3.0 * x + 5.0 for x in VIEW.position),
        tuple(3.0 * x + 5.0 for x in VIEW.target),
        VIEW.field_of_view,
    )
    small, large = Portrait(VIEW), Portrait(big)
    np.testing.assert_allclose(
        small.to_studio(POINTS), large.to_studio(3.0 * POINTS + 5.0), atol=1e-3
    )


def test_points_behind_the_camera_have_no_distance():
    _, depth = project(VIEW, [(0.0, 0.0, 1.5)])
    assert depth[0] < 0
