"""Light on a rigged head: base texture, normal map, GGX gloss, skin that scatters.

Lamps, room and the wrap of skin are those of the built-in engine (`builtin/shading.py`), so that
every head stands in the same studio. Gloss follows glTF's metallic-roughness model with the
microfacet distribution of Walter et al. 2007 ("GGX") and Schlick's Fresnel; the key light's
disc widens it. Hair adds the highlight along the strand of Kajiya and Kay 1989.
"""

from typing import NamedTuple

import numpy as np
from numba import njit, prange

from face2param.engines.builtin.lighting import Lighting
from face2param.engines.rigged import scene as columns
from face2param.engines.rigged.camera import Portrait
from face2param.engines.rigged.scene import Look, Projected
from face2param.engines.rigged.textures import DECODE, PLAIN, sample, sample_alpha
from face2param.regions import INDEX
from face2param.rendering.raster import Raster

# Share of light that wraps around skin and what remains in its shadow, per channel; of hair.
_WRAP = (0.34, 0.16, 0.11)
_FLOOR = (0.16, 0.07, 0.05)
_HAIR_WRAP = 0.35
# Widening of a highlight by the disc of the key light.
_DISC = 0.10
# Light that bounces between lips and teeth, which the coarse shadows of the room swallow.
_BOUNCE = 0.20
_SKIN, _EYE, _HAIR, _MOUTH = (int(k) for k in (Look.SKIN, Look.EYE, Look.HAIR, Look.MOUTH))
_POSITION, _NORMAL, _KEY, _AMBIENT = (
    columns.POSITION,
    columns.NORMAL,
    columns.KEY,
    columns.AMBIENT,
)
_UV, _NORMAL_UV, _COLOUR = columns.UV, columns.NORMAL_UV, columns.COLOUR
_TANGENT, _PLANE, _ATTRIBUTES = columns.TANGENT, columns.PLANE, columns.ATTRIBUTES
_BASE, _METALLIC, _ROUGHNESS, _EMISSIVE = (
    columns.BASE,
    columns.METALLIC,
    columns.ROUGHNESS,
    columns.EMISSIVE,
)
_CUTOFF, _NORMAL_SCALE, _KIND, _UNLIT = (
    columns.CUTOFF,
    columns.NORMAL_SCALE,
    columns.KIND,
    columns.UNLIT,
)
_IS_MASK, _IS_BLEND = columns.MASK, columns.BLEND
_BACKGROUND = INDEX["background"]
SCRATCH = _ATTRIBUTES + 5
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
    """Attributes of a sample into the first columns of `scratch` `[30]`."""
    a = scene.faces[f, 0]
    b = scene.faces[f, 1]
    c = scene.faces[f, 2]
    attributes = scene.attributes
    for k in range(_ATTRIBUTES):
        scratch[k] = w0 * attributes[a, k] + w1 * attributes[b, k] + w2 * attributes[c, k]


@njit(cache=True)
def albedo(scene, f, scratch, out):
    """Linear colour and alpha of an interpolated sample into `out[0:4]`.

    Alpha is 1 for opaque surfaces, 0 or 1 for masked ones.
    """
    m = scene.material[f]
    surface = scene.surfaces[m]
    for k in range(4):
        out[k] = surface[_BASE + k] * scratch[_COLOUR + k]
    slot = scene.slots[m, 0]
    if slot >= 0:
        texel = scratch[_ATTRIBUTES:]
        sample(scene, slot, scratch[_UV], scratch[_UV + 1], scene.detail[f, 0], DECODE, texel)
        for k in range(4):
            out[k] *= texel[k]
    kind = surface[_KIND]
    if kind == _IS_MASK:
        out[3] = 1.0 if out[3] >= surface[_CUTOFF] else 0.0
    elif kind != _IS_BLEND:
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
    alpha = scene.surfaces[m, _BASE + 3] * (
        w0 * table[a, _COLOUR + 3] + w1 * table[b, _COLOUR + 3] + w2 * table[c, _COLOUR + 3]
    )
    slot = scene.slots[m, 0]
    if slot >= 0:
        u = w0 * table[a, _UV] + w1 * table[b, _UV] + w2 * table[c, _UV]
        v = w0 * table[a, _UV + 1] + w1 * table[b, _UV + 1] + w2 * table[c, _UV + 1]
        alpha *= sample_alpha(scene, slot, u, v, scene.detail[f, 0])
    if scene.surfaces[m, _KIND] == _IS_MASK:
        return 1.0 if alpha >= scene.surfaces[m, _CUTOFF] else 0.0
    return min(max(alpha, 0.0), 1.0)


