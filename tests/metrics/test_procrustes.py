import numpy as np
import pytest

from face2param.metrics.procrustes import Similarity, procrustes
from tests.metrics.shapes import turned


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(20, 3))


MOTION = Similarity(turned((20, -130, 70)), np.array([3.0, -1.0, 0.5]), 2.5)


def test_finds_the_motion_that_was_made(points):
    found = procrustes(points, MOTION.apply(points))
    np.testing.assert_allclose(found.rotation, MOTION.rotation, atol=1e-12)
    np.testing.assert_allclose(found.translation, MOTION.translation, atol=1e-12)
    assert found.scale == pytest.approx(2.5)


def test_rigid_keeps_the_size(points):
    rigid = Similarity(MOTION.rotation, MOTION.translation)
    found = procrustes(points, rigid.apply(points), scale=False)
    np.testing.assert_allclose(found.apply(points), rigid.apply(points), atol=1e-12)
    assert procrustes(points, MOTION.apply(points), scale=False).scale == 1.0


def test_no_similarity_nearby_is_closer_to_a_noisy_target(points):
    rng = np.random.default_rng(1)
    target = MOTION.apply(points) + rng.normal(size=points.shape) * 0.3
    weights = rng.uniform(size=len(points))
    found = procrustes(points, target, weights)

    def cost(motion):
        return (weights * ((motion.apply(points) - target) ** 2).sum(1)).sum()

    for _ in range(50):
        other = Similarity(
            found.rotation @ turned(rng.normal(size=3)),
            found.translation + rng.normal(size=3) * 0.01,
            found.scale * np.exp(rng.normal() * 0.01),
        )
        assert cost(other) > cost(found)


def test_weight_zero_leaves_a_point_out(points):
    target = MOTION.apply(points)
    target[4] += 100
    weights = np.ones(len(points))
    weights[4] = 0
    assert procrustes(points, target, weights).scale == pytest.approx(2.5)


def test_never_mirrors(points):
    found = procrustes(points, points * [-1, 1, 1])
    assert np.linalg.det(found.rotation) == pytest.approx(1)


def test_points_of_a_plane_are_enough(points):
    flat = points * [1, 1, 0]
    found = procrustes(flat, MOTION.apply(flat))
    np.testing.assert_allclose(found.rotation, MOTION.rotation, atol=1e-9)


def test_inverse_and_after(points):
    np.testing.assert_allclose(MOTION.inverse().apply(MOTION.apply(points)), points, atol=1e-12)
    twice = MOTION.after(MOTION)
    np.testing.assert_allclose(twice.apply(points), MOTION.apply(MOTION.apply(points)), atol=1e-12)
    np.testing.assert_array_equal(Similarity.identity().apply(points), points)


def test_errors(points):
    with pytest.raises(ValueError, match=r"source must have shape \[points, 3\]"):
        procrustes(points[:, :2], points)
    with pytest.raises(ValueError, match="equally many points, got 20 and 19"):
        procrustes(points, points[:19])
    with pytest.raises(ValueError, match="target: holds a number that is not finite"):
        procrustes(points, np.full_like(points, np.nan))
    with pytest.raises(ValueError, match="none negative"):
        procrustes(points, points, -np.ones(20))
    line = np.arange(20)[:, None] * np.ones(3)
    with pytest.raises(ValueError, match="source: at least three points"):
        procrustes(line, points)
    with pytest.raises(ValueError, match="source: at least three points"):
        procrustes(points, points, np.eye(20)[0] + np.eye(20)[1])
