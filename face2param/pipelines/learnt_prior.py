"""The prior over characters from reports of fitted photographs. Needs no TensorFlow."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2param.config import read_json
from face2param.engines import Engine
from face2param.errors import ConfigError
from face2param.estimator import prior_fitting
from face2param.estimator.prior import LowRankGaussian
from face2param.schema import Character

FIRM_GROUPS = ("skin", "lips", "makeup", "beard_look", "hair_shape", "asymmetry")
"""Groups of sliders of which fits say less than they seem to: a recognition network likes stubble,
make-up and lopsided faces, and a prior learnt from its answers would ask for more of them."""
_FIRM = 1000.0


def from_reports(
    reports: Sequence[str | os.PathLike], engine: Engine, rank: int = 16, strength: float = 10.0
) -> LowRankGaussian:
    """Learns the prior over characters from what `face2param evaluate` found.

    Args:
      reports: folders of reports, or their `report.json`. A photograph that is in several counts
        once, as the last one has it.
      engine: for its schema and its own expectation.
      rank: see `estimator.prior_fitting.fit`.
      strength: see `estimator.prior_fitting.fit`; of the `FIRM_GROUPS` the engine's expectation
        stays as it is.

    Raises:
      ConfigError: a report cannot be read or holds no characters.
      SchemaError: a character belongs to another schema, or there are fewer than two.
    """
    characters: dict[str, Character] = {}
    for report in map(Path, reports):
        path = report / "report.json" if report.is_dir() else report
        found = read_json(path)
        listed = found.get("characters") if isinstance(found, dict) else None
        if not isinstance(listed, dict):
            raise ConfigError(f"{path} holds no characters; is it a report of face2param evaluate?")
        for name, character in listed.items():
            characters[name] = Character.from_dict(character, engine.schema)
    people = engine.people()
    firm = [control.group in FIRM_GROUPS for control in engine.schema.continuous]
    strengths = np.where(firm, _FIRM * strength, strength)
    return prior_fitting.fit(list(characters.values()), people.mean, people.spread, rank, strengths)
