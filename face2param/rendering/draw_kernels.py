"""Compiled kernels of the differentiable rasterizer, for pictures of a single mesh.

Visibility follows the rules of `face2param/rendering/raster.py`, gradients the formulas of
`face2param/rendering/reference.py`; tests compare them. Written for meshes whose triangles
are smaller than a pixel: one sweep over the triangles keeps only the index of the nearest
one, and everything else is computed once per pixel. One thread in double precision, without
re-association: the result is the same on every machine with the same float arithmetic.

The kernels check every index that they use, because what comes here may be wrong at run time.
"""

import numpy as np
from numba import njit

from face2param.rendering.raster import EDGE, MINIMUM_AREA, NEARER

# A sample that a triangle owns lies at most 2 EDGE times its extent outside its box.
_MARGIN = 2 * EDGE
_ROUNDING = 1e-9


@njit(cache=True, nogil=True)
def visible(screen, depth, faces, triangle):
    """Writes the index of the visible triangle of each pixel, -1 = background.

    Args:
        screen: `[vertices, 2]` pixels.
        depth: `[vertices]` inverse depth.
        faces: int32 `[triangles, 3]`.
        triangle: int32 `[height, width]`, the output.

    Returns:
        False if an index of `faces` is out of range.
    """
    height, width = triangle.shape
    count = screen.shape[0]
    nearest = np.zeros((height, width), np.float64)
    triangle[:] = -1
    right = np.float64(width - 1)
    bottom = np.float64(height - 1)
    for f in range(faces.shape[0]):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        if min(a, b, c) < 0 or max(a, b, c) >= count:
            return False
        ax = np.float64(screen[a, 0])
        bx = np.float64(screen[b, 0])
        cx = np.float64(screen[c, 0])
        x0 = min(ax, bx, cx)
        x1 = max(ax, bx, cx)
        margin = _MARGIN * (x1 - x0) + _ROUNDING
        first = max(np.ceil(x0 - 0.5 - margin), 0.0)
        last = min(np.floor(x1 - 0.5 + margin), right)
        if not first <= last:
            continue
        ay = np.float64(screen[a, 1])
        by = np.float64(screen[b, 1])
        cy = np.float64(screen[c, 1])
        y0 = min(ay, by, cy)
        y1 = max(ay, by, cy)
        margin = _MARGIN * (y1 - y0) + _ROUNDING
        top = max(np.ceil(y0 - 0.5 - margin), 0.0)
        low = min(np.floor(y1 - 0.5 + margin), bottom)
        if not top <= low:
            continue
        e1x = bx - ax
        e1y = by - ay
        e2x = cx - ax
        e2y = cy - ay
        area = e1x * e2y - e1y * e2x
        da = np.float64(depth[a])
        db = np.float64(depth[b])
        dc = np.float64(depth[c])
        # Written so that NaN is refused as well.
        if not (abs(area) >= MINIMUM_AREA and da > 0.0 and db > 0.0 and dc > 0.0):
            continue
        inverse_area = 1.0 / area
        for i in range(int(top), int(low) + 1):
            py = i + 0.5 - ay
            for j in range(int(first), int(last) + 1):
                px = j + 0.5 - ax
                w1 = (px * e2y - py * e2x) * inverse_area
                w2 = (py * e1x - px * e1y) * inverse_area
                w0 = 1.0 - w1 - w2
                if w0 >= -EDGE and w1 >= -EDGE and w2 >= -EDGE:
                    q = w0 * da + w1 * db + w2 * dc
                    if q > nearest[i, j] * (1.0 + NEARER):
                        nearest[i, j] = q
                        triangle[i, j] = f
    return True


@njit(cache=True, nogil=True)
def _weights(screen, a, b, c, i, j):
    """Screen-space barycentrics of a pixel and the derivatives by its position."""
    ax = np.float64(screen[a, 0])
    ay = np.float64(screen[a, 1])
    e1x = np.float64(screen[b, 0]) - ax
    e1y = np.float64(screen[b, 1]) - ay
    e2x = np.float64(screen[c, 0]) - ax
    e2y = np.float64(screen[c, 1]) - ay
    inverse_area = 1.0 / (e1x * e2y - e1y * e2x)
    px = j + 0.5 - ax
    py = i + 0.5 - ay
    w1 = (px * e2y - py * e2x) * inverse_area
    w2 = (py * e1x - px * e1y) * inverse_area
    return (
        1.0 - w1 - w2,
        w1,
        w2,
        e2y * inverse_area,
        -e2x * inverse_area,
        -e1y * inverse_area,
        e1x * inverse_area,
    )


