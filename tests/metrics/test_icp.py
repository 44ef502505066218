import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.metrics.icp import IcpSettings, align, rotation_matrix
from face2param.metrics.procrustes import Similarity
from face2param.metrics.surfaces import surface
from tests.metrics.shapes import face, sphere, turned

VERTICES, FACES, _ = face(6.0)
MESH = surface(VERTICES, FACES)
TRUE = Similarity(turned((9, -12, 7)), np.array([8.0, -5.0, 12.0]), 1.15)


def scan(motion=TRUE, noise=0.0):
    """Points on the moved mask, none of them a vertex."""
    rng = np.random.default_rng(0)
    weights = rng.dirichlet((1, 1, 1), len(FACES))
    points = motion.apply((weights[..., None] * VERTICES[FACES]).sum(1))
    return points + noise * rng.normal(size=points.shape)


def apart(first, second):
    """Largest distance that two motions leave between the same vertices, in millimetres."""
    return np.linalg.norm(first.apply(VERTICES) - second.apply(VERTICES), axis=1).max()


def test_finds_turn_place_and_size():
    found = align(MESH, scan())
    assert found.converged
    assert apart(found.motion, TRUE) < 1e-3
    assert found.rms < 1e-3


def test_to_points_needs_more_steps_and_ends_there_too():
    to_points = IcpSettings(plane=False, iterations=600, tolerance=1e-7)
    found = align(MESH, scan(), settings=to_points)
    assert apart(found.motion, TRUE) < 0.1
    assert found.iterations > 2 * align(MESH, scan()).iterations


def test_rigid_keeps_the_size():
    rigid = Similarity(TRUE.rotation, TRUE.translation)
    found = align(MESH, scan(rigid), settings=IcpSettings(scale=False))
    assert found.motion.scale == 1.0
    assert apart(found.motion, rigid) < 1e-3
    # A face of another size cannot be met by a rigid motion.
    assert align(MESH, scan(), settings=IcpSettings(scale=False)).rms > 1


def test_noise_averages_out():
    found = align(MESH, scan(noise=1.0))
    assert found.converged
    assert apart(found.motion, TRUE) < 1.0  # at the rim, from 1 mm over a thousand points
    assert 0.8 < found.rms < 1.1  # along the normal one of three directions, and nearest points


def test_trimming_forgets_outliers():
    points = scan()
    points[::6] += [0, 0, 40]
    bad = align(MESH, points)
    good = align(MESH, points, settings=IcpSettings(trim=0.25))
    assert apart(bad.motion, TRUE) > 3
    assert apart(good.motion, TRUE) < 0.05
    assert not good.used[::6].any()
    near = align(MESH, points, TRUE, IcpSettings(maximum_distance=10))
    assert apart(near.motion, TRUE) < 1e-3


def test_scan_that_goes_beyond_the_mesh():
    # The mesh is the middle of the face only; the scan has all of it.
    middle = FACES[(np.abs(VERTICES[FACES][..., :2]) < 55).all((1, 2))]
    small = surface(VERTICES, middle)
    start = Similarity(TRUE.rotation @ turned((3, 3, 3)), TRUE.translation + 4, 1.1)
    assert apart(align(small, scan(), start).motion, TRUE) < 1e-2
    kept = align(small, scan(), start, IcpSettings(skip_border=False))
    assert apart(kept.motion, TRUE) > 3


def test_normals_tell_the_back_from_the_front():
    # A second sheet 3 mm behind the face, seen from behind: a mask's inner side.
    middles = MESH.closest(VERTICES[FACES].mean(1))
    normals = MESH.normals_at(middles) @ TRUE.rotation.T
    front = TRUE.apply(VERTICES[FACES].mean(1))
    points = np.concatenate([front, front - 3 * normals])
    both = np.concatenate([normals, -normals])
    found = align(MESH, points, TRUE, IcpSettings(maximum_angle=1.0), both)
    assert apart(found.motion, TRUE) < 0.05
    assert apart(align(MESH, points, TRUE).motion, TRUE) > 1


def test_same_input_same_answer():
    first, second = (align(MESH, scan(noise=0.5)) for _ in range(2))
    np.testing.assert_array_equal(first.motion.rotation, second.motion.rotation)
    np.testing.assert_array_equal(first.closest.triangle, second.closest.triangle)


def test_a_sphere_leaves_the_turn_open_and_still_ends():
    vertices, faces = sphere(3)
    found = align(surface(vertices, faces), 2 * vertices + [0.6, 0, 0])
    assert found.converged
    assert found.motion.scale == pytest.approx(2, rel=0.01)
    np.testing.assert_allclose(found.motion.translation, [0.6, 0, 0], atol=0.01)


def test_distances_are_those_of_the_moved_surface():
    found = align(MESH, scan(noise=2.0))
    again = surface(found.motion.apply(VERTICES), FACES).closest(scan(noise=2.0))
    np.testing.assert_allclose(found.closest.distance, again.distance, atol=1e-9)
    assert (found.plane_distance <= found.closest.distance).all()
    # Inside a triangle the two distances differ by the cosine of a small angle only.
    inner = ~found.border & (found.closest.barycentric.min(1) > 1e-9)
    ratio = found.plane_distance[inner] / again.distance[inner]
    assert np.median(ratio) > 0.99


def test_without_steps_only_the_pairs():
    found = align(MESH, scan(), TRUE, IcpSettings(iterations=0))
    assert found.iterations == 0 and not found.converged
    assert found.motion is TRUE and found.rms < 1e-9


def test_rotation_matrix():
    quarter = rotation_matrix(np.array([0, 0, np.pi / 2]))
    np.testing.assert_allclose(quarter @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    np.testing.assert_array_equal(rotation_matrix(np.zeros(3)), np.eye(3))


def test_errors():
    with pytest.raises(ValueError, match=r"points must have shape \[points >= 12, 3\]"):
        align(MESH, scan()[:5])
    with pytest.raises(ValueError, match="normals must have shape"):
        align(MESH, scan(), normals=np.zeros((3, 3)))
    with pytest.raises(ConfigError, match="maximum_angle: needs the normals"):
        align(MESH, scan(), settings=IcpSettings(maximum_angle=1.0))
    with pytest.raises(ValueError, match=r"only 0 of \d+ points have a partner"):
        align(MESH, scan() + 500, settings=IcpSettings(maximum_distance=1.0))
    with pytest.raises(ConfigError, match=r"trim: must lie in \[0, 1\)"):
        IcpSettings(trim=1.0)
    with pytest.raises(ConfigError, match="must not be negative"):
        IcpSettings(iterations=-1)
    with pytest.raises(ConfigError, match="maximum_distance: must be positive"):
        IcpSettings(maximum_distance=0.0)
