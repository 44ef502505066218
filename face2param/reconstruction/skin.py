"""How probably each pixel is skin: a naive Bayes over two Gaussian mixtures of colours.

Deng et al. 2019 weigh the photometric loss with it, so that beards, glasses and hair before the
face count less. Colours are in YCbCr (ITU-R BT.601, studio range: Y 16..235, Cb and Cr
16..240). The mixtures are our own, fitted by `face2param train_skin_model`; the command stands
in the file.
"""

from __future__ import annotations

import dataclasses
import functools
import os
from pathlib import Path

import numpy as np

from face2param import config
from face2param.errors import ConfigError, WeightsError

_BUILTIN = Path(__file__).parent / "data" / "skin_model.json"
_CLASSES = ("other", "skin")

_RGB_TO_YCBCR = np.array(
    [
        (65.481, 128.553, 24.966),
        (-37.797, -74.203, 112.0),
        (112.0, -93.786, -18.214),
    ]
)
_OFFSET = np.array([16.0, 128.0, 128.0])
_CENTRE = np.array([128.0, 128.0, 128.0])
_PAIRS = np.triu_indices(3)
_CHUNK = 2048
"""Colours at a time: they stay in the cache, and products this small start no threads."""


def to_ycbcr(image: np.ndarray) -> np.ndarray:
    """Converts RGB in [0, 1] to studio-range YCbCr (Y 16..235); `[..., 3]`, float32."""
    image = np.asarray(image, np.float32)
    return image @ _RGB_TO_YCBCR.T.astype(np.float32) + _OFFSET.astype(np.float32)


@dataclasses.dataclass(frozen=True)
class SkinModel:
    """Two Gaussian mixtures, of skin and of everything else, and how common skin is.

    Attributes:
      weights: `[2, components]` share of each component; rows (other, skin) sum to 1.
      means: `[2, components, 3]` YCbCr.
      covariances: `[2, components, 3, 3]`.
      prior: probability of skin before the colour is seen.
      source: what it was fitted on and how.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    prior: float = 0.8
    source: str = ""

    def __post_init__(self) -> None:
        """Raises WeightsError naming the field that is wrong."""
        for name in ("weights", "means", "covariances"):
            try:
                object.__setattr__(self, name, np.asarray(getattr(self, name), np.float64))
            except (TypeError, ValueError):
                raise WeightsError(f"skin model: {name} is no array of numbers") from None
        count = self.weights.shape[-1] if self.weights.ndim == 2 else 0
        shapes = {"weights": (2, count), "means": (2, count, 3), "covariances": (2, count, 3, 3)}
        for name, shape in shapes.items():
            value = getattr(self, name)
            if value.shape != shape or not count:
                raise WeightsError(
                    f"skin model: {name} must have shape {list(shape)} with at least one "
                    f"component, got {list(value.shape)}"
                )
            if not np.isfinite(value).all():
                raise WeightsError(f"skin model: {name} holds a number that is not finite")
        if (self.weights < 0).any() or not np.allclose(self.weights.sum(1), 1, atol=1e-3):
            raise WeightsError("skin model: each row of weights must be positive and sum to 1")
        symmetric = np.allclose(self.covariances, np.swapaxes(self.covariances, 2, 3))
        if not symmetric or np.linalg.eigvalsh(self.covariances).min() <= 0:
            raise WeightsError("skin model: covariances must be symmetric and positive definite")
        if not isinstance(self.prior, (int, float)) or not 0 < self.prior < 1:
            raise WeightsError(f"skin model: prior must lie between 0 and 1, got {self.prior!r}")

    @functools.cached_property
    def _forms(self) -> np.ndarray:
        """`[2 components, 10]`: log of prior times density, linear in the monomials of a colour."""
        precision = np.linalg.inv(self.covariances)
        centred = self.means - _CENTRE
        towards = np.einsum("kcij,kcj->kci", precision, centred)
        constant = np.log(np.maximum(self.weights, 1e-300))
        constant = constant - 0.5 * (
            np.linalg.slogdet(self.covariances)[1]
            + np.einsum("kci,kci->kc", towards, centred)
            + 3 * np.log(2 * np.pi)
        )
        constant = constant + np.log([[1 - self.prior], [self.prior]])
        factor = np.where(_PAIRS[0] == _PAIRS[1], 0.5, 1.0)
        square = -precision[:, :, _PAIRS[0], _PAIRS[1]] * factor
        forms = np.concatenate([square, towards, constant[..., None]], -1)
        return forms.reshape(-1, 10).astype(np.float32)

    def probability(self, image: np.ndarray) -> np.ndarray:
        """Probability of skin, pixel by pixel.

        Args:
          image: `[..., 3]` RGB in [0, 1].

        Returns:
          `[...]` float32 in [0, 1].

        Raises:
          ValueError: the last axis is not 3.
        """
        image = np.asarray(image, np.float32)
        if image.ndim < 1 or image.shape[-1] != 3:
            raise ValueError(f"image must have shape [..., 3], got {image.shape}")
        colours = to_ycbcr(image).reshape(-1, 3) - _CENTRE.astype(np.float32)
        found = np.empty(len(colours), np.float32)
        for first in range(0, len(colours), _CHUNK):
            found[first : first + _CHUNK] = self._posterior(colours[first : first + _CHUNK].T)
        return found.reshape(image.shape[:-1])

    def _posterior(self, centred: np.ndarray) -> np.ndarray:
        """Probability `[n]` of YCbCr colours `[3, n]` less the centre."""
        # Colours run along the last axis, so that every operation below is one long loop.
        monomials = np.ones((10, centred.shape[1]), np.float32)
        for row, (i, j) in enumerate(zip(*_PAIRS, strict=True)):
            np.multiply(centred[i], centred[j], out=monomials[row])
        monomials[6:9] = centred
        logs = self._forms @ monomials
        # The largest term is taken out before the exponential, so that not all can underflow;
        # below e^-80 float32 turns to denormal numbers, which are slow.
        logs -= logs.max(0)
        np.exp(np.maximum(logs, -80, out=logs), out=logs)
        other, skin = logs.reshape(2, -1, logs.shape[1]).sum(1)
        return skin / (other + skin)


def save(model: SkinModel, path: str | os.PathLike) -> None:
    """Writes a model as JSON, atomically."""
    values = {
        "prior": model.prior,
        "source": model.source,
        "classes": list(_CLASSES),
        **{
            name: np.round(getattr(model, name), 5).tolist()
            for name in ("weights", "means", "covariances")
        },
    }
    config.write_json(path, values)


def load(path: str | os.PathLike = "builtin") -> SkinModel:
    """Reads a model.

    Args:
      path: JSON file that `train_skin_model` wrote; "builtin": the one that ships.

    Raises:
      WeightsError: no such file, or not a skin model; the message names the field.
    """
    return _load(os.fspath(_BUILTIN if path == "builtin" else path))


@functools.lru_cache(4)
def _load(path: str) -> SkinModel:
    try:
        values = config.read_json(path)
    except ConfigError as error:
        raise WeightsError(str(error)) from None
    needed = ("weights", "means", "covariances", "prior")
    missing = [name for name in needed if not isinstance(values, dict) or name not in values]
    if missing:
        raise WeightsError(f"{path} is no skin model: {', '.join(missing)} is missing")
    source = values.get("source", "")
    try:
        return SkinModel(**{name: values[name] for name in needed}, source=str(source))
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from None
