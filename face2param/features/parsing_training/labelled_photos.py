"""Folders of photographs with label maps: NAME.jpg beside NAME.png (classes as grey levels)."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from face2param import images
from face2param.errors import DatabaseError
from face2param.features.landmark_regions import face_frame
from face2param.features.parsing_training import labelled_files
from face2param.features.parsing_training.labelled_files import LabelledFiles
from face2param.features.parsing_training.pseudo_labels import pseudo_labels
from face2param.regions import CLASSES, IGNORE, INDEX

_WORKING_EYE_DISTANCE = 90.0
"""Outer-eye distance in pixels at which the colour models work best."""


def label_portrait(
    image: np.ndarray, landmarks: np.ndarray, size: int = 320
) -> tuple[np.ndarray, np.ndarray]:
    """Labels a portrait and cuts it to the framing of training pictures.

    Args:
      image: `[height, width, 3]` float32 RGB in [0, 1].
      landmarks: `[68, 2]` (x, y) in pixels of the photograph.
      size: side of the result; the eyes' outer corners will be 0.27 of it apart.

    Returns:
      image uint8 `[size, size, 3]` and labels uint8 `[size, size]`; beyond the
      photograph's border a background goes on and everything else is `IGNORE`.
    """
    landmarks = np.asarray(landmarks, np.float64)
    scale = _WORKING_EYE_DISTANCE / face_frame(landmarks)[3]
    interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=interpolation)
    landmarks = landmarks * scale
    labels = pseudo_labels(image, landmarks)
    origin, across, down, unit = face_frame(landmarks)
    step = unit / (0.27 * size)  # photograph pixels per result pixel
    linear = np.stack([across, down], 1) * step
    place = np.array([0.5 * size, 0.46 * size])
    # OpenCV counts from the first pixel's centre.
    shift = origin - linear @ place + linear @ [0.5, 0.5] - 0.5
    matrix = np.concatenate([linear, shift[:, None]], 1)
    backwards = cv2.WARP_INVERSE_MAP
    cut = cv2.warpAffine(
        image, matrix, (size, size), flags=cv2.INTER_LINEAR | backwards,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    found = cv2.warpAffine(
        labels, matrix, (size, size), flags=cv2.INTER_NEAREST | backwards,
        borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    inside = cv2.warpAffine(
        np.ones_like(labels), matrix, (size, size), flags=cv2.INTER_NEAREST | backwards
    )
    # A wall goes on beyond the photograph, a shoulder that is cut off does not.
    found[(inside == 0) & (found != INDEX["background"])] = IGNORE
    return images.to_uint8(cut), found


def write_pair(folder: str | Path, name: str, image: np.ndarray, labels: np.ndarray) -> None:
    """Writes one labelled photograph, label map first, so that a picture is never without."""
    folder = Path(folder)
    images.write_image(folder / f"{name}.png", labels)
    images.write_image(folder / f"{name}.jpg", image, quality=95)


def open_folder(folder: str | Path) -> LabelledFiles:
    """Lists the labelled photographs of a folder, in the order of their names.

    Args:
      folder: holds NAME.jpg and NAME.png of equal size.

    Raises:
      DatabaseError: there are none.
    """
    paths = sorted(Path(folder).glob("*.jpg"))
    if not paths:
        raise DatabaseError(f"{folder}: holds no NAME.jpg with NAME.png beside it")
    pairs = tuple((path, path.with_suffix(".png")) for path in paths)
    return LabelledFiles("photos", pairs, read_pair)


def read_folder(folder: str | Path, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads all labelled photographs of a folder into memory.

    Args:
      folder: holds NAME.jpg and NAME.png of equal size.
      size: side to which all are resized.

    Returns:
      images uint8 `[count, size, size, 3]` and labels uint8 `[count, size, size]`.

    Raises:
      DatabaseError: there are none, a label map is missing, or it holds unknown classes.
    """
    return labelled_files.read(open_folder(folder), size)


def read_pair(path: Path, label_path: Path, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads a picture with its label map.

    Args:
      path: of the picture.
      label_path: of a picture whose grey levels are classes.
      size: side to which both are resized; the label map by the nearest pixel.

    Returns:
      uint8 `[size, size, 3]` and uint8 `[size, size]`.

    Raises:
      DatabaseError: the label map is missing, or holds unknown classes.
      ImageError: a file is no picture.
    """
    found = labelled_files.read_grey(label_path)
    picture = images.to_uint8(images.read_image(path))
    if ((found >= len(CLASSES)) & (found != IGNORE)).any():
        raise DatabaseError(f"{label_path}: holds classes above {len(CLASSES) - 1}")
    picture = cv2.resize(picture, (size, size), interpolation=cv2.INTER_AREA)
    return picture, cv2.resize(found, (size, size), interpolation=cv2.INTER_NEAREST)


def read_pairs(pairs: Sequence[tuple[Path, Path]], size: int) -> tuple[np.ndarray, np.ndarray]:
    """Reads (picture, label map) paths into memory as `read_pair` does, with several threads."""
    files = LabelledFiles("pairs", tuple(pairs), read_pair)
    return labelled_files.read(files, size, memory=float("inf"))
