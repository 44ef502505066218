"""What the attribute heads learn: of renders the engine's own word, of portraits labels."""

from __future__ import annotations

import csv
import dataclasses
import os
from collections.abc import Mapping, Sequence

import numpy as np

from face2param.errors import ConfigError
from face2param.schema import Schema

HEADS: Mapping[str, tuple[str, ...]] = {
    "beard": ("none", "stubble", "moustache", "goatee", "full"),
    "glasses": ("none", "thin", "dark"),
    "age": ("young", "middle", "old"),
    "hair_length": ("bald", "receding", "short", "medium", "long"),
    "hair_texture": ("straight", "wavy", "curly", "coily"),
}
"""Attribute heads of the network and the options of each, in order."""

UNKNOWN = -1
"""Target of a head where nobody knows; no gradient comes from there."""

_ALSO = {"braided": "coily"}


def of_characters(
    schema: Schema,
    characters: np.ndarray,
    attributes: Mapping[str, Mapping[str, Mapping[str, str]]],
) -> np.ndarray:
    """Attributes of rendered characters.

    Args:
      schema: of the characters.
      characters: `[count, width]` encoded.
      attributes: choice name -> option -> attribute -> its option, as `People.attributes`.

    Returns:
      `[count, heads]` int8 index into the options of each of `HEADS`, or `UNKNOWN`.

    Raises:
      ConfigError: the table names a choice, an option or an attribute that does not exist.
    """
    found = np.full((len(characters), len(HEADS)), UNKNOWN, np.int8)
    names = list(HEADS)
    for choice_name, options in attributes.items():
        if choice_name not in schema.slices:
            raise ConfigError(
                f"attributes: schema {schema.name} has no choice {choice_name!r}; it has "
                f"{schema.choice_names}"
            )
        choice = schema.choices[schema.choice_index[choice_name]]
        picks = characters[:, schema.slices[choice_name]].argmax(-1)
        for option, values in options.items():
            if option not in choice.options:
                raise ConfigError(
                    f"attributes: choice {choice_name} has no option {option!r}; it has "
                    f"{choice.options}"
                )
            rows = picks == choice.options.index(option)
            for name, value in values.items():
                where = f"attributes: {choice_name} {option}"
                column = names.index(_known(name, names, where))
                found[rows, column] = _index(name, value, where)
    return found


@dataclasses.dataclass(frozen=True)
class Compatible:
    """Which options of a choice go with which value of an attribute.

    Attributes:
      block: of the choice in the choices' logits.
      head: index of the attribute in `HEADS`.
      table: `[options, values]` 1 where they go together, also where the engine does not say.
    """

    block: slice
    head: int
    table: np.ndarray


def compatible(
    schema: Schema, attributes: Mapping[str, Mapping[str, Mapping[str, str]]]
) -> tuple[Compatible, ...]:
    """What an attribute that somebody saw says about the choices.

    Args:
      schema: of the characters.
      attributes: as for `of_characters`.

    Returns:
      One entry for each pair of a choice and an attribute that its options have.

    Raises:
      ConfigError: as `of_characters`.
    """
    found = []
    continuous = len(schema.continuous)
    for choice in schema.choices:
        block = schema.slices[choice.name]
        if choice.name not in attributes:
            continue
        options = np.zeros((len(choice.options), schema.width), np.float32)
        options[:, block] = np.eye(len(choice.options))
        own = {choice.name: attributes[choice.name]}
        values = of_characters(schema, options, own)
        for head, name in enumerate(HEADS):
            if (values[:, head] == UNKNOWN).all():
                continue
            table = values[:, head, None] == np.arange(len(HEADS[name]))
            table = (table | (values[:, head, None] == UNKNOWN)).astype(np.float32)
            place = slice(block.start - continuous, block.stop - continuous)
            found.append(Compatible(place, head, table))
    return tuple(found)


def read_labels(path: str | os.PathLike) -> dict[str, np.ndarray]:
    """Reads labels of photographs.

    Args:
      path: CSV file with the column `name` (without suffix) and a column for each attribute
        that is known; other columns are not read. "hidden", "none" (of a texture) and empty
        mean unknown.

    Returns:
      Name -> `[heads]` int8 indices into the options of each of `HEADS`, or `UNKNOWN`.

    Raises:
      ConfigError: the file cannot be read, or holds an option that does not exist.
    """
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"labels {path}: cannot be read: {error}") from None
    if not rows or not rows[0].get("name"):
        raise ConfigError(f"labels {path}: has no rows with a column 'name'")
    return {row["name"]: _of_row(row, f"labels {path}: {row['name']}") for row in rows}


def training_names(names: Sequence[str], hold_out: int = 4) -> list[str]:
    """The names that may train: all but those whose index is a multiple of `hold_out`."""
    return [name for index, name in enumerate(names) if index % hold_out]


def _of_row(row: Mapping[str, str], where: str) -> np.ndarray:
    found = np.full(len(HEADS), UNKNOWN, np.int8)
    for column, (name, options) in enumerate(HEADS.items()):
        value = (row.get(name) or "").strip()
        value = _ALSO.get(value, value)
        if value in ("", "hidden") or (value == "none" and "none" not in options):
            continue
        found[column] = _index(name, value, where)
    return found


def _known(name: str, names: Sequence[str], where: str) -> str:
    if name not in names:
        raise ConfigError(f"{where}: there is no attribute {name!r}; there are {tuple(names)}")
    return name


def _index(name: str, value: str, where: str) -> int:
    if value not in HEADS[name]:
        raise ConfigError(f"{where}: {name} is {value!r}; it must be one of {HEADS[name]}")
    return HEADS[name].index(value)
