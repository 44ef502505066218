"""The networks that draw a character from its parameters: `compact` and `paper`.

Both are functional Keras models with the inputs
  character: `[batch, width]` encoded character (choices one-hot), in [0, 1];
  nuisance: `[batch, nuisance_width]` normalised nuisance controls, in [-1, 1];
and the outputs
  image: `[batch, size, size, 3]` RGB (in [0, 1] for `compact`);
  landmarks: `[batch, 68, 2]` (x / width, y / height) of the 68 landmarks;
  regions: `[batch, size / 4, size / 4, regions]` probabilities in the order of
    `regions.MERGED`.
"""

import dataclasses
from typing import Any

import keras
from keras import layers, ops

from face2param import regions
from face2param.errors import ConfigError
from face2param.imitator import blocks

LANDMARKS = 68
NAMES = ("compact", "paper")


@dataclasses.dataclass(frozen=True)
class NetworkConfig:
    """What it takes to build a network again; kept beside the weights.

    Attributes:
      width: of the encoded character.
      nuisance_width: number of nuisance controls, may be 0.
      name: "compact" or "paper".
      size: height and width of the picture in pixels: a power of two, at least 32.
      channels: of the maps of 4, 8, 16, ... pixels (`compact` only).
      blocks: modulated blocks at each size above 4 (`compact` only).
      style_width: of the parameter embedding (`compact` only).
      heads: whether `paper` also predicts landmarks and regions.
    """

    width: int
    nuisance_width: int
    name: str = "compact"
    size: int = 256
    channels: tuple[int, ...] = (192, 192, 192, 128, 64, 32)
    blocks: int = 2
    style_width: int = 384
    heads: bool = True

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        if self.name not in NAMES:
            raise ConfigError(f"name: there is no network {self.name!r}; choose one of {NAMES}")
        if self.size < 32 or self.size & (self.size - 1):
            raise ConfigError(f"size: must be a power of two of at least 32, got {self.size}")
        for field in ("width", "blocks", "style_width"):
            if getattr(self, field) < 1:
                raise ConfigError(f"{field}: must be at least 1, got {getattr(self, field)}")
        if self.nuisance_width < 0:
            raise ConfigError(f"nuisance_width: must not be negative, got {self.nuisance_width}")
        if self.name == "compact" and 2 ** (len(self.channels) + 1) < self.size // 4:
            raise ConfigError(
                f"channels: {len(self.channels)} sizes end at {2 ** (len(self.channels) + 1)} "
                f"pixels; a picture of {self.size} needs maps of at least {self.size // 4}"
            )


def build(config: NetworkConfig, dtype: Any = "float32") -> keras.Model:
    """Builds the network that `config` describes.

    Args:
      config: the network.
      dtype: Keras dtype policy: "float32", or "mixed_bfloat16" for training on a GPU. The
        weights are float32 either way.
    """
    return compact_model(config, dtype) if config.name == "compact" else paper_model(config, dtype)


def first_layers(config: NetworkConfig) -> dict[str, int]:
    """Layers that read the parameters -> axis of their kernel that has a row for every input."""
    if config.name == "compact":
        return {"style1": 0}
    return {"deconvolution1": -1, **({"style": 0} if config.heads else {})}


def compact(width: int, nuisance_width: int, size: int = 256, **fields: Any) -> keras.Model:
    """The default network; see `compact_model`."""
    return build(NetworkConfig(width, nuisance_width, "compact", size, **fields))


def paper(width: int, nuisance_width: int = 0, size: int = 512, **fields: Any) -> keras.Model:
    """The network of the paper; see `paper_model`."""
    return build(NetworkConfig(width, nuisance_width, "paper", size, **fields))


