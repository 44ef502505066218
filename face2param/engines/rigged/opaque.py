"""Opaque surfaces: one look at each visible sample.

Numba keeps this kernel with what it takes from `shade`, and does not see that file change: after
a change there, delete `__pycache__`.
"""

import numpy as np
from numba import njit, prange

from face2param.engines.rigged.scene import Projected
from face2param.engines.rigged.shade import SCRATCH, SHADED, Lamps, interpolate, shade_sample
from face2param.rendering.raster import Raster


def draw_opaque(
    projected: Projected,
    drawn: Raster,
    lamp: Lamps,
    light: np.ndarray,
    classes: np.ndarray,
    normals: np.ndarray,
) -> None:
    """Shades the opaque surfaces, in place.

    Args:
        projected: the scene.
        drawn: its opaque triangles, rasterized.
        lamp: the studio.
        light: float32 `[height, width, 3]` linear radiance.
        classes: uint8 `[height, width]`.
        normals: float32 `[height, width, 3]` in the studio frame.
    """
    _draw(projected.scene, drawn.triangle, drawn.barycentric, lamp, light, classes, normals)


@njit(cache=True, parallel=True)
def _draw(scene, triangle, barycentric, lamp, light, classes, normals):
    height, width = triangle.shape
    for i in prange(height):
        scratch = np.empty(SCRATCH)
        out = np.empty(SHADED)
        for j in range(width):
            f = triangle[i, j]
            if f < 0:
                continue
            w = barycentric[i, j]
            interpolate(scene, f, w[0], w[1], w[2], scratch)
            shade_sample(scene, lamp, f, scratch, out)
            for k in range(3):
                light[i, j, k] = out[k]
                normals[i, j, k] = out[4 + k]
            classes[i, j] = int(out[7])
