"""Rasterizer of hair: two nearest fragments per pixel, strands cut out by their cover.

Hair cannot go through the opaque z-buffer: a ribbon is a sheet of strands with gaps, so a
fragment counts only where a strand exists. The test happens inside the raster loop; what passes
is kept in a two-deep buffer and blended by the shader, nearest last.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

_ALPHA_MIN = 0.12


@njit(cache=True, fastmath=True, inline="always")
def lattice(index, salt):
    """Hash of an integer lattice point to [0, 1]."""
    a = np.uint32(index) * np.uint32(374761393) + np.uint32(salt) * np.uint32(668265263)
    a = (a ^ (a >> np.uint32(13))) * np.uint32(1274126177)
    a = a ^ (a >> np.uint32(16))
    return np.float32(a & np.uint32(0xFFFF)) * np.float32(1.0 / 65535.0)


@njit(cache=True, fastmath=True, inline="always")
def strand_noise(x, salt):
    """Value noise on a line, [0, 1]."""
    i = np.floor(x)
    f = x - i
    f = f * f * (3.0 - 2.0 * f)
    k = np.int64(i)
    return lattice(k, salt) * (1.0 - f) + lattice(k + 1, salt) * f


@njit(cache=True, fastmath=True, inline="always")
def strand_alpha(strand, across, along, fray, cover):
    """Opacity of a fragment: do strands exist at this place of the ribbon?"""
    rank = 0.55 * strand_noise(strand * 13.0, 1) + 0.45 * strand_noise(strand * 31.0, 2)
    rank = min(max((rank - 0.5) * 1.35 + 0.5, 0.0), 1.0)
    edge = 1.0 - across * across
    density = cover * min(1.0, 2.2 * edge)
    if fray > 0.001:
        density *= min(max((1.0 - along) / fray, 0.0), 1.0)
    return min(max((density - rank) * 4.0 + 0.55, 0.0), 1.0) * min(1.0, density * 12.0)


@njit(cache=True, fastmath=True, inline="always")
def _clip_span(start, step, first, last):
    """Narrows `[first, last]` to where `start + j * step >= 0`."""
    if step > 1e-12:
        first = max(first, -(start + 1e-6) / step)
    elif step < -1e-12:
        last = min(last, -(start + 1e-6) / step)
    elif start < -1e-6:
        last = first - 1.0
    return first, last


@njit(cache=True, parallel=True, fastmath=True)
def raster_hair(sx, sy, iz, faces, attributes, opaque_iz, bands):
    """Finds the two nearest hair fragments of every pixel.

    Args:
      sx: `[n]` float32 pixel column (pixel centres at integers).
      sy: `[n]` float32 pixel row.
      iz: `[n]` float32 one over the distance along the camera axis.
      faces: `[m, 3]` int32.
      attributes: `[n, 6]` float32, see `HairPart`.
      opaque_iz: `[height, width]` float32, one over the distance of what is already drawn.
      bands: number of horizontal bands worked on in parallel.

    Returns:
      triangle ids `[2, height, width]` int32 (-1 none), barycentric weights
      `[2, height, width, 2]` float32 (of the first two corners, perspective-correct), opacity
      `[2, height, width]` float32 and one over distance `[2, height, width]` float32.
    """
    height, width = opaque_iz.shape
    tid = np.full((2, height, width), -1, np.int32)
    bary = np.empty((2, height, width, 2), np.float32)
    alpha = np.empty((2, height, width), np.float32)
    depth = np.zeros((2, height, width), np.float32)
    for band in prange(bands):
        y0 = band * height // bands
        y1 = (band + 1) * height // bands
        for f in range(faces.shape[0]):
            a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
            ax, ay, bx, by, cx, cy = sx[a], sy[a], sx[b], sy[b], sx[c], sy[c]
            low = min(ay, by, cy)
            high = max(ay, by, cy)
            if high < y0 or low > y1 - 1:
                continue
            area = np.float64(bx - ax) * (cy - ay) - np.float64(by - ay) * (cx - ax)
            if abs(area) < 1e-9:
                continue
            inv = 1.0 / area
            i0 = max(y0, int(np.ceil(low)))
            i1 = min(y1 - 1, int(np.floor(high)))
            j0 = max(0, int(np.ceil(min(ax, bx, cx))))
            j1 = min(width - 1, int(np.floor(max(ax, bx, cx))))
            za, zb, zc = iz[a], iz[b], iz[c]
            # barycentric weights are linear along a row: solve for its span instead of testing
            step1 = (cy - ay) * inv
            step2 = -(by - ay) * inv
            step0 = -step1 - step2
            for i in range(i0, i1 + 1):
                row1 = (-ax * (cy - ay) - (i - ay) * (cx - ax)) * inv
                row2 = ((bx - ax) * (i - ay) + ax * (by - ay)) * inv
                row0 = 1.0 - row1 - row2
                first, last = float(j0), float(j1)
                first, last = _clip_span(row0, step0, first, last)
                first, last = _clip_span(row1, step1, first, last)
                first, last = _clip_span(row2, step2, first, last)
                for j in range(int(np.ceil(first)), int(np.floor(last)) + 1):
                    w1 = row1 + j * step1
                    w2 = row2 + j * step2
                    w0 = 1.0 - w1 - w2
                    q = w0 * za + w1 * zb + w2 * zc
                    if q <= depth[1, i, j] or q <= opaque_iz[i, j]:
                        continue
                    if q <= depth[0, i, j] and alpha[0, i, j] > 0.97:
                        continue
                    w0 = w0 * za / q
                    w1 = w1 * zb / q
                    w2 = 1.0 - w0 - w1
                    al = strand_alpha(
                        w0 * attributes[a, 0] + w1 * attributes[b, 0] + w2 * attributes[c, 0],
                        w0 * attributes[a, 1] + w1 * attributes[b, 1] + w2 * attributes[c, 1],
                        w0 * attributes[a, 2] + w1 * attributes[b, 2] + w2 * attributes[c, 2],
                        w0 * attributes[a, 3] + w1 * attributes[b, 3] + w2 * attributes[c, 3],
                        w0 * attributes[a, 5] + w1 * attributes[b, 5] + w2 * attributes[c, 5],
                    )
                    if al < _ALPHA_MIN:
                        continue
                    k = 1
                    if q > depth[0, i, j]:
                        k = 0
                        tid[1, i, j] = tid[0, i, j]
                        bary[1, i, j, 0] = bary[0, i, j, 0]
                        bary[1, i, j, 1] = bary[0, i, j, 1]
                        alpha[1, i, j] = alpha[0, i, j]
                        depth[1, i, j] = depth[0, i, j]
                    tid[k, i, j] = f
                    bary[k, i, j, 0] = w0
                    bary[k, i, j, 1] = w1
                    alpha[k, i, j] = al
                    depth[k, i, j] = q
    return tid, bary, alpha, depth
