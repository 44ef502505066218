"""What a database folder is, and what it was made with."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

from face2param import config
from face2param.errors import ConfigError, DatabaseError
from face2param.schema import Schema

MANIFEST = "manifest.json"
SCHEMA = "schema.json"
DESCRIPTION = "db_description"
RECORDS = "records.npz"
LOG = "records.part"
LABELS = "labels"
FINISHED = (MANIFEST, SCHEMA, DESCRIPTION, RECORDS)
"""Files that a complete database has beside its pictures."""

_LIMITS = {
    "size": (64, 2048),
    "spread": (0.0, 1.0),
    "jitter": (0.0, 1.0),
    "validation_fraction": (0.0, 0.9),
    "jpeg_quality": (50, 100),
    "supersample": (1, 4),
}


@dataclasses.dataclass(frozen=True)
class Settings:
    """Everything that decides what record i of a database looks like.

    Attributes:
      engine: name of the engine.
      engine_version: of the engine.
      schema: name of its schema.
      schema_hash: of its schema.
      seed: of all random numbers; record i depends on the settings and on i only.
      size: side of the square pictures in pixels.
      spread: 1 samples the full range of every parameter, less shrinks it to the default.
      plausible: whether the engine's own sampler draws appearances that occur together
        (see `sampling.sample`).
      jitter: amount of random expression and head pose, 0 (none) to 1.
      labels: whether label maps are written.
      validation_fraction: share of the records that are for validation.
      jpeg_quality: of the pictures.
      supersample: samples per pixel along each axis.
    """

    engine: str
    engine_version: str
    schema: str
    schema_hash: str
    seed: int
    size: int = 512
    spread: float = 1.0
    plausible: bool = True
    jitter: float = 0.0
    labels: bool = False
    validation_fraction: float = 0.2
    jpeg_quality: int = 92
    supersample: int = 2

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: a number is out of range; the message names it.
        """
        for name, (low, high) in _LIMITS.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise ConfigError(f"{name} is {value}; it must be in [{low}, {high}]")
        if not isinstance(self.seed, int) or self.seed < 0:
            raise ConfigError(f"seed is {self.seed!r}; it must be a whole number, 0 or more")

    def is_validation(self, index: int) -> bool:
        """Whether record `index` is for validation: every fifth one at a fraction of 0.2.

        The rule looks at the index alone, so that a database that is extended later never
        moves a record from one split to the other.
        """
        # 1e-9: the products of binary fractions must not fall just short of a whole number.
        count = [int(i * self.validation_fraction + 1e-9) for i in (index, index + 1)]
        return count[1] > count[0]


@dataclasses.dataclass(frozen=True)
class Manifest:
    """The file manifest.json of a database.

    Attributes:
      settings: what it was made with.
      count: number of records it is to hold.
      complete: whether it holds them all.
      training: how many are for training.
      validation: how many are for validation.
      format: of the folder; raised when older readers would misread it.
    """

    settings: Settings
    count: int
    complete: bool = False
    training: int = 0
    validation: int = 0
    format: int = 1


def build(settings: Settings, count: int, complete: bool) -> Manifest:
    """The manifest of a database with `count` records."""
    validation = sum(settings.is_validation(index) for index in range(count))
    return Manifest(settings, count, complete, count - validation, validation)


def write(folder: str | os.PathLike, manifest: Manifest, schema: Schema) -> None:
    """Writes manifest.json, and schema.json beside it so that the folder explains itself."""
    schema.save(Path(folder) / SCHEMA)
    config.write_json(Path(folder) / MANIFEST, config.to_dict(manifest))


def read(folder: str | os.PathLike) -> tuple[Manifest, Schema]:
    """Reads manifest.json and schema.json.

    Raises:
      DatabaseError: the folder holds no database, or the two files are damaged or do not
        belong together.
      SchemaError: schema.json is malformed.
    """
    folder = Path(folder)
    if not (folder / MANIFEST).is_file():
        raise DatabaseError(
            f"{folder} is not a database: it has no {MANIFEST}. "
            "To make one: face2param generate_database --output=" + str(folder)
        )
    try:
        values = config.read_json(folder / MANIFEST)
        settings = config.from_dict(Settings, dict(values.pop("settings")))
        manifest = config.from_dict(Manifest, {**values, "settings": settings})
    except (ConfigError, TypeError, KeyError, AttributeError, ValueError) as error:
        raise DatabaseError(f"{folder / MANIFEST} is damaged: {error}") from None
    if manifest.format != 1:
        raise DatabaseError(f"{folder} has format {manifest.format}; this version reads format 1")
    schema = Schema.from_json(folder / SCHEMA)
    if schema.hash != settings.schema_hash:
        raise DatabaseError(
            f"{folder}: {SCHEMA} has the hash {schema.hash}, {MANIFEST} says "
            f"{settings.schema_hash}; one of them is from another database"
        )
    return manifest, schema


def check_same(folder: str | os.PathLike, old: Settings, new: Settings) -> None:
    """Refuses to put records of two kinds into one folder.

    Raises:
      DatabaseError: the settings differ; the message lists each difference.
    """
    differences = [
        f"{field.name} {getattr(old, field.name)!r} (there) and {getattr(new, field.name)!r} (now)"
        for field in dataclasses.fields(Settings)
        if getattr(old, field.name) != getattr(new, field.name)
    ]
    if differences:
        raise DatabaseError(
            f"{folder} holds a database of another kind: {'; '.join(differences)}. "
            "Choose another --output, or --overwrite to delete it"
        )
