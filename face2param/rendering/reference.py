"""A slow, readable rasterizer that defines the truth for every fast one, gradients included.

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


def interpolate(attributes: np.ndarray, found: Raster, faces: np.ndarray) -> np.ndarray:
    """Attributes `[vertices, channels]` at the pixels, float64 `[height, width, channels]`.

    0 on the background.
    """
    image = np.zeros((*found.triangle.shape, np.shape(attributes)[1]), np.float64)
    for pixel in zip(*np.nonzero(found.triangle >= 0), strict=True):
        corners = faces[found.triangle[pixel]]
        image[pixel] = found.barycentric[pixel] @ np.asarray(attributes, np.float64)[corners]
    return image


def interpolate_gradient(
    screen: np.ndarray,
    inverse_depth: np.ndarray,
    attributes: np.ndarray,
    faces: np.ndarray,
    triangle: np.ndarray,
    to_image: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gradient of a loss through `interpolate` and the barycentrics; visibility has none.

    Args:
        screen: `[vertices, 2]` in pixels.
        inverse_depth: `[vertices]`.
        attributes: `[vertices, channels]`.
        faces: int32 `[triangles, 3]`.
        triangle: int32 `[height, width]`, the visible triangles.
        to_image: `[height, width, channels]`, gradient of the loss by the picture.

    Returns:
        float64 gradients by `screen`, `inverse_depth` and `attributes`.
    """
    places, depths = np.asarray(screen, np.float64), np.asarray(inverse_depth, np.float64)
    values = np.asarray(attributes, np.float64)
    to_screen, to_depth = np.zeros_like(places), np.zeros_like(depths)
    to_attributes = np.zeros_like(values)
    for pixel in zip(*np.nonzero(triangle >= 0), strict=True):
        corners = faces[triangle[pixel]]
        # Screen-space barycentrics w solve [x; y; 1] w = [pixel; 1]; the columns 0 and 1 of the
        # inverse are their derivatives by the pixel's position.
        inverse = np.linalg.inv(np.vstack([places[corners].T, np.ones(3)]))
        weights = inverse @ [pixel[1] + 0.5, pixel[0] + 0.5, 1.0]
        depth = depths[corners]
        total = weights @ depth
        barycentric = weights * depth / total
        upstream = np.asarray(to_image[pixel], np.float64)
        to_attributes[corners] += np.outer(barycentric, upstream)
        # b_i = w_i d_i / sum_j w_j d_j
        to_barycentric = values[corners] @ upstream
        to_product = (to_barycentric - barycentric @ to_barycentric) / total
        to_depth[corners] += to_product * weights
        # Moving corner i by m moves what lies under the pixel by w_i m, as if the pixel moved
        # by -w_i m.
        to_pixel = (to_product * depth) @ inverse[:, :2]
        to_screen[corners] -= np.outer(weights, to_pixel)
    return to_screen, to_depth, to_attributes
