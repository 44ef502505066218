"""From a photograph to a face in the engine's canonical place: detect, mark, align.

dlib is imported inside the functions, so that importing this package costs nothing.
"""

from face2param.alignment.align import AlignedPhoto, align_photo, align_with_landmarks
from face2param.alignment.detect import Face, choose_face, detect_faces
from face2param.alignment.landmarks import predict_landmarks

__all__ = [
    "AlignedPhoto",
    "Face",
    "align_photo",
    "align_with_landmarks",
    "choose_face",
    "detect_faces",
    "predict_landmarks",
]
