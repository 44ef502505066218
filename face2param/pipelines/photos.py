"""From a photograph to the measures that the search compares with."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from face2param import alignment, images
from face2param import regions as region_table
from face2param.errors import ImageError, NoFaceError
from face2param.fitting import measures
from face2param.pipelines.toolbox import Toolbox


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


def parse(toolbox: Toolbox, aligned: np.ndarray) -> np.ndarray:
    """Finds the merged regions of aligned photographs.

    Args:
      toolbox: for its parsing network.
      aligned: `[batch, height, width, 3]`.

    Returns:
      `[batch, height / 4, width / 4, merged regions]` probabilities.
    """
    probabilities = np.asarray(toolbox.parsing.probabilities(tf.constant(aligned)))
    return quarter(region_table.merge_probabilities(probabilities))


def quarter(maps: np.ndarray) -> np.ndarray:
    """Averages `[batch, height, width, channels]` over blocks of 4 x 4 pixels."""
    batch, height, width, channels = maps.shape
    blocks = maps.reshape(batch, height // 4, 4, width // 4, 4, channels)
    return blocks.mean((2, 4)).astype(np.float32)


def measure(
    toolbox: Toolbox,
    photographs: Sequence[Photo],
    aligned: Sequence[alignment.AlignedPhoto],
    names: Sequence[str],
) -> measures.Measures:
    """Takes the measures of a batch of photographs.

    The identity descriptor is taken from the photograph itself, not from the smaller aligned
    picture.

    Args:
      toolbox: networks.
      photographs: the whole photographs.
      aligned: the same photographs, aligned, all of one size.
      names: measures to take; see `fitting.measures.measure`.

    Returns:
      name -> `[batch, ...]`, with `valid` `[batch, h, w, 1]` and `face` `[batch, h / 2, w / 2, 1]`.
    """
    pictures = np.stack([photo.image for photo in aligned])
    landmarks = np.stack([photo.landmarks for photo in aligned])
    maps = parse(toolbox, pictures)
    here = [name for name in names if name != "descriptor"]
    found = measures.measure(
        tf.constant(pictures),
        tf.constant(landmarks, tf.float32),
        tf.constant(maps),
        here,
        content=toolbox.callables().content,
    )
    if "descriptor" in names:
        rows = [describe(toolbox, photo.image, photo.landmarks) for photo in photographs]
        found["descriptor"] = tf.constant(np.stack(rows))
    valid = np.stack([photo.valid_mask for photo in aligned])[..., None].astype(np.float32)
    found["regions"] = tf.constant(maps)
    found["valid"] = tf.constant(quarter(valid))
    found["face"] = measures.face_weights(tf.constant(maps)) * measures.low_frequencies(
        tf.constant(valid)
    )
    return found


def describe(toolbox: Toolbox, image: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Returns the identity descriptor `[size]` of the face at `landmarks` of a picture."""
    found = toolbox.identity(
        tf.constant(image[None], tf.float32), tf.constant(landmarks[None], tf.float32)
    )
    return np.asarray(found)[0]


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
