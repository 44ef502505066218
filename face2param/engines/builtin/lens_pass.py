"""Draws spectacle lenses over the shaded face: nearly clear, with a faint reflection."""

import numpy as np
from numba import njit, prange

from face2param.engines.builtin.camera import Camera
from face2param.regions import INDEX
from face2param.rendering.normals import vertex_normals
from face2param.rendering.raster import rasterize

# Reflectance of glass that faces the camera (both faces of a lens, coated).
_REFLECTANCE = 0.035
_GLASSES = INDEX["eye_g"]


def draw_lenses(
    parts: list,
    tint: float,
    camera: Camera,
    room: np.ndarray,
    light: np.ndarray,
    classes: np.ndarray,
    inverse_depth: np.ndarray,
) -> None:
    """Blends lenses over the picture, in place; the depth stays that of the face.

    Args:
        parts: meshes of the lenses (vertices, faces).
        tint: share of light that a lens swallows.
        camera: the Camera.
        room: `[2, 3]` linear irradiance of the room from above and from below.
        light: float32 `[height, width, 3]` linear radiance, changed in place.
        classes: uint8 `[height, width]`; what a lens covers becomes "eye_g", as CelebAMask-HQ
            labels glasses.
        inverse_depth: float32 `[height, width]` of the opaque scene, 1 / cm.
    """
    for part in parts:
        screen, distance = camera.project(part.vertices, classes.shape)
        drawn = rasterize(screen, 1.0 / distance, part.faces, classes.shape)
        normals = vertex_normals(part.vertices, part.faces)
        _blend(
            drawn.triangle,
            drawn.barycentric,
            drawn.inverse_depth,
            part.faces,
            part.vertices,
            normals,
            camera.position,
            tint,
            room,
            light,
            classes,
            inverse_depth,
        )


@njit(cache=True, parallel=True)
def _blend(
    triangle, bary, depth, faces, vertices, normals, camera, tint, room, light, classes, opaque
):
    height, width = classes.shape
    for i in prange(height):
        for j in range(width):
            f = triangle[i, j]
            if f < 0 or depth[i, j] <= opaque[i, j]:
                continue
            p = np.zeros(3)
            n = np.zeros(3)
            for corner in range(3):
                v = faces[f, corner]
                for k in range(3):
                    p[k] += bary[i, j, corner] * vertices[v, k]
                    n[k] += bary[i, j, corner] * normals[v, k]
            view = camera - p
            view /= np.sqrt(view[0] ** 2 + view[1] ** 2 + view[2] ** 2)
            n /= np.sqrt(n[0] ** 2 + n[1] ** 2 + n[2] ** 2) + 1e-12
            facing = n[0] * view[0] + n[1] * view[1] + n[2] * view[2]
            if facing < 0.0:
                n = -n
                facing = -facing
            mirrored_up = 2.0 * facing * n[1] - view[1]
            share = _REFLECTANCE + (1.0 - _REFLECTANCE) * (1.0 - min(facing, 1.0)) ** 5
            up = min(max(0.5 + 1.4 * mirrored_up, 0.0), 1.0)
            for k in range(3):
                reflected = room[0, k] * up * up + room[1, k] * 0.15
                light[i, j, k] = light[i, j, k] * (1.0 - tint) * (1.0 - share) + share * reflected
            classes[i, j] = _GLASSES
