"""Similarity alignment of landmark sets inside the graph."""

import tensorflow as tf


def align(source: tf.Tensor, target: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Moves, turns and scales `source` onto `target` by weighted least squares.

    Closed form of Umeyama (1991) in the plane, without reflection.

    Args:
      source: `[batch, points, 2]`.
      target: `[batch, points, 2]`.
      weights: `[points]`, at least 0, not all 0.

    Returns:
      `[batch, points, 2]`, the moved source. Differentiable in all arguments.
    """
    if source.shape[-1] != 2 or target.shape[-1] != 2:
        raise ValueError(
            f"source and target: points in the plane are needed, got shapes "
            f"{source.shape} and {target.shape}"
        )
    share = (weights / tf.reduce_sum(weights))[:, None]
    source_mean = tf.reduce_sum(source * share, 1, keepdims=True)
    target_mean = tf.reduce_sum(target * share, 1, keepdims=True)
    a, b = source - source_mean, target - target_mean
    dot = tf.reduce_sum(share * a * b, [1, 2])
    cross = tf.reduce_sum(share[:, 0] * (a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]), 1)
    norm = tf.reduce_sum(share * a * a, [1, 2]) + 1e-12
    cos, sin = (dot / norm)[:, None], (cross / norm)[:, None]
    x = cos * a[..., 0] - sin * a[..., 1]
    y = sin * a[..., 0] + cos * a[..., 1]
    return tf.stack([x, y], -1) + target_mean
