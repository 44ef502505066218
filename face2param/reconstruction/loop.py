"""The loop of a training of R-Net or C-Net: steps, logs, validations, checkpoints, Ctrl-C."""

from __future__ import annotations

import concurrent.futures
import dataclasses
import logging
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from face2param import config as configuration
from face2param.config import check_not_negative, check_positive
from face2param.errors import ConfigError, WeightsError
from face2param.reconstruction.learner import Learner
from face2param.training import checkpoints, schedules
from face2param.training.interrupts import deferred
from face2param.training.logbook import Logbook

_LOG = logging.getLogger(__name__)
SCHEDULES = ("constant", "drop", "cosine")


@dataclasses.dataclass(frozen=True)
class Course:
    """How long to train and how fast.

    Attributes:
      steps: of the optimiser.
      seconds: training time after which it ends, 0 for no limit; a cosine follows whichever of
        the two is nearer to its end.
      learning_rate: its peak.
      schedule: "constant", "drop" (to `drop_factor` of it after `drop_after` steps) or "cosine".
      drop_after: steps.
      drop_factor: see `schedule`.
      warmup_steps: the rate grows linearly over these.
      weight_decay: of AdamW; 0: Adam, as published.
      average_momentum: of the average of the weights that is kept as the result; 0: the last.
      clip: largest norm of the gradient; 0: any.
      validate_every: steps between validations (one more comes at the end).
      checkpoint_seconds: training time between checkpoints.
      log_every: steps between log rows.
      seed: of the initial weights and the order.
    """

    steps: int = 200_000
    seconds: float = 0.0
    learning_rate: float = 1e-4
    schedule: str = "constant"
    drop_after: int = 100_000
    drop_factor: float = 0.2
    warmup_steps: int = 0
    weight_decay: float = 0.0
    average_momentum: float = 0.0
    clip: float = 0.0
    validate_every: int = 1000
    checkpoint_seconds: float = 120.0
    log_every: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        check_positive(self, ("steps", "learning_rate", "validate_every", "log_every"))
        names = ("seconds", "drop_after", "drop_factor", "warmup_steps", "weight_decay", "clip")
        check_not_negative(self, (*names, "checkpoint_seconds"))
        if self.schedule not in SCHEDULES:
            raise ConfigError(f"schedule: must be one of {SCHEDULES}, got {self.schedule!r}")
        if not 0 <= self.average_momentum < 1:
            raise ConfigError(f"average_momentum: must be in [0, 1), got {self.average_momentum}")

    def rate(self, step: int, done: float) -> float:
        """Learning rate of step number `step`, when `done` of the training in [0, 1] is over."""
        rate = self.learning_rate * schedules.warm_up(step, self.warmup_steps)
        if self.schedule == "cosine":
            return schedules.cosine(rate, done)
        if self.schedule == "drop" and step >= self.drop_after:
            return rate * self.drop_factor
        return rate


_MAY_CHANGE = ("steps", "seconds", "checkpoint_seconds", "validate_every", "log_every")
"""What a resumed run may have different: it may go on for longer."""


class Run:
    """The state of one training: learner, progress, logs."""

    def __init__(
        self,
        name: str,
        course: Course,
        settings: dict[str, Any],
        learner: Learner,
        batch: Callable[[int], tuple],
        validate: Callable[[int], dict[str, float]],
        output: Path,
    ) -> None:
        """Joins the parts.

        Args:
          name: for the progress bar.
          course: how long and how fast.
          settings: whatever else must be the same when the run is resumed; JSON values.
          learner: takes the steps.
          batch: step -> what it learns from; must depend on nothing but the step.
          validate: step -> metrics; saves what was trained, too.
          output: folder of the run.
        """
        self.name, self.course, self.learner = name, course, learner
        self._batch, self._validate, self.output = batch, validate, output
        kept = {n: v for n, v in dataclasses.asdict(course).items() if n not in _MAY_CHANGE}
        self.settings = {**kept, **settings}
        self.progress = checkpoints.Progress()
        self.resumed, self.validated = False, -1

    def restore(self) -> None:
        """Goes back to the checkpoint.

        Raises:
          ConfigError: there is none, or it belongs to another run.
        """
        state, self.progress = checkpoints.load(self.output, self.settings)
        self.learner.load_state(state)
        self.resumed = True

    def done(self) -> float:
        """Part of the training that is done, in [0, 1]."""
        part = self.progress.step / self.course.steps
        if self.course.seconds:
            part = max(part, self.progress.seconds / self.course.seconds)
        return min(part, 1.0)

    def loop(self) -> None:
        """Trains until the steps or the seconds are over, validating on the way.

        Raises:
          WeightsError: a loss is no longer a number; the message names it.
        """
        course = self.course
        resume_step = self.progress.step if self.resumed else None
        log = Logbook(self.output, "training", resume_step)
        self._validations = Logbook(self.output, "validation", resume_step)
        configuration.write_json(
            self.output / "config.json", {**dataclasses.asdict(course), **self.settings}
        )
        started, before = time.perf_counter(), self.progress.seconds
        saved, begun = before, round(100 * self.done())
        bar = tqdm(total=100, unit="%", desc=self.name, initial=begun, disable=None)
        with deferred() as interrupted, _ahead(self._batch, self.progress.step) as batches:
            while self.done() < 1:
                rate = course.rate(self.progress.step, self.done())
                self.learner.step(rate, *next(batches))
                self.progress = checkpoints.Progress(
                    step=self.progress.step + 1, seconds=before + time.perf_counter() - started
                )
                if self.progress.step % course.log_every == 0 or self.done() >= 1:
                    self._report(log, rate)
                    bar.update(round(100 * self.done()) - bar.n)
                if self.progress.step % course.validate_every == 0:
                    self._measure()
                if self.progress.seconds - saved >= course.checkpoint_seconds:
                    self._checkpoint()
                    saved = self.progress.seconds
                if interrupted():
                    self._checkpoint()
                    raise KeyboardInterrupt
        bar.close()
        if self.validated != self.progress.step:
            self._measure()
        self._checkpoint()

    def _report(self, log: Logbook, rate: float) -> None:
        means, progress = self.learner.report(), self.progress
        odd = [name for name, value in means.items() if not np.isfinite(value)]
        if odd:
            raise WeightsError(
                f"the loss is no longer a number before step {progress.step} (terms: "
                f"{', '.join(odd)}); lower the learning rate and resume from the checkpoint"
            )
        row = {"seconds": progress.seconds, "learning_rate": rate}
        log.write(progress.step, {**row, **means})

    def _checkpoint(self) -> None:
        checkpoints.save(self.output, self.learner.state(), self.progress, self.settings)

    def _measure(self) -> None:
        step = self.validated = self.progress.step
        metrics = self._validate(step)
        self._validations.write(step, {"seconds": self.progress.seconds, **metrics})
        _LOG.info("step %d: %s", step, {name: round(v, 4) for name, v in metrics.items()})


class _ahead:
    """Makes the next batch in a thread while the present one trains."""

    def __init__(self, make: Callable[[int], tuple], start: int) -> None:
        self._make, self._start = make, start

    def __enter__(self) -> Iterator[tuple]:
        self._pool = concurrent.futures.ThreadPoolExecutor(1)
        return self._batches()

    def __exit__(self, *_) -> None:
        self._pool.shutdown(cancel_futures=True)

    def _batches(self) -> Iterator[tuple]:
        step = self._start
        waiting = self._pool.submit(self._make, step)
        while True:
            step += 1
            ready, waiting = waiting, self._pool.submit(self._make, step)
            yield ready.result()
