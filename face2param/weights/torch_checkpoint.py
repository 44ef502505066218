"""Reads PyTorch checkpoints without PyTorch, and without running what they contain.

`torch.save` has written two formats: since 1.6 a zip archive with `data.pkl` and one entry
per storage, before that a sequence of pickles followed by the storages. Both hold a pickle,
which for Python's own unpickler is a program; see `torch_checkpoint_pickle` for the one
that is used here.
"""

from __future__ import annotations

import io
import os
import struct
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

from face2param.errors import WeightsError
from face2param.weights.torch_checkpoint_pickle import interpret
from face2param.weights.torch_checkpoint_recipes import StorageType
from face2param.weights.torch_checkpoint_storage import Budget, Storage, shorten

LIMIT_BYTES = 4 << 30
MAX_PICKLE_BYTES = 32 << 20
MAX_EXPANSION = 100
"""A file of n bytes may become 64 MiB + 100 n: weights do not compress, bombs do."""

_OLD_MAGIC = 0x1950A86A20F9469CFC6C
_OLD_PROTOCOL = 1001
_AGAIN = "load it where PyTorch is installed and save its state_dict() again with torch.save"
_ZIP_ERRORS = (
    *(zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError),
    *(OSError, EOFError, ValueError, KeyError, IndexError, OverflowError),
)


def read(path: str | os.PathLike, limit_bytes: int = LIMIT_BYTES):
    """Reads what `torch.save` wrote.

    Args:
      path: a file of either serialisation; the name does not matter (`.pth.tar` files are
        usually no tar archives).
      limit_bytes: largest file, and largest sum of its tensors, that is accepted.

    Returns:
      The saved value: dictionaries (also for OrderedDict), lists, tuples, sets, scalars,
      strings, and one read-only NumPy array per tensor or parameter, with its strides and
      storage resolved. bfloat16 becomes float32; devices, sizes and types become strings
      and tuples.

    Raises:
      WeightsError: the file is missing, damaged, too large, of another format, or names
        anything but tensors and plain containers.
    """
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > limit_bytes:
            raise WeightsError(
                f"{path}: has {size} bytes, limit_bytes allows {shorten(limit_bytes)}"
            )
        data = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from None
    allowed = min(limit_bytes, (64 << 20) + MAX_EXPANSION * len(data))
    if data.startswith(b"PK\x03\x04"):
        return _read_zip(data, str(path), allowed)
    _refuse_other_formats(data, path)
    return _read_old(data, str(path), allowed)


def _refuse_other_formats(data: bytes, path: Path) -> None:
    head = data[:512]
    if not data:
        raise WeightsError(f"{path}: is empty")
    if head.lstrip()[:1] == b"<":
        raise WeightsError(
            f"{path}: is a web page, not a checkpoint; the download stopped at a page that "
            "asks for confirmation. Download the file itself with a browser"
        )
    if head[257:262] == b"ustar":
        raise WeightsError(
            f"{path}: is a tar archive: either PyTorch's earliest serialisation, which is not read "
            f"({_AGAIN}), or an archive to unpack"
        )
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        raise WeightsError(f"{path}: is an HDF5 file; perhaps it is already converted")
    if head[:1] != b"\x80":
        raise WeightsError(f"{path}: is no PyTorch checkpoint; it begins with {head[:8].hex(' ')}")


def _read_old(data: bytes, file: str, allowed: int):
    """The serialisation before PyTorch 1.6.

    Magic number, protocol, system information, value and list of storage keys are pickles
    in a row; each storage follows as an int64 count and its elements. torch writes counts and
    elements in little-endian order on every machine, whatever the system information says.
    """
    stream = io.BytesIO(data)
    header = [interpret(stream, file, Budget(0, file)) for _ in range(3)]
    if header[0] != _OLD_MAGIC or header[1] != _OLD_PROTOCOL or type(header[2]) is not dict:
        raise WeightsError(f"{file}: is a pickle, but none that torch.save wrote")
    start = stream.tell()
    layout: dict[str, Storage] = {}
    # The storages lie behind the pickle that says how large they are: the first pass over
    # the pickle finds and checks the layout, the second one builds the tensors.
    interpret(stream, file, Budget(allowed, file), _old_persistent(layout, collect=True))
    if stream.tell() - start > MAX_PICKLE_BYTES:
        raise WeightsError(f"{file}: its pickle is larger than any checkpoint's")
    keys = interpret(stream, file, Budget(0, file))
    if type(keys) is not list or not all(type(key) is str for key in keys):
        raise WeightsError(f"{file}: the list of storages is malformed")
    if sorted(keys) != sorted(layout):
        raise WeightsError(f"{file}: the list of storages differs from those that tensors use")
    position = stream.tell()
    storages: dict[str, Storage] = {}
    for key in keys:
        expected = layout[key]
        size = expected.count * expected.element.size
        if position + 8 + size > len(data):
            raise WeightsError(
                f"{file}: ends at byte {len(data)}, but storage {key[:40]!r} goes on to byte "
                f"{position + 8 + size}; the file was cut short"
            )
        (count,) = struct.unpack_from("<q", data, position)
        if count != expected.count:
            raise WeightsError(
                f"{file}: storage {key[:40]!r} has {count} elements, its tensors expect "
                f"{expected.count}"
            )
        position += 8
        raw = memoryview(data)[position : position + size]
        storages[key] = Storage(expected.element, count, raw)
        position += size
    stream.seek(start)
    return interpret(stream, file, Budget(allowed, file), _old_persistent(storages, collect=False))


