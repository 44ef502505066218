"""Kernels that move vertices: morphs, then bones (linear blend skinning)."""

import numpy as np
from numba import njit


@njit(cache=True)
def add_morphs(vertices, morphs, active, weights):
    """Adds weighted morphs.

    Args:
        vertices: float32 `[vertices, 3]` at rest.
        morphs: float32 `[morphs, vertices, 3]`.
        active: int64 `[n]`, the morphs to add.
        weights: float32 `[n]`, their weights.

    Returns:
        float32 `[vertices, 3]`.
    """
    result = vertices.copy()
    for i in range(len(active)):
        morph = morphs[active[i]]
        weight = weights[i]
        for v in range(len(result)):
            for axis in range(3):
                result[v, axis] += weight * morph[v, axis]
    return result


@njit(cache=True)
def blend(joints, shares, matrices):
    """Linear blend skinning: the weighted mean of each vertex' matrices.

    Args:
        joints: int32 `[vertices, k]`.
        shares: float32 `[vertices, k]`, rows add up to 1.
        matrices: float64 `[joints, 4, 4]`.

    Returns:
        float64 `[vertices, 3, 4]`.
    """
    result = np.zeros((len(joints), 3, 4))
    for v in range(len(joints)):
        for k in range(joints.shape[1]):
            share = shares[v, k]
            if share != 0.0:
                matrix = matrices[joints[v, k]]
                for row in range(3):
                    for column in range(4):
                        result[v, row, column] += share * matrix[row, column]
    return result


@njit(cache=True)
def skin(vertices, which, blends):
    """Moves each vertex by its matrix.

    Args:
        vertices: float32 `[vertices, 3]`.
        which: int32 `[vertices]`, the matrix of each vertex.
        blends: float64 `[matrices, 3, 4]`, from the vertices' space at rest to the posed head.

    Returns:
        float32 `[vertices, 3]`.
    """
    result = np.empty_like(vertices)
    for v in range(len(vertices)):
        matrix = blends[which[v]]
        for row in range(3):
            result[v, row] = (
                matrix[row, 0] * vertices[v, 0]
                + matrix[row, 1] * vertices[v, 1]
                + matrix[row, 2] * vertices[v, 2]
                + matrix[row, 3]
            )
    return result


@njit(cache=True)
def corrected_normals(computed, offsets, which, blends):
    """Normals of the posed surface, as far from the surface's own as the file's were at rest.

    Args:
        computed: float32 `[vertices, 3]`, unit normals of the posed triangles.
        offsets: float32 `[vertices, 3]`, the file's normals at rest minus those of the triangles.
        which: as for `skin`.
        blends: as for `skin`.

    Returns:
        float32 `[vertices, 3]` unit normals; +z where there is nothing to go by.
    """
    result = np.empty_like(computed)
    turned = np.empty(3)
    for v in range(len(computed)):
        x, y, z = computed[v, 0], computed[v, 1], computed[v, 2]
        a, b, c = offsets[v, 0], offsets[v, 1], offsets[v, 2]
        if a != 0.0 or b != 0.0 or c != 0.0:
            matrix = blends[which[v]]
            # The cofactors turn as the inverse transpose does, which normals need.
            turned[0] = (
                (matrix[1, 1] * matrix[2, 2] - matrix[1, 2] * matrix[2, 1]) * a
                + (matrix[1, 2] * matrix[2, 0] - matrix[1, 0] * matrix[2, 2]) * b
                + (matrix[1, 0] * matrix[2, 1] - matrix[1, 1] * matrix[2, 0]) * c
            )
            turned[1] = (
                (matrix[2, 1] * matrix[0, 2] - matrix[2, 2] * matrix[0, 1]) * a
                + (matrix[2, 2] * matrix[0, 0] - matrix[2, 0] * matrix[0, 2]) * b
                + (matrix[2, 0] * matrix[0, 1] - matrix[2, 1] * matrix[0, 0]) * c
            )
            turned[2] = (
                (matrix[0, 1] * matrix[1, 2] - matrix[0, 2] * matrix[1, 1]) * a
                + (matrix[0, 2] * matrix[1, 0] - matrix[0, 0] * matrix[1, 2]) * b
                + (matrix[0, 0] * matrix[1, 1] - matrix[0, 1] * matrix[1, 0]) * c
            )
            determinant = (
                matrix[0, 0] * (matrix[1, 1] * matrix[2, 2] - matrix[1, 2] * matrix[2, 1])
                - matrix[0, 1] * (matrix[1, 0] * matrix[2, 2] - matrix[1, 2] * matrix[2, 0])
                + matrix[0, 2] * (matrix[1, 0] * matrix[2, 1] - matrix[1, 1] * matrix[2, 0])
            )
            was = np.sqrt(a * a + b * b + c * c)
            now = np.sqrt(turned[0] ** 2 + turned[1] ** 2 + turned[2] ** 2)
            if now > 0.0:
                scale = was / now if determinant >= 0.0 else -was / now
                x += turned[0] * scale
                y += turned[1] * scale
                z += turned[2] * scale
        length = np.sqrt(x * x + y * y + z * z)
        if length > 1e-12:
            result[v, 0], result[v, 1], result[v, 2] = x / length, y / length, z / length
        else:
            result[v, 0], result[v, 1], result[v, 2] = 0.0, 0.0, 1.0
    return result


@njit(cache=True)
def turned_tangents(tangents, normals, which, blends):
    """Tangents of the posed surface, at right angles to its normals.

    Args:
        tangents: float32 `[vertices, 4]` at rest; w is the sign of the bitangent.
        normals: float32 `[vertices, 3]` of the posed surface.
        which: as for `skin`.
        blends: as for `skin`.

    Returns:
        float32 `[vertices, 4]`; xyz unit, w as it was.
    """
    result = np.empty_like(tangents)
    moved = np.empty(3)
    for v in range(len(tangents)):
        matrix = blends[which[v]]
        along = 0.0
        for row in range(3):
            moved[row] = (
                matrix[row, 0] * tangents[v, 0]
                + matrix[row, 1] * tangents[v, 1]
                + matrix[row, 2] * tangents[v, 2]
            )
            along += moved[row] * normals[v, row]
        length = 0.0
        for row in range(3):
            moved[row] -= along * normals[v, row]
            length += moved[row] ** 2
        length = np.sqrt(length)
        for row in range(3):
            result[v, row] = moved[row] / length if length > 1e-12 else tangents[v, row]
        result[v, 3] = tangents[v, 3]
    return result
