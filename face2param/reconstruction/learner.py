"""The optimiser step of R-Net: photographs by the weak losses, known faces by their coefficients.

TensorFlow only, since the renderer of the weak losses is; the networks alone run anywhere.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import keras
import numpy as np
import tensorflow as tf

from face2param.config import check_not_negative
from face2param.errors import ConfigError
from face2param.morphable.coefficients import Layout
from face2param.reconstruction import losses
from face2param.reconstruction.objective import Objective
from face2param.reconstruction.renderer import Renderer

Arrays = Mapping[str, np.ndarray]


@dataclasses.dataclass(frozen=True)
class KnownWeights:
    """Weights of what is wrong with the answers for known faces.

    Each term is 1 where the answer is no better than the mean of all faces.

    Attributes:
      identity: share of the variance of the neutral shape that is missed.
      expression: likewise of what the expression adds.
      albedo: likewise of the colours without light.
      rotation: squared error of the angles by their variance.
      translation: likewise.
      light: likewise.
      landmarks: mean squared distance of the 68 landmarks in units of (5 px)^2.
      even: part of the first three terms that counts all coefficients alike instead of by how
        far they move the face.
    """

    identity: float = 1.0
    expression: float = 1.0
    albedo: float = 0.5
    rotation: float = 1.0
    translation: float = 0.5
    light: float = 0.5
    landmarks: float = 0.5
    even: float = 0.2

    def __post_init__(self) -> None:
        """Raises ConfigError naming a weight that is negative."""
        check_not_negative(self, [field.name for field in dataclasses.fields(self)])


class KnownLoss:
    """How wrong answers for known faces are."""

    def __init__(
        self, weights: KnownWeights, layout: Layout, renderer: Renderer, deviations: np.ndarray
    ) -> None:
        """Prepares the units.

        Args:
          weights: of the terms.
          layout: of the coefficients.
          renderer: of the face model.
          deviations: `[width]` root mean squares of the known coefficients.
        """
        self.weights, self.layout, self.renderer = weights, layout, renderer
        model = renderer.decoder.model
        scale = {}
        for name, size in layout.sizes:
            square = np.maximum(np.asarray(deviations, np.float64)[layout.slices[name]], 1e-3) ** 2
            if name in model.sizes:
                basis = np.asarray(getattr(model, name), np.float64).reshape(size, -1)
                power = np.square(basis).sum(1)
                share = power / max(float((power * square).sum()), 1e-12)
                scale[name] = (1 - weights.even) * share + weights.even / (size * square)
            else:
                scale[name] = 1 / (size * np.maximum(square, square.mean() / 10))
        self._scale = {n: tf.constant(value, tf.float32) for n, value in scale.items()}

    def __call__(self, found: Mapping[str, tf.Tensor], known: Mapping[str, tf.Tensor]):
        """The terms.

        Args:
          found: answers by name.
          known: coefficients `[batch, width]`, NaN where unknown; landmarks `[batch, 68, 2]`.

        Returns:
          name -> `[batch]`, unweighted. Differentiable in `found`.
        """
        wanted = self.layout.split(known["coefficients"])
        terms = {}
        for name in self._scale:
            off = found[name] - wanted[name]
            off = tf.where(tf.math.is_finite(wanted[name]), off, tf.zeros_like(off))
            terms[name] = tf.reduce_sum(self._scale[name] * tf.square(off), -1)
        screen = self.renderer.landmarks(dict(found))
        terms["landmarks"] = losses.landmarks(screen, known["landmarks"], np.ones(68, np.float32))
        terms["landmarks"] = terms["landmarks"] / 25.0
        return terms

    def total(self, terms: Mapping[str, tf.Tensor]) -> tf.Tensor:
        """The weighted sum, `[batch]`."""
        return tf.add_n([getattr(self.weights, name) * value for name, value in terms.items()])


class Learner:
    """A network with its optimiser, the mean terms since the last report, and the NaN guard.

    A step whose losses are not numbers changes nothing, so that the last checkpoint is sound.

    Attributes:
      network: what learns, image -> coefficients.
    """

    def __init__(
        self,
        network: keras.Model,
        layout: Layout,
        objective: Objective | None,
        known: KnownLoss | None,
        *,
        weight_decay: float = 0.0,
        average_momentum: float = 0.0,
        clip: float | None = None,
        known_weight: float = 1.0,
    ) -> None:
        """Prepares the first step.

        Args:
          network: of `networks.r_net`.
          layout: of its answers.
          objective: for photographs, or None.
          known: for known faces, or None.
          weight_decay: of AdamW on kernels; 0: Adam.
          average_momentum: of the average of the weights; 0 keeps none.
          clip: largest norm of the gradient, or None.
          known_weight: of known faces against photographs.

        Raises:
          ConfigError: neither objective nor known, or Keras runs on another backend.
        """
        if objective is None and known is None:
            raise ConfigError("nothing to learn from: neither photographs nor known faces")
        if keras.backend.backend() != "tensorflow":
            raise ConfigError(
                f"Keras runs on {keras.backend.backend()}; the losses of reconstruction need "
                "TensorFlow, set KERAS_BACKEND=tensorflow"
            )
        self.network, self.layout = network, layout
        self._objective, self._known, self._known_weight = objective, known, known_weight
        self._optimizer = _optimizer(network, weight_decay, average_momentum, clip)
        self.means: dict[str, list[float]] = {}
        self._compiled = tf.function(self._step, reduce_retracing=True, autograph=False)

    def step(self, rate: float, seen, photo: Mapping | None, known: Mapping | None) -> None:
        """Takes one step.

        Args:
          rate: learning rate.
          seen: `[batch, size, size, 3]` photographs as the network sees them, or None.
          photo: the same as the objective compares with, or None.
          known: image, coefficients and landmarks of known faces, or None.
        """
        self._optimizer.learning_rate.assign(rate)
        given = None if photo is None else (tf.constant(seen), _tensors(photo))
        terms = self._compiled(given, None if known is None else _tensors(known))
        for name, value in terms.items():
            self.means.setdefault(name, []).append(float(value))

    def _step(self, given, known):
        parts = ([] if given is None else [given[0]]) + ([] if known is None else [known["image"]])
        with tf.GradientTape() as tape:
            vector = self.network(tf.concat(parts, 0), training=True)
            terms, total, start = {}, 0.0, 0
            if given is not None:
                start = given[0].shape[0]
                found = self._objective(self.layout.split(vector[:start]), given[1])
                terms.update(found)
                total += tf.reduce_mean(self._objective.total(found))
            if known is not None:
                found = self._known(self.layout.split(vector[start:]), known)
                terms.update({f"known_{name}": value for name, value in found.items()})
                total += self._known_weight * tf.reduce_mean(self._known.total(found))
        variables = self.network.trainable_variables
        gradients = tape.gradient(total, variables)
        finite = tf.reduce_all([tf.reduce_all(tf.math.is_finite(g)) for g in gradients])
        finite &= tf.math.is_finite(total)
        tf.cond(
            finite,
            lambda: _nothing(self._optimizer.apply_gradients(zip(gradients, variables))),  # noqa: B905
            lambda: tf.constant(0),
        )
        means = {name: tf.reduce_mean(value) for name, value in terms.items()}
        bad = tf.where(finite, 0.0, tf.constant(np.nan))
        return {"loss": total, **means, "gradient": bad}

    def report(self) -> dict[str, float]:
        """Mean terms since the last call; NaN in every term that was not a number once."""
        found = {name: float(np.mean(values)) for name, values in self.means.items()}
        self.means = {}
        return found

    def averaged_weights(self) -> list[np.ndarray]:
        """Weights of the network, trainable ones averaged over the last steps."""
        averages = getattr(self._optimizer, "_model_variables_moving_average", None) or []
        found = {
            id(variable): average
            for variable, average in zip(self.network.trainable_variables, averages, strict=False)
        }
        return [np.array(found.get(id(weight), weight)) for weight in self.network.weights]

    def state(self) -> dict[str, np.ndarray]:
        """Everything that a resumed run needs."""
        kinds = {"weight": self.network.weights, "optimizer": self._optimizer.variables}
        return {
            f"{kind}/{index:04d}": np.array(variable)
            for kind, variables in kinds.items()
            for index, variable in enumerate(variables)
        }

    def load_state(self, state: Arrays) -> None:
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
        for index, variable in enumerate(self._optimizer.variables):
            variable.assign(state[f"optimizer/{index:04d}"])


def _optimizer(network, weight_decay, average_momentum, clip) -> keras.optimizers.Optimizer:
    options = {
        "global_clipnorm": clip,
        "use_ema": average_momentum > 0,
        "ema_momentum": average_momentum or 0.99,
    }
    if weight_decay:
        optimizer = keras.optimizers.AdamW(0.0, weight_decay=weight_decay, **options)
        flat = [v for v in network.trainable_variables if len(v.shape) < 2]
        optimizer.exclude_from_weight_decay(flat)
    else:
        optimizer = keras.optimizers.Adam(0.0, **options)
    optimizer.build(network.trainable_variables)
    return optimizer


def _tensors(values: Mapping) -> dict[str, tf.Tensor]:
    return {name: tf.convert_to_tensor(value) for name, value in values.items()}


def _nothing(_) -> tf.Tensor:
    return tf.constant(0)
