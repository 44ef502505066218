"""From the tensors of the public PyTorch definition to the layers of the Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from lightcnn_tf.names import module_path

_SLOTS = ("weight", "bias")
_CLASSIFIER = "fc2"


def read_state(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Takes the state dictionary out of what a checkpoint file holds.

    Args:
      checkpoint: a state dictionary, or the training script's
        {epoch, arch, state_dict, prec1}; keys with or without the `module.` in front that
        training on several GPUs adds.

    Returns:
      Bare key -> tensor, in the checkpoint's order.

    Raises:
      ValueError: there is no mapping of tensors, or two keys become the same one.
    """
    state = checkpoint
    if isinstance(checkpoint, Mapping) and "state_dict" in checkpoint:
        state = checkpoint["state_dict"]
    if not isinstance(state, Mapping):
        raise ValueError(
            f"a checkpoint must be a mapping of names to tensors, got {type(state).__name__}"
        )
    bare = {str(key).removeprefix("module."): tensor for key, tensor in state.items()}
    if len(bare) != len(state):
        twice = sorted(key for key in bare if key in state and f"module.{key}" in state)
        raise ValueError(f"these keys come with and without 'module.': {', '.join(twice)}")
    return bare


def to_keras(tensor: np.ndarray, grid: tuple[int, int] | None = None) -> np.ndarray:
    """Reorders one PyTorch tensor for Keras.

    Args:
      tensor: convolution `[out, in, height, width]` -> `[height, width, in, out]`, linear
        `[out, in]` -> `[in, out]`, vectors unchanged.
      grid: (height, width) of the map that was flattened in front of a linear layer.
        PyTorch flattens channel by channel, Keras pixel by pixel, so the input axis is
        permuted.

    Returns:
      The array in Keras' order, same dtype.
    """
    if tensor.ndim == 4:
        return tensor.transpose(2, 3, 1, 0)
    if tensor.ndim == 2 and grid is not None:
        out, flat = tensor.shape
        channels = flat // (grid[0] * grid[1])
        return tensor.reshape(out, channels, *grid).transpose(2, 3, 1, 0).reshape(flat, out)
    if tensor.ndim == 2:
        return tensor.T
    return tensor


def torch_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the PyTorch tensor that fills a Keras variable of this shape."""
    if len(shape) == 4:
        height, width, inputs, outputs = shape
        return (outputs, inputs, height, width)
    return tuple(reversed(shape))


def state_keys(model: keras.Model) -> dict[str, keras.Variable]:
    """PyTorch key -> variable, for each weight of a model of this package."""
    return {
        f"{module_path(layer.name)}.{_SLOTS[i]}": variable
        for layer in model.layers
        for i, variable in enumerate(layer.weights)
    }


def load_torch_state(model: keras.Model, checkpoint: Mapping[str, Any]) -> None:
    """Fills a model with the tensors of a checkpoint.

    The classifier (`fc2`) is skipped where the model was built without one. Nothing is
    assigned unless every tensor fits.

    Args:
      model: one of `lightcnn_tf.NETWORKS`, filled in place.
      checkpoint: see `read_state`; tensors are NumPy arrays or what np.asarray takes.

    Raises:
      ValueError: keys are unknown or missing, tensors have the wrong shape or hold no finite
        numbers; all of them are listed.
    """
    variables = state_keys(model)
    grid = model.get_layer("flatten").input.shape[1:3]
    has_classifier = f"{_CLASSIFIER}.weight" in variables
    values, problems = {}, []
    state = read_state(checkpoint)
    for key, tensor in state.items():
        module = key.rpartition(".")[0]
        if module == _CLASSIFIER and not has_classifier:
            continue
        if key not in variables:
            problems.append(f"unknown key {key!r}")
            continue
        array, expected = np.asarray(tensor), torch_shape(variables[key].shape)
        if array.dtype.kind not in "fiu":
            problems.append(f"{key!r} holds {array.dtype}, not numbers")
        elif array.shape != expected:
            problems.append(f"{key!r} has shape {array.shape}, the network needs {expected}")
        elif not np.isfinite(array).all():
            problems.append(f"{key!r} holds values that are not finite")
        else:
            values[key] = to_keras(array, None if module == _CLASSIFIER else grid)
    problems += [f"missing key {key!r}" for key in variables if key not in state]
    if problems:
        raise ValueError(f"the checkpoint does not fit {model.name}: " + "; ".join(problems))
    for key, value in values.items():
        variables[key].assign(value.astype("float32"))
