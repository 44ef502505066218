"""The deterministic weights that the parity fixtures were made with."""

import zlib

import numpy as np


def golden_state(keys_file, gain: float) -> dict[str, np.ndarray]:
    """Rebuilds the state dictionary described in the fixtures' README.

    Args:
      keys_file: text file with one `name (shape)` per line.
      gain: variance of a convolution's output per unit of input.
    """
    state = {}
    for line in keys_file.read_text().splitlines():
        key, _, shape_text = line.partition(" ")
        shape = tuple(int(n) for n in shape_text.strip("() ").split(",") if n.strip())
        if key.endswith("num_batches_tracked"):
            state[key] = np.zeros((), np.int64)
            continue
        rng = np.random.default_rng(zlib.crc32(key.encode()))
        n = rng.standard_normal(shape).astype(np.float32)
        if key.endswith("running_var"):
            state[key] = 1 + 0.1 * np.abs(n)
        elif key.endswith("running_mean"):
            state[key] = 0.1 * n
        elif n.ndim >= 2:
            state[key] = n * np.float32(np.sqrt(gain / np.prod(shape[1:])))
        elif key.endswith("weight"):
            state[key] = 1 + 0.1 * n
        else:
            state[key] = 0.1 * n
    return state


def relative_error(value, reference) -> float:
    """||value - reference|| / ||reference||."""
    return float(np.linalg.norm(value - reference) / np.linalg.norm(reference))
