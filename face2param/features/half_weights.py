"""Network weights stored in half precision beside a description in JSON.

Matrices and kernels are stored as float16 (half the bytes, an error of 2^-11 of each
value); vectors (biases, normalisation statistics) stay float32. The JSON names the digest
of the weight file, so that a damaged or exchanged file is noticed.
"""

from __future__ import annotations

import hashlib
import json
import warnings
from pathlib import Path

import h5py
import keras
import numpy as np

from face2param.config import atomic_path, write_json
from face2param.errors import WeightsError


def save_half(model: keras.Model, path: str | Path, description: dict) -> None:
    """Writes the weights of `model` to `path` and `description` to `path` + `.json`.

    Args:
      model: any Keras model; weights are named by their path inside it.
      path: HDF5 file to write, atomically.
      description: JSON values; the key `sha256` is added.
    """
    path = Path(path)
    with atomic_path(path) as temporary:
        with h5py.File(temporary, "w") as file:
            for name, value in _named(model):
                array = keras.ops.convert_to_numpy(value.value).astype(np.float32)
                kind = np.float16 if array.ndim > 1 else np.float32
                file.create_dataset(name, data=array.astype(kind))
        digest = _digest(Path(temporary))
    write_json(description_path(path), {**description, "sha256": digest})


def load_description(path: str | Path) -> dict:
    """Reads the JSON beside a weight file and checks the file against its digest.

    Raises:
      WeightsError: either file is missing or the digest differs.
    """
    path = Path(path)
    try:
        description = json.loads(description_path(path).read_text())
        digest = _digest(path)
    except (OSError, ValueError) as error:
        raise WeightsError(f"{path}: cannot be read with its description ({error})") from error
    if digest != description.get("sha256"):
        raise WeightsError(
            f"{path}: sha256 is {digest[:16]}..., its description says "
            f"{str(description.get('sha256'))[:16]}...; the file is damaged or was exchanged"
        )
    return description


def load_half(model: keras.Model, path: str | Path) -> None:
    """Fills `model` with the weights that `save_half` wrote.

    Raises:
      WeightsError: names or shapes do not fit; nothing is assigned then.
    """
    with h5py.File(path, "r") as file:
        stored: dict[str, np.ndarray] = {}

        def collect(name, item):
            if isinstance(item, h5py.Dataset):
                stored[name] = item

        file.visititems(collect)
        named = dict(_named(model))
        if set(stored) != set(named):
            odd = sorted(set(stored) ^ set(named))
            raise WeightsError(f"{path}: {len(odd)} weights do not fit the network: {odd[:4]}")
        for name, weight in named.items():
            if stored[name].shape != tuple(weight.shape):
                raise WeightsError(
                    f"{path}: {name} is {stored[name].shape}, the network needs "
                    f"{tuple(weight.shape)}"
                )
        for name, weight in named.items():
            weight.assign(stored[name][...].astype(np.float32))


def load_any(model: keras.Model, path: str | Path) -> None:
    """Fills `model` with the weights that `save_half` or Keras' own `save_weights` wrote.

    Raises:
      WeightsError: the file cannot be read, or names or shapes do not fit.
    """
    try:
        with h5py.File(path, "r") as file:
            from_keras = "layers" in file
        if from_keras:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # whatever it skips it also raises
                model.load_weights(path)
        else:
            load_half(model, path)
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(f"{path}: does not fit the network ({error})") from error


def description_path(path: Path) -> Path:
    """`parsing.weights.h5` -> `parsing.json`."""
    return path.with_name(path.name.removesuffix(".h5").removesuffix(".weights") + ".json")


def _named(model: keras.Model):
    for layer in model.layers:
        for index, weight in enumerate(layer.weights):
            yield f"{layer.name}/{index}", weight


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
