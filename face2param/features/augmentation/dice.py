"""Random numbers of one batch, drawn at once.

Drawing is slow on an accelerator (each draw waits for it), arithmetic is not. So a batch
gets one table of uniform numbers and a few noise pictures, and every augmentation takes
its share from them.
"""

from __future__ import annotations

from keras import ops

COLUMNS = 192
CELLS = 64
CHANNELS = 24


class Dice:
    """Hands out the random numbers of one batch, each once.

    Attributes:
      size: (height, width) of the pictures that are augmented.
    """

    def __init__(self, table, noise, size: tuple[int, int]):
        """Takes the random numbers.

        Args:
          table: `[batch, COLUMNS]` uniform in [0, 1].
          noise: `[batch, CELLS, CELLS, CHANNELS]` uniform in [0, 1].
          size: (height, width) of the pictures.
        """
        self.size = size
        self._table = ops.convert_to_tensor(table, dtype="float32")
        self._noise = ops.convert_to_tensor(noise, dtype="float32")
        self._column = self._channel = 0

    def uniform(self, low=0.0, high=1.0, channels: int = 1):
        """`[batch, 1, 1, channels]` uniform in [low, high]."""
        start, self._column = self._column, self._column + channels
        if self._column > COLUMNS:
            raise ValueError(f"augmentation needs more than {COLUMNS} random numbers; raise it")
        values = self._table[:, start : self._column]
        return low + (high - low) * values[:, None, None, :]

    def chance(self, probability: float):
        """`[batch, 1, 1, 1]`, 1.0 with the given probability, else 0.0."""
        return ops.cast(self.uniform() < probability, "float32")

    def gain(self, spread: float, channels: int = 1):
        """`[batch, 1, 1, channels]` factors exp(u), u uniform in [-spread, spread]."""
        return ops.exp(self.uniform(-spread, spread, channels))

    def field(self, cells: int, channels: int = 1, smooth: bool = True):
        """Random picture of `cells` x `cells` values, enlarged.

        Returns:
          `[batch, height, width, channels]` in [0, 1]; bilinear or, not smooth, blocks.
        """
        if self._channel + channels > CHANNELS:
            self._channel = 0  # starts over at another place of the noise
        start, self._channel = self._channel, self._channel + channels
        offset = (7 * start) % (CELLS - cells + 1)
        patch = self._noise[
            :, offset : offset + cells, offset : offset + cells, start : self._channel
        ]
        return ops.image.resize(
            patch,
            self.size,
            interpolation="bilinear" if smooth else "nearest",
            data_format="channels_last",
        )

    def octaves(self, channels: int = 1):
        """Cloudy noise of four octaves with a random slope, `[batch, h, w, channels]`, mean 0."""
        total, weight = 0.0, self.uniform(0.4, 0.9)
        for level, cells in enumerate((4, 8, 24, 64)):
            total = total + (self.field(cells, channels) - 0.5) * weight**level
        return total

    def grid(self):
        """Pixel positions (x, y) from -1 to 1, `[1, height, width, 1]` each."""
        height, width = self.size
        y = ops.linspace(-1.0, 1.0, height)[None, :, None, None]
        x = ops.linspace(-1.0, 1.0, width)[None, None, :, None]
        return x + 0.0 * y, y + 0.0 * x


def mix(first, second, amount):
    """First where amount is 0, second where it is 1."""
    return first + (second - first) * amount


def power(values, exponent):
    """`values ** exponent` for values >= 0 and exponents > 0; on a CPU faster than `**`."""
    return ops.exp(exponent * ops.log(values))


def luminance(images):
    """`[..., 3]` -> `[..., 1]`."""
    return 0.299 * images[..., :1] + 0.587 * images[..., 1:2] + 0.114 * images[..., 2:]


def is_any(labels, classes):
    """Float mask `[batch, h, w, 1]` of the pixels whose label is one of `classes`."""
    mask = ops.zeros_like(labels, dtype="bool")
    for index in classes:
        mask = ops.logical_or(mask, labels == index)
    return ops.cast(mask, "float32")[..., None]


def soften(masks, kernel: int = 3):
    """Box blur of `[batch, h, w, c]` that keeps the size; borders average what there is."""
    if kernel <= 3:
        return ops.average_pool(masks, kernel, 1, "same", data_format="channels_last")
    # One axis after the other: the same values for 2 kernel instead of kernel^2 sums.
    for sides in ((kernel, 1), (1, kernel)):
        masks = ops.average_pool(masks, sides, 1, "same", data_format="channels_last")
    return masks
