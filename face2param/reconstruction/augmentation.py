"""Aligned photographs moved, mirrored and taken anew, with everything that is known of them."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping

import numpy as np
from keras import ops

from face2param.config import check_not_negative
from face2param.errors import ConfigError
from face2param.estimator.compiled import compiled
from face2param.features.augmentation import CELLS, CHANNELS, COLUMNS, Dice
from face2param.features.augmentation.camera import occlude, photograph, relight
from face2param.features.augmentation.dice import mix
from face2param.landmarks import markup, similarity


@dataclasses.dataclass(frozen=True)
class Augmentation:
    """How far a photograph is taken from the one that was found.

    The defaults of place are those of the authors' second code (10 px, 10 %, 10 degrees, flip);
    the paper has none of them.

    Attributes:
      shift: px in each direction, of a crop of 224.
      scale: largest change of size, as a share.
      rotation: degrees to each side.
      flip: share of pictures that are mirrored.
      relit: how much of another light and other colours is mixed in at most, in [0, 1].
      occluded: share of pictures with a patch in front of the face.
      photographed: share of pictures with blur, noise and compression.
    """

    shift: float = 10.0
    scale: float = 0.1
    rotation: float = 10.0
    flip: float = 0.5
    relit: float = 0.6
    occluded: float = 0.25
    photographed: float = 0.7

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        names = [field.name for field in dataclasses.fields(self)]
        check_not_negative(self, names)
        for name in ("flip", "relit", "occluded", "photographed"):
            if getattr(self, name) > 1:
                raise ConfigError(f"{name}: must be in [0, 1], got {getattr(self, name)}")
        if self.scale >= 1:
            raise ConfigError(f"scale: must be below 1, got {self.scale}")

    @property
    def coloured(self) -> bool:
        """Whether colours change."""
        return bool(self.relit or self.occluded or self.photographed)


NONE = Augmentation(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def placement(rng: np.random.Generator, size: int, config: Augmentation) -> np.ndarray:
    """A random similarity `[2, 3]` of a picture's pixels, about the middle of the picture."""
    factor = 1 + rng.uniform(-config.scale, config.scale)
    angle = np.radians(rng.uniform(-config.rotation, config.rotation))
    turn = factor * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = rng.uniform(-config.shift, config.shift, 2) * size / 224
    middle = np.full(2, size / 2)
    return np.concatenate([turn, (middle + shift - turn @ middle)[:, None]], 1)


def moved(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Resamples a picture or map bilinearly, black outside.

    Args:
      image: `[height, width]` or `[height, width, channels]`, float32 or uint8.
      matrix: `[2, 3]` px of `image` to px of the result, centres at +0.5.
      size: side of the result.
    """
    import cv2

    half = matrix[:, :2] @ [0.5, 0.5] - 0.5  # OpenCV's centres are whole numbers
    index_matrix = np.concatenate([matrix[:, :2], (matrix[:, 2] + half)[:, None]], 1)
    image = np.ascontiguousarray(image)
    return cv2.warpAffine(image, index_matrix, (size, size), flags=cv2.INTER_LINEAR)


def placed(
    photo: Mapping[str, np.ndarray], rng: np.random.Generator, config: Augmentation
) -> dict[str, np.ndarray]:
    """Moves one photograph with its maps and landmarks.

    Args:
      photo: image `[size, size, 3]`, landmarks `[68, 2]` px, maps `[size, size]` under any
        other name; vectors (descriptors) stay as they are.
      rng: source of the random numbers.
      config: how far.

    Returns:
      The same names.
    """
    size = photo["image"].shape[0]
    matrix = placement(rng, size, config)
    mirror = rng.random() < config.flip
    found = {}
    for name, value in photo.items():
        if name == "landmarks":
            points = similarity.transform_points(matrix, value)
            points = markup.mirror_landmarks(points, size) if mirror else points
            found[name] = points.astype(np.float32)
        elif value.ndim >= 2:
            map_ = moved(value, matrix, size)
            found[name] = map_[:, ::-1] if mirror else map_
        else:
            found[name] = value
    return found


def batch(
    photos: Mapping[str, np.ndarray], rng: np.random.Generator, config: Augmentation
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Augments a batch of photographs.

    Args:
      photos: name -> `[batch, ...]`; image and valid as uint8 or float, see `placed`.
      rng: source of the random numbers.
      config: how far.

    Returns:
      What the network sees, `[batch, size, size, 3]` float32 in [0, 1]; and the photographs
      that its answer is compared with: in the same place and light, but neither covered nor
      blurred. Both are black beyond the photograph.
    """
    rows = range(len(photos["image"]))
    moves = [placed({n: v[row] for n, v in photos.items()}, rng, config) for row in rows]
    found = {name: np.stack([move[name] for move in moves]) for name in photos}
    for name, value in found.items():
        if value.dtype == np.uint8:
            found[name] = value.astype(np.float32) / 255
    if not config.coloured:
        return found["image"], found
    shape = found["image"].shape
    relit, seen = _colours(config)(
        found["image"],
        rng.random((shape[0], COLUMNS), np.float32),
        rng.random((shape[0], CELLS, CELLS, CHANNELS), np.float32),
        rng.standard_normal(shape, np.float32),
    )
    inside = found["valid"][..., None] if "valid" in found else 1.0
    return seen * inside, {**found, "image": relit * inside}


@functools.lru_cache(maxsize=4)
def _colours(config: Augmentation):
    def change(images, table, noise, fine):
        dice = Dice(table, noise, tuple(images.shape[1:3]))
        relit = mix(images, relight(images, dice), dice.uniform(0.0, config.relit))
        labels = ops.zeros_like(images[..., 0], dtype="int32")
        seen, _ = occlude(relit, labels, dice, config.occluded)
        taken = photograph(seen, dice, fine)
        return relit, mix(seen, taken, dice.chance(config.photographed))

    return compiled(change)
