"""Random characters of an engine, plausible ones where the engine has a sampler for them."""

from __future__ import annotations

import importlib
import importlib.util

import numpy as np

from face2param.engines import Engine
from face2param.schema import Character


def characters(engine: Engine, count: int, seed: int = 0) -> list[Character]:
    """Draws random characters.

    Args:
      engine: whose characters.
      count: how many.
      seed: of the random numbers.
    """
    rng = np.random.default_rng(seed)
    package = f"face2param.engines.{engine.name}"
    if importlib.util.find_spec(package) and importlib.util.find_spec(f"{package}.sampling"):
        sampling = importlib.import_module(f"{package}.sampling")
        return list(sampling.random_characters(rng, count, 1.0))
    return engine.schema.random(rng, count, 0.6)
