"""The search loop: projected descent on the objective, as one `tf.function`."""

import dataclasses
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from face2param.errors import SearchError
from face2param.fitting.measures import Measures
from face2param.fitting.objective import Objective

Progress = Callable[[str, int, float, np.ndarray, np.ndarray], None]


@dataclasses.dataclass(frozen=True)
class Descent:
    """How a stage of the search steps.

    Attributes:
      iterations: number of steps.
      rate: step length: of Adam in parameter units, of plain descent a factor on the gradient.
      decay: factor on the rate after every `decay_every` steps.
      decay_every: see `decay`.
      adam: preconditioned by the running size of the gradient (Kingma and Ba 2015), else plain
        gradient descent as in the paper.
      epsilon: gradients below this size count as noise in Adam's preconditioner.
      beta: sharpness of softmax(beta x) on the choices.
      choices: whether the choices move; else they keep their value.
      groups: parameter groups that move; empty means all.
      nuisance_rate: factor on the rate of expression and pose; 0 holds them.
    """

    iterations: int
    rate: float
    decay: float = 1.0
    decay_every: int = 1
    adam: bool = True
    epsilon: float = 1e-4
    beta: float = 100.0
    choices: bool = False
    groups: tuple[str, ...] = ()
    nuisance_rate: float = 1.0


@dataclasses.dataclass(frozen=True)
class Limits:
    """Where the search may go.

    Attributes:
      minimum: `[nuisance width]` in network units.
      maximum: `[nuisance width]` in network units. The character's limits are 0 and 1.
    """

    minimum: np.ndarray
    maximum: np.ndarray


@dataclasses.dataclass(frozen=True)
class Outcome:
    """Where a stage ended.

    Attributes:
      values: `[batch, width]` float32 in [0, 1].
      nuisance: `[batch, nuisance width]` float32 in network units.
      terms: names of the terms, the second axis of `history`.
      history: `[iterations, terms, batch]` unweighted terms before each step.
      totals: `[iterations, batch]` weighted sums.
    """

    values: np.ndarray
    nuisance: np.ndarray
    terms: tuple[str, ...]
    history: np.ndarray
    totals: np.ndarray


