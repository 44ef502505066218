"""Trains an imitator on rendered heads; resumable, under TensorFlow or PyTorch."""

import dataclasses
import logging
import time
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from face2param import config as configuration
from face2param.config import check_not_negative, check_positive
from face2param.errors import ConfigError, DatabaseError, WeightsError
from face2param.imitator import networks, schedules, stepping, transfer, validation
from face2param.imitator.losses import IdentityNetwork, LossWeights, Objective
from face2param.imitator.model import Imitator, Pedigree
from face2param.imitator.optimizers import OptimizerConfig
from face2param.imitator.samples import Samples
from face2param.schema import Schema
from face2param.training import checkpoints
from face2param.training.logbook import Logbook

_LOG = logging.getLogger(__name__)
PRECISIONS = ("float32", "mixed_bfloat16")


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """How to train.

    Attributes:
      epochs: passes over the training heads after which training ends.
      seconds: training time after which it ends, 0 for no limit; the schedule follows
        whichever of the two is nearer to its end.
      batch_size: heads a step.
      optimizer: how gradients become steps.
      learning_rate: its peak.
      schedule: "cosine" or "paper"; see `schedules`.
      warmup_steps: the rate grows linearly over these.
      average_momentum: of the exponential average of the weights that is kept as the result.
      precision: "float32", or "mixed_bfloat16" for a GPU.
      losses: weights of the loss terms.
      identity_share: part of each batch that the identity term looks at.
      validate_every: epochs between validations (one more comes at the end).
      checkpoint_seconds: training time between checkpoints.
      log_every: steps between log rows.
      seed: of the initial weights and the order of the heads.
    """

    epochs: int = 60
    seconds: float = 0.0
    batch_size: int = 32
    optimizer: OptimizerConfig = OptimizerConfig()  # noqa: RUF009 (frozen)
    learning_rate: float = 2e-3
    schedule: str = "cosine"
    warmup_steps: int = 300
    average_momentum: float = 0.999
    precision: str = "float32"
    losses: LossWeights = LossWeights()  # noqa: RUF009 (frozen)
    identity_share: float = 0.25
    validate_every: int = 5
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
        check_not_negative(self, ("seconds", "warmup_steps", "checkpoint_seconds"))
        for field in ("average_momentum", "identity_share"):
            if not 0 <= getattr(self, field) <= 1:
                raise ConfigError(f"{field}: must be in [0, 1], got {getattr(self, field)}")
        for field, known in (
            ("precision", PRECISIONS),
            ("schedule", schedules.NAMES),
        ):
            if getattr(self, field) not in known:
                raise ConfigError(
                    f"{field}: there is no {getattr(self, field)!r}; choose one of {known}"
                )


def paper_config(**changes) -> TrainingConfig:
    """The recipe of the paper: L1, SGD with momentum 0.9 and rate 0.01, 500 epochs of 16."""
    recipe = TrainingConfig(
        epochs=500,
        batch_size=16,
        optimizer=OptimizerConfig("sgd", maximum_norm=0.0),
        learning_rate=0.01,
        schedule="paper",
        warmup_steps=0,
        average_momentum=0.0,
        losses=LossWeights(edges=0.0, scales=0.0, identity=0.0),
    )
    return dataclasses.replace(recipe, **changes)


