"""Which optimiser, told once and built natively under either backend."""

import dataclasses

from face2param.config import check_not_negative
from face2param.errors import ConfigError

NAMES = ("adamw", "sgd")


@dataclasses.dataclass(frozen=True)
class OptimizerConfig:
    """AdamW (decoupled weight decay on matrices and kernels only) or SGD with momentum.

    Attributes:
      name: "adamw" or "sgd".
      weight_decay: of AdamW, per step and unit of learning rate.
      beta_1: AdamW's decay of the mean gradient; the momentum of SGD.
      beta_2: AdamW's decay of the mean squared gradient.
      epsilon: added to its root.
      maximum_norm: gradients are scaled down to this global norm, so that one odd batch cannot
        end a run; 0 for no limit.
    """

    name: str = "adamw"
    weight_decay: float = 1e-4
    beta_1: float = 0.9
    beta_2: float = 0.99
    epsilon: float = 1e-8
    maximum_norm: float = 1.0

    def __post_init__(self) -> None:
        """Checks the ranges.

        Raises:
          ConfigError: naming the field that is out of range.
        """
        if self.name not in NAMES:
            raise ConfigError(f"optimizer: there is no {self.name!r}; choose one of {NAMES}")
        check_not_negative(self, ("weight_decay", "beta_1", "beta_2", "epsilon", "maximum_norm"))


def decays(shape: tuple[int, ...]) -> bool:
    """Whether weight decay applies to a variable: not to biases and other vectors."""
    return len(shape) > 1
