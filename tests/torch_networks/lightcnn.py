"""LightCNN-9, 29 v1 and 29 v2 in PyTorch, with the parameter names of the public checkpoints.

Written from the tables of the paper (IEEE TIFS 13(11), 2018) and the checkpoints' key lists.
Input `[batch, 1, height, width]` grey in [0, 1]; the result is (logits, embedding).
"""

import torch
from torch import nn
from torch.nn import functional

WIDTHS = (48, 96, 192, 128, 128)
POOLED = (True, True, False, True)
RESIDUALS = (1, 2, 3, 4)


class MaxFeatureMap(nn.Module):
    """A convolution or linear layer called `filter` whose two halves compete."""

    def __init__(self, layer: nn.Module):
        super().__init__()
        self.filter = layer

    def forward(self, x):
        return torch.maximum(*self.filter(x).chunk(2, dim=1))


def convolution(inputs: int, outputs: int, kernel: int) -> MaxFeatureMap:
    return MaxFeatureMap(nn.Conv2d(inputs, 2 * outputs, kernel, padding=kernel // 2))


class Group(nn.Sequential):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.add_module("conv_a", convolution(inputs, inputs, 1))
        self.add_module("conv", convolution(inputs, outputs, 3))


class Residual(nn.Sequential):
    def __init__(self, channels: int):
        super().__init__()
        self.add_module("conv1", convolution(channels, channels, 3))
        self.add_module("conv2", convolution(channels, channels, 3))

    def forward(self, x):
        return x + super().forward(x)


class SummedPool(nn.Module):
    def forward(self, x):
        return functional.max_pool2d(x, 2) + functional.avg_pool2d(x, 2)


def maximum_pool() -> nn.Module:
    return nn.MaxPool2d(2, ceil_mode=True)


class LightCNN9(nn.Module):
    """The nine-layer network; `size` is that of the map in front of `fc1`."""

    def __init__(self, classes: int = 79077, size: tuple[int, int] = (8, 8)):
        super().__init__()
        parts = [convolution(1, WIDTHS[0], 5), maximum_pool()]
        for inputs, outputs, pooled in zip(WIDTHS[:-1], WIDTHS[1:], POOLED, strict=True):
            parts.append(Group(inputs, outputs))
            if pooled:
                parts.append(maximum_pool())
        self.features = nn.Sequential(*parts)
        self.fc1 = MaxFeatureMap(nn.Linear(WIDTHS[-1] * size[0] * size[1], 512))
        self.fc2 = nn.Linear(256, classes)

    def forward(self, x):
        embedding = self.fc1(self.features(x).flatten(1))
        return self.fc2(functional.dropout(embedding, 0.5, self.training)), embedding


class _LightCNN29(nn.Module):
    def __init__(self, pool: nn.Module, fc: nn.Module, fc2: nn.Module):
        super().__init__()
        self.conv1 = convolution(1, WIDTHS[0], 5)
        for stage, blocks in enumerate(RESIDUALS, start=1):
            inputs, outputs = WIDTHS[stage - 1 : stage + 1]
            residuals = nn.Sequential(*(Residual(inputs) for _ in range(blocks)))
            self.add_module(f"block{stage}", residuals)
            self.add_module(f"group{stage}", Group(inputs, outputs))
        self.fc, self.fc2 = fc, fc2
        self.pool = pool

    def forward(self, x):
        x = self.pool(self.conv1(x))
        for stage, pooled in enumerate(POOLED, start=1):
            x = getattr(self, f"group{stage}")(getattr(self, f"block{stage}")(x))
            x = self.pool(x) if pooled else x
        embedding = self.fc(x.flatten(1))
        return self.fc2(functional.dropout(embedding, 0.5, self.training)), embedding


class LightCNN29v1(_LightCNN29):
    """Maximum pooling, MFM embedding, classifier with bias."""

    def __init__(self, classes: int = 79077, size: tuple[int, int] = (8, 8)):
        flat = WIDTHS[-1] * size[0] * size[1]
        fc = MaxFeatureMap(nn.Linear(flat, 512))
        super().__init__(maximum_pool(), fc, nn.Linear(256, classes))


class LightCNN29v2(_LightCNN29):
    """Maximum plus average pooling, linear embedding, classifier without bias."""

    def __init__(self, classes: int = 80013, size: tuple[int, int] = (8, 8)):
        flat = WIDTHS[-1] * size[0] * size[1]
        super().__init__(SummedPool(), nn.Linear(flat, 256), nn.Linear(256, classes, bias=False))
