"""A sheet of pictures that shows what a face model can do."""

import numpy as np
import tensorflow as tf

from face2param.morphable import coefficients
from face2param.morphable.decode import Decoder
from face2param.morphable.model import FaceModel
from face2param.rendering import cameras
from face2param.rendering.draw import draw

SIGMAS = 2.0
_COLUMNS = 6
_BACKGROUND = 0.55
# A soft light from above and from the left; channel-major, see `coefficients.light_matrix`.
_BANDS = (0.05, -0.10, 0.20, 0.07, 0.0, 0.0, 0.0, 0.0, 0.0)
_YAWS = (0.0, 0.35, 0.7, 1.05, -0.5, -1.3)


def sheet(model: FaceModel, size: int = 224, seed: int = 0) -> np.ndarray:
    """Draws the mean from six sides, each basis' first components at -2 and +2, random people.

    Args:
      model: the model.
      size: of each picture in pixels.
      seed: of the random people.

    Returns:
      `[8 * size, 6 * size, 3]` float32 in [0, 1].
    """
    painter = _Painter(model, size)
    rows = [[{"rotation": [0.0, yaw, 0.0]} for yaw in _YAWS]]
    for name, count in model.sizes.items():
        for sigma in (-SIGMAS, SIGMAS):
            ones = sigma * np.eye(max(count, 1), dtype=np.float32)[: min(count, _COLUMNS)]
            rows.append([{name: one[:count]} for one in ones])
    rng = np.random.default_rng(seed)
    rows.append([{n: rng.normal(size=k) for n, k in model.sizes.items()} for _ in range(_COLUMNS)])
    return np.concatenate([painter.row(row) for row in rows])


class _Painter:
    """Draws small portraits of one model."""

    def __init__(self, model: FaceModel, size: int):
        self.decoder = Decoder(model)
        self.layout = coefficients.layout_of(model)
        self.camera = cameras.DEEP3D.resized((size, size))
        self.size = (size, size)

    def row(self, changes: list[dict]) -> np.ndarray:
        """One row of the sheet; names that a change leaves out stay neutral."""
        pictures = [self.picture(change) for change in changes]
        blank = np.full((*self.size, 3), _BACKGROUND, np.float32)
        return np.concatenate(pictures + [blank] * (_COLUMNS - len(pictures)), 1)

    def picture(self, change: dict) -> np.ndarray:
        """One portrait, `[size, size, 3]` float32 in [0, 1]."""
        values = coefficients.neutral(self.layout)
        values["light"] = tf.constant([_BANDS * coefficients.CHANNELS])
        for name, value in change.items():
            values[name] = tf.constant(np.asarray(value, np.float32)[np.newaxis])
        scene = self.decoder.decode(values, self.camera)
        drawn = draw(scene.projected, scene.colours, self.decoder.faces, self.size)
        image = drawn.image[0] + (1.0 - drawn.mask[0]) * _BACKGROUND
        return np.clip(image.numpy(), 0, 1)
