"""Pictures of what a parsing network sees."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np

from face2param import images
from face2param.features import parsing
from face2param.regions import colourise


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
    rows = []
    for row in chosen:
        picture = images.from_uint8(pictures[row])
        probabilities = keras.ops.convert_to_numpy(network.probabilities(picture[None]))[0]
        answer = colourise(probabilities.argmax(-1))
        tiles = [picture, 0.4 * picture + 0.6 * answer]
        if labels is not None:
            tiles.insert(1, colourise(labels[row]))
        rows.append(np.concatenate(tiles, axis=1))
    half = (len(rows) + 1) // 2
    columns = [np.concatenate(part, axis=0) for part in (rows[:half], rows[half:]) if part]
    if len(columns) == 2:
        missing = columns[0].shape[0] - columns[1].shape[0]
        columns[1] = np.pad(columns[1], ((0, missing), (0, 0), (0, 0)))
    path = Path(folder) / f"preview_{name}.png"
    images.write_image(path, np.concatenate(columns, axis=1))
    return path
