"""The built-in head's painted looks as textures: skin, its relief, eyes, teeth. Without light."""

from __future__ import annotations

import functools

import numpy as np
from numba import njit, prange
from scipy.ndimage import zoom

from face2param.engines.builtin import brows, eyeball, masks, palette, skin, texture
from face2param.engines.builtin.canonical import canonical
from face2param.engines.builtin.masks import PORES, RELIEF_STEP, RELIEF_ZERO, WRINKLES
from face2param.engines.builtin.skin import Amount, SkinLook

# The texture of an eye shows the eyeball this far from the gaze (radians), see `eye_uv`.
EYE_REACH = 1.75
_EYE_SIZE = 512
# Relief is easier to see under the hard lights of game engines than in the studio.
_RELIEF = 0.8
_REGION = masks.CHANNEL["region"]


def encode(linear: np.ndarray) -> np.ndarray:
    """Linear light in [0, 1] to sRGB bytes (IEC 61966-2-1)."""
    linear = np.clip(linear, 0.0, 1.0)
    curve = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.round(255 * np.where(linear <= 0.0031308, 12.92 * linear, curve)).astype(np.uint8)


@functools.cache
def _layers(size: int) -> np.ndarray:
    """The painted masks at another resolution, uint8 `[size, size, layers]`."""
    layers = texture.texture().layers
    if size == layers.shape[0]:
        return layers
    factor = size / layers.shape[0]
    big = zoom(layers, (factor, factor, 1), order=1, grid_mode=True, mode="nearest")
    region = masks.CHANNEL["region"]
    big[..., region] = zoom(layers[..., region], factor, order=0, grid_mode=True, mode="nearest")
    return big


@functools.cache
def positions(size: int) -> np.ndarray:
    """Canonical position of each texel of the skin, float32 `[size, size, 3]` cm."""
    head = canonical()
    place = texture.texel_positions(head.vertices, head.faces, texture.texture().corner_uv)
    if size == place.shape[0]:
        return place
    factor = size / place.shape[0]
    return zoom(place, (factor, factor, 1), order=1, grid_mode=True, mode="nearest")


def skin_texture(
    look: SkinLook, brow: np.ndarray | None, size: int = texture.RESOLUTION
) -> np.ndarray:
    """The albedo of the skin.

    Args:
      look: amounts and colours of `skin.look`.
      brow: of `brows.draw`, or None for a face without.
      size: height and width.

    Returns:
      uint8 `[size, size, 3]` sRGB; v = 0 at the crown, in the engine's own unwrapping.
    """
    place = positions(size)
    drawn = np.zeros((size, size), np.float32)
    if brow is not None:
        drawn = brow_opacity(brow[..., 0], place)
    return encode(_skin(_layers(size), look.amounts, look.colours, drawn))


def brow_opacity(brow: np.ndarray, place: np.ndarray) -> np.ndarray:
    """Opacity of the brows `brow` at texels `place` `[h, w, 3]`.

    The map of a brow is a shaft through the head; only the front wears it.
    """
    column = np.abs(place[..., 0]) * brows.TEXELS_PER_CM - 0.5
    row = (place[..., 1] - brows.WINDOW_BOTTOM) * brows.TEXELS_PER_CM - 0.5
    j, i = np.floor(column).astype(int), np.floor(row).astype(int)
    inside = (i >= 0) & (j >= 0) & (i < brow.shape[0] - 1) & (j < brow.shape[1] - 1)
    inside &= place[..., 2] > 2.0
    i, j = np.where(inside, i, 0), np.where(inside, j, 0)
    x, y = np.where(inside, column - j, 0), np.where(inside, row - i, 0)
    top = brow[i, j] * (1 - x) + brow[i, j + 1] * x
    bottom = brow[i + 1, j] * (1 - x) + brow[i + 1, j + 1] * x
    return np.where(inside, top * (1 - y) + bottom * y, 0).astype(np.float32)


