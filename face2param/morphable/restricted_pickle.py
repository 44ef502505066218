"""Reads pickles of arrays, and of the sparse and chumpy objects that FLAME's files wrap them in.

Python's unpickler imports and calls what a file names. This one knows the names below and no
others; each stands for a recipe of this module that checks what it is given, nothing is
imported, and instructions that call, build or reconstruct accept recipes and their results only.
The memo is a dictionary (that of the C unpickler is a table that a file could make gigantic).
"""

import io
import math
import os
import pickle
import struct
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import numpy as np

from face2param.errors import FaceModelError

LIMIT_BYTES = 1 << 30
MAX_VALUES, MAX_DEPTH = 200_000, 40
_SPARSE = ("_shape", "shape", "data", "indices", "indptr")
_PLAIN_CODES = {f"{kind}{size}" for kind in "fiu" for size in (1, 2, 4, 8)} | {"b1", "O8"}


class Recipe:
    """A name that a file may mention, and what is built for it."""

    __slots__ = ("build", "name")

    def __init__(self, name: str, build: Callable):
        """Sets both."""
        self.name, self.build = name, build


class Built:
    """An object of the file: what it is, and its state once that is known."""

    __slots__ = ("kind", "value")

    def __init__(self, kind: str, value=None):
        """Kind: "array", "dtype", "csc", "csr" or "chumpy"."""
        self.kind, self.value = kind, value

    def set_state(self, state, objects: bool) -> None:
        """Takes the state of a BUILD instruction.

        Args:
          state: of the file.
          objects: whether arrays of Python objects are read.

        Raises:
          ValueError: it is malformed.
        """
        if self.kind == "array":
            self.value = _array(state, objects)
        elif self.kind == "dtype":
            if type(state) is not tuple or len(state) < 2 or state[1] not in ("<", ">", "=", "|"):
                raise ValueError("the state of a numpy.dtype is malformed")
            order = state[1] if state[1] in "<>" else "="
            self.value = self.value.newbyteorder(order)
        elif type(state) is dict and self.kind in ("csc", "csr", "chumpy"):
            self.value = state
        else:
            raise ValueError(f"the state of a {self.kind} is malformed")


def load(path: str | os.PathLike):
    """Reads a pickle.

    Args:
      path: of the file (Python 2 or 3, any protocol).

    Returns:
      Dictionaries, lists, tuples, sets, scalars, strings and NumPy arrays; sparse matrices and
      chumpy values as dense arrays.

    Raises:
      FaceModelError: the file is absent, too large, damaged, or names anything else.
    """
    path = Path(path)
    try:
        if path.stat().st_size > LIMIT_BYTES:
            raise FaceModelError(f"{path}: is larger than {LIMIT_BYTES >> 20} MiB; refused")
        data = path.read_bytes()
    except OSError as error:
        raise FaceModelError(f"cannot read {path}: {error.strerror or error}") from None
    return loads(data, str(path))


def loads(data: bytes, where: str, objects: bool = False):
    """Reads a pickle from memory.

    Args:
      data: the pickle.
      where: its name for messages.
      objects: whether an array of Python objects may hold the rest, as `np.save` makes of a
        dictionary; it becomes a list.

    Returns and raises: see `load`.
    """
    try:
        return _Plain().of(_Unpickler(io.BytesIO(data), where, objects).load())
    except FaceModelError:
        raise
    except (
        pickle.UnpicklingError, ValueError, TypeError, LookupError, EOFError, AttributeError,
        OverflowError, RecursionError, MemoryError, struct.error, AssertionError,
    ) as error:  # fmt: skip
        text = str(error) or type(error).__name__
        raise FaceModelError(f"{where}: is a damaged pickle ({text[:200]})") from None


class _Plain:
    """Turns what was built into arrays, within limits on depth and number of values."""

    def __init__(self):
        self.left = MAX_VALUES

    def of(self, value, depth: int = 0):
        """Raises ValueError where an object is incomplete or the containers never end."""
        self.left -= 1
        if depth > MAX_DEPTH or self.left < 0:
            raise ValueError("its containers are nested without end")
        if isinstance(value, Built):
            return self._built(value, depth + 1)
        if isinstance(value, Recipe):
            raise ValueError(f"a bare {value.name}")
        if type(value) is dict:
            return {key: self.of(item, depth + 1) for key, item in value.items()}
        if type(value) in (list, tuple):
            return type(value)(self.of(item, depth + 1) for item in value)
        return value

    def _built(self, value: Built, depth: int):
        if value.kind in ("csc", "csr"):
            if type(value.value) is not dict:
                raise ValueError("a sparse matrix has no state")
            state = {k: self.of(value.value[k], depth) for k in _SPARSE if k in value.value}
            return _dense(value.kind, state)
        if value.kind == "chumpy":
            if type(value.value) is not dict or "x" not in value.value:
                raise ValueError("a chumpy object is no plain array")
            return self.of(value.value["x"], depth)
        if value.kind == "array" and value.value is not None:
            return self.of(value.value, depth)
        raise ValueError(f"a bare {value.kind}")


