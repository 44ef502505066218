"""Trains the small network on prepared heads and portraits; resumable, under any Keras backend."""

from __future__ import annotations

import dataclasses
import logging
import math
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from face2param import config as configuration
from face2param.config import check_not_negative, check_positive
from face2param.errors import ConfigError, WeightsError
from face2param.estimator import networks, targets, validation
from face2param.estimator import preview as previews
from face2param.estimator.learner import Learner
from face2param.estimator.losses import LossWeights, Objective
from face2param.estimator.model import Estimator, Pedigree, widths
from face2param.estimator.samples import Samples, join
from face2param.schema import Schema
from face2param.training import checkpoints, schedules
from face2param.training.interrupts import deferred
from face2param.training.logbook import Logbook

_LOG = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """How to train.

    Attributes:
      epochs: passes over the rendered heads.
      seconds: training time after which it ends, 0 for no limit; the schedule follows whichever
        of the two is nearer to its end.
      batch_size: samples a step, rendered and real together.
      real_share: part of each batch that comes from portraits, where there are any.
      learning_rate: its peak; half a cosine follows.
      warmup_steps: the rate grows linearly over these.
      weight_decay: of AdamW.
      average_momentum: of the average of the weights that is kept as the result.
      losses: weights of the terms.
      validate_every: epochs between validations (one more comes at the end).
      checkpoint_seconds: training time between checkpoints.
      log_every: steps between log rows.
      seed: of the initial weights and the order.
    """

    epochs: int = 30
    seconds: float = 0.0
    batch_size: int = 64
    real_share: float = 0.25
    learning_rate: float = 1e-3
    warmup_steps: int = 200
    weight_decay: float = 1e-2
    average_momentum: float = 0.998
    losses: LossWeights = LossWeights()  # noqa: RUF009 (frozen)
    validate_every: int = 3
    checkpoint_seconds: float = 60.0
    log_every: int = 50
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        check_positive(
            self, ("epochs", "batch_size", "learning_rate", "validate_every", "log_every")
        )
        check_not_negative(self, ("seconds", "warmup_steps", "checkpoint_seconds", "weight_decay"))
        for field in ("real_share", "average_momentum"):
            if not 0 <= getattr(self, field) < 1:
                raise ConfigError(f"{field}: must be in [0, 1), got {getattr(self, field)}")


