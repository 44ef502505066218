"""Networks made ready for inference: normalisation folded away, computed in a chosen precision.

A network that the search looks through never learns, so a batch normalisation behind a
convolution is a constant factor and offset of every channel: both go into the convolution,
exactly up to rounding (5-10 % of the time of BiSeNet). The twin has the same layer names.
"""

from __future__ import annotations

import copy
from collections.abc import Collection
from typing import TypeVar

import keras
import numpy as np
from keras import layers, ops, tree

from face2param.errors import ConfigError
from face2param.features.precision import PRECISIONS

Network = TypeVar("Network")
_CHANNEL_AXIS = {layers.Conv2D: 3, layers.Conv2DTranspose: 2}
"""Which axis of the kernel counts the filters."""


@keras.saving.register_keras_serializable(package="face2param")
class Folded(layers.Layer):
    """Stands where a normalisation was that its convolution now does; returns its input."""

    def call(self, inputs, training=None, mask=None):
        """Returns `inputs`; takes what a normalisation takes."""
        del training, mask
        return inputs

    def compute_output_shape(self, input_shape):
        """The shape stays."""
        return input_shape


def frozen(network: Network, precision: str = "float32", keep: Collection[str] = ()) -> Network:
    """Copies a network's wrapper with the inference twin of its model inside.

    Args:
      network: identity network, parsing network or imitator: anything with a `model`.
      precision: see `freeze`.
      keep: see `freeze`.

    Raises:
      ConfigError: the precision is unknown.
    """
    twin = copy.copy(network)
    twin.model = freeze(network.model, precision, keep)
    return twin


def freeze(
    model: keras.Model, precision: str = "float32", keep: Collection[str] = ()
) -> keras.Model:
    """Builds the inference twin of a functional network.

    With bfloat16 all layers that make maps (`[batch, height, width, channels]`) compute and
    hold their weights in bfloat16. Those that make vectors or an output of the network stay
    float32, and so do inputs and outputs: a descriptor is not rounded to 8 bits.

    Args:
      model: functional Keras model; it is left as it is.
      precision: "float32" or "bfloat16".
      keep: names of further layers that stay float32.

    Returns:
      A model with the same inputs and outputs, not trainable; `model` itself where nothing
      would change. Gradients flow to its inputs.

    Raises:
      ConfigError: the precision is unknown.
    """
    if precision not in PRECISIONS:
        raise ConfigError(f"precision {precision!r} is unknown; choose from {PRECISIONS}")
    folded = _foldable(model)
    if not folded and precision == "float32":
        return model
    bearers = {id(convolution): norm for norm, convolution in folded}
    folded_norms = {id(norm) for norm, _ in folded}
    outputs = {id(tensor) for tensor in tree.flatten(model.output)}

    def twin(layer: keras.Operation) -> keras.Operation:
        config = layer.get_config()
        if not isinstance(layer, layers.Layer):  # a keras.ops call follows its input's dtype
            return type(layer).from_config(config)
        if precision == "bfloat16" and layer.name not in keep and _makes_maps(layer, outputs):
            config["dtype"] = "bfloat16"
        if id(layer) in folded_norms:
            return Folded(name=layer.name, dtype=config["dtype"])
        if id(layer) in bearers:
            config["use_bias"] = True
        return type(layer).from_config(config)

    result = keras.models.clone_model(model, clone_function=twin)
    pairs = zip(model.layers, result.layers, strict=True)
    for old, new in pairs:
        if id(old) in folded_norms:
            continue
        values = [ops.convert_to_numpy(weight.value) for weight in old.weights]
        if id(old) in bearers:
            values = _fold(old, bearers[id(old)])
        for weight, value in zip(new.weights, values, strict=True):
            weight.assign(value)
    result.trainable = False
    return result


def _makes_maps(layer: layers.Layer, outputs: Collection[int]) -> bool:
    if isinstance(layer, (layers.InputLayer, layers.Rescaling)):
        return False
    return len(layer.output.shape) == 4 and id(layer.output) not in outputs


def _foldable(model: keras.Model) -> list[tuple[layers.Layer, layers.Layer]]:
    """Pairs (normalisation, convolution before it) where nothing else reads the convolution."""
    users: dict[int, int] = {}
    for tensor in tree.flatten([model.output, *(op.input for op in model.operations)]):
        users[id(tensor)] = users.get(id(tensor), 0) + 1
    makers = {
        id(layer.output): layer for layer in model.layers if type(layer) in _CHANNEL_AXIS
    }  # by type: a depthwise convolution is a subclass with another kernel
    pairs = []
    for layer in model.layers:
        if not isinstance(layer, layers.BatchNormalization):
            continue
        maker = makers.get(id(layer.input))
        plain = maker is not None and maker.activation is keras.activations.linear
        if plain and users[id(layer.input)] == 1 and layer.axis in (-1, 3):
            pairs.append((layer, maker))
    return pairs


def _fold(convolution: layers.Layer, norm: layers.Layer) -> list[np.ndarray]:
    """Kernel and bias that do what convolution and normalisation did, in float64."""

    def numpy(weight, absent: float) -> np.ndarray:
        if weight is None:
            return np.float64(absent)
        return ops.convert_to_numpy(weight.value).astype(np.float64)

    scale = numpy(norm.gamma, 1.0) / np.sqrt(numpy(norm.moving_variance, 1.0) + norm.epsilon)
    shift = numpy(norm.beta, 0.0) - numpy(norm.moving_mean, 0.0) * scale
    kernel = numpy(convolution.kernel, 0.0)
    shape = np.ones(kernel.ndim, int)
    shape[_CHANNEL_AXIS[type(convolution)]] = -1
    bias = numpy(convolution.bias, 0.0) * scale + shift
    return [(kernel * scale.reshape(shape)).astype(np.float32), bias.astype(np.float32)]
