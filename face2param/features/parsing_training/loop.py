"""Trains the parsing network on labelled pictures, under any Keras backend; resumable."""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import keras
import numpy as np
from keras import ops

from face2param import config as configuration
from face2param.errors import ConfigError, WeightsError
from face2param.features.half_weights import save_half
from face2param.features.parsing_training import optimizers
from face2param.features.parsing_training import validation as validate
from face2param.features.parsing_training.batches import Batches, LabelledPictures, Prefetch
from face2param.features.parsing_training.classes import CLASS_SETS
from face2param.features.parsing_training.recipes import ParsingTrainingConfig
from face2param.features.parsing_training.trainer import (
    ParsingTrainer,
    begin_with,
    build_network,
    copy_by_name,
)
from face2param.training import checkpoints, interrupts
from face2param.training.logbook import Logbook

WEIGHTS_NAME = "parsing.weights.h5"
_FREE = ("steps", "seconds", "report_seconds", "checkpoint_seconds", "validate_seconds")
"""Settings that a resumed run may change, most of all to go on for longer."""


def train(
    config: ParsingTrainingConfig,
    sources: list[LabelledPictures],
    output: str | Path,
    *,
    validation: list[LabelledPictures] | LabelledPictures | None = None,
    description: dict | None = None,
    start_from: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Path:
    """Trains a parsing network and writes its weights in half precision.

    Args:
      config: how to train.
      sources: training pictures; each batch holds `share` of each. All have one size.
      output: folder for `parsing.weights.h5`, `parsing.json`, `training.csv`,
        `validation.csv`, TensorBoard events, previews and the checkpoint.
      validation: pictures never trained on; the region IoU of the first set ends up in the
        description as `validation_iou`, that of all under `validation`.
      description: further values for the JSON (the command, the data).
      start_from: weights of `face2param.features.parsing` (a file, or "default" for the
        shipped ones) to begin with; heads that they lack begin at random.
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      Path of the weight file.

    Raises:
      ConfigError: the sources do not fit each other or the recipe, or there is nothing to
        resume.
      KeyboardInterrupt: Ctrl-C; a checkpoint of the last whole step is written before.
      OutputError: `output` already holds a run.
      WeightsError: `start_from` does not fit; or the loss is no longer a number (the last
        checkpoint stays).
    """
    output = Path(output)
    batches = Batches(sources, config.batch_size, config.seed)
    height, width = sources[0].images.shape[1:3]
    if config.augmentation == "published" and (height != width or 2 * height < config.size):
        raise ConfigError(
            f"size: crops of {config.size} cannot be cut from pictures of {height}x{width}; "
            "the published augmentation needs square ones of at least half that side"
        )
    checkpoints.refuse_existing(output, resume, overwrite)
    if isinstance(validation, LabelledPictures):
        validation = [validation]
    keras.utils.set_random_seed(config.seed)
    run = _Run(config, output, validation or sources[:1], bool(validation), description or {})
    if resume:
        run.restore()
    elif start_from is not None:
        begin_with(start_from, run.trainer.network)
    run.loop(batches)
    for number, source in enumerate(sources):
        run.draw(source, output / f"preview_source{number}.png")
    return output / WEIGHTS_NAME


class _Run:
    """The state of one training: trainer, progress, logs."""

    def __init__(self, config, output, shown, is_validation, description):
        self.config, self.output, self.description = config, output, description
        self.shown, self.is_validation = shown, is_validation
        self.trainer = ParsingTrainer(config)
        # TensorFlow has a graph of its own; JAX would go operation by operation without.
        compiled = keras.backend.backend() == "jax"
        self.trainer.compile(optimizer=optimizers.create(config), jit_compile=compiled)
        self.trainer.optimizer.build(self.trainer.network.trainable_variables)
        self.result = build_network(config)
        self.result.compile(jit_compile=compiled)
        self.progress = checkpoints.Progress()
        self.resumed = False

    def restore(self) -> None:
        """Goes back to the checkpoint."""
        state, self.progress = checkpoints.load(self.output, self.settings())
        for name, variable in self.variables().items():
            variable.assign(state[name])
        self.resumed = True

    def variables(self) -> dict:
        """What a checkpoint holds, by name: weights, optimizer, random numbers."""
        trainer = self.trainer
        groups = {"network": trainer.network.variables, "optimizer": trainer.optimizer.variables}
        groups["random"] = [trainer.random.state]
        return {f"{name}/{i:04}": v for name, group in groups.items() for i, v in enumerate(group)}

    def settings(self) -> dict:
        """What must be the same when a run is resumed."""
        return {k: v for k, v in dataclasses.asdict(self.config).items() if k not in _FREE}

    def checkpoint(self) -> None:
        """Saves the state."""
        state = {name: ops.convert_to_numpy(v.value) for name, v in self.variables().items()}
        checkpoints.save(self.output, state, self.progress, self.settings())

    def over(self) -> bool:
        """Whether the steps or the seconds are spent."""
        config, progress = self.config, self.progress
        return progress.step >= config.steps or 0 < config.seconds <= progress.seconds

    def loop(self, batches: Batches) -> None:
        """Trains until the steps or the seconds are over, then validates and saves."""
        config = self.config
        configuration.write_json(self.output / "config.json", dataclasses.asdict(config))
        first = self.progress.step if self.resumed else None
        self.steps_log = Logbook(self.output, "training", first)
        self.validation_log = Logbook(self.output, "validation", first)
        reported = saved = validated = self.progress.seconds
        losses: list[float] = []
        with interrupts.deferred() as interrupted, Prefetch(batches, self.progress.step) as ahead:
            while not self.over():
                rate, loss, seconds = self.step(ahead)
                losses.append(loss)
                self.progress = checkpoints.Progress(
                    step=self.progress.step + 1, seconds=self.progress.seconds + seconds
                )
                now = self.progress.seconds
                early = self.progress.step in (1, 10)  # compilation is done; this is the pace
                if early or now - reported >= config.report_seconds or self.over():
                    self.report(losses, rate, now - reported)
                    losses, reported = [], now
                if interrupted():
                    self.checkpoint()
                    raise KeyboardInterrupt
                if now - saved >= config.checkpoint_seconds:
                    self.checkpoint()
                    saved = now
                if 0 < config.validate_seconds <= now - validated and not self.over():
                    self.validate()
                    validated = now
            self.checkpoint()
        self.validate()

    def step(self, ahead: Prefetch) -> tuple[float, float, float]:
        """One optimizer step; returns the rate, the loss and the seconds it took."""
        started = time.perf_counter()
        batch = ahead.next()
        rate = optimizers.learning_rate(self.config, self.progress.step, self.progress.seconds)
        self.trainer.optimizer.learning_rate = rate
        loss = float(self.trainer.train_on_batch(batch, return_dict=True)["loss"])
        if not np.isfinite(loss):
            raise WeightsError(
                f"training the parsing network: the loss is {loss} at step "
                f"{self.progress.step}; the last checkpoint is in {self.output}. Lower the "
                "learning rate and resume"
            )
        return rate, loss, time.perf_counter() - started

    def report(self, losses: list[float], rate: float, seconds: float) -> None:
        """Logs and prints the mean loss since the last report."""
        progress, mean = self.progress, float(np.mean(losses))
        speed = len(losses) * self.config.batch_size / max(seconds, 1e-9)
        row = {"seconds": progress.seconds, "loss": mean, "rate": rate}
        self.steps_log.write(progress.step, {**row, "pictures_a_second": speed})
        print(
            f"step {progress.step} {progress.seconds:.0f} s loss {mean:.4f} "
            f"rate {rate:.2e} {speed:.0f} pictures/s",
            flush=True,
        )

    def validate(self) -> None:
        """Measures, draws and saves the weights as they are now."""
        copy_by_name(self.trainer.network, self.result)
        config, step = self.config, self.progress.step
        about = {
            "classes": list(CLASS_SETS[config.classes]),
            "width": config.width,
            "fine_head": config.fine_head,
            "size": list(self.result.input.shape[1:3]),
            "preprocessing": self.trainer.preprocessing.to_dict(),
            "training": {
                **dataclasses.asdict(config),
                "seconds_spent": round(self.progress.seconds, 1),
            },
            "steps": step,
            **self.description,
        }
        row = {"seconds": self.progress.seconds}
        for number, pictures in enumerate(self.shown):
            name = pictures.name or f"set{number}"
            self.draw(pictures, self.output / "previews" / f"{name}_{step:07}.png")
            if not self.is_validation:
                continue
            side = self.result.input.shape[1]
            iou = validate.evaluate(self.result, pictures, side, config.classes)
            about.setdefault("validation_iou", iou)
            about.setdefault("validation", {})[name] = iou
            row |= {f"{name}/{key}": value for key, value in iou.items()}
            row[f"{name}/mean"] = float(np.mean(list(iou.values())))
            listed = ", ".join(f"{key} {value:.3f}" for key, value in iou.items())
            print(f"step {step} validation IoU of {name}: {listed}", flush=True)
        self.validation_log.write(step, row)
        save_half(self.result, self.output / WEIGHTS_NAME, about)

    def draw(self, pictures: LabelledPictures, path: Path) -> None:
        """Draws what the network sees."""
        side = self.result.input.shape[1]
        validate.draw(self.result, pictures, side, path, self.config.classes)
