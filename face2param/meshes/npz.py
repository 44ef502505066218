"""Reads .npz files that somebody else wrote: no pickles, sizes first, then memory."""

import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from face2param.errors import FaceModelError

# No face model comes near this; a file that asks for more is damaged or made to harm.
LIMIT_BYTES = 4 << 30


def read_npz(
    path: Path, limit: int = LIMIT_BYTES, wanted: tuple[str, ...] | None = None
) -> dict[str, np.ndarray]:
    """Reads the arrays of an .npz file, without pickles and with the sizes checked first.

    Args:
      path: of the file.
      wanted: names of those that are read; None: all.
      limit: bytes that all arrays together may take.

    Raises:
      FaceModelError: the file is absent, damaged, holds Python objects, or is too large.
    """
    arrays = {}
    try:
        with zipfile.ZipFile(path) as archive:
            total = 0
            for entry in archive.infolist():
                name = entry.filename.removesuffix(".npy")
                if name == entry.filename or (wanted is not None and name not in wanted):
                    continue
                total += entry.file_size
                if total > limit:
                    raise FaceModelError(
                        f"{path}: its arrays would take more than {limit >> 20} MiB; it is "
                        "damaged or no face model"
                    )
                with archive.open(entry) as stream:
                    arrays[name] = _read_array(stream, entry.file_size)
    except OSError as error:
        raise FaceModelError(f"cannot read {path}: {error.strerror or error}") from None
    except FaceModelError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise what they like on damage
        raise FaceModelError(f"{path}: is no readable .npz file ({error})") from None
    return arrays


def _read_array(stream, size: int) -> np.ndarray:
    """One array, its header's size compared with the bytes that are there before allocation."""
    version = npy_format.read_magic(stream)
    read = npy_format.read_array_header_1_0 if version[0] == 1 else npy_format.read_array_header_2_0
    shape, fortran, kind = read(stream)
    if kind.hasobject:
        raise ValueError("it holds Python objects, which are not read")
    count = 1
    for length in shape:
        count *= int(length)
    if count * kind.itemsize > size:
        raise ValueError(f"an array of shape {shape} does not fit into its {size} bytes")
    data = stream.read(count * kind.itemsize)
    if len(data) != count * kind.itemsize:
        raise ValueError(f"an array of shape {shape} is truncated")
    return np.frombuffer(data, kind).reshape(shape, order="F" if fortran else "C")