@njit(cache=True, nogil=True)
def shade(screen, depth, faces, triangle, attributes, image):
    """Writes the interpolated attributes of the pixels of a triangle map; 0 elsewhere.

    Args:
        screen: `[vertices, 2]`.
        depth: `[vertices]`.
        faces: int32 `[triangles, 3]`.
        triangle: int32 `[height, width]`, from `visible`.
        attributes: `[vertices, channels]`.
        image: `[height, width, channels]`, the output.
    """
    channels = image.shape[2]
    for i in range(image.shape[0]):
        for j in range(image.shape[1]):
            f = triangle[i, j]
            if f < 0:
                for k in range(channels):
                    image[i, j, k] = 0.0
                continue
            a = faces[f, 0]
            b = faces[f, 1]
            c = faces[f, 2]
            w0, w1, w2, _, _, _, _ = _weights(screen, a, b, c, i, j)
            w0 *= depth[a]
            w1 *= depth[b]
            w2 *= depth[c]
            inverse = 1.0 / (w0 + w1 + w2)
            w0 *= inverse
            w1 *= inverse
            w2 *= inverse
            for k in range(channels):
                image[i, j, k] = (
                    w0 * attributes[a, k] + w1 * attributes[b, k] + w2 * attributes[c, k]
                )


@njit(cache=True, nogil=True)
def locate(screen, depth, faces, triangle, barycentric, inverse_depth):
    """Writes perspective-correct barycentrics `[h, w, 3]` and inverse depth `[h, w]`.

    Returns:
        False if an index of the mesh or of `triangle` is out of range.
    """
    for i in range(triangle.shape[0]):
        for j in range(triangle.shape[1]):
            f = triangle[i, j]
            if f < 0:
                inverse_depth[i, j] = 0.0
                for k in range(3):
                    barycentric[i, j, k] = 0.0
                continue
            if f >= faces.shape[0]:
                return False
            a = faces[f, 0]
            b = faces[f, 1]
            c = faces[f, 2]
            if min(a, b, c) < 0 or max(a, b, c) >= screen.shape[0]:
                return False
            w0, w1, w2, _, _, _, _ = _weights(screen, a, b, c, i, j)
            w0 *= depth[a]
            w1 *= depth[b]
            w2 *= depth[c]
            q = w0 + w1 + w2
            inverse_depth[i, j] = q
            inverse = 1.0 / q
            barycentric[i, j, 0] = w0 * inverse
            barycentric[i, j, 1] = w1 * inverse
            barycentric[i, j, 2] = w2 * inverse
    return True


@njit(cache=True, nogil=True)
def _scatter(screen, depth, a, b, c, i, j, g0, g1, g2, g_inverse, gradient):
    """Adds the gradient of one pixel: g = by barycentrics, g_inverse = by inverse depth.

    Columns 0 to 2 of `gradient` get it, by x, y and inverse depth of the corners. Returns the
    barycentrics.
    """
    w0, w1, w2, n1x, n1y, n2x, n2y = _weights(screen, a, b, c, i, j)
    da = np.float64(depth[a])
    db = np.float64(depth[b])
    dc = np.float64(depth[c])
    b0 = w0 * da
    b1 = w1 * db
    b2 = w2 * dc
    inverse = 1.0 / (b0 + b1 + b2)
    b0 *= inverse
    b1 *= inverse
    b2 *= inverse
    mean = g0 * b0 + g1 * b1 + g2 * b2
    g0 = (g0 - mean) * inverse + g_inverse
    g1 = (g1 - mean) * inverse + g_inverse
    g2 = (g2 - mean) * inverse + g_inverse
    # By the screen-space weights, then by the sample's position; a corner's share of the
    # motion of what lies under the sample is its weight.
    by1 = g1 * db - g0 * da
    by2 = g2 * dc - g0 * da
    gx = by1 * n1x + by2 * n2x
    gy = by1 * n1y + by2 * n2y
    gradient[a, 0] -= w0 * gx
    gradient[a, 1] -= w0 * gy
    gradient[a, 2] += w0 * g0
    gradient[b, 0] -= w1 * gx
    gradient[b, 1] -= w1 * gy
    gradient[b, 2] += w1 * g1
    gradient[c, 0] -= w2 * gx
    gradient[c, 1] -= w2 * gy
    gradient[c, 2] += w2 * g2
    return b0, b1, b2


