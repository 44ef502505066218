"""Refinement: analysis by synthesis, descending on the losses as one `tf.function`."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from face2param.errors import SearchError
from face2param.morphable.coefficients import Layout
from face2param.reconstruction.objective import Objective, Photo
from face2param.reconstruction.plans import DEFAULT, Plan, Stage

_MOMENTUM, _MEMORY = 0.9, 0.99
"""Adam's two decays."""


@dataclasses.dataclass(frozen=True)
class Course:
    """How a stage went.

    Attributes:
      stage: its name.
      terms: names of the losses, the second axis of `history`.
      history: `[steps, terms, batch]` unweighted losses before each step.
      totals: `[steps, batch]` weighted sums.
    """

    stage: str
    terms: tuple[str, ...]
    history: np.ndarray
    totals: np.ndarray


class Refiner:
    """Descends stage by stage; traced once for each batch size and stage.

    Adam (Kingma and Ba 2015) with a rate of its own for every kind of coefficient, falling to a
    tenth along a cosine. Rows of a batch do not influence each other, but for what they have in
    common.
    """

    def __init__(self, objective: Objective, layout: Layout, plan: Plan = DEFAULT):
        """Prepares the loops.

        Args:
          objective: what to make small; stages switch some of its losses off.
          layout: of the coefficients.
          plan: the stages.

        Raises:
          ConfigError: a stage moves coefficients that the layout has not.
        """
        self.objective, self.layout, self.plan = objective, layout, plan
        self._stages = [_Descent(objective, layout, stage) for stage in plan.stages]

    def run(
        self,
        start: Mapping[str, tf.Tensor],
        photo: Photo,
        steps: int | None = None,
        common: Mapping[str, np.ndarray] | None = None,
    ) -> tuple[dict[str, tf.Tensor], list[Course]]:
        """Descends from a start.

        Args:
          start: name -> `[batch, size]`.
          photo: from `objective.prepare`, one photograph for each row.
          steps: of all stages together, shared out as in the plan; None: the plan's. 0 returns
            the start.
          common: name -> `[batch, size]` positive: coefficients that all rows share, and how much
            each row's word counts. They start at the rows' mean by these weights and follow
            their gradients' mean by the same weights: views of one head from several sides.

        Returns:
          Coefficients by name, and the course of every stage that ran. A stage of whose losses
          none that looks at the photograph has a weight is passed over: priors alone would
          only pull the face to the mean.

        Raises:
          SearchError: a loss or its gradient is not a finite number; the message names it.
          FaceModelError: the start does not fit the layout.
        """
        start = {name: tf.convert_to_tensor(part, tf.float32) for name, part in start.items()}
        vector = self.layout.join(start)
        trust = tf.constant(self._trust(common or {}, vector.shape[0]))
        vector = _shared(vector, trust)
        courses = []
        for descent, count in zip(self._stages, self.plan.shared_out(steps), strict=True):
            if count and descent.stage.compares(self.objective.weights):
                vector, course = descent.run(vector, photo, count, trust)
                courses.append(course)
        return self.layout.split(vector), courses

    def _trust(self, common: Mapping[str, np.ndarray], batch: int) -> np.ndarray:
        """`[batch, width]` shares that sum to 1 in columns in common, 0 in all others."""
        trust = np.zeros((batch, self.layout.width), np.float32)
        for name, weights in common.items():
            weights = np.asarray(weights, np.float32)
            columns = self.layout.slices[name]
            if weights.shape != trust[:, columns].shape or not (weights > 0).all():
                raise ValueError(
                    f"common: {name} must be positive, {list(trust[:, columns].shape)}, got "
                    f"{list(weights.shape)}"
                )
            trust[:, columns] = weights / weights.sum(0)
        return trust


def _shared(rows: tf.Tensor, trust: tf.Tensor) -> tf.Tensor:
    """Columns in common replaced by their mean by `trust`, both `[batch, width]`."""
    mean = tf.reduce_sum(rows * trust, 0, keepdims=True)
    return tf.where(tf.reduce_any(trust > 0, 0), tf.broadcast_to(mean, tf.shape(rows)), rows)


