"""Photographs with their faces: found, marked, aligned. Needs no TensorFlow."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np

from face2param import alignment, images
from face2param.errors import ImageError, NoFaceError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")


@dataclasses.dataclass(frozen=True)
class Photo:
    """A photograph whose face was found.

    Attributes:
      name: for messages and captions.
      image: `[height, width, 3]` the whole photograph.
      landmarks: `[68, 2]` pixels of the photograph.
      box: of the face in the photograph.
    """

    name: str
    image: np.ndarray
    landmarks: np.ndarray
    box: tuple[float, float, float, float]


def open_photo(source: str | os.PathLike | np.ndarray, face_index: int | None = None) -> Photo:
    """Reads a photograph and finds its face.

    Args:
      source: path, or `[height, width, 3]` float32 RGB in [0, 1].
      face_index: which face, counted from the largest; None takes the largest.

    Raises:
      ImageError: not a picture, or too small.
      NoFaceError: no face; the message names the file.
    """
    if isinstance(source, np.ndarray):
        name, image = "photo", source
    else:
        name, image = os.path.basename(os.fspath(source)), images.read_image(source)
    try:
        faces = alignment.detect_faces(image)
        face = alignment.choose_face(faces, face_index)
        landmarks = alignment.predict_landmarks(image, face)
    except (ImageError, NoFaceError) as error:
        raise type(error)(f"{name}: {error}") from None
    return Photo(name, image, landmarks, face.box)


def list_photos(folder: str | os.PathLike) -> list[Path]:
    """Lists the pictures of a folder by name.

    Raises:
      ImageError: no such folder, or no picture in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise ImageError(f"no such folder: {folder}")
    paths = sorted(path for path in folder.iterdir() if path.suffix.lower() in SUFFIXES)
    if not paths:
        raise ImageError(f"no pictures in {folder}; looked for {', '.join(SUFFIXES)}")
    return paths


def align(photo: Photo, landmarks: np.ndarray, size: int) -> alignment.AlignedPhoto:
    """Moves the face of a photograph onto landmarks of a square picture.

    Args:
      photo: the photograph.
      landmarks: `[68, 2]` pixels of the result.
      size: height and width of the result.
    """
    return alignment.align_with_landmarks(
        photo.image, photo.landmarks, landmarks, (size, size), photo.box
    )


def quarter(maps: np.ndarray) -> np.ndarray:
    """Averages `[batch, height, width, channels]` over blocks of 4 x 4 pixels."""
    batch, height, width, channels = maps.shape
    blocks = maps.reshape(batch, height // 4, 4, width // 4, 4, channels)
    return blocks.mean((2, 4)).astype(np.float32)


def find_landmarks(image: np.ndarray, fallback: np.ndarray) -> np.ndarray:
    """Marks a rendered face as a photograph is marked.

    Args:
      image: `[height, width, 3]` engine picture.
      fallback: `[68, 2]` the engine's own landmarks, used where no face is detected.

    Returns:
      `[68, 2]` pixels.
    """
    faces = alignment.detect_faces(image)
    if not faces:
        return np.asarray(fallback, np.float32)
    return alignment.predict_landmarks(image, faces[0])
