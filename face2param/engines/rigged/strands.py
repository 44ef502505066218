"""Along which way the strands of hair run: where its texture changes the least across them.

Strands are painted along v, so they run where u stays the same. That needs no v, which shells
hold fixed where they are opaque, and vertices carry it, so that a highlight does not end at the
edges of large triangles.
"""

import numpy as np
from numba import njit


@njit(cache=True)
def strand_axes(vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Mean direction of constant u around each vertex.

    Args:
        vertices: float32 `[v, 3]`.
        faces: int32 `[t, 3]`.
        uv: float32 `[v, 2]`.

    Returns:
        float32 `[v, 3]` unit directions, of either sign; 0 where u is the same all around.
    """
    total = np.zeros((len(vertices), 3))
    axis = np.empty(3)
    for f in range(len(faces)):
        a, b, c = faces[f]
        first = uv[c, 0] - uv[a, 0]
        second = uv[b, 0] - uv[a, 0]
        for k in range(3):
            edge = vertices[b, k] - vertices[a, k]
            other = vertices[c, k] - vertices[a, k]
            axis[k] = first * edge - second * other
        for vertex in faces[f]:
            # A strand has no front: neighbours whose texture is mirrored do not cancel out.
            along = 0.0
            for k in range(3):
                along += total[vertex, k] * axis[k]
            side = -1.0 if along < 0.0 else 1.0
            for k in range(3):
                total[vertex, k] += side * axis[k]
    out = np.zeros(total.shape, np.float32)
    for vertex in range(len(total)):
        length = np.sqrt((total[vertex] ** 2).sum())
        if length > 1e-12:
            out[vertex] = total[vertex] / length
    return out
