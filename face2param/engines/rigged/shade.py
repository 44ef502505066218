"""Light on a rigged head: base texture, normal map, GGX gloss, skin that scatters.

Lamps, room and the wrap of skin are those of the built-in engine (`builtin/shading.py`), so that
every head stands in the same studio. Gloss follows glTF's metallic-roughness model with the
microfacet distribution of Walter et al. 2007 ("GGX") and Schlick's Fresnel; the key light's
disc widens it. Hair adds the highlight along the strand of Kajiya and Kay 1989.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from face2param.engines.builtin.lighting import Lighting
from face2param.engines.rigged.camera import Portrait
from face2param.engines.rigged.scene import (
    AMBIENT,
    ATTRIBUTES,
    BASE,
    BLEND,
    COLOUR,
    CUTOFF,
    EMISSIVE,
    KEY,
    KIND,
    MASK,
    METALLIC,
    NORMAL,
    NORMAL_SCALE,
    NORMAL_UV,
    PLANE,
    POSITION,
    ROUGHNESS,
    STRAND,
    TANGENT,
    UNLIT,
    UV,
    Look,
)
from face2param.engines.rigged.textures import DECODE, PLAIN, sample, sample_alpha

# Share of light that wraps around skin and what remains in its shadow, per channel; of hair.
_WRAP = (0.34, 0.16, 0.11)
_FLOOR = (0.16, 0.07, 0.05)
_HAIR_WRAP = 0.35
# Widening of a highlight by the disc of the key light.
_DISC = 0.10
# Light that bounces between lips and teeth, which the coarse shadows of the room swallow.
_BOUNCE = 0.20
_SKIN, _EYE, _HAIR, _MOUTH = (int(k) for k in (Look.SKIN, Look.EYE, Look.HAIR, Look.MOUTH))
_BULGE = 0.3
SCRATCH = ATTRIBUTES + 5
SHADED = 8


class Lamps(NamedTuple):
    """The studio, as plain arrays.

    Attributes:
        camera: `[3]` position.
        key, key_colour, rim, rim_colour: `[3]` unit direction to the light, linear irradiance.
        room: `[3]` linear radiance of a white wall in front.
    """

    camera: np.ndarray
    key: np.ndarray
    key_colour: np.ndarray
    rim: np.ndarray
    rim_colour: np.ndarray
    room: np.ndarray


def lamps(lighting: Lighting, camera: Portrait) -> Lamps:
    """The studio for the kernels."""
    # The room's samples are equally wide, so that a mean radiance L gives an irradiance of
    # about L * count / 4 on what faces it.
    radiance = lighting.ambient_radiance()
    return Lamps(
        camera.position,
        lighting.key_direction,
        np.array(lighting.key_colour),
        lighting.rim_direction,
        np.array(lighting.rim_colour),
        np.full(3, radiance.max() * len(radiance) / 4.0),
    )


@njit(cache=True)
def interpolate(scene, f, w0, w1, w2, scratch):
    """Attributes of a sample into the first columns of `scratch` `[33]`; strands of hair only."""
    a = scene.faces[f, 0]
    b = scene.faces[f, 1]
    c = scene.faces[f, 2]
    attributes = scene.attributes
    for k in range(STRAND):
        scratch[k] = w0 * attributes[a, k] + w1 * attributes[b, k] + w2 * attributes[c, k]
    if scene.look[f] == _HAIR:
        # Strands have no front: the corners may tell opposite directions.
        along1 = 0.0
        along2 = 0.0
        for k in range(STRAND, ATTRIBUTES):
            along1 += attributes[a, k] * attributes[b, k]
            along2 += attributes[a, k] * attributes[c, k]
        w1 = -w1 if along1 < 0.0 else w1
        w2 = -w2 if along2 < 0.0 else w2
        for k in range(STRAND, ATTRIBUTES):
            scratch[k] = w0 * attributes[a, k] + w1 * attributes[b, k] + w2 * attributes[c, k]


@njit(cache=True)
def albedo(scene, f, scratch, out):
    """Linear colour and alpha of an interpolated sample into `out[0:4]`.

    Alpha is 1 for opaque surfaces, 0 or 1 for masked ones.
    """
    m = scene.material[f]
    for k in range(4):
        out[k] = scene.surfaces[m, BASE + k] * scratch[COLOUR + k]
    slot = scene.slots[m, 0]
    if slot >= 0:
        texel = scratch[ATTRIBUTES:]
        sample(scene, slot, scratch[UV], scratch[UV + 1], scene.detail[f, 0], DECODE, texel)
        for k in range(4):
            out[k] *= texel[k]
    kind = scene.surfaces[m, KIND]
    if kind == MASK:
        out[3] = 1.0 if out[3] >= scene.surfaces[m, CUTOFF] else 0.0
    elif kind != BLEND:
        out[3] = 1.0
    out[3] = min(max(out[3], 0.0), 1.0)


@njit(cache=True)
def cover(scene, f, w0, w1, w2):
    """Alpha of a sample, as `albedo` finds it, for less."""
    a = scene.faces[f, 0]
    b = scene.faces[f, 1]
    c = scene.faces[f, 2]
    m = scene.material[f]
    table = scene.attributes
    alpha = scene.surfaces[m, BASE + 3] * (
        w0 * table[a, COLOUR + 3] + w1 * table[b, COLOUR + 3] + w2 * table[c, COLOUR + 3]
    )
    slot = scene.slots[m, 0]
    if slot >= 0:
        u = w0 * table[a, UV] + w1 * table[b, UV] + w2 * table[c, UV]
        v = w0 * table[a, UV + 1] + w1 * table[b, UV + 1] + w2 * table[c, UV + 1]
        alpha *= sample_alpha(scene, slot, u, v, scene.detail[f, 0])
    if scene.surfaces[m, KIND] == MASK:
        return 1.0 if alpha >= scene.surfaces[m, CUTOFF] else 0.0
    return min(max(alpha, 0.0), 1.0)


@njit(cache=True)
def _uv_axis(scene, f, column, which):
    """Direction in which u (0) or v (1) of a triangle grows, not normalised; 0 without uv."""
    a = scene.faces[f, 0]
    b = scene.faces[f, 1]
    c = scene.faces[f, 2]
    table = scene.attributes
    du1 = table[b, column] - table[a, column]
    dv1 = table[b, column + 1] - table[a, column + 1]
    du2 = table[c, column] - table[a, column]
    dv2 = table[c, column + 1] - table[a, column + 1]
    side = np.sign(du1 * dv2 - du2 * dv1)
    # Shares of the two edges.
    first = side * (dv2 if which == 0 else -du2)
    second = side * (-dv1 if which == 0 else du1)
    x = first * (table[b, 0] - table[a, 0]) + second * (table[c, 0] - table[a, 0])
    y = first * (table[b, 1] - table[a, 1]) + second * (table[c, 1] - table[a, 1])
    z = first * (table[b, 2] - table[a, 2]) + second * (table[c, 2] - table[a, 2])
    return x, y, z


@njit(cache=True)
def _bend(scene, f, scratch, nx, ny, nz):
    """The unit normal turned by the normal map."""
    m = scene.material[f]
    texel = scratch[ATTRIBUTES:]
    sample(
        scene,
        scene.slots[m, 1],
        scratch[NORMAL_UV],
        scratch[NORMAL_UV + 1],
        scene.detail[f, 1],
        PLAIN,
        texel,
    )
    scale = scene.surfaces[m, NORMAL_SCALE]
    x = (2.0 * texel[0] - 1.0) * scale
    y = (2.0 * texel[1] - 1.0) * scale
    z = 2.0 * texel[2] - 1.0
    tx = scratch[TANGENT]
    ty = scratch[TANGENT + 1]
    tz = scratch[TANGENT + 2]
    hand = scratch[TANGENT + 3]
    if tx * tx + ty * ty + tz * tz < 1e-12:
        tx, ty, tz = _uv_axis(scene, f, NORMAL_UV, 0)
        bx, by, bz = _uv_axis(scene, f, NORMAL_UV, 1)
        # Green points up the texture, against v.
        hand = -((ny * tz - nz * ty) * bx + (nz * tx - nx * tz) * by + (nx * ty - ny * tx) * bz)
    along = nx * tx + ny * ty + nz * tz
    tx -= along * nx
    ty -= along * ny
    tz -= along * nz
    length = np.sqrt(tx * tx + ty * ty + tz * tz)
    if length < 1e-12:
        return nx, ny, nz
    tx /= length
    ty /= length
    tz /= length
    side = 1.0 if hand >= 0.0 else -1.0
    px = x * tx + y * side * (ny * tz - nz * ty) + z * nx
    py = x * ty + y * side * (nz * tx - nx * tz) + z * ny
    pz = x * tz + y * side * (nx * ty - ny * tx) + z * nz
    length = np.sqrt(px * px + py * py + pz * pz) + 1e-12
    return px / length, py / length, pz / length


@njit(cache=True)
def _glint(nx, ny, nz, nv, vx, vy, vz, key):
    """Crisp reflection of the key light on a wet eye (see `builtin/eyeball.py`)."""
    # The cornea bulges; eyes mostly look into the camera, so it does about that axis.
    cx = nx + _BULGE * (nx - nv * vx)
    cy = ny + _BULGE * (ny - nv * vy)
    cz = nz + _BULGE * (nz - nv * vz)
    length = cx * cx + cy * cy + cz * cz
    facing = 2.0 * (cx * vx + cy * vy + cz * vz) / length
    hit = (facing * cx - vx) * key[0] + (facing * cy - vy) * key[1] + (facing * cz - vz) * key[2]
    disc = min(max((hit - 0.960) / 0.014, 0.0), 1.0)
    return 0.85 * disc + 0.06 * max(hit, 0.0) ** 40


@njit(cache=True)
def shade_sample(scene, lamp, f, scratch, out):
    """Lights an interpolated sample.

    Args:
        scene: the Scene.
        lamp: the Lamps.
        f: its triangle.
        scratch: `[33]` of `interpolate`.
        out: `[8]`, receives linear RGB times alpha, alpha, the unit normal without the normal
            map, and the class.
    """
    albedo(scene, f, scratch, out)
    m = scene.material[f]
    look = scene.look[f]
    nx = scratch[NORMAL]
    ny = scratch[NORMAL + 1]
    nz = scratch[NORMAL + 2]
    length = np.sqrt(nx * nx + ny * ny + nz * nz) + 1e-12
    nx /= length
    ny /= length
    nz /= length
    vx = lamp.camera[0] - scratch[POSITION]
    vy = lamp.camera[1] - scratch[POSITION + 1]
    vz = lamp.camera[2] - scratch[POSITION + 2]
    length = np.sqrt(vx * vx + vy * vy + vz * vz)
    vx /= length
    vy /= length
    vz /= length
    flip = -1.0 if scene.is_back[f] else 1.0
    if look == _HAIR:
        # Hair cards carry the normals of the hair as a whole, whichever way each is turned.
        flip = -1.0 if nx * vx + ny * vy + nz * vz < 0.0 else 1.0
    out[4] = flip * nx
    out[5] = flip * ny
    out[6] = flip * nz
    label = scene.region[f]
    if scene.is_painted[f]:
        rows = scene.label_map.shape[1]
        shown = 1 if scratch[PLANE + 2] > 0.5 else 0
        i = min(max(int(scratch[PLANE + 1] * rows), 0), rows - 1)
        j = min(max(int(scratch[PLANE] * rows), 0), rows - 1)
        label = scene.label_map[shown, i, j]
    out[7] = label
    alpha = out[3]
    if scene.surfaces[m, UNLIT] != 0.0:
        for k in range(3):
            out[k] *= alpha
        return
    if scene.slots[m, 1] >= 0:
        nx, ny, nz = _bend(scene, f, scratch, nx, ny, nz)
    nx *= flip
    ny *= flip
    nz *= flip
    key = lamp.key
    nl = nx * key[0] + ny * key[1] + nz * key[2]
    nv = max(nx * vx + ny * vy + nz * vz, 1e-3)
    lit = scratch[KEY]
    fresnel = (1.0 - min(nv, 1.0)) ** 4
    metallic = 0.0
    if look != _SKIN and look != _EYE and look != _HAIR:
        metallic = scene.surfaces[m, METALLIC]
    roughness = scene.surfaces[m, ROUGHNESS]

    # ---- gloss of the key light
    hx = key[0] + vx
    hy = key[1] + vy
    hz = key[2] + vz
    length = np.sqrt(hx * hx + hy * hy + hz * hz) + 1e-12
    hx /= length
    hy /= length
    hz /= length
    nh = max(nx * hx + ny * hy + nz * hz, 0.0)
    vh = max(vx * hx + vy * hy + vz * hz, 0.0)
    a = min(max(roughness * roughness, 0.01) + _DISC, 1.0)
    d = nh * nh * (a * a - 1.0) + 1.0
    # D G / (4 nl nv) * pi * nl, with Karis' fit of G: Lambert's 1 / pi is in the light.
    half = (roughness + 1.0) * (roughness + 1.0) / 8.0
    front = max(nl, 0.0)
    geometry = 1.0 / ((front * (1.0 - half) + half) * (nv * (1.0 - half) + half))
    lobe = 0.25 * a * a / (d * d) * geometry * front * lit
    schlick = (1.0 - vh) ** 5

    # ---- what is mirrored of the room
    sky = 0.5 + 0.5 * (2.0 * nv * ny - vy)
    room = lamp.room[0] * (0.625 + 0.375 * (2.0 * nv * nz - vz))
    mirror = fresnel * (1.0 - roughness) ** 2
    rim = lamp.rim
    rim_light = max(0.0, nx * rim[0] + ny * rim[1] + nz * rim[2]) * (1.0 - nv) ** 2
    strand_gloss = 0.0
    if look == _HAIR:
        sx = scratch[STRAND]
        sy = scratch[STRAND + 1]
        sz = scratch[STRAND + 2]
        length = np.sqrt(sx * sx + sy * sy + sz * sz)
        if length > 1e-3:
            # Kajiya and Kay's highlight.
            across = (sx * hx + sy * hy + sz * hz) / length
            sine = np.sqrt(max(1.0 - across * across, 0.0))
            strand_gloss = (0.07 * sine**60 + 0.03 * sine**12) * (0.3 + 0.7 * lit)
        lobe *= 0.3
        mirror = 0.0
        rim_light *= 0.35
    glint = 0.0
    if look == _EYE:
        # Heads are often delivered without a material for the eye's wet film.
        wet = 1.0
        if scene.surfaces[m, KIND] == BLEND:
            wet = min(max((0.9 - roughness) / 0.4, 0.0), 1.0)
        glint = wet * _glint(nx, ny, nz, nv, vx, vy, vz, key) * (0.3 + 0.7 * lit)
    for k in range(3):
        base = out[k]
        ambient = scratch[AMBIENT + k]
        if look == _MOUTH:
            ambient += _BOUNCE
        if look == _SKIN:
            diffuse = max(0.0, (nl + _WRAP[k]) / (1.0 + _WRAP[k]))
            direct = diffuse * (_FLOOR[k] + (1.0 - _FLOOR[k]) * lit)
        elif look == _HAIR:
            direct = max(0.0, (nl + _HAIR_WRAP) / (1.0 + _HAIR_WRAP)) * (0.1 + 0.9 * lit)
        else:
            direct = front * lit
        f0 = 0.04 + (base - 0.04) * metallic
        reflect = f0 + (1.0 - f0) * schlick
        colour = base * (1.0 - metallic) * (direct * lamp.key_colour[k] + ambient)
        gloss = lobe * reflect * lamp.key_colour[k]
        tint = sky * (0.94, 0.98, 1.04)[k] + (1.0 - sky) * (0.82, 0.74, 0.68)[k]
        # Corners that the room does not reach do not mirror it.
        seen = min(ambient * 2.2, 1.0)
        gloss += seen * room * tint * (f0 * metallic + (1.0 - f0) * mirror)
        if look == _SKIN:
            gloss += 0.05 * fresnel * ambient
        gloss += glint * lamp.key_colour[k] * 1.3
        gloss += strand_gloss * (0.12 + 0.88 * min(base * 6.0, 1.0)) * lamp.key_colour[k]
        gloss += rim_light * lamp.rim_colour[k] * (0.12 + 0.6 * base) * ambient * 1.6
        if look == _HAIR:
            gloss *= alpha
        # A clear film keeps its gloss; what is missing of hair does not shine.
        out[k] = (
            colour * alpha + gloss * (1.0 if alpha > 0.0 else 0.0) + scene.surfaces[m, EMISSIVE + k]
        )
