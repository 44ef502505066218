"""The records of a database while it grows, and when it is done.

While it grows, each finished picture appends one record of fixed length with a checksum to
records.part, so that an interrupt loses at most the record that was being written. When it is
done, records.npz and face-nn's db_description take its place.
"""

from __future__ import annotations

import dataclasses
import os
import zipfile
import zlib
from pathlib import Path

import numpy as np

from face2param import config
from face2param.errors import DatabaseError, OutputError
from face2param.schema import Schema


@dataclasses.dataclass(frozen=True)
class Record:
    """What is known about one picture.

    Attributes:
      index: of the record.
      character: `[width]` float32 encoded character.
      nuisance: `[nuisance_width]` float32 in engine units.
      landmarks: `[68, 2]` float32 px.
      visibility: `[68]` bool.
    """

    index: int
    character: np.ndarray
    nuisance: np.ndarray
    landmarks: np.ndarray
    visibility: np.ndarray


def record_type(schema: Schema) -> np.dtype:
    """The bytes of one record of records.part."""
    return np.dtype(
        [
            ("index", "<i4"),
            ("character", "<f4", (schema.width,)),
            ("nuisance", "<f4", (schema.nuisance_width,)),
            ("landmarks", "<f4", (68, 2)),
            ("visibility", "u1", (68,)),
            ("checksum", "<u4"),
        ]
    )


class RecordLog:
    """Appends records to records.part."""

    def __init__(self, path: str | os.PathLike, schema: Schema) -> None:
        """Remembers where; the file is opened by `append`."""
        self._path = Path(path)
        self._type = record_type(schema)

    def append(self, record: Record) -> None:
        """Adds a record and hands it to the operating system.

        Raises:
          OutputError: the file cannot be written.
        """
        row = np.zeros((), self._type)
        for name in ("index", "character", "nuisance", "landmarks", "visibility"):
            row[name] = getattr(record, name)
        data = row.tobytes()[:-4]
        data += zlib.crc32(data).to_bytes(4, "little")
        try:
            with open(self._path, "ab") as file:
                file.write(data)
        except OSError as error:
            raise OutputError(f"cannot write {self._path}: {error.strerror or error}") from None

    def read(self) -> dict[int, Record]:
        """The whole records of the file, by index, and cuts off a damaged end.

        Nothing behind a damaged record is trusted: the file is cut there, so that what is
        appended next starts at a record border.
        """
        if not self._path.is_file():
            return {}
        data, size = self._path.read_bytes(), self._type.itemsize
        records: dict[int, Record] = {}
        good = 0
        while good + size <= len(data):
            chunk = data[good : good + size]
            if zlib.crc32(chunk[:-4]) != int.from_bytes(chunk[-4:], "little"):
                break
            record = _record(np.frombuffer(chunk, self._type)[0])
            records[record.index] = record
            good += size
        if good < len(data):
            os.truncate(self._path, good)
        return records


def write_npz(path: str | os.PathLike, records: list[Record]) -> None:
    """Writes records.npz, whole or not at all; the records must be in order of their index."""
    arrays = {
        "character": np.stack([record.character for record in records]),
        "nuisance": np.stack([record.nuisance for record in records]),
        "landmarks": np.stack([record.landmarks for record in records]),
        "visibility": np.stack([record.visibility for record in records]),
    }
    with config.atomic_path(path) as temporary, open(temporary, "wb") as file:
        np.savez(file, **arrays)


def read_npz(path: str | os.PathLike, schema: Schema, count: int) -> dict[str, np.ndarray]:
    """Reads records.npz.

    Args:
      path: the file.
      schema: of the database.
      count: number of records that it must hold.

    Returns:
      `character` `[count, width]`, `nuisance` `[count, nuisance_width]`, `landmarks`
      `[count, 68, 2]` float32 px, `visibility` `[count, 68]` bool.

    Raises:
      DatabaseError: the file is missing or damaged, or an array has another shape.
    """
    shapes = {
        "character": (count, schema.width),
        "nuisance": (count, schema.nuisance_width),
        "landmarks": (count, 68, 2),
        "visibility": (count, 68),
    }
    try:
        with np.load(path, allow_pickle=False) as data:
            arrays = {name: data[name] for name in shapes}
    except (OSError, KeyError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise DatabaseError(f"{path} is missing or damaged: {error}") from None
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise DatabaseError(
                f"{path}: '{name}' has shape {list(arrays[name].shape)}, it must have {list(shape)}"
            )
    return arrays


def from_arrays(arrays: dict[str, np.ndarray]) -> dict[int, Record]:
    """The records that `read_npz` returned, by index."""
    return {
        index: Record(index, **{name: array[index] for name, array in arrays.items()})
        for index in range(len(arrays["character"]))
    }


def _record(row: np.void) -> Record:
    return Record(
        index=int(row["index"]),
        character=np.array(row["character"]),
        nuisance=np.array(row["nuisance"]),
        landmarks=np.array(row["landmarks"]),
        visibility=row["visibility"].astype(bool),
    )
