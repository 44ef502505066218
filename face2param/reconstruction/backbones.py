"""What R-Net looks at a picture with: maps for C-Net and one feature vector.

Both backbones name all their layers, so that weights are stored and read by name.
"""

from __future__ import annotations

from keras import layers

MAPS = "maps"
"""Layer of the 28 x 28 maps (of a 224 px picture) that C-Net continues."""
POOLED = "pooled"
"""Layer of the feature vector before the heads."""
_EPSILON, _MOMENTUM = 1e-5, 0.97


def resnet50(images):
    """ResNet-50 v1 as the published R-Net has it.

    He et al. 2015, in TF-Slim's form: a block halves its maps in the 3 x 3 convolution of its
    *last* unit, so that the first block of a 224 px picture ends at 28 x 28 x 256 (Keras' own
    ResNet50 halves in the first unit and ends it at 56 x 56). Mean pooling, 2048 features.

    Args:
      images: `[batch, size, size, 3]` RGB in [0, 1].

    Returns:
      `[batch, 2048]`; the layers `MAPS` and `POOLED` exist. 23.5 million weights.
    """
    x = layers.Rescaling(2.0, -1.0, name="centred")(images)
    x = _convolve(x, 64, 7, 2, "stem")
    x = layers.MaxPooling2D(3, 2, "same", data_format="channels_last", name="stem_pool")(x)
    blocks = ((64, 3), (128, 4), (256, 6), (512, 3))
    for block, (channels, units) in enumerate(blocks, 1):
        for unit in range(1, units + 1):
            halve = unit == units and block < len(blocks)
            last = MAPS if (block, unit) == (1, units) else f"block{block}_{unit}_relu"
            x = _bottleneck(x, channels, 2 if halve else 1, f"block{block}_{unit}", last)
    return layers.GlobalAveragePooling2D(data_format="channels_last", name=POOLED)(x)


def compact(images):
    """A small residual network, the one that ships.

    Dense 3 x 3 convolutions at half of the size, because on a CPU they run at several times the
    arithmetic rate of depthwise ones, and one look at a face takes a few milliseconds. The last
    maps are narrowed and flattened instead of averaged: where something lies in them is what
    pose and shape are read from, which an average of so few maps would lose.

    Args:
      images: `[batch, size, size, 3]` RGB in [0, 1].

    Returns:
      `[batch, 512]`; the layers `MAPS` and `POOLED` exist. 3.6 million weights with the heads,
      7 MB in half precision.
    """
    x = layers.Rescaling(4.0, -2.0, name="centred")(images)
    x = layers.AveragePooling2D(2, data_format="channels_last", name="half")(x)
    x = _convolve(x, 32, 5, 2, "stem")
    for stage, (channels, units) in enumerate(((64, 1), (128, 2), (256, 1)), 1):
        x = _convolve(x, channels, 3, 2, f"down{stage}")
        for unit in range(1, units + 1):
            last = MAPS if (stage, unit) == (1, units) else f"basic{stage}_{unit}_relu"
            x = _basic(x, channels, f"basic{stage}_{unit}", last)
    x = _convolve(x, 48, 1, 1, "narrow")
    x = layers.Flatten(data_format="channels_last", name="flat")(x)
    x = layers.Dense(512, use_bias=False, name="pooled_dense")(x)
    x = layers.BatchNormalization(epsilon=_EPSILON, momentum=_MOMENTUM, name="pooled_norm")(x)
    return layers.ReLU(name=POOLED)(x)


BACKBONES = {"resnet50": resnet50, "compact": compact}
DRAWN_SIZES = {"resnet50": 224, "compact": 112}
"""Side of the known faces that are drawn for each; the compact one halves its pictures first."""


def _convolve(x, channels: int, kernel: int, stride: int, name: str, relu: bool = True):
    x = layers.Conv2D(
        channels, kernel, stride, padding="same", use_bias=False, name=f"{name}_convolution",
        data_format="channels_last",
    )(x)  # fmt: skip
    x = layers.BatchNormalization(epsilon=_EPSILON, momentum=_MOMENTUM, name=f"{name}_norm")(x)
    return layers.ReLU(name=f"{name}_relu")(x) if relu else x


def _bottleneck(x, channels: int, stride: int, name: str, last: str):
    if x.shape[-1] != 4 * channels:
        shortcut = _convolve(x, 4 * channels, 1, stride, f"{name}_shortcut", relu=False)
    elif stride > 1:
        shortcut = layers.MaxPooling2D(
            1, stride, data_format="channels_last", name=f"{name}_shortcut"
        )(x)
    else:
        shortcut = x
    x = _convolve(x, channels, 1, 1, f"{name}_a")
    x = _convolve(x, channels, 3, stride, f"{name}_b")
    x = _convolve(x, 4 * channels, 1, 1, f"{name}_c", relu=False)
    return layers.ReLU(name=last)(layers.Add(name=f"{name}_sum")([shortcut, x]))


def _basic(x, channels: int, name: str, last: str):
    inner = _convolve(x, channels, 3, 1, f"{name}_a")
    inner = _convolve(inner, channels, 3, 1, f"{name}_b", relu=False)
    return layers.ReLU(name=last)(layers.Add(name=f"{name}_sum")([x, inner]))
