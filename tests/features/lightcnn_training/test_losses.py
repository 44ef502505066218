import numpy as np
import pytest
import tensorflow as tf
from keras import ops

from face2param.features.lightcnn_training import losses

RNG = np.random.default_rng(5)


def euclidean(first, second):
    return ops.sqrt(ops.sum(ops.square(first - second), axis=-1) + 1e-12)


def cosine(first, second):
    norms = ops.sqrt(ops.sum(first**2, -1) * ops.sum(second**2, -1))
    return 1 - ops.sum(first * second, -1) / norms


def check_gradient(function, array, step=1e-2, tolerance=2e-3):
    """Central differences along a few random directions; float32 limits both numbers."""
    variable = tf.constant(array)
    with tf.GradientTape() as tape:
        tape.watch(variable)
        value = function(variable)
    gradient = tape.gradient(value, variable).numpy()
    assert np.abs(gradient).max() > 0
    for _ in range(4):
        way = RNG.standard_normal(array.shape).astype(np.float32)
        way /= np.linalg.norm(way)
        slope = float(function(array + step * way) - function(array - step * way)) / (2 * step)
        assert slope == pytest.approx(float((gradient * way).sum()), abs=tolerance)


def test_cross_entropy_of_known_odds():
    logits = np.log(np.float32([[0.5, 0.25, 0.25], [0.1, 0.8, 0.1]])) + np.float32([[3.0], [-2.0]])
    expected = -(np.log(0.25) + np.log(0.8)) / 2
    found = losses.cross_entropy(ops.convert_to_tensor(logits), np.int32([1, 1]))
    assert float(found) == pytest.approx(expected, rel=1e-5)
    check_gradient(lambda x: losses.cross_entropy(x, np.int32([1, 1])), logits)
    with pytest.raises(ValueError, match=r"logits must be \[batch, classes\]"):
        losses.cross_entropy(logits, np.int32([[1], [1]]))


def test_pairwise_compares_each_with_each():
    points = RNG.standard_normal((4, 3)).astype(np.float32)
    found = ops.convert_to_numpy(losses.pairwise(euclidean, ops.convert_to_tensor(points)))
    expected = np.linalg.norm(points[:, None] - points[None], axis=-1)
    np.testing.assert_allclose(found, expected, atol=1e-5)


def test_the_relation_is_met_where_distances_are_proportional():
    embeddings = np.float32(np.eye(5))  # all 1 - cosine are 1
    targets = 7.3 * (1 - np.eye(5, dtype=np.float32))
    assert float(losses.relation_loss(embeddings, targets)) == pytest.approx(0, abs=1e-6)
    # One pair of the teacher is nearer: its target is less than 1, that of the others more.
    targets[0, 1] = targets[1, 0] = 0
    mean = 18 / 20
    expected = (2 * 0.5 + 18 * 0.5 * (1 / mean - 1) ** 2) / 20
    assert float(losses.relation_loss(embeddings, targets)) == pytest.approx(expected, rel=1e-4)


def test_the_gradient_of_the_relation():
    embeddings = RNG.standard_normal((5, 6)).astype(np.float32)
    targets = np.abs(RNG.standard_normal((5, 5))).astype(np.float32)
    check_gradient(
        lambda x: losses.relation_loss(losses.centred(x), targets + targets.T), embeddings
    )


def test_centred_embeddings_of_many_faces_lie_at_one_on_average():
    embeddings = RNG.standard_normal((200, 16)).astype(np.float32) + 30
    off = 1 - np.eye(200)
    before = ops.convert_to_numpy(losses.cosine_distances(embeddings)) * off
    after = ops.convert_to_numpy(losses.cosine_distances(losses.centred(embeddings))) * off
    assert before.sum() / off.sum() < 0.01
    assert after.sum() / off.sum() == pytest.approx(1, abs=0.01)


def test_the_projection_points_at_the_teacher():
    teacher = np.float32([[1, 0, 0], [0, 2, 0]])
    project = losses.projection_loss
    assert float(project(5 * teacher, teacher)) == pytest.approx(0, abs=1e-6)
    assert float(project(teacher[::-1].copy(), teacher)) == pytest.approx(1, abs=1e-6)
    check_gradient(lambda x: project(x, teacher), RNG.standard_normal((2, 3)).astype(np.float32))


def test_wrong_shapes_are_named():
    three = np.ones((3, 4), np.float32)
    with pytest.raises(ValueError, match=r"targets must be \[3, 3\]"):
        losses.relation_loss(three, np.ones((3, 4), np.float32))
    with pytest.raises(ValueError, match=r"targets must be .* at least two rows"):
        losses.relation_loss(three[:1], np.ones((1, 1), np.float32))
    with pytest.raises(ValueError, match=r"projected is \(3, 4\), embeddings \(3, 3\)"):
        losses.projection_loss(three, three[:, :3])


def test_the_kind_of_a_distance_is_found_out():
    assert losses.cosine_like(cosine, 8)
    assert not losses.cosine_like(euclidean, 8)
