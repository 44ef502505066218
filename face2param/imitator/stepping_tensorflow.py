"""The optimiser step under the Keras backend tensorflow, for CPUs."""

import dataclasses
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from face2param.imitator.optimizers import OptimizerConfig, decays
from face2param.imitator.samples import Samples
from face2param.imitator.stepping import Stepper


@dataclasses.dataclass(frozen=True)
class Held:
    """Arrays by name, in main memory."""

    arrays: dict[str, np.ndarray]

    def batch(self, indices: np.ndarray) -> dict[str, tf.Tensor]:
        """The rows at `indices`."""
        return {name: tf.constant(array[indices]) for name, array in self.arrays.items()}


class TensorFlowStepper(Stepper):
    """A step compiled with `tf.function`; the samples stay in main memory."""

    def __init__(self, *args: Any) -> None:
        """See `Stepper`."""
        super().__init__(*args)
        self.variables = [variable.value for variable in self.model.trainable_variables]
        self.optimizer = _optimizer(self.optimizer_config, self.model.trainable_variables)
        self._average = [tf.Variable(variable) for variable in self.variables]
        self._step = tf.function(self._train, reduce_retracing=True)
        self._outputs = tf.function(
            lambda inputs: self.model(inputs, training=False), reduce_retracing=True
        )

    def hold(self, samples: Samples) -> Held:
        """The arrays themselves and, for the identity term, the descriptors."""
        arrays = samples.arrays()
        if self.objective.identity is not None:
            arrays["descriptors"] = self.describe(samples)
        return Held(arrays)

    def step(
        self, held: Held, indices: np.ndarray, learning_rate: float, momentum: float
    ) -> dict[str, tf.Tensor]:
        """See `Stepper.step`."""
        self.optimizer.learning_rate.assign(learning_rate)
        return self._step(held.batch(indices), tf.constant(momentum, tf.float32))

    def outputs(self, held: Held, indices: np.ndarray) -> dict[str, np.ndarray]:
        """See `Stepper.outputs`."""
        outputs = self._outputs(_inputs(held.batch(indices)))
        return {name: output.numpy() for name, output in outputs.items()}

    def average(self) -> list[np.ndarray]:
        """See `Stepper.average`."""
        return [value.numpy() for value in self._average]

    def set_average(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_average`."""
        for target, value in zip(self._average, values, strict=True):
            target.assign(value)

    def optimizer_state(self) -> list[np.ndarray]:
        """See `Stepper.optimizer_state`."""
        return [np.asarray(variable.numpy()) for variable in self._optimizer_variables()]

    def set_optimizer_state(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_optimizer_state`."""
        for variable, value in zip(self._optimizer_variables(), values, strict=True):
            variable.assign(value)

    def _optimizer_variables(self) -> list[Any]:
        # The learning rate is set at every step and need not be kept.
        rate = self.optimizer.learning_rate
        return [variable for variable in self.optimizer.variables if variable is not rate]

    def _train(self, batch: dict[str, tf.Tensor], momentum: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = {**batch, "image": tf.cast(batch["images"], tf.float32) / 255}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            terms = self.objective(self.model(_inputs(batch), training=True), batch)
        gradients = tape.gradient(
            terms["loss"], self.variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        if self.optimizer_config.maximum_norm:
            gradients, _ = tf.clip_by_global_norm(gradients, self.optimizer_config.maximum_norm)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        for average, variable in zip(self._average, self.variables, strict=True):
            average.assign(momentum * average + (1 - momentum) * variable)
        return terms


def _inputs(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {"character": batch["characters"], "nuisance": batch["nuisance"]}


def _optimizer(config: OptimizerConfig, variables: list) -> keras.optimizers.Optimizer:
    if config.name == "sgd":
        optimizer = keras.optimizers.SGD(0.0, momentum=config.beta_1)
    else:
        optimizer = keras.optimizers.AdamW(
            0.0,
            weight_decay=config.weight_decay,
            beta_1=config.beta_1,
            beta_2=config.beta_2,
            epsilon=config.epsilon,
        )
        optimizer.exclude_from_weight_decay([v for v in variables if not decays(tuple(v.shape))])
    optimizer.build(variables)
    return optimizer