def _array(state, objects: bool):
    """`(version, shape, dtype, in Fortran's order, bytes)` of numpy.ndarray."""
    if type(state) is not tuple or len(state) not in (4, 5):
        raise ValueError("the state of a numpy.ndarray is malformed")
    shape, kind, fortran, data = state[-4:]
    if type(data) is list:
        if not objects:
            raise ValueError("an array of Python objects, which is not read")
        return data
    return _shaped(data, kind, shape, "F" if fortran else "C")


def _shaped(data, kind, shape, order: str) -> np.ndarray:
    if not isinstance(kind, Built) or kind.kind != "dtype":
        raise ValueError("an array has no type")
    if type(data) is str:
        data = data.encode("latin-1")
    if type(shape) is not tuple or len(shape) > 8 or type(data) not in (bytes, bytearray):
        raise ValueError("an array has no shape or no bytes")
    if not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError("an array's shape holds something else than counts")
    if kind.value.hasobject:
        raise ValueError("an array of Python objects has bytes")
    expected = math.prod(shape) * kind.value.itemsize
    if len(data) != expected:
        raise ValueError(f"an array of shape {shape} needs {expected} bytes, has {len(data)}")
    array = np.frombuffer(data, kind.value).reshape(shape, order=order)
    return array.astype(array.dtype.newbyteorder("="))


def _dense(kind: str, state: dict) -> np.ndarray:
    """A matrix in compressed sparse columns ("csc") or rows as a dense array."""
    shape = state.get("_shape", state.get("shape"))
    parts = [state.get(key) for key in ("data", "indices", "indptr")]
    if not all(isinstance(p, np.ndarray) and p.ndim == 1 for p in parts):
        raise ValueError("a sparse matrix lacks data, indices or indptr")
    values, indices, pointers = parts
    if type(shape) is not tuple or len(shape) != 2 or math.prod(shape) > LIMIT_BYTES // 8:
        raise ValueError("a sparse matrix has an unusable shape")
    major, minor = (shape[1], shape[0]) if kind == "csc" else shape
    counts = np.diff(pointers)
    if len(pointers) != major + 1 or len(values) != len(indices) or counts.min(initial=0) < 0:
        raise ValueError("a sparse matrix is inconsistent")
    if counts.sum() != len(values) or (len(indices) and not 0 <= indices.min() <= indices.max()):
        raise ValueError("a sparse matrix is inconsistent")
    if len(indices) and indices.max() >= minor:
        raise ValueError("a sparse matrix has an index outside its shape")
    dense = np.zeros((major, minor), values.dtype)
    np.add.at(dense, (np.repeat(np.arange(major), counts), indices), values)
    return dense.T if kind == "csc" else dense


def _dtype(code, *flags) -> Built:
    del flags
    if type(code) is not str or code.lstrip("<>=|") not in _PLAIN_CODES:
        raise ValueError("a numpy.dtype is no plain number")
    return Built("dtype", np.dtype(code.lstrip("<>=|").replace("O8", "O")))


def _scalar(kind, data):
    return _shaped(data, kind, (), "C").item()


def _from_buffer(data, kind, shape, order="C") -> Built:
    return Built("array", _shaped(data, kind, shape, "F" if order == "F" else "C"))


def _encode(text, codec="latin1") -> bytes:
    if type(text) is not str or codec not in ("latin1", "latin-1"):
        raise ValueError("_codecs.encode is understood for latin1 text only")
    return text.encode("latin-1")


def _reconstruct(cls, *rest) -> Built:
    del rest
    if not isinstance(cls, Recipe) or cls.name not in _CLASSES:
        raise ValueError("it reconstructs something else than an array")
    return Built(_CLASSES[cls.name])


