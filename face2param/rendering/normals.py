"""Vertex normals of triangle meshes."""

import numpy as np
from numba import njit


def vertex_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """Area-weighted unit normals.

    Args:
        vertices: `[vertices, 3]` positions.
        faces: int32 `[triangles, 3]`, counter-clockwise seen from outside.

    Returns:
        float32 `[vertices, 3]` unit normals; zero for a vertex without triangles.

    Raises:
        ValueError: an array has another shape; the message names it.
    """
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise ValueError(f"vertices must have shape [vertices, 3], got {vertices.shape}")
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise ValueError(f"faces must have shape [triangles, 3], got {faces.shape}")
    return _vertex_normals(np.ascontiguousarray(vertices, np.float32), faces)


@njit(cache=True)
def _vertex_normals(vertices, faces):
    total = np.zeros((vertices.shape[0], 3), np.float64)
    for f in range(faces.shape[0]):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        x1 = np.float64(vertices[b, 0]) - vertices[a, 0]
        y1 = np.float64(vertices[b, 1]) - vertices[a, 1]
        z1 = np.float64(vertices[b, 2]) - vertices[a, 2]
        x2 = np.float64(vertices[c, 0]) - vertices[a, 0]
        y2 = np.float64(vertices[c, 1]) - vertices[a, 1]
        z2 = np.float64(vertices[c, 2]) - vertices[a, 2]
        nx = y1 * z2 - z1 * y2
        ny = z1 * x2 - x1 * z2
        nz = x1 * y2 - y1 * x2
        for corner in range(3):
            v = faces[f, corner]
            total[v, 0] += nx
            total[v, 1] += ny
            total[v, 2] += nz
    normals = np.zeros((vertices.shape[0], 3), np.float32)
    for v in range(vertices.shape[0]):
        length = np.sqrt(total[v, 0] ** 2 + total[v, 1] ** 2 + total[v, 2] ** 2)
        if length > 0.0:
            for axis in range(3):
                normals[v, axis] = total[v, axis] / length
    return normals
