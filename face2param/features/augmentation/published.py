"""The published augmentation: colour jitter, mirror, random scale, crop.

After zllrunning/face-parsing.PyTorch, transform.py: brightness, contrast and saturation
times 0.5 to 1.5; mirrored half the time; scaled by one of six factors; cropped.
"""

from __future__ import annotations

from keras import ops

from face2param.features.augmentation.dice import luminance, mix
from face2param.features.augmentation.geometry import mirror_labels
from face2param.features.sampling import nearest_at, sample_at

SCALES = (0.75, 1.0, 1.25, 1.5, 1.75, 2.0)
NUMBERS = 7
"""Random numbers per picture."""


def augment(images, labels, table, size: int):
    """Augments one batch.

    Scaling and cropping are one bilinear sampling, without Pillow's smoothing where the
    scale is below 1. A picture that would be smaller than the crop is scaled up to it, as
    published.

    Args:
      images: `[batch, source, source, 3]` float32 in [0, 1], at least `size` at scale 2.
      labels: `[batch, source, source]` int32 classes, 255 where unknown.
      table: `[batch, >= 7]` uniform in [0, 1].
      size: side of the crop.

    Returns:
      images `[batch, size, size, 3]` in [0, 1] and labels `[batch, size, size]`. Mirrored
      pictures have left and right classes swapped.

    Raises:
      ValueError: a shape does not fit.
    """
    if len(images.shape) != 4 or images.shape[-1] != 3 or images.shape[1] != images.shape[2]:
        raise ValueError(f"images must be [batch, side, side, 3], got {tuple(images.shape)}")
    if tuple(labels.shape[1:]) != tuple(images.shape[1:3]):
        raise ValueError(
            f"labels must be [batch, {images.shape[1]}, {images.shape[2]}], "
            f"got {tuple(labels.shape)}"
        )
    if table.shape[-1] < NUMBERS:
        raise ValueError(f"table must be [batch, >= {NUMBERS}], got {tuple(table.shape)}")
    images = ops.convert_to_tensor(images, dtype="float32")
    table = ops.convert_to_tensor(table, dtype="float32")[:, :, None, None]
    images = jitter(images, *(0.5 + table[:, i, :, :, None] for i in range(3)))
    source = images.shape[1]
    chosen = ops.cast(ops.floor(table[:, 4] * len(SCALES)), "int32")
    scale = ops.take(ops.convert_to_tensor(SCALES, "float32"), chosen, axis=0)
    side = ops.maximum(ops.floor(source * scale), float(size))  # of the scaled picture
    left, top = (ops.floor(table[:, i] * (side - size)) for i in (5, 6))
    steps = ops.arange(size, dtype="float32") + 0.5
    x = (left + steps[None, None, :]) * (source / side)
    y = (top + steps[None, :, None]) * (source / side)
    mirrored = table[:, 3] < 0.5
    x = ops.where(mirrored, source - x, x)
    x, y = x + 0.0 * y, y + 0.0 * x
    found = nearest_at(labels, x, y)
    return sample_at(images, x, y), ops.where(mirrored, mirror_labels(found), found)


def jitter(images, brightness, contrast, saturation):
    """Pillow's three enhancements in the published order, without rounding to bytes.

    Args:
      images: `[batch, height, width, 3]` in [0, 1].
      brightness: `[batch, 1, 1, 1]` factor on the values.
      contrast: `[batch, 1, 1, 1]` factor on the distance from the mean luminance.
      saturation: `[batch, 1, 1, 1]` factor on the distance from each pixel's luminance.

    Returns:
      Pictures like `images`; differentiable.
    """
    images = ops.clip(images * brightness, 0.0, 1.0)
    mean = ops.mean(luminance(images), axis=(1, 2), keepdims=True)
    images = ops.clip(mix(mean, images, contrast), 0.0, 1.0)
    return ops.clip(mix(luminance(images), images, saturation), 0.0, 1.0)
