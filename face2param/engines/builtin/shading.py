"""Deferred shading of the opaque head: one pass over the visible samples, linear light.

Skin scatters red light past the shadow's edge (wrapped diffuse per channel, Jimenez et al. 2009
describe the effect this imitates) and shines in two lobes; the light arriving at each vertex
comes from `irradiance.py`.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from face2param.engines.builtin import brows
from face2param.engines.builtin.eyeball import cornea_glint, eye_sample
from face2param.engines.builtin.masks import CHANNEL, PORES, RELIEF_STEP, RELIEF_ZERO, WRINKLES
from face2param.engines.builtin.skin import Amount, skin_sample
from face2param.regions import INDEX


class Material(IntEnum):
    """How a triangle is shaded."""

    SKIN = 0
    EAR = 1
    EYE_LEFT = 2
    EYE_RIGHT = 3
    LASHES = 4
    CLOTH = 5
    TEETH = 6
    TONGUE = 7
    CAVITY = 8
    FRAME = 9
    GUMS = 10


class Surface(NamedTuple):
    """The opaque scene.

    Attributes:
        faces: int32 `[triangles, 3]`.
        material: uint8 `[triangles]`, a `Material`.
        corner_uv: float32 `[skin triangles, 3, 2]`; skin triangles come first.
        attributes: float32 `[vertices, 13]`: world position (cm), unit normal, key
            visibility, ambient RGB, extra (lid light on eyes), canonical x and y (skin).
    """

    faces: np.ndarray
    material: np.ndarray
    corner_uv: np.ndarray
    attributes: np.ndarray


class Looks(NamedTuple):
    """Everything about colour that the kernel needs.

    Attributes:
        layers: uint8 `[rows, columns, LAYERS]` of `masks.paint`.
        amounts, colours: of `skin.look`.
        brow: float32 `[rows, columns, 2]` of `brows.draw`.
        albedo: `[materials, 3]` linear albedo of the plain materials.
        gloss: `[materials]`.
        eyes: `[2, 16]`: centre (3), radius, axes of the eye in the world (9, rows x, y, gaze),
            iris radius, factor on the light, one spare; +x side first.
        iris: `[3]`.
        head: `[3, 3]` rotation of the head, canonical to world.
    """

    layers: np.ndarray
    amounts: np.ndarray
    colours: np.ndarray
    brow: np.ndarray
    albedo: np.ndarray
    gloss: np.ndarray
    eyes: np.ndarray
    iris: np.ndarray
    head: np.ndarray


POSITION, NORMAL, KEY, AMBIENT, EXTRA, PLANE = 0, 3, 6, 7, 10, 11
ATTRIBUTES = 13
# Materials as plain numbers for the compiler.
_SKIN, _EAR, _EYE_LEFT, _EYE_RIGHT, _LASHES = 0, 1, 2, 3, 4
_TEETH, _TONGUE, _GUMS = 6, 7, 10
_USED = WRINKLES + 3
_FLAT, _SLOPE = RELIEF_ZERO / 255.0, 255.0 * RELIEF_STEP
_REGION, _FOLD_RELIEF = CHANNEL["region"], int(Amount.FOLD_RELIEF)
# Shading model: share of light that wraps around, and what remains in shadow, per channel.
_WRAP = (0.34, 0.16, 0.11)
_SHADOW_FLOOR = (0.16, 0.07, 0.05)
_LABELS = np.array(
    [
        INDEX[name]
        for name in (
            "skin", "l_ear", "r_eye", "l_eye", "skin", "cloth", "mouth", "mouth", "mouth",
            "eye_g", "mouth"
        )
    ],
    np.uint8,
)  # fmt: skip
_R_EAR, _L_EYE, _R_EYE = INDEX["r_ear"], INDEX["l_eye"], INDEX["r_eye"]
_L_BROW, _R_BROW, _HAIR = INDEX["l_brow"], INDEX["r_brow"], INDEX["hair"]


@njit(cache=True)
def _fetch(texture, u, v, out):
    """Bilinear sample in [0, 1] of all layers; u, v in [0, 1], texel centres at +0.5."""
    scale = 1.0 / 255.0
    rows = texture.shape[0]
    columns = texture.shape[1]
    x = min(max(u * columns - 0.5, 0.0), columns - 1.001)
    y = min(max(v * rows - 0.5, 0.0), rows - 1.001)
    j = int(x)
    i = int(y)
    fx = x - j
    fy = y - i
    w00 = (1.0 - fx) * (1.0 - fy) * scale
    w01 = fx * (1.0 - fy) * scale
    w10 = (1.0 - fx) * fy * scale
    w11 = fx * fy * scale
    for k in range(_USED):
        out[k] = (
            w00 * texture[i, j, k]
            + w01 * texture[i, j + 1, k]
            + w10 * texture[i + 1, j, k]
            + w11 * texture[i + 1, j + 1, k]
        )
    if fy > 0.5:
        i += 1
    if fx > 0.5:
        j += 1
    out[_REGION] = texture[i, j, _REGION]


@njit(cache=True)
def _brow_at(brow, x, y):
    column = abs(x) * brows.TEXELS_PER_CM - 0.5
    row = (y - brows.WINDOW_BOTTOM) * brows.TEXELS_PER_CM - 0.5
    j = int(np.floor(column))
    i = int(np.floor(row))
    if i < 0 or j < 0 or i > brow.shape[0] - 2 or j > brow.shape[1] - 2:
        return 0.0, 0.0
    fx = column - j
    fy = row - i
    w00 = (1.0 - fx) * (1.0 - fy)
    w01 = fx * (1.0 - fy)
    w10 = (1.0 - fx) * fy
    w11 = fx * fy
    alpha = (
        w00 * brow[i, j, 0]
        + w01 * brow[i, j + 1, 0]
        + w10 * brow[i + 1, j, 0]
        + w11 * brow[i + 1, j + 1, 0]
    )
    inside = (
        w00 * brow[i, j, 1]
        + w01 * brow[i, j + 1, 1]
        + w10 * brow[i + 1, j, 1]
        + w11 * brow[i + 1, j + 1, 1]
    )
    return alpha, inside


@njit(cache=True, parallel=True)
def shade(
    triangle,
    barycentric,
    surface,
    looks,
    camera,
    key,
    key_colour,
    rim,
    rim_colour,
    image,
    labels,
    normals,
):
    """Shades every covered sample.

    Args:
        triangle: of `raster.rasterize`, at the supersampled size.
        barycentric: likewise.
        surface: a `Surface`.
        looks: a `Looks`.
        camera: `[3]` position.
        key: `[3]` unit direction to the key light.
        key_colour: `[3]` its linear irradiance.
        rim: `[3]` unit direction to the rim light.
        rim_colour: `[3]` its linear irradiance.
        image: float32 `[height, width, 3]`, linear radiance; covered samples are overwritten.
        labels: uint8 `[height, width]`, overwritten where covered.
        normals: float32 `[height, width, 3]`, overwritten where covered.
    """
    height, width = triangle.shape
    faces, material, corner_uv, attributes = surface
    for i in prange(height):
        p = np.empty(ATTRIBUTES)
        texel = np.empty(_USED)
        base = np.empty(6)
        for j in range(width):
            f = triangle[i, j]
            if f < 0:
                continue
            w0 = barycentric[i, j, 0]
            w1 = barycentric[i, j, 1]
            w2 = barycentric[i, j, 2]
            a = faces[f, 0]
            b = faces[f, 1]
            c = faces[f, 2]
            for k in range(ATTRIBUTES):
                p[k] = w0 * attributes[a, k] + w1 * attributes[b, k] + w2 * attributes[c, k]
            vx = camera[0] - p[0]
            vy = camera[1] - p[1]
            vz = camera[2] - p[2]
            s = 1.0 / np.sqrt(vx * vx + vy * vy + vz * vz)
            vx *= s
            vy *= s
            vz *= s
            nx = p[3]
            ny = p[4]
            nz = p[5]
            s = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
            nx *= s
            ny *= s
            nz *= s
            normals[i, j, 0] = nx
            normals[i, j, 1] = ny
            normals[i, j, 2] = nz
            m = material[f]
            label = _LABELS[m]
            roughness = 0.5
            scatter = 0.0
            base[4] = 0.0
            if m == _SKIN:
                u = w0 * corner_uv[f, 0, 0] + w1 * corner_uv[f, 1, 0] + w2 * corner_uv[f, 2, 0]
                v = w0 * corner_uv[f, 0, 1] + w1 * corner_uv[f, 1, 1] + w2 * corner_uv[f, 2, 1]
                _fetch(looks.layers, u, v, texel)
                brow, in_brow = _brow_at(looks.brow, p[11], p[12])
                label = skin_sample(texel, looks.amounts, looks.colours, brow, base)
                if in_brow > 0.5 and label != _HAIR:
                    label = _L_BROW if p[11] < 0.0 else _R_BROW
                grain = looks.amounts[_FOLD_RELIEF] * min(1.0, base[5]) * _SLOPE
                dx = (texel[PORES] - _FLAT) * _SLOPE + grain * (texel[WRINKLES] - _FLAT)
                dy = (texel[PORES + 1] - _FLAT) * _SLOPE + grain * (texel[WRINKLES + 1] - _FLAT)
                dz = (texel[PORES + 2] - _FLAT) * _SLOPE + grain * (texel[WRINKLES + 2] - _FLAT)
                head = looks.head
                nx -= head[0, 0] * dx + head[0, 1] * dy + head[0, 2] * dz
                ny -= head[1, 0] * dx + head[1, 1] * dy + head[1, 2] * dz
                nz -= head[2, 0] * dx + head[2, 1] * dy + head[2, 2] * dz
                s = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz + 1e-12)
                nx *= s
                ny *= s
                nz *= s
                scatter = 1.0
                roughness = 0.52 - 0.14 * base[4]
            elif m == _EYE_LEFT or m == _EYE_RIGHT:
                eye = looks.eyes[m - _EYE_LEFT]
                ex = (p[0] - eye[0]) / eye[3]
                ey = (p[1] - eye[1]) / eye[3]
                ez = (p[2] - eye[2]) / eye[3]
                eye_sample(
                    eye[4] * ex + eye[5] * ey + eye[6] * ez,
                    eye[7] * ex + eye[8] * ey + eye[9] * ez,
                    eye[10] * ex + eye[11] * ey + eye[12] * ez,
                    eye[4] * vx + eye[5] * vy + eye[6] * vz,
                    eye[7] * vx + eye[8] * vy + eye[9] * vz,
                    eye[10] * vx + eye[11] * vy + eye[12] * vz,
                    eye[13],
                    looks.iris,
                    base,
                )
            else:
                base[0] = looks.albedo[m, 0]
                base[1] = looks.albedo[m, 1]
                base[2] = looks.albedo[m, 2]
                base[3] = looks.gloss[m]
                if m == _EAR:
                    scatter = 1.0
                    if p[0] > 0.0:
                        label = _R_EAR
                elif m == _LASHES:
                    label = _R_EYE if p[0] > 0.0 else _L_EYE
                elif m == _TEETH or m == _TONGUE:
                    roughness = 0.3
                    # Light that bounces between the lips and the teeth.
                    for k in range(3):
                        p[AMBIENT + k] += 0.24
                    if m == _TEETH:
                        gum = min(max((0.53 - p[EXTRA]) / 0.06, 0.0), 1.0)
                        for k in range(3):
                            base[k] += gum * (looks.albedo[_GUMS, k] - base[k])
            labels[i, j] = label

            nl = nx * key[0] + ny * key[1] + nz * key[2]
            nv = max(0.0, nx * vx + ny * vy + nz * vz)
            fresnel = (1.0 - nv) ** 4
            lit = p[KEY]
            hx = key[0] + vx
            hy = key[1] + vy
            hz = key[2] + vz
            s = 1.0 / np.sqrt(hx * hx + hy * hy + hz * hz)
            nh = max(0.0, (nx * hx + ny * hy + nz * hz) * s)
            if m == _EYE_LEFT or m == _EYE_RIGHT:
                shade_ = p[EXTRA] * eye[14]
                glint = cornea_glint(
                    nx, ny, nz, eye[10], eye[11], eye[12], vx, vy, vz, key, base[3]
                )
                glint *= shade_ * (0.3 + 0.7 * lit)
                for k in range(3):
                    light = 0.50 * max(nl, 0.0) * lit * key_colour[k] + 0.85 * p[AMBIENT + k]
                    image[i, j, k] = base[k] * (light + 0.10) * shade_ + glint
                continue
            alpha = roughness * roughness
            d = nh * nh * (alpha * alpha - 1.0) + 1.0
            lobe = alpha * alpha / (3.14159 * d * d)
            specular = lobe * (0.028 + 0.4 * fresnel) * base[3] * max(nl, 0.0) * lit
            rim_light = max(0.0, nx * rim[0] + ny * rim[1] + nz * rim[2]) * (1.0 - nv) ** 2
            for k in range(3):
                ambient = p[AMBIENT + k]
                if scatter > 0.0:
                    wrap = _WRAP[k]
                    diffuse = max(0.0, (nl + wrap) / (1.0 + wrap))
                    floor = _SHADOW_FLOOR[k]
                    direct = diffuse * (floor + (1.0 - floor) * lit)
                else:
                    direct = max(0.0, nl) * lit
                value = base[k] * (direct * key_colour[k] + ambient)
                value += specular * key_colour[k] * 2.2
                value += fresnel * 0.10 * base[3] * ambient
                value += rim_light * rim_colour[k] * (0.12 + 0.6 * base[k]) * ambient * 1.6
                image[i, j, k] = value
