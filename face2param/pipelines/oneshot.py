"""The estimator's first answer to aligned photographs."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import tensorflow as tf

from face2param import regions as region_table
from face2param.errors import WeightsError
from face2param.fitting import measures
from face2param.fitting.choices import Knowledge
from face2param.pipelines import photos
from face2param.pipelines.photos import Photo
from face2param.schema import Schema

if TYPE_CHECKING:
    from face2param.estimator.model import Estimate
    from face2param.pipelines.toolbox import Toolbox

MODES = ("search", "oneshot")

_ODDS = 0.002
"""Cost of an option that the estimator calls e times less likely, in units of the objective.

Little: on photographs it is surer of a style than it should be, most of all of spiky short hair."""
_DOUBT = 0.02


def check(toolbox: Toolbox) -> None:
    """Refuses a toolbox without an estimator.

    Raises:
      WeightsError: there is none.
    """
    if toolbox.estimator is None:
        schema = toolbox.engine.schema
        raise WeightsError(
            f"mode oneshot needs an estimator, and none ships for schema {schema.name} "
            f"{schema.hash}; train one with: face2param train_estimator --database=DATABASE "
            "--output=OUTPUT, and pass it with --estimator=OUTPUT; or use --mode=search"
        )


def estimate(toolbox: Toolbox, batch: Sequence[Photo]) -> Estimate:
    """Estimates the characters of photographs; colours come from the photograph itself.

    Args:
      toolbox: with an estimator.
      batch: photographs with their faces found.
    """
    from face2param.estimator import inputs

    size = inputs.SIZE
    canonical = toolbox.engine.canonical_landmarks((size, size))
    aligned = [photos.align(photo, canonical, size) for photo in batch]
    images = np.stack([photo.image for photo in aligned])
    landmarks = np.stack([photo.landmarks for photo in aligned])
    seen = inputs.prepare(toolbox.parsing, toolbox.identity, images, landmarks)
    estimator = toolbox.estimator
    found = estimator(seen)
    if estimator.colours is None:
        return found
    colours = face_colours(images, landmarks, seen["regions"].astype(np.float32) / 255)
    values = estimator.colours.applied(found.values, colours, estimator.schema)
    return dataclasses.replace(found, values=values)


_LITTLE_HAIR = 0.01
"""Share of the picture below which the colour of the hair is not worth reading."""


def face_colours(images: np.ndarray, landmarks: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """The colours that an estimator's `colours` ask for: of the zones of the face and the hair.

    Args:
      images: `[batch, height, width, 3]` in [0, 1].
      landmarks: `[batch, 68, 2]` px.
      regions: `[batch, height / k, width / k, merged regions]` probabilities.

    Returns:
      `[batch, zones + 1, 3]` float32 L*a*b* / 100; NaN for the hair where there is hardly any.
    """
    found = measures.measure(
        tf.constant(images, tf.float32),
        tf.constant(landmarks, tf.float32),
        tf.constant(regions, tf.float32),
        ("zones", "hair"),
    )
    hair = found["hair"].numpy()
    hair[regions[..., region_table.MERGED.index("hair")].mean((1, 2)) < _LITTLE_HAIR] = np.nan
    return np.concatenate([found["zones"].numpy(), hair[:, None]], 1)


def odds(schema: Schema, probabilities: np.ndarray) -> Knowledge:
    """Turns the estimator's probabilities of the options into costs.

    Args:
      schema: of the characters.
      probabilities: `[batch, width]` encoded characters with probabilities in the choices.

    Returns:
      Costs of every option, 0 for the likeliest.
    """
    costs = {}
    for name, block in schema.slices.items():
        logs = -_ODDS * np.log(np.asarray(probabilities[:, block], np.float64) + _DOUBT)
        costs[name] = logs - logs.min(1, keepdims=True)
    return Knowledge(costs)
