"""LightCNN-9, LightCNN-29 v1 and LightCNN-29 v2 as functional Keras models.

Wu, He, Sun and Tan, "A Light CNN for Deep Face Representation with Noisy Labels", IEEE
TIFS 13(11), 2018. Every convolution is followed by a max-feature-map (MFM): the channels are
cut in two halves and the larger value wins. There is no batch normalisation and no ReLU.

All three map grey crops `[batch, height, width, 1]` in [0, 1] to an embedding `[batch, 256]`
that is compared by its cosine; it is not normalised. They differ in depth, pooling and head:

| network | residual blocks | pooling | embedding | classifier |
| --- | --- | --- | --- | --- |
| lightcnn9 | none | maximum | MFM | with bias |
| lightcnn29v1 | 1, 2, 3, 4 | maximum | MFM | with bias |
| lightcnn29v2 | 1, 2, 3, 4 | maximum + average | linear | without bias |
"""

from __future__ import annotations

from collections.abc import Callable

import keras

from lightcnn_tf import blocks

EMBEDDING_SIZE = 256
"""The published size, the same for the three networks."""

EMBEDDING_SIZES = dict.fromkeys(("lightcnn9", "lightcnn29v1", "lightcnn29v2"), EMBEDDING_SIZE)
"""Size of the embedding by network."""

RELEASED_CLASSES = {"lightcnn9": 79077, "lightcnn29v1": 79077, "lightcnn29v2": 80013}
"""Identities of the classifiers in the released checkpoints."""

# Channels out of each of the four groups and whether a pool follows: the same in all three.
_GROUPS = ((96, True), (192, True), (128, False), (128, True))
# LightCNN-9 is one sequence in the public definition; its groups stand at these positions.
_POSITIONS = (2, 4, 6, 7)
# Residual blocks in front of each group of the 29-layer networks.
_RESIDUALS = (1, 2, 3, 4)


def lightcnn9(classes: int | None = None, size: tuple[int, int] = (128, 128)) -> keras.Model:
    """Builds LightCNN-9 with random weights: no residual blocks, the fastest of the three.

    Arguments, result and errors are those of `lightcnn29v2`.
    """
    inputs = _input(classes, size)
    x = blocks.convolution(inputs, 48, 5, "features.0")
    x = blocks.maximum_pool(x, "pool1")
    for stage, (channels, pooled) in enumerate(_GROUPS):
        x = blocks.group(x, channels, f"features.{_POSITIONS[stage]}")
        if pooled:
            x = blocks.maximum_pool(x, f"pool{stage + 2}")
    embedding = blocks.mfm_embedding(x, EMBEDDING_SIZES["lightcnn9"], "fc1")
    return _model("lightcnn9", inputs, embedding, classes, bias=True)


def lightcnn29v1(classes: int | None = None, size: tuple[int, int] = (128, 128)) -> keras.Model:
    """Builds LightCNN-29 (v1) with random weights.

    Arguments, result and errors are those of `lightcnn29v2`.
    """
    inputs = _input(classes, size)
    x = _residual_stages(inputs, blocks.maximum_pool)
    embedding = blocks.mfm_embedding(x, EMBEDDING_SIZES["lightcnn29v1"], "fc")
    return _model("lightcnn29v1", inputs, embedding, classes, bias=True)


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
      `[batch, classes]`. Gradients flow to the crops. Dropout acts on the way to the logits
      in training only; the embedding that is returned never has it (the public definitions
      of LightCNN-9 and 29 v1 return it with dropout while they train).

    Raises:
      ValueError: `size` is not a multiple of 16, or `classes` is below 2.
    """
    inputs = _input(classes, size)
    x = _residual_stages(inputs, blocks.summed_pool)
    embedding = blocks.linear_embedding(x, EMBEDDING_SIZES["lightcnn29v2"], "fc")
    return _model("lightcnn29v2", inputs, embedding, classes, bias=False)


NETWORKS: dict[str, Callable[..., keras.Model]] = {
    "lightcnn9": lightcnn9,
    "lightcnn29v1": lightcnn29v1,
    "lightcnn29v2": lightcnn29v2,
}
"""The builders by name."""


def _input(classes: int | None, size: tuple[int, int]):
    if size[0] % 16 or size[1] % 16 or min(size) < 16:
        raise ValueError(f"size must be (height, width) in multiples of 16, got {tuple(size)}")
    if classes is not None and classes < 2:
        raise ValueError(f"classes must be None or at least 2, got {classes}")
    return keras.Input((*size, 1), name="crops")


def _residual_stages(inputs, pool):
    """The body of the 29-layer networks: `[batch, h, w, 1]` -> `[batch, h/16, w/16, 128]`."""
    x = pool(blocks.convolution(inputs, 48, 5, "conv1"), "pool1")
    for stage, (channels, pooled) in enumerate(_GROUPS, start=1):
        for block in range(_RESIDUALS[stage - 1]):
            x = blocks.residual(x, f"block{stage}.{block}")
        x = blocks.group(x, channels, f"group{stage}")
        if pooled:
            x = pool(x, f"pool{stage + 1}")
    return x


def _model(name: str, inputs, embedding, classes: int | None, bias: bool) -> keras.Model:
    if classes is None:
        return keras.Model(inputs, embedding, name=name)
    outputs = {"embedding": embedding, "logits": blocks.classifier(embedding, classes, bias)}
    return keras.Model(inputs, outputs, name=name)
