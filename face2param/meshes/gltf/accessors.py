"""Numbers out of buffers: strides, sparse rows, normalised integers, compressed views."""

from __future__ import annotations

import numpy as np

from face2param.meshes.gltf import formats, meshopt
from face2param.meshes.gltf.container import Budget, Files
from face2param.meshes.gltf.document import Item

UNSIGNED = (formats.UNSIGNED_BYTE, formats.UNSIGNED_SHORT, formats.UNSIGNED_INT)
"""Component types of indices."""

MAXIMUM_ACCESSORS = 2**18
"""A thousand morph targets with normals on a hundred parts are 200,000."""


class Accessors:
    """Decodes the accessors of one file.

    Attributes:
      files: where the bytes come from.
      budget: bytes of numbers that may still be made.
    """

    def __init__(self, files: Files, budget: Budget):
        """Looks at the lists, decodes nothing."""
        self.files, self.budget = files, budget
        self._accessors = files.root.items("accessors", MAXIMUM_ACCESSORS)
        self._views = files.root.items("bufferViews", MAXIMUM_ACCESSORS)
        self._required = set(files.root.texts("extensionsRequired"))
        self._unpacked: dict[int, tuple[memoryview, int]] = {}
        self._known: dict[tuple, np.ndarray] = {}

    @property
    def count(self) -> int:
        """How many accessors the file names."""
        return len(self._accessors)

    def rows(self, index: int) -> int:
        """How many elements the accessor promises."""
        return self._accessors[index].integer("count", lowest=1)

    def has_data(self, index: int) -> bool:
        """Whether the accessor holds numbers or stands for zeros."""
        return "bufferView" in self._accessors[index] or "sparse" in self._accessors[index]

    def floats(self, index: int, *types: str, keep: bool = True) -> np.ndarray:
        """Numbers as float32 `[count, ...]`, normalised integers in [0, 1] or [-1, 1].

        Args:
          index: of the accessor.
          types: those that are right here, such as "VEC3".
          keep: return the same array when asked again.

        Raises:
          CodecError: the accessor is damaged or of another type.
        """
        key = (index, np.float32)
        if key in self._known:
            self._checked(index, types, tuple(formats.COMPONENTS))
            return self._known[key]
        raw = self._raw(index, types, tuple(formats.COMPONENTS))
        # A copy, since the bytes of a file are read-only and may lie unaligned.
        values = np.array(raw, np.float32, order="C")
        if self._accessors[index].flag("normalized") and raw.dtype.kind in "iu":
            # KHR_mesh_quantization: the most negative number counts as -1, too.
            values = np.maximum(values / np.float32(np.iinfo(raw.dtype).max), np.float32(-1))
        if keep:
            self._known[key] = values
        return values

    def integers(self, index: int, *types: str) -> np.ndarray:
        """Unsigned integers as int64 `[count, ...]`.

        Raises:
          CodecError: the accessor is damaged or of another type.
        """
        key = (index, np.int64)
        if key not in self._known:
            self._known[key] = self._raw(index, types, UNSIGNED).astype(np.int64)
        self._checked(index, types, UNSIGNED)
        return self._known[key]

    def view(self, index: int) -> tuple[memoryview, int]:
        """The bytes of a buffer view and its stride, 0 where rows follow each other closely."""
        item = self._views[index]
        found = [name for name in meshopt.NAMES if item.extension(name) is not None]
        packed = item.extension(found[0]) if found else None
        if packed is not None and (self._required & set(found) or meshopt.available()):
            if index not in self._unpacked:
                self._unpacked[index] = meshopt.unpack(packed, self._span, self.budget)
            return self._unpacked[index]
        return self._span(item), item.integer("byteStride", 0, 0, 252)

    @property
    def view_count(self) -> int:
        """How many buffer views the file names."""
        return len(self._views)

    def _span(self, item: Item) -> memoryview:
        data = self.files.buffer(item.integer("buffer", None, 0, self.files.buffer_count - 1))
        offset, length = item.integer("byteOffset", 0), item.integer("byteLength", lowest=1)
        if offset + length > len(data):
            item.fail(f"ends at byte {offset + length} of a buffer of {len(data)}")
        return data[offset : offset + length]

    def _checked(self, index: int, types: tuple[str, ...], components: tuple[int, ...]) -> Item:
        item = self._accessors[index]
        if item.text("type") not in types:
            item.fail(f"must be of type {' or '.join(types)}, got {item.text('type')[:20]!r}")
        if item.integer("componentType") not in components:
            wanted = ", ".join(map(str, components))
            item.fail(f"componentType must be one of {wanted}, got {item.integer('componentType')}")
        return item

    def _raw(self, index: int, types: tuple[str, ...], components: tuple[int, ...]) -> np.ndarray:
        item = self._checked(index, types, components)
        kind = formats.COMPONENTS[item.integer("componentType")]
        shape = formats.SHAPES[item.text("type")]
        count = item.integer("count", lowest=1)
        # What the numbers take when they are decoded, where even a byte becomes 4 or 8 of them.
        cost = count * int(np.prod(shape, dtype=np.int64)) * (8 if components == UNSIGNED else 4)
        if "bufferView" in item:
            values = self._rows(item, count, kind, shape)
            self.budget.take(cost)
        else:
            self.budget.take(cost)
            values = np.zeros((count, *shape), kind)
        sparse = item.item("sparse")
        if sparse is not None:
            values = self._replaced(sparse, values)
        return values.swapaxes(1, 2) if len(shape) == 2 else values

    def _rows(self, item: Item, count: int, kind: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
        """A view of `count` elements where this accessor, or part of a sparse one, points."""
        data, stride = self.view(item.integer("bufferView", None, 0, len(self._views) - 1))
        offset = item.integer("byteOffset", 0)
        size = kind.itemsize * int(np.prod(shape, dtype=np.int64))
        stride = stride or size
        if stride < size:
            item.fail(f"has elements of {size} bytes in a buffer view of stride {stride}")
        if offset + stride * (count - 1) + size > len(data):
            needed = offset + stride * (count - 1) + size
            item.fail(f"needs {needed} bytes of a buffer view of {len(data)}")
        inner = np.empty(shape, kind).strides
        return np.ndarray((count, *shape), kind, data, offset, (stride, *inner))

    def _replaced(self, sparse: Item, values: np.ndarray) -> np.ndarray:
        count = sparse.integer("count", None, 1, len(values))
        indices, rows = sparse.item("indices"), sparse.item("values")
        if indices is None or rows is None:
            sparse.fail("must have indices and values")
        code = indices.integer("componentType")
        if code not in UNSIGNED:
            indices.fail(f"componentType must be one of {UNSIGNED}, got {code}")
        places = self._rows(indices, count, formats.COMPONENTS[code], ())
        if places.max() >= len(values):
            indices.fail(f"point to element {places.max()} of {len(values)}")
        values = np.array(values)
        values[places] = self._rows(rows, count, values.dtype, values.shape[1:])
        return values
