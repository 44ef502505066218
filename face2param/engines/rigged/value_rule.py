"""The rule that turns values of controls into weights, places and colours.

A control with limits low and high and the default d has t = (v - d) / (high - d) above d and
(d - v) / (d - low) below; a channel of it moves its target by lerp(neutral, extreme, t) - neutral
from where that rests. Differences on one target add up; turns are multiplied, the first innermost.
The C# of the Unity package computes the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from face2param.engines.rigged import quaternions
from face2param.engines.rigged.channels import SetChannel, SliderChannel
from face2param.engines.rigged.quaternions import IDENTITY, Quaternion
from face2param.engines.rigged.slots import Slots
from face2param.schema import Character, Schema


@dataclass(frozen=True)
class Controls:
    """Limits of the sliders and then the nuisance controls, `[controls]` each."""

    low: np.ndarray
    default: np.ndarray
    high: np.ndarray

    @classmethod
    def of(cls, schema: Schema) -> Controls:
        """Those of a schema."""
        rows = [(0.0, control.default, 1.0) for control in schema.continuous]
        rows += [(c.minimum, c.default, c.maximum) for c in schema.nuisance]
        return cls(*np.array(rows, np.float64).reshape(-1, 3).T)

    def travel(self, values: np.ndarray) -> np.ndarray:
        """How far each value is from its default, -1 at the lowest to 1 at the highest.

        Args:
          values: `[controls]`; brought into the limits first.
        """
        offset = np.clip(values, self.low, self.high) - self.default
        room = np.where(offset < 0, self.default - self.low, self.high - self.default)
        return np.divide(offset, room, out=np.zeros(len(offset)), where=room > 0)


@dataclass(frozen=True)
class Turn:
    """A rotation that a control gives to a node, or to the whole model (node -1)."""

    control: int
    node: int
    neutral: Quaternion
    minimum: Quaternion
    maximum: Quaternion
    pivot: tuple[float, float, float] | None

    def delta(self, travel: float) -> Quaternion:
        """The turn away from neutral, `travel` in [-1, 1]."""
        extreme = self.maximum if travel >= 0 else self.minimum
        reached = quaternions.lerp(self.neutral, extreme, abs(travel))
        return quaternions.multiply(reached, quaternions.inverse(self.neutral))


@dataclass(frozen=True)
class Outcome:
    """What the rule gives.

    Attributes:
      numbers: `[slots]`, see `Slots`.
      rotations: `[nodes, 4]` local, xyzw.
      root_position: `[3]`; the whole model is turned, then moved.
      root_rotation: `[4]`.
    """

    numbers: np.ndarray
    rotations: np.ndarray
    root_position: np.ndarray
    root_rotation: np.ndarray


class ValueRule:
    """All channels of a head on a model, ready to be applied.

    Attributes:
      controls: limits of the sliders and nuisance controls.
      slots: where each number stands.
    """

    def __init__(
        self,
        schema: Schema,
        slots: Slots,
        sliders: Sequence[tuple[int, SliderChannel]],
        options: Mapping[tuple[int, int], Sequence[SetChannel]],
    ):
        """Prepares the tables.

        Args:
          schema: whose characters are applied.
          slots: of the model.
          sliders: control (sliders, then nuisance) and channel, in the order of the rule.
          options: (choice, option) -> what the option sets.
        """
        self.controls = Controls.of(schema)
        self.slots = slots
        rows, turns = [], []
        for control, channel in sliders:
            target = channel.target
            if target.kind == "bone" and target.property == "rotation":
                node, rest = slots.rotation(target.bone)
                neutral = rest if channel.neutral is None else channel.neutral
                turns.append(
                    Turn(control, node, neutral, channel.minimum, channel.maximum, target.pivot)
                )
                continue
            for slot, part in slots.of(target):
                neutral = slots.rest[slot] if channel.neutral is None else part(channel.neutral)
                low, high = part(channel.minimum) - neutral, part(channel.maximum) - neutral
                rows.append((control, slot, low, high))
        self._control = np.array([row[0] for row in rows], np.int64)
        self._slot = np.array([row[1] for row in rows], np.int64)
        self._low = np.array([row[2] for row in rows], np.float64)
        self._high = np.array([row[3] for row in rows], np.float64)
        self._turns = turns
        self._options = {key: self._settings(found) for key, found in options.items()}

    def apply(self, character: Character, nuisance: np.ndarray) -> Outcome:
        """Where everything goes.

        Args:
          character: of the schema.
          nuisance: `[nuisance_width]`.
        """
        values = np.concatenate([character.values, nuisance]).astype(np.float64)
        travel = self.controls.travel(values)
        numbers = self.slots.rest.copy()
        rotations = self.slots.rotations.copy()
        root = [0.0, 0.0, 0.0], IDENTITY
        for key in enumerate(character.choices):
            for slot, difference, turn in self._options.get(key, ()):
                if turn is None:
                    numbers[slot] += difference
                else:
                    root = self._turned(turn, 1.0, rotations, root)
        share = travel[self._control]
        # add.at, since several channels may share a slot.
        np.add.at(numbers, self._slot, np.where(share < 0, -share * self._low, share * self._high))
        for turn in self._turns:
            if travel[turn.control] != 0:
                root = self._turned(turn, float(travel[turn.control]), rotations, root)
        return Outcome(numbers, rotations, np.array(root[0]), np.array(root[1]))

    def _settings(self, found: Sequence[SetChannel]) -> list[tuple[int, float, Turn | None]]:
        settings: list[tuple[int, float, Turn | None]] = []
        for channel in found:
            target = channel.target
            if target.kind == "bone" and target.property == "rotation":
                node, rest = self.slots.rotation(target.bone)
                value = channel.value
                settings.append((-1, 0.0, Turn(-1, node, rest, value, value, target.pivot)))
            else:
                for slot, part in self.slots.of(target):
                    settings.append((slot, part(channel.value) - self.slots.rest[slot], None))
        return settings

    @staticmethod
    def _turned(turn: Turn, travel: float, rotations: np.ndarray, root: tuple) -> tuple:
        """Applies one turn to a row of `rotations`, or to the place of the whole model."""
        delta = turn.delta(travel)
        if turn.node >= 0:
            before = rotations[turn.node].tolist()
            rotations[turn.node] = quaternions.normalise(quaternions.multiply(delta, before))
            return root
        position, rotation = root
        arm = [a - b for a, b in zip(position, turn.pivot, strict=True)]
        place = [a + b for a, b in zip(quaternions.turn(delta, arm), turn.pivot, strict=True)]
        return place, quaternions.normalise(quaternions.multiply(delta, rotation))
