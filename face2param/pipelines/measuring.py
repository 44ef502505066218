"""From an aligned photograph to the measures that the search compares with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from face2param import alignment
from face2param import regions as region_table
from face2param.fitting import measures
from face2param.pipelines.photos import Photo, quarter
from face2param.pipelines.toolbox import Toolbox


def parse(toolbox: Toolbox, aligned: np.ndarray) -> np.ndarray:
    """Finds the merged regions of aligned photographs.

    Args:
      toolbox: for its parsing network.
      aligned: `[batch, height, width, 3]`.

    Returns:
      `[batch, height / 4, width / 4, merged regions]` probabilities.
    """
    return merged(parse_classes(toolbox, aligned))


def parse_classes(toolbox: Toolbox, aligned: np.ndarray) -> np.ndarray:
    """Probabilities of the 19 classes for pictures alike, `[batch, height, width, 19]`."""
    return np.asarray(toolbox.parsing.probabilities(tf.constant(aligned)))


def merged(probabilities: np.ndarray) -> np.ndarray:
    """From `parse_classes` to what `parse` returns."""
    return quarter(region_table.merge_probabilities(probabilities))


def measure(
    toolbox: Toolbox,
    photographs: Sequence[Photo],
    aligned: Sequence[alignment.AlignedPhoto],
    names: Sequence[str],
    probabilities: np.ndarray | None = None,
) -> measures.Measures:
    """Takes the measures of a batch of photographs.

    The identity descriptor is taken from the photograph itself, not from the smaller aligned
    picture.

    Args:
      toolbox: networks.
      photographs: the whole photographs.
      aligned: the same photographs, aligned, all of one size.
      names: measures to take; see `fitting.measures.measure`.
      probabilities: of `parse_classes` for the aligned photographs; None: they are computed.

    Returns:
      name -> `[batch, ...]`, with `valid` `[batch, h, w, 1]` and `face` `[batch, h / 2, w / 2, 1]`.
    """
    pictures = np.stack([photo.image for photo in aligned])
    landmarks = np.stack([photo.landmarks for photo in aligned])
    maps = parse(toolbox, pictures) if probabilities is None else merged(probabilities)
    here = [name for name in names if name != "descriptor"]
    found = measures.measure(
        tf.constant(pictures),
        tf.constant(landmarks, tf.float32),
        tf.constant(maps),
        here,
        content=toolbox.callables().content,
    )
    if "descriptor" in names:
        rows = [describe(toolbox, photo.image, photo.landmarks) for photo in photographs]
        found["descriptor"] = tf.constant(np.stack(rows))
    valid = np.stack([photo.valid_mask for photo in aligned])[..., None].astype(np.float32)
    found["regions"] = tf.constant(maps)
    found["valid"] = tf.constant(quarter(valid))
    found["face"] = measures.face_weights(tf.constant(maps)) * measures.low_frequencies(
        tf.constant(valid)
    )
    return found


def describe(toolbox: Toolbox, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Returns the identity descriptor `[size]` of the face at `landmarks` of a picture."""
    found = toolbox.identity(
        tf.constant(image[None], tf.float32), tf.constant(landmarks[None], tf.float32)
    )
    return np.asarray(found)[0]