def train(
    config: TrainingConfig,
    network: networks.NetworkConfig,
    schema: Schema,
    training: Samples,
    held_out: Samples,
    output: Path,
    *,
    identity: IdentityNetwork | None = None,
    pedigree: Pedigree | None = None,
    initial: Imitator | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Imitator:
    """Trains an imitator and writes it, with logs, previews and checkpoints.

    Args:
      config: how to train.
      network: what to train.
      schema: of the characters.
      training: heads to learn from.
      held_out: heads to validate on.
      output: folder of the run.
      identity: frozen network of the identity term and metric, or None.
      pedigree: where the pictures come from and the command that is run.
      initial: imitator to start from, of the same network but for the width of its inputs,
        see `transfer`; or None.
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      the imitator with the averaged weights.

    Raises:
      OutputError: `output` holds a run and neither `resume` nor `overwrite` is given.
      DatabaseError: the heads belong to another schema or have another size.
      ConfigError: nothing to resume, or settings that do not fit.
      WeightsError: the network does not fit the schema, or `initial` the network; or the loss
        is no longer a number (the last checkpoint stays).
    """
    output = Path(output)
    _check_data(network, schema, training, held_out, config)
    checkpoints.refuse_existing(output, resume, overwrite)
    keras.utils.set_random_seed(config.seed)
    # The result is float32 whatever the precision of training.
    imitator = Imitator(schema, network, pedigree=pedigree)
    model = networks.build(network, config.precision)
    if initial is None or resume:
        _start_at_the_mean(model, training)
    else:
        some = training.images[:: -(-len(training) // 200)]
        transfer.transfer(model, network, schema, initial, some.mean(0) / 255)
    objective = Objective(config.losses, identity, config.identity_share)
    run = _Run(config, network, schema, output, stepping.create(model, config.optimizer, objective))
    if resume:
        run.restore()
    run.loop(training, held_out, identity, imitator)
    return imitator


class _Run:
    """The state of one training: stepper, progress, logs."""

    def __init__(self, config, network, schema, output, stepper) -> None:
        self.config, self.output, self.stepper = config, output, stepper
        self.progress = checkpoints.Progress()
        settings = dataclasses.asdict(config)
        for name in ("epochs", "seconds", "checkpoint_seconds", "validate_every", "log_every"):
            settings.pop(name)  # a resumed run may go on for longer
        self.settings = {
            **settings,
            "network": dataclasses.asdict(network),
            "schema": f"{schema.name} {schema.hash}",
        }
        self.resumed = False

    def restore(self) -> None:
        """Goes back to the checkpoint."""
        state, self.progress = checkpoints.load(self.output, self.settings)
        self.stepper.load_state(state)
        self.resumed = True

    def done(self) -> float:
        """Part of the training that is done, in [0, 1]."""
        config, progress = self.config, self.progress
        part = (progress.epoch + progress.batch / self.batches) / config.epochs
        if config.seconds:
            part = max(part, progress.seconds / config.seconds)
        return min(part, 1.0)

    def loop(self, training, held_out, identity, imitator) -> None:
        """Trains until the epochs or the seconds are over, then validates and saves."""
        config = self.config
        started, before = time.perf_counter(), self.progress.seconds
        self.batches = max(1, len(training) // config.batch_size)
        resume_step = self.progress.step if self.resumed else None
        steps_log = Logbook(self.output, "training", resume_step)
        self.epochs_log = Logbook(self.output, "validation", resume_step)
        configuration.write_json(self.output / "config.json", dataclasses.asdict(config))
        held, held_validation = self.stepper.hold(training), self.stepper.hold(held_out)
        finish = (held_validation, held_out, identity, imitator)
        saved, sums, counted, ordered, order = before, {}, 0, -1, None
        bar = tqdm(
            total=100, unit="%", initial=round(100 * self.done()), desc="imitator", disable=None
        )
        try:
            while self.done() < 1:
                progress = self.progress
                if ordered != progress.epoch:
                    ordered = progress.epoch
                    order = np.random.default_rng((config.seed, ordered)).permutation(len(training))
                chosen = order[progress.batch * config.batch_size :][: config.batch_size]
                rate = schedules.learning_rate(
                    config.schedule,
                    config.learning_rate,
                    self.done(),
                    progress.step,
                    progress.epoch,
                    config.warmup_steps,
                )
                momentum = schedules.averaging_momentum(config.average_momentum, progress.step)
                terms = self.stepper.step(held, chosen, rate, momentum)
                for name, term in terms.items():
                    sums[name] = sums.get(name, 0.0) + term
                counted += 1
                ends_epoch = progress.batch + 1 == self.batches
                self.progress = checkpoints.Progress(
                    progress.epoch + ends_epoch,
                    0 if ends_epoch else progress.batch + 1,
                    progress.step + 1,
                    before + time.perf_counter() - started,
                )
                if self.progress.step % config.log_every == 0 or self.done() >= 1:
                    means = {name: float(value) / counted for name, value in sums.items()}
                    sums, counted = {}, 0
                    self.report(steps_log, means, rate)
                    bar.set_postfix(loss=f"{means['loss']:.4f}", step=self.progress.step)
                    bar.update(round(100 * self.done()) - bar.n)
                if ends_epoch and self.progress.epoch % config.validate_every == 0:
                    self.validate(*finish)
                if self.progress.seconds - saved >= config.checkpoint_seconds:
                    self.checkpoint()
                    saved = self.progress.seconds
        except KeyboardInterrupt:
            self.checkpoint()
            raise
        finally:
            bar.close()
        self.checkpoint()
        self.validate(*finish)

    def report(self, log: Logbook, means: dict[str, float], rate: float) -> None:
        """Logs the mean loss terms since the last report."""
        if not np.isfinite(means["loss"]):
            odd = [name for name, value in means.items() if not np.isfinite(value)]
            raise WeightsError(
                f"the loss is no longer a number at step {self.progress.step} (terms: "
                f"{', '.join(odd)}); lower the learning rate and resume from the checkpoint"
            )
        progress = self.progress
        row = {"epoch": progress.epoch, "seconds": progress.seconds, "learning_rate": rate}
        log.write(progress.step, {**row, **means})
        if progress.step % (20 * self.config.log_every) == 0:
            speed = progress.step / max(progress.seconds, 1e-9)
            _LOG.info("step %d, %.1f a second: loss %.4f", progress.step, speed, means["loss"])

    def checkpoint(self) -> None:
        """Saves the state."""
        checkpoints.save(self.output, self.stepper.state(), self.progress, self.settings)

    def validate(self, held, held_out, identity, imitator) -> None:
        """Measures the averaged weights, draws a preview and saves the imitator."""
        with self.stepper.averaged():
            metrics = validation.validate(
                lambda indices: self.stepper.outputs(held, indices), held_out, identity
            )
            shown = np.arange(min(12, len(held_out)))
            outputs = self.stepper.outputs(held, shown)
            imitator.model.set_weights(self.stepper.model.get_weights())
        step = self.progress.step
        self.epochs_log.write(step, {"seconds": self.progress.seconds, **metrics})
        _LOG.info("step %d: %s", step, {name: round(v, 4) for name, v in metrics.items()})
        preview = self.output / "previews" / f"step_{step:07d}.jpg"
        validation.write_preview(preview, held_out.take(shown), outputs)
        imitator.pedigree = dataclasses.replace(imitator.pedigree, metrics=metrics)
        imitator.save(self.output)


def _check_data(network, schema, training, held_out, config) -> None:
    for name, samples in (("training", training), ("validation", held_out)):
        if samples.schema_hash != schema.hash:
            raise DatabaseError(
                f"{name} heads are of schema {samples.schema_hash}, but the imitator is of "
                f"{schema.name} {schema.hash}; generate a database for that schema"
            )
        if samples.size != network.size:
            raise DatabaseError(
                f"{name} heads have {samples.size} pixels, the network draws {network.size}"
            )
    if len(training) < config.batch_size:
        raise ConfigError(
            f"batch_size: {config.batch_size} is more than the {len(training)} training heads"
        )


def _start_at_the_mean(model: keras.Model, training: Samples) -> None:
    """Sets the bias of the landmark head to the mean landmarks."""
    if "landmarks_output" in {layer.name for layer in model.layers}:
        mean = training.landmarks01.mean(0).reshape(-1)
        model.get_layer("landmarks_output").bias.assign(mean)
