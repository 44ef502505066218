"""Makeup: layers painted over a base texture, in display (sRGB) values.

This file is the reference for the makeup shader and the C# of the Unity package. For each texel
with centre p = (u, v), v = 0 on top, and for each layer in order:

    q     = c + R(-rotation) (p - c - offset) / scale, with c = (1/2, 1/2) and
            R(-a) (x, y) = (x cos a + y sin a, -x sin a + y cos a): a mask turns clockwise on the
            texture as it is looked at, about its own centre
    mask  = bilinear sample of the mask at q, clamped to its edge; nothing outside of [0, 1]
    cover = amount * grey, or amount * alpha for a mask with colours (1 without alpha)
    paint = sRGB(color), times the mask's colour where it has one; then in HSV the hue is moved
            by `hue` turns, saturation and value by `saturation` and `value`, kept in [0, 1]
    base  = clip(base + clip(cover, 0, 1) * change, 0, 1), with the change
            normal: paint - base; multiply: base * paint - base; linear light: 2 paint - 1

The result takes the place of the base texture; base colour, vertex colours and light come after
it. Alpha stays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from face2param.engines.rigged.head_file import BLENDS, Layer

_NORMAL, _MULTIPLY, _LINEAR_LIGHT = (
    BLENDS.index(name) for name in ("normal", "multiply", "linear_light")
)


def srgb_encode(linear: np.ndarray) -> np.ndarray:
    """Linear light in [0, 1] to display values, IEC 61966-2-1."""
    linear = np.clip(np.asarray(linear, np.float64), 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def srgb_decode(display: np.ndarray) -> np.ndarray:
    """Display values in [0, 1] to linear light, IEC 61966-2-1."""
    display = np.clip(np.asarray(display, np.float64), 0.0, 1.0)
    return np.where(display <= 0.04045, display / 12.92, ((display + 0.055) / 1.055) ** 2.4)


class Masks(NamedTuple):
    """Masks of some layers in one array; see `pack`.

    Attributes:
      texels: uint8 `[texels, 4]`.
      sizes: int64 `[layers, 4]` first texel, height, width, and whether the mask is grey.
      frames: float64 `[layers, 4]` lowest and highest u, lowest and highest v where it covers.
    """

    texels: np.ndarray
    sizes: np.ndarray
    frames: np.ndarray


def pack(masks: Sequence[np.ndarray]) -> Masks:
    """Prepares masks for `compose`.

    Args:
      masks: of each layer, uint8 `[h, w, 1|3|4]` of any size.
    """
    blocks, at = [np.zeros((0, 4), np.uint8)], 0
    sizes = np.zeros((len(masks), 4), np.int64)
    frames = np.zeros((len(masks), 4))
    for k, mask in enumerate(masks):
        block = _rgba(mask)
        height, width = block.shape[:2]
        sizes[k] = at, height, width, mask.shape[2] == 1
        rows = np.flatnonzero(block[..., 3].any(1))
        columns = np.flatnonzero(block[..., 3].any(0))
        if len(rows):
            # A bilinear sample reaches one texel further.
            frames[k] = (
                (columns[0] - 1) / width,
                (columns[-1] + 2) / width,
                (rows[0] - 1) / height,
                (rows[-1] + 2) / height,
            )
        blocks.append(block.reshape(-1, 4))
        at += height * width
    return Masks(np.concatenate(blocks), sizes, frames)


def compose(
    base: np.ndarray, layers: Sequence[Layer], masks: Masks, size: tuple[int, int]
) -> np.ndarray:
    """Paints layers over a base texture.

    Args:
      base: uint8 `[h, w, 3|4]` display RGB(A); stretched to `size`.
      layers: in the order of painting.
      masks: of these layers.
      size: (height, width) of the result.

    Returns:
      uint8 `[height, width, 4]`.

    Raises:
      ValueError: not as many masks as layers.
    """
    if len(layers) != len(masks.sizes):
        raise ValueError(f"masks must be {len(layers)} like layers, got {len(masks.sizes)}")
    numbers = np.zeros((len(layers), _NUMBERS))
    for row, layer in zip(numbers, layers, strict=True):
        scale = layer.scale if layer.scale > 0.0 else 1.0
        row[:3] = srgb_encode(layer.color)
        row[3] = layer.amount if layer.scale > 0.0 else 0.0
        row[4:7] = layer.hue, layer.saturation, layer.value
        row[7] = BLENDS.index(layer.blend)
        row[8:10] = layer.offset
        row[10:12] = np.cos(layer.rotation) / scale, np.sin(layer.rotation) / scale
    return _compose(_rgba(base), *masks, numbers, int(size[0]), int(size[1]))


_NUMBERS = 12


def _rgba(pixels: np.ndarray) -> np.ndarray:
    """uint8 `[h, w, 4]`; a grey picture becomes alpha under white."""
    height, width, channels = pixels.shape
    if channels == 4:
        return np.ascontiguousarray(pixels)
    out = np.full((height, width, 4), 255, np.uint8)
    if channels == 1:
        out[..., 3] = pixels[..., 0]
    else:
        out[..., :3] = pixels
    return out


@njit(cache=True)
def _bilinear(texels, first, height, width, u, v, out):
    """Sample in [0, 1], clamped to the edge."""
    x = min(max(u * width - 0.5, 0.0), width - 1.0)
    y = min(max(v * height - 0.5, 0.0), height - 1.0)
    j = int(x)
    i = int(y)
    fx = x - j
    fy = y - i
    top = first + i * width
    low = first + min(i + 1, height - 1) * width
    j1 = min(j + 1, width - 1)
    for k in range(4):
        above = texels[top + j, k] * (1.0 - fx) + texels[top + j1, k] * fx
        below = texels[low + j, k] * (1.0 - fx) + texels[low + j1, k] * fx
        out[k] = (above * (1.0 - fy) + below * fy) / 255.0


@njit(cache=True)
def _cover(texels, first, height, width, u, v):
    """The alpha that `_bilinear` finds."""
    x = min(max(u * width - 0.5, 0.0), width - 1.0)
    y = min(max(v * height - 0.5, 0.0), height - 1.0)
    j = int(x)
    i = int(y)
    fx = x - j
    fy = y - i
    top = first + i * width
    low = first + min(i + 1, height - 1) * width
    j1 = min(j + 1, width - 1)
    above = texels[top + j, 3] * (1.0 - fx) + texels[top + j1, 3] * fx
    below = texels[low + j, 3] * (1.0 - fx) + texels[low + j1, 3] * fx
    return (above * (1.0 - fy) + below * fy) / 255.0


@njit(cache=True)
def _shift_hsv(rgb, shift):
    """Moves hue, saturation and value of `[3]` display RGB, in place."""
    high = max(rgb[0], rgb[1], rgb[2])
    span = high - min(rgb[0], rgb[1], rgb[2])
    hue = 0.0
    if span > 0.0:
        if high == rgb[0]:
            hue = ((rgb[1] - rgb[2]) / span) / 6.0
        elif high == rgb[1]:
            hue = (2.0 + (rgb[2] - rgb[0]) / span) / 6.0
        else:
            hue = (4.0 + (rgb[0] - rgb[1]) / span) / 6.0
    saturation = span / high if high > 0.0 else 0.0
    hue += shift[0]
    hue -= np.floor(hue)
    saturation = min(max(saturation + shift[1], 0.0), 1.0)
    value = min(max(high + shift[2], 0.0), 1.0)
    for k in range(3):
        # Distance of the hue from the channel's own: red 0, green 1/3, blue 2/3.
        away = abs((hue - k / 3.0 + 0.5) % 1.0 - 0.5) * 6.0
        rgb[k] = value * (1.0 - saturation * min(max(away - 1.0, 0.0), 1.0))


@njit(cache=True)
def _paint_row(texels, sizes, frames, numbers, layer, y, row):
    """Paints one layer over a row `[width, 4]` of display colours, y from the middle."""
    width = row.shape[0]
    if numbers[layer, 3] <= 0.0:
        return
    cosine = numbers[layer, 10]
    sine = numbers[layer, 11]
    y -= numbers[layer, 9]
    u0 = max(frames[layer, 0], 0.0)
    u1 = min(frames[layer, 1], 1.0)
    v0 = max(frames[layer, 2], 0.0)
    v1 = min(frames[layer, 3], 1.0)
    j0 = 0
    j1 = width
    if sine == 0.0:
        v = 0.5 + cosine * y
        if v < v0 or v > v1:
            return
        # x = (u - 1/2) / cosine + offset, half a texel further on both sides.
        x0 = (u0 - 0.5) / cosine + numbers[layer, 8] + 0.5
        x1 = (u1 - 0.5) / cosine + numbers[layer, 8] + 0.5
        j0 = int(min(max(min(x0, x1) * width - 1.0, 0.0), width))
        j1 = int(min(max(max(x0, x1) * width + 1.0, 0.0), width))
    first = sizes[layer, 0]
    rows = sizes[layer, 1]
    columns = sizes[layer, 2]
    grey = sizes[layer, 3] != 0
    texel = np.empty(4)
    paint = np.empty(3)
    shift = numbers[layer, 4:7]
    shifted = shift[0] != 0.0 or shift[1] != 0.0 or shift[2] != 0.0
    blend = numbers[layer, 7]
    for j in range(j0, j1):
        x = (j + 0.5) / width - 0.5 - numbers[layer, 8]
        u = 0.5 + cosine * x + sine * y
        v = 0.5 + cosine * y - sine * x
        if u < u0 or v < v0 or u > u1 or v > v1:
            continue
        if grey:
            texel[3] = _cover(texels, first, rows, columns, u, v)
        else:
            _bilinear(texels, first, rows, columns, u, v, texel)
        cover = min(max(numbers[layer, 3] * texel[3], 0.0), 1.0)
        if cover <= 0.0:
            continue
        for k in range(3):
            paint[k] = numbers[layer, k] if grey else numbers[layer, k] * texel[k]
        if shifted:
            _shift_hsv(paint, shift)
        for k in range(3):
            under = row[j, k]
            if blend == _NORMAL:
                change = paint[k] - under
            elif blend == _MULTIPLY:
                change = under * paint[k] - under
            else:
                change = 2.0 * paint[k] - 1.0
            row[j, k] = min(max(under + cover * change, 0.0), 1.0)


@njit(cache=True, parallel=True)
def _compose(base, texels, sizes, frames, numbers, height, width):
    out = np.empty((height, width, 4), np.uint8)
    flat = base.reshape(base.shape[0] * base.shape[1], 4)
    same = base.shape[0] == height and base.shape[1] == width
    for i in prange(height):
        texel = np.empty(4)
        row = np.empty((width, 4))
        v = (i + 0.5) / height
        for j in range(width):
            if same:
                for k in range(4):
                    row[j, k] = base[i, j, k] / 255.0
            else:
                u = (j + 0.5) / width
                _bilinear(flat, 0, base.shape[0], base.shape[1], u, v, texel)
                for k in range(4):
                    row[j, k] = texel[k]
        for layer in range(numbers.shape[0]):
            _paint_row(texels, sizes, frames, numbers, layer, v - 0.5, row)
        for j in range(width):
            for k in range(4):
                out[i, j, k] = int(min(max(row[j, k], 0.0), 1.0) * 255.0 + 0.5)
    return out
