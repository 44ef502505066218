"""Hair for renderers without a hair shader: the ribbons and shells of `hair/` with textures.

The engine cuts strands out of its ribbons by noise; here the same noise is painted once. All
ribbons of a style share eight strips of strands, sorted by how dense the ribbons are; shells look
their opacity up by (strand, cover), which is what the engine computes. Shells of frizzy hair have
fuzz instead of strands and take their opacity from the vertices.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit

from face2param.engines.builtin.hair.hair_raster import strand_alpha, strand_noise
from face2param.engines.builtin.hair.part import (
    ACROSS,
    ALONG,
    COVER,
    FRAY,
    FRIZZ,
    OCCLUSION,
    STRAND,
    HairPart,
)
from face2param.engines.builtin.hair.scalp import CENTRE
from face2param.engines.builtin.noise import value_noise
from face2param.engines.builtin.rig import light
from face2param.engines.builtin.rig.baking import encode

STRIPS = 8
_STRIP_SIZE = (512, 1024)
_SHELL_SIZE = (64, 2048)
_SHELL_WIDTH = 26.0  # cm of strands in the texture of a shell
_SHELL_COVER = 1.3  # cover at its lower border
_FUZZ_SIZE = (512, 1024)
_FUZZY = 0.35  # share of frizz from which a shell is fuzz
_WHITE = np.array((0.62, 0.61, 0.60))
# What is left of the light between the roots.
_SHADE = 0.22
_NOTHING = np.zeros((1, 1, 4), np.uint8)


class Cards(NamedTuple):
    """Triangles of hair with one texture.

    Attributes:
        faces: int32 `[t, 3]` into the vertices of the hair part, facing outwards.
        uv: float32 `[v, 2]`, of the vertices of these faces.
        pixels: uint8 `[h, w, 4]` sRGB and alpha.
        base_color: `[3]` linear factor on the texture.
        alpha: float32 `[v]` opacity of the vertices.
    """

    faces: np.ndarray
    uv: np.ndarray
    pixels: np.ndarray
    base_color: np.ndarray
    alpha: np.ndarray


class Pigment(NamedTuple):
    """Attributes: colour `[3]` linear; grey, the share of white strands; contrast of strands."""

    colour: np.ndarray
    grey: float
    contrast: float


def cards(part: HairPart, pigment: Pigment) -> tuple[Cards, Cards]:
    """Ribbons and shell of a bundle of hair.

    Args:
        part: of the engine.
        pigment: its colours.
    """
    ribbon = np.abs(part.attributes[:, ACROSS]) == 1.0
    of_ribbon = ribbon[part.faces].all(1)
    faces = _outwards(part)
    return (
        _ribbons(part, np.flatnonzero(ribbon), faces[of_ribbon], pigment),
        _shell(part, faces[~of_ribbon], pigment),
    )


def colours(part: HairPart, alpha: np.ndarray) -> np.ndarray:
    """Vertex colours `[n, 4]`: less light between the roots, and the opacity of `Cards`."""
    return light.grey(_SHADE + (1 - _SHADE) * part.attributes[:, OCCLUSION], alpha)


def _outwards(part: HairPart) -> np.ndarray:
    """Faces turned so that they are seen from where their normals point to."""
    corner = part.vertices[part.faces].astype(np.float64)
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    inwards = (normal * part.normals[part.faces].mean(1)).sum(1) < 0
    return np.where(inwards[:, None], part.faces[:, ::-1], part.faces).astype(np.int32)


def _ribbons(part: HairPart, index: np.ndarray, faces: np.ndarray, pigment: Pigment) -> Cards:
    attributes = part.attributes[index]
    starts = np.flatnonzero(attributes[::2, ALONG] == 0.0) * 2
    length = int(np.diff(np.append(starts, len(attributes)))[0])
    grouped = attributes.reshape(-1, length, attributes.shape[1])
    cover = grouped[:, ::2, COVER]
    # The sparsest ribbons take the first strip, the densest the last.
    rank = np.argsort(np.argsort(cover.mean(1) + 0.5 * cover[:, 0], kind="stable"))
    strip = rank * STRIPS // len(rank)
    profiles = np.stack([cover[strip == k].mean(0) for k in range(STRIPS)])
    reach = float(np.abs(grouped[:, 1, STRAND] - grouped[:, 0, STRAND]).mean())
    fray = float(grouped[:, :, FRAY].mean())
    pixels, base = _pixels(_strips(profiles, reach, fray, pigment))
    uv = np.zeros((len(part.vertices), 2), np.float32)
    uv[index] = _strip_uv(grouped, strip)
    return Cards(faces, uv, pixels, base, np.ones(len(uv), np.float32))


def _strip_uv(grouped: np.ndarray, strip: np.ndarray) -> np.ndarray:
    """Texture coordinates of ribbons (attributes `[n, v, 7]`) that wear these strips."""
    # Half of the ribbons wear their strip the other way round: twice as many strips.
    flip = np.where(np.arange(len(strip)) % 2, -1.0, 1.0)[:, None]
    u = (strip[:, None] + 0.5 + 0.49 * grouped[..., ACROSS] * flip) / STRIPS
    v = 0.004 + 0.992 * grouped[..., ALONG]
    return np.stack([u, v], -1).reshape(-1, 2)


def _strips(profiles: np.ndarray, reach: float, fray: float, pigment: Pigment):
    rows, columns = _STRIP_SIZE
    wide = columns // STRIPS
    out = np.zeros((rows, columns, 4))
    stations = np.linspace(0, 1, profiles.shape[1])
    along = (np.arange(rows) + 0.5) / rows
    across = ((np.arange(wide) + 0.5) / wide * 2 - 1) / 0.98
    for k in range(STRIPS):
        strand = 37.7 * k + 0.5 * reach * across
        cover = np.interp(along, stations, profiles[k])
        out[:, k * wide : (k + 1) * wide] = _paint(
            np.broadcast_to(strand, (rows, wide)),
            np.broadcast_to(across, (rows, wide)),
            np.broadcast_to(along[:, None], (rows, wide)),
            np.broadcast_to(cover[:, None], (rows, wide)),
            fray,
            pigment,
        )
    return out


def _shell(part: HairPart, faces: np.ndarray, pigment: Pigment) -> Cards:
    attributes = part.attributes
    used = np.unique(faces)
    if len(used) and attributes[used, FRIZZ].mean() > _FUZZY:
        return _fuzz(part, faces, pigment)
    painted = _shell_picture(_first_strand(part, faces), pigment)
    return _shell_cards(part, faces)._replace(**_named(_pixels(painted)))


def _first_strand(part: HairPart, faces: np.ndarray) -> float:
    used = np.unique(faces)
    return float(part.attributes[used, STRAND].min()) if len(used) else 0.0


def _shell_picture(first: float, pigment: Pigment) -> np.ndarray:
    """Linear RGBA of the strands from number `first` on, (strand, cover)."""
    rows, columns = shape = _SHELL_SIZE
    strand = first + (np.arange(columns) + 0.5) / columns * _SHELL_WIDTH
    cover = (np.arange(rows) + 0.5) / rows * _SHELL_COVER
    return _paint(
        np.broadcast_to(strand, shape),
        np.zeros(shape),
        np.full(shape, 0.3),
        np.broadcast_to(cover[:, None], shape),
        0.0,
        pigment,
    )


def _named(painted: tuple[np.ndarray, np.ndarray]) -> dict[str, np.ndarray]:
    return dict(zip(("pixels", "base_color"), painted, strict=True))


def _shell_cards(part: HairPart, faces: np.ndarray, fuller: float = 1.0) -> Cards:
    """Texture coordinates (strand, cover) of a shell, without its texture."""
    rows = _SHELL_SIZE[0]
    attributes = part.attributes
    first = _first_strand(part, faces)
    fray = np.maximum(attributes[:, FRAY], 1e-3)
    density = fuller * attributes[:, COVER]
    density = density * np.clip((1 - attributes[:, ALONG]) / fray, 0, 1)
    u = (attributes[:, STRAND] - first) / _SHELL_WIDTH
    v = np.clip(density / _SHELL_COVER, 0.5 / rows, 1 - 0.5 / rows)
    uv = np.stack([u, v], 1).astype(np.float32)
    return Cards(faces, uv, _NOTHING, np.ones(3), np.ones(len(uv), np.float32))


def _fuzz(part: HairPart, faces: np.ndarray, pigment: Pigment) -> Cards:
    """The shell of an afro or of stubble: tangled tones instead of strands."""
    return _fuzz_cards(part, faces)._replace(**_named(_pixels(_fuzz_picture(pigment))))


def _fuzz_picture(pigment: Pigment) -> np.ndarray:
    """Linear RGBA of tangled tones."""
    rows, columns = _FUZZ_SIZE
    y, x = np.meshgrid(np.arange(rows) + 0.5, np.arange(columns) + 0.5, indexing="ij")
    at = np.stack([x, y, 0 * x], -1).reshape(-1, 3).astype(np.float32)
    tone = sum(
        share * value_noise(at, seed, (frequency,) * 3)
        for seed, frequency, share in ((61, 0.05, 0.25), (62, 0.13, 0.4), (63, 0.3, 0.35))
    ).reshape(rows, columns)
    value = 1 + 1.5 * pigment.contrast * (tone - 0.5) * 1.7
    grey = np.clip(pigment.grey + 0.5 * pigment.grey * (tone - 0.5), 0, 1)[..., None]
    painted = np.ones((rows, columns, 4))
    painted[..., :3] = (pigment.colour * (1 - grey) + _WHITE * grey) * value[..., None]
    # Less than one where holes may show, where the vertices let them.
    painted[..., 3] = np.clip(1.25 - 0.9 * (1 - tone), 0, 1)
    return painted


def _fuzz_cards(part: HairPart, faces: np.ndarray) -> Cards:
    """Texture coordinates over the whole skull, without the texture."""
    attributes = part.attributes
    away = part.vertices - CENTRE
    polar = np.arccos(np.clip(away[:, 1] / np.linalg.norm(away, axis=1), -1, 1))
    u = attributes[:, STRAND] / _SHELL_WIDTH
    uv = np.stack([u - np.floor(u.min()), polar / np.pi * 1.3], 1).astype(np.float32)
    alpha = np.clip(1.6 * attributes[:, COVER], 0, 1).astype(np.float32)
    return Cards(faces, uv, _NOTHING, np.ones(3), alpha)


def _paint(strand, across, along, cover, fray: float, pigment: Pigment) -> np.ndarray:
    return _strands(
        np.ascontiguousarray(strand, np.float64),
        np.ascontiguousarray(across, np.float64),
        np.ascontiguousarray(along, np.float64),
        np.ascontiguousarray(cover, np.float64),
        float(fray),
        np.asarray(pigment.colour, np.float64),
        float(pigment.grey),
        float(pigment.contrast),
        _WHITE,
    )


@njit(cache=True)
def _strands(strand, across, along, cover, fray, colour, grey, contrast, white):
    """Linear RGBA of strands, as `hair_shading.shade_hair` colours them."""
    height, width = strand.shape
    out = np.empty((height, width, 4))
    for i in range(height):
        for j in range(width):
            s = strand[i, j]
            t = along[i, j]
            n1 = strand_noise(s * 6.0 + t * 0.4, 3)
            n2 = strand_noise(s * 16.0 + t * 1.2, 4)
            n3 = strand_noise(s * 37.0 + t * 2.5, 5)
            tone = 0.42 * n1 + 0.34 * n2 + 0.24 * n3
            turn = strand_noise(s * 21.0 + 7.3, 6) * 0.6 + n1 * 0.4
            mixed = min(max((grey * 1.5 - 0.25 - turn) * 1.6 + 0.5, 0.0), 1.0)
            mixed = mixed * 0.6 + grey * 0.4
            value = 1.0 + contrast * (tone - 0.5) * (1.7 - 0.8 * mixed)
            for k in range(3):
                out[i, j, k] = (colour[k] * (1.0 - mixed) + white[k] * mixed) * value
            out[i, j, 3] = strand_alpha(s, across[i, j], t, fray, cover[i, j])
    return out


def _pixels(linear: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bytes and the factor on them: dark hair keeps its eight bits."""
    base = np.clip(linear[..., :3].max((0, 1)), 1e-4, 1.0)
    colour = encode(linear[..., :3] / base)
    alpha = np.round(255 * np.clip(linear[..., 3:], 0, 1)).astype(np.uint8)
    return np.concatenate([colour, alpha], -1), base


