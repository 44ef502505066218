"""The pure-TensorFlow twin of the compiled antialiasing; same contract, same numbers."""

import tensorflow as tf

from face2param.rendering.edges import Edges
from face2param.rendering.expand import in_rounds


def antialias(
    image: tf.Tensor,
    inverse_depth: tf.Tensor,
    screen: tf.Tensor,
    depth: tf.Tensor,
    edges: Edges,
    gap: float,
):
    """Blends at silhouettes; see `face2param/rendering/antialias.py`.

    Args:
      image: `[batch, height, width, channels]`.
      inverse_depth: `[batch, height, width]` of the pixels.
      screen: `[batch, vertices, 2]` pixels.
      depth: `[batch, vertices]` inverse depth of the vertices.
      edges: of the mesh.
      gap: least relative difference of inverse depth at a silhouette.

    Returns:
      `[batch, height, width, channels]`, differentiable with respect to `image` and `screen`.
    """
    ends = tf.constant(edges.ends)
    found = [
        _crossings(tf.stop_gradient(screen), depth, edges, inverse_depth, gap, axis)
        for axis in (0, 1)
    ]
    share = tf.zeros_like(image[..., :1])
    neighbour = image
    moved = tf.zeros_like(image)
    still = tf.stop_gradient(image)
    # The order decides between equal shares: left, right, upper, lower.
    for axis, (edge, place) in enumerate(found):
        after = _shift(inverse_depth, axis, 1)
        crossed = edge >= 0
        near_is_here = inverse_depth > after
        here = tf.where(near_is_here, 0.5 - place, place - 0.5)
        here = tf.where(crossed, here, tf.zeros_like(here))
        there = _shift(-here, axis, -1)
        for amount, step in ((there, -1), (here, 1)):
            amount = tf.cast(amount, image.dtype)[..., None]
            stronger = amount > share
            share = tf.where(stronger, amount, share)
            neighbour = tf.where(stronger, _shift(image, axis, step), neighbour)
        motion = _motion(edge, screen, ends, axis)[..., None] * (still - _shift(still, axis, 1))
        motion = tf.where(crossed[..., None], motion, tf.zeros_like(motion))
        lies_there = ((place > 0.5) == near_is_here)[..., None]
        none = tf.zeros_like(motion)
        moved += tf.where(lies_there, none, motion)
        moved += _shift(tf.where(lies_there, motion, none), axis, -1)
    share = tf.stop_gradient(share)
    return image + share * (neighbour - image) + moved


def _shift(values, axis, step):
    """Values of the next (1) or previous (-1) pixel along x (axis 0) or y; 0 beyond."""
    dimension = 2 - axis
    length = values.shape[dimension]
    rank = len(values.shape)
    begin, size = [0] * rank, [-1] * rank
    begin[dimension] = 1 if step > 0 else 0
    size[dimension] = length - 1
    padding = [[0, 0]] * rank
    padding[dimension] = [0, 1] if step > 0 else [1, 0]
    return tf.pad(tf.slice(values, begin, size), padding)


def _motion(edge, screen, ends, axis):
    """0 with the gradient of the crossing's coordinate along the link, `[batch, h, w]`."""
    height, width = edge.shape[1:]
    corners = tf.gather(screen, tf.gather(ends, tf.maximum(edge, 0)), batch_dims=1)
    still = tf.cast(tf.stop_gradient(corners), tf.float64)
    line = tf.range(height if axis == 0 else width, dtype=tf.float64) + 0.5
    line = line[:, None] if axis == 0 else line
    v = still[..., 1 - axis]
    rise = v[..., 1] - v[..., 0]
    s = (line - v[..., 0]) / tf.where((edge >= 0) & (rise != 0), rise, tf.ones_like(rise))
    weights = tf.cast(tf.stack([1.0 - s, s], -1), screen.dtype)
    coordinate = tf.reduce_sum(weights * corners[..., axis], -1)
    return coordinate - tf.stop_gradient(coordinate)


