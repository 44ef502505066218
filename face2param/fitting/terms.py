"""The terms of the objective: how far one set of measures is from another.

Every term takes measures of the photograph and of the imitation with the same batch axis and
returns `[batch]`, 0 for equal measures. All are differentiable in the imitation.
"""

import numpy as np
import tensorflow as tf

from face2param import regions as region_table
from face2param.fitting import measures, procrustes, zones


def _landmark_weights() -> np.ndarray:
    weights = np.ones(68, np.float32)
    # The contour slides along the jaw with head pose and with the annotator's taste.
    weights[:17] = 0.25
    # A drawn brow has another upper edge than a real one.
    weights[17:27] = 0.45
    weights[36:48] = 1.5
    weights[60:68] = 0.7
    return weights


LANDMARK_WEIGHTS = _landmark_weights()

REGION_WEIGHTS = {
    "hair": 1.0,
    "skin": 0.6,
    "ears": 0.2,
    "brows": 0.2,
    "glasses": 0.6,
    "nose": 0.1,
    "neck": 0.15,
}
"""Eyes and lips are left to the landmarks: a smile moves their regions more than a person's
shape does. Background and clothes say nothing about a face."""

REGION_SLACK = {"hair": 0.012}
"""Area, as a share of the picture, that may be wrong without much ado; 0.001 for the others. A
fringe of hair around a bald head must not be better matched by a full head of hair than by
none."""

ZONE_WEIGHTS = {
    "forehead": 0.8,
    "cheeks": 2.0,
    "nose": 0.6,
    "under_eyes": 0.4,
    "upper_lip": 0.5,
    "lower_lip": 0.8,
    "brows": 1.5,
    "irises": 1.2,
    "moustache": 1.0,
    "soul_patch": 0.5,
    "chin": 1.0,
    "jaw": 1.2,
    "whiskers": 0.6,
}

SHADE_WEIGHTS = dict.fromkeys(
    ("forehead", "moustache", "soul_patch", "chin", "jaw", "whiskers"), 0.4
)
"""Factor on lightness against skin where shadows fall: a beard takes the red out, a shadow does
not. On 120 portraits this ordering puts the bearded men first; plain L*a*b* distance does not."""


