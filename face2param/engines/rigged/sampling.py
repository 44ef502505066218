"""Random characters of a head that nobody described: near the middle, the same on both sides."""

from __future__ import annotations

import math

import numpy as np

from face2param.errors import SchemaError
from face2param.schema import Character, Schema

_SPREAD, _LEAST = 0.35, 0.15
"""Standard deviation of a slider, as part of its way to the limit: of few sliders, of many."""
_FEW = 40
_WILD = 0.12
"""So many sliders go anywhere, so that an imitator learns their ends."""
_UNUSED = 0.5
"""So often a slider that rests at its end stays there: an ear is pointed or it is not."""
_ASYMMETRY = 0.03
_COLOURS = frozenset({"skin", "lips", "makeup", "iris", "hair", "hair_colour"})


def plausible_characters(
    schema: Schema, rng: np.random.Generator, count: int, spread: float = 1.0
) -> list[Character]:
    """Draws characters that could be people, as far as a schema tells.

    Shapes are normally distributed about their default, less far the more sliders there are,
    since they add up; mirror partners are nearly alike, odd sliders nearly at rest; colours and
    choices are uniform.

    Args:
      schema: the family.
      rng: source of the random numbers.
      count: how many.
      spread: scales the distance from the defaults, 0..1.

    Raises:
      SchemaError: `spread` is outside [0, 1] or `count` is negative.
    """
    if not 0 <= spread <= 1:
        raise SchemaError(f"spread: got {spread}, wants a number in [0, 1]")
    if count < 0:
        raise SchemaError(f"count: got {count}, wants zero or more")
    return [_character(schema, rng, spread) for _ in range(count)]


def _character(schema: Schema, rng: np.random.Generator, spread: float) -> Character:
    controls = schema.continuous
    number = len(controls)
    deviation = max(_LEAST, _SPREAD * min(1.0, math.sqrt(_FEW / max(number, 1))))
    default = np.array([control.default for control in controls])
    uniform = rng.random(number)
    travel = np.clip(deviation * rng.normal(size=number), -1, 1)
    wild = rng.random(number) < _WILD
    unused = rng.random(number) < _UNUSED
    small = _ASYMMETRY * rng.normal(size=number)
    room = np.where(travel < 0, default, 1 - default)
    values = default + travel * room
    for i, control in enumerate(controls):
        at_end = control.default in (0.0, 1.0)
        if control.group in _COLOURS or wild[i]:
            values[i] = uniform[i]
        elif control.mirror == control.name:
            values[i] = default[i] + small[i]
        elif at_end:
            away = 0.0 if unused[i] else abs(travel[i])
            values[i] = abs(default[i] - away)
    for i, control in enumerate(controls):
        partner = schema.index.get(control.mirror or "", i)
        if partner < i:
            values[i] = values[partner]
            if 0 < control.default < 1:
                values[i] += small[i]
    values = np.clip(default + spread * (values - default), 0, 1)
    sizes = [len(choice.options) for choice in schema.choices]
    picks = tuple(int(pick) for pick in rng.integers(0, sizes)) if sizes else ()
    return Character(schema, values, picks)
