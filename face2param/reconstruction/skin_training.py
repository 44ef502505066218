"""Fits the skin mixtures to labelled pixels, and measures them. NumPy only."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable

import numpy as np

from face2param.errors import ConfigError
from face2param.reconstruction import mixtures
from face2param.reconstruction.skin import SkinModel, to_ycbcr
from face2param.regions import IGNORE, INDEX

SKIN = ("skin", "nose", "l_ear", "r_ear", "neck")
LEFT_OUT = ("l_brow", "r_brow", "u_lip", "l_lip", "ear_r", "neck_l")
"""Neither skin nor clearly something else, or too thin to be labelled to the pixel."""

_KIND = np.zeros(256, np.int8)
_KIND[[INDEX[name] for name in SKIN]] = 1
_KIND[[*(INDEX[name] for name in LEFT_OUT), IGNORE]] = -1

Labelled = tuple[np.ndarray, np.ndarray]
"""Picture `[height, width, 3]` float RGB in [0, 1] and label map `[height, width]` uint8."""


@dataclasses.dataclass(frozen=True)
class SkinTraining:
    """How to fit.

    Attributes:
      components: Gaussians of either mixture.
      pixels: of either class, drawn from each picture at most.
      trim: share of a picture's skin pixels that is left out because it lies farthest from the
        picture's typical skin: parsing labels call a beard or a lock over the brow skin.
      prior: probability of skin before the colour is seen.
      seed: of the draw and of the starting points.
    """

    components: int = 4
    pixels: int = 500
    trim: float = 0.1
    prior: float = 0.8
    seed: int = 0

    def __post_init__(self) -> None:
        """Raises ConfigError naming a value out of range."""
        for name, good in (
            ("components", self.components >= 1),
            ("pixels", self.pixels >= 1),
            ("trim", 0 <= self.trim < 0.5),
            ("prior", 0 < self.prior < 1),
        ):
            if not good:
                raise ConfigError(f"{name}: out of range, got {getattr(self, name)}")


@dataclasses.dataclass(frozen=True)
class SkinQuality:
    """How well a model parts skin from the rest.

    Attributes:
      accuracy: mean of the shares of skin and of other pixels on the right side of 0.5.
      auc: area under the ROC curve: how often a skin pixel is more probable than another.
      skin: share of skin pixels above 0.5.
      other: share of other pixels not above 0.5.
    """

    accuracy: float
    auc: float
    skin: float
    other: float


def fit(pictures: Iterable[Labelled], config: SkinTraining = SkinTraining()) -> SkinModel:
    """Fits both mixtures.

    Args:
      pictures: labelled pictures, read once.
      config: see `SkinTraining`.

    Returns:
      The model; its `source` is empty.

    Raises:
      ConfigError: the pictures hold too few pixels of a class.
    """
    rng = np.random.default_rng(config.seed)
    drawn: tuple[list, list] = ([], [])
    for image, labels in pictures:
        for kind, colours in enumerate(draw(image, labels, config, rng)):
            drawn[kind].append(colours)
    fitted = []
    for name, parts in zip(("other", "skin"), drawn, strict=True):
        colours = np.concatenate([np.zeros((0, 3)), *parts])
        try:
            fitted.append(mixtures.fit(colours, config.components, config.seed))
        except ConfigError as error:
            raise ConfigError(f"too few pixels labelled as {name}: {error}") from None
    weights, means, covariances = (
        np.stack([getattr(mixture, name) for mixture in fitted])
        for name in ("weights", "means", "covariances")
    )
    return SkinModel(weights, means, covariances, config.prior)


def draw(
    image: np.ndarray, labels: np.ndarray, config: SkinTraining, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draws colours of both classes from a labelled picture.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      labels: `[height, width]` uint8 classes of `regions.CLASSES`.
      config: see `SkinTraining`.
      rng: of the draw.

    Returns:
      YCbCr of other pixels `[n, 3]`, as many of every class that there is, and of skin `[m, 3]`.
    """
    colours = to_ycbcr(image).reshape(-1, 3)
    flat = labels.ravel()
    skin = _typical(colours[_KIND[flat] == 1], config.trim)
    skin = skin[rng.permutation(len(skin))[: config.pixels]]
    classes = [c for c in np.unique(flat) if _KIND[c] == 0]
    share = config.pixels // max(len(classes), 1)
    other = [np.zeros((0, 3), np.float32)]
    for index in classes:
        of_class = colours[flat == index]
        other.append(of_class[rng.permutation(len(of_class))[:share]])
    return np.concatenate(other), skin


def measure(model: SkinModel, pictures: Iterable[Labelled], bins: int = 1000) -> SkinQuality:
    """Measures a model on labelled pictures; every labelled pixel counts once.

    Raises:
      ConfigError: a class has no pixel.
    """
    counts = np.zeros((2, bins), np.int64)
    for image, labels in pictures:
        level = np.minimum((model.probability(image) * bins).astype(int), bins - 1)
        kinds = _KIND[labels]
        for kind in (0, 1):
            counts[kind] += np.bincount(level[kinds == kind], minlength=bins)
    if not counts.sum(1).all():
        raise ConfigError("the pictures show no skin, or nothing else; nothing can be measured")
    other, skin = counts / counts.sum(1, keepdims=True)
    below = np.cumsum(other) - other
    half = bins // 2
    found, kept = float(skin[half:].sum()), float(other[:half].sum())
    auc = float((skin * (below + other / 2)).sum())
    return SkinQuality((found + kept) / 2, auc, found, kept)


def _typical(colours: np.ndarray, trim: float) -> np.ndarray:
    if trim == 0 or len(colours) < 20:
        return colours
    centred = colours - np.median(colours, 0)
    # The spread of the inner half, which outliers do not reach.
    near = np.argsort((centred**2).sum(1))[: len(colours) // 2]
    precision = np.linalg.inv(np.cov(centred[near].T) + np.eye(3))
    distance = np.einsum("ni,ij,nj->n", centred, precision, centred)
    return colours[np.argsort(distance)[: round(len(colours) * (1 - trim))]]
