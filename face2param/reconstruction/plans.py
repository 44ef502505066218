"""In which stages a refinement goes, and how fast each kind of coefficient moves."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param import config
from face2param.errors import ConfigError
from face2param.morphable.coefficients import Layout
from face2param.reconstruction.presets import OBSERVED, Weights


@dataclasses.dataclass(frozen=True)
class Stage:
    """One descent.

    Attributes:
      name: shown in courses and messages.
      steps: how many.
      rates: pairs (kind of coefficient, Adam's rate); what is not named stays.
      losses: those that count; the others' weights are 0 in this stage.
    """

    name: str
    steps: int
    rates: tuple[tuple[str, float], ...]
    losses: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises ConfigError where a number is out of range."""
        config.check_not_negative(self, ["steps"])
        for name, rate in self.rates:
            if not rate > 0:
                raise ConfigError(f"rates: that of {name} must be positive, got {rate}")

    def weights(self, weights: Weights) -> Weights:
        """The weights with all losses off that do not count in this stage; empty: all count."""
        if not self.losses:
            return weights
        off = {name: 0.0 for name in weights.active() if name not in self.losses}
        return dataclasses.replace(weights, **off)

    def compares(self, weights: Weights) -> bool:
        """Whether a loss that looks at the photograph is left; else there is nothing to do."""
        return any(name in OBSERVED for name in self.weights(weights).active())

    def rates_of(self, layout: Layout) -> np.ndarray:
        """Rate of every entry of a vector, `[width]` float32.

        Raises:
          ConfigError: the layout has no coefficients of a named kind.
        """
        rates = np.zeros(layout.width, np.float32)
        for name, rate in self.rates:
            if name not in layout.names:
                raise ConfigError(
                    f"stage {self.name!r} moves {name!r}; there is only {', '.join(layout.names)}"
                )
            rates[layout.slices[name]] = rate
        return rates


@dataclasses.dataclass(frozen=True)
class Plan:
    """Stages in order.

    Attributes:
      stages: at least one.
    """

    stages: tuple[Stage, ...]

    @property
    def steps(self) -> int:
        """Of all stages together."""
        return sum(stage.steps for stage in self.stages)

    def shared_out(self, steps: int | None) -> list[int]:
        """Steps of each stage when all together shall be `steps`; None: as planned.

        Raises:
          ConfigError: a negative number.
        """
        if steps is None:
            return [stage.steps for stage in self.stages]
        if steps < 0:
            raise ConfigError(f"steps must not be negative, got {steps}")
        ends = np.cumsum([0] + [stage.steps for stage in self.stages]) * steps / max(self.steps, 1)
        return np.diff(np.round(ends).astype(int)).tolist()


DEFAULT = Plan(
    (
        Stage(
            "pose", 40, (("rotation", 0.02), ("translation", 0.02)), ("landmarks", "coefficients")
        ),
        Stage(
            "everything",
            250,
            (
                ("rotation", 0.01),
                ("translation", 0.01),
                ("identity", 0.1),
                ("expression", 0.1),
                ("albedo", 0.1),
                ("light", 0.02),
            ),
        ),
    )
)
"""First the pose by the landmarks, which need no picture; then all losses together. Shape does not
move in the first stage: landmarks alone would undo what a network saw elsewhere in the face.

The descent is not at its end after 250 steps (12 to 16 ms of a core each): of the mean face's
error 600 leave a tenth, 200 a sixth to a fifth. Rates from 0.05 to 0.2 end alike, and so do other
decays of Adam."""
