"""Gaussian mixtures with full covariances, fitted by expectation maximisation. NumPy only."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.errors import ConfigError


@dataclasses.dataclass(frozen=True)
class Mixture:
    """A fitted mixture.

    Attributes:
      weights: `[components]`, sum 1.
      means: `[components, dimensions]`.
      covariances: `[components, dimensions, dimensions]`.
      log_likelihood: mean over the samples, at the end.
    """

    weights: np.ndarray
    means: np.ndarray
    covariances: np.ndarray
    log_likelihood: float


def fit(
    samples: np.ndarray,
    components: int = 4,
    seed: int = 0,
    iterations: int = 200,
    restarts: int = 3,
    tolerance: float = 1e-5,
    floor: float = 1.0,
) -> Mixture:
    """Fits a mixture by expectation maximisation (Dempster, Laird and Rubin 1977).

    Args:
      samples: `[count, dimensions]`.
      components: number of Gaussians.
      seed: of the starting points.
      iterations: at most so many rounds.
      restarts: runs from other starting points; the most likely wins.
      tolerance: a gain of the mean log likelihood below this ends a run.
      floor: added to every variance, in squared units of the samples; a component cannot
        collapse onto one colour.

    Returns:
      The mixture, components in falling order of their weights. The same seed gives the same.

    Raises:
      ConfigError: fewer samples than ten per component, or a sample that is not finite.
    """
    samples = np.asarray(samples, np.float64)
    if samples.ndim != 2 or len(samples) < 10 * components or components < 1:
        raise ConfigError(
            f"{components} Gaussians need at least {10 * max(components, 1)} samples "
            f"[count, dimensions], got {list(samples.shape)}"
        )
    if not np.isfinite(samples).all():
        raise ConfigError("samples: a number is not finite")
    rng = np.random.default_rng(seed)
    runs = [_run(samples, components, rng, iterations, tolerance, floor) for _ in range(restarts)]
    best = max(runs, key=lambda run: run.log_likelihood)
    order = np.argsort(-best.weights)
    return Mixture(
        best.weights[order], best.means[order], best.covariances[order], best.log_likelihood
    )


def log_densities(mixture: Mixture, samples: np.ndarray) -> np.ndarray:
    """Log of weight times density, `[count, components]`, of samples `[count, dimensions]`."""
    columns = []
    for weight, mean, covariance in zip(
        mixture.weights, mixture.means, mixture.covariances, strict=True
    ):
        factor = np.linalg.cholesky(covariance)
        scaled = np.linalg.solve(factor, (samples - mean).T)
        constant = np.log(weight) - np.log(np.diag(factor)).sum()
        constant -= 0.5 * len(mean) * np.log(2 * np.pi)
        columns.append(constant - 0.5 * (scaled**2).sum(0))
    return np.stack(columns, 1)


def _run(samples, components, rng, iterations, tolerance, floor) -> Mixture:
    spread = np.cov(samples.T) / components + floor * np.eye(samples.shape[1])
    mixture = Mixture(
        np.full(components, 1 / components),
        _spread_out(samples, components, rng),
        np.repeat(spread[None], components, 0),
        -np.inf,
    )
    for _ in range(iterations):
        logs = log_densities(mixture, samples)
        top = logs.max(1, keepdims=True)
        total = top[:, 0] + np.log(np.exp(logs - top).sum(1))
        likelihood = float(total.mean())
        done = likelihood - mixture.log_likelihood < tolerance
        shares = np.exp(logs - total[:, None])
        counts = shares.sum(0) + 1e-9
        means = shares.T @ samples / counts[:, None]
        covariances = np.empty_like(mixture.covariances)
        for index in range(components):
            centred = samples - means[index]
            covariances[index] = (shares[:, index, None] * centred).T @ centred / counts[index]
            covariances[index] += floor * np.eye(samples.shape[1])
        mixture = Mixture(counts / counts.sum(), means, covariances, likelihood)
        if done:
            break
    return mixture


def _spread_out(samples, components, rng) -> np.ndarray:
    """Starting means far from each other (k-means++, Arthur and Vassilvitskii 2007)."""
    means = [samples[rng.integers(len(samples))]]
    for _ in range(1, components):
        distance = np.min([((samples - mean) ** 2).sum(1) for mean in means], 0)
        total = distance.sum()
        chosen = rng.choice(len(samples), p=distance / total if total else None)
        means.append(samples[chosen])
    return np.array(means)