class _Descent:
    """One stage."""

    def __init__(self, objective: Objective, layout: Layout, stage: Stage):
        self.stage, self.layout = stage, layout
        self.objective = Objective(
            objective.renderer, stage.weights(objective.weights), objective.perception
        )
        self.terms = self.objective.weights.active()
        self._rates = tf.constant(stage.rates_of(layout))
        self._steps = tf.function(self._loop)

    def run(
        self, vector: tf.Tensor, photo: Photo, steps: int, trust: tf.Tensor
    ) -> tuple[tf.Tensor, Course]:
        vector, healthy, at, parts, totals = self._steps(vector, tf.constant(steps), photo, trust)
        parts, totals = parts.numpy(), totals.numpy()
        if not bool(healthy):
            self._complain(int(at) - 1, parts[int(at) - 1], vector, photo)
        return vector, Course(self.stage.name, self.terms, parts, totals)

    def _loop(self, x, steps, photo, trust):
        """Runs all steps; stops early where something is not finite."""
        batch = x.shape[0]
        parts = tf.TensorArray(tf.float32, steps, element_shape=[len(self.terms), batch])
        sums = tf.TensorArray(tf.float32, steps, element_shape=[batch])

        def step(at, healthy, x, mean, square, parts, sums):
            del healthy
            computed, total, gradient = self._gradient(x, photo)
            gradient = _shared(gradient, trust)
            parts = parts.write(at, tf.stack(list(computed.values())))
            sums = sums.write(at, total)
            # The gradient of a value that is not finite is not finite either.
            healthy = tf.reduce_all(tf.math.is_finite(gradient))
            healthy &= tf.reduce_all(tf.math.is_finite(total))
            progress = tf.cast(at, tf.float32) / tf.cast(steps, tf.float32)
            rate = 0.1 + 0.45 * (1.0 + tf.cos(np.pi * progress))
            mean = _MOMENTUM * mean + (1.0 - _MOMENTUM) * gradient
            square = _MEMORY * square + (1.0 - _MEMORY) * gradient**2
            count = tf.cast(at + 1, tf.float32)
            direction = mean / (1.0 - tf.pow(_MOMENTUM, count))
            size = tf.sqrt(square / (1.0 - tf.pow(_MEMORY, count))) + 1e-8
            # An unhealthy step is not taken, so that its cause can be found afterwards.
            x = tf.where(healthy, x - rate * self._rates * direction / size, x)
            return at + 1, healthy, x, mean, square, parts, sums

        at, healthy, x, _, _, parts, sums = tf.while_loop(
            lambda at, healthy, *_: tf.logical_and(at < steps, healthy),
            step,
            (tf.constant(0), tf.constant(True), x, tf.zeros_like(x), tf.zeros_like(x), parts, sums),
        )
        return x, healthy, at, parts.stack(), sums.stack()

    def _gradient(self, x, photo):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(x)
            computed = self.objective(self.layout.split(x), photo)
            total = self.objective.total(computed)
        return computed, total, tape.gradient(total, x, unconnected_gradients="zero")

    def _complain(self, step: int, parts: np.ndarray, vector: tf.Tensor, photo: Photo) -> None:
        bad = [n for n, part in zip(self.terms, parts, strict=True) if not np.isfinite(part).all()]
        kind = "value"
        if not bad:
            kind = "gradient"
            bad = [name for name in self.terms if not self._differentiable(name, vector, photo)]
        raise SearchError(
            f"the {kind} of the loss {' and '.join(bad) or '(sum)'} is not a finite number at "
            f"step {step} of stage {self.stage.name!r}; check the photograph, its landmarks and "
            "the start, or set the weight of that loss to 0"
        )

    def _differentiable(self, name: str, vector: tf.Tensor, photo: Photo) -> bool:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(vector)
            value = self.objective(self.layout.split(vector), photo)[name]
        found = tape.gradient(value, vector, unconnected_gradients="zero")
        return bool(tf.reduce_all(tf.math.is_finite(found)))
