"""One optimiser step, under TensorFlow or PyTorch behind one interface.

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
from face2param.imitator.losses import Objective
from face2param.imitator.samples import Samples

Tensor = Any
MAXIMUM_NORM = 1.0
"""Gradients are scaled down to this global norm, so that one odd batch cannot end a run."""


class Stepper(abc.ABC):
    """Trains a model one batch at a time and keeps an exponential average of its weights."""

    def __init__(
        self, model: keras.Model, optimizer: keras.optimizers.Optimizer, objective: Objective
    ) -> None:
        """Prepares the optimiser's and the average's variables."""
        self.model, self.optimizer, self.objective = model, optimizer, objective
        optimizer.build(model.trainable_variables)
        self.names = list(model.output_names) if hasattr(model, "output_names") else []

    @abc.abstractmethod
    def hold(self, samples: Samples) -> Any:
        """Makes samples ready for `step`: on the accelerator where they fit."""

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

    @contextlib.contextmanager
    def averaged(self) -> Iterator[None]:
        """Inside, the model has its averaged weights."""
        variables = self.model.trainable_variables
        current = [keras.ops.convert_to_numpy(variable.value).copy() for variable in variables]
        for variable, value in zip(variables, self.average(), strict=True):
            variable.assign(value)
        try:
            yield
        finally:
            for variable, value in zip(variables, current, strict=True):
                variable.assign(value)

    def state(self) -> dict[str, np.ndarray]:
        """Everything that a resumed run needs: weights, optimiser, average."""
        state = {}
        for kind, variables in (("weight", self.model.weights), ("optimizer", self._optimizer())):
            for index, variable in enumerate(variables):
                state[f"{kind}/{index:04d}"] = keras.ops.convert_to_numpy(variable.value)
        for index, value in enumerate(self.average()):
            state[f"average/{index:04d}"] = value
        return state

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Restores what `state` returned.

        Raises:
          ConfigError: the state belongs to another network or optimiser.
        """
        for kind, variables in (("weight", self.model.weights), ("optimizer", self._optimizer())):
            values = [state[key] for key in sorted(state) if key.startswith(f"{kind}/")]
            shapes = [value.shape for value in values]
            if shapes != [tuple(variable.shape) for variable in variables]:
                raise ConfigError(
                    f"checkpoint: its {kind} variables are of another network or optimiser "
                    f"({len(values)} against {len(variables)}); start anew with overwrite"
                )
            for variable, value in zip(variables, values, strict=True):
                variable.assign(value)
        self.set_average([state[key] for key in sorted(state) if key.startswith("average/")])

    def _optimizer(self) -> list[Any]:
        # The learning rate is set at every step and need not be kept.
        rate = getattr(self.optimizer, "_learning_rate", None)
        return [variable for variable in self.optimizer.variables if variable is not rate]


def create(
    model: keras.Model, optimizer: keras.optimizers.Optimizer, objective: Objective
) -> Stepper:
    """The stepper of the current Keras backend.

    Raises:
      ConfigError: the backend is neither TensorFlow nor PyTorch.
    """
    backend = keras.backend.backend()
    if backend == "torch":
        from face2param.imitator.stepping_torch import TorchStepper

        return TorchStepper(model, optimizer, objective)
    if backend == "tensorflow":
        from face2param.imitator.stepping_tensorflow import TensorFlowStepper

        return TensorFlowStepper(model, optimizer, objective)
    raise ConfigError(
        f"KERAS_BACKEND: training knows tensorflow and torch, got {backend!r}; set the "
        "environment variable KERAS_BACKEND to one of them"
    )
