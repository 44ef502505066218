"""Weights to start from. LightCNN has no normalisation, so their scale decides the first epochs."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from face2param.errors import ConfigError

INITIALS = ("published", "scaled")


def initialise(model: keras.Model, initial: str, crops: np.ndarray, seed: int) -> None:
    """Draws the weights of a network.

    Args:
      model: functional network whose first output branch ends in `embedding`; in place.
      initial: "published": kernels and biases uniform in +-1/sqrt(inputs of a unit), as the
        public repository leaves them to PyTorch; pictures then hardly differ at the output
        and learning sets in late. "scaled": normal kernels, then each layer in turn
        scaled so that its outputs on `crops` have unit variance (Mishkin and Matas, "All you
        need is a good init", ICLR 2016, without the orthogonal start); biases zero.
      crops: `[count, size, size, 1]` in [0, 1], a few of the training pictures.
      seed: of the weights.

    Raises:
      ConfigError: there is no such start.
    """
    if initial not in INITIALS:
        raise ConfigError(f"initial: there is no {initial!r}; choose one of {INITIALS}")
    rng = np.random.default_rng((seed, 2))
    for layer in model.layers:
        if not layer.weights:
            continue
        shape = tuple(layer.kernel.shape)
        bound = 1 / np.sqrt(np.prod(shape[:-1]))
        if initial == "published":
            layer.kernel.assign(rng.uniform(-bound, bound, shape).astype(np.float32))
        else:
            layer.kernel.assign((bound * rng.standard_normal(shape)).astype(np.float32))
        if layer.use_bias:
            bias = rng.uniform(-bound, bound, shape[-1:]).astype(np.float32)
            layer.bias.assign(bias if initial == "published" else np.zeros_like(bias))
    if initial == "scaled":
        for layer in model.layers:
            if layer.weights:
                _scale(model, layer, crops)


def _scale(model: keras.Model, layer: keras.Layer, crops: np.ndarray) -> None:
    part = keras.Model(model.input, layer.output)
    outputs = ops.convert_to_numpy(ops.cast(part(crops, training=False), "float32"))
    layer.kernel.assign(ops.convert_to_numpy(layer.kernel.value) / max(outputs.std(), 1e-6))
