"""Makeup: layers painted over a base texture, in display (sRGB) values.

This file is the reference for the makeup shader and the C# of the Unity package. For each texel
with centre p = (u, v), v = 0 on top, and for each layer in order:

    q     = c + R(-rotation) (p - c - offset) / scale, with c = (1/2, 1/2) and
            R(-a) (x, y) = (x cos a - y sin a, x sin a + y cos a): a mask turns counter-clockwise
            on the texture as it is looked at, about its own centre
    mask  = bilinear sample of the mask at q, clamped to its edge; nothing outside of [0, 1]
    cover = amount * grey, or amount * alpha for a mask with colours (1 without alpha)
    paint = sRGB(color), times the mask's colour where it has one; then in HSV the hue is moved
            by `hue` turns, saturation and value by `saturation` and `value`, kept in [0, 1]
    base  = base + clip(cover, 0, 1) * (blended - base), with
            normal: paint; multiply: base * paint; linear light: clip(base + 2 paint - 1, 0, 1)

The result takes the place of the base texture; base colour, vertex colours and light come after
it. Alpha stays.
"""

from __future__ import annotations

from collections.abc import Sequence

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


def compose(
    base: np.ndarray, layers: Sequence[Layer], masks: Sequence[np.ndarray], size: tuple[int, int]
) -> np.ndarray:
    """Paints layers over a base texture.

    Args:
      base: uint8 `[h, w, 3|4]` display RGB(A); stretched to `size`.
      layers: in the order of painting.
      masks: of each layer, uint8 `[h, w, 1|3|4]` of any size.
      size: (height, width) of the result.

    Returns:
      uint8 `[height, width, 4]`.

    Raises:
      ValueError: not as many masks as layers.
    """
    if len(layers) != len(masks):
        raise ValueError(f"masks must be {len(layers)} like layers, got {len(masks)}")
    out = _stretch(_rgba(base), int(size[0]), int(size[1]))
    for layer, mask in zip(layers, masks, strict=True):
        if layer.amount <= 0.0 or layer.scale <= 0.0:
            continue
        turn = np.array([np.cos(layer.rotation), np.sin(layer.rotation)]) / layer.scale
        _paint(
            out,
            _rgba(mask),
            mask.shape[2] == 1,
            srgb_encode(layer.color),
            float(layer.amount),
            np.array([layer.hue, layer.saturation, layer.value]),
            BLENDS.index(layer.blend),
            np.array(layer.offset, np.float64),
            turn,
        )
    return _bytes(out)


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
def _bilinear(pixels, u, v, out):
    """Sample in [0, 1], clamped to the edge, of `[h, w, 4]` uint8."""
    height, width = pixels.shape[0], pixels.shape[1]
    x = min(max(u * width - 0.5, 0.0), width - 1.0)
    y = min(max(v * height - 0.5, 0.0), height - 1.0)
    j = int(x)
    i = int(y)
    fx = x - j
    fy = y - i
    j1 = min(j + 1, width - 1)
    i1 = min(i + 1, height - 1)
    for k in range(4):
        top = pixels[i, j, k] * (1.0 - fx) + pixels[i, j1, k] * fx
        low = pixels[i1, j, k] * (1.0 - fx) + pixels[i1, j1, k] * fx
        out[k] = (top * (1.0 - fy) + low * fy) / 255.0


@njit(cache=True, parallel=True)
def _stretch(pixels, height, width):
    out = np.empty((height, width, 4), np.float32)
    if pixels.shape[0] == height and pixels.shape[1] == width:
        for i in prange(height):
            for j in range(width):
                for k in range(4):
                    out[i, j, k] = pixels[i, j, k] / 255.0
        return out
    for i in prange(height):
        texel = np.empty(4)
        for j in range(width):
            _bilinear(pixels, (j + 0.5) / width, (i + 0.5) / height, texel)
            for k in range(4):
                out[i, j, k] = texel[k]
    return out


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


@njit(cache=True, parallel=True)
def _paint(base, mask, grey, colour, amount, shift, blend, offset, turn):
    height, width = base.shape[0], base.shape[1]
    shifted = shift[0] != 0.0 or shift[1] != 0.0 or shift[2] != 0.0
    for i in prange(height):
        texel = np.empty(4)
        paint = np.empty(3)
        for j in range(width):
            x = (j + 0.5) / width - 0.5 - offset[0]
            y = (i + 0.5) / height - 0.5 - offset[1]
            u = 0.5 + turn[0] * x - turn[1] * y
            v = 0.5 + turn[1] * x + turn[0] * y
            if u < 0.0 or v < 0.0 or u > 1.0 or v > 1.0:
                continue
            _bilinear(mask, u, v, texel)
            cover = min(max(amount * texel[3], 0.0), 1.0)
            if cover <= 0.0:
                continue
            for k in range(3):
                paint[k] = colour[k] if grey else colour[k] * texel[k]
            if shifted:
                _shift_hsv(paint, shift)
            for k in range(3):
                under = base[i, j, k]
                if blend == _NORMAL:
                    over = paint[k]
                elif blend == _MULTIPLY:
                    over = under * paint[k]
                else:
                    over = min(max(under + 2.0 * paint[k] - 1.0, 0.0), 1.0)
                base[i, j, k] = under + cover * (over - under)


@njit(cache=True, parallel=True)
def _bytes(picture):
    out = np.empty(picture.shape, np.uint8)
    for i in prange(picture.shape[0]):
        for j in range(picture.shape[1]):
            for k in range(4):
                out[i, j, k] = int(min(max(picture[i, j, k], 0.0), 1.0) * 255.0 + 0.5)
    return out
