"""dlib's recognition ResNet in PyTorch, filled from our Keras twin of it.

Input `[batch, 3, height, width]` RGB in [0, 1]; the result is the descriptor `[batch, 128]`.
"""

import keras
import torch
from torch import nn
from torch.nn import functional

MEAN = (122.782, 117.001, 104.298)
STAGES = ((32, 3, False), (64, 4, True), (128, 3, True), (256, 3, True), (256, 1, True))
"""(channels, blocks, whether the first of them halves the size)."""


class Block(nn.Module):
    """Two convolutions; where sizes differ, the smaller operand is padded at the end."""

    def __init__(self, inputs: int, outputs: int, halves: bool):
        super().__init__()
        first = (2, 0) if halves else (1, 1)
        self.convolution1 = nn.Conv2d(inputs, outputs, 3, *first)
        self.convolution2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.halves = halves

    def forward(self, x):
        y = self.convolution2(self.convolution1(x).relu())
        if self.halves:
            x = functional.avg_pool2d(x, 2, 2)
        sizes = [max(a, b) for a, b in zip(x.shape[1:], y.shape[1:], strict=True)]
        return (grown(x, sizes) + grown(y, sizes)).relu()


class DlibResNet(nn.Module):
    def __init__(self, mean: tuple[float, float, float] = MEAN):
        super().__init__()
        self.register_buffer("offset", torch.tensor(mean).reshape(1, 3, 1, 1) / 256)
        self.stem = nn.Conv2d(3, 32, 7, 2)
        blocks, inputs = [], 32
        for channels, count, halves in STAGES:
            for index in range(count):
                blocks.append(Block(inputs, channels, halves and index == 0))
                inputs = channels
        self.blocks = nn.ModuleList(blocks)
        self.descriptor = nn.Linear(inputs, 128, bias=False)

    def forward(self, x):
        x = self.stem(x * (255 / 256) - self.offset).relu()
        x = functional.max_pool2d(x, 3, 2)
        for block in self.blocks:
            x = block(x)
        return self.descriptor(x.mean(dim=(2, 3)))


def grown(x, sizes: list[int]):
    missing = [wanted - found for wanted, found in zip(sizes, x.shape[1:], strict=True)]
    if not any(missing):
        return x
    channels, rows, columns = missing
    return functional.pad(x, (0, columns, 0, rows, 0, channels))


def from_keras(model: keras.Model) -> DlibResNet:
    """The same network with the same weights as `dlib_recognition_model`."""
    network = DlibResNet()
    pairs = [(network.stem, "stem"), (network.descriptor, "descriptor")]
    for index, block in enumerate(network.blocks):
        pairs += [
            (getattr(block, f"convolution{k}"), f"block{index}_convolution{k}") for k in (1, 2)
        ]
    with torch.no_grad():
        for module, name in pairs:
            kernel, *bias = (torch.tensor(w) for w in model.get_layer(name).get_weights())
            order = (3, 2, 0, 1) if kernel.ndim == 4 else (1, 0)
            module.weight.copy_(kernel.permute(order))
            if bias:
                module.bias.copy_(bias[0])
    return network.eval()
