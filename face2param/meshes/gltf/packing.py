"""Arrays and pictures into the one buffer of a glTF file, each only once."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import numpy as np
from PIL import Image

from face2param.meshes.gltf import formats

VERTICES, INDICES = 34962, 34963
_TYPES = {shape: name for name, shape in formats.SHAPES.items()}
_CODES = {kind: code for code, kind in formats.COMPONENTS.items()}


class Packer:
    """Collects accessors, buffer views and pictures.

    Attributes:
      accessors: JSON of the accessors so far.
      views: JSON of the buffer views so far.
      pictures: PNG bytes of the pictures so far.
      data: the buffer so far.
    """

    def __init__(self) -> None:
        """Starts empty."""
        self.accessors: list[dict] = []
        self.views: list[dict] = []
        self.pictures: list[bytes] = []
        self.data = bytearray()
        self._known: dict[tuple, Any] = {}

    def once(self, value: object, what: str, make: Callable[[], Any]) -> Any:
        """Returns what `make` returned when this very array was first packed for this use.

        The caller keeps the arrays alive, so that no other can have the same identity.
        """
        key = (id(value), what)
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]

    def add(self, values: np.ndarray, target: int | None = None, bounds: bool = False) -> int:
        """Packs one row for each element; returns the accessor.

        Args:
          values: `[count, ...]` of a dtype and a shape that glTF knows; matrices row by row.
          target: VERTICES, INDICES or None.
          bounds: least and greatest values are told, as positions need it.
        """
        if values.ndim == 3:  # matrices stand column by column
            values = values.swapaxes(1, 2)
        values = np.ascontiguousarray(values, values.dtype.newbyteorder("<"))
        accessor = self._describe(values, bounds)
        accessor["bufferView"] = self.view(values.tobytes(), target)
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_differences(self, values: np.ndarray) -> int:
        """Packs morph differences float32 `[v, 3]`, only the rows that are not zero if smaller."""
        rows = np.flatnonzero(values.any(1))
        if not len(rows):
            rows = np.zeros(1, np.int64)  # the format has no sparse accessor of nothing
        kind = np.dtype("<u2" if len(values) <= 2**16 else "<u4")
        if len(rows) * (12 + kind.itemsize) >= len(values) * 12:
            return self.add(values, VERTICES, bounds=True)
        accessor = self._describe(values, True)
        accessor["sparse"] = {
            "count": len(rows),
            "indices": {
                "bufferView": self.view(rows.astype(kind).tobytes()),
                "componentType": _CODES[kind],
            },
            "values": {"bufferView": self.view(values[rows].astype("<f4").tobytes())},
        }
        self.accessors.append(accessor)
        return len(self.accessors) - 1

    def add_picture(self, pixels: np.ndarray) -> int:
        """Packs uint8 `[height, width, 3 or 4]` as PNG; returns its place in `pictures`."""
        stream = io.BytesIO()
        Image.fromarray(pixels).save(stream, "png")
        self.pictures.append(stream.getvalue())
        return len(self.pictures) - 1

    def view(self, data: bytes, target: int | None = None) -> int:
        """Appends bytes to the buffer; returns the buffer view."""
        self.data += b"\0" * (-len(self.data) % 4)
        view = {"buffer": 0, "byteOffset": len(self.data), "byteLength": len(data)}
        if target is not None:
            view["target"] = target
        self.views.append(view)
        self.data += data
        return len(self.views) - 1

    @staticmethod
    def _describe(values: np.ndarray, bounds: bool) -> dict:
        described = {
            "componentType": _CODES[values.dtype.newbyteorder("<")],
            "count": len(values),
            "type": _TYPES[values.shape[1:]],
        }
        if bounds:
            described["min"], described["max"] = values.min(0).tolist(), values.max(0).tolist()
        return described
