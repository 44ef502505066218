"""What may happen to a face on its way into a crop: misplaced, badly lit, blurred, noisy."""

from __future__ import annotations

import dataclasses

import numpy as np
from keras import ops

from face2param.config import check_not_negative
from face2param.errors import ConfigError

COLUMNS = 8
"""Random numbers for each crop that `degrade` uses."""


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """Largest changes; 0 everywhere leaves the crops alone.

    Attributes:
      shift: of the crop, in pixels of a 128 pixel crop.
      turn: of the crop, in radians.
      zoom: of the crop, as the logarithm of its size.
      light: logarithm of gamma and contrast; half of it is the slope of light over the crop.
      blur: share of a three times repeated 3x3 box blur.
      noise: standard deviation per pixel.
      flip: whether half of the crops are mirrored.
    """

    shift: float = 0.0
    turn: float = 0.0
    zoom: float = 0.0
    light: float = 0.0
    blur: float = 0.0
    noise: float = 0.0
    flip: bool = True

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        check_not_negative(self, ("shift", "turn", "zoom", "light", "blur", "noise"))
        if self.blur > 1:
            raise ConfigError(f"blur: is a share, at most 1, got {self.blur}")

    @property
    def changes_pixels(self) -> bool:
        """Whether `degrade` does anything."""
        return bool(self.light or self.blur or self.noise)


LIGHT = Augmentation()
"""Mirrored only, besides the random place of the published recipe."""

STRONG = Augmentation(shift=4.0, turn=0.06, zoom=0.06, light=0.4, blur=1.0, noise=0.04)
"""For few or clean pictures, such as those of an engine."""


def misplace(
    matrix: np.ndarray, size: int, augmentation: Augmentation, rng: np.random.Generator
) -> np.ndarray:
    """Moves a crop a little.

    Args:
      matrix: `[2, 3]` crop px -> picture px.
      size: side of the crop.
      augmentation: how much.
      rng: always six numbers are drawn.

    Returns:
      `[2, 3]` float32 crop px -> picture px; half of the crops are mirrored.
    """
    dice = rng.random(6) * 2 - 1
    angle, scale = augmentation.turn * dice[0], np.exp(augmentation.zoom * dice[1])
    mirror = -1.0 if augmentation.flip and dice[2] > 0 else 1.0
    c, s = scale * np.cos(angle), scale * np.sin(angle)
    linear = np.array([[c, -s], [s, c]]) * [mirror, 1.0]
    centre = np.full(2, size / 2)
    shift = centre + augmentation.shift * size / 128 * dice[3:5] - linear @ centre
    linear, shift = matrix[:, :2] @ linear, matrix[:, :2] @ shift + matrix[:, 2]
    return np.concatenate([linear, shift[:, None]], 1).astype(np.float32)


def degrade(crops, table, noise, augmentation: Augmentation):
    """Changes the light, blurs and adds noise.

    Args:
      crops: `[batch, height, width, 1]` grey in [0, 1].
      table: `[batch, COLUMNS]` uniform in [0, 1].
      noise: `[batch, height, width, 1]` normal.
      augmentation: how much.

    Returns:
      Crops like `crops`; no use is made of a gradient.

    Raises:
      ValueError: `table` has other columns.
    """
    if table.shape[1] != COLUMNS:
        raise ValueError(f"table must be [batch, {COLUMNS}], got {tuple(table.shape)}")
    dice = ops.reshape(table, (-1, COLUMNS, 1, 1)) * 2.0 - 1.0
    height, width = crops.shape[1:3]
    y = ops.linspace(-1.0, 1.0, height)[None, :, None]
    x = ops.linspace(-1.0, 1.0, width)[None, None, :]
    light = augmentation.light
    image = ops.clip(crops[..., 0], 1e-4, 1.0) ** ops.exp(light * dice[:, 0])
    mean = ops.mean(image, axis=(1, 2), keepdims=True)
    image = mean + (image - mean) * ops.exp(light * dice[:, 1])
    image = image * ops.exp(0.5 * light * (dice[:, 2] + dice[:, 3] * x + dice[:, 4] * y))
    soft = image[..., None]
    for _ in range(3):
        soft = ops.average_pool(soft, 3, 1, "same", data_format="channels_last")
    # Half of the crops stay sharp.
    share = ops.maximum(dice[:, 5], 0.0) * augmentation.blur
    image = image + (soft[..., 0] - image) * share
    image = image + noise[..., 0] * ops.maximum(dice[:, 6], 0.0) * augmentation.noise
    return ops.clip(image, 0.0, 1.0)[..., None]
