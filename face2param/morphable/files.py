"""A face model as an .npz file: written by `save`, read by `load` and by nothing unsafe."""

import io
import os
from pathlib import Path

import numpy as np

from face2param import config
from face2param.errors import FaceModelError
from face2param.meshes.npz import read_npz
from face2param.morphable.articulation import Articulation
from face2param.morphable.model import FaceModel

FORMAT = "face2param face model 1"
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