def compact_model(config: NetworkConfig, dtype: Any) -> keras.Model:
    """A lean upsampling network whose every stage is modulated by the parameters.

    An embedding of the parameters seeds a map of 4x4; each stage doubles the size (1x1
    convolution and depth-to-space) and adds modulated residual blocks; the last stage, at half
    or a quarter of the picture's size, is unfolded to pixels by depth-to-space, which is much
    cheaper than convolutions at full size.
    """
    character, nuisance = _inputs(config)
    values = layers.Concatenate(name="parameters")([blocks.Centre()(character), nuisance])
    style = values
    for index in range(3):
        style = ops.silu(blocks.dense(style, config.style_width, f"style{index + 1}"))

    last = min(len(config.channels) - 1, config.size.bit_length() - 4)
    stages = [index for index in range(1, last + 1) for _ in range(config.blocks)]
    widths = [2 * config.channels[index] for index in stages]
    modulation = blocks.dense(style, sum(widths), "modulation")
    starts = iter([sum(widths[:index]) for index in range(len(widths))])

    trunk = ops.silu(blocks.dense(style, 256, "trunk"))
    maps = blocks.dense(trunk, 16 * config.channels[0], "seed")
    maps = ops.silu(ops.reshape(maps, (-1, 4, 4, config.channels[0])))
    region_maps = None
    for index in range(1, last + 1):
        size = 4 * 2**index
        maps = blocks.upsample(maps, config.channels[index], 2, f"up{size}", dtype)
        if size <= 64:  # above, the map would cost more weights than it is worth
            maps = blocks.PositionBias(name=f"position{size}", dtype=dtype)(maps)
        for block in range(config.blocks):
            name = f"block{size}_{block + 1}"
            maps = blocks.modulated_block(maps, modulation, next(starts), name, dtype)
        if size == config.size // 4:
            region_maps = maps
    factor = config.size // maps.shape[1]
    pixels = blocks.convolution(maps, 3 * factor**2, 3, "pixels", "float32")
    image = ops.sigmoid(ops.nn.depth_to_space(pixels, factor, data_format=blocks.LAST))
    return _model(config, (character, nuisance), image, style, region_maps, dtype)


def paper_model(config: NetworkConfig, dtype: Any) -> keras.Model:
    """The eight transposed convolutions of the paper (Shi et al., TPAMI, Table 2).

    Kernel 4; stride 1 from 1x1 to 4x4, then stride 2; 512, 512, 512, 256, 128, 64, 64 filters
    with batch normalisation and ReLU, then 3 filters and nothing, so that a picture may leave
    [0, 1] by a little. Deviations: the nuisance controls are appended to the character; other
    sizes than 512 keep as many of the last layers as they need; the optional heads sit on the
    parameters (landmarks) and on the layer of a quarter of the size (regions).
    """
    character, nuisance = _inputs(config)
    values = layers.Concatenate(name="parameters")([character, nuisance])
    maps = ops.reshape(values, (-1, 1, 1, config.width + config.nuisance_width))
    count = config.size.bit_length() - 2
    filters = ([512] * 3 + [256, 128, 64, 64])[-(count - 1) :]
    if count > 8:
        filters = [512] * (count - 8) + filters
    initial = keras.initializers.RandomNormal(stddev=0.02)  # DCGAN's; the paper does not say
    region_maps = None
    for index, width in enumerate([*filters, 3]):
        maps = layers.Conv2DTranspose(
            width,
            4,
            strides=1 if index == 0 else 2,
            padding="valid" if index == 0 else "same",
            data_format=blocks.LAST,
            kernel_initializer=initial,
            name=f"deconvolution{index + 1}",
            dtype=dtype,
        )(maps)
        if index < count - 1:
            maps = layers.BatchNormalization(
                momentum=0.9, epsilon=1e-5, name=f"normalisation{index + 1}", dtype=dtype
            )(maps)
            maps = ops.relu(maps)
        if maps.shape[1] == config.size // 4:
            region_maps = maps
    image = ops.cast(maps, "float32")
    if not config.heads:
        inputs = {"character": character, "nuisance": nuisance}
        return keras.Model(inputs, {"image": image}, name="imitator_paper")
    style = ops.relu(blocks.dense(values, 256, "style"))
    return _model(config, (character, nuisance), image, style, region_maps, dtype)


def _inputs(config: NetworkConfig) -> tuple[Any, Any]:
    return (
        keras.Input((config.width,), name="character"),
        keras.Input((config.nuisance_width,), name="nuisance"),
    )


def _model(
    config: NetworkConfig, inputs: tuple, image: Any, style: Any, region_maps: Any, dtype: Any
) -> keras.Model:
    """Adds the landmark head (on the embedding) and the region head (on quarter-size maps)."""
    hidden = ops.silu(blocks.dense(style, 256, "landmarks_hidden"))
    # Starts at the bias, which training sets to the mean of the data.
    landmarks = blocks.dense(
        hidden,
        2 * LANDMARKS,
        "landmarks_output",
        kernel_initializer="zeros",
        bias_initializer=keras.initializers.Constant(0.5),
    )
    landmarks = ops.reshape(landmarks, (-1, LANDMARKS, 2))
    logits = blocks.convolution(region_maps, len(regions.MERGED), 1, "regions_output", dtype)
    probabilities = ops.softmax(ops.cast(logits, "float32"), axis=-1)
    return keras.Model(
        {"character": inputs[0], "nuisance": inputs[1]},
        {"image": image, "landmarks": landmarks, "regions": probabilities},
        name=f"imitator_{config.name}",
    )
