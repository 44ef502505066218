"""Compiled inner loop of texture baking: texel -> place on the photograph -> colour."""

import numpy as np
from numba import njit, prange

LEAST = 0.03
"""Belief below this is none."""


@njit(cache=True, parallel=True)
def sample(corners, weights, vertex, image, mask, depth, depth_scale, limits):
    """Colour, light and belief of each texel.

    Args:
      corners: int32 `[texels, 3]`.
      weights: float32 `[texels, 3]`, barycentric.
      vertex: float32 `[vertices, 7]`: x, y in pixels of the image, inverse depth, facing (cosine
        of normal and line of sight), shading RGB.
      image: float32 `[height, width, 3]`.
      mask: float32 `[height, width]`.
      depth: float32 `[2, rows, columns]`: largest inverse depth nearby, and distance to the
        face's outline in its pixels.
      depth_scale: pixels of `depth` for a pixel of `image`.
      limits: (facing at which belief begins, facing at which it is full, how much nearer a
        surface must be to hide, fraction of the depth, pixels from the outline at which belief
        is full).

    Returns:
      float32 `[texels, 7]`: RGB, shading RGB, belief in [0, 1].
    """
    height, width = image.shape[0], image.shape[1]
    rows, columns = depth.shape[1], depth.shape[2]
    found = np.zeros((corners.shape[0], 7), np.float32)
    begin, full, nearer, rim = limits
    for t in prange(corners.shape[0]):
        x = 0.0
        y = 0.0
        total = 0.0
        facing = 0.0
        for k in range(3):
            v = corners[t, k]
            w = weights[t, k]
            # Places on the screen are linear on the surface after multiplying by the distance.
            far = w / vertex[v, 2]
            x += far * vertex[v, 0]
            y += far * vertex[v, 1]
            total += far
            facing += w * vertex[v, 3]
            for channel in range(3):
                found[t, 3 + channel] += w * vertex[v, 4 + channel]
        x /= total
        y /= total
        # The picture's border, with a margin of one pixel over which belief falls.
        inside = min(x, width - x, y, height - y)
        if inside <= 0.0:
            continue
        i = min(max(y * depth_scale, 0.0), rows - 1.0)
        j = min(max(x * depth_scale, 0.0), columns - 1.0)
        row = int(i)
        column = int(j)
        hidden = depth[0, row, column] * total - 1.0  # nearer by this fraction
        visible = min(max(1.5 - hidden / nearer, 0.0), 1.0)
        edge = min(depth[1, row, column] / rim, 1.0)
        angle = min(max((facing - begin) / (full - begin), 0.0), 1.0)
        belief = angle * angle * (3 - 2 * angle) * visible * edge * min(inside, 1.0)
        if belief <= 0.0:
            continue
        i = min(max(y - 0.5, 0.0), height - 1.0)
        j = min(max(x - 0.5, 0.0), width - 1.0)
        row = min(int(i), height - 2)
        column = min(int(j), width - 2)
        i -= row
        j -= column
        for channel in range(3):
            top = image[row, column, channel] * (1 - j) + image[row, column + 1, channel] * j
            low = (
                image[row + 1, column, channel] * (1 - j) + image[row + 1, column + 1, channel] * j
            )
            found[t, channel] = top * (1 - i) + low * i
        # Any of the four pixels that is covered would mix its colour in.
        top = min(mask[row, column], mask[row, column + 1])
        belief *= min(top, mask[row + 1, column], mask[row + 1, column + 1])
        # Where nothing else is known the smallest belief would decide the colour all around.
        found[t, 6] = max(belief - LEAST, 0.0) / (1.0 - LEAST)
    return found
