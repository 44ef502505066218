"""The losses of weakly supervised reconstruction, each a pure function with one value per image.

Source of all: Deng et al., "Accurate 3D face reconstruction with weakly-supervised learning:
from single image to image set", CVPRW 2019, sections 3 and 4. Pictures and albedo are in [0, 1]
where the original counts to 255, so its divisions by 255 have no counterpart here. It averages
over the batch; here every image keeps its own value and its own normaliser.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from face2param.landmarks import markup

LANDMARK_WEIGHTS = np.ones(markup.COUNT, np.float32)
"""`[68]`: 20 for the lower nose ridge with the tip and for the inner lips, 1 for the others."""
LANDMARK_WEIGHTS[[28, 29, 30, *range(60, 68)]] = 20.0
LANDMARK_WEIGHTS.setflags(write=False)

_SMOOTH = 1e-3
"""Colour difference below which the photometric loss is quadratic: a quarter of a grey level."""


def photometric(
    rendered: tf.Tensor, photo: tf.Tensor, attention: tf.Tensor, smooth: float = _SMOOTH
) -> tf.Tensor:
    """Mean Euclidean colour difference over the attended pixels; the paper's equation 3.

    The norm of a pixel, not its square, makes single outliers cheap. The root of the original
    has no finite gradient where two colours are equal; here it is sqrt(d^2 + s^2) - s, whose
    gradient is 0 there.

    Args:
      rendered: `[batch, height, width, 3]` RGB, not clipped.
      photo: `[batch, height, width, 3]` RGB in [0, 1].
      attention: `[batch, height, width, 1]` weight of each pixel in [0, 1]: where the model is
        drawn, times skin, times the photograph's extent. No gradient.
      smooth: s.

    Returns:
      `[batch]`; 0 where nothing is attended. Differentiable in both pictures.

    Raises:
      ValueError: the shapes do not fit.
    """
    _check("photo", photo, rendered.shape)
    _check("attention", attention, [*rendered.shape[:3], 1])
    weight = tf.stop_gradient(attention[..., 0])
    square = tf.reduce_sum(tf.square(rendered - photo), -1)
    norm = tf.sqrt(square + smooth**2) - smooth
    return tf.reduce_sum(norm * weight, [1, 2]) / tf.maximum(tf.reduce_sum(weight, [1, 2]), 1.0)


def landmarks(
    found: tf.Tensor,
    target: tf.Tensor,
    weights: tf.Tensor | np.ndarray = LANDMARK_WEIGHTS,
    scale: float = 0.0,
) -> tf.Tensor:
    """Weighted mean squared distance of landmarks; the paper's equation 4.

    Args:
      found: `[batch, points, 2]` px, of the model.
      target: `[batch, points, 2]` px, of the photograph.
      weights: `[points]` or `[batch, points]`.
      scale: px; with it a squared distance d^2 counts d^2 / (1 + d^2 / scale^2) (Geman and
        McClure), so that a point the detector got quite wrong stops pulling. 0: plain squares.

    Returns:
      `[batch]` square px. Differentiable.

    Raises:
      ValueError: the shapes do not fit.
    """
    _check("target", target, found.shape)
    square = tf.reduce_sum(tf.square(found - target), -1)
    if scale:
        square = square / (1.0 + square / scale**2)
    return tf.reduce_mean(square * tf.convert_to_tensor(weights, found.dtype), -1)


def unknown_noise(loss: tf.Tensor, scale: float) -> tf.Tensor:
    """The logarithm s log(1 + E / s) of a loss E whose noise level is not known.

    If all residuals of a picture share one unknown level, the likelihood falls with the
    logarithm of their sum, not with the sum: what a picture of hair, beard and lamps leaves
    unexplained whatever the face weakens its pull against the priors, while a picture that the
    model explains to the last grey level is trusted in full.

    Args:
      loss: `[batch]`, not negative.
      scale: s, a level below which E counts as it is; 0: always.

    Returns:
      `[batch]`. Differentiable.
    """
    return scale * tf.math.log1p(loss / scale) if scale else loss


def perceptual(first: tf.Tensor, second: tf.Tensor) -> tf.Tensor:
    """One minus the cosine of two identity descriptors, not below 0; the paper's equation 6.

    Args:
      first: `[batch, size]`.
      second: `[batch, size]`.

    Returns:
      `[batch]` in [0, 2]. Differentiable, also where a descriptor is 0.

    Raises:
      ValueError: the shapes do not fit.
    """
    _check("second", second, first.shape)
    cosine = tf.reduce_sum(tf.math.l2_normalize(first, -1) * tf.math.l2_normalize(second, -1), -1)
    return tf.nn.relu(1.0 - cosine)


def coefficients(parts: dict[str, tf.Tensor], weights: dict[str, float]) -> tf.Tensor:
    """Weighted sum of squared coefficients, which are in standard deviations; equation 7.

    Args:
      parts: name -> `[batch, n]`.
      weights: name -> weight; the names are those to sum over.

    Returns:
      `[batch]`. Differentiable.
    """
    return tf.add_n([w * tf.reduce_sum(tf.square(parts[n]), -1) for n, w in weights.items()])


def reflectance(albedo: tf.Tensor, skin_mask: tf.Tensor | np.ndarray) -> tf.Tensor:
    """Variance of the albedo over the model's skin, which keeps shading out of it; equation 8.

    Args:
      albedo: `[batch, vertices, 3]` in [0, 1].
      skin_mask: `[vertices]` bool or 0/1.

    Returns:
      `[batch]`, summed over the channels. Differentiable.

    Raises:
      ValueError: the shapes do not fit.
    """
    mask = tf.cast(skin_mask, albedo.dtype)
    _check("skin_mask", mask, albedo.shape[1:2])
    mask = mask[:, None]
    count = tf.maximum(tf.reduce_sum(mask), 1.0)
    mean = tf.reduce_sum(albedo * mask, 1, keepdims=True) / count
    return tf.reduce_sum(tf.square((albedo - mean) * mask), [1, 2]) / count


def gamma(light: tf.Tensor) -> tf.Tensor:
    """Mean squared deviation of the light's coefficients from their mean over the channels.

    Not in the paper, but in the published code: light is taken to be nearly white.

    Args:
      light: `[batch, 27]`, channel-major: 9 bands for red, then green, then blue; or
        `[batch, 9]`, white light, for which the loss is 0.

    Returns:
      `[batch]`. Differentiable.

    Raises:
      ValueError: the width is not a multiple of 9.
    """
    if light.shape[-1] % 9:
        raise ValueError(f"light must be [batch, 9 or 27], got {list(light.shape)}")
    bands = tf.reshape(light, [-1, light.shape[-1] // 9, 9])
    return tf.reduce_mean(tf.square(bands - tf.reduce_mean(bands, 1, keepdims=True)), [1, 2])


def _check(name: str, tensor: tf.Tensor, shape: object) -> None:
    """Raises ValueError unless the static shapes agree."""
    shape = tf.TensorShape(shape)
    if not tf.TensorShape(tensor.shape).is_compatible_with(shape):
        raise ValueError(f"{name} must have shape {shape}, got {tensor.shape}")
