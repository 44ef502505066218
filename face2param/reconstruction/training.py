"""Trains R-Net on photographs, on known faces, or on both; resumable."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import keras
import numpy as np

from face2param.config import check_not_negative, to_dict
from face2param.errors import ConfigError
from face2param.landmarks import markup
from face2param.morphable.coefficients import Layout
from face2param.reconstruction import (
    augmentation,
    known,
    losses,
    mirroring,
    preview,
    store,
    validation,
)
from face2param.reconstruction.learner import KnownLoss, KnownWeights, Learner
from face2param.reconstruction.loop import Course, Run
from face2param.reconstruction.objective import Objective
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import RNet
from face2param.training import checkpoints


@dataclasses.dataclass(frozen=True)
class TrainingConfig:
    """What a step learns from.

    Attributes:
      course: how long and how fast.
      batch_size: photographs a step.
      known_batch: known faces a step.
      known_weight: of known faces against photographs.
      known: weights of the terms of known faces.
      augmentation: of photographs.
      known_shift: largest shift of known faces in pixels of the stored picture; where it is not
        0 they are mirrored, too, if the face model allows it.
    """

    course: Course = Course()  # noqa: RUF009 (frozen)
    batch_size: int = 16
    known_batch: int = 0
    known_weight: float = 1.0
    known: KnownWeights = KnownWeights()  # noqa: RUF009 (frozen)
    augmentation: augmentation.Augmentation = augmentation.NONE
    known_shift: int = 0

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        check_not_negative(self, ("batch_size", "known_batch", "known_weight", "known_shift"))
        if not self.batch_size + self.known_batch:
            raise ConfigError("batch_size and known_batch are both 0: there is nothing to train on")

    def for_rows(self, photos: store.Table | None, faces: store.Table | None) -> TrainingConfig:
        """The same without rows a step of photographs or known faces where there are none."""
        return dataclasses.replace(
            self,
            batch_size=self.batch_size if photos is not None else 0,
            known_batch=self.known_batch if faces is not None else 0,
        )


PRESETS = {
    "paper": TrainingConfig(Course(steps=500_000), batch_size=5),
    "code": TrainingConfig(Course(steps=200_000, schedule="drop"), batch_size=16),
    "compact": TrainingConfig(
        Course(
            steps=60_000,
            learning_rate=1e-3,
            schedule="cosine",
            warmup_steps=100,
            weight_decay=0.02,
            average_momentum=0.99,
            clip=5.0,
        ),
        batch_size=8,
        known_batch=48,
        known_weight=0.5,
        augmentation=augmentation.Augmentation(),
        known_shift=3,
    ),
}
"""The paper's settings, the published code's, and ours for the network that ships.

