"""Checks of the arrays of a linear face model: type, shape, indices."""

import numpy as np

from face2param.errors import FaceModelError


def check_numbers(model: str, name: str, array: np.ndarray) -> None:
    """Raises FaceModelError unless `array` holds plain real numbers."""
    if array.dtype.kind not in "fiub":
        raise FaceModelError(
            f"face model {model!r}: {name} has type {array.dtype}; it must hold numbers"
        )


def check_shape(model: str, name: str, array: np.ndarray, shape: tuple[int | None, ...]) -> None:
    """Raises FaceModelError unless `array` has `shape`; None stands for any length."""
    fits = len(array.shape) == len(shape) and all(
        want is None or have == want for have, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        text = ", ".join("any" if n is None else str(n) for n in shape)
        raise FaceModelError(
            f"face model {model!r}: {name} has shape {list(array.shape)}; it must be [{text}]"
        )


def check_indices(model: str, name: str, array: np.ndarray, count: int) -> None:
    """Raises FaceModelError unless all of `array` lies in 0 .. count - 1."""
    if not array.size:
        return
    low, high = int(array.min()), int(array.max())
    if low >= 0 and high < count:
        return
    hint = "; the indices seem to be 1-based" if low >= 1 and high == count else ""
    raise FaceModelError(
        f"face model {model!r}: {name} holds indices {low}..{high}; they must lie in "
        f"0..{count - 1}{hint}"
    )
