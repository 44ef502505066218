"""One check of tensor shapes for the tensor functions of this room."""

from typing import Any

import numpy as np


def check_shape(name: str, value: Any, shape: tuple[int | str, ...]) -> None:
    """Compares a static shape with the expected one.

    Args:
      name: the argument's name, for the message.
      value: tensor or array.
      shape: a number for a fixed axis, a word for any length; unknown lengths pass. A first
        entry "..." stands for any number of leading axes.

    Raises:
      ValueError: rank or length differ.
    """
    static = value.shape if hasattr(value, "shape") else np.shape(value)
    if getattr(static, "rank", 0) is None:
        return
    found = tuple(static)
    wanted = shape
    if shape and shape[0] == "...":
        wanted = shape[1:]
        compared = found[len(found) - len(wanted) :] if len(found) >= len(wanted) else None
    else:
        compared = found if len(found) == len(wanted) else None
    if compared is None or any(
        isinstance(expected, int) and length is not None and length != expected
        for expected, length in zip(wanted, compared, strict=True)
    ):
        words = ", ".join(str(axis) for axis in shape)
        raise ValueError(f"{name} must have shape [{words}], got {list(found)}")
