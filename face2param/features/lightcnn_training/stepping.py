"""One optimiser step and compiled functions under TensorFlow, PyTorch or JAX.

The step itself is keras.ops; only how a gradient is asked for differs. All state lies in
Keras variables, so that a checkpoint is the same under each backend.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from face2param.errors import ConfigError

BACKENDS = ("tensorflow", "torch", "jax")


def check_backend() -> str:
    """Name of the current Keras backend.

    Raises:
      ConfigError: it is none of TensorFlow, PyTorch and JAX.
    """
    backend = keras.backend.backend()
    if backend not in BACKENDS:
        raise ConfigError(
            f"KERAS_BACKEND: training knows {', '.join(BACKENDS)}, got {backend!r}; set the "
            "environment variable KERAS_BACKEND to one of them"
        )
    return backend


def compiled(function: Callable, variables: Sequence[keras.Variable] = ()) -> Callable:
    """Compiles a function of tensors; no gradient is remembered.

    Args:
      function: of arrays, built of keras.ops.
      variables: that the function reads and that may change between calls.

    Returns:
      A function of NumPy arrays that returns tensors.
    """
    backend = check_backend()
    if backend == "tensorflow":
        import tensorflow as tf

        return tf.function(function)
    if backend == "torch":
        import torch

        def without_gradient(*arguments):
            with torch.no_grad():
                return function(*keras.tree.map_structure(keras.ops.convert_to_tensor, arguments))

        return without_gradient
    import jax

    @jax.jit
    def stateless(values, *arguments):
        with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
            return function(*arguments)

    return lambda *arguments: stateless([v.value for v in variables], *arguments)


class Stepper:
    """Trains variables one batch at a time.

    Attributes:
      variables: everything that a resumed run needs.
    """

    def __init__(
        self,
        objective: Callable[[dict[str, Any]], dict[str, Any]],
        model: keras.Model,
        optimizer: keras.optimizers.Optimizer,
        others: Sequence[keras.Variable] = (),
    ) -> None:
        """Builds the optimiser and compiles the step.

        Args:
          objective: batch -> terms by name, among them `loss`.
          model: that is trained.
          optimizer: not built yet.
          others: variables that the objective changes, such as a seed.
        """
        self._objective, self._optimizer = objective, optimizer
        optimizer.build(model.trainable_variables)
        self._trained = list(model.trainable_variables)
        self._fixed = [*model.non_trainable_variables, *others]
        self.variables = [*self._trained, *self._fixed, *optimizer.variables]
        backend = check_backend()
        self._step = {"tensorflow": _tensorflow, "torch": _torch, "jax": _jax}[backend](
            objective, optimizer, self._trained, self._fixed
        )

    def step(self, batch: dict[str, np.ndarray], rate: float) -> dict[str, Any]:
        """Takes one step; returns the terms, still on the device."""
        self._optimizer.learning_rate = rate
        return self._step(batch)

    def state(self) -> dict[str, np.ndarray]:
        """All variables as arrays."""
        return {
            f"variable/{index:05d}": np.array(keras.ops.convert_to_numpy(variable.value))
            for index, variable in enumerate(self.variables)
        }

    def load_state(self, state: dict[str, np.ndarray]) -> None:
        """Restores what `state` returned, under any backend.

        Raises:
          ConfigError: it belongs to another network or optimiser; nothing is restored then.
        """
        expected = {f"variable/{i:05d}": tuple(v.shape) for i, v in enumerate(self.variables)}
        if expected != {name: array.shape for name, array in state.items()}:
            raise ConfigError(
                f"checkpoint: its {len(state)} arrays are not the {len(expected)} of this "
                "network and optimiser; start anew with overwrite"
            )
        for name, variable in zip(expected, self.variables, strict=True):
            variable.assign(state[name])


def _tensorflow(objective, optimizer, trained, fixed) -> Callable:
    del fixed
    import tensorflow as tf

    @tf.function
    def step(batch):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            values = [variable.value for variable in trained]
            tape.watch(values)
            terms = objective(batch)
        gradients = tape.gradient(
            terms["loss"], values, unconnected_gradients=tf.UnconnectedGradients.ZERO
        )
        optimizer.apply(gradients, trained)
        return terms

    return step


def _torch(objective, optimizer, trained, fixed) -> Callable:
    del fixed
    import torch

    def step(batch):
        batch = {name: keras.ops.convert_to_tensor(array) for name, array in batch.items()}
        values = [variable.value for variable in trained]
        terms = objective(batch)
        gradients = torch.autograd.grad(terms["loss"], values, allow_unused=True)
        with torch.no_grad():
            gradients = [
                torch.zeros_like(value) if gradient is None else gradient
                for value, gradient in zip(values, gradients, strict=True)
            ]
            optimizer.apply(gradients, trained)
        return {name: term.detach() for name, term in terms.items()}

    return step


def _jax(objective, optimizer, trained, fixed) -> Callable:
    import jax

    def loss(trained_values, fixed_values, batch):
        mapping = [
            *zip(trained, trained_values, strict=True),
            *zip(fixed, fixed_values, strict=True),
        ]
        with keras.StatelessScope(state_mapping=mapping) as scope:
            terms = objective(batch)
        changed = [scope.get_current_value(variable) for variable in fixed]
        return terms["loss"], (terms, changed)

    def step(state, batch):
        trained_values, fixed_values, slots = state
        gradients, (terms, fixed_values) = jax.grad(loss, has_aux=True)(
            trained_values, fixed_values, batch
        )
        trained_values, slots = optimizer.stateless_apply(slots, gradients, trained_values)
        return (trained_values, fixed_values, slots), terms

    # The old values' memory is given to the new ones.
    jitted = jax.jit(step, donate_argnums=0)

    def run(batch):
        groups = (trained, fixed, optimizer.variables)
        state = tuple([variable.value for variable in group] for group in groups)
        state, terms = jitted(state, batch)
        for group, values in zip(groups, state, strict=True):
            for variable, value in zip(group, values, strict=True):
                variable.assign(value)
        return terms

    return run


@contextlib.contextmanager
def precision(policy: str):
    """Inside, layers are made with this Keras dtype policy."""
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        yield
    finally:
        keras.config.set_dtype_policy(before)
