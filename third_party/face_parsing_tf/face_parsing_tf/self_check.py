"""What a network answers to one fixed input: shows that a weights file still computes the same."""

from __future__ import annotations

import hashlib

import keras
import numpy as np
from keras import ops

_SEED = 0
_SAMPLES = 16
TOLERANCE = 1e-2
"""Largest difference that passes, in units of an output's root mean square.

Keras' three backends differ by 6e-6; a GPU that multiplies in TF32 keeps 5e-4 of a product; a
wrong, missing or permuted tensor gives differences of about 1.
"""


def run(model: keras.Model) -> dict:
    """Runs the model in inference mode on the fixed input.

    Returns:
      Plain values for JSON: how the `input` is made; per output its `shape`, `rms` and 16
      evenly spaced `values`; and the `digest` of all outputs rounded to a thousandth of the
      largest value. The digest tells equal results at a glance, but rounding may fall
      otherwise on another machine, so `differences` goes by the values.

    Raises:
      ValueError: an output holds NaN or infinity.
    """
    shape = (1, *model.input.shape[1:])  # values need not look like a picture
    images = np.random.default_rng(_SEED).random(shape, dtype=np.float32)
    outputs = model(images, training=False)
    arrays = {name: ops.convert_to_numpy(outputs[name]) for name in sorted(outputs)}
    digest = hashlib.sha256()
    for name, array in arrays.items():
        if not np.isfinite(array).all():
            raise ValueError(f"{model.name}: output {name!r} of the self-check is not finite")
        steps = np.rint(array / max(np.abs(array).max(), 1e-30) * 1000)
        digest.update(steps.astype("<i4").tobytes())
    return {
        "input": {
            "recipe": "numpy.random.default_rng(seed).random(shape, dtype=float32)",
            "seed": _SEED,
            "shape": list(shape),
        },
        "outputs": {name: _sample(array) for name, array in arrays.items()},
        "digest": digest.hexdigest(),
    }


def differences(found: dict, expected: dict) -> list[str]:
    """Compares two results of `run`; returns one line per output that differs."""
    lines = []
    for name in sorted(set(found["outputs"]) | set(expected["outputs"])):
        pair = [result["outputs"].get(name) for result in (found, expected)]
        if None in pair or pair[0]["shape"] != pair[1]["shape"]:
            lines.append(f"output {name!r} is absent or has another shape")
            continue
        a, b = (np.array([output["rms"], *output["values"]]) for output in pair)
        worst = np.abs(a - b).max() / max(pair[1]["rms"], 1e-30)
        # Written so that NaN counts as different.
        if not worst <= TOLERANCE:
            lines.append(f"output {name!r} differs by {worst:.3g} of its root mean square")
    return lines


def _sample(array: np.ndarray) -> dict:
    places = np.linspace(0, array.size - 1, _SAMPLES).astype(int)
    return {
        "shape": list(array.shape),
        "rms": float(np.sqrt(np.mean(np.square(array, dtype=np.float64)))),
        "values": [float(value) for value in array.ravel()[places]],
    }
