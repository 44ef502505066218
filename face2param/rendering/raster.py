"""The one rasterizer: compiled z-buffer kernels shared by every renderer.

The truth of every function here is `face2param/rendering/reference.py`, which is slow and
readable; tests/rendering/test_raster.py compares the two exactly.

Rules (both implementations):
    * a pixel `[row, column]` is sampled at its centre, `(column + 0.5, row + 0.5)`;
    * a triangle owns a sample when all three screen-space barycentrics are >= `-EDGE`
      (either orientation; edges belong to both neighbours, so a mesh has no cracks);
    * a triangle wins where its inverse depth is larger by more than the fraction `NEARER`
      (so the lower index wins at equal depth, whatever the rounding);
    * triangles with a vertex behind the camera plane, or with almost no area, are skipped.

Every pixel is computed from the triangles in index order by one thread, in double precision
and without re-association, so the result does not depend on the number of threads.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

EDGE = 1e-6
MINIMUM_AREA = 1e-9
NEARER = 1e-9
BACKGROUND = -1
# Row bands that are rasterized in parallel; a constant, so that the work does not depend on
# the machine.
_BANDS = 16


class Raster(NamedTuple):
    """What a pixel sees.

    Attributes:
        triangle: int32 `[height, width]`, index of the visible triangle, -1 = background.
        barycentric: float32 `[height, width, 3]`, perspective-correct weights of the
            triangle's corners (sum to 1; 0 on the background).
        inverse_depth: float32 `[height, width]`, 1 / (distance along the camera axis) in
            1/cm (0 on the background).
    """

    triangle: np.ndarray
    barycentric: np.ndarray
    inverse_depth: np.ndarray


def rasterize(
    screen: np.ndarray, inverse_depth: np.ndarray, faces: np.ndarray, size: tuple[int, int]
) -> Raster:
    """Finds the visible triangle of each pixel.

    Args:
        screen: `[vertices, 2]`, (x, y) in pixels, x to the right, y down, the first pixel's
            centre at (0.5, 0.5).
        inverse_depth: `[vertices]`, 1 / camera-axis distance; values <= 0 lie behind the
            camera.
        faces: int32 `[triangles, 3]`, vertex indices.
        size: (height, width) in pixels.

    Returns:
        A Raster. No gradient flows through it.

    Raises:
        ValueError: an array has another shape; the message names it.
    """
    check_mesh(screen, inverse_depth, faces)
    x = np.ascontiguousarray(screen[:, 0], np.float64)
    y = np.ascontiguousarray(screen[:, 1], np.float64)
    depth = np.ascontiguousarray(inverse_depth, np.float64)
    triangles = np.ascontiguousarray(faces, np.int32)
    height, width = int(size[0]), int(size[1])
    return Raster(*_rasterize(x, y, depth, triangles, height, width, _BANDS))


def check_mesh(screen: np.ndarray, inverse_depth: np.ndarray, faces: np.ndarray) -> None:
    """Raises ValueError naming the first of `rasterize`'s arrays that has a wrong shape."""
    if screen.ndim != 2 or screen.shape[1] != 2:
        raise ValueError(f"screen must have shape [vertices, 2], got {screen.shape}")
    if inverse_depth.shape != screen.shape[:1]:
        raise ValueError(
            f"inverse_depth must have shape [{screen.shape[0]}] like screen, "
            f"got {inverse_depth.shape}"
        )
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise ValueError(f"faces must have shape [triangles, 3], got {faces.shape}")
    if faces.size and (faces.min() < 0 or faces.max() >= screen.shape[0]):
        raise ValueError(
            f"faces must index {screen.shape[0]} vertices, got indices {faces.min()}..{faces.max()}"
        )


@njit(cache=True)
def _fill_band(x, y, depth, faces, first, last, y0, y1, width, triangle, weights, nearest):
    for f in range(faces.shape[0]):
        if first[f] >= y1 or last[f] < y0:
            continue
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        ax = x[a]
        ay = y[a]
        bx = x[b]
        by = y[b]
        cx = x[c]
        cy = y[c]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        da = depth[a]
        db = depth[b]
        dc = depth[c]
        column0 = max(0, int(np.ceil(min(ax, bx, cx) - 0.5 - EDGE)))
        column1 = min(width - 1, int(np.floor(max(ax, bx, cx) - 0.5 + EDGE)))
        inverse_area = 1.0 / area
        for i in range(max(y0, first[f]), min(y1 - 1, last[f]) + 1):
            py = i + 0.5 - ay
            for j in range(column0, column1 + 1):
                px = j + 0.5 - ax
                w1 = (px * (cy - ay) - py * (cx - ax)) * inverse_area
                w2 = (py * (bx - ax) - px * (by - ay)) * inverse_area
                w0 = 1.0 - w1 - w2
                if w0 < -EDGE or w1 < -EDGE or w2 < -EDGE:
                    continue
                q = w0 * da + w1 * db + w2 * dc
                if q > nearest[i, j] * (1.0 + NEARER):
                    nearest[i, j] = q
                    triangle[i, j] = f
                    weights[i, j, 0] = w0 * da / q
                    weights[i, j, 1] = w1 * db / q
                    weights[i, j, 2] = w2 * dc / q


@njit(cache=True, parallel=True)
def _rasterize(x, y, depth, faces, height, width, bands):
    triangle = np.full((height, width), -1, np.int32)
    weights = np.zeros((height, width, 3), np.float32)
    # Depth is compared in double precision; the record keeps single precision.
    nearest = np.zeros((height, width), np.float64)
    inverse_depth = np.zeros((height, width), np.float32)
    count = faces.shape[0]
    first = np.empty(count, np.int32)
    last = np.empty(count, np.int32)
    for f in prange(count):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        area = (x[b] - x[a]) * (y[c] - y[a]) - (y[b] - y[a]) * (x[c] - x[a])
        low = min(y[a], y[b], y[c]) - 0.5 - EDGE
        high = max(y[a], y[b], y[c]) - 0.5 + EDGE
        if (
            abs(area) < MINIMUM_AREA
            or min(depth[a], depth[b], depth[c]) <= 0.0
            or low > height
            or high < 0.0
        ):
            first[f] = height
            last[f] = -1
        else:
            first[f] = int(np.ceil(max(low, 0.0)))
            last[f] = int(np.floor(min(high, height - 1.0)))
    for k in prange(bands):
        y0 = k * height // bands
        y1 = (k + 1) * height // bands
        _fill_band(x, y, depth, faces, first, last, y0, y1, width, triangle, weights, nearest)
        for i in range(y0, y1):
            for j in range(width):
                inverse_depth[i, j] = nearest[i, j]
    return triangle, weights, inverse_depth
