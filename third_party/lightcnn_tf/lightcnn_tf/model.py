"""LightCNN-29 v2 as a functional Keras model.

Wu, He, Sun and Tan, "A Light CNN for Deep Face Representation with Noisy Labels", IEEE
TIFS 2018. Every convolution is followed by a max-feature-map (MFM): the channels are cut
in two halves and the larger value wins. There is no batch normalisation and no ReLU.

Layer names are the module paths of the public PyTorch definition with `_` for `.`
(`block2.1.conv1.filter` -> `block2_1_conv1_filter`); `lightcnn_tf.state` relies on that.
"""

from __future__ import annotations

import keras
from keras import layers, ops

EMBEDDING_SIZE = 256
RELEASED_CLASSES = 80013
"""Identities of the released checkpoint's classifier."""

# (residual blocks, channels in, channels out of the group, pooled afterwards)
_STAGES = ((1, 48, 96, True), (2, 96, 192, True), (3, 192, 128, False), (4, 128, 128, True))


@keras.saving.register_keras_serializable(package="lightcnn_tf")
class MaxFeatureMap(layers.Layer):
    """Element-wise maximum of the first and the second half of the channels.

    Input `[..., 2 * channels]`, output `[..., channels]`. The gradient flows to the larger
    half.
    """

    def build(self, input_shape):
        """Checks that the channels can be halved."""
        if input_shape[-1] is None or input_shape[-1] % 2:
            raise ValueError(
                f"MaxFeatureMap needs an even number of channels, got shape {tuple(input_shape)}"
            )
        super().build(input_shape)

    def call(self, inputs):
        """Takes the larger half."""
        first, second = ops.split(inputs, 2, axis=-1)
        return ops.maximum(first, second)

    def compute_output_shape(self, input_shape):
        """Keras: the shape that `call` returns."""
        return (*input_shape[:-1], input_shape[-1] // 2)


def _mfm(x, channels: int, kernel: int, module: str):
    name = module.replace(".", "_")
    x = layers.Conv2D(2 * channels, kernel, padding="same", name=f"{name}_filter")(x)
    return MaxFeatureMap(name=f"{name}_mfm")(x)


def _pool(x, name: str):
    """Maximum plus average pooling: v2 adds the two where v1 took the maximum alone."""
    maximum = layers.MaxPooling2D(2, name=f"{name}_max")(x)
    average = layers.AveragePooling2D(2, name=f"{name}_average")(x)
    return layers.Add(name=name)([maximum, average])


def lightcnn29v2(classes: int | None = None, size: tuple[int, int] = (128, 128)) -> keras.Model:
    """Builds LightCNN-29 v2 with random weights.

    Args:
      classes: identities of the classifier used in training; None leaves it out, which is
        what recognition needs (10.5 M instead of 31 M parameters for the released one).
      size: (height, width) of the aligned grey crop, multiples of 16. The released weights
        belong to (128, 128).

    Returns:
      A model from grey crops `[batch, height, width, 1]` in [0, 1] to the embedding
      `[batch, 256]`, or, with `classes`, to a dictionary of `embedding` and `logits`
      `[batch, classes]`. Embeddings are compared by their cosine; they are not normalised.

    Raises:
      ValueError: `size` is not a multiple of 16, or `classes` is below 2.
    """
    if size[0] % 16 or size[1] % 16 or min(size) < 16:
        raise ValueError(f"size must be (height, width) in multiples of 16, got {tuple(size)}")
    if classes is not None and classes < 2:
        raise ValueError(f"classes must be None or at least 2, got {classes}")
    inputs = keras.Input((*size, 1), name="crops")
    x = _pool(_mfm(inputs, 48, 5, "conv1"), "pool1")
    for stage, (blocks, channels, out, pooled) in enumerate(_STAGES, start=1):
        for block in range(blocks):
            module = f"block{stage}.{block}"
            y = _mfm(x, channels, 3, f"{module}.conv1")
            y = _mfm(y, channels, 3, f"{module}.conv2")
            x = layers.Add(name=f"block{stage}_{block}_add")([x, y])
        x = _mfm(x, channels, 1, f"group{stage}.conv_a")
        x = _mfm(x, out, 3, f"group{stage}.conv")
        if pooled:
            x = _pool(x, f"pool{stage + 1}")
    x = layers.Flatten(name="flatten")(x)
    embedding = layers.Dense(EMBEDDING_SIZE, name="fc")(x)
    if classes is None:
        return keras.Model(inputs, embedding, name="lightcnn29v2")
    logits = layers.Dense(classes, use_bias=False, name="fc2")(embedding)
    return keras.Model(inputs, {"embedding": embedding, "logits": logits}, name="lightcnn29v2")
