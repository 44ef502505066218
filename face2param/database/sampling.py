"""Which character record i of a database shows."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

import numpy as np

from face2param.database.manifest import Settings
from face2param.engines import Engine
from face2param.schema import Character


def sample(engine: Engine, settings: Settings, index: int) -> tuple[Character, np.ndarray]:
    """Draws the character and the nuisance of one record.

    An engine may bring its own idea of what is plausible: a module `sampling` beside the
    engine's module, with `random_characters(rng, count, spread, plausible) -> list` and
    `random_nuisance(rng, amount) -> [nuisance_width]`. Without it, all parameters are
    independent, and each nuisance control moves `jitter` of the way from its default to a
    uniform value of its range.

    Args:
      engine: the engine.
      settings: `seed`, `spread`, `plausible` and `jitter` count.
      index: of the record; two different indices draw independently.

    Returns:
      The character, and its `[nuisance_width]` float32 nuisance in engine units.
    """
    rng = np.random.default_rng([settings.seed, index])
    own = _own_sampling(engine)
    if hasattr(own, "random_characters"):
        (character,) = own.random_characters(
            rng, 1, spread=settings.spread, plausible=settings.plausible
        )
    else:
        (character,) = engine.schema.random(rng, 1, settings.spread)
    if settings.jitter == 0:
        return character, engine.schema.neutral_nuisance()
    if hasattr(own, "random_nuisance"):
        return character, np.asarray(own.random_nuisance(rng, settings.jitter), np.float32)
    return character, _uniform_nuisance(engine, rng, settings.jitter)


def _uniform_nuisance(engine: Engine, rng: np.random.Generator, amount: float) -> np.ndarray:
    low = np.array([control.minimum for control in engine.schema.nuisance])
    high = np.array([control.maximum for control in engine.schema.nuisance])
    default = engine.schema.neutral_nuisance()
    return (default + amount * (rng.uniform(low, high) - default)).astype(np.float32)


def _own_sampling(engine: Engine) -> ModuleType | None:
    package = type(engine).__module__.rpartition(".")[0]
    name = f"{package}.sampling"
    if not package or importlib.util.find_spec(name) is None:
        return None
    return importlib.import_module(name)
