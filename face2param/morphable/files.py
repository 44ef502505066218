"""A face model as an .npz file: written by `save`, read by `load` and by nothing unsafe."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib import format as npy_format

from face2param import config
from face2param.errors import FaceModelError
from face2param.morphable.articulation import Articulation
from face2param.morphable.model import FaceModel

FORMAT = "face2param face model 1"
# No face model comes near this; a file that asks for more is damaged or made to harm.
LIMIT_BYTES = 4 << 30
_REQUIRED = (
    "mean", "identity", "expression", "albedo_mean", "albedo", "faces", "landmark_vertices",
    "landmark_weights", "skin_mask", "front_mask",
)  # fmt: skip
_BASES = ("identity", "expression", "albedo")
_ARTICULATION = ("names", "parents", "regressor", "weights", "correctives")


def save(model: FaceModel, path: str | os.PathLike, half: bool = False) -> None:
    """Writes a model.

    Args:
      model: what to write.
      path: of the file, NAME.npz; replaced atomically.
      half: whether the bases are stored in half precision (half the size; they lose 5e-4 of
        their values).

    Raises:
      FaceModelError: the name does not end in .npz.
      OutputError: the file cannot be written.
    """
    path = Path(path)
    if path.suffix != ".npz":
        raise FaceModelError(f"{path}: a face model is written to a file that ends in .npz")
    arrays = {"format": np.array(FORMAT), "name": np.array(model.name)}
    arrays["content"] = np.array(model.content)
    for name in _REQUIRED:
        value = getattr(model, name)
        arrays[name] = value.astype(np.float16) if half and name in _BASES else value
    if model.uv is not None:
        arrays |= {"uv": model.uv, "uv_faces": model.uv_faces}
    arrays["expression_names"] = np.array(model.expression_names, dtype=np.str_)
    arrays["part_names"] = np.array(list(model.parts), dtype=np.str_)
    arrays["parts"] = np.array(list(model.parts.values()), np.int64).reshape(-1, 2)
    arrays["explained_names"] = np.array(list(model.explained), dtype=np.str_)
    arrays["explained"] = np.array(list(model.explained.values()), np.float64)
    if model.articulation is not None:
        for name in _ARTICULATION:
            arrays[f"articulation_{name}"] = np.asarray(getattr(model.articulation, name))
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    config.atomic_write(path, buffer.getvalue())


def load(path: str | os.PathLike) -> FaceModel:
    """Reads a model that `save` wrote.

    Raises:
      FaceModelError: the file is absent, damaged, no face model, or its arrays do not fit
        together; the message says which and what was expected.
    """
    path = Path(path)
    arrays = read_npz(path)
    text = {k: _text(path, arrays, k) for k in ("format", "name", "content")}
    if text["format"] != FORMAT:
        raise FaceModelError(
            f"{path}: its format is {text['format']!r}; this reader knows {FORMAT!r}. Read models "
            "of other programs with morphable.get or face2param convert_face_model"
        )
    missing = [name for name in _REQUIRED if name not in arrays]
    if missing:
        raise FaceModelError(f"{path}: has no {', '.join(missing)}; it needs {list(_REQUIRED)}")
    fields = {name: arrays[name] for name in (*_REQUIRED, "uv", "uv_faces") if name in arrays}
    explained = _table(path, arrays, "explained_names", "explained")
    parts = _table(path, arrays, "part_names", "parts")
    articulation = None
    if "articulation_names" in arrays:
        lost = [n for n in _ARTICULATION if f"articulation_{n}" not in arrays]
        if lost:
            raise FaceModelError(f"{path}: its articulation has no {', '.join(lost)}")
        joints = {name: arrays[f"articulation_{name}"] for name in _ARTICULATION}
        articulation = Articulation(**joints)
    return FaceModel(
        name=text["name"],
        content=text["content"],
        explained={name: float(value) for name, value in explained.items()},
        parts={name: (int(first), int(stop)) for name, (first, stop) in parts.items()},
        expression_names=tuple(map(str, arrays.get("expression_names", ()))),
        articulation=articulation,
        **fields,
    )


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


def _table(path: Path, arrays: dict[str, np.ndarray], keys: str, values: str) -> dict:
    names, rows = arrays.get(keys, np.zeros(0)), arrays.get(values, np.zeros((0, 2)))
    if names.ndim != 1 or rows.ndim < 1 or len(names) != len(rows):
        raise FaceModelError(f"{path}: {keys} and {values} differ in length")
    width = {"parts": (2,), "explained": ()}[values]
    if len(rows) and (rows.shape[1:] != width or rows.dtype.kind not in "fiu"):
        raise FaceModelError(
            f"{path}: {values} has shape {list(rows.shape)} and type {rows.dtype}; it must hold "
            f"numbers of shape {[len(names), *width]}"
        )
    return {str(name): row for name, row in zip(names, rows, strict=True)}


def _text(path: Path, arrays: dict[str, np.ndarray], key: str) -> str:
    value = arrays.get(key)
    if value is None or value.dtype.kind != "U" or value.shape != ():
        raise FaceModelError(f"{path}: has no text {key!r}; it is no face model of this library")
    return str(value)
