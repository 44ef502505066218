"""Which character record i of a database shows."""

from __future__ import annotations

import numpy as np

from face2param.database.manifest import Settings
from face2param.engines import Engine
from face2param.schema import Character


def sample(engine: Engine, settings: Settings, index: int) -> tuple[Character, np.ndarray]:
    """Draws the character and the nuisance of one record.

    Args:
      engine: the engine; what is plausible is its own affair.
      settings: `seed`, `spread`, `plausible` and `jitter` count.
      index: of the record; two different indices draw independently.

    Returns:
      The character, and its `[nuisance_width]` float32 nuisance in engine units.
    """
    rng = np.random.default_rng([settings.seed, index])
    (character,) = engine.random_characters(
        rng, 1, spread=settings.spread, plausible=settings.plausible
    )
    if settings.jitter == 0:
        return character, engine.schema.neutral_nuisance()
    return character, np.asarray(engine.random_nuisance(rng, settings.jitter), np.float32)
