"""The optimiser step under the Keras backend tensorflow, for CPUs."""

from typing import Any

import numpy as np
import tensorflow as tf

from face2param.imitator.samples import Samples
from face2param.imitator.stepping import MAXIMUM_NORM, Stepper


class TensorFlowStepper(Stepper):
    """A step compiled with `tf.function`; the samples stay in main memory."""

    def __init__(self, *args: Any) -> None:
        """See `Stepper`."""
        super().__init__(*args)
        self.variables = [variable.value for variable in self.model.trainable_variables]
        self._average = [tf.Variable(variable) for variable in self.variables]
        self._step = tf.function(self._train, reduce_retracing=True)
        self._outputs = tf.function(
            lambda inputs: self.model(inputs, training=False), reduce_retracing=True
        )

    def hold(self, samples: Samples) -> Samples:
        """The samples themselves."""
        return samples

    def step(
        self, held: Samples, indices: np.ndarray, learning_rate: float, momentum: float
    ) -> dict[str, tf.Tensor]:
        """See `Stepper.step`."""
        self.optimizer.learning_rate.assign(learning_rate)
        return self._step(_batch(held, indices), tf.constant(momentum, tf.float32))

    def outputs(self, held: Samples, indices: np.ndarray) -> dict[str, np.ndarray]:
        """See `Stepper.outputs`."""
        outputs = self._outputs(_inputs(_batch(held, indices)))
        return {name: output.numpy() for name, output in outputs.items()}

    def average(self) -> list[np.ndarray]:
        """See `Stepper.average`."""
        return [value.numpy() for value in self._average]

    def set_average(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_average`."""
        for target, value in zip(self._average, values, strict=True):
            target.assign(value)

    def _train(self, batch: dict[str, tf.Tensor], momentum: tf.Tensor) -> dict[str, tf.Tensor]:
        batch = {**batch, "image": tf.cast(batch["images"], tf.float32) / 255}
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(self.variables)
            terms = self.objective(self.model(_inputs(batch), training=True), batch)
        gradients = tape.gradient(
            terms["loss"], self.variables, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        gradients, _ = tf.clip_by_global_norm(gradients, MAXIMUM_NORM)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        for average, variable in zip(self._average, self.variables, strict=True):
            average.assign(momentum * average + (1 - momentum) * variable)
        return terms


def _batch(samples: Samples, indices: np.ndarray) -> dict[str, tf.Tensor]:
    return {name: tf.constant(array[indices]) for name, array in samples.arrays().items()}


def _inputs(batch: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    return {"character": batch["characters"], "nuisance": batch["nuisance"]}
