"""How close two characters are as settings of an editor."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from face2param.schema import Character


@dataclasses.dataclass(frozen=True)
class ParameterError:
    """Mean errors of characters whose true parameters are known.

    Attributes:
      continuous: mean absolute error of all continuous parameters. Guessing 0.5 for values
        uniform in [0, 1] gives 0.25.
      groups: the same per group of the schema.
      choices: per choice, the share of characters with the right option.
    """

    continuous: float
    groups: dict[str, float]
    choices: dict[str, float]


def error(predicted: Sequence[Character], true: Sequence[Character]) -> ParameterError:
    """Compares characters of one schema.

    Args:
      predicted: at least one character.
      true: as many, in the same order.

    Returns:
      The mean errors.

    Raises:
      ValueError: the numbers differ or are zero.
      SchemaError: the characters belong to different schemas.
    """
    if not predicted or len(predicted) != len(true):
        raise ValueError(
            "predicted and true must hold equally many characters and at least one, got "
            f"{len(predicted)} and {len(true)}"
        )
    schema = true[0].schema
    encoded = [schema.encode(characters).astype(np.float64) for characters in (predicted, true)]
    difference = np.abs(encoded[0] - encoded[1])
    continuous = difference[:, : len(schema.continuous)]
    members: dict[str, list[int]] = {}
    for i, control in enumerate(schema.continuous):
        members.setdefault(control.group, []).append(i)
    return ParameterError(
        continuous=float(continuous.mean()) if continuous.size else 0.0,
        groups={group: float(continuous[:, where].mean()) for group, where in members.items()},
        choices={
            name: float((difference[:, block] == 0).all(1).mean())
            for name, block in schema.slices.items()
        },
    )
