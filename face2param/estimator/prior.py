"""A low-rank Gaussian over plausible characters, which search and estimator share.

The covariance is `factors factors' + diag(noise)`: a few directions in which people differ
together (a tall face has a long nose) and what every slider does on its own. `prior_fitting`
learns it.
"""

from __future__ import annotations

import dataclasses
import functools
import json
import os
import zipfile
from pathlib import Path

import numpy as np

from face2param import config
from face2param.errors import WeightsError
from face2param.schema import Schema

NUMBERS, DESCRIPTION = "prior.npz", "prior.json"
_SHIPPED = Path(__file__).parent / "weights" / "builtin"


@dataclasses.dataclass(frozen=True, eq=False)
class LowRankGaussian:
    """A Gaussian over the continuous parameters of one schema.

    Attributes:
      mean: float32 `[n]` in slider units, in the order of the schema.
      factors: float32 `[n, k]` directions in which characters vary together, each as long as
        one standard deviation.
      noise: float32 `[n]` variance of each slider beside the factors, above 0.
      schema_name: of the schema.
      schema_hash: of the schema; a prior of another schema means other sliders.
      characters: how many it was fitted to.
    """

    mean: np.ndarray
    factors: np.ndarray
    noise: np.ndarray
    schema_name: str
    schema_hash: str
    characters: int = 0

    def __post_init__(self) -> None:
        """Checks the shapes.

        Raises:
          ValueError: a shape does not fit the others, a number is not finite, or `noise` is not
            above 0; the message names it.
        """
        mean, noise = np.asarray(self.mean, np.float32), np.asarray(self.noise, np.float32)
        factors = np.asarray(self.factors, np.float32)
        if mean.ndim != 1 or not mean.size:
            raise ValueError(f"mean must have shape [n], got {mean.shape}")
        if noise.shape != mean.shape:
            raise ValueError(f"noise must have shape {mean.shape} like mean, got {noise.shape}")
        if factors.ndim != 2 or len(factors) != len(mean):
            raise ValueError(f"factors must have shape [{len(mean)}, k], got {factors.shape}")
        for name, part in (("mean", mean), ("factors", factors), ("noise", noise)):
            if not np.isfinite(part).all():
                raise ValueError(f"{name} holds a value that is not a finite number")
            object.__setattr__(self, name, part)
        if not (noise > 0).all():
            raise ValueError(f"noise must be above 0, its smallest value is {noise.min()}")

    @functools.cached_property
    def precision(self) -> np.ndarray:
        """float32 `[n]`, the diagonal part of the inverse covariance: 1 / noise."""
        return (1.0 / self.noise).astype(np.float32)

    @functools.cached_property
    def correction(self) -> np.ndarray:
        """float32 `[n, k]`, the low-rank part of the inverse covariance.

        By Woodbury's identity the inverse is `diag(precision) - correction correction'`, so that
        a squared distance is `sum(d^2 precision) - sum((d correction)^2)`: two products, no
        solve, and nothing that a gradient stumbles over.
        """
        return (self._precise_correction()).astype(np.float32)

    def _precise_correction(self) -> np.ndarray:
        factors = self.factors.astype(np.float64)
        scaled = factors / self.noise[:, None].astype(np.float64)
        inner = np.linalg.inv(np.eye(factors.shape[1]) + factors.T @ scaled)
        return scaled @ np.linalg.cholesky((inner + inner.T) / 2)

    def squared(self, values: np.ndarray) -> np.ndarray:
        """Squared Mahalanobis distance from the mean; `n` on average.

        Args:
          values: `[..., n]` slider values.

        Returns:
          `[...]` float64.

        Raises:
          ValueError: the last axis has another length.
        """
        return self._squared(self._checked(values) - self.mean)

    def _squared(self, difference: np.ndarray) -> np.ndarray:
        alone = (difference**2 / self.noise.astype(np.float64)).sum(-1)
        return np.maximum(alone - ((difference @ self._precise_correction()) ** 2).sum(-1), 0.0)

    def distance(self, first: np.ndarray, second: np.ndarray | None = None) -> np.ndarray:
        """How far characters lie apart, in standard deviations of people.

        Args:
          first: `[..., n]` slider values.
          second: `[..., n]`, broadcast against `first`; None is the mean.

        Returns:
          `[...]` float64: the root of the mean squared Mahalanobis distance of a slider. A random
          character lies 1 from the mean, two random characters lie 1.41 apart.

        Raises:
          ValueError: the last axis has another length.
        """
        other = self.mean if second is None else self._checked(second)
        return np.sqrt(self._squared(self._checked(first) - other) / len(self.mean))

    def log_density(self, values: np.ndarray) -> np.ndarray:
        """Natural logarithm of the density at `values` `[..., n]`; `[...]` float64."""
        factors = self.factors.astype(np.float64)
        noise = self.noise.astype(np.float64)
        inner = np.eye(factors.shape[1]) + factors.T @ (factors / noise[:, None])
        volume = np.log(noise).sum() + np.linalg.slogdet(inner)[1]
        return -0.5 * (self.squared(values) + volume + len(self.mean) * np.log(2 * np.pi))

    def coordinates(self, values: np.ndarray) -> np.ndarray:
        """Says where characters lie along the factors.

        Args:
          values: `[..., n]` slider values.

        Returns:
          `[..., k]` float64 expected coordinates, in standard deviations.
        """
        factors = self.factors.astype(np.float64)
        scaled = factors / self.noise[:, None].astype(np.float64)
        inner = np.eye(factors.shape[1]) + factors.T @ scaled
        return np.linalg.solve(inner, ((self._checked(values) - self.mean) @ scaled)[..., None])[
            ..., 0
        ]

    def project(self, values: np.ndarray, limit: float | None = None) -> np.ndarray:
        """Moves characters to where the factors alone would put them.

        Args:
          values: `[..., n]` slider values.
          limit: largest coordinate along a factor, in standard deviations; None: no limit.

        Returns:
          `[..., n]` float32; may leave [0, 1].
        """
        where = self.coordinates(values)
        if limit is not None:
            where = np.clip(where, -limit, limit)
        return (self.mean + where @ self.factors.T).astype(np.float32)

    def sample(self, rng: np.random.Generator, count: int, spread: float = 1.0) -> np.ndarray:
        """Draws characters.

        Args:
          rng: source of the random numbers.
          count: how many.
          spread: factor on the standard deviations.

        Returns:
          `[count, n]` float32 in [0, 1].
        """
        along = rng.standard_normal((count, self.factors.shape[1])) @ self.factors.T
        alone = rng.standard_normal((count, len(self.mean))) * np.sqrt(self.noise)
        return np.clip(self.mean + spread * (along + alone), 0.0, 1.0).astype(np.float32)

    def variances(self) -> np.ndarray:
        """float32 `[n]`, the variance of each slider."""
        return (self.factors**2).sum(1) + self.noise

    def _checked(self, values: np.ndarray) -> np.ndarray:
        values = np.asarray(values, np.float64)
        if not values.ndim or values.shape[-1] != len(self.mean):
            raise ValueError(f"values must have shape [..., {len(self.mean)}], got {values.shape}")
        return values

    def check(self, schema: Schema) -> None:
        """Refuses a schema that this prior was not fitted for.

        Raises:
          WeightsError: another schema; the message names both.
        """
        if (self.schema_hash, len(self.mean)) != (schema.hash, len(schema.continuous)):
            raise WeightsError(
                f"the prior was fitted for schema {self.schema_name} {self.schema_hash}, not for "
                f"{schema.name} {schema.hash}; fit one with: face2param fit_prior "
                "--reports=REPORT --output=OUTPUT"
            )

    def save(self, folder: str | os.PathLike) -> Path:
        """Writes `prior.npz` and `prior.json` into `folder`, which is made; returns it."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        with config.atomic_path(folder / NUMBERS) as temporary:
            np.savez_compressed(temporary, mean=self.mean, factors=self.factors, noise=self.noise)
        config.write_json(
            folder / DESCRIPTION,
            {
                "schema": self.schema_name,
                "schema_hash": self.schema_hash,
                "characters": self.characters,
                "factors": int(self.factors.shape[1]),
            },
        )
        return folder


def load(folder: str | os.PathLike, expected: Schema | None = None) -> LowRankGaussian:
    """Reads a prior that `LowRankGaussian.save` wrote.

    Args:
      folder: of the two files.
      expected: the schema that it must have been fitted for; None takes any.

    Raises:
      WeightsError: a file is absent or damaged, or the schema is another one.
    """
    folder = Path(folder)
    for name in (DESCRIPTION, NUMBERS):
        if not (folder / name).is_file():
            raise WeightsError(
                f"no prior in {folder}: {name} is missing; fit one with: face2param fit_prior "
                f"--reports=REPORT --output={folder}"
            )
    try:
        about = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
        with np.load(folder / NUMBERS, allow_pickle=False) as numbers:
            prior = LowRankGaussian(
                numbers["mean"],
                numbers["factors"],
                numbers["noise"],
                about["schema"],
                about["schema_hash"],
                int(about["characters"]),
            )
    except (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile) as error:
        raise WeightsError(
            f"the prior in {folder} is damaged ({type(error).__name__}: {error})"
        ) from None
    if expected is not None:
        prior.check(expected)
    return prior


def shipped(schema: Schema) -> LowRankGaussian | None:
    """Returns the prior that comes with the package for this schema; None where there is none."""
    if not (_SHIPPED / DESCRIPTION).is_file():
        return None
    prior = load(_SHIPPED)
    return prior if prior.schema_hash == schema.hash else None
