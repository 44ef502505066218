"""From colours measured on a face to the sliders that paint them: one regression.

A network that is trained under all kinds of light learns to mistrust colours. The photograph
itself does not leave much doubt about them, so where colours tell a slider, they decide.
"""

from __future__ import annotations

import dataclasses
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from face2param.config import atomic_path
from face2param.errors import WeightsError
from face2param.schema import Schema

FILE = "colours.npz"
_TOLD = 0.5
"""Share of a slider's variance from which on colours tell it."""
_RIDGE = 1e-2
_HELD_OUT = 5
_LARGEST = 1 << 20
_PAIRS = ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))


@dataclasses.dataclass(frozen=True)
class ColourSliders:
    """A quadratic regression, linear in its weights.

    Attributes:
      schema_hash: of the schema whose sliders they are.
      names: of the sliders.
      middle: `[places, 3]` mean colours; they stand for those that were not seen.
      weights: `[features, sliders]`.
      told: `[sliders]` share of the variance that is explained on heads left out of the fit.
    """

    schema_hash: str
    names: tuple[str, ...]
    middle: np.ndarray
    weights: np.ndarray
    told: np.ndarray

    def __call__(self, colours: np.ndarray) -> np.ndarray:
        """Answers the sliders.

        Args:
          colours: `[batch, places, 3]` L*a*b* / 100, NaN where nothing was seen.

        Returns:
          `[batch, sliders]` float32 in [0, 1].

        Raises:
          ValueError: another number of places.
        """
        if colours.shape[1:] != self.middle.shape:
            raise ValueError(
                f"colours: must be [batch, {', '.join(map(str, self.middle.shape))}], "
                f"got {colours.shape}"
            )
        answers = _features(colours, self.middle) @ self.weights
        return np.clip(answers, 0.0, 1.0).astype(np.float32)

    def applied(self, values: np.ndarray, colours: np.ndarray, schema: Schema) -> np.ndarray:
        """Characters `[batch, width]` with the sliders that `colours` tell, as a copy.

        Raises:
          WeightsError: the sliders are those of another schema.
        """
        if schema.hash != self.schema_hash:
            raise WeightsError(
                f"{FILE} belongs to schema {self.schema_hash}, not to {schema.name} {schema.hash}"
            )
        found = values.copy()
        found[:, [schema.index[name] for name in self.names]] = self(colours)
        return found

    def save(self, folder: str | os.PathLike) -> None:
        """Writes `colours.npz` into an estimator's folder."""
        arrays = dataclasses.asdict(self) | {"names": np.array(self.names)}
        with atomic_path(Path(folder) / FILE) as path, path.open("wb") as file:
            np.savez_compressed(file, **arrays)

    @classmethod
    def load(cls, folder: str | os.PathLike) -> ColourSliders | None:
        """Reads what `save` wrote; None where there is no such file.

        Raises:
          WeightsError: the file is damaged.
        """
        path = Path(folder) / FILE
        if not path.exists():
            return None
        if path.stat().st_size > _LARGEST:
            raise WeightsError(f"{path}: larger than {_LARGEST} bytes, so not what it should be")
        try:
            with np.load(path, allow_pickle=False) as stored:
                found = {field.name: stored[field.name] for field in dataclasses.fields(cls)}
            names = tuple(map(str, found["names"]))
            made = cls(
                str(found["schema_hash"]), names, found["middle"], found["weights"], found["told"]
            )
            features = _features(made.middle[None], made.middle).shape[1]
            if made.weights.shape != (features, len(names)) or made.told.shape != (len(names),):
                raise ValueError(f"weights of shape {made.weights.shape}")
        except (OSError, ValueError, KeyError, IndexError, zipfile.BadZipFile) as error:
            raise WeightsError(f"{path} cannot be read: {error}") from None
        return made


def fit(colours: np.ndarray, characters: np.ndarray, schema: Schema) -> ColourSliders | None:
    """Finds the sliders that colours tell, and how.

    Args:
      colours: `[heads, places, 3]` L*a*b* / 100 of drawn heads, NaN where nothing was seen.
      characters: `[heads, width]` encoded.
      schema: of the characters.

    Returns:
      The regression on all heads; None where colours tell no slider.

    Raises:
      ValueError: the numbers of heads differ.
    """
    if len(colours) != len(characters):
        raise ValueError(f"colours of {len(colours)} heads, characters of {len(characters)}")
    middle = np.nan_to_num(np.nanmean(colours, 0)).astype(np.float32)
    seen, sliders = _features(colours, middle), characters[:, : len(schema.continuous)]
    held = np.arange(len(colours)) % _HELD_OUT == 0
    errors = sliders[held] - np.clip(seen[held] @ _solve(seen[~held], sliders[~held]), 0.0, 1.0)
    variance = np.maximum(sliders[held].var(0), 1e-6)
    told = 1.0 - (errors**2).mean(0) / variance
    chosen = np.flatnonzero((told >= _TOLD) & (variance > 1e-4))
    if not len(chosen):
        return None
    return ColourSliders(
        schema.hash,
        tuple(schema.names[i] for i in chosen),
        middle,
        _solve(seen, sliders[:, chosen]).astype(np.float32),
        told[chosen].astype(np.float32),
    )


def table(sliders: ColourSliders) -> Mapping[str, float]:
    """Slider -> share of its variance that colours explain, for a report."""
    return dict(zip(sliders.names, map(float, sliders.told), strict=True))


def _solve(seen: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    penalty = _RIDGE * len(seen) * seen.var(0).mean() * np.eye(seen.shape[1])
    penalty[0, 0] = 0.0  # the constant
    return np.linalg.solve(seen.T @ seen + penalty, seen.T @ wanted)


def _features(colours: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """`[batch, features]`: constant, colours from the middle, their products, what is missing."""
    missing = np.isnan(colours).any(-1)
    # Colours are a few tenths; times three, products weigh about as much as the colours.
    offsets = 3.0 * np.where(missing[..., None], 0.0, colours - middle)
    products = np.stack([offsets[..., i] * offsets[..., j] for i, j in _PAIRS], -1)
    count = len(colours)
    parts = [np.ones((count, 1)), offsets, products, missing]
    return np.concatenate([part.reshape(count, -1) for part in parts], -1)
