"""Random people and faces for heads whose sliders are known by name."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from face2param.engines.base import People
from face2param.engines.rigged.engine import RiggedEngine
from face2param.errors import EngineError
from face2param.schema import Character

_EXPRESSIONS = (
    # share, {control: (lowest, highest)}; a name without side stands for both sides.
    (0.26, {}),
    (0.22, {"mouthSmile": (0.25, 0.9), "cheekSquint": (0.0, 0.45), "eyeSquint": (0.0, 0.3)}),
    (0.22, {"mouthSmile": (0.3, 0.9), "mouthUpperUp": (0.1, 0.6), "jawOpen": (0.0, 0.2),
            "mouthLowerDown": (0.0, 0.4), "cheekSquint": (0.0, 0.5)}),
    (0.10, {"jawOpen": (0.05, 0.5)}),
    (0.06, {"mouthFrown": (0.1, 0.7), "browDown": (0.0, 0.6), "mouthPress": (0.0, 0.5)}),
    (0.06, {"browInnerUp": (0.1, 0.8), "browOuterUp": (0.0, 0.7), "eyeWide": (0.0, 0.6)}),
)  # fmt: skip
_SINGLE = (3, 0.7)
_UNEVEN = 0.06
_ASYMMETRY = 0.2
_NEVER_ALONE = ("mouthClose",)
_ANGLES = {"head_yaw": 9, "head_pitch": 6, "head_roll": 5, "gaze_yaw": 7, "gaze_pitch": 4}


class PeopledEngine(RiggedEngine):
    """A rigged head that knows how its sliders are distributed among people.

    Attributes:
        usual: slider -> (mean, standard deviation) of its values; others count (0.5, 0.2).
    """

    usual: Mapping[str, tuple[float, float]] = {}

    def random_characters(
        self,
        rng: np.random.Generator,
        count: int,
        spread: float = 1.0,
        plausible: bool = True,
    ) -> list[Character]:
        """Random characters; plausible ones are normally distributed around the usual."""
        if count < 0 or not 0.0 <= spread <= 1.0:
            raise EngineError(
                f"random_characters: count is {count} and spread {spread}; "
                "count must not be negative and spread must be in [0, 1]"
            )
        if not plausible:
            return self.schema.random(rng, count, spread)
        mean, deviation = self._usual()
        out = []
        for _ in range(count):
            values = mean + spread * deviation * self._alike(rng.normal(size=len(mean)))
            # Turned back at the ends of the sliders, so that these are not drawn too often.
            values = np.abs(values)
            values = np.clip(1 - np.abs(1 - values), 0, 1)
            picks = tuple(int(rng.integers(len(c.options))) for c in self.schema.choices)
            out.append(Character(self.schema, values, picks))
        return out

    def random_nuisance(self, rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
        """An expression as portraits show it, and a small turn of head and eyes."""
        if not 0.0 <= amount <= 1.0:
            raise EngineError(f"random_nuisance: amount is {amount}; it must be in [0, 1]")
        shares = [share for share, _ in _EXPRESSIONS]
        kind = int(rng.choice(len(shares) + 1, p=[*shares, 1 - sum(shares)]))
        wanted = dict(_EXPRESSIONS[kind][1]) if kind < len(shares) else self._singles(rng)
        if rng.random() < 0.12:
            wanted["eyeBlink"] = (0.2, 1.0)
        values: dict[str, float] = {}
        for name, (low, high) in wanted.items():
            value = rng.uniform(low, high)
            for full in (name, f"{name}Left", f"{name}Right"):
                values[full] = value * (1 + rng.normal(0, _UNEVEN))
        for name, degrees in _ANGLES.items():
            values[name] = np.radians(rng.normal(0, degrees))
        vector = self.schema.neutral_nuisance()
        for index, control in enumerate(self.schema.nuisance):
            if control.name in values:
                value = amount * values[control.name]
                vector[index] = np.clip(value, control.minimum, control.maximum)
        return vector

    def people(self) -> People:
        """What to expect of a person: how the sliders are distributed."""
        mean, deviation = self._usual()
        return People(mean.astype(np.float32), deviation.astype(np.float32))

    def _alike(self, drawn: np.ndarray) -> np.ndarray:
        """Left and right of a face differ by little."""
        out = drawn.copy()
        for index, control in enumerate(self.schema.continuous):
            partner = self.schema.index[control.mirror or control.name]
            if partner < index:
                out[index] = drawn[partner] + _ASYMMETRY * drawn[index]
        return out

    def _usual(self) -> tuple[np.ndarray, np.ndarray]:
        rows = [self.usual.get(name, (0.5, 0.2)) for name in self.schema.names]
        mean, deviation = np.array(rows, np.float64).T
        return mean, deviation

    def _singles(self, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
        """A few unrelated expressions at once."""
        count, high = _SINGLE
        names = sorted(
            {
                _without_side(control.name)
                for control in self.schema.nuisance
                if control.group == "expression" and control.name not in _NEVER_ALONE
            }
        )
        chosen = rng.choice(len(names), min(count, len(names)), replace=False)
        return {names[index]: (0.0, high) for index in chosen}


def _without_side(name: str) -> str:
    """`mouthSmileLeft` to `mouthSmile`; a jaw that goes left is no side of a jaw."""
    bare = name.removesuffix("Left").removesuffix("Right")
    return name if bare in ("jaw", "mouth") else bare
