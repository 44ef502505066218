"""Trains C-Net on sets of pictures of one person, behind a frozen R-Net; resumable."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import keras
import numpy as np

from face2param.config import to_dict
from face2param.errors import ConfigError
from face2param.morphable.coefficients import Layout
from face2param.reconstruction import image_sets, known, store, training
from face2param.reconstruction.cnet import CNet, SetNetwork
from face2param.reconstruction.learner import KnownWeights
from face2param.reconstruction.loop import Course, Run
from face2param.reconstruction.objective import Objective
from face2param.reconstruction.renderer import Renderer
from face2param.reconstruction.rnet import RNet
from face2param.training import checkpoints

PAPER = training.TrainingConfig(Course(steps=10_000, learning_rate=2e-5), batch_size=25)
"""Sets of 5 photographs, 5 sets a step."""

SHIPPED = training.TrainingConfig(
    Course(
        steps=2_000,
        learning_rate=1e-3,
        schedule="cosine",
        warmup_steps=50,
        weight_decay=0.02,
        average_momentum=0.98,
        clip=5.0,
        validate_every=200,
        checkpoint_seconds=60.0,
        log_every=20,
    ),
    batch_size=0,
    known_batch=60,
    known=KnownWeights(even=0.0),
    known_shift=3,
)
"""For drawn faces, whose identity is known."""

PRESETS = {"paper": PAPER, "drawn": SHIPPED}


def train(
    config: training.TrainingConfig,
    rnet: RNet,
    cnet: CNet,
    layout: Layout,
    renderer: Renderer,
    material: training.Material,
    output: Path,
    *,
    objective: Objective | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> CNet:
    """Trains C-Net and writes it, with logs and checkpoints.

    The loss is R-Net's own with the set's identity in place of each picture's; its gradient
    reaches C-Net through the confidences.

    Args:
      config: how to train; the batch sizes count pictures and are multiples of the sets.
      rnet: stays as it is.
      cnet: what to train.
      layout: of R-Net's answers.
      renderer: of the face model.
      material: sets of pictures: `group` rows that follow each other show one person.
      output: folder of the run.
      objective: for photographs; needed with them.
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      the network, as it was saved at the end of the training.

    Raises:
      OutputError: `output` holds a run and neither `resume` nor `overwrite` is given.
      ConfigError: nothing to resume, or the samples or batches do not fit the sets.
      WeightsError: a loss is no longer a number.
    """
    output, pictures = Path(output), material.group
    checkpoints.refuse_existing(output, resume, overwrite)
    if pictures < 2:
        raise ConfigError(f"sets must have at least 2 pictures, got {pictures}")
    for name, value in (("batch_size", config.batch_size), ("known_batch", config.known_batch)):
        if value % pictures:
            raise ConfigError(f"{name}: {value} pictures are no whole sets of {pictures}")
    keras.utils.set_random_seed(config.course.seed)
    network = SetNetwork(rnet, cnet, pictures)
    size = rnet.network.size
    network(np.zeros((pictures, size, size, 3), np.float32))
    learner = training.learner_of(config, network, layout, renderer, material, objective)

    def validate(step: int) -> dict[str, float]:
        learning = network.get_weights()
        network.set_weights(learner.averaged_weights())
        metrics = {}
        if material.held_out_faces is not None:
            metrics = measure(rnet, cnet, material.held_out_faces, renderer, pictures)
        kept = training.rounded(metrics)
        cnet.pedigree = dataclasses.replace(cnet.pedigree, metrics=kept)
        cnet.save(output)
        network.set_weights(learning)
        return metrics

    settings = {
        **{name: value for name, value in to_dict(config).items() if name != "course"},
        "network": to_dict(cnet.network),
        "rnet": rnet.digest(),
        "pictures": pictures,
    }
    batch = training.batches(config, material, layout, renderer, size)
    run = Run("c_net", config.course, settings, learner, batch, validate, output)
    if resume:
        run.restore()
    run.loop()
    return CNet.load(output, rnet)


def measure(
    rnet: RNet, cnet: CNet, sets: store.Table, renderer: Renderer, pictures: int
) -> dict[str, float]:
    """Identity errors on sets of known faces, beside the plain mean's.

    Args:
      rnet: reads the pictures.
      cnet: weighs them.
      sets: of `known.drawn` with as many views.
      renderer: of the face model.
      pictures: in each set.

    Returns:
      single_mm, mean_mm, cnet_mm: mean distance of the neutral shape's vertices from the true
      one's for single pictures, the plain mean and C-Net; cnet_better: share of the sets on
      which C-Net is nearer than the plain mean.
    """
    basis = np.asarray(renderer.decoder.model.identity, np.float32)
    flat = basis.reshape(len(basis), -1)
    part = Layout(rnet.network.sizes).slices["identity"]

    def distance(off: np.ndarray) -> float:
        return 100 * float(np.linalg.norm((off @ flat).reshape(-1, 3), axis=1).mean())

    single, plain, weighed = [], [], []
    for start in range(0, len(sets) - pictures + 1, pictures):
        views = known.arrays(sets.take(start + np.arange(pictures)), rnet.network.size)
        answer, seen = rnet.look(views["image"])
        true = views["coefficients"][0, part]
        single += [distance(one - true) for one in answer["identity"]]
        plain.append(distance(image_sets.aggregate(answer["identity"]) - true))
        weighed.append(distance(cnet.aggregate(answer["identity"], seen) - true))
    return {
        "single_mm": float(np.mean(single)),
        "mean_mm": float(np.mean(plain)),
        "cnet_mm": float(np.mean(weighed)),
        "cnet_better": float(np.mean(np.array(weighed) < np.array(plain))),
    }
