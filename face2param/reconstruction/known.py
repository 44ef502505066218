"""Pictures of faces whose coefficients are known: drawn from the face model itself.

What R-Net learns from them is exact, pose and light included, which no photograph can tell.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tensorflow as tf

from face2param import regions
from face2param.alignment import pos
from face2param.config import check_not_negative, check_positive
from face2param.estimator import augmented
from face2param.landmarks import similarity
from face2param.morphable.coefficients import layout_of
from face2param.reconstruction import augmentation, store
from face2param.reconstruction.pose import fit_pose
from face2param.reconstruction.renderer import Renderer
from face2param.rendering import harmonics

SIZE = 224


@dataclasses.dataclass(frozen=True)
class Variety:
    """How drawn faces and pictures of heads differ.

    Attributes:
      yaw: largest turn to a side in degrees, of drawn faces.
      pitch: likewise up and down.
      roll: likewise in the picture's plane.
      spread: standard deviation of identity and albedo coefficients.
      disturbance: see `estimator.augmented`; its light is for pictures of heads only.
      placement: what is left of the alignment's errors and of the roll of photographs.
    """

    yaw: float = 50.0
    pitch: float = 25.0
    roll: float = 20.0
    spread: float = 0.9
    disturbance: augmented.Disturbance = augmented.Disturbance(landmark_noise=1.5)  # noqa: RUF009
    placement: augmentation.Augmentation = augmentation.Augmentation(  # noqa: RUF009
        shift=6.0, scale=0.06, rotation=10.0, flip=0.0
    )

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        check_not_negative(self, ("yaw", "pitch", "roll"))
        check_positive(self, ("spread",))


def drawn(
    renderer: Renderer,
    folder: Path,
    count: int,
    variety: Variety,
    size: int,
    seed: int = 0,
    views: int = 1,
) -> store.Table:
    """Draws random faces of the model before random backgrounds, once.

    Args:
      renderer: of the face model, with a camera of 224 px.
      folder: where the samples are kept.
      count: of people.
      variety: how they differ.
      size: side of the stored pictures, 224 or 112 (for a network that halves first anyway).
      seed: of the faces.
      views: pictures of each person, one after the other: only identity and albedo are shared.

    Returns:
      image `[size, size, 3]` uint8, coefficients `[width]` in the model's layout, landmarks
      `[68, 2]` px of a crop of 224.

    Raises:
      ConfigError: the folder holds other samples.
    """
    model = renderer.decoder.model
    recipe = {
        "what": "drawn faces",
        "model": f"{model.name} {model.hash}",
        "variety": dataclasses.asdict(variety),
        "size": size,
        "seed": seed,
        "views": views,
    }

    def make(rows: np.ndarray) -> dict[str, np.ndarray]:
        rng = np.random.default_rng((seed, int(rows[0])))
        parts = [
            _draw(renderer, len(rows[start : start + 32]), rng, variety, size, views)
            for start in range(0, len(rows), 32)
        ]
        return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}

    return store.prepared(folder, recipe, count, make, "faces")


def random_coefficients(
    renderer: Renderer, count: int, rng: np.random.Generator, variety: Variety
) -> dict[str, np.ndarray]:
    """Random faces, turned and lit at random; translations are zero.

    Args:
      renderer: of the face model.
      count: of faces.
      rng: source of the random numbers.
      variety: how they differ.

    Returns:
      Name -> `[count, width]` float32.
    """
    sizes = renderer.decoder.model.sizes
    found = {name: variety.spread * rng.standard_normal((count, n)) for name, n in sizes.items()}
    found["expression"] *= rng.uniform(0, 1.2, (count, 1))
    most = np.radians([variety.pitch, variety.yaw, variety.roll])
    # Sums of two: mostly near the front, as photographs are.
    found["rotation"] = most * rng.uniform(-0.5, 0.5, (2, count, 3)).sum(0)
    found["light"] = random_lights(count, rng)
    found["translation"] = np.zeros((count, 3))
    return {name: value.astype(np.float32) for name, value in found.items()}


def random_lights(count: int, rng: np.random.Generator) -> np.ndarray:
    """Lights of photographs: an even one and one from a side, nearly white, `[count, 27]`.

    A lamp in direction d adds multiples of the harmonics at d, the first three bands of which
    `rendering.harmonics` scales so that its coefficients are the harmonics themselves.
    """
    colour = np.exp(rng.normal(0, 0.08, (count, 3)))
    level = rng.uniform(0.5, 1.1, (count, 1)) * colour
    direction = rng.normal(0, 1, (count, 3)) * (0.8, 0.6, 0.3) + (0, 0.35, 0.9)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    share = rng.uniform(0, 0.75, (count, 1)) ** 1.3
    towards = harmonics.basis(tf.constant(direction, tf.float32)).numpy()
    lamp = towards / np.square(towards).sum(1, keepdims=True)  # 1 on a surface that faces it
    even = np.zeros((count, 9))
    even[:, 0] = 1 / harmonics.basis(tf.constant([[0.0, 0.0, 1.0]])).numpy()[0, 0]
    bands = (1 - share) * even + share * lamp * 1.1
    light = level[:, :, None] * bands[:, None] * rng.uniform(0.95, 1.05, (count, 3, 1))
    light[:, :, 0] -= 0.8  # what the layout's zero light already has
    return light.reshape(count, 27)


def _draw(renderer, people, rng, variety, size, views) -> dict[str, np.ndarray]:
    model, camera = renderer.decoder.model, renderer.camera
    count = people * views
    found = random_coefficients(renderer, count, rng, variety)
    for name in ("identity", "albedo"):
        found[name] = found[name][::views].repeat(views, 0)
    shape = renderer.decoder.landmark_shape(
        tf.constant(found["identity"]), tf.constant(found["expression"])
    ).numpy()
    screen = renderer.landmarks({name: tf.constant(v) for name, v in found.items()}).numpy()
    matrices = np.stack([alignment(points, model, rng, variety) for points in screen])
    screen = similarity_of_each(matrices, screen)
    rotation, translation, _ = fit_pose(shape, screen, camera)
    found["rotation"], found["translation"] = (
        value.astype(np.float32) for value in (rotation, translation)
    )
    pictures, masks, landmarks = [], [], []
    for start in range(0, count, 8):
        one = {name: tf.constant(value[start : start + 8]) for name, value in found.items()}
        result = renderer(one)
        pictures.append(np.clip(result.image.numpy(), 0, 1))
        masks.append(result.mask.numpy()[..., 0])
        landmarks.append(result.landmarks.numpy())
    images = shrink(np.concatenate(pictures), size)
    inside = shrink(np.concatenate(masks), size) > 0.5
    labels = np.where(inside, regions.INDEX["skin"], regions.INDEX["background"])
    plain = dataclasses.replace(variety.disturbance, relit=0.0)
    images = augmented.photographed(images, labels, rng, plain)
    layout = layout_of(model)
    return {
        "image": np.round(255 * images).astype(np.uint8),
        "coefficients": layout.join(found).astype(np.float32),
        "landmarks": np.concatenate(landmarks).astype(np.float32),
    }


def alignment(
    landmarks: np.ndarray, model, rng: np.random.Generator, variety: Variety
) -> np.ndarray:
    """The similarity `[2, 3]` that crops a picture by landmarks as wrong as a detector's.

    Args:
      landmarks: `[68, 2]` true ones, px of the picture.
      model: the face model, whose mean landmarks are the standard of POS.
      rng: source of the random numbers.
      variety: how wrong.

    Returns:
      Pixels of the picture to pixels of a crop of 224.
    """
    height = np.ptp(landmarks[:, 1])
    noise = dataclasses.replace(
        variety.disturbance, landmark_noise=variety.disturbance.landmark_noise * height / 100
    )
    wrong = augmented.wrong_landmarks(landmarks, rng, noise)
    standard = pos.five_points(model.landmarks())
    scale, origin = pos.estimate_pos(pos.five_points(wrong), standard)
    factor = pos.RESCALE / scale
    shift = SIZE / 2 - factor * origin
    crop = np.array([[factor, 0, shift[0]], [0, factor, shift[1]]])
    return similarity.compose(augmentation.placement(rng, SIZE, variety.placement), crop)


def similarity_of_each(matrices: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Applies `[batch, 2, 3]` to points `[batch, n, 2]`."""
    return points @ np.swapaxes(matrices[:, :, :2], 1, 2) + matrices[:, None, :, 2]


def shrink(images: np.ndarray, size: int) -> np.ndarray:
    """Pictures `[batch, 224, 224, ...]` at `size`, which divides 224: means of blocks."""
    factor = images.shape[1] // size
    if factor == 1:
        return images
    shape = (len(images), size, factor, size, factor, *images.shape[3:])
    return images.reshape(shape).mean((2, 4))


def arrays(batch: Mapping[str, np.ndarray], size: int) -> dict[str, np.ndarray]:
    """Stored samples as the learner takes them: pictures float32 at `size`, repeated pixels.

    Args:
      batch: rows of a table of this module or of `heads`.
      size: side of the network's pictures, a multiple of the stored one.
    """
    images = batch["image"].astype(np.float32) / 255
    factor = size // images.shape[1]
    if factor > 1:
        images = images.repeat(factor, 1).repeat(factor, 2)
    return {**batch, "image": images}
