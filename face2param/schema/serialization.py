"""Schemas as JSON, read with suspicion, and the hash that identifies them."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

from face2param.errors import SchemaError
from face2param.schema.controls import Choice, Continuous, Nuisance

KINDS = {"continuous": Continuous, "choices": Choice, "nuisance": Nuisance}
TEXT_FIELDS = ("name", "version", "description")
MAXIMUM_BYTES = 64 * 2**20
"""Larger JSON files are refused before they are read."""

# Fields that help people and change nothing about a picture or a vector.
_NOT_HASHED = ("group", "description")


def read_json_object(path: str | pathlib.Path, what: str) -> dict[str, Any]:
    """Reads a file that must hold one JSON object.

    Args:
      path: the file.
      what: what the file should be, for the message ("schema", "character").

    Returns:
      The object.

    Raises:
      SchemaError: the file is missing, too large, is not UTF-8 JSON, or holds no object.
    """
    path = pathlib.Path(path)
    try:
        size = path.stat().st_size
        if size > MAXIMUM_BYTES:
            raise SchemaError(
                f"{what} file {path} has {size} bytes; at most {MAXIMUM_BYTES} are read"
            )
        data = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SchemaError(f"{what} file {path} does not exist") from None
    except OSError as error:
        raise SchemaError(f"{what} file {path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError) as error:  # also numbers of too many digits
        raise SchemaError(f"{what} file {path} is not valid JSON: {error}") from None
    if not isinstance(data, dict):
        raise SchemaError(
            f"{what} file {path} holds a JSON {type(data).__name__}; it must hold an object"
        )
    return data


def parse_fields(data: Any, where: str) -> dict[str, Any]:
    """Turns the JSON object of a schema into the arguments of `Schema`.

    Args:
      data: the object, as `json.loads` returned it.
      where: file name or similar, for the messages.

    Returns:
      name, version, description (texts) and continuous, choices, nuisance (tuples).

    Raises:
      SchemaError: a field is missing, unknown, or of a wrong type; the message names it.
    """
    if not isinstance(data, Mapping):
        raise SchemaError(f"{where}: a schema must be a JSON object, not {type(data).__name__}")
    known = (*TEXT_FIELDS, *KINDS)
    for field in data:
        if field not in known:
            raise SchemaError(f"{where}: unknown field '{field}'; known are {list(known)}")
    fields: dict[str, Any] = {}
    for field in TEXT_FIELDS:
        if field not in data and field != "description":
            raise SchemaError(f"{where}: field '{field}' is missing")
        fields[field] = data.get(field, "")
    for field, kind in KINDS.items():
        entries = data.get(field, [])
        if isinstance(entries, (str, Mapping)) or not isinstance(entries, Sequence):
            raise SchemaError(
                f"{where}: field '{field}' is a {type(entries).__name__}; it must be a list"
            )
        fields[field] = tuple(
            _parse_control(kind, entry, f"{where}: {field}[{i}]") for i, entry in enumerate(entries)
        )
    return fields


def _parse_control(kind: type, entry: Any, where: str) -> Continuous | Choice | Nuisance:
    if not isinstance(entry, Mapping):
        raise SchemaError(f"{where} is {entry!r}; it must be a JSON object")
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for field in entry:
        if field not in fields:
            raise SchemaError(f"{where}: unknown field '{field}'; known are {list(fields)}")
    for name, field in fields.items():
        if name not in entry and field.default is dataclasses.MISSING:
            raise SchemaError(f"{where}: field '{name}' is missing")
    try:
        return kind(**entry)
    except SchemaError as error:
        raise SchemaError(f"{where}: {error}") from None


def control_to_dict(control: Continuous | Choice | Nuisance) -> dict[str, Any]:
    """The JSON object of one control, without the fields that hold their default."""
    entry = {}
    for field in dataclasses.fields(control):
        value = getattr(control, field.name)
        if field.default is dataclasses.MISSING or value != field.default:
            entry[field.name] = list(value) if isinstance(value, tuple) else value
    return entry


def schema_hash(
    name: str,
    version: str,
    continuous: Sequence[Continuous],
    choices: Sequence[Choice],
    nuisance: Sequence[Nuisance],
) -> str:
    """Identifies what the numbers of a vector mean.

    The order, names, defaults, options, ranges and mirror partners of all controls count,
    and so do the name and version of the schema. Groups and descriptions do not, so a
    schema can be documented better without orphaning the weights that were trained on it.

    Returns:
      16 hexadecimal characters (the first 64 bits of a SHA-256).
    """

    def essence(control: Continuous | Choice | Nuisance) -> dict[str, Any]:
        entry = dataclasses.asdict(control)
        return {key: entry[key] for key in sorted(entry) if key not in _NOT_HASHED}

    text = json.dumps(
        {
            "name": name,
            "version": version,
            "continuous": [essence(control) for control in continuous],
            "choices": [essence(control) for control in choices],
            "nuisance": [essence(control) for control in nuisance],
        },
        sort_keys=True,
        separators=(",", ":"),
    )
    return hashlib.sha256(text.encode("utf-8")).hexdigest()[:16]
