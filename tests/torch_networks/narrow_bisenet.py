"""BiSeNet for inference in PyTorch: main head alone, any width, with or without fine head.

The counterpart of `face_parsing_tf.bisenet(classes, width, fine_head=...)`: the same parameter
names, and the result is (logits at full size, logits before enlargement, fused map).
"""

import torch
from torch import nn

from tests.torch_networks import bisenet
from tests.torch_networks.bisenet import BasicBlock, Fusion, Head, Refinement, conv_bn_relu


class ResNet18(bisenet.ResNet18):
    """Keeps the map at stride 4 too, as `stride4`."""

    def __init__(self, width: float):
        nn.Module.__init__(self)
        inputs = round(64 * width)
        self.conv1 = nn.Conv2d(3, inputs, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(inputs)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        for stage, (channels, stride) in enumerate(((64, 1), (128, 2), (256, 2), (512, 2)), 1):
            outputs = round(channels * width)
            blocks = BasicBlock(inputs, outputs, stride), BasicBlock(outputs, outputs, 1)
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
            inputs = outputs

    def forward(self, x):
        self.stride4 = self.layer1(self.maxpool(self.bn1(self.conv1(x)).relu()))
        stride8 = self.layer2(self.stride4)
        stride16 = self.layer3(stride8)
        return stride8, stride16, self.layer4(stride16)


class ContextPath(bisenet.ContextPath):
    def __init__(self, width: float):
        nn.Module.__init__(self)
        middle, at16, at32 = (round(n * width) for n in (128, 256, 512))
        self.resnet = ResNet18(width)
        self.arm16, self.arm32 = Refinement(at16, middle), Refinement(at32, middle)
        self.conv_head32 = conv_bn_relu(middle, middle, 3)
        self.conv_head16 = conv_bn_relu(middle, middle, 3)
        self.conv_avg = conv_bn_relu(at32, middle, 1)


class NarrowBiSeNet(nn.Module):
    def __init__(self, classes: int = 19, width: float = 1.0, fine_head: bool = False):
        super().__init__()
        self.cp, fused = ContextPath(width), round(256 * width)
        self.ffm = Fusion(fused)
        self.fine = nn.Module() if fine_head else None
        if fine_head:
            middle = 2 * round(64 * width)
            self.fine.reduce = conv_bn_relu(fused, middle, 1)
            self.fine.out = Head(middle + round(64 * width), middle, classes)
        else:
            self.conv_out = Head(fused, fused, classes)

    def forward(self, x):
        stride8, refined8, _ = self.cp(x)
        fused = self.ffm(stride8, refined8)
        if self.fine is None:
            coarse = self.conv_out(fused)
        else:
            upper = bisenet.double(self.fine.reduce(fused))
            coarse = self.fine.out(torch.cat([upper, self.cp.resnet.stride4], dim=1))
        return bisenet.enlarge(coarse, x.shape[2:]), coarse, fused
