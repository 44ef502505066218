"""How the picture was taken: light, things in front, lens, sensor, compression."""

from __future__ import annotations

import numpy as np
from keras import ops

from face2param.features.augmentation.dice import Dice, luminance, mix, power, soften
from face2param.regions import IGNORE

_BLOCK = 8


def _cosine_transform() -> np.ndarray:
    k, n = np.mgrid[:_BLOCK, :_BLOCK]
    matrix = np.cos(np.pi * (n + 0.5) * k / _BLOCK) * np.sqrt(2 / _BLOCK)
    matrix[0] /= np.sqrt(2)
    return matrix.astype(np.float32)


def relight(images, dice: Dice):
    """Smooth light from a side, soft shadows, colour of the light, exposure, contrast."""
    x, y = dice.grid()
    side = dice.uniform(-0.6, 0.6) * x + dice.uniform(-0.35, 0.35) * y
    uneven = (dice.field(4) - 0.5) * dice.uniform(0.0, 1.0)
    images = images * ops.exp((side + uneven) * dice.chance(0.7))
    shadow = ops.sigmoid((dice.field(5) - dice.uniform(0.4, 0.7)) * dice.uniform(10.0, 60.0))
    images = images * (1.0 - shadow * dice.uniform(0.0, 0.6) * dice.chance(0.3))
    images = images * dice.gain(0.3) * dice.gain(0.12, 3)
    images = power(ops.clip(images, 1e-4, 1.0), dice.gain(0.45))
    grey = luminance(images)
    images = grey + (images - grey) * dice.uniform(0.3, 1.5)
    mean = ops.mean(grey, (1, 2), keepdims=True)
    images = mean + (images - mean) * dice.gain(0.3)
    images = mix(images, luminance(images) + 0.0 * images, dice.chance(0.08))
    return ops.clip(images, 0.0, 1.0)


def occlude(images, labels, dice: Dice, probability: float = 0.25):
    """Lays a soft-cornered patch over the picture; the labels below become `IGNORE`."""
    x, y = dice.grid()
    exponent = dice.uniform(2.0, 8.0)
    u = ops.abs(x - dice.uniform(-0.9, 0.9)) / dice.uniform(0.06, 0.3)
    v = ops.abs(y - dice.uniform(-0.9, 0.9)) / dice.uniform(0.06, 0.3)
    inside = ops.cast(power(u, exponent) + power(v, exponent) < 1.0, "float32")
    inside = inside * dice.chance(probability)
    cover = mix(dice.uniform(0.0, 1.0, 3), dice.field(8, 3), dice.uniform())
    labels = ops.where(inside[..., 0] > 0.5, IGNORE, labels)
    return mix(images, cover, inside), labels


def photograph(images, dice: Dice, fine):
    """Lens blur or sharpening, lost resolution, sensor noise, JPEG blocks.

    Args:
      images: `[batch, height, width, 3]` in [0, 1], sides in multiples of 8.
      dice: random numbers.
      fine: `[batch, height, width, 3]` normal noise per pixel.

    Returns:
      Pictures like `images`.
    """
    blurred = soften(images)
    images = images + (blurred - images) * dice.uniform(-0.7, 1.0)
    images = mix(images, soften(soften(blurred)), dice.chance(0.2))
    for factor, probability in ((2, 0.25), (4, 0.08)):
        small = ops.average_pool(images, factor, factor, data_format="channels_last")
        coarse = ops.image.resize(small, dice.size, data_format="channels_last")
        images = mix(images, coarse, dice.chance(probability))
    grain = mix(fine, fine[..., :1] + 0.0 * fine, dice.uniform())
    images = images + grain * dice.uniform(0.0, 0.07) * dice.chance(0.6)
    images = mix(images, compress(images, dice.uniform(0.01, 0.09)), dice.chance(0.5))
    return ops.clip(images, 0.0, 1.0)


def compress(images, step):
    """JPEG's loss: 8x8 cosine transform, coarse steps for fine waves and for colour.

    Args:
      images: `[batch, height, width, 3]`, sides in multiples of 8.
      step: `[batch, 1, 1, 1]` quantisation step of the mean luminance.

    Returns:
      Pictures like `images`; no useful gradient.
    """
    height, width = images.shape[1:3]
    grey = luminance(images)
    planes = ops.concatenate([grey, images[..., :1] - grey, images[..., 2:] - grey], -1)
    matrix = _cosine_transform()
    # Products with whole rows: of a block's 8 columns x 3 planes, and of its 8 lines.
    across = ops.convert_to_tensor(np.kron(matrix.T, np.eye(3, dtype=np.float32)))
    down = ops.convert_to_tensor(matrix)
    waves = ops.matmul(ops.reshape(planes, (-1, 3 * _BLOCK)), across)
    waves = ops.matmul(down, ops.reshape(waves, (-1, height // _BLOCK, _BLOCK, 3 * width)))
    k = np.arange(_BLOCK, dtype=np.float32)
    growth = (1.0 + 0.6 * (k[:, None, None] + k[None, :, None])) * np.float32([1, 2, 2])
    growth = np.tile(growth.reshape(_BLOCK, -1), (1, width // _BLOCK))
    steps = step * ops.convert_to_tensor(growth[None, None])
    waves = ops.round(waves / steps) * steps
    planes = ops.matmul(ops.transpose(down), waves)
    planes = ops.matmul(ops.reshape(planes, (-1, 3 * _BLOCK)), ops.transpose(across))
    planes = ops.reshape(planes, (-1, height, width, 3))
    grey, red, blue = planes[..., :1], planes[..., 1:2] + planes[..., :1], planes[..., 2:]
    blue = blue + grey
    green = (grey - 0.299 * red - 0.114 * blue) / 0.587
    return ops.concatenate([red, green, blue], -1)
