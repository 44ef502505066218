"""BiSeNet with a ResNet-18 context path as a functional Keras model.

Yu et al., "BiSeNet: Bilateral Segmentation Network for Real-time Semantic Segmentation",
ECCV 2018, in the form of zllrunning/face-parsing.PyTorch: the spatial path is replaced by
the stride-8 feature of the ResNet. No convolution has a bias; batch normalisation uses
PyTorch's epsilon 1e-5 and momentum 0.1 (0.9 in Keras' counting).

Layers are called like the modules of the PyTorch definition (`face_parsing_tf.names`).
"""

from __future__ import annotations

import keras
from keras import layers

from face_parsing_tf.names import layer_name
from face_parsing_tf.resizing import AlignCornersResize

_STAGES = ((1, 64, 1), (2, 128, 2), (3, 256, 2), (4, 512, 2))


def _convolution(x, channels: int, kernel: int, module: str, stride: int = 1):
    """Bias-free convolution with PyTorch's symmetric zero padding."""
    padding = kernel // 2
    if padding and stride == 1:
        mode = "same"
    else:
        mode = "valid"
    if padding and stride > 1:
        # PyTorch pads both sides; "same" would pad the end only. On even sizes the last
        # padded row and column are never read. Leaving them out changes no value and keeps
        # the stem off a slow oneDNN path (backward 45 ms against 9 ms at 256x256).
        spare = [int(n is not None and n % 2 == 0) for n in x.shape[1:3]]
        pads = tuple((padding, padding - s) for s in spare)
        x = layers.ZeroPadding2D(pads, name=layer_name(module) + "_pad")(x)
    if kernel == 1 and stride > 1:
        # The same values as a strided 1x1 convolution, whose filter gradient makes
        # TensorFlow 2.21 on CPU read beyond its input and abort (batch 1, 16x16, 8 -> 16).
        x = layers.MaxPooling2D(1, stride, name=layer_name(module) + "_subsample")(x)
        stride = 1
    return layers.Conv2D(
        channels, kernel, strides=stride, padding=mode, use_bias=False, name=layer_name(module)
    )(x)


def _normalise(x, module: str):
    return layers.BatchNormalization(epsilon=1e-5, momentum=0.9, name=layer_name(module))(x)


def _conv_bn_relu(x, channels: int, kernel: int, module: str):
    x = _normalise(_convolution(x, channels, kernel, f"{module}.conv"), f"{module}.bn")
    return layers.ReLU(name=layer_name(module) + "_relu")(x)


def _basic_block(x, channels: int, stride: int, module: str):
    y = _normalise(_convolution(x, channels, 3, f"{module}.conv1", stride), f"{module}.bn1")
    y = layers.ReLU(name=layer_name(module) + "_relu1")(y)
    y = _normalise(_convolution(y, channels, 3, f"{module}.conv2"), f"{module}.bn2")
    if stride != 1 or x.shape[-1] != channels:
        x = _convolution(x, channels, 1, f"{module}.downsample.0", stride)
        x = _normalise(x, f"{module}.downsample.1")
    x = layers.Add(name=layer_name(module) + "_add")([x, y])
    return layers.ReLU(name=layer_name(module) + "_relu2")(x)


def _global_average(x, name: str):
    return layers.GlobalAveragePooling2D(keepdims=True, name=name)(x)


def _attention_refinement(x, channels: int, module: str):
    x = _conv_bn_relu(x, channels, 3, f"{module}.conv")
    gate = _global_average(x, layer_name(module) + "_average")
    gate = _convolution(gate, channels, 1, f"{module}.conv_atten")
    gate = _normalise(gate, f"{module}.bn_atten")
    gate = layers.Activation("sigmoid", name=layer_name(module) + "_sigmoid")(gate)
    return layers.Multiply(name=layer_name(module) + "_gate")([x, gate])


def _enlarge(x, factor: tuple[int, int], name: str):
    return layers.UpSampling2D(factor, interpolation="nearest", name=name)(x)


