"""One character: values by name, in the terms of its schema."""

from __future__ import annotations

import dataclasses
import functools
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from face2param import config
from face2param.errors import SchemaError
from face2param.schema import serialization

if TYPE_CHECKING:
    from face2param.schema.schema import Schema


@dataclasses.dataclass(frozen=True, eq=False)
class Character:
    """Values of all parameters of a schema. Immutable; the methods return new characters.

    `character["jaw_width"]` is a float, `character["hair"]` the name of an option.

    Attributes:
      schema: what the values mean.
      values: `[continuous]` float32, read-only. In [0, 1] for an engine; a search or a
        legacy file may hold values outside, see `clip`.
      choices: index of the picked option, per choice of the schema.
    """

    schema: Schema
    values: np.ndarray
    choices: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        """Checks against the schema.

        Raises:
          SchemaError: wrong number of values or choices, a value that is not a number, or
            an option index out of range.
        """
        values = np.array(self.values, np.float32)
        wanted = (len(self.schema.continuous),)
        if values.shape != wanted:
            raise SchemaError(
                f"values: got shape {list(values.shape)}, schema {self.schema.name!r} "
                f"wants {list(wanted)}"
            )
        if not np.isfinite(values).all():
            bad = self.schema.names[int(np.argmin(np.isfinite(values)))]
            raise SchemaError(f"values: {bad!r} is not a finite number")
        values.setflags(write=False)
        choices = tuple(int(pick) for pick in self.choices)
        if len(choices) != len(self.schema.choices):
            raise SchemaError(
                f"choices: got {len(choices)}, schema {self.schema.name!r} wants "
                f"{len(self.schema.choices)}: {list(self.schema.choice_names)}"
            )
        for choice, pick in zip(self.schema.choices, choices, strict=True):
            if not 0 <= pick < len(choice.options):
                raise SchemaError(
                    f"choices: index {pick} of {choice.name!r} is outside its "
                    f"{len(choice.options)} options"
                )
        object.__setattr__(self, "values", values)
        object.__setattr__(self, "choices", choices)

    def __getitem__(self, name: str) -> float | str:
        """The value of a continuous parameter, or the option of a choice.

        Raises:
          SchemaError: the schema has no such parameter.
        """
        if name in self.schema.index:
            return float(self.values[self.schema.index[name]])
        if name in self.schema.choice_index:
            i = self.schema.choice_index[name]
            return self.schema.choices[i].options[self.choices[i]]
        raise SchemaError(_no_such_parameter(self.schema, name))

    def __eq__(self, other: object) -> bool:
        """Equal schema hash, values and choices."""
        if not isinstance(other, Character):
            return NotImplemented
        return self._identity == other._identity

    def __hash__(self) -> int:
        """Agrees with `==`."""
        return hash(self._identity)

    @functools.cached_property
    def _identity(self) -> tuple[str, bytes, tuple[int, ...]]:
        # + 0.0 makes -0.0 and 0.0 the same bytes.
        return self.schema.hash, (self.values + np.float32(0)).tobytes(), self.choices

    def replace(self, **by_name: float | str) -> Character:
        """A copy with some values changed.

        Args:
          **by_name: numbers for continuous parameters, option names for choices.

        Raises:
          SchemaError: no such parameter, or no such option; or a value that is not a number.
        """
        values, choices = np.array(self.values), list(self.choices)
        for name, value in by_name.items():
            if name in self.schema.index:
                values[self.schema.index[name]] = _number(name, value)
            elif name in self.schema.choice_index:
                i = self.schema.choice_index[name]
                choices[i] = _option(name, value, self.schema.choices[i].options)
            else:
                raise SchemaError(_no_such_parameter(self.schema, name))
        return Character(self.schema, values, tuple(choices))

    def mirror(self) -> Character:
        """The character as its mirror image, by the mirror partners of the schema."""
        values = np.array(self.values)
        for i, control in enumerate(self.schema.continuous):
            if control.mirror == control.name:
                values[i] = 1 - self.values[i]
            elif control.mirror is not None:
                values[i] = self.values[self.schema.index[control.mirror]]
        return Character(self.schema, values, self.choices)

    def mix(self, other: Character, t: float) -> Character:
        """Blends towards another character.

        Args:
          other: a character of the same schema.
          t: 0 gives this character, 1 the other. Choices switch at 0.5.

        Raises:
          SchemaError: `other` belongs to another schema.
        """
        check_same_schema(self.schema, other.schema.name, other.schema.hash, "other")
        values = self.values * np.float32(1 - t) + other.values * np.float32(t)
        return Character(self.schema, values, other.choices if t >= 0.5 else self.choices)

    def clip(self) -> Character:
        """The character with all values brought into [0, 1]."""
        return Character(self.schema, np.clip(self.values, 0, 1), self.choices)

    def to_dict(self) -> dict[str, Any]:
        """Plain containers: schema name, version and hash, values by name, choices by name."""
        # str() of a float32 is the shortest text that reads back to the same float32.
        values = (float(str(value)) for value in self.values)
        picks = zip(self.schema.choices, self.choices, strict=True)
        return {
            "schema": self.schema.name,
            "schema_version": self.schema.version,
            "schema_hash": self.schema.hash,
            "values": dict(zip(self.schema.names, values, strict=True)),
            "choices": {choice.name: choice.options[pick] for choice, pick in picks},
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], schema: Schema) -> Character:
        """Reads what `to_dict` wrote; unknown further fields are left alone.

        Args:
          data: the containers.
          schema: the schema that the caller works with.

        Raises:
          SchemaError: the data belongs to another schema, or a value is missing, unknown,
            not a number in [0, 1], or not an option; the message names it.
        """
        for field in ("schema", "schema_hash", "values", "choices"):
            if field not in data:
                raise SchemaError(f"field '{field}' is missing; this is not a character")
        check_same_schema(schema, data["schema"], data["schema_hash"], "the character")
        wanted = {"values": schema.names, "choices": schema.choice_names}
        for field, names in wanted.items():
            entries = data[field]
            if not isinstance(entries, Mapping):
                raise SchemaError(f"field '{field}' is {entries!r}; it must be an object")
            missing = [name for name in names if name not in entries]
            unknown = [name for name in entries if name not in names]
            if missing or unknown:
                raise SchemaError(f"field '{field}': missing {missing}, unknown {unknown}")
        values = [_number(name, data["values"][name]) for name in schema.names]
        for name, value in zip(schema.names, values, strict=True):
            if not 0 <= value <= 1:
                raise SchemaError(f"field 'values': {name!r} is {value}; it must be in [0, 1]")
        choices = tuple(
            _option(choice.name, data["choices"][choice.name], choice.options)
            for choice in schema.choices
        )
        return cls(schema, np.array(values, np.float32), choices)

    def save(self, path: str | os.PathLike) -> None:
        """Writes the character as JSON, whole or not at all."""
        config.write_json(path, self.to_dict())

    @classmethod
    def load(cls, path: str | os.PathLike, schema: Schema) -> Character:
        """Reads a character file.

        Args:
          path: a file that `save` wrote, such as the `params.json` of a fit.
          schema: the schema that the caller works with.

        Raises:
          SchemaError: the file cannot be read or belongs to another schema; see `from_dict`.
        """
        data = serialization.read_json_object(path, "character")
        try:
            return cls.from_dict(data, schema)
        except SchemaError as error:
            raise SchemaError(f"character file {path}: {error}") from None