# ---- one set of textures for many styles, grey, to be tinted by the base colour

BRIGHTEST = 1.7
"""The pigment's factor where the shared textures are white."""
_GREY = Pigment(np.full(3, 1 / BRIGHTEST), 0.0, 1.0)
# Cover at the root and full cover of the shared strips, from sparse to dense.
_ROOTS = np.array((0.15, 0.25, 0.3, 0.3, 0.3, 0.3, 0.65, 1.0))
_FULL = np.array((0.45, 0.62, 0.78, 0.92, 1.05, 1.15, 1.15, 1.15))
_SHARED_REACH, _SHARED_FRAY = 0.9, 0.5


def shared_strands(stride: int = 1) -> np.ndarray:
    """Strips of strands, uint8 `[h, w, 4]`; every so many-th row and column."""
    t = np.linspace(0, 1, 12)
    profiles = np.minimum(_ROOTS[:, None] + 5 * t, 1) * _FULL[:, None]
    painted = _strips(profiles, _SHARED_REACH, _SHARED_FRAY, _GREY)
    return _bright(_pixels(_fewer(painted, stride)))


def shared_shell(stride: int = 1) -> np.ndarray:
    """(strand, cover) of shells, uint8 `[h, w, 4]`."""
    return _bright(_pixels(_fewer(_shell_picture(0.0, _GREY), stride)))


