"""Makes rendered heads and labelled portraits look like any photograph, for training.

Vectorised over the batch with keras.ops, so that it runs where the network trains. The
aim is that a network trained on renders reads real photographs: everything that differs
between the two (background, clothes, colours, light, sharpness, noise) is varied far
beyond what either shows.
"""

from __future__ import annotations

from keras import ops

from face2param.features.augmentation.camera import occlude, photograph, relight
from face2param.features.augmentation.dice import CELLS, CHANNELS, COLUMNS, Dice
from face2param.features.augmentation.geometry import warp
from face2param.features.augmentation.materials import recolour
from face2param.features.augmentation.scenery import dress, replace_background

__all__ = ["CELLS", "CHANNELS", "COLUMNS", "Dice", "augment"]


def augment(images, labels, table, noise, fine):
    """Augments one batch.

    Args:
      images: `[batch, source_height, source_width, 3]` float32 in [0, 1].
      labels: `[batch, source_height, source_width]` int32 classes, 255 where unknown.
      table: `[batch, COLUMNS]` uniform in [0, 1].
      noise: `[batch, CELLS, CELLS, CHANNELS]` uniform in [0, 1].
      fine: `[batch, height, width, 3]` standard normal; its size is that of the output,
        multiples of 8.

    Returns:
      images `[batch, height, width, 3]` in [0, 1] and labels `[batch, height, width]`.

    Raises:
      ValueError: a shape does not fit.
    """
    if len(images.shape) != 4 or images.shape[-1] != 3:
        raise ValueError(f"images must be [batch, height, width, 3], got {tuple(images.shape)}")
    if tuple(labels.shape[1:]) != tuple(images.shape[1:3]):
        raise ValueError(
            f"labels must be [batch, {images.shape[1]}, {images.shape[2]}], "
            f"got {tuple(labels.shape)}"
        )
    size = tuple(fine.shape[1:3])
    if size[0] % 8 or size[1] % 8:
        raise ValueError(f"fine must have sides in multiples of 8, got {size}")
    images = ops.convert_to_tensor(images, dtype="float32")
    labels = ops.convert_to_tensor(labels, dtype="int32")
    fine = ops.convert_to_tensor(fine, dtype="float32")
    dice = Dice(table, noise, size)
    images, labels = warp(images, labels, dice)
    images = dress(images, labels, dice)
    images = recolour(images, labels, dice, fine)
    images = replace_background(images, labels, dice)
    images = relight(images, dice)
    images, labels = occlude(images, labels, dice)
    return photograph(images, dice, ops.flip(fine, axis=1)), labels
