"""The pieces of the compact imitator: modulated convolutions and depth-to-space upsampling.

All functions build parts of a functional Keras model; the maps are
`[batch, height, width, channels]` whatever the Keras default is.
"""

from typing import Any

import keras
from keras import layers, ops

Tensor = Any
LAST = "channels_last"


@keras.saving.register_keras_serializable(package="face2param")
class PositionBias(layers.Layer):
    """Adds one learned map, the same for every picture of the batch.

    The camera of an imitated engine is fixed, so what all heads have in common at a place is
    worth storing there instead of being drawn anew from the parameters. Input and output
    `[batch, height, width, channels]`.
    """

    def build(self, input_shape: tuple) -> None:
        """Creates the map, `[height, width, channels]`, at zero."""
        self.bias = self.add_weight(
            shape=tuple(input_shape[1:]), initializer="zeros", name="bias", trainable=True
        )

    def call(self, maps: Tensor) -> Tensor:
        """Returns `maps` plus the learned map."""
        return maps + self.bias

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape stays."""
        return input_shape


def dense(values: Tensor, units: int, name: str, **kwargs: Any) -> Tensor:
    """A fully connected layer, `[batch, n]` -> `[batch, units]`.

    Always float32: the 8 bits of bfloat16 would round a slider to steps of 1/256, and these
    layers cost nothing beside the convolutions.
    """
    return layers.Dense(units, name=name, dtype="float32", **kwargs)(values)


def convolution(
    maps: Tensor,
    filters: int,
    kernel: int,
    name: str,
    dtype: Any,
    scale: float = 1.0,
    **kwargs: Any,
) -> Tensor:
    """A convolution at stride 1 that keeps the size; `scale` multiplies the initial variance."""
    return layers.Conv2D(
        filters,
        kernel,
        padding="same",
        data_format=LAST,
        kernel_initializer=keras.initializers.VarianceScaling(scale),
        name=name,
        dtype=dtype,
        **kwargs,
    )(maps)


@keras.saving.register_keras_serializable(package="face2param")
class Centre(layers.Layer):
    """Maps [0, 1] to [-1, 1]: the neutral slider becomes the origin. Any shape."""

    def call(self, values: Tensor) -> Tensor:
        """Returns 2 values - 1."""
        return values * 2 - 1

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """The shape stays."""
        return input_shape


@keras.saving.register_keras_serializable(package="face2param")
class Modulate(layers.Layer):
    """Scales and shifts every channel (feature-wise linear modulation, Perez et al. 2018).

    One vector holds the modulation of all blocks, so that one matrix product makes it; this
    layer reads its own piece: first the scales (0 leaves a channel as it is), then the shifts.
    """

    def __init__(self, start: int, **kwargs: Any) -> None:
        """`start`: position of this block's piece in the modulation vector."""
        super().__init__(**kwargs)
        self.start = start

    def call(self, inputs: tuple[Tensor, Tensor]) -> Tensor:
        """(`[batch, height, width, channels]` maps, `[batch, n]` modulation) -> maps."""
        maps, modulation = inputs
        channels = maps.shape[-1]
        middle = self.start + channels
        scale = modulation[:, None, None, self.start : middle]
        shift = modulation[:, None, None, middle : middle + channels]
        return maps * (1 + scale) + shift

    def compute_output_shape(self, input_shape: tuple) -> tuple:
        """That of the maps."""
        return input_shape[0]

    def get_config(self) -> dict:
        """Keras: what `from_config` needs."""
        return {**super().get_config(), "start": self.start}


def modulated_block(maps: Tensor, modulation: Tensor, start: int, name: str, dtype: Any) -> Tensor:
    """X + silu(modulate(conv3x3(x))): a residual step that every slider can steer."""
    residual = convolution(
        maps, maps.shape[-1], 3, f"{name}_conv", dtype, scale=0.5, use_bias=False
    )
    residual = Modulate(start, name=f"{name}_modulate", dtype=dtype)([residual, modulation])
    return layers.Add(dtype=dtype)([maps, ops.silu(residual)])


def upsample(maps: Tensor, channels: int, factor: int, name: str, dtype: Any) -> Tensor:
    """A 1x1 convolution and depth-to-space: `factor` times the size with `channels` channels.

    Several times cheaper than a convolution at the upper size; the blocks that follow mix the
    neighbours. (Nearest UpSampling2D is avoided: it does not export to LiteRT.)
    """
    maps = convolution(maps, channels * factor**2, 1, f"{name}_conv", dtype)
    return ops.nn.depth_to_space(maps, factor, data_format=LAST)