def shared_fuzz(stride: int = 1) -> np.ndarray:
    """Fuzz of afros, uint8 `[h, w, 4]`."""
    return _bright(_pixels(_fewer(_fuzz_picture(_GREY), stride)))


def _fewer(picture: np.ndarray, stride: int) -> np.ndarray:
    """Means of blocks of texels."""
    height, width, channels = picture.shape
    blocks = picture.reshape(height // stride, stride, width // stride, stride, channels)
    return blocks.mean((1, 3))


def _bright(painted: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """Pixels with their factor multiplied in."""
    pixels, base = painted
    out = np.array(pixels)
    table = encode(_decode(np.arange(256) / 255.0) * float(base.max()))
    out[..., :3] = table[pixels[..., :3]]
    return out


def _decode(display: np.ndarray) -> np.ndarray:
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


def shared_cards(part: HairPart, fuzzy: bool) -> tuple[Cards, Cards]:
    """Shell and ribbons of a bundle with texture coordinates in the shared textures."""
    ribbon = np.abs(part.attributes[:, ACROSS]) == 1.0
    of_ribbon = ribbon[part.faces].all(1)
    faces = _outwards(part)
    shell = faces[~of_ribbon]
    if fuzzy:
        below = _fuzz_cards(part, shell)
    else:
        # Fewer ribbons hide the border of the shell.
        below = _shell_cards(part, shell, 1.8)
    attributes = part.attributes[ribbon]
    starts = np.flatnonzero(attributes[::2, ALONG] == 0.0) * 2
    length = int(np.diff(np.append(starts, len(attributes)))[0])
    grouped = attributes.reshape(-1, length, attributes.shape[1])
    cover = grouped[:, ::2, COVER]
    full = cover.max(1)
    away = np.abs(full[:, None] - _FULL) + 0.5 * np.abs(cover[:, :1] / full[:, None] - _ROOTS)
    strip = away.argmin(1)
    # The four densest strips serve alike: neighbours should not look the same.
    dense = (strip >= 4) & (cover[:, 0] / full < 0.6)
    strip = np.where(dense, 4 + np.arange(len(strip)) % 2, strip)
    uv = np.zeros((len(part.vertices), 2), np.float32)
    uv[ribbon] = _strip_uv(grouped, strip)
    return below, Cards(faces[of_ribbon], uv, _NOTHING, np.ones(3), np.ones(len(uv), np.float32))
