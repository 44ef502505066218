"""LightCNN face recognition for Keras 3."""

from lightcnn_tf.model import EMBEDDING_SIZE, RELEASED_CLASSES, MaxFeatureMap, lightcnn29v2
from lightcnn_tf.preprocessing import Preprocessing
from lightcnn_tf.state import load_torch_state, locate, to_keras

__all__ = [
    "EMBEDDING_SIZE",
    "RELEASED_CLASSES",
    "MaxFeatureMap",
    "Preprocessing",
    "lightcnn29v2",
    "load_torch_state",
    "locate",
    "to_keras",
]