def _old_persistent(storages: dict[str, Storage], collect: bool) -> Callable:
    def persistent(value):
        kind, key, count, view = _storage_id(value, views=True)
        if collect and key not in storages:
            storages[key] = Storage(kind.element, count)
        storage = storages[key]
        if (storage.element, storage.count) != (kind.element, count):
            raise ValueError(f"storage {key[:40]!r} is described in two ways")
        if view is None:
            return storage
        if type(view) is not tuple or len(view) != 3:
            raise ValueError("the description of a view is malformed")
        return storage.part(view[1], view[2])

    return persistent


def _storage_id(value, views: bool) -> tuple[StorageType, str, int, object]:
    """Checks ('storage', type, key, location, count[, view])."""
    if type(value) is tuple and value and value[0] == "module":
        raise ValueError(f"it holds a whole module with its source code; {_AGAIN}")
    if type(value) is not tuple or len(value) not in ((5, 6) if views else (5,)):
        raise ValueError("a persistent id is malformed")
    kind, key, location, count = value[1:5]
    text = all(type(item) is str for item in (value[0], key, location))
    if not text or value[0] != "storage" or not isinstance(kind, StorageType):
        raise ValueError("a persistent id is no storage")
    if type(count) is not int or not 0 <= count < 2**48:
        raise ValueError("a storage has no sensible number of elements")
    return kind, key, count, value[5] if len(value) == 6 else None


def _read_zip(data: bytes, file: str, allowed: int):
    """The serialisation since PyTorch 1.6."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = _Entries(archive, file, allowed)
            pickled = entries.read("data.pkl", at_most=MAX_PICKLE_BYTES)
            order = entries.read("byteorder", at_most=16) if "byteorder" in entries else b"little"
            if order not in (b"little", b"big"):
                raise WeightsError(f"{file}: its byteorder is neither little nor big")
            storages: dict[str, Storage] = {}

            def persistent(value):
                kind, key, count, _ = _storage_id(value, views=False)
                size = count * kind.element.size
                if key not in storages:
                    raw = entries.read(f"data/{key}", exactly=size)
                    storages[key] = Storage(kind.element, count, raw, order == b"big")
                storage = storages[key]
                if (storage.element, storage.count) != (kind.element, count):
                    raise ValueError(f"storage {key[:40]!r} is described in two ways")
                return storage

            return interpret(io.BytesIO(pickled), file, Budget(allowed, file), persistent)
    except _ZIP_ERRORS as error:
        text = str(error) or type(error).__name__
        raise WeightsError(f"{file}: its zip archive is damaged: {text[:300]}") from error


class _Entries:
    """The entries of an archive by their name inside its one folder."""

    def __init__(self, archive: zipfile.ZipFile, file: str, allowed: int):
        self.archive, self.file = archive, file
        self.budget = Budget(allowed, file)
        infos = archive.infolist()
        tops = {info.filename.split("/", 1)[0] for info in infos if "/" in info.filename}
        self.infos = {info.filename.partition("/")[2]: info for info in infos}
        if "data.pkl" not in self.infos or len(tops) != 1 or len(self.infos) != len(infos):
            raise WeightsError(
                f"{file}: is a zip archive, but none that torch.save wrote (one folder with "
                "data.pkl and data/)"
            )
        if "constants.pkl" in self.infos:
            raise WeightsError(f"{file}: is a TorchScript program; {_AGAIN}")

    def __contains__(self, name: str) -> bool:
        return name in self.infos

    def read(self, name: str, at_most: int | None = None, exactly: int | None = None) -> bytes:
        """The content of an entry; sizes are checked before anything is unpacked."""
        info = self.infos.get(name)
        if info is None:
            raise WeightsError(f"{self.file}: lacks the entry {name[:60]!r}")
        size = info.file_size
        if (at_most is not None and size > at_most) or (exactly is not None and size != exactly):
            raise WeightsError(
                f"{self.file}: entry {name[:60]!r} has {size} bytes, expected "
                f"{'at most ' if exactly is None else ''}{at_most if exactly is None else exactly}"
            )
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise WeightsError(f"{self.file}: entry {name[:60]!r} is compressed in an unusual way")
        self.budget.take(size, f"entry {name[:60]!r}")
        with self.archive.open(info) as entry:
            content = entry.read(size)
            # Reading past the end makes zipfile compare the checksum.
            if len(content) != size or entry.read(1):
                raise WeightsError(f"{self.file}: entry {name[:60]!r} was cut short")
        return content
