"""The pure-TensorFlow twin of the compiled rasterizer.

Runs on any device, in a SavedModel, and under XLA where shapes are static. Same rules, same
double precision, so the same triangles: a rounding error of another order of operations would
have to reach `EDGE` or `NEARER` to change one. Where three surfaces or more lie within a chain
of relative differences of inverse depth each below `NEARER`, the compiled kernels keep the
first of the chain and the twin the lowest index near its end.
"""

import tensorflow as tf

from face2param.rendering.expand import in_rounds
from face2param.rendering.raster import EDGE, MINIMUM_AREA, NEARER

_MARGIN = 2 * EDGE
_ROUNDING = 1e-9


def visible(screen: tf.Tensor, depth: tf.Tensor, faces: tf.Tensor, size: tuple[int, int]):
    """Index of the visible triangle, int32 `[batch, height, width]`; no gradient.

    Args:
      screen: `[batch, vertices, 2]` pixels.
      depth: `[batch, vertices]` inverse depth.
      faces: int32 `[triangles, 3]`.
      size: (height, width).
    """
    height, width = size
    batch = screen.shape[0] if screen.shape[0] is not None else tf.shape(screen)[0]
    count = faces.shape[0] if faces.shape[0] is not None else tf.shape(faces)[0]
    pixels = batch * height * width
    x, y = (
        tf.reshape(tf.gather(tf.cast(screen[..., k], tf.float64), faces, axis=1), [-1, 3])
        for k in (0, 1)
    )
    d = tf.reshape(tf.gather(tf.cast(depth, tf.float64), faces, axis=1), [-1, 3])
    e1x, e1y = x[:, 1] - x[:, 0], y[:, 1] - y[:, 0]
    e2x, e2y = x[:, 2] - x[:, 0], y[:, 2] - y[:, 0]
    area = e1x * e2y - e1y * e2x
    sound = (tf.abs(area) >= MINIMUM_AREA) & tf.reduce_all(d > 0, 1)
    column, columns = _box(x, width, sound)
    row, rows = _box(y, height, sound)
    counts = tf.cast(rows, tf.int64) * tf.cast(columns, tf.int64)
    # All that a candidate needs of its triangle in one place: one gather for each.
    inverse_area = 1.0 / tf.where(sound, area, tf.ones_like(area))
    setup = tf.stack(
        [x[:, 0], y[:, 0], e1x, e1y, e2x, e2y, inverse_area, d[:, 0], d[:, 1], d[:, 2]], 1
    )
    boxes = tf.stack([column, row, tf.maximum(columns, 1)], 1)
    nobody = batch * count

    def step(item, offset, live, nearest, triangle):
        box = tf.gather(boxes, item)
        j = box[:, 0] + offset % box[:, 2]
        i = box[:, 1] + offset // box[:, 2]
        ax, ay, e1x, e1y, e2x, e2y, inverse_area, da, db, dc = tf.unstack(
            tf.gather(setup, item), axis=1
        )
        px = tf.cast(j, tf.float64) + 0.5 - ax
        py = tf.cast(i, tf.float64) + 0.5 - ay
        w1 = (px * e2y - py * e2x) * inverse_area
        w2 = (py * e1x - px * e1y) * inverse_area
        w0 = 1.0 - w1 - w2
        q = w0 * da + w1 * db + w2 * dc
        live &= (w0 >= -EDGE) & (w1 >= -EDGE) & (w2 >= -EDGE) & (q > 0)
        pixel = tf.where(live, (item // count) * (height * width) + i * width + j, pixels)
        q = tf.where(live, q, tf.zeros_like(q))
        found = tf.maximum(nearest, tf.math.unsorted_segment_max(q, pixel, pixels + 1))
        wins = live & (q * (1.0 + NEARER) >= tf.gather(found, pixel))
        lowest = tf.math.unsorted_segment_min(tf.where(wins, item, nobody), pixel, pixels + 1)
        # What earlier rounds found has the lower index and stays unless clearly farther.
        stays = (triangle < nobody) & (nearest * (1.0 + NEARER) >= found)
        return found, tf.where(stays, triangle, tf.minimum(lowest, nobody))

    state = (tf.zeros([pixels + 1], tf.float64), tf.fill([pixels + 1], nobody))
    _, triangle = in_rounds(counts, step, state)
    triangle = triangle[:pixels]
    triangle = tf.where(triangle < nobody, triangle % count, -1)
    return tf.reshape(triangle, [batch, height, width])


def _box(corners, length, sound):
    """First pixel and number of pixels along one axis, int32 `[items]` each."""
    low, high = tf.reduce_min(corners, 1), tf.reduce_max(corners, 1)
    margin = _MARGIN * (high - low) + _ROUNDING
    first = tf.clip_by_value(tf.math.ceil(low - 0.5 - margin), 0.0, float(length))
    last = tf.clip_by_value(tf.floor(high - 0.5 + margin), -1.0, length - 1.0)
    zero = tf.zeros_like(first)
    first = tf.cast(tf.where(sound, first, zero), tf.int32)
    last = tf.cast(tf.where(sound, last, zero - 1.0), tf.int32)
    return first, tf.maximum(last - first + 1, 0)


def locate(triangle: tf.Tensor, screen: tf.Tensor, depth: tf.Tensor, faces: tf.Tensor):
    """Barycentrics `[batch, h, w, 3]` and inverse depth `[batch, h, w]` on known triangles.

    Differentiable with respect to `screen` `[batch, vertices, 2]` and `depth`
    `[batch, vertices]`; `triangle` is what `visible` gives.
    """
    barycentric, inverse = _locate(triangle, screen, depth, faces)
    return tf.cast(barycentric, screen.dtype), tf.cast(inverse, depth.dtype)


def interpolate(attributes: tf.Tensor, triangle: tf.Tensor, barycentric: tf.Tensor, faces):
    """Attributes at pixels, `[batch, height, width, channels]`; 0 on the background.

    Args:
      attributes: `[batch, vertices, channels]`.
      triangle: int32 `[batch, height, width]`.
      barycentric: `[batch, height, width, 3]`.
      faces: int32 `[triangles, 3]`.

    Returns:
      Of the type of `barycentric`; differentiable with respect to it and `attributes`.
    """
    corners = tf.gather(faces, tf.maximum(triangle, 0))
    values = tf.gather(tf.cast(attributes, barycentric.dtype), corners, batch_dims=1)
    # The barycentrics of the background are 0, and so is what they weigh.
    return tf.reduce_sum(values * barycentric[..., None], -2)


def draw(
    screen: tf.Tensor,
    depth: tf.Tensor,
    attributes: tf.Tensor,
    faces: tf.Tensor,
    size: tuple[int, int],
):
    """Visibility and interpolation in one call, in double precision throughout.

    Args:
      screen: `[batch, vertices, 2]` pixels.
      depth: `[batch, vertices]` inverse depth.
      attributes: `[batch, vertices, channels]`.
      faces: int32 `[triangles, 3]`.
      size: (height, width).

    Returns:
      `[batch, height, width, channels]`, differentiable with respect to the first three, and
      the visible triangles, int32 `[batch, height, width]`.
    """
    triangle = visible(screen, depth, faces, size)
    barycentric, _ = _locate(triangle, screen, depth, faces)
    image = interpolate(attributes, triangle, barycentric, faces)
    return tf.cast(image, attributes.dtype), triangle


def _locate(triangle, screen, depth, faces):
    """`locate` in double precision.

    The corners of a triangle smaller than a pixel differ in few digits, and what the corners
    of neighbouring triangles give to a gradient nearly cancels.
    """
    height, width = triangle.shape[1:]
    hit = triangle >= 0
    corners = tf.gather(faces, tf.maximum(triangle, 0))
    places = tf.gather(tf.cast(screen, tf.float64), corners, batch_dims=1)
    depths = tf.gather(tf.cast(depth, tf.float64), corners, batch_dims=1)
    x, y = tf.unstack(places, axis=-1)
    one = tf.ones([], tf.float64)
    e1x, e1y = x[..., 1] - x[..., 0], y[..., 1] - y[..., 0]
    e2x, e2y = x[..., 2] - x[..., 0], y[..., 2] - y[..., 0]
    px = (tf.range(width, dtype=tf.float64) + 0.5) - x[..., 0]
    py = (tf.range(height, dtype=tf.float64) + 0.5)[:, None] - y[..., 0]
    # The inner wheres keep the gradient of the background zero instead of NaN.
    inverse_area = 1.0 / tf.where(hit, e1x * e2y - e1y * e2x, one)
    w1 = (px * e2y - py * e2x) * inverse_area
    w2 = (py * e1x - px * e1y) * inverse_area
    weighted = tf.stack([1.0 - w1 - w2, w1, w2], -1) * depths
    inverse = tf.where(hit, tf.reduce_sum(weighted, -1), one)
    barycentric = weighted / inverse[..., None]
    zero = tf.zeros([], tf.float64)
    return tf.where(hit[..., None], barycentric, zero), tf.where(hit, inverse, zero)
