"""The published optimiser of LightCNN, and learning rates over a run."""

from __future__ import annotations

import keras
from keras import ops

from face2param.errors import ConfigError
from face2param.training import schedules

OPTIMIZERS = ("sgd", "adamw")
SCHEDULES = ("step", "cosine")
STEP_EPOCHS, STEP_FACTOR = 10, 0.457305051927326
CLASSIFIER = "fc2"


@keras.saving.register_keras_serializable(package="face2param")
class LightCNNSGD(keras.optimizers.Optimizer):
    """SGD with momentum as the public LightCNN repository's train.py uses it.

    The velocity is momentum * velocity + gradient + weight_decay * weight and does not hold
    the learning rate. The classifier learns ten times as fast as the rest, biases twice as
    fast as their kernels and without weight decay.
    """

    def __init__(self, learning_rate=0.01, momentum=0.9, decay=1e-4, name="lightcnn_sgd", **kwargs):
        """Keeps the settings.

        Args:
          learning_rate: of ordinary kernels.
          momentum: of the velocity.
          decay: weight decay, added to the gradient (not decoupled).
          name: of the optimiser.
          **kwargs: of `keras.optimizers.Optimizer`.
        """
        super().__init__(learning_rate=learning_rate, name=name, **kwargs)
        self.momentum, self.decay = momentum, decay

    def build(self, variables):
        """Creates a velocity for each variable."""
        if not self.built:
            super().build(variables)
            self._factors = [factors(variable.path) for variable in variables]
            self._velocities = self.add_optimizer_variables(variables, "velocity")

    def update_step(self, gradient, variable, learning_rate):
        """One step of one variable."""
        # TensorFlow hands over its own variable, which does not know its path.
        index = self._get_variable_index(variable)
        (rate, decay), velocity = self._factors[index], self._velocities[index]
        gradient = ops.cast(gradient, variable.dtype)
        if self.decay and decay:
            gradient = gradient + self.decay * decay * ops.convert_to_tensor(variable)
        self.assign(velocity, self.momentum * ops.convert_to_tensor(velocity) + gradient)
        rate = ops.cast(learning_rate, variable.dtype) * rate
        self.assign_sub(variable, rate * ops.convert_to_tensor(velocity))

    def get_config(self):
        """Keras: the arguments of the constructor."""
        return {**super().get_config(), "momentum": self.momentum, "decay": self.decay}


def factors(path: str) -> tuple[float, float]:
    """Factors on learning rate and weight decay of a variable.

    Args:
      path: of the Keras variable, `layer/kernel` or `layer/bias`.
    """
    *_, layer, kind = ("", *path.split("/"))
    rate = 10.0 if layer == CLASSIFIER else 1.0
    return (2.0 * rate, 0.0) if kind == "bias" else (rate, 1.0)


def create(name: str, momentum: float, weight_decay: float) -> keras.optimizers.Optimizer:
    """The optimiser of a run; its learning rate is set at every step.

    Args:
      name: "sgd" for `LightCNNSGD`, or "adamw" with gradients clipped to a norm of 1.
      momentum: of SGD; AdamW's decay of the mean gradient.
      weight_decay: of all but biases.

    Raises:
      ConfigError: there is no such optimiser.
    """
    if name == "sgd":
        return LightCNNSGD(0.0, momentum, weight_decay)
    if name == "adamw":
        optimizer = keras.optimizers.AdamW(
            0.0, weight_decay=weight_decay, beta_1=momentum, beta_2=0.99, global_clipnorm=1.0
        )
        optimizer.exclude_from_weight_decay(var_names=["bias"])
        return optimizer
    raise ConfigError(f"optimizer: there is no {name!r}; choose one of {OPTIMIZERS}")


def learning_rate(
    schedule: str, peak: float, done: float, step: int, epoch: int, warmup_steps: int
) -> float:
    """The learning rate of a step.

    Args:
      schedule: "step", the published one: times 0.457305051927326 every ten epochs;
        "cosine": from the peak to a hundredth of it along half a cosine.
      peak: rate after the warm-up.
      done: part of the training that is done, in [0, 1].
      step: number of the step.
      epoch: number of the epoch.
      warmup_steps: the rate grows linearly over so many steps.

    Raises:
      ConfigError: there is no such schedule.
    """
    if schedule == "step":
        rate = peak * STEP_FACTOR ** (epoch // STEP_EPOCHS)
    elif schedule == "cosine":
        rate = schedules.cosine(peak, done)
    else:
        raise ConfigError(f"schedule: there is no {schedule!r}; choose one of {SCHEDULES}")
    return rate * schedules.warm_up(step, warmup_steps)
