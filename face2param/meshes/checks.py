"""Checks of the arrays that the records of this room hold; every message names the attribute."""

from __future__ import annotations

import numpy as np


def check_shape(value: np.ndarray, name: str, shape: tuple[int | None, ...]) -> None:
    """Raises ValueError unless the array has this shape; None stands for any length."""
    fits = value.ndim == len(shape) and all(
        wanted in (None, got) for wanted, got in zip(shape, value.shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("any" if side is None else str(side) for side in shape)
        raise ValueError(f"{name} must have shape [{wanted}], got {list(value.shape)}")


def check_indices(indices: np.ndarray, name: str, count: int, of: str) -> None:
    """Raises ValueError unless all indices lie in 0..count - 1."""
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        raise ValueError(
            f"{name} must index {count} {of} from 0, got indices {indices.min()}..{indices.max()}"
        )


def check_finite(value: np.ndarray, name: str) -> None:
    """Raises ValueError where a number is NaN or infinite."""
    if not np.isfinite(value).all():
        raise ValueError(f"{name} hold a value that is not a number")
