"""Renders that look like photographs, while everything that the labels say stays true.

Light, background, clothes, lens, blur, compression and things in front of the face come from
`features/augmentation`; its changes of skin and hair, its warp and its mirror are left out. The
picture is aligned by landmarks that are as wrong as a detector's.
"""

from __future__ import annotations

import dataclasses
import functools

import numpy as np

from face2param import alignment
from face2param.estimator.compiled import compiled
from face2param.features.augmentation import CELLS, CHANNELS, COLUMNS, Dice
from face2param.features.augmentation.camera import occlude, photograph, relight
from face2param.features.augmentation.dice import mix
from face2param.features.augmentation.scenery import dress, replace_background
from face2param.landmarks import markup


@dataclasses.dataclass(frozen=True)
class Disturbance:
    """How far a picture is taken from the ideal one.

    Attributes:
      landmark_noise: standard deviation in pixels (of 256), half of it common to a facial part.
      bad_landmarks: share of faces whose landmarks are four times as wrong.
      cropped: share of pictures whose border cuts through hair or shoulders.
      relit: how much of the augmentation's light is mixed in at most.
      scenery: share of pictures with another background and other clothes.
      occluded: share of pictures with something in front.
    """

    landmark_noise: float = 1.0
    bad_landmarks: float = 0.05
    cropped: float = 0.3
    relit: float = 0.8
    scenery: float = 0.9
    occluded: float = 0.2


def wrong_landmarks(
    landmarks: np.ndarray, rng: np.random.Generator, config: Disturbance
) -> np.ndarray:
    """Landmarks as a detector might find them.

    Args:
      landmarks: `[68, 2]` pixels.
      rng: source of the random numbers.
      config: how wrong.

    Returns:
      `[68, 2]` float32 pixels.
    """
    spread = config.landmark_noise * (4.0 if rng.random() < config.bad_landmarks else 1.0)
    noise = 0.7 * rng.normal(size=landmarks.shape)
    for points in markup.GROUPS.values():
        noise[list(points)] += 0.7 * rng.normal(size=2)
    noise[list(markup.GROUPS["jaw"])] *= 1.5
    return (landmarks + spread * noise).astype(np.float32)


def realigned(
    image: np.ndarray,
    labels: np.ndarray,
    landmarks: np.ndarray,
    canonical: np.ndarray,
    rng: np.random.Generator,
    config: Disturbance,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Aligns a picture as a photograph is aligned: by wrong landmarks, perhaps cut off.

    Args:
      image: `[height, width, 3]` float32 in [0, 1].
      labels: `[height, width]` uint8 classes.
      landmarks: `[68, 2]` true landmarks in pixels of `image`.
      canonical: `[68, 2]` the engine's landmarks in pixels of the result, which is as large.
      rng: source of the random numbers.
      config: how wrong.

    Returns:
      image, labels and the (wrong) landmarks, all in the aligned frame.
    """
    import cv2

    found = wrong_landmarks(landmarks, rng, config)
    top, left, bottom, right = 0, 0, *image.shape[:2]
    if rng.random() < config.cropped:
        low, high = landmarks.min(0), landmarks.max(0)
        top = int(rng.uniform(0, 1) * max(low[1] - 0.15 * bottom, 0))
        left = int(rng.uniform(0, 1) ** 2 * max(low[0] - 4, 0))
        bottom -= int(rng.uniform(0, 1) ** 2 * max(bottom - high[1] - 4, 0))
        right -= int(rng.uniform(0, 1) ** 2 * max(right - high[0] - 4, 0))
    corner = np.float32([left, top])
    cut = image[top:bottom, left:right]
    aligned = alignment.align_with_landmarks(cut, found - corner, canonical, image.shape[:2])
    matrix = aligned.matrix
    # OpenCV counts from the first pixel's centre.
    shift = matrix[:, 2] + matrix[:, :2] @ [0.5, 0.5] - 0.5
    moved = cv2.warpAffine(
        np.ascontiguousarray(labels[top:bottom, left:right]),
        np.concatenate([matrix[:, :2], shift[:, None]], 1),
        labels.shape[::-1],
        flags=cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return aligned.image, moved, aligned.landmarks


def photographed(
    images: np.ndarray, labels: np.ndarray, rng: np.random.Generator, config: Disturbance
) -> np.ndarray:
    """Pictures under other light, in front of other things, through another camera.

    Args:
      images: `[batch, height, width, 3]` in [0, 1], sides in multiples of 8.
      labels: `[batch, height, width]` classes; 255 where unknown, which is left as it is.
      rng: source of the random numbers.
      config: how strong.

    Returns:
      Pictures like `images`, float32.
    """
    batch, height, width = images.shape[:3]
    return _compiled(config)(
        np.asarray(images, np.float32),
        np.asarray(labels, np.int32),
        rng.random((batch, COLUMNS), np.float32),
        rng.random((batch, CELLS, CELLS, CHANNELS), np.float32),
        rng.standard_normal((batch, height, width, 3), np.float32),
    )


@functools.lru_cache(maxsize=4)
def _compiled(config: Disturbance):
    def augment(images, labels, table, noise, fine):
        dice = Dice(table, noise, tuple(images.shape[1:3]))
        images = dress(images, labels, dice, config.scenery)
        images = replace_background(images, labels, dice, config.scenery)
        images = mix(images, relight(images, dice), dice.uniform(0.0, config.relit))
        images, _ = occlude(images, labels, dice, config.occluded)
        return photograph(images, dice, fine)

    return compiled(augment)


def mirrored(image: np.ndarray, landmarks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The picture `[height, width, 3]` and its landmarks `[68, 2]`, left and right exchanged."""
    flipped = markup.mirror_landmarks(landmarks, image.shape[1])
    return np.ascontiguousarray(image[:, ::-1]), flipped.astype(np.float32)
