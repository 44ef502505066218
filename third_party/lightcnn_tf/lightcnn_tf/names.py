"""Module paths of the public PyTorch definition <-> names of Keras layers.

A layer is called like its PyTorch module with `_` for `.`, which Keras and TensorFlow accept
everywhere. The way back is unambiguous because `conv_a` is the only module name that itself
holds an underscore.
"""

from __future__ import annotations


def layer_name(module: str) -> str:
    """`group1.conv_a.filter` -> `group1_conv_a_filter`."""
    return module.replace(".", "_")


def module_path(layer: str) -> str:
    """`group1_conv_a_filter` -> `group1.conv_a.filter`."""
    return layer.replace("_", ".").replace("conv.a.", "conv_a.")
