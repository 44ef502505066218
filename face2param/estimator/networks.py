"""The small network behind the frozen ones: prepared inputs in, character and attributes out."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
from keras import layers, ops

from face2param.config import check_positive
from face2param.errors import ConfigError
from face2param.estimator.targets import HEADS

NAMES = ("picture", "regions", "features", "descriptor", "landmarks")
"""Inputs, in order."""
MINIMUM_LOG_VARIANCE, MAXIMUM_LOG_VARIANCE = -8.0, 0.0


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """What it takes to build the network again; kept beside the weights.

    Attributes:
      continuous: number of continuous parameters.
      options: number of options of each choice.
      nuisance: number of nuisance controls, may be 0.
      features: channels of the parsing network's features.
      descriptor: length of the identity network's descriptor.
      stem: channels of the picture at 32 x 32.
      channels: of the tower's maps at 16, 8 and 4 pixels.
      hidden: width of the residual dense blocks.
      blocks: how many of them.
      dropout: share of the joined vector that is dropped in training.
    """

    continuous: int
    options: tuple[int, ...]
    nuisance: int
    features: int = 128
    descriptor: int = 128
    stem: int = 32
    channels: tuple[int, int, int] = (64, 96, 128)
    hidden: int = 384
    blocks: int = 2
    dropout: float = 0.1

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        object.__setattr__(self, "options", tuple(self.options))
        object.__setattr__(self, "channels", tuple(self.channels))
        check_positive(self, ("continuous", "features", "descriptor", "stem", "hidden"))
        if len(self.channels) != 3 or min(self.channels) < 1:
            raise ConfigError(f"channels: must be three positive numbers, got {self.channels}")
        if self.blocks < 0 or self.nuisance < 0 or not 0 <= self.dropout < 1:
            raise ConfigError(
                f"blocks {self.blocks}, nuisance {self.nuisance}: must not be negative; "
                f"dropout {self.dropout}: must be in [0, 1)"
            )


def build(config: NetworkConfig) -> keras.Model:
    """Builds the network with fresh random weights.

    Inputs as `inputs.prepare` returns them, cast to float32. Outputs:
      continuous: `[batch, continuous]` parameters in [0, 1];
      confidence: `[batch, continuous]` logarithm of the variance of the error expected;
      choices: `[batch, sum of options]` logits, one block for each choice;
      nuisance: `[batch, nuisance]` normalised (only where there is any);
      beard, glasses, age, hair_length, hair_texture: `[batch, options]` logits.
    """
    inputs = {
        "picture": keras.Input((128, 128, 3), name="picture"),
        "regions": keras.Input((32, 32, 13), name="regions"),
        "features": keras.Input((16, 16, config.features), name="features"),
        "descriptor": keras.Input((config.descriptor,), name="descriptor"),
        "landmarks": keras.Input((136,), name="landmarks"),
    }
    picture = layers.Rescaling(1 / 64, -2.0, name="picture_scale")(inputs["picture"])
    regions = layers.Rescaling(1 / 255, name="regions_scale")(inputs["regions"])
    picture = _convolve(picture, config.stem // 2, "stem1", kernel=5, stride=2)
    picture = _convolve(picture, config.stem, "stem2", stride=2)
    first, second, third = config.channels
    maps = layers.Concatenate(name="with_regions")([picture, regions])
    maps = _convolve(maps, first, "down16", stride=2)
    features = _convolve(inputs["features"], first, "features_in", kernel=1)
    maps = layers.Concatenate(name="with_features")([maps, features])
    maps = _convolve(maps, second, "down8", stride=2)
    maps = _convolve(maps, third, "down4", stride=2)
    maps = layers.Flatten(name="flat")(maps)
    seen = layers.Dense(config.hidden, use_bias=False, name="seen")(maps)
    vectors = [
        layers.BatchNormalization(name=f"{name}_norm", momentum=0.98)(values)
        for name, values in (
            ("seen", seen),
            ("descriptor", inputs["descriptor"]),
            ("landmarks", inputs["landmarks"]),
        )
    ]
    x = layers.Concatenate(name="joined")(vectors)
    x = layers.Dropout(config.dropout, name="drop")(x)
    x = layers.Dense(config.hidden, name="enter")(x)
    for index in range(config.blocks):
        inner = layers.LayerNormalization(name=f"block{index}_norm")(x)
        inner = layers.Dense(config.hidden, "relu", name=f"block{index}_up")(inner)
        inner = layers.Dropout(config.dropout, name=f"block{index}_drop")(inner)
        inner = layers.Dense(config.hidden, name=f"block{index}_down")(inner)
        x = layers.Add(name=f"block{index}_sum")([x, inner])
    x = layers.LayerNormalization(name="leave_norm")(x)
    x = layers.Activation("relu", name="leave")(x)
    variance = layers.Dense(config.continuous, name="log_variance")(x)
    outputs = {
        "continuous": layers.Dense(config.continuous, "sigmoid", name="continuous_out")(x),
        "confidence": _Limit(name="confidence_out")(variance),
    }
    if config.options:
        outputs["choices"] = layers.Dense(sum(config.options), name="choices_out")(x)
    if config.nuisance:
        outputs["nuisance"] = layers.Dense(config.nuisance, name="nuisance_out")(x)
    for name, options in HEADS.items():
        inner = layers.Dense(64, "relu", name=f"{name}_inner")(x)
        outputs[name] = layers.Dense(len(options), name=f"{name}_out")(inner)
    return keras.Model(inputs, outputs, name="estimator")


def cast(inputs: Mapping) -> dict:
    """Prepared inputs as the network's float32 tensors; other names are dropped."""
    return {name: ops.cast(ops.convert_to_tensor(inputs[name]), "float32") for name in NAMES}


@keras.saving.register_keras_serializable(package="face2param")
class _Limit(layers.Layer):
    """Keeps a log-variance where its exponential neither vanishes nor explodes."""

    def call(self, inputs):
        return ops.clip(inputs - 4.0, MINIMUM_LOG_VARIANCE, MAXIMUM_LOG_VARIANCE)

    def compute_output_shape(self, input_shape):
        return input_shape


def _convolve(x, channels: int, name: str, kernel: int = 3, stride: int = 1):
    x = layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, name=f"{name}_convolution",
        data_format="channels_last",
    )(x)  # fmt: skip
    x = layers.BatchNormalization(momentum=0.98, name=f"{name}_norm")(x)
    return layers.ReLU(negative_slope=0.1, name=f"{name}_relu")(x)