def train(
    config: TrainingConfig,
    network: networks.NetworkConfig,
    schema: Schema,
    rendered: Samples,
    held_out: Samples,
    output: Path,
    *,
    real: Samples | None = None,
    effect: np.ndarray | None = None,
    attributes: Mapping[str, Mapping[str, Mapping[str, str]]] | None = None,
    look=None,
    draw: previews.Draw | None = None,
    shown: Sequence[Samples] = (),
    pedigree: Pedigree | None = None,
    initial: Estimator | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Estimator:
    """Trains an estimator and writes the best one, with logs, previews and checkpoints.

    Args:
      config: how to train.
      network: what to train.
      schema: of the characters.
      rendered: heads to learn from.
      held_out: rendered heads to validate on; the weights that are best on them are kept.
      output: folder of the run.
      real: portraits to learn from, with whatever is known about them, or None.
      effect: `[continuous]` visible effect of each parameter; None counts all alike.
      attributes: what the engine's options look like, see `engines.base.People`; with it the
        labels of portraits teach the choices too.
      look: terms of the second phase, see `losses.Objective`; None leaves them out.
      draw: draws answers for the previews; None writes none.
      shown: further samples of which each preview has a sheet.
      pedigree: where the pictures come from and the command that is run.
      initial: estimator whose weights to start from, or None.
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      the best estimator, as it was saved.

    Raises:
      OutputError: `output` holds a run and neither `resume` nor `overwrite` is given.
      ConfigError: nothing to resume, too few heads, or settings that do not fit.
      WeightsError: the network or `initial` does not fit the schema; or the loss is no longer a
        number.
    """
    output = Path(output)
    checkpoints.refuse_existing(output, resume, overwrite)
    if len(rendered) < config.batch_size:
        raise ConfigError(
            f"batch_size: {config.batch_size} is more than the {len(rendered)} training samples"
        )
    keras.utils.set_random_seed(config.seed)
    continuous = len(schema.continuous)
    spread = rendered.characters[:, :continuous].std(0)
    estimator = Estimator(schema, network, spread=spread, pedigree=pedigree)
    if initial is not None:
        if initial.network != network or initial.schema.hash != schema.hash:
            raise WeightsError(
                f"initial: is {initial.network} of schema {initial.schema.name} "
                f"{initial.schema.hash}; to be trained is {network} of {schema.name} {schema.hash}"
            )
        estimator.model.set_weights(initial.model.get_weights())
    effect = np.ones(continuous, np.float32) if effect is None else effect
    learning = networks.build(network)
    learning.set_weights(estimator.model.get_weights())
    table = targets.compatible(schema, attributes or {})
    objective = Objective(config.losses, effect, widths(schema)[1], table, look)
    learner = Learner(learning, objective, config.weight_decay, config.average_momentum)
    run = _Run(config, estimator, learner, output)
    if resume:
        run.restore()
    run.loop(rendered, real, held_out, draw, shown)
    return Estimator.load(output, schema)


class _Run:
    """The state of one training: learner, progress, logs."""

    def __init__(self, config, estimator, learner, output) -> None:
        self.config, self.estimator, self.learner = config, estimator, learner
        self.output = output
        self.progress = checkpoints.Progress()
        settings = dataclasses.asdict(config)
        for name in ("epochs", "seconds", "checkpoint_seconds", "validate_every", "log_every"):
            settings.pop(name)  # a resumed run may go on for longer
        schema = estimator.schema
        self.settings = {
            **settings,
            "network": dataclasses.asdict(estimator.network),
            "schema": f"{schema.name} {schema.hash}",
        }
        self.resumed = False
        self.best = math.inf
        self.validated = -1

    def restore(self) -> None:
        """Goes back to the checkpoint."""
        state, self.progress = checkpoints.load(self.output, self.settings)
        self.best = float(state.pop("best"))
        self.learner.load_state(state)
        self.resumed = True

    def done(self) -> float:
        """Part of the training that is done, in [0, 1]."""
        config, progress = self.config, self.progress
        part = (progress.epoch + progress.batch / self.batches) / config.epochs
        if config.seconds:
            part = max(part, progress.seconds / config.seconds)
        return min(part, 1.0)

    def rate(self) -> float:
        """The learning rate of the next step."""
        rate = schedules.cosine(self.config.learning_rate, self.done())
        return rate * schedules.warm_up(self.progress.step, self.config.warmup_steps)

    def loop(self, rendered, real, held_out, draw, shown) -> None:
        """Trains until the epochs or the seconds are over, validating on the way."""
        config = self.config
        started, before = time.perf_counter(), self.progress.seconds
        from_real = round(config.batch_size * config.real_share) if real is not None else 0
        from_rendered = config.batch_size - from_real
        self.batches = max(1, len(rendered) // from_rendered)
        resume_step = self.progress.step if self.resumed else None
        log = Logbook(self.output, "training", resume_step)
        self.validations = Logbook(self.output, "validation", resume_step)
        configuration.write_json(self.output / "config.json", dataclasses.asdict(config))
        self.mean = rendered.characters.mean(0)
        finish = (held_out, draw, shown)
        saved, ordered, order = before, -1, None
        bar = tqdm(
            total=100, unit="%", initial=round(100 * self.done()), desc="estimator", disable=None
        )
        with deferred() as interrupted:
            while self.done() < 1:
                progress = self.progress
                rng = np.random.default_rng((config.seed, progress.epoch, progress.batch))
                if ordered != progress.epoch:
                    ordered = progress.epoch
                    order = np.random.default_rng((config.seed, ordered)).permutation(len(rendered))
                rows = order[progress.batch * from_rendered :][:from_rendered]
                batch = rendered.take(np.sort(rows))
                if from_real:
                    batch = join([batch, real.take(rng.integers(0, len(real), from_real))])
                rate = self.rate()
                self.learner.step(batch, rate)
                ends_epoch = progress.batch + 1 == self.batches
                self.progress = checkpoints.Progress(
                    progress.epoch + ends_epoch,
                    0 if ends_epoch else progress.batch + 1,
                    progress.step + 1,
                    before + time.perf_counter() - started,
                )
                if self.progress.step % config.log_every == 0 or self.done() >= 1:
                    self.report(log, rate)
                    bar.update(round(100 * self.done()) - bar.n)
                if ends_epoch and self.progress.epoch % config.validate_every == 0:
                    self.validate(*finish)
                if self.progress.seconds - saved >= config.checkpoint_seconds:
                    self.checkpoint()
                    saved = self.progress.seconds
                if interrupted():
                    self.checkpoint()
                    raise KeyboardInterrupt
        bar.close()
        if self.validated != self.progress.step:
            self.validate(*finish)
        self.checkpoint()

    def report(self, log: Logbook, rate: float) -> None:
        """Logs the mean loss terms since the last report."""
        means, progress = self.learner.report(), self.progress
        if not np.isfinite(means["loss"]):
            odd = [name for name, value in means.items() if not np.isfinite(value)]
            raise WeightsError(
                f"the loss is no longer a number at step {progress.step} (terms: "
                f"{', '.join(odd)}); lower the learning rate and resume from the checkpoint"
            )
        row = {"epoch": progress.epoch, "seconds": progress.seconds, "learning_rate": rate}
        log.write(progress.step, {**row, **means})

    def checkpoint(self) -> None:
        """Saves the state."""
        state = {**self.learner.state(), "best": np.float64(self.best)}
        checkpoints.save(self.output, state, self.progress, self.settings)

    def validate(self, held_out, draw, shown) -> None:
        """Measures the averaged weights, draws previews, and saves the estimator if it is best."""
        estimator, step = self.estimator, self.progress.step
        self.validated = step
        estimator.model.set_weights(self.learner.averaged_weights())
        metrics = validation.validate(estimator, held_out, self.mean)
        metrics["score"] = validation.score(metrics)
        self.validations.write(step, {"seconds": self.progress.seconds, **metrics})
        _LOG.info("step %d: %s", step, {name: round(v, 4) for name, v in metrics.items()})
        if draw is not None:
            sheets = [held_out.take(np.arange(min(12, len(held_out)))), *shown]
            for index, sheet in enumerate(sheets):
                path = self.output / "previews" / f"step_{step:06d}_{index}.jpg"
                previews.write_preview(path, estimator, sheet, draw)
        if metrics["score"] <= self.best:
            self.best = metrics["score"]
            estimator.pedigree = dataclasses.replace(estimator.pedigree, metrics=metrics)
            estimator.save(self.output)
