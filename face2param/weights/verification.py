"""Compares weight files with the register, byte for byte."""

from __future__ import annotations

import bz2
import dataclasses
import hashlib
import json
from pathlib import Path

from face2param.errors import OutputError, WeightsError
from face2param.weights import register
from face2param.weights.weight_file import NETWORK_SUFFIX, WeightFile

CHUNK = 1 << 20
LARGEST = 8 << 30
"""Bytes that may be unpacked where the size is not known."""


@dataclasses.dataclass(frozen=True)
class Verdict:
    """What is known about one copy of a weight file.

    Attributes:
      name: of the register's entry.
      place: see `register.Location`.
      path: the file.
      state: "good"; "damaged"; "own", another file that the user put in its place; "unknown",
        where no sha256 is published.
      note: one line for people.
      sha256: of the file as it lies there.
    """

    name: str
    place: str
    path: str
    state: str
    note: str
    sha256: str


def sha256_of(path: Path) -> str:
    """Returns the digest of a file.

    Raises:
      WeightsError: it cannot be read.
    """
    try:
        with open(path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise WeightsError(f"cannot read {path}: {error.strerror or error}") from None


def fault_of(entry: WeightFile, path: Path) -> str:
    """Says how a file differs from the published one; empty where nothing is known to differ."""
    size = path.stat().st_size
    if entry.size and size != entry.size:
        return f"{size} bytes, it must have {entry.size}"
    if entry.sha256:
        digest = sha256_of(path)
        if digest != entry.sha256:
            return f"its sha256 is {digest[:16]}..., it must be {entry.sha256[:16]}..."
    return ""


def verify(entry: WeightFile) -> list[Verdict]:
    """Verifies every copy of a file on this machine; none gives an empty list.

    Published files are compared with the register; files that this project trained or converted
    with the sha256 in the JSON beside them.
    """
    return [_verdict(entry, location) for location in register.locations(entry)]


def _verdict(entry: WeightFile, location: register.Location) -> Verdict:
    path, digest = location.path, sha256_of(location.path)
    expected, source = entry.sha256, "published"
    if not expected and path.name.endswith(NETWORK_SUFFIX):
        expected, source = _described(path), "its description's"
    if not expected:
        wrong_size = entry.size and path.stat().st_size != entry.size
        state, note = "unknown", f"no sha256 is published, this one is {digest}"
        if wrong_size:
            state, note = "damaged", fault_of(entry, path)
    elif digest == expected:
        state, note = "good", f"{source} sha256"
    else:
        state, note = "damaged", f"sha256 {digest[:16]}..., {source} {expected[:16]}..."
    if state == "damaged" and location.place == "own" and not path.name.endswith(NETWORK_SUFFIX):
        state, note = "own", f"not the published file: {note}"
    return Verdict(entry.name, location.place, str(path), state, note, digest)


def _described(path: Path) -> str:
    """Returns the sha256 in the JSON beside a network's weights; empty if there is none."""
    description = path.with_name(path.name.removesuffix(NETWORK_SUFFIX) + ".json")
    try:
        stored = json.loads(description.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(stored.get("sha256", "")) if isinstance(stored, dict) else ""


def unpack_bzip2(archive: Path, output: Path, limit: int = 0) -> None:
    """Unpacks a bzip2 file of one or several streams, a megabyte at a time.

    Args:
      archive: the packed file.
      output: file to write; incomplete if an error is raised.
      limit: bytes that may come out, so that a small archive cannot fill the disk; 0 for 8 GiB.

    Raises:
      WeightsError: it is no bzip2 file, is cut short, or holds more than `limit` bytes.
      OutputError: `output` cannot be written.
    """
    limit = limit or LARGEST
    unpacker, written = bz2.BZ2Decompressor(), 0
    try:
        with open(archive, "rb") as source, open(output, "wb") as target:
            pending = b""
            while True:
                if unpacker.needs_input and not pending:
                    pending = source.read(CHUNK)
                    if not pending:
                        raise WeightsError(f"{archive.name}: the bzip2 file is cut short")
                block = _unpack(unpacker, pending, archive)
                pending = b""
                written += len(block)
                if written > limit:
                    raise WeightsError(f"{archive.name}: it unpacks to more than {limit} bytes")
                target.write(block)
                if unpacker.eof:
                    pending = unpacker.unused_data or source.read(CHUNK)
                    if not pending:
                        return
                    unpacker = bz2.BZ2Decompressor()
    except OSError as error:
        raise OutputError(f"cannot write {output}: {error.strerror or error}") from None


def _unpack(unpacker: bz2.BZ2Decompressor, data: bytes, archive: Path) -> bytes:
    try:
        return unpacker.decompress(data, CHUNK)
    except (OSError, ValueError):
        raise WeightsError(f"{archive.name}: not a bzip2 file, or a damaged one") from None
