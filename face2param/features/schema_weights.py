"""Folders of trained networks that belong to a parameter schema: weights, schema, record.

`KIND.weights.h5` in half precision, `schema.json`, and `KIND.json`, which comes last and holds
the digest of the weights, so that a broken copy is noticed.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import keras

from face2param.errors import ConfigError, SchemaError, WeightsError
from face2param.features import half_weights
from face2param.schema import Schema

T = TypeVar("T")


def save(
    kind: str, folder: str | os.PathLike, model: keras.Model, schema: Schema, record: dict
) -> None:
    """Writes a folder; each file is whole or absent.

    Args:
      kind: of network, the stem of the files.
      folder: made if it does not exist.
      model: the network.
      schema: that its inputs or outputs belong to.
      record: JSON values that rebuild it.
    """
    folder = Path(folder)
    schema.save(folder / "schema.json")
    record = {
        "schema": {"name": schema.name, "hash": schema.hash},
        "parameters": int(model.count_params()),
        **record,
    }
    half_weights.save_half(model, folder / f"{kind}.weights.h5", record)


def load(
    kind: str,
    folder: str | os.PathLike,
    builtin: Path,
    expected: Schema | None,
    build: Callable[[Schema, dict], T],
    model_of: Callable[[T], keras.Model],
) -> T:
    """Reads a folder that `save` wrote.

    Args:
      kind: of network.
      folder: the folder; "builtin" for the one that ships with the package.
      builtin: where that one lies.
      expected: schema that the caller works with; None accepts the folder's own.
      build: (schema, record) -> the object that holds the network; may raise ConfigError,
        SchemaError, KeyError, TypeError or ValueError where the record is odd.
      model_of: the Keras model inside that object, whose weights are set.

    Raises:
      WeightsError: missing, damaged, or of another schema than `expected`.
    """
    path = builtin if str(folder) == "builtin" else Path(folder)
    weights = path / f"{kind}.weights.h5"
    for file in (weights, path / f"{kind}.json", path / "schema.json"):
        if not file.is_file():
            raise WeightsError(
                f"{kind} {folder}: {file} is missing; train one with: face2param "
                f"train_{kind} --database=DATABASE --output=OUTPUT"
            )
    record = half_weights.load_description(weights)
    try:
        own = f"{record['schema']['name']} {record['schema']['hash']}"
        schema = Schema.from_json(path / "schema.json")
    except (SchemaError, KeyError, TypeError) as error:
        raise WeightsError(f"{kind} {folder}: its records cannot be read: {error}") from None
    found = f"{schema.name} {schema.hash}"
    if own != found:
        raise WeightsError(
            f"{kind} {folder}: its weights are of schema {own}, but the schema.json beside "
            f"them is {found}"
        )
    if expected is not None and expected.hash != schema.hash:
        raise WeightsError(
            f"{kind} {folder}: its weights are of schema {own}, but {expected.name} "
            f"{expected.hash} is asked for; train one for that schema"
        )
    try:
        built = build(schema, record)
    except (ConfigError, SchemaError, KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{kind} {folder}: its records cannot be read: {error}") from None
    half_weights.load_half(model_of(built), weights)
    return built