def _set(items=()) -> set:
    if type(items) not in (list, tuple) or not all(type(i) in (str, int, float) for i in items):
        raise ValueError("a set holds something else than plain values")
    return set(items)


def _ordered(items=()) -> dict:
    if type(items) not in (list, tuple):
        raise ValueError("an OrderedDict is built from a list of pairs")
    return {key: value for key, value in items}


# Classes whose instances are built from their state.
_CLASSES = {"numpy.ndarray": "array", "chumpy.ch.Ch": "chumpy", "chumpy.Ch": "chumpy"}
for _module in ("scipy.sparse.csc", "scipy.sparse._csc", "scipy.sparse"):
    _CLASSES |= {f"{_module}.csc_matrix": "csc", f"{_module}.csc_array": "csc"}
for _module in ("scipy.sparse.csr", "scipy.sparse._csr", "scipy.sparse"):
    _CLASSES |= {f"{_module}.csr_matrix": "csr", f"{_module}.csr_array": "csr"}
_FUNCTIONS: dict[str, Callable] = {
    "numpy.dtype": _dtype,
    "_codecs.encode": _encode,
    "collections.OrderedDict": _ordered,
}
for _core in ("numpy.core", "numpy._core"):
    _FUNCTIONS |= {
        f"{_core}.multiarray._reconstruct": _reconstruct,
        f"{_core}.multiarray.scalar": _scalar,
        f"{_core}.numeric._frombuffer": _from_buffer,
    }
for _copy in ("copy_reg", "copyreg"):
    _FUNCTIONS[f"{_copy}._reconstructor"] = _reconstruct
for _builtins in ("__builtin__", "builtins"):
    _FUNCTIONS[f"{_builtins}.set"] = _set
_MARKERS = {"__builtin__.object", "builtins.object"}


class _Unpickler(pickle._Unpickler):
    """Python's own, with the instructions that touch objects replaced."""

    dispatch: ClassVar[dict] = dict(pickle._Unpickler.dispatch)

    def __init__(self, stream: io.BytesIO, where: str, objects: bool):
        super().__init__(stream, encoding="latin1")
        self.where, self.objects = where, objects

    def find_class(self, module, name):
        full = f"{module}.{name}"
        if full in _CLASSES:
            kind = _CLASSES[full]
            return Recipe(full, lambda *arguments: Built(kind))
        if full in _FUNCTIONS or full in _MARKERS:
            return Recipe(full, _FUNCTIONS.get(full))
        raise FaceModelError(
            f"{self.where}: refused, because it names {full[:120]!r} and this reader builds "
            "arrays only. Nothing of the file was run"
        )

    def _call(self, recipe, arguments):
        if not isinstance(recipe, Recipe) or recipe.build is None or type(arguments) is not tuple:
            raise ValueError("it calls a value that is no function")
        self.stack.append(recipe.build(*arguments))

    def load_reduce(self):
        arguments = self.stack.pop()
        self._call(self.stack.pop(), arguments)

    def load_newobj_ex(self):
        raise ValueError("it builds objects with named arguments")

    def load_obj(self):
        arguments = self.pop_mark()
        if not arguments:
            raise ValueError("an instruction finds no class")
        self._call(arguments[0], tuple(arguments[1:]))

    def load_inst(self):
        module, name = self.readline()[:-1].decode("ascii"), self.readline()[:-1].decode("ascii")
        self._call(self.find_class(module, name), tuple(self.pop_mark()))

    def load_build(self):
        state = self.stack.pop()
        target = self.stack[-1]
        if isinstance(target, Built):
            target.set_state(state, self.objects)
        elif type(target) is not dict:  # attributes of an OrderedDict are left out
            raise ValueError("it sets the state of something that has none")

    def load_extension(self):
        raise ValueError("it uses the registry of extensions")

    def load_persistent(self, *_):
        raise ValueError("it refers to objects outside")

    dispatch[pickle.REDUCE[0]] = load_reduce
    dispatch[pickle.NEWOBJ[0]] = load_reduce
    dispatch[pickle.NEWOBJ_EX[0]] = load_newobj_ex
    dispatch[pickle.OBJ[0]] = load_obj
    dispatch[pickle.INST[0]] = load_inst
    dispatch[pickle.BUILD[0]] = load_build
    for _code in (pickle.EXT1, pickle.EXT2, pickle.EXT4):
        dispatch[_code[0]] = load_extension
    for _code in (pickle.PERSID, pickle.BINPERSID):
        dispatch[_code[0]] = load_persistent
