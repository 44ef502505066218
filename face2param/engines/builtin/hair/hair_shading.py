"""Shading of hair: two shifted highlights per strand and a diffuse lobe around the clump.

After Kajiya and Kay (1989) with the shifted double highlight of Scheuermann (2004), a cheap
stand-in for Marschner et al. (2003). Colours are linear.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from face2param.engines.builtin.hair.hair_raster import strand_noise


@njit(cache=True, fastmath=True, inline="always")
def _shadow(depth_map, x, y, z, bias):
    """Share of 3x3 shadow-map texels that see the light."""
    size = depth_map.shape[0]
    lit = 0.0
    j0 = int(x)
    i0 = int(y)
    for i in range(i0 - 1, i0 + 2):
        for j in range(j0 - 1, j0 + 2):
            if i < 0 or j < 0 or i >= size or j >= size or depth_map[i, j] <= z + bias:
                lit += 1.0
    return lit / 9.0


@njit(cache=True, parallel=True, fastmath=True)
def shade_hair(
    tid,
    bary,
    alpha,
    faces,
    vertices,
    normals,
    tangents,
    attributes,
    camera,
    key_direction,
    key_colour,
    rim_direction,
    rim_colour,
    sky_colour,
    ground_colour,
    shadow_map,
    light_axes,
    shadow_origin,
    shadow_scale,
    pigment,
    grey,
    shading,
    image,
    coverage,
):
    """Blends hair fragments over a linear picture, in place.

    Args:
      tid: `[2, height, width]` triangle ids of `raster_hair`.
      bary: `[2, height, width, 2]` barycentric weights.
      alpha: `[2, height, width]` opacity.
      faces: `[m, 3]` int32 of a `HairPart`.
      vertices: `[n, 3]` float32 world cm.
      normals: `[n, 3]` float32.
      tangents: `[n, 3]` float32.
      attributes: `[n, 7]` float32.
      camera: `[3]` position.
      key_direction: `[3]` unit, towards the key light.
      key_colour: `[3]` linear radiance.
      rim_direction: `[3]` unit, towards the light behind.
      rim_colour: `[3]` linear radiance.
      sky_colour: `[3]` linear radiance from above.
      ground_colour: `[3]` linear radiance from below.
      shadow_map: `[size, size]` float32 largest coordinate along the key light.
      light_axes: `[3, 3]` rows: shadow map x, y and depth axes in the world.
      shadow_origin: `[2]` of the shadow map in light space, cm.
      shadow_scale: shadow-map pixels per cm.
      pigment: `[3]` linear colour of the pigmented strands.
      grey: share of white strands in [0, 1].
      shading: `[2]` gloss and contrast of `HairShading`.
      image: `[height, width, 3]` float32, changed in place.
      coverage: `[height, width]` float32, opacity of all hair, changed in place.
    """
    height, width = coverage.shape
    white = np.array([0.62, 0.61, 0.60])
    for i in prange(height):
        for j in range(width):
            if tid[0, i, j] < 0:
                continue
            for layer in range(1, -1, -1):
                f = tid[layer, i, j]
                if f < 0 or (layer == 1 and alpha[0, i, j] > 0.97):
                    continue
                a, b, c = faces[f, 0], faces[f, 1], faces[f, 2]
                w0 = bary[layer, i, j, 0]
                w1 = bary[layer, i, j, 1]
                w2 = 1.0 - w0 - w1
                px = w0 * vertices[a, 0] + w1 * vertices[b, 0] + w2 * vertices[c, 0]
                py = w0 * vertices[a, 1] + w1 * vertices[b, 1] + w2 * vertices[c, 1]
                pz = w0 * vertices[a, 2] + w1 * vertices[b, 2] + w2 * vertices[c, 2]
                nx = w0 * normals[a, 0] + w1 * normals[b, 0] + w2 * normals[c, 0]
                ny = w0 * normals[a, 1] + w1 * normals[b, 1] + w2 * normals[c, 1]
                nz = w0 * normals[a, 2] + w1 * normals[b, 2] + w2 * normals[c, 2]
                tx = w0 * tangents[a, 0] + w1 * tangents[b, 0] + w2 * tangents[c, 0]
                ty = w0 * tangents[a, 1] + w1 * tangents[b, 1] + w2 * tangents[c, 1]
                tz = w0 * tangents[a, 2] + w1 * tangents[b, 2] + w2 * tangents[c, 2]
                strand = w0 * attributes[a, 0] + w1 * attributes[b, 0] + w2 * attributes[c, 0]
                along = w0 * attributes[a, 2] + w1 * attributes[b, 2] + w2 * attributes[c, 2]
                open_ = w0 * attributes[a, 4] + w1 * attributes[b, 4] + w2 * attributes[c, 4]
                s = 1.0 / np.sqrt(nx * nx + ny * ny + nz * nz + 1e-9)
                nx *= s
                ny *= s
                nz *= s
                vx, vy, vz = camera[0] - px, camera[1] - py, camera[2] - pz
                s = 1.0 / np.sqrt(vx * vx + vy * vy + vz * vz)
                vx *= s
                vy *= s
                vz *= s
                inside = 1.0
                if nx * vx + ny * vy + nz * vz < -0.15:
                    inside = 0.6
                n1 = strand_noise(strand * 6.0 + along * 0.4, 3)
                n2 = strand_noise(strand * 16.0 + along * 1.2, 4)
                n3 = strand_noise(strand * 37.0 + along * 2.5, 5)
                tone = 0.42 * n1 + 0.34 * n2 + 0.24 * n3
                frizz_share = w0 * attributes[a, 6] + w1 * attributes[b, 6] + w2 * attributes[c, 6]
                if frizz_share > 0.01:
                    g1 = np.sin(px * 9 + 3 * np.sin(py * 7 + pz * 5))
                    g1 *= np.sin(py * 9 + 3 * np.sin(pz * 6 + px * 4))
                    g2 = np.sin(px * 23 + 2 * np.sin(pz * 19)) * np.sin(
                        py * 21 + 2 * np.sin(px * 17)
                    )
                    frizz = 0.5 + 0.30 * g1 + 0.2 * g2
                    tone = tone * (1.0 - frizz_share) + frizz * frizz_share
                bend = (tone - 0.5) * 0.55
                tx += nx * bend
                ty += ny * bend
                tz += nz * bend
                s = 1.0 / np.sqrt(tx * tx + ty * ty + tz * tz + 1e-9)
                tx *= s
                ty *= s
                tz *= s
                lx, ly, lz = key_direction[0], key_direction[1], key_direction[2]
                nl = nx * lx + ny * ly + nz * lz
                qx, qy, qz = px + nx * 0.15, py + ny * 0.15, pz + nz * 0.15
                sx = qx * light_axes[0, 0] + qy * light_axes[0, 1] + qz * light_axes[0, 2]
                sy = qx * light_axes[1, 0] + qy * light_axes[1, 1] + qz * light_axes[1, 2]
                sz = qx * light_axes[2, 0] + qy * light_axes[2, 1] + qz * light_axes[2, 2]
                lit = _shadow(
                    shadow_map,
                    (sx - shadow_origin[0]) * shadow_scale + 0.5,
                    (sy - shadow_origin[1]) * shadow_scale + 0.5,
                    sz,
                    0.6,
                )
                tl = tx * lx + ty * ly + tz * lz
                tv = tx * vx + ty * vy + tz * vz
                sin_l = np.sqrt(max(0.0, 1.0 - tl * tl))
                sin_v = np.sqrt(max(0.0, 1.0 - tv * tv))
                aligned = max(0.0, sin_l * sin_v - tl * tv)
                lit = 0.22 + 0.78 * lit
                diffuse = max(0.0, (nl + 0.30) / 1.30) * (0.45 + 0.55 * sin_l) * lit * inside
                self_shadow = 0.35 + 0.65 * open_
                facing = max(0.0, nl) * 0.8 + 0.2
                first = aligned**60 * 0.10 * lit * shading[0] * facing * self_shadow
                # the second lobe passed through the strand: wider, takes its colour
                second = aligned**12 * 0.24 * lit * shading[0] * facing * self_shadow
                up = 0.5 + 0.5 * ny
                fresnel = 1.0 - abs(nx * vx + ny * vy + nz * vz)
                rim = max(
                    0.0, nx * rim_direction[0] + ny * rim_direction[1] + nz * rim_direction[2]
                )
                rim *= fresnel * fresnel * (0.4 + tone) * 0.5
                turn = strand_noise(strand * 21.0 + 7.3, 6) * 0.6 + n1 * 0.4
                mixed = min(max((grey * 1.5 - 0.25 - turn) * 1.6 + 0.5, 0.0), 1.0)
                mixed = mixed * 0.6 + grey * 0.4
                value = 1.0 + shading[1] * (tone - 0.5) * (1.7 - 0.8 * mixed)
                al = alpha[layer, i, j]
                for k in range(3):
                    colour = (pigment[k] * (1.0 - mixed) + white[k] * mixed) * value
                    ambient = sky_colour[k] * up + ground_colour[k] * (1.0 - up)
                    out = colour * (
                        diffuse * key_colour[k] * self_shadow + ambient * open_ * inside
                    )
                    out += first * key_colour[k] * (0.35 + 0.65 * min(1.0, 3.0 * colour + 0.15))
                    out += second * key_colour[k] * min(1.0, colour * 2.2 + 0.012)
                    out += rim * rim_colour[k] * (0.05 + 0.6 * colour) * open_
                    image[i, j, k] = image[i, j, k] * (1.0 - al) + out * al
                coverage[i, j] = coverage[i, j] * (1.0 - al) + al
