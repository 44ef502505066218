"""Sheets to look at: each photograph beside what the network's answer looks like."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import tensorflow as tf

from face2param import images
from face2param.reconstruction import known
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import RNet
from face2param.reconstruction.store import Table
from face2param.rendering.interpolate import interpolate
from face2param.rendering.rasterize import rasterize

_CLAY = 0.75


def write(path: Path, rnet: RNet, table: Table, renderer: Renderer, count: int = 12) -> None:
    """Writes a mosaic: for each picture itself, the answer over it, and the bare shape.

    Args:
      path: picture to write.
      rnet: whose answers are shown.
      table: image, and landmarks which are marked in green; the answer's are red.
      renderer: of the face model.
      count: of pictures; they are spread over the table.
    """
    rows = np.unique(np.linspace(0, len(table) - 1, min(count, len(table))).astype(int))
    batch = known.arrays(table.take(rows), rnet.network.size)
    images.write_image(Path(path), sheet(batch["image"], batch["landmarks"], rnet, renderer))


def sheet(
    pictures: np.ndarray, landmarks: np.ndarray, rnet: RNet, renderer: Renderer
) -> np.ndarray:
    """The mosaic itself.

    Args:
      pictures: `[batch, size, size, 3]` aligned.
      landmarks: `[batch, 68, 2]` px.
      rnet: whose answers are shown.
      renderer: of the face model.

    Returns:
      RGB picture in [0, 1].
    """
    answer = {name: tf.constant(value) for name, value in rnet(pictures).items()}
    drawn = renderer(answer)
    over = np.clip(drawn.over(tf.constant(pictures)).numpy(), 0, 1)
    clay = np.clip(_clay(drawn.scene.normals, drawn, renderer), 0, 1)
    tiles, found = [], drawn.landmarks.numpy()
    for row in range(len(pictures)):
        marked = _dots(pictures[row], landmarks[row], (0, 1, 0))
        tiles += [_dots(marked, found[row], (1, 0.1, 0.1)), over[row], clay[row]]
    return images.mosaic(tiles, 6)


def _clay(normals, drawn, renderer) -> np.ndarray:
    """The shape alone, grey, lit from above the viewer."""
    light = tf.linalg.l2_normalize(tf.constant([0.15, 0.45, 0.9]), axis=0)
    shade = 0.15 + _CLAY * tf.nn.relu(tf.reduce_sum(normals * light, -1, keepdims=True))
    faces = renderer.decoder.faces
    fragments = rasterize(drawn.scene.projected, faces, renderer.camera.size)
    return np.repeat(interpolate(shade, fragments, faces).numpy(), 3, -1)


def _dots(picture: np.ndarray, points: np.ndarray, colour) -> np.ndarray:
    marked = np.array(picture)
    height, width = marked.shape[:2]
    for x, y in np.asarray(points).astype(int):
        if 0 <= x < width - 1 and 0 <= y < height - 1:
            marked[y : y + 2, x : x + 2] = colour
    return marked