class Search:
    """Runs one stage; traced once per batch size."""

    def __init__(self, name: str, objective: Objective, descent: Descent, limits: Limits):
        """Prepares the loop.

        Args:
          name: of the stage, for progress and messages.
          objective: what to make small.
          descent: how to step.
          limits: of the nuisance controls.
        """
        self.name, self.objective, self.descent = name, objective, descent
        self.terms = objective.weights.active()
        self._limits = limits
        self._rates = tf.constant(value_rates(objective.schema, descent))
        self._steps = tf.function(self._loop)

    def run(
        self,
        values: np.ndarray,
        nuisance: np.ndarray,
        photo: Measures,
        corrections: Measures | None = None,
        progress: Progress | None = None,
        chunk: int = 10,
        moves: np.ndarray | None = None,
    ) -> Outcome:
        """Descends from a batch of starting points.

        Args:
          values: `[batch, width]` in [0, 1].
          nuisance: `[batch, nuisance width]` in network units.
          photo: measures of the photograph of each row.
          corrections: see `Objective.__call__`.
          progress: called after every `chunk` steps with the stage's name, the number of steps
            done, the mean total, and values and nuisance of the row whose total is smallest.
          chunk: steps between two calls of `progress`.
          moves: `[width]` 0 where a value is held whatever the stage moves, else 1; None holds
            nothing.

        Returns:
          The end point and the course of every term.

        Raises:
          SearchError: a term or its gradient is not a finite number; the message names it.
        """
        state = [tf.convert_to_tensor(values, tf.float32), tf.convert_to_tensor(nuisance)]
        state = [tf.cast(part, tf.float32) for part in state]
        state += [tf.zeros_like(part) for part in state for _ in range(2)]
        corrections = corrections or {}
        rates = self._rates if moves is None else self._rates * np.asarray(moves, np.float32)
        history, totals, done = [], [], 0
        while done < self.descent.iterations:
            steps = min(chunk if progress else self.descent.iterations, self.descent.iterations)
            steps = min(steps, self.descent.iterations - done)
            *state, healthy, at, parts, sums = self._steps(
                *state, rates, tf.constant(done), tf.constant(done + steps), photo, corrections
            )
            parts = parts.numpy()[: int(at) - done]
            if not bool(healthy):
                self._complain(int(at) - 1, parts[-1], state[:2], photo, corrections)
            history.append(parts)
            totals.append(sums.numpy())
            done += steps
            if progress:
                last = totals[-1][-1]
                best = [part[int(np.argmin(last))].numpy() for part in state[:2]]
                progress(self.name, done, float(np.mean(last)), *best)
        batch = state[0].shape[0]
        empty = np.zeros((0, len(self.terms), batch), np.float32)
        return Outcome(
            state[0].numpy(),
            state[1].numpy(),
            self.terms,
            np.concatenate([empty, *history]),
            np.concatenate([empty[:, 0], *totals]),
        )

    def _loop(self, x, z, x1, x2, z1, z2, rates, first, last, photo, corrections):
        """Steps `first` to `last`; stops early where something is not finite."""
        batch = x.shape[0]
        parts = tf.TensorArray(
            tf.float32, last - first, element_shape=[len(self.terms), batch], clear_after_read=False
        )
        sums = tf.TensorArray(tf.float32, last - first, element_shape=[batch])

        def step(at, healthy, x, z, x1, x2, z1, z2, parts, sums):
            computed, total, dx, dz = self._gradients(x, z, photo, corrections)
            stacked = tf.stack(list(computed.values()))
            parts = parts.write(at - first, stacked)
            sums = sums.write(at - first, total)
            finite = [tf.reduce_all(tf.math.is_finite(part)) for part in (stacked, dx, dz)]
            healthy = tf.reduce_all(finite)
            new_x, x1, x2 = self._step(x, dx, x1, x2, at, rates)
            new_z, z1, z2 = self._step(z, dz, z1, z2, at, self.descent.nuisance_rate)
            new_x = tf.clip_by_value(new_x, 0.0, 1.0)
            new_z = tf.clip_by_value(new_z, self._limits.minimum, self._limits.maximum)
            # An unhealthy step is not taken, so that its cause can be found afterwards.
            x, z = tf.where(healthy, new_x, x), tf.where(healthy, new_z, z)
            return at + 1, healthy, x, z, x1, x2, z1, z2, parts, sums

        at, healthy, *state, parts, sums = tf.while_loop(
            lambda at, healthy, *_: tf.logical_and(at < last, healthy),
            step,
            (first, tf.constant(True), x, z, x1, x2, z1, z2, parts, sums),
        )
        return *state, healthy, at, parts.stack(), sums.stack()

    def _gradients(self, x, z, photo, corrections):
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch((x, z))
            computed = self.objective(x, z, photo, corrections, self.descent.beta)
            total = self.objective.total(computed)
        dx, dz = tape.gradient(total, (x, z), unconnected_gradients="zero")
        return computed, total, dx, dz

    def _step(self, x, gradient, mean, square, at, rates):
        """One step of Adam or of plain descent; returns the new point and Adam's moments."""
        descent = self.descent
        decays = tf.cast(at // descent.decay_every, tf.float32)
        rate = descent.rate * tf.pow(descent.decay, decays)
        if not descent.adam:
            return x - rate * rates * gradient, mean, square
        mean = 0.9 * mean + 0.1 * gradient
        square = 0.99 * square + 0.01 * gradient**2
        count = tf.cast(at + 1, tf.float32)
        direction = mean / (1 - tf.pow(0.9, count))
        size = tf.sqrt(square / (1 - tf.pow(0.99, count))) + descent.epsilon
        return x - rate * rates * direction / size, mean, square

    def _complain(self, iteration, parts, state, photo, corrections) -> None:
        bad = [n for n, part in zip(self.terms, parts, strict=True) if not np.isfinite(part).all()]
        kind = "value"
        if not bad:
            kind = "gradient"
            bad = [name for name in self.terms if not self._differentiable(name, state, photo)]
        where = " and ".join(bad) or "the sum"
        raise SearchError(
            f"the {kind} of term {where} is not a finite number at iteration {iteration} of stage "
            f"{self.name!r}; check the photograph and the weights, or set the weight of that term "
            "to 0"
        )

    def _differentiable(self, name, state, photo) -> bool:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch(state)
            value = self.objective(*state, photo, {}, self.descent.beta)[name]
        found = tape.gradient(value, state, unconnected_gradients="zero")
        return all(bool(tf.reduce_all(tf.math.is_finite(part))) for part in found)


def value_rates(schema, descent: Descent) -> np.ndarray:
    """Says which entries of the encoded vector a stage moves.

    Args:
      schema: the parameter schema.
      descent: the stage.

    Returns:
      `[width]` float32: 1 moves, 0 stays.
    """
    rates = np.zeros(schema.width, np.float32)
    for index, control in enumerate(schema.continuous):
        rates[index] = not descent.groups or control.group in descent.groups
    for block in schema.slices.values():
        rates[block] = descent.choices
    return rates
