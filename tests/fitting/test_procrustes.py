import numpy as np
import pytest
import tensorflow as tf

from face2param.fitting import procrustes


def test_undoes_a_similarity_exactly():
    rng = np.random.default_rng(0)
    target = rng.random((3, 20, 2)).astype(np.float32)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]], np.float32)
    source = 2.5 * target @ turn.T + np.float32([3, -7])
    weights = tf.constant(rng.random(20).astype(np.float32))
    moved = procrustes.align(tf.constant(source), tf.constant(target), weights)
    np.testing.assert_allclose(moved, target, atol=1e-4)


def test_never_mirrors():
    target = np.array([[[0.0, 0], [1, 0], [0, 1]]], np.float32)
    moved = procrustes.align(
        tf.constant(target * np.float32([-1, 1])), tf.constant(target), tf.ones(3)
    )
    assert np.abs(moved - target).max() > 0.3


def test_points_of_weight_zero_do_not_pull():
    target = np.random.default_rng(1).random((1, 5, 2)).astype(np.float32)
    source = target.copy()
    source[0, 4] += 10
    weights = tf.constant([1.0, 1, 1, 1, 0])
    moved = procrustes.align(tf.constant(source), tf.constant(target), weights)
    np.testing.assert_allclose(moved[0, :4], target[0, :4], atol=1e-5)


def test_refuses_points_in_space():
    with pytest.raises(ValueError, match="points in the plane"):
        procrustes.align(tf.zeros([1, 5, 3]), tf.zeros([1, 5, 3]), tf.ones(5))
