"""Multinomial logistic regression, small enough to keep its weights as text."""

from __future__ import annotations

import dataclasses

import numpy as np


@dataclasses.dataclass(frozen=True)
class Logistic:
    """Probabilities of options from a few numbers.

    Attributes:
      mean: `[numbers]` that are subtracted.
      scale: `[numbers]` by which the rest is divided; the result is clipped to +-3.
      weights: `[numbers + 1, options]`, the constant last.
    """

    mean: np.ndarray
    scale: np.ndarray
    weights: np.ndarray

    def __call__(self, numbers: np.ndarray) -> np.ndarray:
        """`[..., numbers]` to probabilities `[..., options]`."""
        return np.exp(_log_softmax(_design(numbers, self.mean, self.scale) @ self.weights))

    def to_dict(self) -> dict:
        """Lists for JSON, rounded to four digits after the point."""
        return {k: np.round(v, 4).tolist() for k, v in dataclasses.asdict(self).items()}

    @classmethod
    def from_dict(cls, values: dict) -> Logistic:
        """From what `to_dict` wrote."""
        return cls(**{k: np.array(values[k], float) for k in ("mean", "scale", "weights")})


def fit(numbers: np.ndarray, options: np.ndarray, count: int, penalty: float = 0.03) -> Logistic:
    """Fits probabilities to examples.

    Args:
      numbers: `[examples, numbers]`.
      options: `[examples]` int, index of the right one.
      count: how many options there are.
      penalty: half of it times the squared weights is added to the mean negative log
        probability; the constant is almost free.
    """
    from scipy.optimize import minimize

    mean, scale = numbers.mean(0), numbers.std(0) + 1e-6
    design, right = _design(numbers, mean, scale), np.eye(count)[options]
    decay = np.full((design.shape[1], 1), penalty)
    decay[-1] *= 0.01

    def loss(flat):
        weights = flat.reshape(-1, count)
        logs = _log_softmax(design @ weights)
        gradient = design.T @ (np.exp(logs) - right) / len(design) + decay * weights
        value = -(right * logs).sum(1).mean() + 0.5 * (decay * weights**2).sum()
        return value, gradient.ravel()

    found = minimize(loss, np.zeros(design.shape[1] * count), jac=True, method="L-BFGS-B")
    return Logistic(mean, scale, found.x.reshape(-1, count))


def _design(numbers: np.ndarray, mean: np.ndarray, scale: np.ndarray) -> np.ndarray:
    scaled = np.clip((np.asarray(numbers, np.float64) - mean) / scale, -3, 3)
    return np.concatenate([scaled, np.ones((*scaled.shape[:-1], 1))], -1)


def _log_softmax(scores: np.ndarray) -> np.ndarray:
    scores = scores - scores.max(-1, keepdims=True)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))
