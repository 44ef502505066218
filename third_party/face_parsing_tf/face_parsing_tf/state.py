"""From the tensors of the public PyTorch definition to the layers of the Keras model."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import numpy as np

from face_parsing_tf.names import module_path

# Order of `layer.weights` in Keras; a convolution has the first alone.
_SLOTS = ("weight", "bias", "running_mean", "running_var")
_COUNTER = ".num_batches_tracked"
_AUXILIARY = ("conv_out16.", "conv_out32.")


def read_state(checkpoint: Mapping[str, Any]) -> dict[str, Any]:
    """Takes the state dictionary out of what a checkpoint file holds.

    Args:
      checkpoint: a state dictionary (the released file is one), or a mapping that holds it
        as `state_dict`; keys with or without the `module.` in front that training on several
        GPUs adds.

    Returns:
      Bare key -> tensor, in the checkpoint's order, without PyTorch's batch counters
      (`num_batches_tracked`), for which Keras has no use.

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
    return {key: tensor for key, tensor in bare.items() if not key.endswith(_COUNTER)}


def to_keras(tensor: np.ndarray) -> np.ndarray:
    """Convolutions `[out, in, height, width]` -> `[height, width, in, out]`, else unchanged."""
    return tensor.transpose(2, 3, 1, 0) if tensor.ndim == 4 else tensor


def torch_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """Shape of the PyTorch tensor that fills a Keras variable of this shape."""
    if len(shape) == 4:
        height, width, inputs, outputs = shape
        return (outputs, inputs, height, width)
    return tuple(shape)


def state_keys(model: keras.Model) -> dict[str, keras.Variable]:
    """PyTorch key -> variable, for each weight of a `bisenet`.

    `cp.arm16.conv.bn.running_var` names the moving variance of `cp_arm16_conv_bn`.
    """
    return {
        f"{module_path(layer.name)}.{_SLOTS[i]}": variable
        for layer in model.layers
        for i, variable in enumerate(layer.weights)
    }


def load_torch_state(model: keras.Model, checkpoint: Mapping[str, Any]) -> None:
    """Fills a `bisenet` model with the tensors of a checkpoint.

    The auxiliary heads are skipped where the model was built without them. Nothing is
    assigned unless every tensor fits.

    Args:
      model: the model to fill, in place.
      checkpoint: see `read_state`; tensors are NumPy arrays or what np.asarray takes.

    Raises:
      ValueError: keys are unknown or missing, tensors have the wrong shape or hold no finite
        numbers; all of them are listed.
    """
    variables = state_keys(model)
    has_auxiliary = any(key.startswith(_AUXILIARY) for key in variables)
    values, problems = {}, []
    state = read_state(checkpoint)
    for key, tensor in state.items():
        if key.startswith(_AUXILIARY) and not has_auxiliary:
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
            values[key] = to_keras(array)
    problems += [f"missing key {key!r}" for key in variables if key not in state]
    if problems:
        raise ValueError(f"the checkpoint does not fit {model.name}: " + "; ".join(problems))
    for key, value in values.items():
        variables[key].assign(value.astype("float32"))
