"""The files that make up one glTF model: GLB chunks, files beside it, data in texts."""

from __future__ import annotations

import base64
import binascii
import os
import struct
import urllib.parse
from pathlib import Path

from face2param.errors import CodecError
from face2param.meshes.gltf import document, formats
from face2param.meshes.gltf.document import Item


class Budget:
    """Bytes that may still be taken; asked before memory is."""

    def __init__(self, limit: int, file: str, purpose: str):
        """Starts with all of `limit`."""
        self.limit, self.left, self.file, self.purpose = limit, limit, file, purpose

    def take(self, count: int) -> None:
        """Takes bytes.

        Raises:
          CodecError: fewer are left.
        """
        self.left -= count
        if self.left < 0:
            raise CodecError(
                f"{self.file} needs more than {self.limit} bytes for {self.purpose}; "
                "it is damaged or too large (maximum_bytes)"
            )


class Files:
    """The JSON of a model and the bytes that it refers to.

    Attributes:
      name: of the file, for messages.
      root: its JSON.
      budget: bytes of all files that may still be read.
    """

    def __init__(self, path: str | os.PathLike, maximum_bytes: int):
        """Reads the file itself, not yet those that it names.

        Raises:
          CodecError: no such file, too large, or neither GLB nor glTF JSON.
        """
        self.path = Path(path)
        self.name = str(path)
        self.budget = Budget(maximum_bytes, self.name, "its files")
        data = self._read(self.path)
        self._binary: memoryview | None = None
        if data[:4] == formats.MAGIC:
            text = self._chunks(data)
        else:
            text = data
        self.root: Item = document.parse(text, self.name)
        asset = self.root.item("asset")
        version = "" if asset is None else asset.text("version")
        if version.split(".")[0] != "2":
            raise CodecError(
                f"{self.name} is no glTF 2.0 file: asset.version is {version[:20]!r}; "
                "export it anew as glTF 2.0"
            )
        self._buffers = self.root.items("buffers")
        self._loaded: dict[int, memoryview] = {}

    def buffer(self, index: int) -> memoryview:
        """The bytes of a buffer, at least as many as it promises."""
        if index not in self._loaded:
            buffer = self._buffers[index]
            length = buffer.integer("byteLength", lowest=1)
            if "uri" in buffer:
                data = self.resource(buffer)
            elif index == 0 and self._binary is not None:
                data = self._binary
            else:
                buffer.fail("has neither a uri nor the binary chunk of a .glb file")
            if len(data) < length:
                buffer.fail(f"promises {length} bytes, there are {len(data)}")
            self._loaded[index] = data[:length]
        return self._loaded[index]

    @property
    def buffer_count(self) -> int:
        """How many buffers the file names."""
        return len(self._buffers)

    def resource(self, item: Item) -> memoryview:
        """The bytes that the `uri` of a buffer or a picture stands for."""
        uri = item.text("uri")
        if uri[:5].lower() == "data:":
            return memoryview(self._data(item, uri))
        try:
            parts = urllib.parse.urlsplit(uri)
        except ValueError:
            parts = None
        if parts is None or parts.scheme or parts.netloc:
            item.fail("must name a file beside the model or hold data", "uri")
        name = urllib.parse.unquote(parts.path)
        folder = self.path.parent.resolve()
        try:
            found = (folder / name).resolve()
            inside = "\\" not in name and "\0" not in name and found.is_relative_to(folder)
            if not inside or not name:
                item.fail(f"must stay in the folder of the model, got {name[:100]!r}", "uri")
            if not found.is_file():
                item.fail(f"names {name[:100]!r}, which is no file beside the model", "uri")
        except (OSError, ValueError, RuntimeError):  # too long a name, a ring of links
            item.fail(f"names no file that can be opened: {name[:100]!r}", "uri")
        return memoryview(self._read(found))

    def _data(self, item: Item, uri: str) -> bytes:
        head, comma, text = uri.partition(",")
        if not comma or not head.lower().endswith(";base64"):
            item.fail("holds data that is not base64", "uri")
        self.budget.take(len(text))
        if "%" in text:
            text = urllib.parse.unquote(text)
        try:
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
        except (binascii.Error, ValueError) as error:
            item.fail(f"holds damaged data: {error}", "uri")

    def _read(self, path: Path) -> bytes:
        try:
            if path.exists() and not path.is_file():
                raise CodecError(f"cannot read {path}: it is no file")
            with path.open("rb") as stream:
                self.budget.take(os.fstat(stream.fileno()).st_size)
                return stream.read(self.budget.limit)
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise CodecError(f"cannot read {path}: {reason}") from None

    def _chunks(self, data: bytes) -> bytes:
        """The JSON of a GLB file; keeps its binary chunk."""
        if len(data) < 12:
            raise CodecError(f"{self.name} is cut off: a GLB header has 12 bytes, got {len(data)}")
        version, length = struct.unpack_from("<II", data, 4)
        if version != 2:
            raise CodecError(f"{self.name} is GLB version {version}; only version 2 is read")
        if length > len(data):
            raise CodecError(f"{self.name} is cut off: {length} bytes promised, got {len(data)}")
        text, place, view = None, 12, memoryview(data)
        while place + 8 <= length:
            size, kind = struct.unpack_from("<I4s", data, place)
            place += 8
            if place + size > length:
                raise CodecError(
                    f"{self.name}: the chunk at byte {place - 8} has {size} bytes, "
                    f"{length - place} are left"
                )
            if text is None:
                if kind != formats.JSON_CHUNK:
                    raise CodecError(f"{self.name}: the first chunk must be JSON, got {kind!r}")
                text = bytes(view[place : place + size])
            elif kind == formats.BINARY_CHUNK and self._binary is None:
                self._binary = view[place : place + size]
            place += size
        if text is None:
            raise CodecError(f"{self.name} has no JSON chunk; it is damaged")
        return text.rstrip(b"\0 ")
