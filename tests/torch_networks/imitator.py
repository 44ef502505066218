"""Both imitators in PyTorch, filled from the Keras models.

Inputs `[batch, width]` and `[batch, nuisance width]`; the result is the image `[batch, 3, size,
size]`, the landmarks `[batch, 68, 2]` and the region probabilities `[batch, regions, size / 4,
size / 4]`.
"""

import keras
import torch
from torch import nn
from torch.nn import functional

from face2param import regions
from face2param.imitator.networks import LANDMARKS, NetworkConfig


class Stage(nn.Module):
    """Twice the size, then modulated residual blocks; `pieces` say where their modulation is."""

    def __init__(self, inputs: int, outputs: int, size: int, pieces: list[int]):
        super().__init__()
        self.up = nn.Conv2d(inputs, 4 * outputs, 1)
        self.position = nn.Parameter(torch.zeros(outputs, size, size)) if size <= 64 else None
        self.convolutions = nn.ModuleList(
            nn.Conv2d(outputs, outputs, 3, padding=1, bias=False) for _ in pieces
        )
        self.channels, self.pieces = outputs, pieces

    def forward(self, x, modulation):
        x = functional.pixel_shuffle(self.up(x), 2)
        if self.position is not None:
            x = x + self.position
        for convolution, start in zip(self.convolutions, self.pieces, strict=True):
            piece = modulation[:, start : start + 2 * self.channels, None, None]
            scale, shift = piece.chunk(2, dim=1)
            x = x + functional.silu(convolution(x) * (1 + scale) + shift)
        return x


class Heads(nn.Module):
    """Landmarks from the embedding, regions from the maps of a quarter of the size."""

    def __init__(self, style_width: int, channels: int):
        super().__init__()
        self.landmarks_hidden = nn.Linear(style_width, 256)
        self.landmarks_output = nn.Linear(256, 2 * LANDMARKS)
        self.regions_output = nn.Conv2d(channels, len(regions.MERGED), 1)

    def forward(self, style, maps):
        points = self.landmarks_output(functional.silu(self.landmarks_hidden(style)))
        return points.reshape(-1, LANDMARKS, 2), self.regions_output(maps).softmax(dim=1)


class Compact(nn.Module):
    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config, channels = config, config.channels
        width = config.style_width
        inputs = config.width + config.nuisance_width
        self.styles = nn.ModuleList(
            nn.Linear(inputs if index == 0 else width, width) for index in range(3)
        )
        last = min(len(channels) - 1, config.size.bit_length() - 4)
        self.stages, start = nn.ModuleList(), 0
        for index in range(1, last + 1):
            pieces = [start + 2 * channels[index] * block for block in range(config.blocks)]
            size = 4 * 2**index
            self.stages.append(Stage(channels[index - 1], channels[index], size, pieces))
            start += 2 * channels[index] * config.blocks
        self.modulation = nn.Linear(width, start)
        self.trunk = nn.Linear(width, 256)
        self.seed = nn.Linear(256, 16 * channels[0])
        self.factor = config.size // (4 * 2**last)
        self.pixels = nn.Conv2d(channels[last], 3 * self.factor**2, 3, padding=1)
        self.heads = Heads(width, channels[config.size.bit_length() - 5])

    def forward(self, character, nuisance):
        style = torch.cat([character * 2 - 1, nuisance], dim=1)
        for layer in self.styles:
            style = functional.silu(layer(style))
        modulation = self.modulation(style)
        x = functional.silu(self.seed(functional.silu(self.trunk(style))))
        x = x.reshape(-1, 4, 4, self.config.channels[0]).permute(0, 3, 1, 2)
        for stage in self.stages:
            x = stage(x, modulation)
            if x.shape[2] == self.config.size // 4:
                quarter = x
        image = functional.pixel_shuffle(self.pixels(x), self.factor).sigmoid()
        return image, *self.heads(style, quarter)


class Paper(nn.Module):
    def __init__(self, config: NetworkConfig):
        super().__init__()
        self.config = config
        inputs = config.width + config.nuisance_width
        count = config.size.bit_length() - 2
        filters = [512] * 3 + [256, 128, 64, 64]
        filters = ([512] * count + filters)[-(count - 1) :] + [3]
        self.deconvolutions, self.normalisations = nn.ModuleList(), nn.ModuleList()
        previous = inputs
        for index, width in enumerate(filters):
            step = (1, 0) if index == 0 else (2, 1)
            self.deconvolutions.append(nn.ConvTranspose2d(previous, width, 4, *step))
            self.normalisations.append(nn.BatchNorm2d(width))
            previous = width
        self.normalisations = self.normalisations[:-1]
        self.style = nn.Linear(inputs, 256)
        self.heads = Heads(256, filters[-3])

    def forward(self, character, nuisance):
        values = torch.cat([character, nuisance], dim=1)
        x = self.deconvolutions[0](values[:, :, None, None])
        for normalise, deconvolution in zip(
            self.normalisations, self.deconvolutions[1:], strict=True
        ):
            x = normalise(x).relu()
            if x.shape[2] == self.config.size // 4:
                quarter = x
            x = deconvolution(x)
        return x, *self.heads(self.style(values).relu(), quarter)


def from_keras(config: NetworkConfig, model: keras.Model) -> nn.Module:
    """The same network with the same weights as `networks.build(config)`."""
    network = Compact(config) if config.name == "compact" else Paper(config)
    with torch.no_grad():
        for module, layer in _pairs(network):
            _fill(module, model.get_layer(layer))
    return network.eval()


def _pairs(network) -> list[tuple[nn.Module, str]]:
    heads = ("landmarks_hidden", "landmarks_output", "regions_output")
    pairs = [(getattr(network.heads, name), name) for name in heads]
    if isinstance(network, Paper):
        pairs += [(m, f"deconvolution{i + 1}") for i, m in enumerate(network.deconvolutions)]
        pairs += [(m, f"normalisation{i + 1}") for i, m in enumerate(network.normalisations)]
        return [*pairs, (network.style, "style")]
    pairs += [(layer, f"style{i + 1}") for i, layer in enumerate(network.styles)]
    pairs += [(getattr(network, n), n) for n in ("modulation", "trunk", "seed", "pixels")]
    for index, stage in enumerate(network.stages):
        size = 4 * 2 ** (index + 1)
        pairs.append((stage.up, f"up{size}_conv"))
        if stage.position is not None:
            pairs.append((stage, f"position{size}"))
        pairs += [(m, f"block{size}_{i + 1}_conv") for i, m in enumerate(stage.convolutions)]
    return pairs


def _fill(module, layer) -> None:
    values = [torch.tensor(value) for value in layer.get_weights()]
    if isinstance(module, Stage):
        module.position.copy_(values[0].permute(2, 0, 1))
    elif isinstance(module, nn.BatchNorm2d):
        module.eps = layer.epsilon
        targets = (module.weight, module.bias, module.running_mean, module.running_var)
        for target, value in zip(targets, values, strict=True):
            target.copy_(value)
    else:
        kernel, *bias = values
        order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
        shuffled = _shuffled(layer.name, module)
        module.weight.copy_(kernel.permute(order)[shuffled])
        if bias:
            module.bias.copy_(bias[0][shuffled])


def _shuffled(name: str, module):
    """Order of the filters: pixel_shuffle counts channel by channel, depth_to_space pixel first."""
    if not (name.startswith("up") or name == "pixels"):
        return slice(None)
    blocks = 4 if name.startswith("up") else module.out_channels // 3
    return torch.arange(module.out_channels).reshape(blocks, -1).T.reshape(-1)
