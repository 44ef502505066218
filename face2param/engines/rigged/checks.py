"""Checks of the fields of frozen records; every complaint is a CodecError that names the field.

The records have a class attribute `kind`, which the messages begin with.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from face2param.errors import CodecError


def complaint(record: Any, field: str, wanted: str) -> CodecError:
    """The error about one field of a record."""
    return CodecError(
        f"{record.kind}: field '{field}' is {getattr(record, field)!r:.80}; it must be {wanted}"
    )


def text(record: Any, field: str, optional: bool = False) -> None:
    """The field must be a text that is not empty (or None)."""
    value = getattr(record, field)
    if not (isinstance(value, str) and value) and not (optional and value is None):
        raise complaint(record, field, "a text that is not empty" + (" or null" * optional))


def one_of(record: Any, field: str, values: Sequence[str]) -> None:
    """The field must be one of some words."""
    value = getattr(record, field)
    if not isinstance(value, str) or value not in values:
        raise complaint(record, field, f"one of {', '.join(values)}")


def is_number(value: Any) -> bool:
    """Whether a value of a JSON file is a finite number."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number too large for a float
        return False


def number(record: Any, field: str, low: float = -math.inf, high: float = math.inf) -> None:
    """The field must be a finite number in [low, high]; it becomes a float."""
    value = getattr(record, field)
    if not is_number(value) or not low <= value <= high:
        wanted = "a number" if math.isinf(low) else f"a number in [{low:g}, {high:g}]"
        raise complaint(record, field, wanted)
    object.__setattr__(record, field, float(value))


def numbers(record: Any, field: str, count: int) -> None:
    """The field must be so many finite numbers; it becomes a tuple of floats."""
    values = getattr(record, field)
    good = isinstance(values, Sequence) and not isinstance(values, str) and len(values) == count
    if not good or not all(is_number(value) for value in values):
        raise complaint(record, field, f"a list of {count} numbers")
    object.__setattr__(record, field, tuple(float(value) for value in values))
