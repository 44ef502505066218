"""How close two pictures are, pixel by pixel."""

from __future__ import annotations

import numpy as np

# Wang et al., "Image quality assessment: from error visibility to structural similarity", IEEE
# TIP 2004: an 11-tap Gaussian window and these two constants.
_SIGMA = 1.5
_RADIUS = 5
_K1, _K2 = 0.01, 0.03


def mean_absolute_error(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray | None = None
) -> np.ndarray:
    """Mean absolute difference over pixels and channels.

    Args:
      first: `[..., height, width, channels]` float in [0, 1].
      second: the same shape.
      mask: `[..., height, width]`, pixels to count (bool) or their weights; None: all.

    Returns:
      `[...]` float64.

    Raises:
      ValueError: the shapes differ, or a mask is empty.
    """
    return _masked_mean(np.abs(_difference(first, second)), mask)


def photometric_error(
    first: np.ndarray, second: np.ndarray, mask: np.ndarray | None = None
) -> np.ndarray:
    """Mean length of the colour difference: what reconstruction minimises, here without weights.

    Deng et al., "Accurate 3D face reconstruction with weakly-supervised learning", 2019,
    equation 2, with a mask of the measurer's choice: a robust norm over the channels of a pixel,
    averaged over pixels.

    Args:
      first: `[..., height, width, channels]` float in [0, 1].
      second: the same shape.
      mask: `[..., height, width]`, pixels to count (bool) or their weights; None: all.

    Returns:
      `[...]` float64, at most the square root of the number of channels.

    Raises:
      ValueError: the shapes differ, or a mask is empty.
    """
    difference = _difference(first, second)
    return _masked_mean(np.linalg.norm(difference, axis=-1, keepdims=True), mask)


def psnr(first: np.ndarray, second: np.ndarray, mask: np.ndarray | None = None) -> np.ndarray:
    """Peak signal-to-noise ratio of pictures in [0, 1].

    Args:
      first: `[..., height, width, channels]` float in [0, 1].
      second: the same shape.
      mask: `[..., height, width]`, pixels to count (bool) or their weights; None: all.

    Returns:
      `[...]` float64 in dB, inf for equal pictures.

    Raises:
      ValueError: the shapes differ, or a mask is empty.
    """
    error = _masked_mean(_difference(first, second) ** 2, mask)
    with np.errstate(divide="ignore"):
        return -10 * np.log10(error)


def ssim(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Mean structural similarity of pictures in [0, 1], per channel, then averaged.

    As published: Gaussian window of sigma 1.5 and 11 taps, population covariance; a border of
    half a window is left out.

    Args:
      first: `[..., height, width, channels]` float in [0, 1], each side at least 11 px.
      second: the same shape.

    Returns:
      `[...]` float64, at most 1 (equal pictures).

    Raises:
      ValueError: the shapes differ, or a side is shorter than the window.
    """
    _difference(first, second)
    x, y = np.asarray(first, np.float64), np.asarray(second, np.float64)
    if min(x.shape[-3:-1]) < 2 * _RADIUS + 1:
        raise ValueError(f"first: sides must be at least {2 * _RADIUS + 1} px, got {x.shape}")
    mean_x, mean_y = _blur(x), _blur(y)
    variance_x = _blur(x * x) - mean_x**2
    variance_y = _blur(y * y) - mean_y**2
    covariance = _blur(x * y) - mean_x * mean_y
    c1, c2 = _K1**2, _K2**2
    similarity = ((2 * mean_x * mean_y + c1) * (2 * covariance + c2)) / (
        (mean_x**2 + mean_y**2 + c1) * (variance_x + variance_y + c2)
    )
    return similarity.mean((-3, -2, -1))


def _blur(image: np.ndarray) -> np.ndarray:
    """The Gaussian window at every place where it fits, `[..., height - 10, width - 10, c]`."""
    kernel = np.exp(-0.5 * (np.arange(-_RADIUS, _RADIUS + 1) / _SIGMA) ** 2)
    kernel /= kernel.sum()
    for axis in (-3, -2):
        length = image.shape[axis] - 2 * _RADIUS
        image = sum(
            weight * np.take(image, range(i, i + length), axis) for i, weight in enumerate(kernel)
        )
    return image


def _difference(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    first, second = np.asarray(first), np.asarray(second)
    if first.ndim < 3 or first.shape != second.shape:
        raise ValueError(
            "first and second must have one shape [..., height, width, channels], got "
            f"{first.shape} and {second.shape}"
        )
    return first.astype(np.float64) - second.astype(np.float64)


def _masked_mean(values: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    values = values.mean(-1)
    if mask is None:
        return values.mean((-2, -1))
    mask = np.asarray(mask, np.float64)
    if mask.shape != values.shape:
        raise ValueError(f"mask must have shape {values.shape}, got {mask.shape}")
    weight = mask.sum((-2, -1))
    if not (weight > 0).all():
        raise ValueError("mask: leaves out every pixel of a picture")
    return (values * mask).sum((-2, -1)) / weight
