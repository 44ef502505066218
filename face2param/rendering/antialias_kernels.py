"""Compiled kernels of `face2param/rendering/antialias.py`, for a single picture.

Truth: `face2param/rendering/reference_antialias.py`. One thread, double precision.
"""

import numpy as np
from numba import njit

NOTHING = -1


@njit(cache=True, nogil=True)
def crossings(screen, depth, ends, opposite, inverse_depth, gap, edge, place):
    """Finds the silhouette edge between neighbouring pixels.

    Args:
        screen: `[vertices, 2]` pixels.
        depth: `[vertices]` inverse depth.
        ends: int32 `[edges, 2]`.
        opposite: int32 `[edges, 2]`.
        inverse_depth: `[height, width]` of the pixels.
        gap: least relative difference of inverse depth at a silhouette.
        edge: int32 `[2, height, width]`, output: edge across the link of a pixel to its right
            (0) and lower (1) neighbour, -1 = none.
        place: float64 `[2, height, width]`, output: where, from 0 at the nearer pixel's centre
            to 1 at the farther one's.

    Returns:
        False if an index of the mesh is out of range.
    """
    height, width = inverse_depth.shape
    count = screen.shape[0]
    edge[:] = NOTHING
    place[:] = 0.0
    for e in range(ends.shape[0]):
        a = ends[e, 0]
        b = ends[e, 1]
        o = opposite[e, 0]
        p = opposite[e, 1]
        if min(a, b, o) < 0 or max(a, b, o, p) >= count:
            return False
        ax = np.float64(screen[a, 0])
        ay = np.float64(screen[a, 1])
        dx = np.float64(screen[b, 0]) - ax
        dy = np.float64(screen[b, 1]) - ay
        side = dx * (screen[o, 1] - ay) - dy * (screen[o, 0] - ax)
        if p >= 0:
            other = dx * (screen[p, 1] - ay) - dy * (screen[p, 0] - ax)
            if not side * other >= 0.0:
                continue
            if side == 0.0:
                side = other
        da = np.float64(depth[a])
        db = np.float64(depth[b])
        if not (da > 0.0 and db > 0.0) or not abs(side) > 0.0:
            continue
        for axis in range(2):
            # Along this axis the link runs; across it the edge must pass a pixel centre.
            if axis == 0:
                u0, v0, du, dv = ax, ay, dx, dy
                lines, cells = height, width
                inside_up = side * dy < 0.0
            else:
                u0, v0, du, dv = ay, ax, dy, dx
                lines, cells = width, height
                inside_up = side * dx > 0.0
            low = min(v0, v0 + dv)
            high = max(v0, v0 + dv)
            first = max(np.ceil(low - 0.5), 0.0)
            last = min(np.ceil(high - 0.5) - 1.0, lines - 1.0)
            if not first <= last:
                continue
            for line in range(int(first), int(last) + 1):
                s = (line + 0.5 - v0) / dv
                u = u0 + s * du - 0.5
                if not (u >= 0.0 and u < cells - 1.0):
                    continue
                cell = int(u)
                i = line if axis == 0 else cell
                j = cell if axis == 0 else line
                here = np.float64(inverse_depth[i, j])
                there = np.float64(
                    inverse_depth[i, j + 1] if axis == 0 else inverse_depth[i + 1, j]
                )
                near_is_up = there > here
                nearest = max(here, there)
                farthest = min(here, there) * (1.0 + gap)
                at_edge = da + s * (db - da)
                if near_is_up != inside_up or nearest <= farthest or at_edge <= farthest:
                    continue
                t = u - cell
                if near_is_up:
                    t = 1.0 - t
                if edge[axis, i, j] == NOTHING or t > place[axis, i, j]:
                    edge[axis, i, j] = e
                    place[axis, i, j] = t
    return True


@njit(cache=True, nogil=True)
def _strongest(edge, place, inverse_depth, i, j):
    """Largest share that a pixel takes of a neighbour, and the neighbour."""
    share = 0.0
    row = i
    column = j
    for k in range(4):
        axis = k // 2
        back = 1 - k % 2
        li = i - back if axis == 1 else i
        lj = j - back if axis == 0 else j
        if li < 0 or lj < 0 or edge[axis, li, lj] == NOTHING:
            continue
        ni = i + (1 - 2 * back) if axis == 1 else i
        nj = j + (1 - 2 * back) if axis == 0 else j
        t = place[axis, li, lj]
        near = inverse_depth[i, j] > inverse_depth[ni, nj]
        amount = 0.5 - t if near else t - 0.5
        if amount > share:
            share = amount
            row = ni
            column = nj
    return share, row, column


@njit(cache=True, nogil=True)
def blend(image, inverse_depth, edge, place, out):
    """Writes the blended picture `[height, width, channels]`."""
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            share, row, column = _strongest(edge, place, inverse_depth, i, j)
            for k in range(image.shape[2]):
                out[i, j, k] = image[i, j, k] + share * (image[row, column, k] - image[i, j, k])


@njit(cache=True, nogil=True)
def blend_gradient(screen, ends, image, inverse_depth, edge, place, upstream, to_image, to_screen):
    """Adds the gradient to `to_image` and `to_screen` `[vertices, 2]`."""
    height, width, channels = image.shape
    for i in range(height):
        for j in range(width):
            share, row, column = _strongest(edge, place, inverse_depth, i, j)
            for k in range(channels):
                to_image[i, j, k] += (1.0 - share) * upstream[i, j, k]
                if share > 0.0:
                    to_image[row, column, k] += share * upstream[i, j, k]
            for axis in range(2):
                e = edge[axis, i, j]
                if e == NOTHING:
                    continue
                row = i + axis
                column = j + 1 - axis
                near_is_up = inverse_depth[row, column] > inverse_depth[i, j]
                t = place[axis, i, j]
                # The pixel that the silhouette lies in changes.
                up = (t > 0.5) != near_is_up
                gain = 0.0
                for k in range(channels):
                    g = upstream[row, column, k] if up else upstream[i, j, k]
                    gain += np.float64(g) * (image[i, j, k] - image[row, column, k])
                # Moving towards larger coordinates, the pixel here spreads.
                a = ends[e, 0]
                b = ends[e, 1]
                other = 1 - axis
                line = (i if axis == 0 else j) + 0.5
                v0 = np.float64(screen[a, other])
                s = (line - v0) / (np.float64(screen[b, other]) - v0)
                to_screen[a, axis] += (1.0 - s) * gain
                to_screen[b, axis] += s * gain
