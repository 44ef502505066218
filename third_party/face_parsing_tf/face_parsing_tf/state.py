"""From the tensors of the public PyTorch definition to the layers of the Keras model."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

_CONVOLUTION = {"weight": 0}
_NORMALISATION = {"weight": 0, "bias": 1, "running_mean": 2, "running_var": 3}
_AUXILIARY = ("conv_out16.", "conv_out32.")


def locate(key: str, dimensions: int) -> tuple[str, int]:
    """Returns the layer name and the position in `layer.weights` that a state key fills.

    `cp.arm16.conv.bn.running_var` -> (`cp_arm16_conv_bn`, 3).

    Args:
      key: name of the tensor in the state dictionary.
      dimensions: number of its axes; four for a convolution, one for a normalisation.

    Raises:
      ValueError: the last part of the key is not one of the four known ones.
    """
    module, _, slot = key.rpartition(".")
    slots = _CONVOLUTION if dimensions == 4 else _NORMALISATION
    if not module or slot not in slots:
        raise ValueError(f"state key {key!r} ends with none of {sorted(slots)}")
    return module.replace(".", "_"), slots[slot]


def to_keras(tensor: np.ndarray) -> np.ndarray:
    """Convolutions `[out, in, height, width]` -> `[height, width, in, out]`, else unchanged."""
    return tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor


def load_torch_state(model: keras.Model, state: Mapping[str, np.ndarray]) -> None:
    """Fills a `bisenet` model with a state dictionary of NumPy arrays.

    `num_batches_tracked` is dropped; the auxiliary heads are skipped where the model was
    built without them. Nothing is assigned unless every tensor fits.

    Args:
      model: the model to fill, in place.
      state: name -> array, as in the checkpoint.

    Raises:
      ValueError: keys are unknown, missing or have the wrong shape; all of them are listed.
    """
    by_name = {layer.name: layer for layer in model.layers if layer.weights}
    wanted = {(name, i) for name, layer in by_name.items() for i in range(len(layer.weights))}
    values, problems = {}, []
    for key, tensor in state.items():
        if key.endswith(".num_batches_tracked"):
            continue
        if key.startswith(_AUXILIARY) and "conv_out16_conv_out" not in by_name:
            continue
        tensor = np.asarray(tensor)
        try:
            place = locate(key, tensor.ndim)
        except ValueError as error:
            problems.append(str(error))
            continue
        if place not in wanted:
            problems.append(f"unknown key {key!r}")
            continue
        value = to_keras(tensor)
        expected = tuple(by_name[place[0]].weights[place[1]].shape)
        if value.shape != expected:
            problems.append(f"{key!r} gives {value.shape}, the model needs {expected}")
        values[place] = value
    problems += [f"missing tensor for {name}[{i}]" for name, i in sorted(wanted - set(values))]
    if problems:
        raise ValueError("the state does not fit this bisenet: " + "; ".join(problems))
    for (name, index), value in values.items():
        by_name[name].weights[index].assign(value.astype("float32"))
