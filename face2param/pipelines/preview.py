"""Drawing one character: drawn at random or read from a file, then changed by name."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from face2param import engines, images
from face2param.database.manifest import Settings
from face2param.database.sampling import sample
from face2param.engines import Engine
from face2param.errors import ConfigError, OutputError
from face2param.schema import Character, Schema

_SUFFIXES = (".png", ".jpg", ".jpeg")
_TURNS = ("head_yaw", "head_pitch", "head_roll")


def preview(
    engine: str | Engine = "builtin",
    *,
    params: str | os.PathLike | None = None,
    seed: int | None = None,
    spread: float = 1.0,
    plausible: bool = True,
    values: Mapping[str, str] | None = None,
    nuisance: Mapping[str, float] | None = None,
    turn: Sequence[float] = (0.0, 0.0, 0.0),
    size: int = 512,
) -> np.ndarray:
    """Draws a character.

    Args:
      engine: who draws, by name or itself.
      params: a params.json; excludes `seed`.
      seed: the character of record 0 of a database with this seed, spread and plausibility.
        Without `params` and `seed` the neutral character is drawn.
      spread: see `database.generate`.
      plausible: see `database.generate`.
      values: parameters to change, by name, as text: a number or the name of an option.
      nuisance: expression controls by name, in the unit of each.
      turn: yaw, pitch and roll of the head in degrees.
      size: side of the picture in pixels.

    Returns:
      `[size, size, 3]` float32 RGB in [0, 1].

    Raises:
      ConfigError: both `params` and `seed` are given, or a number is out of range.
      SchemaError: the file belongs to another schema, or a name or value does not exist.
      EngineError: the engine cannot draw this, or there is no such engine.
    """
    drawer = engines.get(engine) if isinstance(engine, str) else engine
    character = _character(drawer, params, seed, spread, plausible)
    if values:
        character = character.replace(
            **{name: _value(drawer.schema, name, text) for name, text in values.items()}
        )
    controls = dict(nuisance or {})
    for name, degrees in zip(_TURNS, turn, strict=True):
        if degrees:
            controls[name] = math.radians(degrees)
    return drawer.render(
        character, drawer.schema.nuisance_vector(**controls), size=(size, size)
    ).image


def write_preview(path: str | os.PathLike, picture: np.ndarray, overwrite: bool = False) -> Path:
    """Writes the picture.

    Raises:
      OutputError: see `check_output`, or the file cannot be written.
    """
    check_output(path, overwrite)
    images.write_image(path, picture)
    return Path(path)


def check_output(path: str | os.PathLike, overwrite: bool = False) -> None:
    """Refuses a picture file that cannot be written, before anything is drawn.

    Raises:
      OutputError: no suffix of a picture; or the file is there and `overwrite` is false.
    """
    path = Path(path)
    if path.suffix.lower() not in _SUFFIXES:
        raise OutputError(f"{path}: a picture file must end in one of {', '.join(_SUFFIXES)}")
    if path.is_dir():
        raise OutputError(f"{path} is a folder; name a picture file")
    if path.exists() and not overwrite:
        raise OutputError(f"{path} is already there; choose another --output or --overwrite")


def _character(
    engine: Engine,
    params: str | os.PathLike | None,
    seed: int | None,
    spread: float,
    plausible: bool,
) -> Character:
    if params is not None and seed is not None:
        raise ConfigError("give --params or --seed, not both")
    if params is not None:
        return Character.load(params, engine.schema)
    if seed is None:
        return engine.schema.neutral()
    settings = Settings(
        engine=engine.name,
        engine_version=engine.version,
        schema=engine.schema.name,
        schema_hash=engine.schema.hash,
        seed=seed,
        spread=spread,
        plausible=plausible,
    )
    return sample(engine, settings, 0)[0]


def _value(schema: Schema, name: str, text: str) -> float | str:
    """Text as the parameter's kind; `Character.replace` complains about what is left as text."""
    if name not in schema.index:
        return text
    try:
        value = float(text)
    except ValueError:
        return text
    if not 0 <= value <= 1:
        raise ConfigError(f"{name} is {text}; it must be in [0, 1]")
    return value