@njit(cache=True)
def _uv_axes(scene, f, column):
    """Directions in which u and v of a triangle grow, `[2, 3]`, not normalised; 0 without uv."""
    axes = np.zeros((2, 3))
    a = scene.attributes[scene.faces[f, 0]]
    b = scene.attributes[scene.faces[f, 1]]
    c = scene.attributes[scene.faces[f, 2]]
    du1 = b[column] - a[column]
    dv1 = b[column + 1] - a[column + 1]
    du2 = c[column] - a[column]
    dv2 = c[column + 1] - a[column + 1]
    side = np.sign(du1 * dv2 - du2 * dv1)
    for k in range(3):
        e1 = b[_POSITION + k] - a[_POSITION + k]
        e2 = c[_POSITION + k] - a[_POSITION + k]
        axes[0, k] = side * (e1 * dv2 - e2 * dv1)
        axes[1, k] = side * (e2 * du1 - e1 * du2)
    return axes


@njit(cache=True)
def _bend(scene, f, scratch, n):
    """Turns the unit normal `n` `[3]` by the normal map, in place."""
    m = scene.material[f]
    texel = scratch[_ATTRIBUTES:]
    sample(
        scene,
        scene.slots[m, 1],
        scratch[_NORMAL_UV],
        scratch[_NORMAL_UV + 1],
        scene.detail[f, 1],
        PLAIN,
        texel,
    )
    scale = scene.surfaces[m, _NORMAL_SCALE]
    x = (2.0 * texel[0] - 1.0) * scale
    y = (2.0 * texel[1] - 1.0) * scale
    z = 2.0 * texel[2] - 1.0
    t = scratch[_TANGENT : _TANGENT + 3].copy()
    hand = scratch[_TANGENT + 3]
    if t[0] * t[0] + t[1] * t[1] + t[2] * t[2] < 1e-12:
        axes = _uv_axes(scene, f, _NORMAL_UV)
        t[:] = axes[0]
        # Green points up the texture, against v.
        hand = -(
            (n[1] * t[2] - n[2] * t[1]) * axes[1, 0]
            + (n[2] * t[0] - n[0] * t[2]) * axes[1, 1]
            + (n[0] * t[1] - n[1] * t[0]) * axes[1, 2]
        )
    along = n[0] * t[0] + n[1] * t[1] + n[2] * t[2]
    t -= along * n
    length = np.sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2])
    if length < 1e-12:
        return
    t /= length
    side = 1.0 if hand >= 0.0 else -1.0
    bx = side * (n[1] * t[2] - n[2] * t[1])
    by = side * (n[2] * t[0] - n[0] * t[2])
    bz = side * (n[0] * t[1] - n[1] * t[0])
    n[0] = x * t[0] + y * bx + z * n[0]
    n[1] = x * t[1] + y * by + z * n[1]
    n[2] = x * t[2] + y * bz + z * n[2]
    n /= np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-12


@njit(cache=True)
def _strand_gloss(strand, lamp, view):
    """Kajiya and Kay's highlight for a unit strand direction."""
    h = lamp.key + view
    h /= np.sqrt(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]) + 1e-12
    across = strand[0] * h[0] + strand[1] * h[1] + strand[2] * h[2]
    sine = np.sqrt(max(1.0 - across * across, 0.0))
    return 0.09 * sine**60 + 0.05 * sine**12


@njit(cache=True)
def _glint(n, view, key):
    """Crisp reflection of the key light on a wet eye (see `builtin/eyeball.py`)."""
    facing = 2.0 * (n[0] * view[0] + n[1] * view[1] + n[2] * view[2])
    r = facing * n - view
    hit = r[0] * key[0] + r[1] * key[1] + r[2] * key[2]
    disc = min(max((hit - 0.955) / 0.016, 0.0), 1.0)
    return 0.85 * disc + 0.06 * max(hit, 0.0) ** 40


