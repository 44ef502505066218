import numpy as np

from face2param.engines.builtin.hair.scalp import CENTRE, azimuth, build_scalp


def _sphere(count=6000, radius=9.0):
    k = np.arange(count) + 0.5
    y = 1 - 2 * k / count
    a = k * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - y * y)
    return CENTRE + radius * np.stack([r * np.sin(a), y, r * np.cos(a)], 1)


def test_a_sphere_is_mapped_to_itself():
    scalp = build_scalp(_sphere())
    points = CENTRE + np.array([[0, 3, 1], [2, -1, 0.5], [-1, 1, -4], [0.1, 5, 0]])
    foot, normal = scalp.project(points)
    ray = (points - CENTRE) / np.linalg.norm(points - CENTRE, axis=1, keepdims=True)
    np.testing.assert_allclose(foot, CENTRE + 9.0 * ray, atol=0.02)
    np.testing.assert_allclose(normal, ray, atol=0.02)


def test_height_is_measured_from_the_surface():
    scalp = build_scalp(_sphere())
    np.testing.assert_allclose(scalp.height(CENTRE + np.array([[0, 0, 11.0]])), 2.0, atol=0.02)


def test_mirrored_points_have_mirrored_feet():
    rng = np.random.default_rng(1)
    scalp = build_scalp(_sphere() + rng.normal(0, 0.1, (6000, 3)))
    points = CENTRE + rng.normal(0, 4, (50, 3)) + [0, 6, 0]
    foot, _ = scalp.project(points)
    other, _ = scalp.project(points * [-1, 1, 1])
    np.testing.assert_allclose(other, foot * [-1, 1, 1], atol=1e-9)


def test_azimuth_is_zero_ahead_and_positive_to_the_viewers_right():
    points = CENTRE + np.array([[0, 2, 5], [3, 0, 0], [-3, 9, 0.0]])
    np.testing.assert_allclose(azimuth(points), [0, 90, -90])
