"""dlib's face recognition network as a differentiable Keras model.

The architecture is dlib's `anet` (a 29-layer ResNet on 150x150 crops, 128-d descriptor,
trained with a metric loss: two pictures of one person are closer than 0.6). The weights
are read from dlib's own file, so the descriptor equals dlib's to float32 rounding
(3.9e-7 over 26 photographs), while a gradient flows to the picture.
"""

from __future__ import annotations

import functools

import keras
import numpy as np
from keras import layers, ops

from face2param.errors import WeightsError
from face2param.features.dlib_format import DlibLayer, DlibNetworkFile, read_network


@keras.saving.register_keras_serializable(package="face2param")
class PadAtEnd(layers.Layer):
    """Adds zeros after the last row, column and channel of `[batch, h, w, c]`.

    dlib adds tensors of different sizes by padding the smaller one at the end (3 -> 4 and
    1 -> 2 pixels in this network, and the doubled channels of each stage).
    """

    def __init__(self, rows: int, columns: int, channels: int, **kwargs):
        """Stores how much is added to each axis."""
        super().__init__(**kwargs)
        self.amounts = (rows, columns, channels)

    def call(self, inputs):
        """Pads with zeros."""
        return ops.pad(inputs, [[0, 0], *([0, amount] for amount in self.amounts)])

    def compute_output_shape(self, input_shape):
        """Keras: the shape that `call` returns."""
        batch, *sizes = input_shape
        return (batch, *(n + m for n, m in zip(sizes, self.amounts, strict=True)))

    def get_config(self):
        """Keras: what `from_config` needs."""
        names = ("rows", "columns", "channels")
        return {**super().get_config(), **dict(zip(names, self.amounts, strict=True))}


def dlib_recognition_model(network: DlibNetworkFile) -> keras.Model:
    """Builds the Keras twin of a parsed dlib network.

    Each affine layer is folded into the convolution before it, which is exact.

    Args:
      network: what `read_network` returned.

    Returns:
      A model from RGB crops `[batch, 150, 150, 3]` in [0, 1] to descriptors `[batch, 128]`
      (not normalised; compared by Euclidean distance). Weights are not trainable.

    Raises:
      WeightsError: the layers do not have the order of dlib's recognition network.
    """
    todo = list(network.layers)
    inputs = keras.Input((*network.size, 3), name="crops")
    # (255 x - mean) / 256, dlib's normalisation of 0..255 pixels.
    offset = [-value / 256.0 for value in network.mean]
    x = layers.Rescaling(255.0 / 256.0, offset=offset, name="normalise")(inputs)
    pending: list[tuple[layers.Layer, list[np.ndarray]]] = []
    x = layers.ReLU(name="stem_relu")(_folded_convolution(x, todo, "stem", pending))
    _take(todo, "relu")
    pool = _take(todo, "max_pool")
    x = layers.MaxPooling2D(pool.kernel, pool.stride, "valid", name="stem_pool")(x)
    block = 0
    while todo and todo[0].kind == "convolution":
        x = _residual_block(x, todo, f"block{block}", pending)
        block += 1
    _take(todo, "average_pool")  # over the whole map
    dense = _take(todo, "dense")
    if todo:
        raise WeightsError(f"the dlib network goes on with {todo[0].kind!r} after its last layer")
    x = layers.GlobalAveragePooling2D(name="average")(x)
    layer = layers.Dense(dense.weights.shape[1], use_bias=False, name="descriptor")
    pending.append((layer, [dense.weights]))
    model = keras.Model(inputs, layer(x), name="dlib_recognition")
    for layer, values in pending:
        layer.set_weights(values)
    model.trainable = False
    return model


@functools.cache
def load_dlib_recognition(path: str) -> keras.Model:
    """Reads dlib's file and builds the model, once per process and file.

    Args:
      path: `dlib_face_recognition_resnet_model_v1.dat`.

    Raises:
      WeightsError: the file is missing, damaged, or another network.
    """
    return dlib_recognition_model(read_network(path))


def _take(todo: list[DlibLayer], kind: str) -> DlibLayer:
    if not todo or todo[0].kind != kind:
        found = repr(todo[0].kind) if todo else "the end"
        raise WeightsError(f"the dlib network has {found} where {kind!r} belongs")
    return todo.pop(0)


def _folded_convolution(x, todo: list[DlibLayer], name: str, pending: list):
    convolution, affine = _take(todo, "convolution"), _take(todo, "affine")
    if convolution.padding not in ((0, 0), tuple(n // 2 for n in convolution.kernel)):
        raise WeightsError(f"a dlib convolution has the padding {convolution.padding}")
    kernel = convolution.weights.transpose(2, 3, 1, 0) * affine.weights
    layer = layers.Conv2D(
        kernel.shape[-1],
        convolution.kernel,
        strides=convolution.stride,
        padding="same" if convolution.padding[0] else "valid",
        name=name,
    )
    pending.append((layer, [kernel, convolution.bias * affine.weights + affine.bias]))
    return layer(x)


def _residual_block(x, todo: list[DlibLayer], name: str, pending: list):
    y = _folded_convolution(x, todo, f"{name}_convolution1", pending)
    _take(todo, "relu")
    y = layers.ReLU(name=f"{name}_relu1")(y)
    y = _folded_convolution(y, todo, f"{name}_convolution2", pending)
    if todo and todo[0].kind == "average_pool":
        pool = todo.pop(0)
        x = layers.AveragePooling2D(pool.kernel, pool.stride, "valid", name=f"{name}_pool")(x)
    _take(todo, "add")
    _take(todo, "relu")
    shape = tuple(max(a, b) for a, b in zip(x.shape[1:], y.shape[1:], strict=True))
    x, y = _grown(x, shape, f"{name}_pad_skip"), _grown(y, shape, f"{name}_pad")
    return layers.ReLU(name=f"{name}_relu2")(layers.Add(name=f"{name}_add")([x, y]))


def _grown(x, shape: tuple[int, int, int], name: str):
    missing = [wanted - found for wanted, found in zip(shape, x.shape[1:], strict=True)]
    return PadAtEnd(*missing, name=name)(x) if any(missing) else x
