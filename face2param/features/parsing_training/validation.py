"""How well a parsing network does on labelled pictures, in numbers and in pictures."""

from __future__ import annotations

from pathlib import Path

import cv2
import face_parsing_tf
import keras
import numpy as np
from keras import ops

from face2param import images
from face2param.features.parsing_training import preview
from face2param.features.parsing_training.batches import LabelledPictures
from face2param.features.parsing_training.classes import CLASS_SETS, to_regions, translation
from face2param.metrics import regions as overlap

_BATCH = 8


def answers(network: keras.Model, pictures: np.ndarray, size: int) -> np.ndarray:
    """The class that the network gives each pixel.

    Args:
      network: a `face_parsing_tf.bisenet` of input `size`.
      pictures: uint8 `[count, height, width, 3]`; resized to `size` where they differ.
      size: side of the input.

    Returns:
      uint8 `[count, size, size]`.
    """
    preprocessing = face_parsing_tf.Preprocessing()
    found = []
    for start in range(0, len(pictures), _BATCH):
        batch = ops.cast(ops.convert_to_tensor(pictures[start : start + _BATCH]), "float32") / 255
        if batch.shape[1:3] != (size, size):
            batch = ops.image.resize(
                batch, (size, size), antialias=True, data_format="channels_last"
            )
        logits = network.predict_on_batch(preprocessing(batch))["out"]
        found.append(np.argmax(logits, axis=-1).astype(np.uint8))
    return np.concatenate(found)


def nearest(labels: np.ndarray, size: int) -> np.ndarray:
    """Label maps `[count, side, side]` at another side, by the nearest pixel."""
    rows = ((np.arange(size) + 0.5) * labels.shape[1] / size).astype(int)
    columns = ((np.arange(size) + 0.5) * labels.shape[2] / size).astype(int)
    return labels[:, rows][:, :, columns]


def evaluate(
    network: keras.Model, pictures: LabelledPictures, size: int, classes: str = "celebamask"
) -> dict[str, float]:
    """Region IoU of each class over all pictures together.

    Args:
      network: a `face_parsing_tf.bisenet` of input `size`.
      pictures: labelled pictures; resized to `size` where they differ.
      size: side of the input.
      classes: the network's class set.

    Returns:
      Class name -> intersection over union, for the classes that occur.
    """
    names = CLASS_SETS[classes]
    true = translation(classes)[nearest(pictures.labels, size)]
    counts = overlap.confusion(answers(network, pictures.images, size), true, len(names))
    iou, occurs = overlap.iou(counts), counts.sum(1) > 0
    return {name: round(float(iou[i]), 4) for i, name in enumerate(names) if occurs[i]}


def draw(
    network: keras.Model,
    pictures: LabelledPictures,
    size: int,
    path: str | Path,
    classes: str = "celebamask",
    count: int = 8,
) -> Path:
    """Draws pictures, their labels and the network's answer over them, side by side.

    Args:
      network: a `face_parsing_tf.bisenet` of input `size`.
      pictures: labelled pictures.
      size: side of the input and of each tile.
      path: file to write.
      classes: the network's class set.
      count: at most so many pictures, spread evenly.

    Returns:
      `path`.
    """
    some = pictures.some(count)
    found = to_regions(classes)[answers(network, some.images, size)]
    shown = [cv2.resize(p, (size, size), interpolation=cv2.INTER_AREA) for p in some.images]
    true = nearest(some.labels, size)
    images.write_image(path, preview.sheet(shown, true, found))
    return Path(path)
