"""How right an estimator is about heads that it never saw."""

from __future__ import annotations

import numpy as np

from face2param.estimator.model import Estimate, Estimator
from face2param.estimator.samples import Samples
from face2param.estimator.targets import HEADS, UNKNOWN


def validate(estimator: Estimator, samples: Samples, mean: np.ndarray) -> dict[str, float]:
    """Measures an estimator on heads whose characters are known.

    Args:
      estimator: to be measured.
      samples: prepared heads.
      mean: `[width]` mean encoded character of the training heads, the answer of one who does
        not look.

    Returns:
      `parameter_error`: mean absolute error of the continuous parameters; `parameter_error_mean`:
      of the mean character; `deviation_ratio`: root of the mean of squared errors over predicted
      variances (1 is honest); for each choice `NAME_right` and `NAME_right_mean`, shares of right
      answers of the estimator and of the commonest option; `nuisance_error`; and for each
      attribute that is known `ATTRIBUTE_right`.
    """
    estimate = estimator(samples.inputs)
    count = estimator.network.continuous
    true = samples.characters
    errors = estimate.values[:, :count] - true[:, :count]
    metrics = {
        "parameter_error": float(np.abs(errors).mean()),
        "parameter_error_mean": float(np.abs(mean[:count] - true[:, :count]).mean()),
        "deviation_ratio": float(np.sqrt(np.mean((errors / estimate.deviation) ** 2))),
    }
    for name, block in estimator.schema.slices.items():
        picked, wanted = estimate.values[:, block].argmax(-1), true[:, block].argmax(-1)
        metrics[f"{name}_right"] = float((picked == wanted).mean())
        metrics[f"{name}_right_mean"] = float((mean[block].argmax() == wanted).mean())
    if estimator.network.nuisance:
        metrics["nuisance_error"] = float(np.abs(estimate.nuisance - samples.nuisance).mean())
    return {**metrics, **attributes_right(estimate, samples.attributes)}


def attributes_right(estimate: Estimate, targets: np.ndarray) -> dict[str, float]:
    """Shares of right attributes among the known ones.

    Args:
      estimate: of the photographs.
      targets: `[count, heads]`, -1 where unknown.

    Returns:
      `ATTRIBUTE_right` of each attribute known somewhere; `beard_present_right`: whether there
      is a beard at all; `glasses_present_right`.
    """
    found = {}
    for column, name in enumerate(HEADS):
        wanted = targets[:, column]
        there = wanted != UNKNOWN
        if not there.any():
            continue
        picked = estimate.attributes[name].argmax(-1)
        found[f"{name}_right"] = float((picked == wanted)[there].mean())
        if name in ("beard", "glasses"):
            present = 1 - estimate.attributes[name][:, 0] > 0.5
            found[f"{name}_present_right"] = float((present == (wanted > 0))[there].mean())
    return found


def score(metrics: dict[str, float]) -> float:
    """One number to choose weights by, lower is better: errors relative to not looking."""
    choices = [name for name in metrics if f"{name}_mean" in metrics and name.endswith("_right")]
    wrong = [1 - metrics[name] for name in choices]
    ratio = metrics["parameter_error"] / max(metrics["parameter_error_mean"], 1e-9)
    return ratio + (float(np.mean(wrong)) if wrong else 0.0)
