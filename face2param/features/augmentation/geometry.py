"""Where the face is: turned, scaled, shifted, mirrored and slightly bent."""

from __future__ import annotations

import numpy as np
from keras import ops

from face2param.features.augmentation.dice import Dice
from face2param.features.sampling import nearest_at, sample_at
from face2param.regions import IGNORE, SWAP

_SWAP = np.concatenate([SWAP, np.arange(len(SWAP), 256)]).astype(np.int32)


def warp(images, labels, dice: Dice):
    """Cuts randomly placed pictures of `dice.size` out of larger or equal ones.

    Args:
      images: `[batch, source_height, source_width, 3]` in [0, 1].
      labels: `[batch, source_height, source_width]` int32.
      dice: random numbers.

    Returns:
      images `[batch, height, width, 3]` and labels `[batch, height, width]`. Mirrored
      pictures have left and right classes swapped. What lies outside of the source is
      background where the edge is background, else `IGNORE`.
    """
    source_height, source_width = images.shape[1:3]
    height, width = dice.size
    zoom = ops.exp(dice.uniform(np.log(0.72), np.log(1.7)))[..., 0]
    # The sum of three uniform numbers: mostly upright, sometimes far off.
    turn = (ops.sum(dice.uniform(-1.0, 1.0, 3), axis=-1)) * 0.22
    shift_x = dice.uniform(-0.12, 0.12)[..., 0]
    shift_y = dice.uniform(-0.12, 0.12)[..., 0]
    mirrored = dice.chance(0.5)[..., 0]
    x, y = dice.grid()
    x, y = x[..., 0], y[..., 0]
    x = x * (1.0 - 2.0 * mirrored)
    cos, sin = ops.cos(turn) / zoom, ops.sin(turn) / zoom
    aspect = height / width
    u = cos * x - sin * y * aspect + shift_x
    v = sin * x / aspect + cos * y + shift_y
    bend = dice.field(5, 2) - 0.5
    bend = bend * dice.uniform(0.0, 0.12)
    column = (u + bend[..., 0] + 1.0) / 2.0 * source_width
    row = (v + bend[..., 1] + 1.0) / 2.0 * source_height
    warped = sample_at(images, column, row)
    found = nearest_at(labels, column, row)
    found = ops.where(mirrored > 0.5, mirror_labels(found), found)
    outside = ops.logical_or(
        ops.logical_or(column < 0, column > source_width),
        ops.logical_or(row < 0, row > source_height),
    )
    lost = ops.logical_and(outside, found != 0)
    return warped, ops.where(lost, IGNORE, found)


def mirror_labels(labels):
    """Left classes of int32 `labels` become right ones and the other way round."""
    return ops.take(ops.convert_to_tensor(_SWAP), labels, axis=0)
