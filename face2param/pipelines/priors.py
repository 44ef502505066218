"""What plausible characters of an engine look like, as numbers for the search."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from face2param.engines import Engine
from face2param.estimator.prior import LowRankGaussian
from face2param.fitting.choices import Knowledge
from face2param.fitting.objective import Prior
from face2param.fitting.search import Limits
from face2param.schema import Schema

POSE_LIMITS = {"head_yaw": 0.35, "head_pitch": 0.3, "head_roll": 0.2}
"""Radians; a photograph with a larger angle is outside of what the imitator has seen."""

_ODDS_WEIGHT = 0.006
"""Cost of a style that is e times rarer, in units of the objective: as much as an overlap of the
hair that is 0.02 worse."""
_CURL_WEIGHT = 0.04
"""Cost of straight hair where the photograph shows curls, or the other way round."""


def plausible(engine: Engine, learnt: LowRankGaussian | None = None) -> Prior:
    """Returns what to expect of a person, in the form that the search takes.

    Args:
      engine: for what it expects itself.
      learnt: the prior of fitted characters; it takes the place of the engine's expectation.

    Raises:
      WeightsError: `learnt` belongs to another schema.
    """
    schema = engine.schema
    index = schema.nuisance_index
    continuous = len(schema.continuous)
    mean = schema.encode(schema.neutral())[0]
    precision = np.zeros(schema.width, np.float32)
    correction = None
    if learnt is None:
        people = engine.people()
        mean[:continuous] = people.mean
        precision[:continuous] = 1 / people.spread**2
    else:
        learnt.check(schema)
        mean[:continuous], precision[:continuous] = learnt.mean, learnt.precision
        wide = np.zeros((schema.width, learnt.correction.shape[1]), np.float32)
        wide[:continuous] = learnt.correction
        correction = tf.constant(wide)
    return Prior(
        tf.constant(mean),
        tf.constant(precision),
        tf.constant([float(c.group == "expression") for c in schema.nuisance], tf.float32),
        tf.constant([float(c.group in ("pose", "gaze")) for c in schema.nuisance], tf.float32),
        tf.constant([index[c.mirror or c.name] for c in schema.nuisance], tf.int32),
        correction,
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


def knowledge(
    engine: Engine, curls: np.ndarray, read: Mapping[str, np.ndarray] | None = None
) -> Knowledge:
    """Returns what is known about the options of the choices before looking at regions.

    Args:
      engine: for what it expects of people.
      curls: `[batch]` how curly the hair of each photograph is, NaN where unknown.
      read: choice name -> `[batch, options]` costs by what was read from the photographs.
    """
    people, schema = engine.people(), engine.schema
    costs, variants = {}, {}
    for choice in schema.choices:
        odds = np.array([people.odds.get(choice.name, {}).get(o, 1.0) for o in choice.options])
        cost = np.repeat(-_ODDS_WEIGHT * np.log(odds / odds.max())[None], len(curls), 0)
        if choice.name == "hair":
            known = np.array([people.curl.get(option, np.nan) for option in choice.options])
            cost += _CURL_WEIGHT * np.nan_to_num(np.abs(curls[:, None] - known))
        costs[choice.name] = cost + (read or {}).get(choice.name, 0.0)
        rows = people.variants.get(choice.name, ())
        if rows:
            table = np.full((len(rows), schema.width), np.nan, np.float32)
            for row, settings in enumerate(rows):
                for name, value in settings.items():
                    table[row, schema.names.index(name)] = value
            variants[choice.name] = table
    return Knowledge(costs, variants)
