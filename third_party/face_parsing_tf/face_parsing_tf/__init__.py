"""BiSeNet face parsing for Keras 3."""

from face_parsing_tf import convert
from face_parsing_tf.classes import CLASSES
from face_parsing_tf.model import bisenet
from face_parsing_tf.preprocessing import Preprocessing
from face_parsing_tf.resizing import AlignCornersResize, align_corners_matrix
from face_parsing_tf.state import load_torch_state, read_state, state_keys, to_keras

__all__ = [
    "CLASSES",
    "AlignCornersResize",
    "Preprocessing",
    "align_corners_matrix",
    "bisenet",
    "convert",
    "load_torch_state",
    "read_state",
    "state_keys",
    "to_keras",
]
