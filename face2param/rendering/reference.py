"""A slow, readable rasterizer that defines the truth for every fast one.

One loop over triangles, one test per pixel, no cleverness. See the rules in
`face2param/rendering/raster.py`.
"""

import numpy as np

from face2param.rendering.raster import EDGE, MINIMUM_AREA, NEARER, Raster, check_mesh


def rasterize(
    screen: np.ndarray, inverse_depth: np.ndarray, faces: np.ndarray, size: tuple[int, int]
) -> Raster:
    """Same contract as `raster.rasterize`; takes seconds for a thousand triangles."""
    check_mesh(screen, inverse_depth, faces)
    height, width = size
    triangle = np.full((height, width), -1, np.int32)
    barycentric = np.zeros((height, width, 3), np.float32)
    nearest = np.zeros((height, width), np.float64)
    rows, columns = np.mgrid[0:height, 0:width] + 0.5
    for index, corners in enumerate(faces):
        (ax, ay), (bx, by), (cx, cy) = np.asarray(screen, np.float64)[corners]
        depth = np.asarray(inverse_depth, np.float64)[corners]
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < MINIMUM_AREA or depth.min() <= 0.0:
            continue
        weight_b = ((columns - ax) * (cy - ay) - (rows - ay) * (cx - ax)) / area
        weight_c = ((rows - ay) * (bx - ax) - (columns - ax) * (by - ay)) / area
        weight_a = 1.0 - weight_b - weight_c
        weights = np.stack([weight_a, weight_b, weight_c], -1)
        inside = (weights >= -EDGE).all(-1)
        # 1/z is what is linear on the screen; the corners' weights on the surface follow.
        here = weights @ depth
        wins = inside & (here > nearest * (1.0 + NEARER))
        nearest[wins] = here[wins]
        triangle[wins] = index
        barycentric[wins] = (weights * depth)[wins] / here[wins][:, None]
    return Raster(triangle, barycentric, nearest.astype(np.float32))