def check_same_schema(schema: Schema, name: str, schema_hash: str, what: str) -> None:
    """Refuses data of another schema.

    Args:
      schema: the schema in use.
      name: schema name that the data carries.
      schema_hash: schema hash that the data carries.
      what: what the data is, for the message.

    Raises:
      SchemaError: the hash differs; the message says both schemas.
    """
    if schema_hash != schema.hash:
        raise SchemaError(
            f"{what} belongs to schema {name!r} ({schema_hash}), not to "
            f"{schema.name!r} version {schema.version} ({schema.hash})"
        )


def _number(name: str, value: Any) -> float:
    try:
        if isinstance(value, (bool, str)):
            raise TypeError
        number = float(value)
    except (TypeError, ValueError):
        raise SchemaError(f"{name!r} is {value!r}; it must be a number") from None
    if not np.isfinite(number):
        raise SchemaError(f"{name!r} is {value!r}; it must be a finite number")
    return number


def _option(name: str, value: Any, options: tuple[str, ...]) -> int:
    if value not in options:
        raise SchemaError(f"{name!r} is {value!r}; it must be one of {list(options)}")
    return options.index(value)


def _no_such_parameter(schema: Schema, name: str) -> str:
    import difflib

    close = difflib.get_close_matches(name, (*schema.names, *schema.choice_names), 3)
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return f"schema {schema.name!r} has no parameter {name!r}{hint}"
