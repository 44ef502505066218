"""From photographs to the pictures that a LightCNN is trained on: found, marked, cut, kept."""

from __future__ import annotations

import dataclasses
import hashlib
import logging
from pathlib import Path

import numpy as np
from tqdm import tqdm

from face2param import images
from face2param.config import atomic_write, read_json, write_json
from face2param.errors import ConfigError, ImageError, NoFaceError, OutputError
from face2param.features.lightcnn_training import image_lists
from face2param.features.lightcnn_training.batches import LUMA
from face2param.features.lightcnn_training.image_lists import ImageList
from face2param.landmarks.chips import LIGHTCNN_EYE_Y, LIGHTCNN_SIZE, lightcnn_matrix
from face2param.landmarks.markup import five_points
from face2param.pipelines.photos import open_photo

_LOG = logging.getLogger(__name__)
RECORD_NAME = "crops.json"
LEFT_OUT_NAME = "left_out.txt"


@dataclasses.dataclass(frozen=True)
class Framing:
    """What is cut out of a photograph.

    Attributes:
      side: of the crop in pixels.
      scale: pixels per pixel of LightCNN's own 128 pixel crop.
      grey: one channel.
    """

    side: int
    scale: float
    grey: bool

    def matrix(self, landmarks: np.ndarray) -> np.ndarray:
        """`[2, 3]` crop px -> photograph px; the middle of LightCNN's crop is the middle.

        Raises:
          ValueError: the mouth is not below the eyes.
        """
        matrix = lightcnn_matrix(five_points(landmarks))
        linear = matrix[:, :2] / self.scale
        middle = matrix[:, :2] @ np.full(2, LIGHTCNN_SIZE / 2) + matrix[:, 2]
        return np.concatenate([linear, (middle - linear @ np.full(2, self.side / 2))[:, None]], 1)


CROP = Framing(144, 1.0, grey=True)
"""The published training crop: 128 pixels and a margin to cut them from at random."""

FACE = Framing(256, 1.5, grey=False)
"""A whole face in colour, from which student and teacher cut their own crops."""


def write_crops(
    photographs: ImageList, output: str | Path, framing: Framing, overwrite: bool = False
) -> ImageList:
    """Cuts the largest face out of each photograph, or opens the crops of an earlier call.

    Writes one picture per photograph under the photograph's own name, `list.txt`,
    `landmarks.npy` in pixels of the crops, and in `left_out.txt` the photographs without a
    face and why.

    Args:
      photographs: not aligned.
      output: folder; may hold the crops of the same list.
      framing: `CROP` or `FACE`.
      overwrite: cut again.

    Returns:
      The crops, with landmarks.

    Raises:
      NoFaceError: there is a face in none of them.
      OutputError: `output` holds the crops of other photographs.
      DatabaseError: a photograph is missing.
    """
    output = Path(output)
    record = {**dataclasses.asdict(framing), "photographs": _digest(photographs)}
    record["eye_y"] = framing.side / 2 + framing.scale * (LIGHTCNN_EYE_Y - LIGHTCNN_SIZE / 2)
    if (output / RECORD_NAME).is_file() and not overwrite:
        if _record(output) != record:
            raise OutputError(
                f"{output} holds crops of other photographs or with another framing; give "
                "another folder, or --overwrite"
            )
        return image_lists.open_list(output / image_lists.LIST_NAME)
    photographs.check_files()
    paths, labels, landmarks, left_out = [], [], [], []
    for index in tqdm(range(len(photographs)), desc="faces", unit="photo", disable=None):
        name = _crop_name(photographs.text(index), index, framing)
        try:
            crop, points = _cut(photographs.path(index), framing)
        except (NoFaceError, ImageError, ValueError) as error:
            left_out.append(f"{photographs.text(index)}: {error}")
            continue
        images.write_image(output / name, crop, quality=95)
        paths.append(name)
        labels.append(int(photographs.labels[index]))
        landmarks.append(points)
    if not paths:
        raise NoFaceError(
            f"{photographs.name}: there is a face in none of {len(photographs)} photographs; the "
            f"first: {left_out[0]}"
        )
    if left_out:
        _LOG.warning("%d photographs left out, see %s", len(left_out), output / LEFT_OUT_NAME)
    atomic_write(output / LEFT_OUT_NAME, "".join(f"{line}\n" for line in left_out).encode())
    path = image_lists.write_list(output, paths, labels, np.stack(landmarks))
    write_json(output / RECORD_NAME, record)
    return image_lists.open_list(path)


def _cut(path: Path, framing: Framing) -> tuple[np.ndarray, np.ndarray]:
    """The crop and the landmarks `[68, 2]` in its pixels."""
    import cv2

    photo = open_photo(path)
    matrix = framing.matrix(photo.landmarks)
    image = photo.image
    factor = float(np.sqrt(abs(np.linalg.det(matrix[:, :2]))))  # photograph px per crop px
    if factor > 1.5:  # OpenCV's warp does not average
        height, width = (max(1, round(side / factor)) for side in image.shape[:2])
        scale = np.array([width / image.shape[1], height / image.shape[0]])
        image = images.resize(image, (height, width))
        matrix = matrix * scale[:, None]
        points = photo.landmarks * scale
    else:
        points = photo.landmarks
    # OpenCV counts from the first pixel's centre.
    shifted = matrix.copy()
    shifted[:, 2] += matrix[:, :2] @ [0.5, 0.5] - 0.5
    crop = cv2.warpAffine(
        image, shifted, (framing.side, framing.side),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, borderMode=cv2.BORDER_REPLICATE,
    )  # fmt: skip
    if framing.grey:
        crop = crop @ LUMA
    return np.clip(crop, 0, 1), (points - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T


def _crop_name(text: str, index: int, framing: Framing) -> str:
    """The photograph's name with the crop's suffix; never outside of the folder."""
    parts = [part for part in Path(text).with_suffix("").parts if part not in ("..", "/", ".")]
    # Two photographs may differ in their suffix alone, or in the folders that were dropped.
    return f"{'/'.join(parts)}_{index}{'.png' if framing.grey else '.jpg'}"


def _digest(photographs: ImageList) -> str:
    digest = hashlib.sha256(photographs.labels.tobytes())
    for index in range(len(photographs)):
        digest.update(str(photographs.path(index)).encode())
    return digest.hexdigest()[:16]


def _record(output: Path) -> dict:
    try:
        return read_json(output / RECORD_NAME)
    except ConfigError:
        return {}
