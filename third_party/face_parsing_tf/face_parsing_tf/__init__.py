"""BiSeNet face parsing for Keras 3."""

from face_parsing_tf.model import bisenet
from face_parsing_tf.preprocessing import Preprocessing
from face_parsing_tf.resizing import AlignCornersResize, align_corners_matrix
from face_parsing_tf.state import load_torch_state, locate, to_keras

__all__ = [
    "AlignCornersResize",
    "Preprocessing",
    "align_corners_matrix",
    "bisenet",
    "load_torch_state",
    "locate",
    "to_keras",
]