@njit(cache=True, nogil=True)
def shade_gradient(screen, depth, faces, triangle, attributes, upstream, gradient):
    """Adds the gradient of `shade` to float64 `gradient` `[vertices, 3 + channels]`.

    Its columns are x, y, inverse depth and the attributes, side by side because a pixel needs
    all of a corner's.
    """
    channels = upstream.shape[2]
    for i in range(triangle.shape[0]):
        for j in range(triangle.shape[1]):
            f = triangle[i, j]
            if f < 0:
                continue
            a = faces[f, 0]
            b = faces[f, 1]
            c = faces[f, 2]
            g0 = 0.0
            g1 = 0.0
            g2 = 0.0
            for k in range(channels):
                g = np.float64(upstream[i, j, k])
                g0 += g * attributes[a, k]
                g1 += g * attributes[b, k]
                g2 += g * attributes[c, k]
            b0, b1, b2 = _scatter(screen, depth, a, b, c, i, j, g0, g1, g2, 0.0, gradient)
            for k in range(channels):
                g = np.float64(upstream[i, j, k])
                gradient[a, 3 + k] += b0 * g
                gradient[b, 3 + k] += b1 * g
                gradient[c, 3 + k] += b2 * g


@njit(cache=True, nogil=True)
def locate_gradient(screen, depth, faces, triangle, to_barycentric, to_inverse, gradient):
    """Adds the gradient of `locate` to float64 `gradient` `[vertices, 3]`: x, y, inverse depth."""
    for i in range(triangle.shape[0]):
        for j in range(triangle.shape[1]):
            f = triangle[i, j]
            if f >= 0:
                g0 = np.float64(to_barycentric[i, j, 0])
                g1 = np.float64(to_barycentric[i, j, 1])
                g2 = np.float64(to_barycentric[i, j, 2])
                inverse = np.float64(to_inverse[i, j])
                a = faces[f, 0]
                b = faces[f, 1]
                c = faces[f, 2]
                _scatter(screen, depth, a, b, c, i, j, g0, g1, g2, inverse, gradient)


@njit(cache=True, nogil=True)
def interpolate(attributes, faces, triangle, barycentric, image):
    """Writes attributes `[vertices, channels]` weighed by given barycentrics; 0 elsewhere.

    Returns:
        False if an index of the mesh or of `triangle` is out of range.
    """
    for i in range(triangle.shape[0]):
        for j in range(triangle.shape[1]):
            f = triangle[i, j]
            if f < 0:
                for k in range(image.shape[2]):
                    image[i, j, k] = 0.0
                continue
            if f >= faces.shape[0]:
                return False
            a = faces[f, 0]
            b = faces[f, 1]
            c = faces[f, 2]
            if min(a, b, c) < 0 or max(a, b, c) >= attributes.shape[0]:
                return False
            for k in range(image.shape[2]):
                image[i, j, k] = (
                    barycentric[i, j, 0] * attributes[a, k]
                    + barycentric[i, j, 1] * attributes[b, k]
                    + barycentric[i, j, 2] * attributes[c, k]
                )
    return True


@njit(cache=True, nogil=True)
def interpolate_gradient(
    attributes, faces, triangle, barycentric, upstream, to_attributes, to_barycentric
):
    """Adds the gradient of `interpolate` to `to_attributes`, writes `to_barycentric`."""
    for i in range(triangle.shape[0]):
        for j in range(triangle.shape[1]):
            f = triangle[i, j]
            for corner in range(3):
                total = 0.0
                if f >= 0:
                    v = faces[f, corner]
                    weight = barycentric[i, j, corner]
                    for k in range(upstream.shape[2]):
                        g = upstream[i, j, k]
                        total += np.float64(g) * attributes[v, k]
                        to_attributes[v, k] += weight * g
                to_barycentric[i, j, corner] = total