def identity_distance(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """Euclidean distance of descriptors `[batch, size]`, as dlib's threshold of 0.6 means it."""
    squared = tf.reduce_sum((photo - imitation) ** 2, -1)
    # The small constant keeps the gradient of the root finite at distance 0.
    return tf.sqrt(squared + 1e-6) - 1e-3


def identity_cosine(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """One minus the cosine of descriptors `[batch, size]`: Shi et al. 2019, equation 5."""
    photo = tf.math.l2_normalize(photo, -1)
    imitation = tf.math.l2_normalize(imitation, -1)
    return 1.0 - tf.reduce_sum(photo * imitation, -1)


def landmarks(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """Weighted mean landmark distance in outer-eye distances, after similarity alignment.

    Args:
      photo: `[batch, 68, 2]` pixels.
      imitation: `[batch, 68, 2]` pixels.

    Returns:
      `[batch]`. Near zero the distance is rounded off (Charbonnier) over 0.01.
    """
    weights = tf.constant(LANDMARK_WEIGHTS)
    moved = procrustes.align(imitation, photo, weights)
    eyes = tf.norm(photo[:, 36] - photo[:, 45], axis=-1)[:, None, None] + 1e-6
    squared = tf.reduce_sum(((moved - photo) / eyes) ** 2, -1)
    distance = tf.sqrt(squared + 1e-4) - 1e-2
    return tf.reduce_sum(distance * weights, -1) / tf.reduce_sum(weights)


def region_overlap(photo: tf.Tensor, imitation: tf.Tensor, valid: tf.Tensor) -> tf.Tensor:
    """One minus the soft intersection over union, averaged over the regions that matter.

    A region that is absent from both counts as equal; one that appears only on one side is
    punished by its area.

    Args:
      photo: `[batch, h, w, regions]` probabilities.
      imitation: `[batch, h, w, regions]` probabilities.
      valid: `[batch, h, w, 1]`, 0 outside the photograph.

    Returns:
      `[batch]` in [0, 1].
    """
    return tf.reduce_sum(region_losses(photo, imitation, valid), -1)


def region_losses(photo: tf.Tensor, imitation: tf.Tensor, valid: tf.Tensor) -> tf.Tensor:
    """What each merged region adds to `region_overlap`, `[batch, regions]`; same arguments."""
    per_region = region_iou(photo, imitation, valid)
    weights = tf.constant(
        [REGION_WEIGHTS.get(name, 0.0) for name in region_table.MERGED], tf.float32
    )
    return (1.0 - per_region) * weights / tf.reduce_sum(weights)


def region_iou(photo: tf.Tensor, imitation: tf.Tensor, valid: tf.Tensor) -> tf.Tensor:
    """Soft intersection over union of every merged region, `[batch, regions]`."""
    smaller = tf.reduce_sum(tf.minimum(photo, imitation) * valid, [1, 2])
    larger = tf.reduce_sum(tf.maximum(photo, imitation) * valid, [1, 2])
    slack = tf.constant([REGION_SLACK.get(name, 0.001) for name in region_table.MERGED])
    slack = slack * float(photo.shape[1] * photo.shape[2])
    return (smaller + slack) / (larger + slack)


def zone_colours(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """Distance of the colours of the face zones, absolute and against clean skin.

    The absolute part sets the complexion; the part against cheeks and nose sets lips, brows,
    eyes and beard although the photograph's light is not the engine's.

    Args:
      photo: `[batch, zones, 3]` L*a*b* / 100.
      imitation: `[batch, zones, 3]` L*a*b* / 100.

    Returns:
      `[batch]`, in units of 100 L*a*b* steps.
    """
    return tf.reduce_sum(zone_distances(photo, imitation), -1)


def zone_distances(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """What each zone adds to `zone_colours`, `[batch, zones]`; same arguments."""
    weights = tf.constant([ZONE_WEIGHTS[name] for name in zones.NAMES])
    shade = tf.constant([[SHADE_WEIGHTS.get(name, 1.0), 1.0, 1.0] for name in zones.NAMES])
    absolute = _charbonnier((photo - imitation) * shade)
    relative = _charbonnier((_against_skin(photo) - _against_skin(imitation)) * shade)
    return (0.5 * absolute + relative) * weights / tf.reduce_sum(weights)


def _against_skin(colours: tf.Tensor) -> tf.Tensor:
    clean = tf.gather(colours, [zones.NAMES.index(name) for name in zones.CLEAN], axis=1)
    return colours - tf.reduce_mean(clean, 1, keepdims=True)


def _charbonnier(difference: tf.Tensor, width: float = 0.02) -> tf.Tensor:
    """Length of the last axis, quadratic below `width` (one noticeable step) and linear above."""
    return tf.sqrt(tf.reduce_sum(difference**2, -1) + width**2) - width


def hair_colour(photo: tf.Tensor, imitation: tf.Tensor, present: tf.Tensor) -> tf.Tensor:
    """Distance of the mean hair colours.

    Args:
      photo: `[batch, 3]` L*a*b* / 100.
      imitation: `[batch, 3]` L*a*b* / 100.
      present: `[batch]` in [0, 1], 0 where one of the two has no hair to speak of.
    """
    return _charbonnier(photo - imitation) * present


def hair_present(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """Says whether both region maps `[batch, h, w, regions]` show hair, `[batch]` in [0, 1]."""
    area = 0.015 * float(photo.shape[1] * photo.shape[2])
    smaller = tf.minimum(
        tf.reduce_sum(photo[..., measures.HAIR], [1, 2]),
        tf.reduce_sum(imitation[..., measures.HAIR], [1, 2]),
    )
    return tf.stop_gradient(tf.minimum(smaller / area, 1.0))


def appearance(photo: tf.Tensor, imitation: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """L1 of smoothed pictures inside the face, after matching mean and spread per channel.

    Args:
      photo: `[batch, size, size, 3]` display RGB.
      imitation: `[batch, size, size, 3]` display RGB.
      weights: `[batch, size, size, 1]` where to compare.

    Returns:
      `[batch]` in spreads of the photograph's face.
    """
    difference = _standardise(photo, weights) - _standardise(imitation, weights)
    total = tf.reduce_sum(weights, [1, 2, 3]) + 1e-3
    return tf.reduce_sum(tf.abs(difference) * weights, [1, 2, 3]) / (3.0 * total)


def _standardise(image: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    total = tf.reduce_sum(weights, [1, 2], keepdims=True) + 1e-3
    mean = tf.reduce_sum(image * weights, [1, 2], keepdims=True) / total
    # One gain for the three channels: per-channel gains would hide a tint.
    variance = tf.reduce_sum((image - mean) ** 2 * weights, [1, 2, 3], keepdims=True) / (3 * total)
    return (image - mean) / tf.sqrt(variance + 1e-4)


def content(photo: tf.Tensor, imitation: tf.Tensor) -> tf.Tensor:
    """Mean L1 of probability-weighted parsing features: Shi et al. 2019, equation 6."""
    return tf.reduce_mean(tf.abs(photo - imitation), [1, 2, 3])


def prior(
    values: tf.Tensor, mean: tf.Tensor, precision: tf.Tensor, correction: tf.Tensor | None = None
) -> tf.Tensor:
    """Gaussian prior: mean squared number of standard deviations from the plausible mean.

    Args:
      values: `[batch, n]`.
      mean: `[n]`.
      precision: `[n]` diagonal of the inverse covariance; 0 switches a value off.
      correction: `[n, k]`, whose `correction correction'` is taken off the inverse covariance
        where values vary together (`estimator.prior.LowRankGaussian`); None: they do not.

    Returns:
      `[batch]`.
    """
    active = tf.reduce_sum(tf.cast(precision > 0, tf.float32)) + 1e-6
    squared = tf.reduce_sum((values - mean) ** 2 * precision, -1)
    if correction is not None:
        squared -= tf.reduce_sum(tf.matmul(values - mean, correction) ** 2, -1)
    return squared / active
