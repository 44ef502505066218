"""The names that a PyTorch checkpoint may mention, and what is built for each.

`find` is the whole list. Each recipe is a function of this module that checks what it is
given; nothing is imported or looked up anywhere else.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from face2param.weights.torch_checkpoint_storage import (
    ELEMENT_TYPES,
    STORAGE_TYPES,
    Budget,
    ElementType,
    Storage,
)


class TorchType(str):
    """A `torch.dtype`, as its name."""


@dataclasses.dataclass(frozen=True)
class StorageType:
    """The class of a storage, which persistent ids carry.

    Attributes:
      element: type of its elements.
    """

    element: ElementType


@dataclasses.dataclass(frozen=True)
class Recipe:
    """What a checkpoint may call.

    Attributes:
      name: dotted name in the file.
      build: function of the budget and the arguments; raises ValueError or TypeError where
        they do not suit.
    """

    name: str
    build: Callable


@dataclasses.dataclass
class NumpyType:
    """A `numpy.dtype` under construction: BUILD sets its byte order after it was made.

    Attributes:
      code: kind and size, such as `f8`.
      order: `<`, `>` or `=`.
    """

    code: str
    order: str = "="

    def set_state(self, state) -> None:
        """Takes the byte order of the state `(version, order, ...)`."""
        if not (type(state) is tuple and len(state) >= 2 and state[1] in ("<", ">", "=", "|")):
            raise ValueError("the state of a numpy.dtype is malformed")
        self.order = state[1]


_NUMPY_CODES = ("f8", "f4", "f2", "i8", "i4", "i2", "i1", "u8", "u4", "u2", "u1", "b1")


def plain_key(value) -> bool:
    """Whether a dictionary may have this key: a scalar, so that hashing cannot recurse."""
    return value is None or type(value) in (str, int, float, bool, bytes)


def find(module: str, name: str) -> Recipe | StorageType | TorchType | None:
    """What stands for `module.name`; None where the name is refused."""
    if module in ("torch", "torch.cuda", "torch.storage") and name in STORAGE_TYPES:
        return StorageType(STORAGE_TYPES[name])
    if module == "torch" and name in ELEMENT_TYPES:
        return TorchType(name)
    build = _RECIPES.get((module, name))
    return None if build is None else Recipe(f"{module}.{name}", build)


def _ordered_dict(budget: Budget, items=()) -> dict:
    del budget
    # Python 2 gives the items here; Python 3 sets them afterwards.
    if type(items) not in (list, tuple):
        raise ValueError("an OrderedDict is built from a list of pairs")
    result = {}
    for pair in items:
        if type(pair) not in (list, tuple) or len(pair) != 2 or not plain_key(pair[0]):
            raise ValueError("an OrderedDict is built from a list of pairs")
        result[pair[0]] = pair[1]
    return result


def _set(budget: Budget, items=()) -> set:
    del budget
    if type(items) not in (list, tuple) or not all(map(plain_key, items)):
        raise ValueError("a set holds something else than plain values")
    return set(items)


def _tensor(budget: Budget, storage, offset, size, stride, *rest):
    """Covers _rebuild_tensor (no rest) and _rebuild_tensor_v2 (gradient flag, hooks, ...)."""
    if not isinstance(storage, Storage):
        raise ValueError("a tensor is built on something else than a storage")
    if len(rest) > 3:
        raise ValueError("a tensor has too many arguments")
    return storage.tensor(offset, _counts(size), _counts(stride), budget)


def _tensor_v3(budget: Budget, storage, offset, size, stride, gradient, hooks, dtype, meta=None):
    del gradient, hooks, meta
    if not isinstance(storage, Storage) or type(dtype) is not TorchType:
        raise ValueError("a tensor is built on something else than a storage")
    storage = storage.retyped(ELEMENT_TYPES[dtype])
    return storage.tensor(offset, _counts(size), _counts(stride), budget)


def _parameter(budget: Budget, data, gradient=False, hooks=None):
    del budget, gradient, hooks
    if data is not None and not isinstance(data, np.ndarray):
        raise ValueError("a parameter is built on something else than a tensor")
    return data


def _size(budget: Budget, items=()) -> tuple:
    del budget
    return _counts(items)


def _device(budget: Budget, kind, index=None) -> str:
    del budget
    if type(kind) is not str or type(index) not in (int, type(None)):
        raise ValueError("a device is built from something else than its name")
    return kind if index is None else f"{kind}:{index % 1000}"


def _encode(budget: Budget, text, codec="latin1") -> bytes:
    del budget
    if type(text) is not str or codec not in ("latin1", "latin-1"):
        raise ValueError("_codecs.encode is understood for latin1 text only")
    return text.encode("latin-1")


def _numpy_type(budget: Budget, code, *flags) -> NumpyType:
    del budget, flags
    if code not in _NUMPY_CODES:
        raise ValueError("a numpy.dtype is no plain number")
    return NumpyType(code)


def _numpy_scalar(budget: Budget, dtype, data):
    del budget
    data = data.encode("latin-1") if type(data) is str else data
    if not isinstance(dtype, NumpyType) or type(data) is not bytes:
        raise ValueError("a NumPy scalar is built from something else than its bytes")
    order = dtype.order if dtype.order in "<>" else "<"
    kind = np.dtype(dtype.code).newbyteorder(order)
    if len(data) != kind.itemsize:
        raise ValueError("a NumPy scalar has another size than its type")
    return np.frombuffer(data, kind)[0].item()


def _counts(values) -> tuple:
    if type(values) not in (tuple, list):
        raise ValueError("a tensor's shape or strides are no tuple")
    return tuple(values)


_RECIPES: dict[tuple[str, str], Callable] = {
    ("collections", "OrderedDict"): _ordered_dict,
    ("builtins", "set"): _set,
    ("__builtin__", "set"): _set,
    ("torch._utils", "_rebuild_tensor"): _tensor,
    ("torch._utils", "_rebuild_tensor_v2"): _tensor,
    ("torch._utils", "_rebuild_tensor_v3"): _tensor_v3,
    ("torch._utils", "_rebuild_parameter"): _parameter,
    ("torch", "Size"): _size,
    ("torch", "device"): _device,
    ("_codecs", "encode"): _encode,
    ("numpy", "dtype"): _numpy_type,
    ("numpy.core.multiarray", "scalar"): _numpy_scalar,
    ("numpy._core.multiarray", "scalar"): _numpy_scalar,
}
