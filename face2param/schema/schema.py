"""The parameter schema: everything that one family of characters can do, by name."""

from __future__ import annotations

import collections
import dataclasses
import functools
import json
import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from face2param import config
from face2param.errors import SchemaError
from face2param.schema import nuisance as nuisance_vectors
from face2param.schema import serialization, vectors
from face2param.schema.character import Character
from face2param.schema.controls import Choice, Continuous, Nuisance

DATA = pathlib.Path(__file__).parent / "data"


@dataclasses.dataclass(frozen=True)
class Schema:
    """What a character family can do: continuous parameters, choices, nuisance controls.

    The *encoded* vector of a character, which databases, imitators and the search use, holds
    the continuous values in schema order and then one one-hot block per choice.

    Attributes:
      name: of the character family, such as "builtin".
      version: changes when the same numbers begin to mean another picture.
      continuous: the sliders, in the order of the encoded vector.
      choices: the picks, in the order of the encoded vector.
      nuisance: the controls that do not belong to a character.
      description: for people.
    """

    name: str
    version: str
    continuous: tuple[Continuous, ...]
    choices: tuple[Choice, ...] = ()
    nuisance: tuple[Nuisance, ...] = ()
    description: str = ""

    def __post_init__(self) -> None:
        """Checks the parts against each other.

        Raises:
          SchemaError: two controls share a name, or a mirror partner does not fit.
        """
        for field in serialization.TEXT_FIELDS:
            value = getattr(self, field)
            if not isinstance(value, str) or (not value and field != "description"):
                raise SchemaError(f"schema: field '{field}' is {value!r}; it must be a text")
        for field, kind in serialization.KINDS.items():
            controls = tuple(getattr(self, field))
            object.__setattr__(self, field, controls)
            for control in controls:
                if not isinstance(control, kind):
                    raise SchemaError(
                        f"schema {self.name!r}: field '{field}' holds {control!r}; "
                        f"it must hold {kind.__name__} only"
                    )
        if not self.continuous and not self.choices:
            raise SchemaError(f"schema {self.name!r}: fields 'continuous' and 'choices' are empty")
        names = [c.name for c in (*self.continuous, *self.choices, *self.nuisance)]
        twice = [name for name, count in collections.Counter(names).items() if count > 1]
        if twice:
            raise SchemaError(f"schema {self.name!r}: more than one control is called {twice}")
        _check_mirrors(self.name, self.continuous)
        _check_mirrors(self.name, self.nuisance)

    # ------------------------------------------------------------------ names and sizes

    @functools.cached_property
    def hash(self) -> str:
        """16 hexadecimal characters that identify what the vectors of this schema mean."""
        return serialization.schema_hash(
            self.name, self.version, self.continuous, self.choices, self.nuisance
        )

    @functools.cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the continuous parameters, in order."""
        return tuple(control.name for control in self.continuous)

    @functools.cached_property
    def choice_names(self) -> tuple[str, ...]:
        """Names of the choices, in order."""
        return tuple(control.name for control in self.choices)

    @functools.cached_property
    def nuisance_names(self) -> tuple[str, ...]:
        """Names of the nuisance controls, in order."""
        return tuple(control.name for control in self.nuisance)

    @functools.cached_property
    def index(self) -> Mapping[str, int]:
        """Position of a continuous parameter in `Character.values` and the encoded vector."""
        return {name: i for i, name in enumerate(self.names)}

    @functools.cached_property
    def choice_index(self) -> Mapping[str, int]:
        """Position of a choice in `Character.choices`."""
        return {name: i for i, name in enumerate(self.choice_names)}

    @functools.cached_property
    def nuisance_index(self) -> Mapping[str, int]:
        """Position of a nuisance control in the nuisance vector."""
        return {name: i for i, name in enumerate(self.nuisance_names)}

    @functools.cached_property
    def slices(self) -> Mapping[str, slice]:
        """Choice name -> its one-hot block in the encoded vector."""
        blocks, start = {}, len(self.continuous)
        for choice in self.choices:
            blocks[choice.name] = slice(start, start + len(choice.options))
            start += len(choice.options)
        return blocks

    @functools.cached_property
    def groups(self) -> tuple[str, ...]:
        """Groups of continuous parameters and choices, in order of appearance."""
        return tuple(dict.fromkeys(c.group for c in (*self.continuous, *self.choices)))

    @property
    def width(self) -> int:
        """Length of the encoded vector."""
        return len(self.continuous) + sum(len(choice.options) for choice in self.choices)

    @property
    def nuisance_width(self) -> int:
        """Length of the nuisance vector."""
        return len(self.nuisance)

    # ------------------------------------------------------------------ characters

    def neutral(self) -> Character:
        """The character with every control at its default."""
        values = np.array([control.default for control in self.continuous], np.float32)
        picks = tuple(choice.options.index(choice.default) for choice in self.choices)
        return Character(self, values, picks)

    def character(self, **by_name: float | str) -> Character:
        """The neutral character with some values changed; see `Character.replace`."""
        return self.neutral().replace(**by_name)

    def random(self, rng: np.random.Generator, count: int, spread: float = 1.0) -> list[Character]:
        """Draws independent characters; see `vectors.random_characters`."""
        return vectors.random_characters(self, rng, count, spread)

    def encode(self, characters: Character | Sequence[Character]) -> np.ndarray:
        """Characters to `[batch, width]` float32; see `vectors.encode`."""
        return vectors.encode(self, characters)

    def decode(self, encoded: np.ndarray) -> Character | list[Character]:
        """`[width]` to a character, `[batch, width]` to a list; see `vectors.decode`."""
        return vectors.decode(self, encoded)

    # ------------------------------------------------------------------ nuisance

    def neutral_nuisance(self) -> np.ndarray:
        """`[nuisance_width]` float32: neutral expression, frontal pose."""
        return np.array([control.default for control in self.nuisance], np.float32)

    def nuisance_vector(self, **by_name: float) -> np.ndarray:
        """`[nuisance_width]` float32 by name; see `nuisance.vector`."""
        return nuisance_vectors.vector(self, by_name)

    def normalise_nuisance(self, nuisance: np.ndarray) -> np.ndarray:
        """Engine units to network units; see `nuisance.normalise`."""
        return nuisance_vectors.normalise(self, nuisance)

    def denormalise_nuisance(self, normalised: np.ndarray) -> np.ndarray:
        """Network units to engine units, the inverse of `normalise_nuisance`."""
        return nuisance_vectors.denormalise(self, normalised)

    def mirror_nuisance(self, nuisance: np.ndarray) -> np.ndarray:
        """The nuisance of the mirrored picture; see `nuisance.mirror`."""
        return nuisance_vectors.mirror(self, nuisance)

    # ------------------------------------------------------------------ JSON

    def to_dict(self) -> dict[str, Any]:
        """Plain containers that `from_json` reads back to an equal schema."""
        fields: dict[str, Any] = {f: getattr(self, f) for f in serialization.TEXT_FIELDS}
        for field in serialization.KINDS:
            fields[field] = [serialization.control_to_dict(c) for c in getattr(self, field)]
        return fields

    def to_json(self) -> str:
        """The JSON text of the schema."""
        return json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"

    def save(self, path: str | os.PathLike) -> None:
        """Writes the schema as JSON, whole or not at all."""
        config.atomic_write(path, self.to_json().encode("utf-8"))

    @classmethod
    def from_json(cls, source: str | os.PathLike | Mapping[str, Any]) -> Schema:
        """Reads a schema.

        Args:
          source: path of a JSON file, or the object that such a file holds.

        Raises:
          SchemaError: the file cannot be read, or a field is wrong; the message names it.
        """
        if isinstance(source, (str, os.PathLike)):
            data, where = serialization.read_json_object(source, "schema"), f"schema {source}"
        else:
            data, where = source, "schema"
        return cls(**serialization.parse_fields(data, where))


def load(name_or_path: str | os.PathLike) -> Schema:
    """Finds a schema.

    Args:
      name_or_path: a schema that ships with the package ("builtin", "facenn95",
        "facenn99"), or the path of a JSON file.

    Raises:
      SchemaError: neither; or the file is malformed.
    """
    text = os.fspath(name_or_path)
    if text in shipped():
        return _load_shipped(text)
    if not os.path.exists(text):
        raise SchemaError(
            f"schema {text!r} is neither a file nor one of the shipped schemas {shipped()}"
        )
    return Schema.from_json(text)


def shipped() -> list[str]:
    """Names of the schemas that are part of the package."""
    return sorted(path.stem for path in DATA.glob("*.json"))


@functools.cache
def _load_shipped(name: str) -> Schema:
    return Schema.from_json(DATA / f"{name}.json")


def _check_mirrors(schema: str, controls: Sequence[Continuous] | Sequence[Nuisance]) -> None:
    by_name = {control.name: control for control in controls}
    for control in controls:
        where = f"schema {schema!r}: {control.name!r}: field 'mirror'"
        partner = by_name.get(control.mirror or control.name)
        if partner is None:
            raise SchemaError(f"{where} names {control.mirror!r}, which is no such control")
        if (partner.mirror or partner.name) != control.name:
            raise SchemaError(
                f"{where} names {control.mirror!r}, whose mirror is {partner.mirror!r}; "
                "partners must name each other"
            )
        if isinstance(control, Continuous):
            is_odd = control.mirror == control.name
            if partner.default != (1 - control.default if is_odd else control.default):
                raise SchemaError(f"{where}: the default {control.default} changes when mirrored")
            continue
        ours = sorted(control.mirror_sign * limit for limit in (control.minimum, control.maximum))
        if ours != [partner.minimum, partner.maximum]:
            raise SchemaError(
                f"{where}: the mirrored range {ours} is not that of {partner.name!r}, "
                f"[{partner.minimum}, {partner.maximum}]"
            )
