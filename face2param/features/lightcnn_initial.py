"""Weights to start from. LightCNN has no normalisation, so their scale decides the first epochs."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from face2param.errors import ConfigError
from face2param.features.lightcnn_stepping import compiled

INITIALS = ("published", "scaled")


def initialise(model: keras.Model, initial: str, crops: np.ndarray, seed: int) -> None:
    """Draws the weights of a network.

    Args:
      model: functional network whose first output branch ends in `embedding`; in place.
      initial: "published": kernels and biases uniform in +-1/sqrt(inputs of a unit), as the
        public repository leaves them to PyTorch; pictures then hardly differ at the output
        and learning sets in after thousands of steps. "scaled": normal kernels, each layer
        scaled so that its output has unit variance on `crops` (Mishkin and Matas, "All you
        need is a good init", ICLR 2016, without the orthogonal start), biases zero.
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
            uniform = rng.uniform(-bound, bound, shape[-1:]).astype(np.float32)
            layer.bias.assign(uniform if initial == "published" else 0 * uniform)
    if initial == "scaled":
        for layer in model.layers:
            if layer.weights:
                part = keras.Model(model.input, layer.output)
                spread = float(_spread(part, crops))
                layer.kernel.assign(layer.kernel.value / max(spread, 1e-6))


def _spread(model: keras.Model, crops: np.ndarray):
    """Standard deviation of all values that a network gives for the crops."""
    outputs = compiled(lambda x: model(x, training=False), model.variables)(crops)
    return np.std(ops.convert_to_numpy(ops.cast(outputs, "float32")))
