"""Runs a function under another Keras backend and brings back what it returned.

A process has one Keras backend, so the function runs in a process of its own. A test looks
like this; the function is a plain one at the top level of an importable test module:

    def two_steps(folder):                      # runs under torch or jax
        ...
        return {"loss": losses}                 # arrays by name

    @pytest.mark.parametrize("backend", backends.OTHERS)
    def test_trains_under(backend, tmp_path):
        found = backends.run(backend, two_steps, str(tmp_path))
"""

import importlib
import importlib.util
import os
import pickle
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

OTHERS = ("torch", "jax")
"""The backends beside TensorFlow, under which the tests themselves run."""
_ROOT = Path(__file__).resolve().parents[2]


def need(backend: str) -> None:
    """Skips the test where the package of `backend` is not installed; imports nothing."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed; it is only needed to train with it on a GPU")


def run(
    backend: str,
    function: Callable[..., Mapping[str, Any]],
    *arguments: Any,
    hide_tensorflow: bool = True,
    timeout: float = 300.0,
    **named: Any,
) -> dict[str, np.ndarray]:
    """Calls `function(*arguments, **named)` in a process whose Keras backend is `backend`.

    Skips the test where the backend is not installed.

    Args:
      backend: "torch", "jax" or "tensorflow".
      function: at the top level of a module that can be imported from the project's folder.
      *arguments: anything that pickles: paths, numbers, arrays, dataclasses.
      hide_tensorflow: lets `import tensorflow` fail in that process, which proves that the
        code does without it (and starts faster). Ignored where TensorFlow is the backend.
      timeout: seconds after which the test fails.
      **named: like `arguments`.

    Returns:
      Arrays by name: NumPy arrays, numbers, or tensors of the backend become NumPy arrays.

    Raises:
      AssertionError: the function raised; the message ends with its traceback.
    """
    need(backend)
    with tempfile.TemporaryDirectory(prefix="backend-") as folder:
        task, answer = Path(folder, "task.pickle"), Path(folder, "answer.npz")
        names = (function.__module__, function.__qualname__)
        task.write_bytes(pickle.dumps((*names, arguments, named)))
        path = [str(_ROOT), *sys.path]
        if hide_tensorflow and backend != "tensorflow":
            hidden = Path(folder, "hidden", "tensorflow")
            hidden.mkdir(parents=True)
            Path(hidden, "__init__.py").write_text("raise ImportError('hidden by the test')")
            path.insert(0, str(hidden.parent))
        settings = {
            "KERAS_BACKEND": backend,
            "PYTHONPATH": os.pathsep.join(path),
            "OMP_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "2",
        }
        done = subprocess.run(
            [sys.executable, "-m", "tests.contracts.backends", str(task), str(answer)],
            env={**os.environ, **settings},
            cwd=_ROOT,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        name = f"{function.__qualname__} under {backend}"
        assert done.returncode == 0, f"{name} failed:\n{done.stderr[-3000:]}"
        with np.load(answer) as found:
            return dict(found)


def arrays(values: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """Tensors of the current backend, by name, as NumPy arrays."""
    import keras

    return {
        name: np.asarray(value)
        if isinstance(value, np.ndarray | int | float)
        else np.asarray(keras.ops.convert_to_numpy(value))
        for name, value in values.items()
    }


def fill(model: Any, seed: int = 0) -> None:
    """Gives every weight of a Keras model a value, the same under each backend.

    Fresh weights would not do for comparisons: heads that start at zero, and statistics of
    normalisations that start at 0 and 1, would hide a mistake. Kernels keep the scale of
    He et al. (2015), which keeps deep networks from saturating; variances stay positive.
    """
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        shape = tuple(weight.shape)
        values = rng.standard_normal(shape)
        if len(shape) > 1:
            values *= np.sqrt(2.0 / np.prod(shape[:-1]))
        elif weight.path.endswith(("moving_variance", "gamma")):
            values = 0.75 + 0.5 * rng.random(shape)
        else:
            values *= 0.1
        weight.assign(values.astype(np.float32))


def _answer(task: str, answer: str) -> None:
    import keras

    module, name, arguments, named = pickle.loads(Path(task).read_bytes())
    assert keras.backend.backend() == os.environ["KERAS_BACKEND"]
    function = getattr(importlib.import_module(module), name)
    np.savez(answer, **arrays(function(*arguments, **named)))


if __name__ == "__main__":
    _answer(*sys.argv[1:])
