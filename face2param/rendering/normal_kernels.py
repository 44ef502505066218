"""Compiled kernels of vertex normals and their gradient, for one mesh. Double precision."""

import numpy as np
from numba import njit


@njit(cache=True, nogil=True)
def _triangle(vertices, a, b, c):
    x1 = np.float64(vertices[b, 0]) - vertices[a, 0]
    y1 = np.float64(vertices[b, 1]) - vertices[a, 1]
    z1 = np.float64(vertices[b, 2]) - vertices[a, 2]
    x2 = np.float64(vertices[c, 0]) - vertices[a, 0]
    y2 = np.float64(vertices[c, 1]) - vertices[a, 1]
    z2 = np.float64(vertices[c, 2]) - vertices[a, 2]
    return (
        x1,
        y1,
        z1,
        x2,
        y2,
        z2,
        y1 * z2 - z1 * y2,
        z1 * x2 - x1 * z2,
        x1 * y2 - y1 * x2,
    )


@njit(cache=True, nogil=True)
def sums(vertices, faces, unit, total):
    """Adds the triangles' normals to their corners.

    Args:
        vertices: `[vertices, 3]`.
        faces: int32 `[triangles, 3]`.
        unit: True to count triangles alike, False by twice their area.
        total: float64 `[vertices, 3]`, zeros; the output.

    Returns:
        False if an index of `faces` is out of range.
    """
    count = vertices.shape[0]
    for f in range(faces.shape[0]):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        if min(a, b, c) < 0 or max(a, b, c) >= count:
            return False
        _, _, _, _, _, _, nx, ny, nz = _triangle(vertices, a, b, c)
        if unit:
            length = np.sqrt(nx * nx + ny * ny + nz * nz)
            if not length > 0.0:
                continue
            inverse = 1.0 / length
            nx *= inverse
            ny *= inverse
            nz *= inverse
        total[a, 0] += nx
        total[a, 1] += ny
        total[a, 2] += nz
        total[b, 0] += nx
        total[b, 1] += ny
        total[b, 2] += nz
        total[c, 0] += nx
        total[c, 1] += ny
        total[c, 2] += nz
    return True


@njit(cache=True, nogil=True)
def normalise(total, normals):
    """Writes unit vectors; zero stays zero."""
    for v in range(total.shape[0]):
        length = np.sqrt(total[v, 0] ** 2 + total[v, 1] ** 2 + total[v, 2] ** 2)
        inverse = 1.0 / length if length > 0.0 else 0.0
        for k in range(3):
            normals[v, k] = total[v, k] * inverse


@njit(cache=True, nogil=True)
def gradient(vertices, faces, unit, total, upstream, to_vertices):
    """Adds the gradient of `normalise(sums(vertices))` to `to_vertices` `[vertices, 3]`.

    `total` comes from `sums` and is used up: it leaves as the gradient by itself.
    """
    for v in range(total.shape[0]):
        squared = total[v, 0] ** 2 + total[v, 1] ** 2 + total[v, 2] ** 2
        if not squared > 0.0:
            for k in range(3):
                total[v, k] = 0.0
            continue
        along = (
            total[v, 0] * upstream[v, 0]
            + total[v, 1] * upstream[v, 1]
            + total[v, 2] * upstream[v, 2]
        ) / squared
        inverse = 1.0 / np.sqrt(squared)
        for k in range(3):
            total[v, k] = (upstream[v, k] - along * total[v, k]) * inverse
    for f in range(faces.shape[0]):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        x1, y1, z1, x2, y2, z2, nx, ny, nz = _triangle(vertices, a, b, c)
        gx = total[a, 0] + total[b, 0] + total[c, 0]
        gy = total[a, 1] + total[b, 1] + total[c, 1]
        gz = total[a, 2] + total[b, 2] + total[c, 2]
        if unit:
            squared = nx * nx + ny * ny + nz * nz
            if not squared > 0.0:
                continue
            along = (gx * nx + gy * ny + gz * nz) / squared
            inverse = 1.0 / np.sqrt(squared)
            gx = (gx - along * nx) * inverse
            gy = (gy - along * ny) * inverse
            gz = (gz - along * nz) * inverse
        # n = e1 x e2, so by e1 it is e2 x g and by e2 it is g x e1.
        ux = y2 * gz - z2 * gy
        uy = z2 * gx - x2 * gz
        uz = x2 * gy - y2 * gx
        vx = gy * z1 - gz * y1
        vy = gz * x1 - gx * z1
        vz = gx * y1 - gy * x1
        to_vertices[b, 0] += ux
        to_vertices[b, 1] += uy
        to_vertices[b, 2] += uz
        to_vertices[c, 0] += vx
        to_vertices[c, 1] += vy
        to_vertices[c, 2] += vz
        to_vertices[a, 0] -= ux + vx
        to_vertices[a, 1] -= uy + vy
        to_vertices[a, 2] -= uz + vz
