"""How the parsing network is trained: one configuration, two recipes.

`light` is ours: AdamW, a cosine, small pictures, strong augmentation. `published` is that of
zllrunning/face-parsing.PyTorch, which made the well-known 79999_iter.pth (read in its
train.py, loss.py, optimizer.py and transform.py). Where it deviates: the trunk starts at random
or from `--start_from`, not from an ImageNet classifier, and one machine trains instead of
several.
"""

from __future__ import annotations

import dataclasses

from face2param.config import check_not_negative, check_positive
from face2param.errors import ConfigError
from face2param.features.parsing_training.classes import CLASS_SETS

_CHOICES = {
    "classes": tuple(CLASS_SETS),
    "augmentation": ("light", "published"),
    "optimizer": ("adamw", "sgd"),
    "schedule": ("cosine", "poly"),
    "mining": ("all", "hardest"),
    "precision": ("float32", "mixed_bfloat16"),
}
_NOT_NEGATIVE = (
    "seconds",
    "warmup_steps",
    "warmup_rate",
    "weight_decay",
    "maximum_norm",
    "auxiliary_weight",
    "report_seconds",
    "checkpoint_seconds",
    "validate_seconds",
)
_POSITIVE = ("steps", "batch_size", "width", "learning_rate", "head_factor", "poly_power")


@dataclasses.dataclass(frozen=True)
class ParsingTrainingConfig:
    """How to train.

    Attributes:
      steps: gradient steps; the schedule ends there or after `seconds`.
      seconds: wall-clock budget of the training steps; 0 for none.
      batch_size: pictures per step.
      size: side of the training crops, a multiple of 32.
      input_size: side of the network's input after training; 0: `size`.
      width: factor on the network's channels.
      fine_head: decide at stride 4 instead of 8.
      classes: "celebamask" (19) or "helen" (11).
      augmentation: "light" (ours, strong) or "published" (jitter, flip, scale, crop).
      optimizer: "adamw" or "sgd" (momentum, decay of the kernels alone).
      learning_rate: its peak, reached after `warmup_steps`.
      schedule: "cosine" after a linear warm-up, or "poly" after a geometric one.
      warmup_steps: steps of warm-up.
      warmup_rate: where the geometric warm-up starts.
      poly_power: exponent of "poly".
      head_factor: factor on the learning rate of feature fusion and heads, with "sgd".
      momentum: of "sgd".
      weight_decay: of either optimizer.
      maximum_norm: gradients are clipped to this joint norm; 0: not.
      mining: what counts where too few pixels are hard: "all" known ones or the "hardest".
      hard_probability: pixels whose class is predicted with less than this count as hard.
      hard_share: if fewer than this share is hard, `mining` decides.
      auxiliary_weight: weight of each auxiliary head's loss.
      precision: `float32`, or `mixed_bfloat16` on hardware that is fast in it.
      report_seconds: seconds between progress lines.
      checkpoint_seconds: seconds between checkpoints.
      validate_seconds: seconds between validations with previews; 0: at the end only.
      seed: of weights, order and augmentation.
    """

    steps: int = 20000
    seconds: float = 0.0
    batch_size: int = 64
    size: int = 256
    input_size: int = 0
    width: float = 0.5
    fine_head: bool = True
    classes: str = "celebamask"
    augmentation: str = "light"
    optimizer: str = "adamw"
    learning_rate: float = 2e-3
    schedule: str = "cosine"
    warmup_steps: int = 200
    warmup_rate: float = 1e-5
    poly_power: float = 0.9
    head_factor: float = 1.0
    momentum: float = 0.9
    weight_decay: float = 1e-3
    maximum_norm: float = 5.0
    mining: str = "all"
    hard_probability: float = 0.7
    hard_share: float = 0.0625
    auxiliary_weight: float = 0.4
    precision: str = "float32"
    report_seconds: float = 10.0
    checkpoint_seconds: float = 60.0
    validate_seconds: float = 600.0
    seed: int = 0

    def __post_init__(self):
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        for field, known in _CHOICES.items():
            if getattr(self, field) not in known:
                raise ConfigError(
                    f"{field}: there is no {getattr(self, field)!r}; choose one of {known}"
                )
        for field in ("size", "input_size"):
            value = getattr(self, field)
            if value % 32 or value < 0 or (field == "size" and value == 0):
                raise ConfigError(f"{field}: must be a multiple of 32, got {value}")
        check_positive(self, _POSITIVE)
        check_not_negative(self, _NOT_NEGATIVE)
        for field in ("hard_probability", "hard_share", "momentum"):
            if not 0 <= getattr(self, field) <= 1:
                raise ConfigError(f"{field}: must be in [0, 1], got {getattr(self, field)}")


def published() -> ParsingTrainingConfig:
    """The recipe of zllrunning/face-parsing.PyTorch; wants pictures of 512 pixels."""
    return ParsingTrainingConfig(
        steps=80000,
        batch_size=16,
        size=448,
        input_size=512,
        width=1.0,
        fine_head=False,
        augmentation="published",
        optimizer="sgd",
        learning_rate=1e-2,
        schedule="poly",
        warmup_steps=1000,
        head_factor=10.0,
        weight_decay=5e-4,
        maximum_norm=0.0,
        mining="hardest",
        auxiliary_weight=1.0,
    )


RECIPES = {"light": ParsingTrainingConfig, "published": published}
SOURCE_SIZES = {"light": 320, "published": 512}
"""Side at which each recipe wants its training pictures."""
