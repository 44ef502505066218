"""Codecs for the binary files of face-nn: `db_description` and `.bytes`.

Both are little-endian and carry no version and no parameter count, so the sizes decide:

- `db_description` of the TensorFlow era: records of 389 bytes and nothing else; a record is
  the length byte 8, eight ASCII bytes of picture name, 95 float32.
- `db_description` of the last version: int32 record count, then records of 407 bytes: the
  length byte 10, ten bytes of name, 99 float32.
- The same header and names with the encoded vector of any other schema, which is what
  `face2param generate_database` writes: 4 + count * (11 + 4 * width) bytes.
- `.bytes`: int32 body shape (3 male, 4 female), then 95 or 99 float32.

The picture of a record is `<name>.jpg` in the same folder. face-nn's "trainset noise" may
write values slightly outside [0, 1]; they are returned as they are.
"""

from __future__ import annotations

import dataclasses
import os
import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from face2param import config
from face2param.errors import CodecError
from face2param.schema.character import Character
from face2param.schema.schema import Schema, load

SHAPES = {"male": 3, "female": 4}
"""Body shapes of face-nn's two characters, as its files and picture names hold them."""

MAXIMUM_BYTES = 256 * 2**20
"""Larger files are refused before they are read; 600,000 records of face-nn have as much."""

_LEGACY_95 = "facenn95"


@dataclasses.dataclass(frozen=True)
class DbDescription:
    """The records of a `db_description`.

    Attributes:
      schema: what the vectors mean.
      names: picture names without folder and suffix.
      encoded: `[records, width]` float32, the floats of the file, which are also the encoded
        vectors of the schema.
    """

    schema: Schema
    names: tuple[str, ...]
    encoded: np.ndarray

    def characters(self) -> list[Character]:
        """The records as characters (the largest entry of a one-hot block counts)."""
        return list(self.schema.decode(self.encoded))  # type: ignore[arg-type]


def picture_name(index: int, schema: Schema, shape: int = SHAPES["male"]) -> str:
    """The name that a record of this schema can hold.

    Args:
      index: number of the record, from 0.
      schema: facenn95 gives eight characters (`db_007_3`), all others ten (`db_00007_3`).
      shape: face-nn's body shape. The built-in head has only one body; its pictures are
        called `_3` so that face-nn's own reader takes them.

    Raises:
      CodecError: the index has too many digits for the fixed record length.
    """
    digits = _name_length(schema) - 5
    if not 0 <= index < 10**digits:
        raise CodecError(f"index: got {index}; names of {schema.name!r} hold 0 to {10**digits - 1}")
    return f"db_{index:0{digits}d}_{shape}"


def record_size(schema: Schema) -> int:
    """Bytes of one record of a `db_description`: 389 for facenn95, 407 for facenn99."""
    return 1 + _name_length(schema) + 4 * schema.width


def write_db_description(
    path: str | os.PathLike, names: Sequence[str], encoded: np.ndarray, schema: Schema
) -> None:
    """Writes a `db_description`, whole or not at all.

    Args:
      path: the file, called `db_description` in face-nn's folders.
      names: picture names, each as long as `picture_name` makes them.
      encoded: `[records, width]` encoded vectors.
      schema: facenn95 is written without a header, all others with the record count.

    Raises:
      CodecError: a name has the wrong length, or `encoded` another shape.
    """
    encoded = np.asarray(encoded, np.float32)
    if encoded.shape != (len(names), schema.width):
        raise CodecError(
            f"encoded: got shape {list(encoded.shape)}, {len(names)} names of schema "
            f"{schema.name!r} want [{len(names)}, {schema.width}]"
        )
    length = _name_length(schema)
    records = np.zeros(len(names), _record_type(schema))
    for i, name in enumerate(names):
        if len(name) != length or not name.isascii():
            raise CodecError(
                f"names: {name!r} has {len(name)} characters; records of {schema.name!r} "
                f"hold {length} ASCII characters"
            )
        records[i] = (length, name.encode("ascii"), encoded[i])
    header = b"" if schema.name == _LEGACY_95 else struct.pack("<i", len(names))
    config.atomic_write(path, header + records.tobytes())


def read_db_description(path: str | os.PathLike, schema: Schema | None = None) -> DbDescription:
    """Reads a `db_description`.

    Args:
      path: the file.
      schema: what the file must hold. None: facenn95 or facenn99, by the file's size.

    Raises:
      CodecError: the file cannot be read, its size fits no layout (the message says the
        sizes), a name length is wrong, or a value is not a number.
    """
    data = _read(path)
    candidates = [schema] if schema else [load(_LEGACY_95), load("facenn99")]
    for candidate in candidates:
        count, start = _count(data, candidate)
        if count is not None:
            return _parse_records(path, data[start:], count, candidate)
    raise CodecError(f"{path}: {_sizes_seen(data, candidates)}")


