"""Databases, portraits and search results in the form that the estimator learns from."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face2param import images
from face2param.config import atomic_path
from face2param.database.reader import Database
from face2param.engines import Engine
from face2param.errors import ConfigError, ImageError, NoFaceError, SchemaError
from face2param.estimator import inputs, samples, targets
from face2param.pipelines import oneshot, photos
from face2param.regions import MERGE, MERGED
from face2param.schema import Character, Schema

_LOG = logging.getLogger(__name__)
_UNKNOWN_CLASS = 255


def rendered_heads(
    database: Database,
    split: str,
    number: int,
    attributes: Mapping[str, Mapping[str, Mapping[str, str]]],
    count: int | None = None,
) -> samples.Heads:
    """The heads of a split of a database.

    Args:
      database: with label maps.
      split: "training" or "validation".
      number: of the database, for the name.
      attributes: see `engines.base.People.attributes`.
      count: at most so many.

    Raises:
      DatabaseError: no label maps, or no such split.
      ConfigError: the table of attributes does not fit the schema.
    """
    rows = database.indices(split)[:count]

    def read(index: int) -> tuple[np.ndarray, np.ndarray]:
        return _head(database, int(rows[index]))

    characters = database.characters[rows]
    return samples.Heads(
        f"{split} {number}",
        read,
        database.landmarks01[rows],
        characters,
        database.nuisance[rows],
        targets.of_characters(database.schema, characters, attributes),
    )


def _head(database: Database, row: int) -> tuple[np.ndarray, np.ndarray]:
    """Picture and label map of a head, both `inputs.SIZE` on a side, 8 bits."""
    picture = images.to_uint8(database.image(row, inputs.SIZE))
    labels = database.labels(row)
    if len(labels) != inputs.SIZE:
        import cv2

        size = (inputs.SIZE, inputs.SIZE)
        labels = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    return picture, labels


def head_colours(database: Database, rows: np.ndarray, batch_size: int = 32) -> np.ndarray:
    """Colours of heads as the engine drew them; see `oneshot.face_colours`.

    Args:
      database: with label maps.
      rows: of the heads.
      batch_size: heads at a time.

    Returns:
      `[rows, places, 3]` L*a*b* / 100, NaN where nothing was seen.
    """
    merge = np.eye(len(MERGED), dtype=np.float32)[MERGE]
    found = []
    for start in tqdm(range(0, len(rows), batch_size), desc="colours", disable=None):
        chosen = rows[start : start + batch_size]
        pictures, labels = zip(*(_head(database, int(row)) for row in chosen), strict=True)
        coarse = np.stack(labels)[:, 2::4, 2::4]
        found.append(
            oneshot.face_colours(
                np.stack(pictures).astype(np.float32) / 255,
                database.landmarks01[chosen] * inputs.SIZE,
                merge[coarse],
            )
        )
    return np.concatenate(found)


def portrait_heads(
    folder: str | os.PathLike,
    names: Sequence[str],
    labels: Mapping[str, np.ndarray],
    engine: Engine,
    cache: Path,
    name: str = "portraits",
) -> tuple[samples.Heads, list[str]]:
    """Photographs, aligned; with whatever attributes are known.

    Args:
      folder: of the photographs.
      names: of those that are wanted, without suffix.
      labels: of `targets.read_labels`; photographs without are unlabelled.
      engine: to whose canonical face they are aligned.
      cache: NPZ file in which the aligned pictures are kept.
      name: of the heads.

    Returns:
      the heads, and their names; photographs without a face are left out.

    Raises:
      ImageError: no such folder, or none of the photographs is in it.
    """
    schema = engine.schema
    pictures, landmarks, found = _aligned(folder, names, engine, cache)
    blank = np.full((inputs.SIZE, inputs.SIZE), _UNKNOWN_CLASS, np.uint8)
    known = samples.unknown(len(found), schema.width, schema.nuisance_width)
    for row, photo in enumerate(found):
        if photo in labels:
            known["attributes"][row] = labels[photo]
    return samples.Heads(name, lambda i: (pictures[i], blank), landmarks, **known), found


def _aligned(folder, names, engine, cache) -> tuple[np.ndarray, np.ndarray, list[str]]:
    if cache.exists():
        with np.load(cache, allow_pickle=False) as stored:
            if list(stored["asked"]) == list(names):
                return stored["pictures"], stored["landmarks01"], list(map(str, stored["names"]))
    paths = {path.stem: path for path in photos.list_photos(folder)}
    wanted = [paths[name] for name in names if name in paths]
    if not wanted:
        raise ImageError(f"{folder}: holds none of the {len(names)} photographs asked for")
    canonical = engine.canonical_landmarks((inputs.SIZE, inputs.SIZE))
    pictures, landmarks, found = [], [], []
    for path in tqdm(wanted, desc="aligning", unit="photo", disable=None):
        try:
            photo = photos.open_photo(path)
            aligned = photos.align(photo, canonical, inputs.SIZE)
        except (ImageError, NoFaceError) as error:
            _LOG.warning("left out: %s", error)
            continue
        pictures.append(images.to_uint8(aligned.image))
        landmarks.append(aligned.landmarks / inputs.SIZE)
        found.append(path.stem)
    if not found:
        raise NoFaceError(f"{folder}: no face was found in {len(wanted)} photographs")
    stacked = np.stack(pictures), np.stack(landmarks).astype(np.float32)
    with atomic_path(cache) as temporary, temporary.open("wb") as file:
        np.savez(file, asked=list(names), names=found, pictures=stacked[0], landmarks01=stacked[1])
    return *stacked, found


def search_results(
    report: str | os.PathLike, schema: Schema, names: Sequence[str]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Answers of a search and how good they are, from a report of `face2param evaluate`.

    Args:
      report: its report.json.
      schema: of the characters.
      names: photographs without suffix.

    Returns:
      characters `[photographs, width]` encoded, the objectives `[photographs]` of these answers,
      and those `[photographs]` of the estimator's answers that the search started from; NaN where
      there is none.

    Raises:
      ConfigError: the report cannot be read, belongs to another schema, or has none of the
        photographs.
    """
    characters = np.full((len(names), schema.width), np.nan, np.float32)
    objectives = np.full((2, len(names)), np.nan)
    rows = {name: row for row, name in enumerate(names)}
    try:
        record = json.loads(Path(report).read_text(encoding="utf-8"))
        for case in record["cases"]:
            row = rows.get(Path(case["name"]).stem)
            if row is None:
                continue
            answer = Character.from_dict(record["characters"][case["name"]], schema)
            characters[row] = schema.encode(answer)[0]
            pair = case["objective"], case["oneshot_objective"]
            objectives[:, row] = [np.nan if value is None else float(value) for value in pair]
    except (OSError, ValueError, KeyError, TypeError, SchemaError) as error:
        raise ConfigError(f"report {report}: cannot be read: {error}") from None
    if np.isnan(characters).all():
        raise ConfigError(f"report {report}: holds none of the {len(names)} photographs")
    return characters, *objectives
