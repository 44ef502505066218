import numpy as np
import pytest

from face2param.reconstruction import pose
from face2param.rendering import cameras, rotations
from tests.reconstruction.toy import dome


def turned(count=6, seed=0):
    rng = np.random.default_rng(seed)
    angles = rng.uniform(-1, 1, (count, 3)) * (0.5, 1.0, 0.6)
    shift = rng.uniform(-1, 1, (count, 3)) * (0.2, 0.2, 0.8)
    points = np.repeat(dome().landmarks()[None], count, 0)
    both = np.concatenate([angles, shift], 1)
    return points, both, pose.project(points, both, cameras.DEEP3D)


def test_angles_mean_what_the_renderer_means():
    angles = np.random.default_rng(1).uniform(-3, 3, (5, 3)).astype(np.float32)
    found = rotations.from_euler(angles).numpy()
    np.testing.assert_allclose(pose.rotation_matrix(angles), found, atol=1e-6)


def test_projects_as_the_camera_does():
    points, both, screen = turned()
    moved = points @ np.swapaxes(pose.rotation_matrix(both[:, :3]), 1, 2) + both[:, None, 3:]
    expected = cameras.DEEP3D.project(moved.astype(np.float32)).screen.numpy()
    np.testing.assert_allclose(screen, expected, atol=1e-3)  # float32 of 200 px


def test_finds_the_pose_again():
    points, both, screen = turned()
    rotation, translation, left = pose.fit_pose(points, screen, cameras.DEEP3D)
    assert left.max() < 1e-3
    np.testing.assert_allclose(rotation, both[:, :3], atol=1e-4)
    # Depth is seen by perspective alone, a hundredth of a pixel for a millimetre.
    np.testing.assert_allclose(translation, both[:, 3:], atol=1e-2)


def test_weights_leave_points_out():
    points, both, screen = turned(2)
    screen[:, :8] += 30
    weights = np.ones(68)
    weights[:8] = 0
    rotation, _, left = pose.fit_pose(points, screen, cameras.DEEP3D, weights)
    assert left.max() < 1e-3
    np.testing.assert_allclose(rotation, both[:, :3], atol=1e-4)


def test_odd_shapes():
    with pytest.raises(ValueError, match="points and screen must be"):
        pose.fit_pose(np.zeros((1, 3, 3)), np.zeros((1, 3, 2)), cameras.DEEP3D)
    with pytest.raises(ValueError, match="points and screen must be"):
        pose.fit_pose(np.zeros((1, 68, 3)), np.zeros((2, 68, 2)), cameras.DEEP3D)
