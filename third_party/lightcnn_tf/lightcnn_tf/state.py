"""From the tensors of the public PyTorch definition to the layers of the Keras model."""

from __future__ import annotations

from collections.abc import Mapping

import keras
import numpy as np

_SLOTS = {"weight": 0, "bias": 1}


def locate(key: str) -> tuple[str, int]:
    """Returns the layer name and the position in `layer.weights` that a state key fills.

    `block2.1.conv1.filter.bias` -> (`block2_1_conv1_filter`, 1).

    Raises:
      ValueError: the key does not end with `.weight` or `.bias`.
    """
    module, _, slot = key.rpartition(".")
    if not module or slot not in _SLOTS:
        raise ValueError(f"state key {key!r} ends with neither .weight nor .bias")
    return module.replace(".", "_"), _SLOTS[slot]


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


def load_torch_state(model: keras.Model, state: Mapping[str, np.ndarray]) -> None:
    """Fills a `lightcnn29v2` model with a state dictionary of NumPy arrays.

    Keys may carry the `module.` prefix of the released checkpoint. The classifier
    (`fc2.weight`) is skipped where the model was built without one. Nothing is assigned
    unless every tensor fits.

    Args:
      model: the model to fill, in place.
      state: name -> array, as in the checkpoint's `state_dict`.

    Raises:
      ValueError: keys are unknown, missing or have the wrong shape; all of them are listed.
    """
    by_name = {layer.name: layer for layer in model.layers if layer.weights}
    grid = model.get_layer("flatten").input.shape[1:3]
    wanted = {(name, i) for name, layer in by_name.items() for i in range(len(layer.weights))}
    values, problems = {}, []
    for key, tensor in state.items():
        bare = key.removeprefix("module.")
        if bare == "fc2.weight" and "fc2" not in by_name:
            continue
        try:
            place = locate(bare)
        except ValueError as error:
            problems.append(str(error))
            continue
        if place not in wanted:
            problems.append(f"unknown key {key!r}")
            continue
        value = to_keras(np.asarray(tensor), grid if bare == "fc.weight" else None)
        expected = tuple(by_name[place[0]].weights[place[1]].shape)
        if value.shape != expected:
            problems.append(f"{key!r} gives {value.shape}, the model needs {expected}")
        values[place] = value
    problems += [f"missing tensor for {name}[{i}]" for name, i in sorted(wanted - set(values))]
    if problems:
        raise ValueError("the state does not fit lightcnn29v2: " + "; ".join(problems))
    for (name, index), value in values.items():
        by_name[name].weights[index].assign(value.astype("float32"))
