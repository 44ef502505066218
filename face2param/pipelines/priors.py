"""What plausible characters of an engine look like, as numbers for the search."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from face2param.engines import Engine
from face2param.fitting.objective import Prior
from face2param.fitting.search import Limits
from face2param.schema import Schema

POSE_LIMITS = {"head_yaw": 0.35, "head_pitch": 0.3, "head_roll": 0.2}
"""Radians; a photograph with a larger angle is outside of what the imitator has seen."""


def plausible(engine: Engine, count: int = 1000, seed: int = 0) -> Prior:
    """Measures mean and spread of random plausible characters.

    Args:
      engine: whose characters.
      count: random characters to draw.
      seed: of the random numbers.
    """
    schema = engine.schema
    index = schema.nuisance_index
    continuous = len(schema.continuous)
    mean = schema.encode(schema.neutral())[0]
    characters = engine.random_characters(np.random.default_rng(seed), count)
    drawn = np.stack([character.values for character in characters])
    mean[:continuous] = drawn.mean(0)
    precision = np.zeros(schema.width, np.float32)
    # A slider that hardly varies among plausible characters may still vary among people.
    precision[:continuous] = 1 / np.maximum(drawn.std(0), 0.1) ** 2
    return Prior(
        tf.constant(mean),
        tf.constant(precision),
        tf.constant([float(c.group == "expression") for c in schema.nuisance], tf.float32),
        tf.constant([float(c.group in ("pose", "gaze")) for c in schema.nuisance], tf.float32),
        tf.constant([index[c.mirror or c.name] for c in schema.nuisance], tf.int32),
    )


def limits(schema: Schema) -> Limits:
    """Returns how far the search may take expression and pose, in network units."""
    low = np.array([control.minimum for control in schema.nuisance], np.float32)
    high = np.array([control.maximum for control in schema.nuisance], np.float32)
    for index, control in enumerate(schema.nuisance):
        bound = POSE_LIMITS.get(control.name)
        if bound is not None:
            low[index], high[index] = max(low[index], -bound), min(high[index], bound)
    return Limits(schema.normalise_nuisance(low), schema.normalise_nuisance(high))