@njit(cache=True, parallel=True)
def _skin(layers, amounts, colours, brow):
    height, width = brow.shape
    out = np.empty((height, width, 3), np.float32)
    for i in prange(height):
        texel = np.empty(PORES)
        sample = np.empty(6)
        for j in range(width):
            for k in range(PORES):
                texel[k] = layers[i, j, k] / 255.0
            texel[_REGION] = layers[i, j, _REGION]
            skin.skin_sample(texel, amounts, colours, brow[i, j], sample)
            for k in range(3):
                out[i, j, k] = sample[k]
    return out


def normal_map(look: SkinLook, size: int = texture.RESOLUTION) -> np.ndarray:
    """Pores and wrinkles as a tangent-space normal map.

    Args:
      look: for the depth of the folds.
      size: height and width.

    Returns:
      uint8 `[size, size, 3]`; red along +u, green towards the top of the texture.
    """
    layers = _layers(size)
    place = positions(size).astype(np.float64)
    slope = (layers[..., PORES : PORES + 3] - RELIEF_ZERO) * RELIEF_STEP
    folds = (layers[..., WRINKLES : WRINKLES + 3] - RELIEF_ZERO) * RELIEF_STEP
    # As deep as the darkest of the three kinds of lines.
    kinds = np.stack(
        [
            layers[..., masks.CHANNEL[name]] / 255.0 * look.amounts[amount]
            for name, amount in (
                ("fold_brow", Amount.FOLD_BROW),
                ("fold_eye", Amount.FOLD_EYE),
                ("fold_mouth", Amount.FOLD_MOUTH),
            )
        ]
    ).sum(0)
    slope = slope + folds * (look.amounts[Amount.FOLD_RELIEF] * np.minimum(kinds, 1))[..., None]
    across = _unit(np.gradient(place, axis=1))
    upwards = -np.gradient(place, axis=0)
    upwards = _unit(upwards - across * (upwards * across).sum(-1, keepdims=True))
    normal = np.stack(
        [
            -_RELIEF * (slope * across).sum(-1),
            -_RELIEF * (slope * upwards).sum(-1),
            np.ones(slope.shape[:2]),
        ],
        -1,
    )
    return np.round(127.5 * (_unit(normal) + 1)).astype(np.uint8)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def eye_uv(unit: np.ndarray) -> np.ndarray:
    """Where points of the unit eyeball `[n, 3]` (z: gaze) lie in the texture of the eye."""
    angle = np.arccos(np.clip(unit[:, 2], -1, 1)) / EYE_REACH
    around = np.arctan2(unit[:, 1], unit[:, 0])
    return 0.5 + 0.5 * np.stack([angle * np.cos(around), -angle * np.sin(around)], 1)


def eye_texture(colour: np.ndarray, iris_size: float, size: int = _EYE_SIZE) -> np.ndarray:
    """White, iris and pupil of an eye.

    Args:
      colour: `[3]` linear, of the iris.
      iris_size: the slider.
      size: height and width.

    Returns:
      uint8 `[size, size, 3]` sRGB, the pupil in the middle.
    """
    at = ((np.arange(size) + 0.5) / size - 0.5) * 2 * EYE_REACH
    x, y = np.meshgrid(at, -at)
    angle, around = np.hypot(x, y), np.arctan2(y, x)
    angle = np.minimum(angle, EYE_REACH)
    unit = np.stack(
        [np.sin(angle) * np.cos(around), np.sin(angle) * np.sin(around), np.cos(angle)], -1
    )
    radius = eyeball.IRIS_RADIUS + 0.06 * (iris_size - 0.5)
    return encode(eyeball.painted(unit.reshape(-1, 3), radius, np.asarray(colour, float))).reshape(
        size, size, 3
    )


def teeth_texture(size: int = 64) -> np.ndarray:
    """Gums above, teeth below: uint8 `[size, 4, 3]` sRGB over the v of `mouth_cavity.teeth`."""
    v = (np.arange(size) + 0.5) / size
    gum = np.clip((0.53 - v) / 0.06, 0, 1)[:, None, None]
    colour = palette.TEETH + gum * (palette.GUMS - palette.TEETH)
    return encode(np.repeat(colour, 4, 1))
