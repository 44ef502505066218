import numpy as np
import pytest

from face2param.landmarks import similarity


def random_similarity(rng):
    return similarity.similarity_matrix(
        rng.uniform(0.5, 2) * np.exp(1j * rng.uniform(-3, 3)), rng.normal() + 1j * rng.normal()
    )


def test_recovers_an_exact_similarity():
    rng = np.random.default_rng(0)
    points = rng.normal(size=(10, 2)) * 50
    truth = random_similarity(rng)
    found = similarity.estimate_similarity(points, similarity.transform_points(truth, points))
    np.testing.assert_allclose(found, truth, atol=1e-10)


def test_is_the_minimum_of_the_weighted_error():
    rng = np.random.default_rng(1)
    source, target, weights = rng.normal(size=(8, 2)), rng.normal(size=(8, 2)), rng.random(8)

    def error(matrix):
        moved = similarity.transform_points(matrix, source)
        return (weights * ((moved - target) ** 2).sum(1)).sum()

    best = similarity.estimate_similarity(source, target, weights)
    a, b = best[0, 0] + 1j * best[1, 0], best[0, 2] + 1j * best[1, 2]
    for da, db in [(1, 0), (1j, 0), (0, 1), (0, 1j)]:
        for sign in (-1e-3, 1e-3):
            worse = similarity.similarity_matrix(a + sign * da, b + sign * db)
            assert error(worse) > error(best)


def test_agrees_with_scikit_image():
    transform = pytest.importorskip("skimage.transform")
    rng = np.random.default_rng(2)
    source, target = rng.normal(size=(20, 2)), rng.normal(size=(20, 2))
    target += 3 * source  # Keeps the best fit away from a reflection.
    theirs = transform.SimilarityTransform.from_estimate(source, target).params[:2]
    np.testing.assert_allclose(similarity.estimate_similarity(source, target), theirs, atol=1e-9)


def test_batches_and_weights():
    rng = np.random.default_rng(3)
    source, target = rng.normal(size=(4, 6, 2)), rng.normal(size=(4, 6, 2))
    batch = similarity.estimate_similarity(source, target)
    single = [similarity.estimate_similarity(s, t) for s, t in zip(source, target, strict=True)]
    np.testing.assert_allclose(batch, single)
    weights = np.array([1, 1, 1, 0, 0, 0])
    np.testing.assert_allclose(
        similarity.estimate_similarity(source, target, weights),
        similarity.estimate_similarity(source[:, :3], target[:, :3]),
    )


def test_invert_compose_and_parts():
    rng = np.random.default_rng(4)
    one, two = random_similarity(rng), random_similarity(rng)
    points = rng.normal(size=(5, 2))
    np.testing.assert_allclose(
        similarity.transform_points(similarity.compose(one, two), points),
        similarity.transform_points(one, similarity.transform_points(two, points)),
    )
    identity = similarity.compose(similarity.invert(one), one)
    np.testing.assert_allclose(identity, [[1, 0, 0], [0, 1, 0]], atol=1e-12)
    scale, angle = similarity.scale_and_angle(similarity.similarity_matrix(2 * np.exp(0.3j), 0))
    assert (float(scale), float(angle)) == pytest.approx((2, 0.3))
    assert similarity.transform_points(one, points.astype(np.float32)).dtype == np.float32


def test_errors():
    points = np.zeros((3, 2))
    with pytest.raises(ValueError, match="source must have shape"):
        similarity.estimate_similarity(np.zeros((1, 2)), np.zeros((1, 2)))
    with pytest.raises(ValueError, match="target must have shape"):
        similarity.estimate_similarity(points, np.zeros((4, 2)))
    with pytest.raises(ValueError, match="weights must be 3 numbers"):
        similarity.estimate_similarity(points, points, np.array([1, -1, 1]))
    with pytest.raises(ValueError, match="two different points"):
        similarity.estimate_similarity(points + 7, points)
    with pytest.raises(ValueError, match="matrix must have shape"):
        similarity.invert(np.eye(3))
    with pytest.raises(ValueError, match="no inverse"):
        similarity.invert(np.zeros((2, 3)))
    with pytest.raises(ValueError, match="points must have shape"):
        similarity.transform_points(np.zeros((2, 3)), np.zeros(2))
    with pytest.raises(ValueError, match="inner must have shape"):
        similarity.compose(np.zeros((2, 3)), np.zeros((3, 3)))
