"""LightCNN face recognition for Keras 3."""

from lightcnn_tf import convert
from lightcnn_tf.blocks import MaxFeatureMap
from lightcnn_tf.networks import (
    EMBEDDING_SIZE,
    EMBEDDING_SIZES,
    NETWORKS,
    RELEASED_CLASSES,
    lightcnn9,
    lightcnn29v1,
    lightcnn29v2,
)
from lightcnn_tf.preprocessing import Preprocessing
from lightcnn_tf.state import load_torch_state, read_state, state_keys, to_keras

__all__ = [
    "EMBEDDING_SIZE",
    "EMBEDDING_SIZES",
    "NETWORKS",
    "RELEASED_CLASSES",
    "MaxFeatureMap",
    "Preprocessing",
    "convert",
    "lightcnn9",
    "lightcnn29v1",
    "lightcnn29v2",
    "load_torch_state",
    "read_state",
    "state_keys",
    "to_keras",
]
