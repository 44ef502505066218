"""Optimizers and learning rates of the parsing recipes, for every Keras backend."""

from __future__ import annotations

import keras
import numpy as np
from keras import ops

from face2param.features.parsing_training.recipes import ParsingTrainingConfig

_FAST = ("ffm_", "conv_out", "fine_")


class CoupledSGD(keras.optimizers.Optimizer):
    """SGD as PyTorch has it: decay joins the gradient, the rate scales the summed step.

    v <- momentum v + (g + decay w);  w <- w - rate v. Keras' own SGD sums steps that are
    already scaled and decays apart from the momentum, which is another path while the rate
    changes. Feature fusion and heads move `head_factor` as fast; only kernels decay.
    """

    def __init__(
        self, learning_rate=0.01, momentum=0.9, decay=5e-4, head_factor=10.0, clipnorm=None
    ):
        """Stores the constants; see the class."""
        super().__init__(learning_rate, global_clipnorm=clipnorm, name="coupled_sgd")
        self.momentum, self.decay, self.head_factor = momentum, decay, head_factor

    def build(self, variables):
        """Makes one momentum for each variable."""
        if self.built:
            return
        super().build(variables)
        # Here and not at each step: some backends hand their own variables on, without paths.
        self._factors = [self.head_factor if is_fast(v.path) else 1.0 for v in variables]
        self._momenta = [
            self.add_variable_from_reference(variable, name="momentum") for variable in variables
        ]

    def update_step(self, gradient, variable, learning_rate):
        """Updates one variable."""
        index = self._get_variable_index(variable)
        momentum = self._momenta[index]
        gradient = ops.cast(gradient, variable.dtype)
        if len(variable.shape) > 1:
            gradient = ops.add(gradient, ops.multiply(self.decay, variable))
        step = ops.add(ops.multiply(self.momentum, momentum), gradient)
        self.assign(momentum, step)
        rate = ops.cast(learning_rate, variable.dtype) * self._factors[index]
        self.assign_sub(variable, ops.multiply(rate, step))

    def get_config(self):
        """Keras: what `from_config` needs."""
        return {
            "learning_rate": float(self.learning_rate),
            "momentum": self.momentum,
            "decay": self.decay,
            "head_factor": self.head_factor,
            "clipnorm": self.global_clipnorm,
        }


def is_fast(path: str) -> bool:
    """Whether the variable with this path belongs to feature fusion or a head."""
    return any(part.startswith(_FAST) for part in path.split("/"))


def create(config: ParsingTrainingConfig) -> keras.optimizers.Optimizer:
    """The optimizer that `config` asks for."""
    clip = config.maximum_norm or None
    if config.optimizer == "sgd":
        return CoupledSGD(
            config.learning_rate, config.momentum, config.weight_decay, config.head_factor, clip
        )
    return keras.optimizers.AdamW(
        config.learning_rate, weight_decay=config.weight_decay, global_clipnorm=clip
    )


def learning_rate(config: ParsingTrainingConfig, step: int, seconds: float) -> float:
    """The rate of a step.

    Args:
      config: recipe.
      step: steps done before.
      seconds: spent in them; with a budget the schedule is at least as far as these.

    Returns:
      "cosine": linear warm-up times a cosine from peak to a thousandth. "poly": geometric
      warm-up from `warmup_rate`, then peak * (1 - part done since)^poly_power.
    """
    spent = seconds / config.seconds if config.seconds else 0.0
    peak, warmup = config.learning_rate, config.warmup_steps
    if config.schedule == "cosine":
        done = min(max(step / config.steps, spent), 1.0)
        cosine = 0.5 * (1 + np.cos(np.pi * done))
        return float(peak * max(cosine, 1e-3) * min(1.0, (step + 1) / max(warmup, 1)))
    if step < warmup:
        start = min(config.warmup_rate, peak) or peak
        return float(start * (peak / start) ** (step / warmup))
    done = (step - warmup) / max(config.steps - warmup, 1)
    return float(peak * (1 - min(max(done, spent), 1.0)) ** config.poly_power)
