"""What every LightCNN is built of: max-feature-maps, groups, residual blocks, heads.

Each function adds layers to a functional model. `module` is the path in the public PyTorch
definition; it becomes the layers' names (`lightcnn_tf.names`).
"""

from __future__ import annotations

import keras
from keras import layers, ops

from lightcnn_tf.names import layer_name

DROPOUT = 0.5
"""Of the embedding in front of the classifier, as in the public training code."""


@keras.saving.register_keras_serializable(package="lightcnn_tf")
class MaxFeatureMap(layers.Layer):
    """Element-wise maximum of the first and the second half of the channels.

    Input `[..., 2 * channels]`, output `[..., channels]`. The gradient flows to the larger
    half. Section III-A of the paper.
    """

    def build(self, input_shape):
        """Checks that the channels can be halved."""
        if input_shape[-1] is None or input_shape[-1] % 2:
            raise ValueError(
                f"MaxFeatureMap needs an even number of channels, got shape {tuple(input_shape)}"
            )
        super().build(input_shape)

    def call(self, inputs):
        """Takes the larger half."""
        first, second = ops.split(inputs, 2, axis=-1)
        return ops.maximum(first, second)

    def compute_output_shape(self, input_shape):
        """Keras: the shape that `call` returns."""
        return (*input_shape[:-1], input_shape[-1] // 2)


def convolution(x, channels: int, kernel: int, module: str):
    """Convolution and MFM: `[batch, h, w, c]` -> `[batch, h, w, channels]`."""
    filtered = layers.Conv2D(
        2 * channels, kernel, padding="same", name=layer_name(f"{module}.filter")
    )(x)
    return MaxFeatureMap(name=layer_name(f"{module}.mfm"))(filtered)


def group(x, channels: int, module: str):
    """1x1 convolution that keeps the channels, then 3x3 to `channels`, each with its MFM."""
    x = convolution(x, x.shape[-1], 1, f"{module}.conv_a")
    return convolution(x, channels, 3, f"{module}.conv")


def residual(x, module: str):
    """Two 3x3 MFM convolutions around which the input is added; channels stay."""
    y = convolution(x, x.shape[-1], 3, f"{module}.conv1")
    y = convolution(y, x.shape[-1], 3, f"{module}.conv2")
    return layers.Add(name=layer_name(f"{module}.add"))([x, y])


def maximum_pool(x, name: str):
    """Halves `[batch, h, w, c]` by the maximum.

    The public code rounds odd sizes up (ceil_mode); networks here take multiples of 16 only,
    where that is the same.
    """
    return layers.MaxPooling2D(2, name=name)(x)


def summed_pool(x, name: str):
    """Halves `[batch, h, w, c]` by maximum plus average: what v2 does instead of v1."""
    maximum = layers.MaxPooling2D(2, name=f"{name}_max")(x)
    average = layers.AveragePooling2D(2, name=f"{name}_average")(x)
    return layers.Add(name=name)([maximum, average])


def linear_embedding(x, size: int, module: str):
    """Flattened map -> `[batch, size]` by a plain linear layer (v2)."""
    x = layers.Flatten(name="flatten")(x)
    return layers.Dense(size, name=layer_name(module))(x)


def mfm_embedding(x, size: int, module: str):
    """Flattened map -> `[batch, size]` by a linear layer of twice the size and MFM (9, 29 v1)."""
    x = layers.Flatten(name="flatten")(x)
    x = layers.Dense(2 * size, name=layer_name(f"{module}.filter"))(x)
    return MaxFeatureMap(name=layer_name(f"{module}.mfm"))(x)


def classifier(embedding, classes: int, bias: bool):
    """Dropout (in training only) and the linear classifier `fc2`: `[batch, classes]` logits."""
    kept = layers.Dropout(DROPOUT, name="dropout")(embedding)
    return layers.Dense(classes, use_bias=bias, name="fc2")(kept)
