"""Functions of keras.ops compiled where the backend has a compiler for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras
import numpy as np


def compiled(function: Callable) -> Callable[..., Any]:
    """Returns `function` with NumPy arrays in and out, without gradients.

    Under TensorFlow it is traced once for every shape of its arguments; under another backend
    it runs as it is.

    Args:
      function: of tensors; returns a tensor or a nest of tensors.
    """
    backend = keras.backend.backend()
    if backend == "tensorflow":
        import tensorflow as tf

        traced = tf.function(function, reduce_retracing=True)

        def run(*arguments):
            return traced(*(tf.constant(np.asarray(argument)) for argument in arguments))
    elif backend == "torch":
        import torch

        def run(*arguments):
            with torch.no_grad():
                return function(*(keras.ops.convert_to_tensor(a) for a in arguments))
    else:

        def run(*arguments):
            return function(*(keras.ops.convert_to_tensor(a) for a in arguments))

    def call(*arguments):
        return keras.tree.map_structure(keras.ops.convert_to_numpy, run(*arguments))

    return call
