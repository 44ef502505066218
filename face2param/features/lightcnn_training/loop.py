"""Trains a LightCNN on a list of people's pictures, or on another network's answers.

Resumable, and the same under TensorFlow, PyTorch and JAX; the list may be larger than the
memory. Wu, He, Sun and Tan, "A Light CNN for Deep Face Representation with Noisy Labels",
IEEE TIFS 2018; optimiser, schedule and crops are those of the public repository's train.py.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import logging
import time
from pathlib import Path

import keras
import numpy as np
from tqdm import tqdm

from face2param import config as configuration
from face2param import images
from face2param.errors import ConfigError, WeightsError
from face2param.features.base import IdentityNetwork
from face2param.features.lightcnn_training import image_lists, initial, optimizer
from face2param.features.lightcnn_training import validation as validate
from face2param.features.lightcnn_training.batches import epoch_batches, plain_batches
from face2param.features.lightcnn_training.files import save
from face2param.features.lightcnn_training.image_lists import ImageList
from face2param.features.lightcnn_training.objectives import Classification, Distillation
from face2param.features.lightcnn_training.recipes import LightCNNTrainingConfig
from face2param.features.lightcnn_training.stepping import Stepper, check_backend, compiled
from face2param.training import checkpoints, interrupts
from face2param.training.logbook import Logbook

_LOG = logging.getLogger(__name__)
_SAMPLE = 256
_MAY_CHANGE = (
    "epochs", "seconds", "validate_every", "checkpoint_seconds", "log_every", "threads",
)  # fmt: skip


def train(
    config: LightCNNTrainingConfig,
    pictures: ImageList,
    validation: ImageList,
    output: str | Path,
    *,
    teacher: IdentityNetwork | None = None,
    classes: int | None = None,
    strangers: bool = False,
    description: dict | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Path:
    """Trains a LightCNN and writes its weights, with logs, previews and checkpoints.

    Args:
      config: how to train.
      pictures: to learn from: aligned crops with labels or, with a teacher, pictures of one
        size with landmarks.
      validation: pictures of the same kind that are not among them.
      output: folder for `NETWORK.weights.h5`, `NETWORK.json`, logs, previews, checkpoint.
      teacher: network to learn from; labels then only serve validation.
      classes: number of people; None counts them in `pictures`.
      strangers: the labels of `validation` number other people.
      description: further values for the JSON (the command).
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      Path of the weights, ready for `features.identity`.

    Raises:
      OutputError: `output` holds a run and neither `resume` nor `overwrite` is given.
      ConfigError: nothing to resume, or settings that do not fit.
      DatabaseError: labels or landmarks do not fit, or a picture is missing.
      ImageError: a picture is damaged or has the wrong size.
      WeightsError: the loss is no longer a number; the last checkpoint stays.
      KeyboardInterrupt: Ctrl-C; a checkpoint of the last whole step is written before.
    """
    output = Path(output)
    check_backend()
    checkpoints.refuse_existing(output, resume, overwrite)
    if len(pictures) < config.batch_size:
        raise ConfigError(
            f"batch_size: {config.batch_size} is more than the {len(pictures)} training pictures"
        )
    if len(validation) < 3:
        raise ConfigError(f"validation: needs at least 3 pictures, got {len(validation)}")
    keras.utils.set_random_seed(config.seed)
    if teacher is None:
        count = image_lists.count_people(pictures, classes)
        objective = Classification(
            config.network, config.size, count, config.augmentation, config.precision
        )
        if not strangers:
            image_lists.count_people(validation, count)
    else:
        objective = Distillation(
            config.network, config.size, teacher, config.augmentation, config.precision,
            config.relation_weight, config.projection_weight,
        )  # fmt: skip
    pictures.check_files()
    validation.check_files()
    run = _Run(config, objective, pictures, output, description or {})
    if resume:
        run.restore()
    else:
        run.start()
    known_people = teacher is None and not strangers
    held = validate.prepare(objective, validation, known_people, config.batch_size, config.threads)
    return run.loop(held)


class _Run:
    """The state of one training: stepper, progress, logs."""

    def __init__(self, config, objective, pictures, output, description) -> None:
        self.config, self.objective, self.output = config, objective, output
        self.description = description
        self.reader = objective.reader(pictures)
        self.batches = len(pictures) // config.batch_size
        steps = optimizer.create(config.optimizer, config.momentum, config.weight_decay)
        self.stepper = Stepper(objective, objective.model, steps, [objective.generator.state])
        self.outputs = compiled(
            lambda crops: objective.model(crops, training=False), objective.model.variables
        )
        self.progress = checkpoints.Progress()
        settings = dataclasses.asdict(config)
        for name in _MAY_CHANGE:  # a resumed run may go on for longer
            settings.pop(name)
        self.settings = {
            **settings,
            "teacher": objective.teacher_name,
            "classes": objective.classes,
            "pictures": f"{len(pictures)} {_digest(pictures)}",
        }
        self.resume_step = None
        # Some pictures of the whole list, to start from and to find the embeddings' centre.
        rows = np.unique(np.linspace(0, len(pictures) - 1, _SAMPLE).astype(int))
        sample = plain_batches(
            objective.reader(pictures.take(rows)), config.batch_size, config.threads
        )
        self.sample = np.concatenate([objective.plain_crops(batch) for batch in sample])

    def start(self) -> None:
        """Draws the weights to start from."""
        crops = images.from_uint8(self.sample[:: max(1, len(self.sample) // 32)])
        initial.initialise(self.objective.model, self.config.initial, crops, self.config.seed)

    def restore(self) -> None:
        """Goes back to the checkpoint."""
        state, self.progress = checkpoints.load(self.output, self.settings)
        self.stepper.load_state(state)
        self.resume_step = self.progress.step

    def done(self) -> float:
        """Part of the training that is done, in [0, 1]."""
        config, progress = self.config, self.progress
        part = (progress.epoch + progress.batch / self.batches) / config.epochs
        if config.seconds:
            part = max(part, progress.seconds / config.seconds)
        return min(part, 1.0)

    def loop(self, held) -> Path:
        """Trains until the epochs or the seconds are over, then validates and saves."""
        config = self.config
        self.log = Logbook(self.output, "training", self.resume_step)
        self.validation_log = Logbook(self.output, "validation", self.resume_step)
        configuration.write_json(self.output / "config.json", dataclasses.asdict(config))
        self.sums, self.counted, self.saved = {}, 0, self.progress.seconds
        bar = tqdm(
            total=100, unit="%", initial=round(100 * self.done()), desc=config.network, disable=None
        )
        measured = -1
        if self.progress.step == 0:
            self.measure(held)  # what the start is worth
        with bar, interrupts.deferred() as self.interrupted:
            while self.done() < 1:
                self.epoch(bar)
                if self.done() >= 1 or self.progress.epoch % config.validate_every == 0:
                    self.validate(held)
                    measured = self.progress.step
        if measured != self.progress.step:  # a finished run was resumed
            self.validate(held)
        return self.path

    def epoch(self, bar) -> None:
        """Trains to the end of the epoch, or of the time."""
        config, begun, started = self.config, self.progress, time.perf_counter()
        stream = epoch_batches(
            self.reader, config.batch_size, config.seed, begun.epoch, begun.batch, config.threads
        )
        with contextlib.closing(stream):
            self.steps(stream, started, bar)

    def steps(self, stream, started: float, bar) -> None:
        """Takes a step for each batch of the stream; ends early if the time is over."""
        config, begun = self.config, self.progress
        for number, batch in enumerate(stream, start=begun.batch):
            progress = self.progress
            rate = optimizer.learning_rate(
                config.schedule, config.learning_rate, self.done(), progress.step, progress.epoch,
                config.warmup_steps,
            )  # fmt: skip
            terms = self.stepper.step(self.objective.prepare(batch), rate)
            for name, term in terms.items():
                self.sums[name] = self.sums.get(name, 0.0) + term
            self.counted += 1
            ends = number + 1 == self.batches
            self.progress = checkpoints.Progress(
                progress.epoch + ends,
                0 if ends else number + 1,
                progress.step + 1,
                begun.seconds + time.perf_counter() - started,
            )
            asked = self.interrupted()
            due = asked or self.progress.seconds - self.saved >= config.checkpoint_seconds
            if self.progress.step % config.log_every == 0 or due or self.done() >= 1 or ends:
                loss = self.report(rate)
                bar.set_postfix(loss=f"{loss:.4f}", step=self.progress.step)
                bar.update(round(100 * self.done()) - bar.n)
            if due:
                self.checkpoint()
            if asked:
                raise KeyboardInterrupt
            if self.done() >= 1:
                break

    def report(self, rate: float) -> float:
        """Logs the mean terms since the last report; returns the loss."""
        means = {name: float(value) / self.counted for name, value in self.sums.items()}
        self.sums, self.counted = {}, 0
        progress = self.progress
        if not np.isfinite(means["loss"]):
            raise WeightsError(
                f"the loss is {means['loss']} at step {progress.step} of epoch {progress.epoch}; "
                f"lower the learning rate and resume from the checkpoint in {self.output}"
            )
        row = {"epoch": progress.epoch, "seconds": progress.seconds, "learning_rate": rate}
        self.log.write(progress.step, {**row, **means})
        return means["loss"]

    def checkpoint(self) -> None:
        """Saves the state."""
        self.saved = self.progress.seconds
        checkpoints.save(self.output, self.stepper.state(), self.progress, self.settings)

    def measure(self, held) -> dict[str, float]:
        """Logs the metrics of the network as it is and draws a preview."""
        progress, self.centre = self.progress, None
        if self.objective.centres:
            found = validate.run(self.outputs, self.sample)
            self.centre = found["embedding"].mean(0)
        metrics, distances = validate.evaluate(
            self.outputs, held, 0.0 if self.centre is None else self.centre
        )
        self.validation_log.write(progress.step, {"epoch": progress.epoch, **metrics})
        metrics = {name: round(value, 4) for name, value in metrics.items()}
        _LOG.info("step %d: %s", progress.step, metrics)
        preview = self.output / "previews" / f"step_{progress.step:07d}.jpg"
        validate.write_preview(preview, held, distances)
        return metrics

    def validate(self, held) -> None:
        """Saves a checkpoint, measures the network and saves its weights."""
        self.checkpoint()
        metrics = self.measure(held)
        self.path = save(
            self.objective.model, self.config.network, self.config.size, self.output,
            {
                "teacher": self.objective.teacher_name,
                "training": {**dataclasses.asdict(self.config), "classes": self.objective.classes},
                "steps": self.progress.step,
                "seconds": round(self.progress.seconds, 1),
                "metrics": metrics,
                **self.description,
            },
            self.centre,
        )  # fmt: skip


def _digest(pictures: ImageList) -> str:
    """Tells two lists of the same length apart: labels, first and last path."""
    ends = pictures.text(0) + "\n" + pictures.text(len(pictures) - 1)
    return hashlib.sha256(pictures.labels.tobytes() + ends.encode()).hexdigest()[:12]
