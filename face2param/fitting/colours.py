"""Colour spaces for comparing what a camera saw with what an engine drew."""

import tensorflow as tf

# sRGB primaries and the D65 white point, IEC 61966-2-1.
_RGB_TO_XYZ = (
    (0.4124564, 0.3575761, 0.1804375),
    (0.2126729, 0.7151522, 0.0721750),
    (0.0193339, 0.1191920, 0.9503041),
)
_WHITE = (0.95047, 1.0, 1.08883)


def srgb_to_linear(images: tf.Tensor) -> tf.Tensor:
    """Undoes the display curve (IEC 61966-2-1).

    Args:
      images: `[..., 3]` RGB in [0, 1]; values outside are clipped, their gradient is zero.

    Returns:
      `[..., 3]` linear RGB in [0, 1]. Differentiable.
    """
    images = tf.clip_by_value(images, 0.0, 1.0)
    # The inner maximum keeps the gradient of the unused branch finite.
    curve = ((tf.maximum(images, 0.04045) + 0.055) / 1.055) ** 2.4
    return tf.where(images <= 0.04045, images / 12.92, curve)


def linear_to_lab(colours: tf.Tensor) -> tf.Tensor:
    """Converts linear RGB to CIE L*a*b* (CIE 15:2004), divided by 100.

    Args:
      colours: `[..., 3]` linear RGB, at least 0.

    Returns:
      `[..., 3]` (L, a, b) / 100: L in [0, 1], a and b within about +-1. A difference of 0.023
      is just noticeable. Differentiable.
    """
    xyz = tf.einsum("...c,dc->...d", colours, tf.constant(_RGB_TO_XYZ)) / tf.constant(_WHITE)
    knee = (6.0 / 29.0) ** 3
    root = tf.maximum(xyz, knee) ** (1.0 / 3.0)
    line = xyz * (29.0 / 6.0) ** 2 / 3.0 + 4.0 / 29.0
    f = tf.where(xyz > knee, root, line)
    x, y, z = tf.unstack(f, axis=-1)
    return tf.stack([1.16 * y - 0.16, 5.0 * (x - y), 2.0 * (y - z)], -1)


def srgb_to_lab(images: tf.Tensor) -> tf.Tensor:
    """Converts display RGB `[..., 3]` in [0, 1] to L*a*b* / 100; see `linear_to_lab`."""
    return linear_to_lab(srgb_to_linear(images))
