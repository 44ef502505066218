"""Differentiable crops: a batched similarity fit and a bilinear affine sampler.

Coordinates are pixels with centres at +0.5, (x, y). Matrices `[batch, 2, 3]` map positions
in the output to positions in the input. Only keras.ops, so that a crop can sit inside a
graph between the imitator and a feature network under any Keras backend.
"""

from __future__ import annotations

from keras import ops


def fit_similarity(source, target):
    """Least-squares similarity (rotation, scale, translation) that maps source to target.

    Umeyama 1991 without reflection; in the plane this is one complex regression:
    target ~ (a + ib) source + t.

    Args:
      source: `[points, 2]` positions, the same for the whole batch.
      target: `[batch, points, 2]` positions.

    Returns:
      `[batch, 2, 3]` matrices; differentiable with respect to `target`.

    Raises:
      ValueError: the number of points differs, or there are fewer than two.
    """
    if len(source.shape) != 2 or source.shape[0] < 2 or source.shape[1] != 2:
        raise ValueError(f"source must be [points >= 2, 2], got {tuple(source.shape)}")
    if len(target.shape) != 3 or tuple(target.shape[1:]) != tuple(source.shape):
        raise ValueError(f"target must be [batch, {source.shape[0]}, 2], got {tuple(target.shape)}")
    source = ops.cast(source, target.dtype)
    source_mean = ops.mean(source, axis=0)
    target_mean = ops.mean(target, axis=1)
    p = source - source_mean
    q = target - target_mean[:, None]
    power = ops.sum(p * p)
    a = ops.sum(p[:, 0] * q[..., 0] + p[:, 1] * q[..., 1], axis=1) / power
    b = ops.sum(p[:, 0] * q[..., 1] - p[:, 1] * q[..., 0], axis=1) / power
    x = target_mean[:, 0] - (a * source_mean[0] - b * source_mean[1])
    y = target_mean[:, 1] - (b * source_mean[0] + a * source_mean[1])
    return ops.stack([ops.stack([a, -b, x], -1), ops.stack([b, a, y], -1)], axis=1)


def affine_sample(images, matrices, size: tuple[int, int], supersample: int = 1):
    """Samples pictures bilinearly on an affinely placed grid.

    Positions outside a picture take the value of its nearest edge pixel.

    Args:
      images: `[batch, height, width, channels]`, any range.
      matrices: `[batch, 2, 3]`, output pixel position -> input pixel position.
      size: (height, width) of the output.
      supersample: side of the grid of samples averaged per output pixel; use about the
        scale of `matrices` where the output is smaller than the input.

    Returns:
      `[batch, *size, channels]`. The gradient flows to `images` and, through the bilinear
      weights, to `matrices`.

    Raises:
      ValueError: an argument has the wrong rank or `supersample` is below 1.
    """
    if len(images.shape) != 4:
        raise ValueError(
            f"images must be [batch, height, width, channels], got {tuple(images.shape)}"
        )
    if len(matrices.shape) != 3 or tuple(matrices.shape[1:]) != (2, 3):
        raise ValueError(f"matrices must be [batch, 2, 3], got {tuple(matrices.shape)}")
    if supersample < 1:
        raise ValueError(f"supersample must be at least 1, got {supersample}")
    dtype = matrices.dtype
    # Output grid, [rows, columns] each, in output pixels.
    out_y = (ops.arange(size[0] * supersample, dtype=dtype)[:, None] + 0.5) / supersample
    out_x = (ops.arange(size[1] * supersample, dtype=dtype)[None, :] + 0.5) / supersample
    m = matrices[:, :, :, None, None]
    x = m[:, 0, 0] * out_x + m[:, 0, 1] * out_y + m[:, 0, 2]
    y = m[:, 1, 0] * out_x + m[:, 1, 1] * out_y + m[:, 1, 2]
    sampled = sample_at(images, x, y)
    if supersample == 1:
        return sampled
    return ops.average_pool(sampled, supersample, supersample, "valid", data_format="channels_last")


def sample_at(images, x, y):
    """Reads pictures bilinearly at any positions, the edge pixel's value outside.

    Args:
      images: `[batch, height, width, channels]`.
      x: `[batch, rows, columns]` positions to the right, pixel centres at +0.5.
      y: `[batch, rows, columns]` positions down.

    Returns:
      `[batch, rows, columns, channels]`; differentiable with respect to all arguments.
    """
    height, width, channels = images.shape[1:]
    x = ops.clip(x - 0.5, 0.0, width - 1.0)
    y = ops.clip(y - 0.5, 0.0, height - 1.0)
    left = ops.clip(ops.floor(ops.stop_gradient(x)), 0, max(width - 2, 0))
    top = ops.clip(ops.floor(ops.stop_gradient(y)), 0, max(height - 2, 0))
    fx = ops.cast(x - left, images.dtype)[..., None]
    fy = ops.cast(y - top, images.dtype)[..., None]
    corner = _flat_index(images, ops.cast(left, "int32"), ops.cast(top, "int32"))
    flat = ops.reshape(images, (-1, channels))
    step_x, step_y = min(1, width - 1), width * min(1, height - 1)

    def at(offset):
        return ops.take(flat, corner + offset, axis=0)

    upper = at(0) * (1 - fx) + at(step_x) * fx
    lower = at(step_y) * (1 - fx) + at(step_x + step_y) * fx
    return upper * (1 - fy) + lower * fy


def nearest_at(labels, x, y):
    """Reads label maps `[batch, height, width]` at positions as in `sample_at`; no gradient."""
    height, width = labels.shape[1:]
    column = ops.cast(ops.clip(ops.floor(x), 0, width - 1), "int32")
    row = ops.cast(ops.clip(ops.floor(y), 0, height - 1), "int32")
    return ops.take(ops.reshape(labels, (-1,)), _flat_index(labels, column, row), axis=0)


def _flat_index(images, column, row):
    height, width = images.shape[1:3]
    batch = ops.arange(ops.shape(images)[0], dtype="int32")[:, None, None]
    return batch * (height * width) + row * width + column
