"""Trains the parsing network on labelled pictures, under any Keras backend.

The pictures stay on the training device as uint8 and are augmented there; a step gets
nothing but indices and random numbers. The recipe follows zllrunning's (cross-entropy with
hard-example mining over the main and two auxiliary heads) with AdamW and a cosine instead
of SGD and a polynomial, which needs fewer steps.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path

import face_parsing_tf
import keras
import numpy as np
from keras import ops

from face2param import config as configuration
from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.features import parsing_network
from face2param.features.augmentation import CELLS, CHANNELS, COLUMNS, augment
from face2param.features.half_weights import save_half
from face2param.features.parsing_losses import hard_cross_entropy
from face2param.metrics import regions as overlap
from face2param.regions import CLASSES
from face2param.training import checkpoints
from face2param.training.logbook import Logbook

PRECISIONS = ("float32", "mixed_bfloat16")
WEIGHTS_NAME = "parsing.weights.h5"


@dataclasses.dataclass(frozen=True)
class ParsingTrainingConfig:
    """How to train.

    Attributes:
      steps: gradient steps; the schedule ends there or after `seconds`.
      seconds: wall-clock budget of the training steps; 0 for none.
      batch_size: pictures per step.
      size: side of the network's input, a multiple of 32.
      width: factor on the network's channels.
      fine_head: decide at stride 4 instead of 8.
      learning_rate: its peak, reached after `warmup_steps`.
      warmup_steps: steps of linear warm-up.
      weight_decay: of AdamW.
      hard_probability: pixels whose class is predicted with less than this count as hard.
      hard_share: if fewer than this share is hard, all pixels count.
      auxiliary_weight: weight of each auxiliary head's loss.
      precision: `float32`, or `mixed_bfloat16` on hardware that is fast in it.
      report_seconds: seconds between progress lines.
      checkpoint_seconds: seconds between checkpoints.
      seed: of weights, order and augmentation.
    """

    steps: int = 20000
    seconds: float = 0.0
    batch_size: int = 64
    size: int = 256
    width: float = 0.5
    fine_head: bool = True
    learning_rate: float = 2e-3
    warmup_steps: int = 200
    weight_decay: float = 1e-3
    hard_probability: float = 0.7
    hard_share: float = 0.0625
    auxiliary_weight: float = 0.4
    precision: str = "float32"
    report_seconds: float = 10.0
    checkpoint_seconds: float = 60.0
    seed: int = 0

    def __post_init__(self):
        """Checks the ranges."""
        if self.precision not in PRECISIONS:
            raise ConfigError(f"precision must be one of {PRECISIONS}, got {self.precision!r}")
        if self.size < 32 or self.size % 32:
            raise ConfigError(f"size must be a multiple of 32, got {self.size}")
        if self.steps < 1 or self.batch_size < 1 or self.seconds < 0:
            raise ConfigError(
                "steps and batch_size must be positive and seconds not negative, got "
                f"{self.steps}, {self.batch_size}, {self.seconds}"
            )


@dataclasses.dataclass(frozen=True)
class LabelledPictures:
    """One source of training pictures.

    Attributes:
      images: uint8 `[count, height, width, 3]`, RGB.
      labels: uint8 `[count, height, width]`, classes of `face2param.regions`, 255 unknown.
      share: how often it is drawn, relative to the other sources.
    """

    images: np.ndarray
    labels: np.ndarray
    share: float = 1.0

    def __post_init__(self):
        """Checks shapes and types."""
        shape = self.images.shape
        if len(shape) != 4 or shape[-1] != 3 or self.images.dtype != np.uint8 or not shape[0]:
            raise ConfigError(
                f"images must be uint8 [count, height, width, 3], got {self.images.dtype} {shape}"
            )
        if self.labels.shape != shape[:3] or self.labels.dtype != np.uint8:
            raise ConfigError(
                f"labels must be uint8 {shape[:3]}, got {self.labels.dtype} {self.labels.shape}"
            )


class _Trainer(keras.Model):
    """Network, pictures and augmentation as one model whose only output is its loss."""

    def __init__(self, network, sources, config: ParsingTrainingConfig):
        super().__init__(dtype="float32", name="parsing_trainer")
        self.network, self.config = network, config
        self.preprocessing = face_parsing_tf.Preprocessing()
        self.random = keras.random.SeedGenerator(config.seed)
        self._pictures = [ops.convert_to_tensor(source.images) for source in sources]
        self._labels = [ops.convert_to_tensor(source.labels) for source in sources]

    def batch(self, inputs):
        """Augmented pictures and labels of one step."""
        images = ops.concatenate(
            [ops.take(p, i, axis=0) for p, i in zip(self._pictures, inputs["rows"], strict=True)]
        )
        labels = ops.concatenate(
            [ops.take(p, i, axis=0) for p, i in zip(self._labels, inputs["rows"], strict=True)]
        )
        images = ops.cast(images, "float32") / 255.0
        count, size = images.shape[0] or ops.shape(images)[0], self.config.size
        noise = keras.random.uniform((count, CELLS, CELLS, CHANNELS), seed=self.random)
        fine = keras.random.normal((count, size, size, 3), seed=self.random)
        return augment(images, ops.cast(labels, "int32"), inputs["table"], noise, fine)

    def call(self, inputs, training=False):
        images, labels = self.batch(inputs)
        images, labels = ops.stop_gradient(images), ops.stop_gradient(labels)
        outputs = self.network(self.preprocessing(images), training=training)
        config = self.config
        total = 0.0
        for name in ("out", "out16", "out32"):
            weight = 1.0 if name == "out" else config.auxiliary_weight
            total = total + weight * hard_cross_entropy(
                outputs[name], labels, config.hard_probability, config.hard_share
            )
        self.add_loss(total)
        return total


def train(
    config: ParsingTrainingConfig,
    sources: list[LabelledPictures],
    output: str | Path,
    *,
    validation: LabelledPictures | None = None,
    description: dict | None = None,
    start_from: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Path:
    """Trains a parsing network and writes its weights in half precision.

    Args:
      config: how to train.
      sources: training pictures; each batch holds `share` of each. All pictures of one
        source have one size, different sources may not differ.
      output: folder for `parsing.weights.h5`, `parsing.json`, `training.csv`, TensorBoard
        events, previews and the checkpoint.
      validation: pictures never trained on; their region IoU ends up in the description.
      description: further values for the JSON (the command, the data).
      start_from: weights of `face2param.features.parsing` (a file, or "default" for the
        shipped ones) to begin with; heads that they lack begin at random.
      resume: go on from the checkpoint in `output`.
      overwrite: start anew although `output` holds a run.

    Returns:
      Path of the weight file.

    Raises:
      ConfigError: the sources do not fit each other, or there is nothing to resume.
      OutputError: `output` already holds a run.
      WeightsError: `start_from` does not fit; or the loss is no longer a number (the last
        checkpoint stays).
    """
    output = Path(output)
    counts = _counts(sources, config.batch_size)
    if not resume and not overwrite and (output / checkpoints.NAME).exists():
        raise OutputError(f"{output} already holds a training run; give --resume or --overwrite")
    keras.utils.set_random_seed(config.seed)
    trainer = _Trainer(_network(config, config.precision), sources, config)
    optimizer = keras.optimizers.AdamW(
        config.learning_rate, weight_decay=config.weight_decay, global_clipnorm=5.0
    )
    trainer.compile(optimizer=optimizer, jit_compile=False)
    optimizer.build(trainer.network.trainable_variables)
    progress = checkpoints.Progress()
    if resume:
        state, progress = checkpoints.load(output, _settings(config))
        for name, variable in _variables(trainer).items():
            variable.assign(state[name])
    elif start_from is not None:
        begin_with(start_from, trainer.network)
    progress = _loop(config, trainer, sources, counts, output, progress, resume)
    network = _network(config, "float32", auxiliary_heads=False)
    copy_by_name(trainer.network, network)
    about = {
        "classes": list(CLASSES),
        "width": config.width,
        "fine_head": config.fine_head,
        "size": [config.size, config.size],
        "preprocessing": trainer.preprocessing.to_dict(),
        "training": {**dataclasses.asdict(config), "seconds_spent": round(progress.seconds, 1)},
        "steps": progress.step,
        **(description or {}),
    }
    if validation is not None:
        about["validation_iou"] = evaluate(network, validation, config.size)
        print("validation IoU: " + _sentence(about["validation_iou"]), flush=True)
    save_half(network, output / WEIGHTS_NAME, about)
    return output / WEIGHTS_NAME


def copy_by_name(source: keras.Model, target: keras.Model) -> None:
    """Copies the weights of the layers that both models have, by layer name."""
    for layer in target.layers:
        if layer.weights:
            layer.set_weights(source.get_layer(layer.name).get_weights())


def begin_with(weights: str | Path, network: keras.Model) -> None:
    """Fills `network` with weights that were trained before.

    The input size may differ. Layers that only one of the two has, as the auxiliary heads,
    and an output layer for other classes are left as they are.

    Args:
      weights: file of `face2param.features.parsing`, or "default".
      network: a `face_parsing_tf.bisenet`.

    Raises:
      WeightsError: the file cannot be read, or its network has another width.
    """
    source = {layer.name: layer for layer in parsing_network.open_network(weights).model.layers}
    for layer in network.layers:
        if not layer.weights or layer.name not in source:
            continue
        values = source[layer.name].get_weights()
        found = [value.shape for value in values]
        shapes = [tuple(weight.shape) for weight in layer.weights]
        if found == shapes:
            layer.set_weights(values)
        elif not layer.name.endswith("_out"):  # those depend on the number of classes
            raise WeightsError(
                f"{weights}: {layer.name} is {found[0]}, the network to be trained has "
                f"{shapes[0]}; give the same --width"
            )


def evaluate(network: keras.Model, pictures: LabelledPictures, size: int) -> dict[str, float]:
    """Region IoU of each class over all pictures together.

    Args:
      network: a `face_parsing_tf.bisenet` of input `size`.
      pictures: labelled pictures; resized to `size` where they differ.
      size: side of the input.

    Returns:
      Class name -> intersection over union, for the classes that occur.
    """
    preprocessing = face_parsing_tf.Preprocessing()
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    for start in range(0, len(pictures.images), 8):
        rows = slice(start, start + 8)
        images = ops.cast(ops.convert_to_tensor(pictures.images[rows]), "float32") / 255.0
        labels = pictures.labels[rows]
        if images.shape[1:3] != (size, size):
            images = ops.image.resize(
                images, (size, size), antialias=True, data_format="channels_last"
            )
        logits = network(preprocessing(images), training=False)["out"]
        found = ops.convert_to_numpy(ops.argmax(logits, axis=-1))
        nearest = (np.arange(size) + 0.5) * labels.shape[1] / size
        nearest = nearest.astype(int)
        labels = labels[:, nearest][:, :, nearest]
        confusion += overlap.confusion(found, labels, len(CLASSES))
    iou = overlap.iou(confusion)
    occurs = confusion.sum(1) > 0
    return {name: round(float(iou[i]), 4) for i, name in enumerate(CLASSES) if occurs[i]}


def _network(config: ParsingTrainingConfig, precision: str, auxiliary_heads: bool = True):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(precision)
    try:
        return face_parsing_tf.bisenet(
            len(CLASSES),
            config.width,
            size=(config.size, config.size),
            auxiliary_heads=auxiliary_heads,
            fine_head=config.fine_head,
        )
    finally:
        keras.config.set_dtype_policy(before)


def _counts(sources: list[LabelledPictures], batch_size: int) -> list[int]:
    """Pictures of each source in a batch, at least one of each."""
    if not sources:
        raise ConfigError("sources: no training pictures were given")
    shapes = {source.images.shape[1:] for source in sources}
    if len(shapes) > 1:
        raise ConfigError(f"sources: pictures must have one size, got {sorted(shapes)}")
    if batch_size < len(sources):
        raise ConfigError(f"batch_size must be at least {len(sources)}, one of each source")
    shares = np.array([source.share for source in sources], float)
    counts = np.maximum(1, np.floor(shares / shares.sum() * batch_size).astype(int))
    counts[np.argmax(counts)] += batch_size - counts.sum()
    return counts.tolist()


def _variables(trainer: _Trainer) -> dict:
    """What a checkpoint holds, by name: weights, optimizer, random numbers."""
    groups = {"network": trainer.network.variables, "optimizer": trainer.optimizer.variables}
    groups["random"] = [trainer.random.state]
    return {f"{name}/{i:04}": v for name, group in groups.items() for i, v in enumerate(group)}


def _settings(config: ParsingTrainingConfig) -> dict:
    """What must be the same when a run is resumed; it may go on for longer."""
    free = ("steps", "seconds", "report_seconds", "checkpoint_seconds")
    return {k: v for k, v in dataclasses.asdict(config).items() if k not in free}


def _save(config, trainer: _Trainer, output: Path, progress: checkpoints.Progress) -> None:
    state = {k: ops.convert_to_numpy(v.value) for k, v in _variables(trainer).items()}
    checkpoints.save(output, state, progress, _settings(config))


def _rate(config: ParsingTrainingConfig, step: int, seconds: float) -> float:
    """Warm-up, then a cosine to zero over steps or seconds, whichever is nearer its end."""
    done = step / config.steps
    if config.seconds:
        done = max(done, seconds / config.seconds)
    cosine = 0.5 * (1 + np.cos(np.pi * min(done, 1.0)))
    return config.learning_rate * max(cosine, 1e-3) * min(1.0, (step + 1) / config.warmup_steps)


def _loop(config, trainer, sources, counts, output, progress, resume):
    configuration.write_json(output / "config.json", dataclasses.asdict(config))
    log = Logbook(output, "training", progress.step if resume else None)
    started = time.perf_counter() - progress.seconds
    reported = saved = progress.seconds
    losses = []
    while progress.step < config.steps:
        if config.seconds and progress.seconds >= config.seconds:
            break
        rng = np.random.default_rng((config.seed, progress.step))
        rows = [
            rng.integers(0, len(source.images), count).astype(np.int32)
            for source, count in zip(sources, counts, strict=True)
        ]
        table = rng.random((sum(counts), COLUMNS), dtype=np.float32)
        rate = _rate(config, progress.step, progress.seconds)
        trainer.optimizer.learning_rate = rate
        logs = trainer.train_on_batch({"rows": rows, "table": table}, return_dict=True)
        loss = float(logs["loss"])
        if not np.isfinite(loss):
            raise WeightsError(
                f"training the parsing network: the loss is {loss} at step {progress.step}; "
                f"the last checkpoint is in {output}. Lower the learning rate and resume"
            )
        losses.append(loss)
        seconds = time.perf_counter() - started
        progress = checkpoints.Progress(step=progress.step + 1, seconds=seconds)
        if seconds - reported >= config.report_seconds or progress.step == config.steps:
            speed = len(losses) * config.batch_size / (seconds - reported + 1e-9)
            mean = float(np.mean(losses))
            row = {"seconds": seconds, "loss": mean, "rate": rate, "pictures_a_second": speed}
            log.write(progress.step, row)
            print(
                f"step {progress.step} {seconds:.0f} s loss {mean:.4f} "
                f"rate {rate:.2e} {speed:.0f} pictures/s",
                flush=True,
            )
            losses, reported = [], seconds
        if seconds - saved >= config.checkpoint_seconds:
            _save(config, trainer, output, progress)
            saved = seconds
    _save(config, trainer, output, progress)
    return progress


def _sentence(iou: dict[str, float]) -> str:
    return ", ".join(f"{name} {value:.3f}" for name, value in iou.items())