def _crossings(screen, depth, edges, inverse_depth, gap, axis):
    """Outermost silhouette edge of each link along one axis, and its place on it.

    Returns int32 and float64 `[batch, height, width]`: edge of the link from a pixel to the
    next, -1 = none, and from 0 at the nearer centre to 1 at the farther one.
    """
    height, width = inverse_depth.shape[1:]
    lines, cells = (height, width) if axis == 0 else (width, height)
    batch = screen.shape[0] if screen.shape[0] is not None else tf.shape(screen)[0]
    links = batch * height * width
    count = len(edges.ends)
    places = tf.cast(screen, tf.float64)
    if axis == 1:
        places = places[..., ::-1]
    a, b = (tf.gather(places, edges.ends[:, k], axis=1) for k in (0, 1))
    o, p = (tf.gather(places, abs(edges.opposite[:, k]), axis=1) for k in (0, 1))
    da, db = (tf.cast(tf.gather(depth, edges.ends[:, k], axis=1), tf.float64) for k in (0, 1))
    step_u, step_v = b[..., 0] - a[..., 0], b[..., 1] - a[..., 1]
    side = step_u * (o[..., 1] - a[..., 1]) - step_v * (o[..., 0] - a[..., 0])
    other = step_u * (p[..., 1] - a[..., 1]) - step_v * (p[..., 0] - a[..., 0])
    alone = tf.constant(edges.opposite[:, 1] < 0)
    silhouette = alone | (side * other >= 0)
    side = tf.where(~alone & (side == 0), other, side)
    silhouette &= (da > 0) & (db > 0) & (tf.abs(side) > 0)
    low, high = tf.minimum(a[..., 1], b[..., 1]), tf.maximum(a[..., 1], b[..., 1])
    first = tf.clip_by_value(tf.math.ceil(low - 0.5), 0.0, float(lines))
    last = tf.clip_by_value(tf.math.ceil(high - 0.5) - 1.0, -1.0, lines - 1.0)
    zero = tf.zeros_like(first)
    first = tf.reshape(tf.cast(tf.where(silhouette, first, zero), tf.int32), [-1])
    last = tf.reshape(tf.cast(tf.where(silhouette, last, zero - 1.0), tf.int32), [-1])
    counts = tf.cast(tf.maximum(last - first + 1, 0), tf.int64)
    rise = tf.where(step_v == 0, tf.ones_like(step_v), step_v)
    upwards = tf.cast(side * step_v < 0, tf.float64)
    setup = [a[..., 0], a[..., 1], step_u, rise, da, db - da, upwards]
    setup = tf.stack([tf.reshape(part, [-1]) for part in setup], 1)
    seen = tf.reshape(tf.cast(inverse_depth, tf.float64), [-1])
    stride = 1 if axis == 0 else width

    def step(item, offset, live, best, edge):
        u0, v0, step_u, rise, da, deeper, upwards = tf.unstack(tf.gather(setup, item), axis=1)
        line = tf.gather(first, item) + offset
        s = (tf.cast(line, tf.float64) + 0.5 - v0) / rise
        u = u0 + s * step_u - 0.5
        live &= (u >= 0) & (u < cells - 1.0)
        cell = tf.cast(tf.where(live, u, tf.zeros_like(u)), tf.int32)
        row, column = (line, cell) if axis == 0 else (cell, line)
        link = (item // count) * (height * width) + row * width + column
        link = tf.where(live, link, 0)
        here = tf.gather(seen, link)
        there = tf.gather(seen, tf.where(live, link + stride, 0))
        near_is_up = there > here
        farthest = tf.minimum(here, there) * (1.0 + gap)
        live &= near_is_up == (upwards > 0)
        live &= (tf.maximum(here, there) > farthest) & (da + s * deeper > farthest)
        t = u - tf.cast(cell, tf.float64)
        t = tf.where(near_is_up, 1.0 - t, t)
        link = tf.where(live, link, links)
        t = tf.where(live, t, -tf.ones_like(t))
        outermost = tf.maximum(best, tf.math.unsorted_segment_max(t, link, links + 1))
        wins = live & (t >= tf.gather(outermost, link))
        nobody = batch * count
        lowest = tf.math.unsorted_segment_min(tf.where(wins, item, nobody), link, links + 1)
        return outermost, tf.where(best >= outermost, edge, tf.minimum(lowest, nobody))

    nobody = batch * count
    state = (tf.fill([links + 1], -tf.ones([], tf.float64)), tf.fill([links + 1], nobody))
    place, edge = in_rounds(counts, step, state)
    edge = tf.where(edge < nobody, edge % max(count, 1), -1)
    shape = [batch, height, width]
    return tf.reshape(edge[:links], shape), tf.reshape(place[:links], shape)
