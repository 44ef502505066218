"""One optimiser step, under TensorFlow, PyTorch or JAX behind one interface.

`keras.Model.fit` would do, but copies every batch through NumPy; here the rendered heads stay
on the accelerator as uint8 and the loop is a gather, a step and nothing else.
"""

import abc
import contextlib
from collections.abc import Iterator
from typing import Any

import keras
import numpy as np

from face2param.errors import ConfigError
from face2param.imitator.losses import Objective, descriptors
from face2param.imitator.optimizers import OptimizerConfig
from face2param.imitator.samples import Samples

Tensor = Any


class Stepper(abc.ABC):
    """Trains a model one batch at a time and keeps an exponential average of its weights."""

    def __init__(self, model: keras.Model, optimizer: OptimizerConfig, objective: Objective):
        """Keeps the parts; subclasses create the optimiser and the average."""
        self.model, self.optimizer_config, self.objective = model, optimizer, objective

    @abc.abstractmethod
    def hold(self, samples: Samples) -> Any:
        """Makes samples ready for `step`: on the accelerator where they fit, and described."""

    @abc.abstractmethod
    def step(
        self, held: Any, indices: np.ndarray, learning_rate: float, momentum: float
    ) -> dict[str, Tensor]:
        """Takes one step on the samples at `indices`; returns the loss terms, still on device.

        `momentum` is that of the average of the weights.
        """

    @abc.abstractmethod
    def outputs(self, held: Any, indices: np.ndarray) -> dict[str, np.ndarray]:
        """The network's outputs for the samples at `indices`; no training."""

    @abc.abstractmethod
    def average(self) -> list[np.ndarray]:
        """The averaged values of the model's trainable variables."""

    @abc.abstractmethod
    def set_average(self, values: list[np.ndarray]) -> None:
        """Sets what `average` returns."""

    @abc.abstractmethod
    def optimizer_state(self) -> list[np.ndarray]:
        """What the optimiser remembers; its layout is the backend's own."""

    @abc.abstractmethod
    def set_optimizer_state(self, values: list[np.ndarray]) -> None:
        """Sets what `optimizer_state` returns."""

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside, the model has its averaged weights."""
        variables = self.model.trainable_variables
        current = [_numpy(variable) for variable in variables]
        for variable, value in zip(variables, self.average(), strict=True):
            variable.assign(value)
        try:
            yield
        finally:
            for variable, value in zip(variables, current, strict=True):
                variable.assign(value)

    def describe(self, samples: Samples, batch_size: int = 64) -> np.ndarray:
        """Descriptors of the true pictures, `[count, dimensions]`: targets of the identity term."""
        network, found = self.objective.identity, []
        for start in range(0, len(samples), batch_size):
            part = slice(start, start + batch_size)
            pictures = samples.images[part].astype(np.float32) / 255
            with self.no_gradient():
                found.append(
                    keras.ops.convert_to_numpy(
                        descriptors(
                            network,
                            keras.ops.convert_to_tensor(pictures),
                            keras.ops.convert_to_tensor(samples.landmarks01[part]),
                        )
                    )
                )
        return np.concatenate(found).astype(np.float32)

    def no_gradient(self) -> contextlib.AbstractContextManager:
        """Inside, nothing is remembered for a gradient."""
        return contextlib.nullcontext()

    def state(self) -> dict[str, np.ndarray]:
        """Everything that a resumed run needs: weights, optimiser, average."""
        kinds = {
            "weight": [_numpy(variable) for variable in self.model.weights],
            "optimizer": self.optimizer_state(),
            "average": self.average(),
        }
        return {
            f"{kind}/{index:04d}": value
            for kind, values in kinds.items()
            for index, value in enumerate(values)
        }

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Restores what `state` returned under the same backend.

        Raises:
          ConfigError: the state belongs to another network, optimiser or backend.
        """
        kinds = {
            kind: [state[key] for key in sorted(state) if key.startswith(f"{kind}/")]
            for kind in ("weight", "optimizer", "average")
        }
        expected = self.state()
        if {key: v.shape for key, v in expected.items()} != {k: v.shape for k, v in state.items()}:
            raise ConfigError(
                f"checkpoint: its {len(state)} arrays are not the {len(expected)} of this network, "
                "optimiser and Keras backend; start anew with overwrite"
            )
        for variable, value in zip(self.model.weights, kinds["weight"], strict=True):
            variable.assign(value)
        self.set_optimizer_state(kinds["optimizer"])
        self.set_average(kinds["average"])


def create(model: keras.Model, optimizer: OptimizerConfig, objective: Objective) -> Stepper:
    """The stepper of the current Keras backend.

    Raises:
      ConfigError: the backend is none of TensorFlow, PyTorch and JAX.
    """
    backend = keras.backend.backend()
    if backend == "torch":
        from face2param.imitator.stepping_torch import TorchStepper

        return TorchStepper(model, optimizer, objective)
    if backend == "tensorflow":
        from face2param.imitator.stepping_tensorflow import TensorFlowStepper

        return TensorFlowStepper(model, optimizer, objective)
    if backend == "jax":
        from face2param.imitator.stepping_jax import JaxStepper

        return JaxStepper(model, optimizer, objective)
    raise ConfigError(
        f"KERAS_BACKEND: training knows tensorflow, torch and jax, got {backend!r}; set the "
        "environment variable KERAS_BACKEND to one of them"
    )


def _numpy(variable: Any) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(variable.value))
