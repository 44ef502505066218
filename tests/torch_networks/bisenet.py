"""BiSeNet with a ResNet-18 in PyTorch, with the parameter names of the public checkpoint.

Written from the published layer table and the checkpoint's key list. Input `[batch, 3, height,
width]`, normalised; the result is a dictionary of the three heads' logits at full size.
"""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional


def convolution(inputs: int, outputs: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False)


def conv_bn_relu(inputs: int, outputs: int, kernel: int) -> nn.Sequential:
    parts = OrderedDict(
        conv=convolution(inputs, outputs, kernel), bn=nn.BatchNorm2d(outputs), relu=nn.ReLU()
    )
    return nn.Sequential(parts)


def average(x):
    return x.mean(dim=(2, 3), keepdim=True)


def double(x):
    return functional.interpolate(x, scale_factor=2, mode="nearest")


class BasicBlock(nn.Module):
    def __init__(self, inputs: int, outputs: int, stride: int):
        super().__init__()
        self.conv1, self.bn1 = convolution(inputs, outputs, 3, stride), nn.BatchNorm2d(outputs)
        self.conv2, self.bn2 = convolution(outputs, outputs, 3), nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential()
        if stride > 1:
            self.downsample.append(convolution(inputs, outputs, 1, stride))
            self.downsample.append(nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.bn2(self.conv2(self.bn1(self.conv1(x)).relu()))
        return (self.downsample(x) + y).relu()


class ResNet18(nn.Module):
    """Returns the maps at strides 8, 16 and 32."""

    def __init__(self):
        super().__init__()
        self.conv1, self.bn1 = convolution(3, 64, 7, 2), nn.BatchNorm2d(64)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for stage, (outputs, stride) in enumerate(((64, 1), (128, 2), (256, 2), (512, 2)), 1):
            blocks = BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
            inputs = outputs

    def forward(self, x):
        x = self.layer1(self.maxpool(self.bn1(self.conv1(x)).relu()))
        stride8 = self.layer2(x)
        stride16 = self.layer3(stride8)
        return stride8, stride16, self.layer4(stride16)


class Refinement(nn.Module):
    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.conv = conv_bn_relu(inputs, outputs, 3)
        self.conv_atten, self.bn_atten = convolution(outputs, outputs, 1), nn.BatchNorm2d(outputs)

    def forward(self, x):
        x = self.conv(x)
        return x * self.bn_atten(self.conv_atten(average(x))).sigmoid()


class ContextPath(nn.Module):
    """Returns the ResNet's map at stride 8 and the refined maps at strides 8 and 16."""

    def __init__(self):
        super().__init__()
        self.resnet = ResNet18()
        self.arm16, self.arm32 = Refinement(256, 128), Refinement(512, 128)
        self.conv_head32, self.conv_head16 = conv_bn_relu(128, 128, 3), conv_bn_relu(128, 128, 3)
        self.conv_avg = conv_bn_relu(512, 128, 1)

    def forward(self, x):
        stride8, stride16, stride32 = self.resnet(x)
        x = self.arm32(stride32) + self.conv_avg(average(stride32))
        refined16 = self.conv_head32(double(x))
        refined8 = self.conv_head16(double(self.arm16(stride16) + refined16))
        return stride8, refined8, refined16


class Fusion(nn.Module):
    def __init__(self, channels: int):
        super().__init__()
        self.convblk = conv_bn_relu(channels, channels, 1)
        self.conv1 = convolution(channels, channels // 4, 1)
        self.conv2 = convolution(channels // 4, channels, 1)

    def forward(self, spatial, context):
        x = self.convblk(torch.cat([spatial, context], dim=1))
        return x + x * self.conv2(self.conv1(average(x)).relu()).sigmoid()


class Head(nn.Sequential):
    def __init__(self, inputs: int, middle: int, classes: int):
        super().__init__()
        self.add_module("conv", conv_bn_relu(inputs, middle, 3))
        self.add_module("conv_out", convolution(middle, classes, 1))


class BiSeNet(nn.Module):
    def __init__(self, classes: int = 19):
        super().__init__()
        self.cp, self.ffm = ContextPath(), Fusion(256)
        self.conv_out = Head(256, 256, classes)
        self.conv_out16, self.conv_out32 = Head(128, 64, classes), Head(128, 64, classes)

    def forward(self, x):
        stride8, refined8, refined16 = self.cp(x)
        logits = {
            "out": self.conv_out(self.ffm(stride8, refined8)),
            "out16": self.conv_out16(refined8),
            "out32": self.conv_out32(refined16),
        }
        return {name: enlarge(value, x.shape[2:]) for name, value in logits.items()}


def enlarge(x, size):
    return functional.interpolate(x, tuple(size), mode="bilinear", align_corners=True)
