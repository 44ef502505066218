"""The estimator's first answer to aligned photographs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from face2param.errors import WeightsError
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
    """Estimates the characters of photographs.

    Args:
      toolbox: with an estimator.
      batch: photographs with their faces found.
    """
    from face2param.estimator import inputs

    size = inputs.SIZE
    canonical = toolbox.engine.canonical_landmarks((size, size))
    aligned = [photos.align(photo, canonical, size) for photo in batch]
    seen = inputs.prepare(
        toolbox.parsing,
        toolbox.identity,
        np.stack([photo.image for photo in aligned]),
        np.stack([photo.landmarks for photo in aligned]),
    )
    return toolbox.estimator(seen)


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
