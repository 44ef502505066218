"""The eye: sclera, iris with a parallax, cornea with the reflection of the studio light."""

import numpy as np
from numba import njit, prange

# Angular radius of the iris, as the sine from the eyeball's centre, at iris_size 0.5.
IRIS_RADIUS = 0.355
LENS_OCCLUSION = 0.42  # cm below the upper lid that its shadow reaches


def lid_shadow(vertices: np.ndarray, upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """How much light the lids leave on the eyeball.

    Args:
        vertices: `[vertices, 3]` of the posed eyeball, cm.
        upper: `[points, 3]` edge of the upper lid.
        lower: `[points, 3]` edge of the lower lid.

    Returns:
        float32 `[vertices]` in (0, 1], dark under the upper lid and its lashes.
    """
    return _lid_shadow(
        np.ascontiguousarray(vertices, np.float64),
        np.ascontiguousarray(upper, np.float64),
        np.ascontiguousarray(lower, np.float64),
    )


@njit(cache=True, parallel=True)
def _lid_shadow(vertices, upper, lower):
    out = np.empty(vertices.shape[0], np.float32)
    for v in prange(vertices.shape[0]):
        light = 1.0
        for lid in range(2):
            edge = upper if lid == 0 else lower
            nearest = 1e9
            for k in range(edge.shape[0]):
                dx = vertices[v, 0] - edge[k, 0]
                dy = vertices[v, 1] - edge[k, 1]
                dz = vertices[v, 2] - edge[k, 2]
                nearest = min(nearest, dx * dx + dy * dy + dz * dz)
            reach = LENS_OCCLUSION if lid == 0 else 0.22
            q = min(np.sqrt(nearest) / reach, 1.0)
            depth = 0.62 if lid == 0 else 0.25
            light *= 1.0 - depth * (1.0 - q) * (1.0 - q)
        out[v] = light
    return out


@njit(cache=True)
def eye_sample(lx, ly, lz, vx, vy, vz, iris_radius, iris, out):
    """Albedo of one sample of the eye.

    Args:
        lx: unit position on the eyeball in the eye's own frame (z = gaze): its x,
        ly: its y,
        lz: its z.
        vx: unit direction to the camera in the same frame: its x,
        vy: its y,
        vz: its z.
        iris_radius: sine of the iris' angular radius.
        iris: `[3]` linear colour.
        out: float `[6]`, receives albedo RGB and, in [3], the weight of the iris.
    """
    # Sclera: off-white, warmer and redder towards the corners.
    corner = min(1.0, abs(lx) / 0.8)
    vein = 0.5 + 0.5 * np.sin(ly * 37.0 + 5.0 * np.sin(lx * 23.0))
    redness = corner * corner * (0.20 + 0.08 * vein)
    red = 0.80 - 0.06 * corner
    green = 0.75 - 0.22 * redness - 0.07 * corner
    blue = 0.72 - 0.25 * redness - 0.08 * corner
    weight = 0.0
    if lz > 0.0:
        radius = np.sqrt(lx * lx + ly * ly) / iris_radius
        weight = min(max((1.03 - radius) / 0.07, 0.0), 1.0)
        if weight > 0.0:
            # The iris lies behind the cornea: look through to it.
            depth = 0.055 * max(0.0, 1.0 - radius * radius) / max(vz, 0.35)
            ix = (lx - vx * depth) / iris_radius
            iy = (ly - vy * depth) / iris_radius
            r = np.sqrt(ix * ix + iy * iy)
            angle = np.arctan2(iy, ix)
            fibre = (
                0.50 * np.sin(angle * 23.0 + 3.0 * np.sin(angle * 7.0))
                + 0.30 * np.sin(angle * 41.0 + 1.3)
                + 0.20 * np.sin(angle * 67.0 + 2.0 * np.sin(angle * 11.0))
            )
            outward = min(max((r - 0.42) / 0.45, 0.0), 1.0)
            collar = np.exp(-((r - 0.52) * (r - 0.52)) / 0.012)
            tone = (0.80 + 0.35 * outward + 0.25 * collar) * (1.0 + 0.24 * fibre)
            limbus = min(max((r - 0.80) / 0.20, 0.0), 1.0)
            tone *= 1.0 - 0.72 * limbus
            tone *= 1.0 + 0.40 * max(-1.0, min(1.0, -iy))  # light gathers below
            pupil = min(max((r - 0.36) / 0.06, 0.0), 1.0)
            tone *= pupil
            red += weight * (iris[0] * tone + 0.004 - red)
            green += weight * (iris[1] * tone + 0.004 - green)
            blue += weight * (iris[2] * tone + 0.004 - blue)
    out[0] = red
    out[1] = green
    out[2] = blue
    out[3] = weight


@njit(cache=True)
def cornea_glint(nx, ny, nz, gx, gy, gz, vx, vy, vz, light, iris_weight):
    """Reflection of the soft key light: crisp on the bulging cornea, wide on the wet white.

    Args:
        nx: unit normal of the eyeball in the world: its x,
        ny: its y,
        nz: its z.
        gx: unit gaze: its x,
        gy: its y,
        gz: its z.
        vx: unit direction to the camera: its x,
        vy: its y,
        vz: its z.
        light: `[3]` unit direction to the light.
        iris_weight: 1 over the iris, 0 on the sclera.

    Returns:
        Linear brightness to add.
    """
    along = nx * gx + ny * gy + nz * gz
    bulge = 0.75 * iris_weight
    cx = nx + bulge * (nx - along * gx)
    cy = ny + bulge * (ny - along * gy)
    cz = nz + bulge * (nz - along * gz)
    scale = 1.0 / np.sqrt(cx * cx + cy * cy + cz * cz)
    facing = 2.0 * (cx * vx + cy * vy + cz * vz) * scale * scale
    rx = facing * cx - vx
    ry = facing * cy - vy
    rz = facing * cz - vz
    hit = rx * light[0] + ry * light[1] + rz * light[2]
    disc = min(max((hit - 0.968) / 0.014, 0.0), 1.0)
    fill = min(max((-0.35 * ry + 0.94 * rz - 0.975) / 0.02, 0.0), 1.0)
    return (
        disc * (0.9 * iris_weight + 0.10) + 0.06 * fill * iris_weight + 0.10 * max(hit, 0.0) ** 40
    )


@njit(cache=True)
def painted(points, radius, iris):
    """Colours of the eyeball seen along the gaze: the iris is a disc behind the cornea.

    Args:
        points: `[points, 3]` on the unit eyeball, z along the gaze.
        radius: of the iris, as a part of the eyeball's.
        iris: `[3]` linear colour.

    Returns:
        `[points, 3]` linear RGB.
    """
    out = np.empty((points.shape[0], 3))
    sample = np.empty(6)
    for i in range(points.shape[0]):
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        eye_sample(x, y, z, 0.0, 0.0, 1.0, radius, iris, sample)
        for k in range(3):
            out[i, k] = sample[k]
    return out
