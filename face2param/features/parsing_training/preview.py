"""Pictures of what a parsing network sees."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from face2param import images
from face2param.features import parsing
from face2param.regions import INDEX, colourise


def write(
    weights: str | Path,
    pictures: np.ndarray,
    labels: np.ndarray | None,
    folder: str | Path,
    name: str,
    count: int = 8,
) -> Path:
    """Draws pictures, their labels and the network's answer side by side.

    Args:
      weights: file of `features.parsing`.
      pictures: uint8 `[n, height, width, 3]`.
      labels: uint8 `[n, height, width]`, or None.
      folder: to write to.
      name: of the file; `preview_NAME.png` is written.
      count: rows, spread evenly over the pictures.

    Returns:
      Path of the written picture.
    """
    network = parsing(weights)
    chosen = np.unique(np.linspace(0, len(pictures) - 1, count).astype(int))
    answers = []
    for row in chosen:
        picture = images.from_uint8(pictures[row])
        probabilities = keras.ops.convert_to_numpy(network.probabilities(picture[None]))[0]
        # Named classes, so that a network of fewer classes is painted in the same colours.
        table = np.array([INDEX[name] for name in network.classes])
        answers.append(table[probabilities.argmax(-1)])
    path = Path(folder) / f"preview_{name}.png"
    true = None if labels is None else labels[chosen]
    images.write_image(path, sheet(pictures[chosen], true, answers))
    return path


def sheet(pictures, labels, answers) -> np.ndarray:
    """Lays pictures, labels and answers side by side, in two columns of rows.

    Args:
      pictures: uint8 `[height, width, 3]` each.
      labels: `[height, width]` each, classes of `face2param.regions`; or None.
      answers: `[height, width]` each, laid over the picture.

    Returns:
      `[rows, columns, 3]` float32 in [0, 1].
    """
    rows = []
    for row, picture in enumerate(pictures):
        picture = images.from_uint8(np.asarray(picture))
        tiles = [picture, 0.4 * picture + 0.6 * colourise(np.asarray(answers[row]))]
        if labels is not None:
            tiles.insert(1, colourise(labels[row]))
        rows.append(np.concatenate(tiles, axis=1))
    half = (len(rows) + 1) // 2
    columns = [np.concatenate(part, axis=0) for part in (rows[:half], rows[half:]) if part]
    if len(columns) == 2:
        missing = columns[0].shape[0] - columns[1].shape[0]
        columns[1] = np.pad(columns[1], ((0, missing), (0, 0), (0, 0)))
    return np.concatenate(columns, axis=1)
