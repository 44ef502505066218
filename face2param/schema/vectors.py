"""Characters to encoded vectors and back, and random characters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from face2param.errors import SchemaError
from face2param.schema.character import Character, check_same_schema

if TYPE_CHECKING:
    from face2param.schema.schema import Schema


def encode(schema: Schema, characters: Character | Sequence[Character]) -> np.ndarray:
    """Characters to vectors: continuous values, then one one-hot block per choice.

    Args:
      schema: the schema of all the characters.
      characters: one character or a sequence; one counts as a batch of one.

    Returns:
      `[batch, width]` float32.

    Raises:
      SchemaError: a character belongs to another schema.
    """
    batch = [characters] if isinstance(characters, Character) else list(characters)
    encoded = np.zeros((len(batch), schema.width), np.float32)
    starts = [block.start for block in schema.slices.values()]
    for row, character in zip(encoded, batch, strict=True):
        if character.schema is not schema:
            check_same_schema(schema, character.schema.name, character.schema.hash, "a character")
        row[: len(schema.continuous)] = character.values
        for start, pick in zip(starts, character.choices, strict=True):
            row[start + pick] = 1
    return encoded


def decode(schema: Schema, encoded: np.ndarray) -> Character | list[Character]:
    """Vectors to characters: values as they are, the largest entry of each choice block.

    Args:
      schema: what the vectors mean.
      encoded: `[width]` or `[batch, width]`; the blocks may hold probabilities or logits.

    Returns:
      One character for `[width]`, a list for `[batch, width]`.

    Raises:
      SchemaError: `encoded` has another shape, or holds a value that is not a number.
    """
    encoded = np.asarray(encoded, np.float32)
    if encoded.ndim not in (1, 2) or encoded.shape[-1] != schema.width:
        raise SchemaError(
            f"encoded: got shape {list(encoded.shape)}, schema {schema.name!r} wants "
            f"[{schema.width}] or [batch, {schema.width}]"
        )
    if encoded.ndim == 2:
        return [decode(schema, row) for row in encoded]  # type: ignore[misc]
    if np.isnan(encoded).any():
        raise SchemaError("encoded: holds a value that is not a number")
    picks = tuple(int(np.argmax(encoded[block])) for block in schema.slices.values())
    return Character(schema, encoded[: len(schema.continuous)], picks)


def random_characters(
    schema: Schema, rng: np.random.Generator, count: int, spread: float = 1.0
) -> list[Character]:
    """Draws characters whose parameters are all independent.

    Args:
      schema: the family.
      rng: source of the random numbers.
      count: how many.
      spread: 1 draws every value uniformly from [0, 1]; smaller ones draw from the interval
        shrunk by this factor towards the default. Choices are always uniform.

    Raises:
      SchemaError: `spread` is outside [0, 1] or `count` is negative.
    """
    if not 0 <= spread <= 1:
        raise SchemaError(f"spread: got {spread}, wants a number in [0, 1]")
    if count < 0:
        raise SchemaError(f"count: got {count}, wants zero or more")
    defaults = np.array([control.default for control in schema.continuous])
    sizes = [len(choice.options) for choice in schema.choices]
    characters = []
    for _ in range(count):
        uniform = rng.random(len(defaults))
        picks = tuple(int(pick) for pick in rng.integers(0, sizes)) if sizes else ()
        # The clip takes away rounding errors of the blend only.
        values = np.clip(defaults + spread * (uniform - defaults), 0, 1)
        characters.append(Character(schema, values, picks))
    return characters
