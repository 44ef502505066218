"""How much light reaches each vertex: soft key shadows and an occluded room.

Small orthographic depth maps, one per light direction, are drawn from the posed head itself
(nothing is cached, so a picture depends on its arguments alone). Faces are finely meshed, so
light per vertex is as soft as it should be, and costs far less than light per pixel.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from face2param.engines.builtin.lighting import Lighting, frame
from face2param.engines.builtin.occluders import Occluders

# The maps cover a cube of this half side (cm) around the head.
EXTENT = 19.0
CENTRE = (0.0, -3.0, 0.0)
_CX, _CY, _CZ = CENTRE
KEY_RESOLUTION = 224
AMBIENT_RESOLUTION = 112


class Irradiance(NamedTuple):
    """Attributes: key `[vertices]` unshadowed fraction of the key; ambient `[vertices, 3]`."""

    key: np.ndarray
    ambient: np.ndarray


def vertex_irradiance(
    vertices: np.ndarray, normals: np.ndarray, occluders: Occluders, lighting: Lighting
) -> Irradiance:
    """Light per vertex.

    Args:
        vertices: float32 `[vertices, 3]` world cm.
        normals: float32 `[vertices, 3]` unit.
        occluders: what throws shadows.
        lighting: the studio.

    Returns:
        float32 key visibility in [0, 1] and ambient irradiance (linear RGB).
    """
    visible = []
    for directions, mesh, resolution, taps, offset, bias, softness in (
        (lighting.key_directions(), occluders.fine, KEY_RESOLUTION, 4, 0.10, 0.30, 0.35),
        (lighting.ambient_directions(), occluders.coarse, AMBIENT_RESOLUTION, 2, 0.2, 0.5, 0.9),
    ):
        frames = np.stack([np.stack(frame(direction)) for direction in directions])
        maps = depth_maps(*mesh, frames, resolution)
        lowest = -0.35 if taps == 4 else 0.0
        visible.append(
            _visibility(vertices, normals, frames, maps, taps, lowest, offset, bias, softness)
        )
    return Irradiance(
        *_gather(normals, *visible, lighting.ambient_directions(), lighting.ambient_radiance())
    )


def depth_maps(
    vertices: np.ndarray, faces: np.ndarray, frames: np.ndarray, resolution: int
) -> np.ndarray:
    """Draws what each light sees.

    Args:
        vertices: float32 `[n, 3]` world cm.
        faces: int32 `[triangles, 3]`.
        frames: `[lights, 3, 3]`, rows: the map's x and y axes and the direction to the light.
        resolution: texels per side; texel `[i, j]` samples x = j / scale - EXTENT and
            y = i / scale - EXTENT from the head's centre, scale = resolution / (2 EXTENT).

    Returns:
        float32 `[lights, resolution, resolution]` largest coordinate along the light, cm from
        the head's centre; -1e9 where nothing is.
    """
    return _depth_maps(vertices, faces, frames, resolution)


@njit(cache=True)
def _depth_map(x, y, z, faces, resolution, depth):
    depth[:] = -1e9
    for f in range(faces.shape[0]):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        ax = x[a]
        ay = y[a]
        bx = x[b]
        by = y[b]
        cx = x[c]
        cy = y[c]
        i0 = max(0, int(np.ceil(min(ay, by, cy))))
        i1 = min(resolution - 1, int(np.floor(max(ay, by, cy))))
        if i0 > i1:
            continue
        j0 = max(0, int(np.ceil(min(ax, bx, cx))))
        j1 = min(resolution - 1, int(np.floor(max(ax, bx, cx))))
        if j0 > j1:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        inverse = 1.0 / area
        for i in range(i0, i1 + 1):
            for j in range(j0, j1 + 1):
                w1 = ((j - ax) * (cy - ay) - (i - ay) * (cx - ax)) * inverse
                w2 = ((bx - ax) * (i - ay) - (by - ay) * (j - ax)) * inverse
                w0 = 1.0 - w1 - w2
                if w0 < -1e-6 or w1 < -1e-6 or w2 < -1e-6:
                    continue
                q = w0 * z[a] + w1 * z[b] + w2 * z[c]
                if q > depth[i, j]:
                    depth[i, j] = q


@njit(cache=True)
def _project(vertices, axes, scale, x, y, z):
    for k in range(vertices.shape[0]):
        px = vertices[k, 0] - _CX
        py = vertices[k, 1] - _CY
        pz = vertices[k, 2] - _CZ
        x[k] = (px * axes[0, 0] + py * axes[0, 1] + pz * axes[0, 2] + EXTENT) * scale
        y[k] = (px * axes[1, 0] + py * axes[1, 1] + pz * axes[1, 2] + EXTENT) * scale
        z[k] = px * axes[2, 0] + py * axes[2, 1] + pz * axes[2, 2]


@njit(cache=True, parallel=True)
def _depth_maps(vertices, faces, frames, resolution):
    count = vertices.shape[0]
    maps = np.empty((frames.shape[0], resolution, resolution), np.float32)
    for d in prange(frames.shape[0]):
        x = np.empty(count, np.float32)
        y = np.empty(count, np.float32)
        z = np.empty(count, np.float32)
        _project(vertices, frames[d], resolution / (2.0 * EXTENT), x, y, z)
        _depth_map(x, y, z, faces, resolution, maps[d])
    return maps


@njit(cache=True, parallel=True)
def _visibility(vertices, normals, frames, maps, taps, lowest, offset, bias, softness):
    count = vertices.shape[0]
    resolution = maps.shape[1]
    visible = np.zeros((maps.shape[0], count), np.float32)
    scale = resolution / (2.0 * EXTENT)
    for d in prange(maps.shape[0]):
        u = frames[d, 0]
        v = frames[d, 1]
        w = frames[d, 2]
        depth = maps[d]
        x = np.empty(count, np.float32)
        y = np.empty(count, np.float32)
        z = np.empty(count, np.float32)
        _project(vertices, frames[d], scale, x, y, z)
        for k in range(count):
            slope = normals[k, 0] * w[0] + normals[k, 1] * w[1] + normals[k, 2] * w[2]
            if slope <= lowest:
                continue
            # Moving the sample along the normal and a slope bias keep a surface from
            # shadowing itself between the coarse map's samples.
            nu = normals[k, 0] * u[0] + normals[k, 1] * u[1] + normals[k, 2] * u[2]
            nv = normals[k, 0] * v[0] + normals[k, 1] * v[1] + normals[k, 2] * v[2]
            sx = x[k] + offset * nu * scale
            sy = y[k] + offset * nv * scale
            limit = z[k] + offset * slope + bias * (1.0 + 1.5 * (1.0 - max(slope, 0.0)))
            j = int(np.floor(sx))
            i = int(np.floor(sy))
            if i < 1 or j < 1 or i > resolution - 3 or j > resolution - 3:
                visible[d, k] = 1.0
                continue
            fx = sx - j
            fy = sy - i
            # A tent over taps x taps map samples.
            half = taps // 2
            total = 0.0
            for di in range(1 - half, half + 1):
                wy = 1.0 - abs(di - fy) / half
                for dj in range(1 - half, half + 1):
                    wx = 1.0 - abs(dj - fx) / half
                    over = (depth[i + di, j + dj] - limit) / softness
                    total += wx * wy * min(max(1.0 - over, 0.0), 1.0)
            visible[d, k] = total / (half * half)
    return visible


@njit(cache=True, parallel=True)
def _gather(normals, key_visible, room_visible, directions, radiance):
    count = normals.shape[0]
    key = np.empty(count, np.float32)
    ambient = np.empty((count, 3), np.float32)
    for k in prange(count):
        total = 0.0
        for d in range(key_visible.shape[0]):
            total += key_visible[d, k]
        key[k] = total / key_visible.shape[0]
        r = 0.0
        g = 0.0
        b = 0.0
        for d in range(directions.shape[0]):
            slope = (
                normals[k, 0] * directions[d, 0]
                + normals[k, 1] * directions[d, 1]
                + normals[k, 2] * directions[d, 2]
            )
            if slope > 0.0:
                weight = slope * room_visible[d, k]
                r += weight * radiance[d, 0]
                g += weight * radiance[d, 1]
                b += weight * radiance[d, 2]
        ambient[k, 0] = r
        ambient[k, 1] = g
        ambient[k, 2] = b
    return key, ambient