@njit(cache=True)
def shade_sample(scene, lamp, f, scratch, out):
    """Lights an interpolated sample.

    Args:
        scene: the Scene.
        lamp: the Lamps.
        f: its triangle.
        scratch: `[30]` of `interpolate`.
        out: `[8]`, receives linear RGB times alpha, alpha, the unit normal without the normal
            map, and the class.
    """
    albedo(scene, f, scratch, out)
    m = scene.material[f]
    surface = scene.surfaces[m]
    look = scene.look[f]
    n = scratch[_NORMAL : _NORMAL + 3].copy()
    n /= np.sqrt(n[0] * n[0] + n[1] * n[1] + n[2] * n[2]) + 1e-12
    view = lamp.camera - scratch[_POSITION : _POSITION + 3]
    view /= np.sqrt(view[0] * view[0] + view[1] * view[1] + view[2] * view[2])
    flip = -1.0 if scene.is_back[f] else 1.0
    if look == _HAIR:
        # Hair cards carry the normals of the hair as a whole, whichever way each is turned.
        flip = -1.0 if n[0] * view[0] + n[1] * view[1] + n[2] * view[2] < 0.0 else 1.0
    out[4] = flip * n[0]
    out[5] = flip * n[1]
    out[6] = flip * n[2]
    label = scene.region[f]
    if scene.is_painted[f]:
        rows = scene.label_map.shape[1]
        shown = 1 if scratch[_PLANE + 2] > 0.5 else 0
        i = min(max(int(scratch[_PLANE + 1] * rows), 0), rows - 1)
        j = min(max(int(scratch[_PLANE] * rows), 0), rows - 1)
        label = scene.label_map[shown, i, j]
    out[7] = label
    alpha = out[3]
    if surface[_UNLIT] != 0.0:
        for k in range(3):
            out[k] *= alpha
        return
    if scene.slots[m, 1] >= 0:
        _bend(scene, f, scratch, n)
    n *= flip
    key = lamp.key
    nl = n[0] * key[0] + n[1] * key[1] + n[2] * key[2]
    nv = max(n[0] * view[0] + n[1] * view[1] + n[2] * view[2], 1e-3)
    lit = scratch[_KEY]
    fresnel = (1.0 - min(nv, 1.0)) ** 4
    metallic = 0.0 if look == _SKIN or look == _EYE or look == _HAIR else surface[_METALLIC]
    roughness = surface[_ROUGHNESS]

    # ---- gloss of the key light
    h = key + view
    h /= np.sqrt(h[0] * h[0] + h[1] * h[1] + h[2] * h[2]) + 1e-12
    nh = max(n[0] * h[0] + n[1] * h[1] + n[2] * h[2], 0.0)
    vh = max(view[0] * h[0] + view[1] * h[1] + view[2] * h[2], 0.0)
    a = min(max(roughness * roughness, 0.01) + _DISC, 1.0)
    d = nh * nh * (a * a - 1.0) + 1.0
    # D G / (4 nl nv) * pi * nl, with Karis' fit of G: Lambert's 1 / pi is in the light.
    half = (roughness + 1.0) * (roughness + 1.0) / 8.0
    front = max(nl, 0.0)
    geometry = 1.0 / ((front * (1.0 - half) + half) * (nv * (1.0 - half) + half))
    lobe = 0.25 * a * a / (d * d) * geometry * front * lit
    schlick = (1.0 - vh) ** 5

    # ---- what is mirrored of the room
    up = 2.0 * nv * n[1] - view[1]
    ahead = 2.0 * nv * n[2] - view[2]
    sky = 0.5 + 0.5 * up
    room = lamp.room[0] * (0.25 + 0.75 * (0.5 + 0.5 * ahead))
    mirror = fresnel * (1.0 - roughness) ** 2
    rim = lamp.rim
    rim_light = max(0.0, n[0] * rim[0] + n[1] * rim[1] + n[2] * rim[2]) * (1.0 - nv) ** 2
    strand_gloss = 0.0
    if look == _HAIR:
        axes = _uv_axes(scene, f, _UV)
        strand = axes[1]
        length = np.sqrt(strand[0] ** 2 + strand[1] ** 2 + strand[2] ** 2)
        if length > 1e-12:
            strand_gloss = _strand_gloss(strand / length, lamp, view) * (0.3 + 0.7 * lit)
        lobe *= 0.3
    glint = 0.0
    if look == _EYE:
        # Heads are often delivered without a material for the eye's wet film.
        wet = 1.0 if surface[_KIND] != _IS_BLEND else min(max((0.9 - roughness) / 0.4, 0.0), 1.0)
        glint = wet * _glint(n, view, key) * (0.3 + 0.7 * lit)
    for k in range(3):
        base = out[k]
        ambient = scratch[_AMBIENT + k]
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
        gloss += strand_gloss * (0.35 + 0.65 * min(base * 4.0, 1.0)) * lamp.key_colour[k]
        gloss += rim_light * lamp.rim_colour[k] * (0.12 + 0.6 * base) * ambient * 1.6
        if look == _HAIR:
            gloss *= alpha
        # A clear film keeps its gloss; what is missing of hair does not shine.
        out[k] = colour * alpha + gloss * (1.0 if alpha > 0.0 else 0.0) + surface[_EMISSIVE + k]


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
