"""R-Net (picture -> coefficients) and C-Net (how far to trust each of them), in Keras.

Deng et al. 2019, "Accurate 3D Face Reconstruction with Weakly-Supervised Learning: From Single
Image to Image Set". C-Net was never released; its layers follow the description in the paper.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
from keras import layers

from face2param.errors import ConfigError
from face2param.reconstruction import backbones

IDENTITY = "identity"
"""Name of the coefficients that all pictures of a person share."""


MAXIMUM_WIDTH = 4096
"""Coefficients at most; the record beside a weights file must not fill the memory."""


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """What it takes to build R-Net and C-Net again; kept beside the weights.

    Attributes:
      sizes: ((name, width), ...) of the coefficients, in the order of the layout.
      backbone: one of `backbones.BACKBONES`.
      size: side of the square pictures in pixels, a multiple of 32.
    """

    sizes: tuple[tuple[str, int], ...]
    backbone: str = "compact"
    size: int = 224

    def __post_init__(self) -> None:
        """Checks the fields.

        Raises:
          ConfigError: naming the field that does not fit.
        """
        if self.backbone not in backbones.BACKBONES:
            raise ConfigError(
                f"backbone: must be one of {sorted(backbones.BACKBONES)}, got {self.backbone!r}"
            )
        if not 32 <= self.size <= 1024 or self.size % 32:
            raise ConfigError(f"size: must be a multiple of 32 from 32 to 1024, got {self.size}")
        try:
            sizes = tuple((str(name), int(width)) for name, width in self.sizes)
        except (TypeError, ValueError):
            sizes = ()
        names = [name for name, _ in sizes]
        if not sizes or len(set(names)) < len(names) or min(width for _, width in sizes) < 0:
            raise ConfigError(
                f"sizes: must be pairs of different names and widths, got {self.sizes}"
            )
        if sum(width for _, width in sizes) > MAXIMUM_WIDTH:
            raise ConfigError(f"sizes: more than {MAXIMUM_WIDTH} coefficients, got {self.sizes}")
        if not dict(sizes).get(IDENTITY):
            raise ConfigError(f"sizes: has no {IDENTITY!r} coefficients, only {names}")
        object.__setattr__(self, "sizes", sizes)

    @property
    def identity(self) -> int:
        """Number of identity coefficients."""
        return dict(self.sizes)[IDENTITY]


def r_net(
    layout: Mapping[str, int] | NetworkConfig, backbone: str = "compact", size: int = 224
) -> keras.Model:
    """Builds R-Net with fresh random weights; its heads are zero.

    One linear head for each kind of coefficients, weights and biases zero, so that whatever the
    picture the first answer is the mean face in the middle of the picture, seen from the front.
    Random heads would throw the face anywhere, where its losses have no useful gradient.

    Args:
      layout: name -> width of the coefficients in order (`morphable.coefficients.Layout` has
        them as `sizes`), or a whole configuration.
      backbone: "resnet50" or "compact"; ignored with a configuration.
      size: side of the pictures; ignored with a configuration.

    Returns:
      A model `[batch, size, size, 3]` RGB in [0, 1] -> `[batch, width]` float32.

    Raises:
      ConfigError: an argument is out of range.
    """
    if isinstance(layout, NetworkConfig):
        config = layout
    else:
        sizes = getattr(layout, "sizes", layout)
        config = NetworkConfig(tuple(dict(sizes).items()), backbone, size)
    images = keras.Input((config.size, config.size, 3), name="image")
    features = backbones.BACKBONES[config.backbone](images)
    heads = [
        layers.Dense(
            width, kernel_initializer="zeros", dtype="float32", name=f"head_{name}"
        )(features)
        for name, width in config.sizes
        if width
    ]  # fmt: skip
    vector = layers.Concatenate(name="coefficients")(heads) if len(heads) > 1 else heads[0]
    return keras.Model(images, vector, name="r_net")


def looking(network: keras.Model) -> keras.Model:
    """R-Net with what C-Net needs beside its answer, sharing its weights.

    Args:
      network: of `r_net`.

    Returns:
      A model image -> {"coefficients" `[batch, width]`, "maps" `[batch, h, w, channels]`,
      "pooled" `[batch, features]`}.
    """
    outputs = {
        "coefficients": network.output,
        "maps": network.get_layer(backbones.MAPS).output,
        "pooled": network.get_layer(backbones.POOLED).output,
    }
    return keras.Model(network.input, outputs, name="r_net_looking")


def c_net(config: NetworkConfig) -> keras.Model:
    """Builds C-Net with fresh random weights; its last layer is zero.

    The maps after R-Net's first residual block (28 x 28) go through three 3 x 3 convolutions of
    stride 2 and a mean; joined with R-Net's feature vector they pass one hidden layer. The last
    layer starts at zero, so every confidence at 0.5: the first aggregation is the plain mean.
    For ResNet-50 the widths are the paper's (256 maps, 512 hidden: 2,991,440 weights with 80
    identity coefficients); for the compact backbone they are cut to what its maps hold.

    Args:
      config: of the R-Net that it belongs to.

    Returns:
      A model {"maps", "pooled"} as of `looking` -> `[batch, identity]` confidences in (0, 1).
    """
    published = config.backbone == "resnet50"
    depth, pooled, channels, hidden = (256, 2048, 256, 512) if published else (64, 512, 64, 192)
    side = config.size // 8
    inputs = {
        "maps": keras.Input((side, side, depth), name="maps"),
        "pooled": keras.Input((pooled,), name="pooled"),
    }
    x = inputs["maps"]
    for index in (1, 2, 3):
        x = layers.Conv2D(
            channels, 3, 2, "same", activation="relu", name=f"convolution{index}",
            data_format="channels_last",
        )(x)  # fmt: skip
    x = layers.GlobalAveragePooling2D(data_format="channels_last", name="mean")(x)
    x = layers.Concatenate(name="joined")([x, inputs["pooled"]])
    x = layers.Dense(hidden, "relu", name="hidden")(x)
    confidence = layers.Dense(
        config.identity, "sigmoid", kernel_initializer="zeros", dtype="float32", name="confidence"
    )(x)
    return keras.Model(inputs, confidence, name="c_net")
