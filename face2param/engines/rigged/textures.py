"""Textures as the kernels read them: shrunk once, with all smaller sizes, in one array.

A texture is kept as 8 bit display values; what a sample needs is decoded when it is read, so
that filtering happens in linear light. Colours count by their alpha, so that what a hair card
hides does not bleed into its edge.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from face2param.engines.rigged.layers import srgb_decode, srgb_encode

WRAPS = ("repeat", "clamp", "mirror")
_MAXIMUM_LEVELS = 14
_REPEAT, _CLAMP = 0, 1
DECODE = srgb_decode(np.arange(256) / 255.0).astype(np.float32)
"""float32 `[256]`: display byte -> linear light."""
PLAIN = (np.arange(256) / 255.0).astype(np.float32)
"""float32 `[256]`: byte -> number, for normal maps."""
_STEPS = 4096
# Square root of linear light -> display value: the root makes the curve nearly straight.
_ENCODE = srgb_encode(np.linspace(0.0, 1.0, _STEPS + 1) ** 2)


class Atlas(NamedTuple):
    """All textures of a picture.

    Attributes:
        texels: uint8 `[texels, 4]`.
        levels: int64 `[textures, 14, 3]` first texel, height and width of each size.
        counts: int64 `[textures]` number of sizes.
        wraps: int64 `[textures, 2]` index in `WRAPS` along u and v.
    """

    texels: np.ndarray
    levels: np.ndarray
    counts: np.ndarray
    wraps: np.ndarray


def pyramid(pixels: np.ndarray, skip: int, is_colour: bool, has_alpha: bool) -> list[np.ndarray]:
    """A texture and its smaller sizes.

    Args:
        pixels: uint8 `[h, w, 3|4]`.
        skip: how many sizes to leave out at the large end.
        is_colour: averages are taken in linear light.
        has_alpha: alpha means something; else it is set to 255.

    Returns:
        uint8 `[h / 2^k, w / 2^k, 4]` for k = skip, skip + 1, ..., down to 1 x 1.
    """
    if pixels.shape[2] == 3 or not has_alpha:
        padded = np.full((*pixels.shape[:2], 4), 255, np.uint8)
        padded[..., :3] = pixels[..., :3]
        pixels = padded
    level = np.ascontiguousarray(pixels)
    levels = [level]
    while max(level.shape[:2]) > 1 and len(levels) < _MAXIMUM_LEVELS:
        if is_colour:
            level = _halve(level, DECODE, _ENCODE)
        else:
            level = _halve(level, PLAIN, np.linspace(0.0, 1.0, _STEPS + 1) ** 2)
        levels.append(level)
    return levels[min(skip, len(levels) - 1) :]


def shrink_mask(mask: np.ndarray, skip: int) -> np.ndarray:
    """A mask at 1 / 2^skip of its size: plain means of display values, uint8 `[h, w, c]`."""
    for _ in range(skip):
        height, width, channels = mask.shape
        if min(height, width) < 2:
            break
        even = mask[: height // 2 * 2, : width // 2 * 2].astype(np.uint16)
        even = even.reshape(height // 2, 2, width // 2, 2, channels).sum((1, 3), np.uint16)
        mask = ((even + 2) // 4).astype(np.uint8)
    return mask


def atlas(pyramids: list[list[np.ndarray]], wraps: list[tuple[str, str]]) -> Atlas:
    """Joins textures.

    Args:
        pyramids: of `pyramid`.
        wraps: of each texture, along u and v.
    """
    count = max(len(pyramids), 1)
    levels = np.zeros((count, _MAXIMUM_LEVELS, 3), np.int64)
    counts = np.ones(count, np.int64)
    modes = np.zeros((count, 2), np.int64)
    blocks, at = [], 0
    for index, (sizes, wrap) in enumerate(zip(pyramids, wraps, strict=True)):
        counts[index] = len(sizes)
        modes[index] = [WRAPS.index(mode) for mode in wrap]
        for k, level in enumerate(sizes):
            levels[index, k] = at, level.shape[0], level.shape[1]
            blocks.append(level.reshape(-1, 4))
            at += len(blocks[-1])
    texels = np.concatenate(blocks) if blocks else np.full((1, 4), 255, np.uint8)
    return Atlas(texels, levels, counts, modes)


class Shelf:
    """Remembers what was made of textures; the oldest goes when there is too much.

    What is remembered follows from the key alone, so pictures do not depend on the shelf.
    """

    def __init__(self, limit: int):
        """Remembers at most `limit` bytes, and always the newest entry."""
        self._limit, self._size = limit, 0
        self._entries: OrderedDict[Hashable, tuple[object, list[np.ndarray]]] = OrderedDict()

    def get(self, key: Hashable, source: object, make) -> list[np.ndarray]:
        """The arrays of a key.

        Args:
            key: may hold the `id` of `source`, which is kept alive with the entry.
            source: anything.
            make: is called without arguments when the key is new.
        """
        if key in self._entries:
            self._entries.move_to_end(key)
            return self._entries[key][1]
        arrays = make()
        self._entries[key] = source, arrays
        self._size += sum(array.nbytes for array in arrays)
        while self._size > self._limit and len(self._entries) > 1:
            _, (_, dropped) = self._entries.popitem(last=False)
            self._size -= sum(array.nbytes for array in dropped)
        return arrays


@njit(cache=True, parallel=True)
def _halve(level, decode, encode):
    height = max(level.shape[0] // 2, 1)
    width = max(level.shape[1] // 2, 1)
    out = np.empty((height, width, 4), np.uint8)
    steps = encode.shape[0] - 1
    for i in prange(height):
        for j in range(width):
            # Of an odd side, one texel is the mean of three.
            i0 = i * level.shape[0] // height
            i1 = (i + 1) * level.shape[0] // height
            j0 = j * level.shape[1] // width
            j1 = (j + 1) * level.shape[1] // width
            red = 0.0
            green = 0.0
            blue = 0.0
            alpha = 0.0
            plain_red = 0.0
            plain_green = 0.0
            plain_blue = 0.0
            for a in range(i0, i1):
                for b in range(j0, j1):
                    w = level[a, b, 3] / 255.0
                    r = decode[level[a, b, 0]]
                    g = decode[level[a, b, 1]]
                    c = decode[level[a, b, 2]]
                    alpha += w
                    red += w * r
                    green += w * g
                    blue += w * c
                    plain_red += r
                    plain_green += g
                    plain_blue += c
            count = (i1 - i0) * (j1 - j0)
            if alpha > 0.0:
                red /= alpha
                green /= alpha
                blue /= alpha
            else:
                red = plain_red / count
                green = plain_green / count
                blue = plain_blue / count
            for k in range(3):
                x = red if k == 0 else (green if k == 1 else blue)
                at = np.sqrt(min(max(x, 0.0), 1.0)) * steps
                low = min(int(at), steps - 1)
                y = encode[low] + (at - low) * (encode[low + 1] - encode[low])
                out[i, j, k] = int(y * 255.0 + 0.5)
            out[i, j, 3] = int(alpha / count * 255.0 + 0.5)
    return out


@njit(cache=True)
def _wrapped(index, count, mode):
    if mode == _REPEAT:
        return index % count
    if mode == _CLAMP:
        return min(max(index, 0), count - 1)
    index = index % (2 * count)
    return index if index < count else 2 * count - 1 - index


@njit(cache=True)
def _add_level(texels, first, height, width, wrap_u, wrap_v, u, v, share, decode, out):
    x = u * width - 0.5
    y = v * height - 0.5
    j = int(np.floor(x))
    i = int(np.floor(y))
    fx = x - j
    fy = y - i
    for a in range(2):
        row = _wrapped(i + a, height, wrap_v)
        wy = share * (fy if a == 1 else 1.0 - fy)
        for b in range(2):
            column = _wrapped(j + b, width, wrap_u)
            at = first + row * width + column
            weight = wy * (fx if b == 1 else 1.0 - fx)
            alpha = weight * texels[at, 3] / 255.0
            # A whisper of weight keeps the colour where all is clear.
            shown = alpha + 1e-6 * weight
            for k in range(3):
                out[k] += shown * decode[texels[at, k]]
            out[3] += alpha
            out[4] += shown


@njit(cache=True)
def sample(atlas, index, u, v, detail, decode, out):
    """Trilinear sample of a texture.

    Args:
        atlas: an `Atlas`, or a record with its fields.
        index: of the texture.
        u: to the right in [0, 1], wrapped outside of it.
        v: downwards.
        detail: logarithm (base 2) of the uv length of a pixel, see `detail` in scene.py.
        decode: `DECODE` or `PLAIN`.
        out: float `[5]`, receives decoded RGB and alpha in its first four.
    """
    for k in range(5):
        out[k] = 0.0
    height = atlas.levels[index, 0, 1]
    width = atlas.levels[index, 0, 2]
    last = atlas.counts[index] - 1.0
    level = min(max(detail + 0.5 * np.log2(float(height * width)), 0.0), last)
    low = int(level)
    between = level - low
    # Nothing is gained by coordinates far outside; they would only overflow.
    u = min(max(u, -1e6), 1e6)
    v = min(max(v, -1e6), 1e6)
    for step in range(2):
        share = between if step == 1 else 1.0 - between
        if share <= 0.0:
            continue
        first, rows, columns = atlas.levels[index, low + step]
        _add_level(
            atlas.texels,
            first,
            rows,
            columns,
            atlas.wraps[index, 0],
            atlas.wraps[index, 1],
            u,
            v,
            share,
            decode,
            out,
        )
    for k in range(3):
        out[k] /= out[4]


@njit(cache=True)
def sample_alpha(atlas, index, u, v, detail):
    """The alpha that `sample` finds, for less."""
    height = atlas.levels[index, 0, 1]
    width = atlas.levels[index, 0, 2]
    last = atlas.counts[index] - 1.0
    level = min(max(detail + 0.5 * np.log2(float(height * width)), 0.0), last)
    low = int(level)
    between = level - low
    u = min(max(u, -1e6), 1e6)
    v = min(max(v, -1e6), 1e6)
    wrap_u = atlas.wraps[index, 0]
    wrap_v = atlas.wraps[index, 1]
    total = 0.0
    for step in range(2):
        share = between if step == 1 else 1.0 - between
        if share <= 0.0:
            continue
        first = atlas.levels[index, low + step, 0]
        rows = atlas.levels[index, low + step, 1]
        columns = atlas.levels[index, low + step, 2]
        x = u * columns - 0.5
        y = v * rows - 0.5
        j = int(np.floor(x))
        i = int(np.floor(y))
        fx = x - j
        fy = y - i
        j0 = _wrapped(j, columns, wrap_u)
        j1 = _wrapped(j + 1, columns, wrap_u)
        top = first + _wrapped(i, rows, wrap_v) * columns
        base = first + _wrapped(i + 1, rows, wrap_v) * columns
        above = atlas.texels[top + j0, 3] * (1.0 - fx) + atlas.texels[top + j1, 3] * fx
        below = atlas.texels[base + j0, 3] * (1.0 - fx) + atlas.texels[base + j1, 3] * fx
        total += share * (above * (1.0 - fy) + below * fy)
    return total / 255.0
