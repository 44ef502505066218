"""Module paths of the public PyTorch definition <-> names of Keras layers.

A layer is called like its PyTorch module with `_` for `.`, which Keras and TensorFlow accept
everywhere. The way back restores the few module names that hold an underscore themselves.
"""

from __future__ import annotations

import re

_UNDERSCORED = re.compile(r"\b(conv|bn)\.(avg|atten|head16|head32|out16|out32|out)(?=\.|$)")


def layer_name(module: str) -> str:
    """`cp.arm16.conv_atten` -> `cp_arm16_conv_atten`."""
    return module.replace(".", "_")


def module_path(layer: str) -> str:
    """`cp_arm16_conv_atten` -> `cp.arm16.conv_atten`."""
    return _UNDERSCORED.sub(r"\1_\2", layer.replace("_", "."))
