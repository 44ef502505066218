"""The optimiser step of the estimator, the same under every Keras backend."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import numpy as np

from face2param.errors import ConfigError
from face2param.estimator import networks
from face2param.estimator.losses import Objective
from face2param.estimator.samples import Samples


class Learner(keras.Model):
    """Wraps the network with its objective, so that Keras' own step trains it.

    Attributes:
      network: what learns.
      objective: what it is punished for.
    """

    def __init__(
        self,
        network: keras.Model,
        objective: Objective,
        weight_decay: float = 1e-3,
        average_momentum: float = 0.998,
    ) -> None:
        """Prepares the first step.

        Args:
          network: of `networks.build`.
          objective: of the run.
          weight_decay: of AdamW, on matrices and kernels only.
          average_momentum: of the exponential average of the weights; 0 keeps none.
        """
        super().__init__(name="learner")
        self.network, self.objective = network, objective
        names = ("loss", *(field.name for field in dataclasses.fields(objective.weights)))
        self.means = {name: keras.metrics.Mean(name=name) for name in names}
        optimizer = keras.optimizers.AdamW(
            0.0,
            weight_decay=weight_decay,
            beta_2=0.99,
            global_clipnorm=1.0,
            use_ema=average_momentum > 0,
            ema_momentum=average_momentum or None,
        )
        variables = network.trainable_variables
        optimizer.exclude_from_weight_decay([v for v in variables if len(v.shape) < 2])
        optimizer.build(variables)
        self.compile(optimizer=optimizer, jit_compile=False)

    def call(self, inputs, training=False):
        """Outputs of the network."""
        return self.network(networks.cast(inputs), training=training)

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """The objective's sum; its terms are noted for `step`."""
        del sample_weight, training
        terms = self.objective(
            y_pred, x, y, lambda seen: self.network(networks.cast(seen), training=False)
        )
        for name, term in terms.items():
            self.means[name].update_state(term)
        return terms["loss"]

    @property
    def metrics(self):
        """The means of the terms since the last `report`."""
        return list(self.means.values())

    def step(self, batch: Samples, learning_rate: float) -> None:
        """Takes one step."""
        self.optimizer.learning_rate.assign(learning_rate)
        self.train_on_batch(*arrays(batch), return_dict=True)

    def report(self) -> dict[str, float]:
        """Mean terms since the last call."""
        counted = {name: mean for name, mean in self.means.items() if float(mean.count) > 0}
        found = {name: float(mean.result()) for name, mean in counted.items()}
        for mean in self.means.values():
            mean.reset_state()
        return found

    def averaged_weights(self) -> list[np.ndarray]:
        """Weights of the network, trainable ones averaged over the last steps."""
        averages = getattr(self.optimizer, "_model_variables_moving_average", [])
        found = {
            id(variable): average
            for variable, average in zip(self.network.trainable_variables, averages, strict=False)
        }
        return [_numpy(found.get(id(weight), weight)) for weight in self.network.weights]

    def state(self) -> dict[str, np.ndarray]:
        """Everything that a resumed run needs."""
        kinds = {"weight": self.network.weights, "optimizer": self.optimizer.variables}
        return {
            f"{kind}/{index:04d}": _numpy(variable)
            for kind, variables in kinds.items()
            for index, variable in enumerate(variables)
        }

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Restores what `state` returned.

        Raises:
          ConfigError: the state belongs to another network.
        """
        shapes = {name: value.shape for name, value in self.state().items()}
        if shapes != {name: value.shape for name, value in state.items()}:
            raise ConfigError(
                f"checkpoint: its {len(state)} arrays are not the {len(shapes)} of this network "
                "and optimiser; start anew with overwrite"
            )
        for index, weight in enumerate(self.network.weights):
            weight.assign(state[f"weight/{index:04d}"])
        for index, variable in enumerate(self.optimizer.variables):
            variable.assign(state[f"optimizer/{index:04d}"])


def arrays(batch: Samples) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Inputs and targets of a batch as Keras takes them."""
    inputs = {name: np.asarray(batch.inputs[name]) for name in networks.NAMES}
    targets = {
        "characters": batch.characters,
        "nuisance": batch.nuisance,
        "attributes": batch.attributes.astype(np.int32),
    }
    return inputs, targets


def _numpy(variable) -> np.ndarray:
    return np.array(keras.ops.convert_to_numpy(variable))
