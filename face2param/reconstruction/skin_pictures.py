"""Portraits with the regions that the parsing network reads, for the skin mixtures."""

from __future__ import annotations

import functools
from pathlib import Path

import numpy as np

from face2param import features, images
from face2param.alignment.detect import choose_face, detect_faces
from face2param.alignment.landmarks import predict_landmarks
from face2param.alignment.pos import align_pos
from face2param.regions import IGNORE

_SIZE = 256
_RESCALE = 77.0
"""Of the crop: outer eye corners 0.27 of its side apart, as the parsing network learned them."""

_SURE = 0.6
"""Less probable labels are left out: borders of regions are mixtures of two colours."""


@functools.lru_cache(256)
def parse_portrait(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Reads a portrait, cuts its largest face out and labels it.

    Args:
      path: of the picture.

    Returns:
      `[256, 256, 3]` float32 RGB in [0, 1], and `[256, 256]` uint8 classes of `regions.CLASSES`,
      `IGNORE` beyond the photograph and where the network is not sure.

    Raises:
      ImageError: not a picture.
      NoFaceError: no face in it.
    """
    photo = images.read_image(path)
    landmarks = predict_landmarks(photo, choose_face(detect_faces(photo), None))
    crop = align_pos(photo, landmarks, size=_SIZE, rescale=_RESCALE)
    found = np.asarray(features.parsing().probabilities(crop.image[None]))[0]
    labels = found.argmax(-1).astype(np.uint8)
    labels[(found.max(-1) < _SURE) | ~crop.valid_mask] = IGNORE
    return crop.image, labels
