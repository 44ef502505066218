"""MATLAB files, read defensively: names and shapes first, then the wanted arrays only."""

import math
import os
import zlib
from pathlib import Path

import numpy as np

from face2param.errors import FaceModelError

LIMIT_BYTES = 3 << 30
_NUMBERS = {
    "double",
    "single",
    "logical",
    *(f"{u}int{n}" for u in ("", "u") for n in (8, 16, 32, 64)),
}
# Arrays are compared with this much of the file: zlib does not compress better than 1032:1.
_DENSEST = 1100


def contents(path: str | os.PathLike) -> dict[str, tuple[tuple[int, ...], str]]:
    """Names in a .mat file -> (shape, MATLAB class), without reading any array.

    Raises:
      FaceModelError: the file is absent or no .mat file of version 7 or older.
    """
    from scipy.io import whosmat
    from scipy.io.matlab import MatReadError

    try:
        return {name: (tuple(shape), kind) for name, shape, kind in whosmat(os.fspath(path))}
    except OSError as error:
        raise FaceModelError(f"cannot read {path}: {error.strerror or error}") from None
    except NotImplementedError:
        raise FaceModelError(
            f"{path}: is a MATLAB 7.3 (HDF5) file, which is not read; save it again in MATLAB with "
            "save(..., '-v7')"
        ) from None
    except (MatReadError, ValueError, TypeError, LookupError, EOFError, zlib.error) as e:
        raise FaceModelError(f"{path}: is no readable MATLAB file ({e})") from None


def read(path: str | os.PathLike, wanted: tuple[str, ...]) -> dict[str, np.ndarray]:
    """Reads arrays of numbers from a .mat file.

    Args:
      path: of the file.
      wanted: their names; those that are absent are absent from the answer.

    Raises:
      FaceModelError: the file is damaged, an array is not of plain numbers, or they are larger
        than such a file can hold.
    """
    from scipy.io import loadmat
    from scipy.io.matlab import MatReadError

    path = Path(path)
    found = {name: entry for name, entry in contents(path).items() if name in wanted}
    total = 0
    for name, (shape, kind) in found.items():
        if kind not in _NUMBERS:
            raise FaceModelError(f"{path}: {name} is a MATLAB {kind}; it must hold plain numbers")
        total += 8 * math.prod(shape)
    if total > min(LIMIT_BYTES, _DENSEST * path.stat().st_size + (1 << 20)):
        raise FaceModelError(
            f"{path}: its arrays would take {total >> 20} MiB, more than the file can hold"
        )
    if not found:
        return {}
    try:
        values = loadmat(os.fspath(path), variable_names=list(found))
    except (MatReadError, ValueError, TypeError, EOFError, OSError, zlib.error) as error:
        raise FaceModelError(f"{path}: is damaged ({error})") from None
    return {name: np.asarray(values[name]) for name in found if name in values}


def require(path: Path, arrays: dict, names: tuple[str, ...], what: str) -> None:
    """Raises FaceModelError naming which of `names` the file lacks."""
    missing = [name for name in names if name not in arrays]
    if missing:
        have = ", ".join(sorted(contents(path))) or "nothing"
        raise FaceModelError(
            f"{path}: has no {', '.join(missing)}; {what} needs {', '.join(names)}. It has {have}"
        )


def zero_based(
    where: str, name: str, values: np.ndarray, count: int, one_based: bool = True
) -> tuple[np.ndarray, bool]:
    """Brings indices to the base 0; the base is seen in their range.

    Args:
      where: the file, for the message.
      name: of the array.
      values: indices, integers though MATLAB may store them as floats.
      count: how many things they point to.
      one_based: what is assumed where the range fits both.

    Returns:
      int64 indices from 0, and whether the file's were 1-based.

    Raises:
      FaceModelError: they are no integers, or fit neither 0..count-1 nor 1..count.
    """
    values = np.asarray(values)
    whole = values.astype(np.int64) if np.isfinite(values).all() else np.zeros(1, np.int64)
    if values.size == 0 or not np.isfinite(values).all() or (whole != values).any():
        raise FaceModelError(f"{where}: {name} must hold indices (whole numbers)")
    low, high = int(whole.min()), int(whole.max())
    if low == 0 and high < count:
        return whole, False
    if low >= 1 and high == count:
        return whole - 1, True
    if low >= 1 and high < count:
        return (whole - 1, True) if one_based else (whole, False)
    raise FaceModelError(
        f"{where}: {name} holds indices {low}..{high}; they must lie in 1..{count} (or in "
        f"0..{count - 1}): it mixes bases or belongs to another mesh"
    )