def write_bytes(path: str | os.PathLike, character: Character, shape: int = SHAPES["male"]) -> None:
    """Writes the `.bytes` file that face-nn's Unity project loads, whole or not at all.

    Args:
      path: the file.
      character: of schema facenn95 or facenn99.
      shape: 3 male, 4 female.

    Raises:
      CodecError: another schema or another shape.
    """
    if character.schema.name not in (_LEGACY_95, "facenn99"):
        raise CodecError(
            f"character: .bytes files hold facenn95 or facenn99, not {character.schema.name!r}"
        )
    _check_shape(shape, "shape")
    floats = character.schema.encode(character)[0].astype("<f4")
    config.atomic_write(path, struct.pack("<i", shape) + floats.tobytes())


def read_bytes(path: str | os.PathLike) -> tuple[int, Character]:
    """Reads a `.bytes` file: 384 bytes are facenn95, 400 are facenn99.

    Returns:
      The body shape (3 male, 4 female) and the character.

    Raises:
      CodecError: the file cannot be read, has another size or shape, or holds a value that
        is not a number.
    """
    data = _read(path)
    for schema in (load(_LEGACY_95), load("facenn99")):
        if len(data) == 4 + 4 * schema.width:
            (shape,) = struct.unpack_from("<i", data)
            _check_shape(shape, f"{path}: shape")
            floats = np.frombuffer(data, "<f4", offset=4)
            _check_finite(floats, str(path))
            return shape, schema.decode(floats)  # type: ignore[return-value]
    raise CodecError(
        f"{path} has {len(data)} bytes; a .bytes file has 384 (shape and 95 floats) or "
        "400 (shape and 99 floats)"
    )


def _name_length(schema: Schema) -> int:
    return 8 if schema.name == _LEGACY_95 else 10


def _record_type(schema: Schema) -> np.dtype:
    length = _name_length(schema)
    return np.dtype([("length", "u1"), ("name", f"S{length}"), ("floats", "<f4", (schema.width,))])


def _count(data: bytes, schema: Schema) -> tuple[int | None, int]:
    """Number of records (None: the size does not fit) and where they start."""
    size = record_size(schema)
    if schema.name == _LEGACY_95:
        return (len(data) // size if data and len(data) % size == 0 else None), 0
    if len(data) < 4:
        return None, 0
    (count,) = struct.unpack_from("<i", data)
    return (count if count >= 0 and len(data) == 4 + count * size else None), 4


def _parse_records(
    path: str | os.PathLike, data: bytes, count: int, schema: Schema
) -> DbDescription:
    records = np.frombuffer(data, _record_type(schema), count)
    length = _name_length(schema)
    wrong = np.flatnonzero(records["length"] != length)
    if wrong.size:
        i = int(wrong[0])
        raise CodecError(
            f"{path}: record {i} has a name of {records['length'][i]} bytes; "
            f"{schema.name!r} has {length}"
        )
    try:
        names = tuple(name.decode("ascii") for name in records["name"])
    except UnicodeDecodeError as error:
        raise CodecError(f"{path}: a picture name is not ASCII: {error}") from None
    encoded = np.array(records["floats"], np.float32)
    _check_finite(encoded, str(path))
    return DbDescription(schema, names, encoded)


def _sizes_seen(data: bytes, candidates: Sequence[Schema]) -> str:
    wanted = []
    for schema in candidates:
        size = record_size(schema)
        head = "" if schema.name == _LEGACY_95 else "4 + "
        wanted.append(f"{head}n * {size} ({schema.name})")
    seen = f"has {len(data)} bytes"
    if len(data) >= 4:
        seen += f" and its first int32 is {struct.unpack_from('<i', data)[0]}"
    return (
        f"{seen}; a db_description has {' or '.join(wanted)} bytes, n the number of records. "
        "It is cut short or has another layout"
    )


def _check_shape(shape: int, where: str) -> None:
    if shape not in SHAPES.values():
        raise CodecError(f"{where} is {shape}; it must be 3 (male) or 4 (female)")


def _check_finite(floats: np.ndarray, where: str) -> None:
    if not np.isfinite(floats).all():
        raise CodecError(f"{where}: holds {int((~np.isfinite(floats)).sum())} values not a number")


def _read(path: str | os.PathLike) -> bytes:
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > MAXIMUM_BYTES:
            raise CodecError(f"{path} has {size} bytes; at most {MAXIMUM_BYTES} are read")
        return path.read_bytes()
    except OSError as error:
        raise CodecError(f"cannot read {path}: {error.strerror or error}") from None
