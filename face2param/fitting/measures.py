"""What is measured on a picture, in the same way on photograph, imitation and engine render.

A set of measures is a plain dict of tensors; a search compares the dict of the photograph with
the dict of the imitation, term by term (`terms.py`).
"""

from collections.abc import Callable, Collection

import tensorflow as tf

from face2param import regions as region_table
from face2param.fitting import colours, zones

Measures = dict[str, tf.Tensor]

HAIR = region_table.MERGED.index("hair")
GLASSES = region_table.MERGED.index("glasses")
FACE = tuple(
    region_table.MERGED.index(name)
    for name in ("skin", "brows", "eyes", "nose", "mouth", "upper_lip", "lower_lip")
)


def measure(
    images: tf.Tensor,
    landmarks: tf.Tensor,
    regions: tf.Tensor,
    names: Collection[str],
    embed: Callable[[tf.Tensor, tf.Tensor], tf.Tensor] | None = None,
    content: Callable[[tf.Tensor], tf.Tensor] | None = None,
) -> Measures:
    """Takes the measures that `names` asks for.

    Args:
      images: `[batch, height, width, 3]` display RGB in [0, 1].
      landmarks: `[batch, 68, 2]` (x, y) in pixels.
      regions: `[batch, height / 4, width / 4, merged regions]` probabilities.
      names: any of landmarks, regions, zones, hair, appearance, descriptor, content.
      embed: (images, landmarks) -> `[batch, size]` identity descriptor.
      content: images -> `[batch, h, w, channels]` features of the parsing network.

    Returns:
      name -> tensor: `landmarks` and `regions` as given; `zones` `[batch, zones, 3]` and `hair`
      `[batch, 3]` L*a*b* / 100; `appearance` `[batch, height / 8, width / 8, 3]` smoothed
      display RGB;
      `descriptor`; `content`. Differentiable, except that no gradient flows from colours and
      descriptor to the landmarks.
    """
    found: Measures = {}
    if "landmarks" in names:
        found["landmarks"] = landmarks
    if "regions" in names:
        found["regions"] = regions
    if "zones" in names:
        found["zones"] = zones.read(images, landmarks)
    if "hair" in names:
        found["hair"] = region_colour(images, regions[..., HAIR])
    if "appearance" in names:
        found["appearance"] = low_frequencies(images)
    if "descriptor" in names:
        found["descriptor"] = embed(images, tf.stop_gradient(landmarks))
    if "content" in names:
        found["content"] = content(images)
    return found


def region_colour(images: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Reads the mean colour of a soft region.

    Args:
      images: `[batch, height, width, 3]` display RGB in [0, 1].
      weights: `[batch, height / k, width / k]`, at least 0. Without gradient: a region is
        placed by its own term, not by its colour.

    Returns:
      `[batch, 3]` L*a*b* / 100, averaged in linear light; black where the region is empty.
      Differentiable in `images`.
    """
    step = int(images.shape[1]) // int(weights.shape[1])
    small = colours.srgb_to_linear(tf.nn.avg_pool2d(images, step, step, "VALID"))
    # Borders mix colours: brown hair before a blue wall reads grey. Where there are cells deep
    # inside of the region, they alone count.
    deep = -tf.nn.max_pool2d(-weights[..., None], 3, 1, "SAME")
    inside = tf.stop_gradient(deep**4 + 0.01 * weights[..., None] ** 2)
    total = tf.reduce_sum(inside, [1, 2]) + 1e-3
    return colours.linear_to_lab(tf.reduce_sum(small * inside, [1, 2]) / total)


def low_frequencies(images: tf.Tensor) -> tf.Tensor:
    """Averages pictures over 8 x 8 pixels, `[batch, height / 8, width / 8, channels]`."""
    return tf.nn.avg_pool2d(images, 8, 8, "VALID")


def face_weights(regions: tf.Tensor) -> tf.Tensor:
    """Says where the face is, in the grid of `low_frequencies`.

    Args:
      regions: `[batch, height / 4, width / 4, merged regions]` probabilities.

    Returns:
      `[batch, height / 8, width / 8, 1]` probability of face (skin and features, no hair or
      glasses).
    """
    face = tf.add_n([regions[..., index] for index in FACE])[..., None]
    return tf.nn.avg_pool2d(face, 2, 2, "VALID")
