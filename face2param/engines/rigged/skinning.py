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
def skin(vertices, joints, shares, matrices):
    """Linear blend skinning.

    Args:
        vertices: float32 `[vertices, 3]`.
        joints: int32 `[vertices, k]`.
        shares: float32 `[vertices, k]`, rows add up to 1.
        matrices: float64 `[joints, 4, 4]`, from the vertices' space at rest to the posed head.

    Returns:
        float32 `[vertices, 3]`.
    """
    result = np.empty_like(vertices)
    blend = np.empty((3, 4))
    for v in range(len(vertices)):
        _blend(blend, joints[v], shares[v], matrices)
        for row in range(3):
            result[v, row] = (
                blend[row, 0] * vertices[v, 0]
                + blend[row, 1] * vertices[v, 1]
                + blend[row, 2] * vertices[v, 2]
                + blend[row, 3]
            )
    return result


@njit(cache=True)
def corrected_normals(computed, offsets, joints, shares, matrices):
    """Normals of the posed surface, as far from the surface's own as the file's were at rest.

    Args:
        computed: float32 `[vertices, 3]`, unit normals of the posed triangles.
        offsets: float32 `[vertices, 3]`, the file's normals at rest minus those of the triangles.
        joints: as for `skin`.
        shares: as for `skin`.
        matrices: as for `skin`.

    Returns:
        float32 `[vertices, 3]` unit normals; +z where there is nothing to go by.
    """
    result = np.empty_like(computed)
    blend = np.empty((3, 4))
    turned = np.empty(3)
    for v in range(len(computed)):
        x, y, z = computed[v, 0], computed[v, 1], computed[v, 2]
        a, b, c = offsets[v, 0], offsets[v, 1], offsets[v, 2]
        if a != 0.0 or b != 0.0 or c != 0.0:
            _blend(blend, joints[v], shares[v], matrices)
            # The cofactors turn as the inverse transpose does, which normals need.
            turned[0] = (
                (blend[1, 1] * blend[2, 2] - blend[1, 2] * blend[2, 1]) * a
                + (blend[1, 2] * blend[2, 0] - blend[1, 0] * blend[2, 2]) * b
                + (blend[1, 0] * blend[2, 1] - blend[1, 1] * blend[2, 0]) * c
            )
            turned[1] = (
                (blend[2, 1] * blend[0, 2] - blend[2, 2] * blend[0, 1]) * a
                + (blend[2, 2] * blend[0, 0] - blend[2, 0] * blend[0, 2]) * b
                + (blend[2, 0] * blend[0, 1] - blend[2, 1] * blend[0, 0]) * c
            )
            turned[2] = (
                (blend[0, 1] * blend[1, 2] - blend[0, 2] * blend[1, 1]) * a
                + (blend[0, 2] * blend[1, 0] - blend[0, 0] * blend[1, 2]) * b
                + (blend[0, 0] * blend[1, 1] - blend[0, 1] * blend[1, 0]) * c
            )
            determinant = (
                blend[0, 0] * (blend[1, 1] * blend[2, 2] - blend[1, 2] * blend[2, 1])
                - blend[0, 1] * (blend[1, 0] * blend[2, 2] - blend[1, 2] * blend[2, 0])
                + blend[0, 2] * (blend[1, 0] * blend[2, 1] - blend[1, 1] * blend[2, 0])
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
def turned_tangents(tangents, normals, joints, shares, matrices):
    """Tangents of the posed surface, at right angles to its normals.

    Args:
        tangents: float32 `[vertices, 4]` at rest; w is the sign of the bitangent.
        normals: float32 `[vertices, 3]` of the posed surface.
        joints: as for `skin`.
        shares: as for `skin`.
        matrices: as for `skin`.

    Returns:
        float32 `[vertices, 4]`; xyz unit, w as it was.
    """
    result = np.empty_like(tangents)
    blend = np.empty((3, 4))
    moved = np.empty(3)
    for v in range(len(tangents)):
        _blend(blend, joints[v], shares[v], matrices)
        along = 0.0
        for row in range(3):
            moved[row] = (
                blend[row, 0] * tangents[v, 0]
                + blend[row, 1] * tangents[v, 1]
                + blend[row, 2] * tangents[v, 2]
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


@njit(cache=True)
def _blend(blend, joints, shares, matrices):
    """The weighted mean of a vertex' matrices, into `[3, 4]`."""
    blend[:] = 0.0
    for k in range(len(joints)):
        share = shares[k]
        if share != 0.0:
            matrix = matrices[joints[k]]
            for row in range(3):
                for column in range(4):
                    blend[row, column] += share * matrix[row, column]
