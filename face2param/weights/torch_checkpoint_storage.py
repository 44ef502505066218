"""Element types and storages of PyTorch checkpoints, as NumPy arrays.

A storage is one flat block of elements; a tensor is a window on it with an offset, a shape
and strides. Every number comes from the file, so each is checked before memory is touched.
"""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from face2param.errors import WeightsError

MAX_AXES = 32


@dataclasses.dataclass(frozen=True)
class ElementType:
    """How one element lies in the file.

    Attributes:
      name: PyTorch's name of the type.
      stored: NumPy type of the bytes, in native order; bfloat16 has none and is read as
        uint16, bool as uint8.
    """

    name: str
    stored: np.dtype

    @property
    def size(self) -> int:
        """Bytes of one element."""
        return self.stored.itemsize

    def decode(self, data, big_endian: bool = False) -> np.ndarray:
        """Turns the bytes of whole elements into a read-only array `[elements]`.

        bfloat16 becomes float32, which holds each of its values exactly.
        """
        stored = self.stored.newbyteorder(">" if big_endian else "<")
        values = np.frombuffer(data, stored) if len(data) else np.zeros(0, stored)
        values = values.astype(self.stored, copy=False)
        if self.name == "bfloat16":
            values = (values.astype(np.uint32) << 16).view(np.float32)
        elif self.name == "bool":
            values = values != 0
        values.flags.writeable = False
        return values


ELEMENT_TYPES: dict[str, ElementType] = {
    name: ElementType(name, np.dtype(stored))
    for name, stored in {
        "float64": "f8",
        "float32": "f4",
        "float16": "f2",
        "bfloat16": "u2",
        "int64": "i8",
        "int32": "i4",
        "int16": "i2",
        "int8": "i1",
        "uint64": "u8",
        "uint32": "u4",
        "uint16": "u2",
        "uint8": "u1",
        "bool": "u1",
        "complex64": "c8",
        "complex128": "c16",
    }.items()
}

STORAGE_TYPES: dict[str, ElementType] = {
    f"{prefix}Storage": ELEMENT_TYPES[name]
    for prefix, name in {
        "Double": "float64",
        "Float": "float32",
        "Half": "float16",
        "BFloat16": "bfloat16",
        "Long": "int64",
        "Int": "int32",
        "Short": "int16",
        "Char": "int8",
        "Byte": "uint8",
        "Bool": "bool",
        "ComplexFloat": "complex64",
        "ComplexDouble": "complex128",
        "Untyped": "uint8",
    }.items()
}


@dataclasses.dataclass
class Budget:
    """Bytes that a file may still ask for.

    Attributes:
      left: bytes.
      file: name of the file for the message.
    """

    left: int
    file: str

    def take(self, count: int, what: str) -> None:
        """Subtracts `count` bytes.

        Raises:
          WeightsError: fewer are left.
        """
        if count > self.left:
            raise WeightsError(
                f"{self.file}: {what} would take {shorten(count)} bytes, more than this file "
                "can honestly hold or limit_bytes allows; it is damaged or made to harm"
            )
        self.left -= count


@dataclasses.dataclass(frozen=True)
class Storage:
    """A flat block of elements.

    Attributes:
      element: their type.
      count: their number.
      data: the raw bytes, or None where only the layout is being checked.
      big_endian: byte order of `data`.
    """

    element: ElementType
    count: int
    data: bytes | memoryview | None = None
    big_endian: bool = False

    def part(self, start, count) -> Storage:
        """Elements `start` to `start + count` as a storage of their own.

        Raises:
          ValueError: they are not all inside.
        """
        if not (_is_count(start) and _is_count(count) and start + count <= self.count):
            raise ValueError("a view lies outside its storage")
        size = self.element.size
        data = None if self.data is None else self.data[start * size : (start + count) * size]
        return dataclasses.replace(self, count=count, data=data)

    def retyped(self, element: ElementType) -> Storage:
        """The same bytes as elements of another type.

        Raises:
          ValueError: the bytes are not a whole number of them.
        """
        if self.count * self.element.size % element.size:
            raise ValueError(f"{self.count} bytes are no whole number of {element.name}")
        count = self.count * self.element.size // element.size
        return dataclasses.replace(self, element=element, count=count)

    def tensor(self, offset, shape, strides, budget: Budget) -> np.ndarray | None:
        """The tensor that starts at element `offset`.

        Args:
          offset: first element.
          shape: length of each axis.
          strides: elements from one index of an axis to the next.
          budget: pays for the tensor's full size, so that an axis of stride 0 is not free.

        Returns:
          A read-only array of its own, or None where there is no data.

        Raises:
          ValueError: a number is no count, or the tensor reaches outside the storage.
          WeightsError: the budget does not allow it.
        """
        if not (type(shape) is tuple and type(strides) is tuple and len(shape) == len(strides)):
            raise ValueError("a tensor's shape and strides do not go together")
        if len(shape) > MAX_AXES or not all(map(_is_count, (offset, *shape, *strides))):
            raise ValueError("a tensor's offset, shape or strides are no counts")
        count = math.prod(shape)
        last = offset + sum((n - 1) * s for n, s in zip(shape, strides, strict=True))
        if offset > self.count or (count and last >= self.count):
            raise ValueError(
                f"a tensor reaches to element {shorten(last)} of a storage of {self.count}"
            )
        # The span too: bfloat16 and bool are decoded over all of it.
        budget.take(max(count, last + 1 - offset if count else 0) * self.element.size, "a tensor")
        if self.data is None:
            return None
        if not count:
            return self.element.decode(b"").reshape(shape)
        size = self.element.size
        window = self.element.decode(self.data[offset * size : (last + 1) * size], self.big_endian)
        steps = [s * window.itemsize for s in strides]
        view = np.lib.stride_tricks.as_strided(window, shape, steps, writeable=False)
        tensor = np.array(view, order="C")
        tensor.flags.writeable = False
        return tensor


def shorten(number: int) -> str:
    """A number for a message; Python refuses to print very long ones."""
    return str(number) if abs(number) < 10**20 else "more than 10^20"


def _is_count(value) -> bool:
    return type(value) is int and 0 <= value < 2**62