Paper: Adam, batches of 5, rate 1e-4, 500,000 steps. Code: batches of 16, a fifth of the rate
after 100,000 of 200,000 steps. The losses that belong to them are in `presets`.
"""


@dataclasses.dataclass(frozen=True)
class Material:
    """Samples to train on and to measure on.

    Attributes:
      photos: image uint8, landmarks, attention, valid and perhaps descriptor; or None.
      faces: image uint8, coefficients, landmarks, see `known.drawn`; or None.
      held_out_photos: photographs that only measure, or None.
      held_out_faces: known faces that only measure, or None.
      group: rows of both that belong to one person and are drawn together.
    """

    photos: store.Table | None = None
    faces: store.Table | None = None
    held_out_photos: store.Table | None = None
    held_out_faces: store.Table | None = None
    group: int = 1


def train(
    config: TrainingConfig,
    rnet: RNet,
    layout: Layout,
    renderer: Renderer,
    material: Material,
    output: Path,
    *,
    objective: Objective | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> RNet:
    """Trains R-Net and writes it, with logs, previews and checkpoints.

    Args:
      config: how to train.
      rnet: what to train; its weights are where the training starts.
      layout: of its answers.
      renderer: of the face model.
      material: to learn from.
      output: folder of the run.
      objective: for photographs; needed with them.
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      the network, as it was saved at the end of the training: no weights are chosen by what
      they achieve on held-out pictures.

    Raises:
      OutputError: `output` holds a run and neither `resume` nor `overwrite` is given.
      ConfigError: nothing to resume, or samples that the settings ask for are missing.
      WeightsError: a loss is no longer a number.
    """
    output = Path(output)
    checkpoints.refuse_existing(output, resume, overwrite)
    keras.utils.set_random_seed(config.course.seed)
    learner = learner_of(config, rnet.model, layout, renderer, material, objective)

    def validate(step: int) -> dict[str, float]:
        learning = rnet.model.get_weights()
        rnet.model.set_weights(learner.averaged_weights())
        metrics = {}
        for name, table, measure in (
            ("faces", material.held_out_faces, validation.measure_faces),
            ("photos", material.held_out_photos, validation.measure_photos),
        ):
            if table is None:
                continue
            found = measure(rnet, table, renderer)
            metrics.update({f"{name}_{key}": value for key, value in found.items()})
            sheet = output / "previews" / f"{name}_{step:07d}.png"
            preview.write(sheet, rnet, table, renderer)
        rnet.pedigree = dataclasses.replace(rnet.pedigree, metrics=rounded(metrics))
        rnet.save(output)
        rnet.model.set_weights(learning)
        return metrics

    settings = {
        **{name: value for name, value in to_dict(config).items() if name != "course"},
        "network": to_dict(rnet.network),
        "face_model": rnet.pedigree.face_model,
    }
    batch = batches(config, material, layout, renderer, rnet.network.size)
    run = Run("r_net", config.course, settings, learner, batch, validate, output)
    if resume:
        run.restore()
    run.loop()
    return RNet.load(output)


def learner_of(
    config: TrainingConfig,
    network: keras.Model,
    layout: Layout,
    renderer: Renderer,
    material: Material,
    objective: Objective | None,
) -> Learner:
    """The learner of a network whose answers are coefficients.

    Raises:
      ConfigError: samples that the settings ask for are missing.
    """
    for size, given, what in (
        (config.batch_size, material.photos if objective else None, "photographs"),
        (config.known_batch, material.faces, "known faces"),
    ):
        if size and given is None:
            raise ConfigError(f"{size} {what} a step are asked for, but there are none")
    loss = None
    if config.known_batch:
        coefficients = material.faces.column("coefficients")
        deviations = np.sqrt(np.nanmean(np.square(coefficients), 0))
        loss = KnownLoss(config.known, layout, renderer, deviations)
    return Learner(
        network,
        layout,
        objective if config.batch_size else None,
        loss,
        weight_decay=config.course.weight_decay,
        average_momentum=config.course.average_momentum,
        clip=config.course.clip or None,
        known_weight=config.known_weight,
    )


def batches(
    config: TrainingConfig, material: Material, layout: Layout, renderer: Renderer, size: int
):
    """What each step learns from: step -> (seen, photographs, known faces), see `Learner.step`.

    It depends on the seed and the step only, so that a resumed run sees what it would have seen.
    """
    mirror = None
    if config.known_batch and config.known_shift:
        mirror = mirroring.signs(renderer.decoder.model, layout)

    def batch(step: int):
        rng = np.random.default_rng((config.course.seed, step))
        seen = photo = some = None
        if config.batch_size:
            rows = _rows(rng, len(material.photos), config.batch_size, material.group)
            seen, photo = augmentation.batch(material.photos.take(rows), rng, config.augmentation)
            photo = as_photo(photo)
        if config.known_batch:
            rows = _rows(rng, len(material.faces), config.known_batch, material.group)
            some = material.faces.take(rows)
            if config.known_shift:
                some = mirroring.disturbed(
                    some, rng, layout, renderer.camera, mirror, config.known_shift, material.group
                )
            some = known.arrays(some, size)
        return seen, photo, some

    return batch


def _rows(rng: np.random.Generator, length: int, count: int, group: int) -> np.ndarray:
    """Random rows; with groups, whole groups of rows that follow each other."""
    first = group * rng.integers(0, length // group, count // group)
    return (first[:, None] + np.arange(group)).reshape(-1)


def as_photo(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Augmented arrays of photographs as the objective takes them."""
    weights = np.broadcast_to(losses.LANDMARK_WEIGHTS, (len(arrays["image"]), markup.COUNT))
    names = [name for name in ("image", "landmarks", "descriptor") if name in arrays]
    photo = {name: arrays[name] for name in names}
    photo["attention"] = arrays["attention"][..., None]
    return {**photo, "landmark_weights": np.array(weights)}


def rounded(metrics: dict[str, float]) -> dict[str, float]:
    """Four digits are enough for a record."""
    return {name: float(f"{value:.4g}") for name, value in metrics.items()}
