"""Bilinear enlargement with aligned corners, which Keras' own resize does not offer."""

from __future__ import annotations

import keras
import numpy as np
from keras import layers, ops


def align_corners_matrix(source: int, target: int) -> np.ndarray:
    """Interpolation weights `[target, source]` of one axis with aligned corners.

    The first and last samples of both grids coincide: target i reads source position
    i * (source - 1) / (target - 1), as `align_corners=True` of PyTorch does.
    """
    if source < 1 or target < 1:
        raise ValueError(f"sizes must be positive, got source {source} and target {target}")
    position = np.arange(target) * ((source - 1) / max(target - 1, 1))
    low = np.minimum(position.astype(np.int64), max(source - 2, 0))
    fraction = position - low
    matrix = np.zeros((target, source), np.float32)
    matrix[np.arange(target), low] += 1.0 - fraction
    matrix[np.arange(target), np.minimum(low + 1, source - 1)] += fraction
    return matrix


@keras.saving.register_keras_serializable(package="face_parsing_tf")
class AlignCornersResize(layers.Layer):
    """Separable bilinear resize of `[batch, h, w, c]` to `size` with aligned corners.

    Written as two small matrix products: exact, differentiable, the same under every Keras
    backend and faster than a gather.
    """

    def __init__(self, size: tuple[int, int], **kwargs):
        """Stores the target (height, width)."""
        super().__init__(**kwargs)
        self.size = tuple(size)

    def call(self, inputs):
        """Resizes `[batch, h, w, c]`."""
        height, width = inputs.shape[1:3]
        rows = ops.cast(align_corners_matrix(height, self.size[0]), inputs.dtype)
        columns = ops.cast(align_corners_matrix(width, self.size[1]), inputs.dtype)
        # Columns first: the product on the still small number of rows is the cheap one. Plain
        # matrix products take half the time of an einsum, which transposes its operands.
        x = ops.matmul(columns, inputs)
        x = ops.matmul(rows, ops.reshape(x, (-1, height, self.size[1] * inputs.shape[-1])))
        return ops.reshape(x, (-1, *self.size, inputs.shape[-1]))

    def compute_output_shape(self, input_shape):
        """Keras: the shape that `call` returns."""
        return (input_shape[0], *self.size, input_shape[-1])

    def get_config(self):
        """Keras: what `from_config` needs."""
        return {**super().get_config(), "size": self.size}
