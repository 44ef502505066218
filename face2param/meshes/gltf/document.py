"""JSON that somebody else wrote, looked at one value at a time: each is what it must be.

pygltflib is not used for reading: it builds its objects from unchecked JSON, so that a hostile
file fails in it with whatever exception, and after the memory was taken.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn

from face2param.errors import CodecError

MAXIMUM_VALUES = 4_000_000
"""JSON values in a file; a game character has some thousands, with animations some 100,000."""

MAXIMUM_ITEMS = 2**16
"""Entries of one list of objects."""


class Item:
    """A JSON object with its place in the file, which every message names."""

    __slots__ = ("_value", "file", "where")

    def __init__(self, value: object, file: str, where: str = ""):
        """Wraps `value`, which must be an object.

        Raises:
          CodecError: it is something else.
        """
        self.file, self.where = file, where
        if not isinstance(value, dict):
            self.fail(f"must be an object, got {_short(value)}")
        self._value: dict = value

    def fail(self, message: str, name: str = "") -> NoReturn:
        """Raises CodecError naming the file and the place."""
        where = self._place(name)
        raise CodecError(f"{self.file}: {where} {message}" if where else f"{self.file} {message}")

    def __contains__(self, name: str) -> bool:
        """Whether there is a value of this name."""
        return name in self._value

    def integer(
        self, name: str, default: int | None = None, lowest: int = 0, highest: int = 2**53
    ) -> int:
        """A whole number in these limits; without a default it must be there."""
        value = self._value.get(name, default)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.fail(f"must be a whole number in {lowest}..{highest}, got {_short(value)}", name)
        return value

    def index(self, name: str, count: int) -> int | None:
        """Index of one of `count` things, or None."""
        return self.integer(name, None, 0, count - 1) if name in self else None

    def number(self, name: str, default: float, lowest: float = -math.inf) -> float:
        """A finite number."""
        value = _number(self._value.get(name, default))
        if value is None or value < lowest:
            self.fail(f"must be a number, got {_short(self._value.get(name))}", name)
        return value

    def numbers(self, name: str, count: int | None) -> list[float] | None:
        """That many finite numbers (None: any number of them), or None where there are none."""
        if name not in self:
            return None
        values = self._list(name)
        numbers = [_number(value) for value in values]
        if None in numbers or (count is not None and len(numbers) != count):
            wanted = "numbers" if count is None else f"{count} numbers"
            self.fail(f"must hold {wanted}, got {_short(values)}", name)
        return numbers

    def indices(self, name: str, count: int) -> list[int]:
        """Indices of some of `count` things; empty where there are none."""
        values = self._list(name) if name in self else []
        for value in values:
            if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < count:
                self.fail(f"must hold whole numbers in 0..{count - 1}, got {_short(value)}", name)
        return values

    def text(self, name: str, default: str = "") -> str:
        """A text."""
        value = self._value.get(name, default)
        if not isinstance(value, str):
            self.fail(f"must be a text, got {_short(value)}", name)
        # A lone surrogate, which JSON can write, would fail at the first print.
        return value.encode("utf-8", "replace").decode()

    def texts(self, name: str) -> list[str]:
        """Texts; empty where there are none."""
        values = self._list(name) if name in self else []
        if not all(isinstance(value, str) for value in values):
            self.fail("must hold texts", name)
        return [value.encode("utf-8", "replace").decode() for value in values]

    def extra_texts(self, name: str) -> list[str]:
        """A list of texts in the extras, which may hold anything; empty where there is none."""
        extras = self._value.get("extras")
        values = extras.get(name) if isinstance(extras, dict) else None
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            return []
        return [value.encode("utf-8", "replace").decode() for value in values]

    def flag(self, name: str) -> bool:
        """True or false; false where there is none."""
        value = self._value.get(name, False)
        if not isinstance(value, bool):
            self.fail(f"must be true or false, got {_short(value)}", name)
        return value

    def item(self, name: str) -> Item | None:
        """The object of this name, or None."""
        if name not in self:
            return None
        return Item(self._value[name], self.file, self._place(name))

    def items(self, name: str, most: int | None = None) -> list[Item]:
        """The objects of this name, at most `most` of them; empty where there are none."""
        values = self._list(name) if name in self else []
        most = most or MAXIMUM_ITEMS
        if len(values) > most:
            self.fail(f"has {len(values)} entries; at most {most} are read", name)
        place = self._place(name)
        return [Item(value, self.file, f"{place}[{i}]") for i, value in enumerate(values)]

    def extension(self, name: str) -> Item | None:
        """The extension of this name, or None."""
        extensions = self.item("extensions")
        return None if extensions is None else extensions.item(name)

    def names(self) -> Iterator[str]:
        """The names of its values."""
        return iter(self._value)

    def _list(self, name: str) -> list:
        value = self._value.get(name)
        if not isinstance(value, list):
            self.fail(f"must be a list, got {_short(value)}", name)
        return value

    def _place(self, name: str) -> str:
        return ".".join(part for part in (self.where, name) if part)


def parse(text: bytes, file: str) -> Item:
    """Reads the JSON of a glTF file.

    Raises:
      CodecError: it is not JSON, too large for a glTF file, or no object.
    """
    # An empty list costs 60 times its three bytes, so values are counted before they are made.
    if sum(text.count(mark) for mark in (b",", b"[", b"{")) > MAXIMUM_VALUES:
        raise CodecError(f"{file}: its JSON has more than {MAXIMUM_VALUES} values; it is damaged")
    try:
        return Item(json.loads(text.decode("utf-8-sig"), parse_constant=_refuse), file)
    except RecursionError:
        raise CodecError(f"{file}: its JSON is nested too deeply; it is damaged") from None
    except ValueError as error:
        raise CodecError(f"{file} is no glTF file: its JSON is not valid: {error}") from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        value = float(value)
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _short(value: Any) -> str:
    """What was received, short enough for one line."""
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "an object"
    if isinstance(value, list):
        return f"a list of {len(value)}" if len(value) > 4 else f"[{', '.join(map(_short, value))}]"
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value) if abs(value) < 10**20 else "a number of more than 20 digits"
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:60] + "..."
