"""The optimiser step under the Keras backend jax, compiled whole: the fastest on a GPU."""

import functools
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from face2param.imitator.optimizers import OptimizerConfig, decays
from face2param.imitator.samples import Samples
from face2param.imitator.stepping import Stepper

Arrays = list[jax.Array]
Batch = dict[str, jax.Array]


class JaxStepper(Stepper):
    """One compiled call a step; the samples live on the accelerator as uint8."""

    def __init__(self, *args: Any) -> None:
        """See `Stepper`."""
        super().__init__(*args)
        # Copies, since a step gives its inputs' memory to its outputs.
        weights = [jnp.array(v.value) for v in self.model.trainable_variables]
        slots = 2 if self.optimizer_config.name == "adamw" else 1
        self._state = {
            "weights": weights,
            "average": [jnp.array(w) for w in weights],
            "slots": [[jnp.zeros_like(w) for w in weights] for _ in range(slots)],
            "count": jnp.zeros((), jnp.float32),
        }
        self._step = jax.jit(self._train, donate_argnums=0)
        self._outputs = jax.jit(self._forward)

    def hold(self, samples: Samples) -> Batch:
        """Arrays by name on the accelerator."""
        arrays = samples.arrays()
        if self.objective.identity is not None:
            arrays["descriptors"] = self.describe(samples)
        return {name: jax.device_put(array) for name, array in arrays.items()}

    def step(
        self, held: Batch, indices: np.ndarray, learning_rate: float, momentum: float
    ) -> Batch:
        """See `Stepper.step`."""
        self._state, terms = self._step(
            self._state,
            held,
            np.asarray(indices, np.int32),
            np.float32(learning_rate),
            np.float32(momentum),
        )
        return terms

    def outputs(self, held: Batch, indices: np.ndarray) -> dict[str, np.ndarray]:
        """See `Stepper.outputs`."""
        weights = [variable.value for variable in self.model.trainable_variables]
        found = self._outputs(weights, held, np.asarray(indices, np.int32))
        return {name: np.asarray(output, np.float32) for name, output in found.items()}

    def average(self) -> list[np.ndarray]:
        """See `Stepper.average`."""
        return [np.array(value) for value in self._state["average"]]

    def set_average(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_average`."""
        self._state["average"] = [jnp.array(value) for value in values]

    def optimizer_state(self) -> list[np.ndarray]:
        """The count of steps, then each slot of each variable."""
        slots = [np.array(value) for slot in self._state["slots"] for value in slot]
        return [np.array(self._state["count"]), *slots]

    def set_optimizer_state(self, values: list[np.ndarray]) -> None:
        """See `Stepper.set_optimizer_state`."""
        size = len(self._state["weights"])
        self._state["count"] = jnp.array(values[0])
        self._state["slots"] = [
            [jnp.array(value) for value in values[start : start + size]]
            for start in range(1, len(values), size)
        ]

    def averaged(self) -> Any:
        """See `Stepper.averaged`."""
        self._write_back()
        return super().averaged()

    def state(self) -> dict[str, np.ndarray]:
        """See `Stepper.state`."""
        self._write_back()
        return super().state()

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """See `Stepper.load_state`."""
        super().load_state(state)
        self._state["weights"] = [jnp.array(v.value) for v in self.model.trainable_variables]

    def _write_back(self) -> None:
        """Gives the model the weights of the last step; the steps do not need them there."""
        for variable, value in zip(
            self.model.trainable_variables, self._state["weights"], strict=True
        ):
            variable.assign(jnp.array(value))

    def _train(
        self, state: dict, held: Batch, indices: jax.Array, rate: jax.Array, momentum: jax.Array
    ) -> tuple[dict, Batch]:
        batch = {name: array[indices] for name, array in held.items()}
        batch["image"] = batch.pop("images").astype(jnp.float32) / 255

        def loss(weights: Arrays) -> tuple[jax.Array, Batch]:
            terms = self.objective(self._call(weights, batch, training=True), batch)
            return terms["loss"], terms

        gradients, terms = jax.grad(loss, has_aux=True)(state["weights"])
        if self.optimizer_config.maximum_norm:
            gradients = _clip(gradients, self.optimizer_config.maximum_norm)
        count = state["count"] + 1
        update = functools.partial(_UPDATES[self.optimizer_config.name], self.optimizer_config)
        weights, *slots = zip(
            *(
                update(weight, gradient, slot, rate, count)
                for weight, gradient, *slot in zip(
                    state["weights"], gradients, *state["slots"], strict=True
                )
            ),
            strict=True,
        )
        average = [
            momentum * mean + (1 - momentum) * weight
            for mean, weight in zip(state["average"], weights, strict=True)
        ]
        return {
            "weights": list(weights),
            "average": average,
            "slots": [list(slot) for slot in slots],
            "count": count,
        }, terms

    def _forward(self, weights: Arrays, held: Batch, indices: jax.Array) -> Batch:
        batch = {name: held[name][indices] for name in ("characters", "nuisance")}
        return self._call(weights, batch, training=False)

    def _call(self, weights: Arrays, batch: Batch, training: bool) -> Batch:
        inputs = {"character": batch["characters"], "nuisance": batch["nuisance"]}
        fixed = [variable.value for variable in self.model.non_trainable_variables]
        outputs, _ = self.model.stateless_call(weights, fixed, inputs, training=training)
        return outputs


def _adamw(config: OptimizerConfig, weight, gradient, slot, rate, count):
    """Decoupled weight decay: Loshchilov and Hutter 2019, algorithm 2."""
    mean = config.beta_1 * slot[0] + (1 - config.beta_1) * gradient
    square = config.beta_2 * slot[1] + (1 - config.beta_2) * gradient**2
    step = (mean / (1 - config.beta_1**count)) / (
        jnp.sqrt(square / (1 - config.beta_2**count)) + config.epsilon
    )
    if decays(weight.shape):
        step = step + config.weight_decay * weight
    return weight - rate * step, mean, square


def _sgd(config: OptimizerConfig, weight, gradient, slot, rate, count):
    """Momentum as in PyTorch: the velocity does not hold the learning rate."""
    del count
    velocity = config.beta_1 * slot[0] + gradient
    return weight - rate * velocity, velocity


_UPDATES = {"adamw": _adamw, "sgd": _sgd}


def _clip(gradients: Arrays, maximum: float) -> Arrays:
    norm = jnp.sqrt(sum(jnp.sum(gradient**2) for gradient in gradients))
    scale = jnp.minimum(1.0, maximum / (norm + 1e-12))
    return [gradient * scale for gradient in gradients]
