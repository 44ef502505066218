"""How a LightCNN may be trained: the published recipe and a lighter one."""

from __future__ import annotations

import dataclasses

import lightcnn_tf

from face2param.config import check_not_negative, check_positive
from face2param.errors import ConfigError
from face2param.features.lightcnn_training import initial, optimizer
from face2param.features.lightcnn_training.augmentation import LIGHT, STRONG, Augmentation

PRECISIONS = ("float32", "mixed_bfloat16")
_POSITIVE = ("size", "epochs", "batch_size", "learning_rate", "validate_every", "log_every")
_POSITIVE += ("threads",)
_NOT_NEGATIVE = ("seconds", "weight_decay", "warmup_steps", "checkpoint_seconds")
_NOT_NEGATIVE += ("relation_weight", "projection_weight")


@dataclasses.dataclass(frozen=True)
class LightCNNTrainingConfig:
    """How to train; the defaults are the published recipe.

    Attributes:
      network: "lightcnn9", "lightcnn29v1" or "lightcnn29v2".
      size: side of its input in pixels, a multiple of 16; the published one is 128.
      epochs: passes over the pictures after which training ends.
      seconds: training time after which it ends, 0 for no limit.
      batch_size: pictures a step.
      optimizer: "sgd", see `optimizer.LightCNNSGD`, or "adamw".
      learning_rate: its peak.
      momentum: of SGD, or AdamW's decay of the mean gradient.
      weight_decay: of all but biases.
      schedule: "step": times 0.457305051927326 every ten epochs; or "cosine".
      warmup_steps: the rate grows linearly over so many steps.
      initial: weights to start from, "published" or "scaled"; see module `initial`.
      augmentation: how crops are changed. Aligned crops of a list have a margin, from which
        chance takes its place: of them shift, turn and zoom do not apply.
      relation_weight: of the order of distances, where there is a teacher.
      projection_weight: of the teacher's embedding, where there is a teacher.
      precision: "float32", or "mixed_bfloat16" for a GPU.
      validate_every: epochs between validations (one more comes at the end).
      checkpoint_seconds: training time between checkpoints.
      log_every: steps between log rows.
      threads: that read pictures.
      seed: of the initial weights, the order of the pictures and the augmentation.
    """

    network: str = "lightcnn29v2"
    size: int = 128
    epochs: int = 80
    seconds: float = 0.0
    batch_size: int = 128
    optimizer: str = "sgd"
    learning_rate: float = 0.01
    momentum: float = 0.9
    weight_decay: float = 1e-4
    schedule: str = "step"
    warmup_steps: int = 0
    initial: str = "published"
    augmentation: Augmentation = LIGHT
    relation_weight: float = 1.0
    projection_weight: float = 1.0
    precision: str = "float32"
    validate_every: int = 1
    checkpoint_seconds: float = 300.0
    log_every: int = 100
    threads: int = 4
    seed: int = 0

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        check_positive(self, _POSITIVE)
        check_not_negative(self, _NOT_NEGATIVE)
        if self.size % 16:
            raise ConfigError(f"size: must be a multiple of 16, got {self.size}")
        if not 0 <= self.momentum < 1:
            raise ConfigError(f"momentum: must be in [0, 1), got {self.momentum}")
        for field, known in (
            ("network", tuple(lightcnn_tf.NETWORKS)),
            ("optimizer", optimizer.OPTIMIZERS),
            ("schedule", optimizer.SCHEDULES),
            ("initial", initial.INITIALS),
            ("precision", PRECISIONS),
        ):
            if getattr(self, field) not in known:
                raise ConfigError(
                    f"{field}: there is no {getattr(self, field)!r}; choose one of {known}"
                )


def published_config(**changes) -> LightCNNTrainingConfig:
    """The published recipe: SGD 0.9 / 1e-4, rate 0.01 falling by steps, 80 epochs of 128."""
    return dataclasses.replace(LightCNNTrainingConfig(), **changes)


def light_config(**changes) -> LightCNNTrainingConfig:
    """For few pictures and for teachers: AdamW and a cosine, with strong augmentation."""
    recipe = LightCNNTrainingConfig(
        epochs=20,
        batch_size=64,
        optimizer="adamw",
        learning_rate=1e-3,
        weight_decay=1e-3,
        schedule="cosine",
        warmup_steps=200,
        initial="scaled",
        augmentation=STRONG,
        log_every=20,
    )
    return dataclasses.replace(recipe, **changes)


PRESETS = {"published": published_config, "light": light_config}
