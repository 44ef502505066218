"""Finding faces in a photograph."""

from __future__ import annotations

import dataclasses
import math

import numpy as np

from face2param import images
from face2param.alignment import dlib_models
from face2param.errors import ImageError, NoFaceError

MINIMUM_SIDE = 64
"""Smaller pictures are refused: a face in them has too few pixels to tell its features."""

_WORKING_SIDE = 1600
_LARGEST_SIDE = 3200
# dlib's detector tolerates about 40 degrees of roll, with a falling score.
_TILTS = (math.radians(45), math.radians(-45))
_DOUBTFUL = 0.3


@dataclasses.dataclass(frozen=True)
class Face:
    """One detected face.

    Attributes:
      box: (x0, y0, x1, y1) in pixels of the photograph; may reach beyond it.
      score: of the detector; above 0, a clear frontal face has more than 1.
      tilt: radians by which the picture was turned about its centre for the detector to see
        this face, 0 for nearly all. The box is then that of the turned-back square.
    """

    box: tuple[float, float, float, float]
    score: float
    tilt: float = 0.0

    @property
    def area(self) -> float:
        """Of the box, in square pixels."""
        return (self.box[2] - self.box[0]) * (self.box[3] - self.box[1])


def check_photo(image: np.ndarray) -> np.ndarray:
    """Returns a photograph as float32 after looking at its shape.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].

    Raises:
      ImageError: another shape, or a side is shorter than 64 px.
    """
    image = np.asarray(image)
    if image.ndim != 3 or image.shape[2] != 3 or image.dtype.kind != "f":
        raise ImageError(
            f"image must be float RGB of shape [height, width, 3], got {image.dtype} "
            f"{list(image.shape)}"
        )
    height, width = image.shape[:2]
    if min(height, width) < MINIMUM_SIDE:
        raise ImageError(
            f"the picture is {width}x{height} px; each side needs at least {MINIMUM_SIDE} px"
        )
    return image.astype(np.float32, copy=False)


def detect_faces(image: np.ndarray) -> list[Face]:
    """Finds faces with dlib's HOG detector.

    Large photographs are searched at a longest side of 1600 px. If no face shows up, the
    picture is enlarged twice and four times (the detector sees faces from 80 px on). If still
    none does, or only a doubtful one, the picture is turned by 45 degrees to either side.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].

    Returns:
      Faces, the largest first, but doubtful ones (score below a quarter of the best) last; an
      empty list if there are none.

    Raises:
      ImageError: another shape, or a side is shorter than 64 px.
      DependencyError: dlib is not installed.
    """
    image = check_photo(image)
    height, width = image.shape[:2]
    reduction = max(1.0, max(height, width) / _WORKING_SIDE)
    if reduction > 1:
        image = images.resize(image, (round(height / reduction), round(width / reduction)))
    picture = images.to_uint8(image)
    faces: list[Face] = []
    for upsample in (0, 1, 2):
        if not faces and (upsample == 0 or max(picture.shape) << upsample <= _LARGEST_SIDE):
            faces = _detect(picture, upsample)
    for tilt in _TILTS:
        if _best_score(faces) < _DOUBTFUL:
            tilted = _detect_tilted(picture, tilt)
            faces = tilted if _best_score(tilted) > _best_score(faces) else faces
    scale = (width / picture.shape[1], height / picture.shape[0])
    faces = [dataclasses.replace(f, box=_scaled(f.box, scale)) for f in faces]
    credible = _best_score(faces) / 4
    return sorted(faces, key=lambda face: (face.score < credible, -face.area, face.box))


def choose_face(faces: list[Face], face_index: int | None = None) -> Face:
    """Picks one of the detected faces.

    Args:
      faces: from `detect_faces`, the largest first.
      face_index: position in that order; None takes the largest.

    Raises:
      NoFaceError: there is no face, or not that many.
    """
    if not faces:
        raise NoFaceError(
            "no face was found. The face must be roughly frontal, upright and larger than about "
            "40 px; a darker or heavily compressed picture may need a better one"
        )
    if face_index is None:
        return faces[0]
    if not 0 <= face_index < len(faces):
        boxes = ", ".join(
            f"{i}: ({', '.join(f'{v:.0f}' for v in face.box)})" for i, face in enumerate(faces)
        )
        raise NoFaceError(
            f"face_index is {face_index}, but {len(faces)} face(s) were found, as index: "
            f"(left, top, right, bottom): {boxes}"
        )
    return faces[face_index]


def turn(picture: np.ndarray, angle: float) -> np.ndarray:
    """Turns a picture about its centre, same size, edge pixels repeated outwards.

    Args:
      picture: `[height, width, 3]`, any dtype that OpenCV warps.
      angle: radians, positive from +x to +y (clockwise on the screen).
    """
    import cv2

    return cv2.warpAffine(
        picture,
        turn_matrix(picture.shape[:2], angle, 0.0),
        (picture.shape[1], picture.shape[0]),
        flags=cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    )


def turn_matrix(size: tuple[int, int], angle: float, first_centre: float = 0.5) -> np.ndarray:
    """The matrix `[2, 3]` of `turn`: pixels of the picture to pixels of the turned picture.

    Args:
      size: (height, width).
      angle: as for `turn`.
      first_centre: coordinate of the first pixel's centre (OpenCV counts from 0.0).
    """
    shift = first_centre - 0.5
    x, y = size[1] / 2 + shift, size[0] / 2 + shift
    c, s = math.cos(angle), math.sin(angle)
    return np.array([[c, -s, x - c * x + s * y], [s, c, y - s * x - c * y]])


def _best_score(faces: list[Face]) -> float:
    return max((face.score for face in faces), default=0.0)


def _detect(picture: np.ndarray, upsample: int) -> list[Face]:
    rectangles, scores, _ = dlib_models.face_detector().run(picture, upsample, 0.0)
    return [
        # dlib's rectangle holds the indices of its first and last pixel.
        Face((float(r.left()), float(r.top()), r.right() + 1.0, r.bottom() + 1.0), float(score))
        for r, score in zip(rectangles, scores, strict=True)
    ]


def _detect_tilted(picture: np.ndarray, tilt: float) -> list[Face]:
    faces = []
    back = turn_matrix(picture.shape[:2], -tilt)
    for face in _detect(turn(picture, tilt), 1 if max(picture.shape) < 800 else 0):
        x0, y0, x1, y1 = face.box
        x, y = back @ [(x0 + x1) / 2, (y0 + y1) / 2, 1]
        half = (x1 - x0) / 2
        box = (float(x - half), float(y - half), float(x + half), float(y + half))
        faces.append(Face(box, face.score, tilt))
    return faces


def _scaled(
    box: tuple[float, float, float, float], scale: tuple[float, float]
) -> tuple[float, float, float, float]:
    return (box[0] * scale[0], box[1] * scale[1], box[2] * scale[0], box[3] * scale[1])