def _context_path(x, width: float):
    """ResNet-18 and the two refinement stages.

    Returns the maps at strides 4 and 8 and the refined maps at strides 8 and 16.
    """
    x = _convolution(x, round(64 * width), 7, "cp.resnet.conv1", 2)
    x = layers.ReLU(name="cp_resnet_relu")(_normalise(x, "cp.resnet.bn1"))
    # Values are >= 0 after the ReLU, so zero padding equals PyTorch's -inf padding.
    x = layers.ZeroPadding2D(1, name="cp_resnet_pool_pad")(x)
    x = layers.MaxPooling2D(3, 2, "valid", name="cp_resnet_maxpool")(x)
    maps = []
    for stage, channels, stride in _STAGES:
        x = _basic_block(x, round(channels * width), stride, f"cp.resnet.layer{stage}.0")
        x = _basic_block(x, round(channels * width), 1, f"cp.resnet.layer{stage}.1")
        maps.append(x)
    stride4, stride8, stride16, stride32 = maps
    middle = round(128 * width)
    average = _conv_bn_relu(_global_average(stride32, "cp_average"), middle, 1, "cp.conv_avg")
    x = _attention_refinement(stride32, middle, "cp.arm32")
    x = layers.Add(name="cp_add32")([x, average])  # broadcast over the map
    up16 = _conv_bn_relu(_enlarge(x, (2, 2), "cp_up32"), middle, 3, "cp.conv_head32")
    x = _attention_refinement(stride16, middle, "cp.arm16")
    x = layers.Add(name="cp_add16")([x, up16])
    up8 = _conv_bn_relu(_enlarge(x, (2, 2), "cp_up16"), middle, 3, "cp.conv_head16")
    return stride4, stride8, up8, up16


def _feature_fusion(spatial, context, channels: int):
    x = layers.Concatenate(name="ffm_concat")([spatial, context])
    x = _conv_bn_relu(x, channels, 1, "ffm.convblk")
    gate = _convolution(_global_average(x, "ffm_average"), channels // 4, 1, "ffm.conv1")
    gate = layers.ReLU(name="ffm_relu")(gate)
    gate = _convolution(gate, channels, 1, "ffm.conv2")
    gate = layers.Activation("sigmoid", name="ffm_sigmoid")(gate)
    return layers.Add(name="ffm_add")([layers.Multiply(name="ffm_gate")([x, gate]), x])


def _head(x, middle: int, classes: int, module: str):
    x = _conv_bn_relu(x, middle, 3, f"{module}.conv")
    return _convolution(x, classes, 1, f"{module}.conv_out")


def bisenet(
    classes: int = 19,
    width: float = 1.0,
    *,
    size: tuple[int, int] = (512, 512),
    auxiliary_heads: bool = False,
    fine_head: bool = False,
) -> keras.Model:
    """Builds BiSeNet with random weights.

    Args:
      classes: number of classes; 19 for the CelebAMask-HQ checkpoint.
      width: factor on all channel counts; 1.0 is the published network.
      size: (height, width) of the input, multiples of 32. Weights do not depend on it.
      auxiliary_heads: adds the outputs `out16` and `out32` that training uses.
      fine_head: deviates from the paper: the main head works at stride 4 on the fused map
        together with the first ResNet stage, so that brows and eyes keep their outline at
        input sizes of 256.

    Returns:
      A model from normalised pictures `[batch, height, width, 3]` to a dictionary:
      `out` logits `[batch, height, width, classes]`; `coarse` the same logits before the
      enlargement, at stride 8 (4 with `fine_head`); `features` the fused map
      `[batch, height/8, width/8, 256 * width]`; and with auxiliary heads `out16`, `out32`,
      logits like `out`.

    Raises:
      ValueError: `size` is not a multiple of 32, or `classes` or `width` are too small.
    """
    if size[0] % 32 or size[1] % 32 or min(size) < 32:
        raise ValueError(f"size must be (height, width) in multiples of 32, got {tuple(size)}")
    if classes < 2:
        raise ValueError(f"classes must be at least 2, got {classes}")
    if round(64 * width) < 4:
        raise ValueError(f"width must be at least 1/16, got {width}")
    inputs = keras.Input((*size, 3), name="images")
    stride4, stride8, up8, up16 = _context_path(inputs, width)
    fused = _feature_fusion(stride8, up8, round(256 * width))
    middle = round(64 * width)
    if fine_head:
        x = _enlarge(_conv_bn_relu(fused, 2 * middle, 1, "fine.reduce"), (2, 2), "fine_up")
        x = layers.Concatenate(name="fine_concat")([x, stride4])
        coarse = _head(x, 2 * middle, classes, "fine.out")
    else:
        coarse = _head(fused, round(256 * width), classes, "conv_out")
    outputs = {"out": AlignCornersResize(size, name="out")(coarse), "coarse": coarse}
    outputs["features"] = fused
    if auxiliary_heads:
        for name, source, module in (("out16", up8, "conv_out16"), ("out32", up16, "conv_out32")):
            logits = _head(source, middle, classes, module)
            outputs[name] = AlignCornersResize(size, name=name)(logits)
    return keras.Model(inputs, outputs, name="bisenet")
