"""What the user decided: sliders and options that a search must leave alone."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from face2param.fitting.choices import Knowledge
from face2param.schema import Schema


@dataclasses.dataclass(frozen=True)
class Held:
    """Decisions in terms of a schema.

    Attributes:
      schema: of the characters.
      sliders: name -> value in [0, 1].
      options: choice name -> the options that are allowed, at least one.
    """

    schema: Schema
    sliders: Mapping[str, float] = dataclasses.field(default_factory=dict)
    options: Mapping[str, tuple[str, ...]] = dataclasses.field(default_factory=dict)

    def allowed(self, name: str) -> np.ndarray:
        """Says which options of the choice `name` are allowed, `[options]` bool."""
        options = self.schema.choices[self.schema.choice_index[name]].options
        wanted = self.options.get(name, options)
        return np.array([option in wanted for option in options])

    def apply(self, values: np.ndarray) -> np.ndarray:
        """Sets the decided values; a choice with a forbidden option takes the first allowed.

        Args:
          values: `[batch, width]` encoded characters.

        Returns:
          `[batch, width]`, a copy.
        """
        values = np.array(values, np.float32)
        for name, value in self.sliders.items():
            values[:, self.schema.index[name]] = value
        for name in self.options:
            block, allowed = self.schema.slices[name], self.allowed(name)
            wrong = ~allowed[values[:, block].argmax(1)]
            values[wrong, block] = np.eye(len(allowed))[allowed.argmax()]
        return values

    def moves(self) -> np.ndarray:
        """Returns `[width]` float32, 0 where a value is held, else 1."""
        moves = np.ones(self.schema.width, np.float32)
        moves[[self.schema.index[name] for name in self.sliders]] = 0
        for name in self.options:
            allowed = self.allowed(name)
            moves[self.schema.slices[name]] = allowed if allowed.sum() > 1 else 0
        return moves

    def restrict(self, knowledge: Knowledge | None, count: int) -> Knowledge:
        """Makes forbidden options infinitely costly and keeps variants off the held sliders.

        Args:
          knowledge: of the options; None: nothing.
          count: photographs in the batch.
        """
        knowledge = knowledge or Knowledge()
        costs = dict(knowledge.costs)
        for name in self.options:
            allowed = self.allowed(name)
            before = costs.get(name, np.zeros((count, len(allowed))))
            costs[name] = np.where(allowed, before, np.inf)
        columns = [self.schema.index[name] for name in self.sliders]
        variants = {}
        for name, table in knowledge.variants.items():
            table = np.array(table)
            table[:, columns] = np.nan
            variants[name] = table
        return Knowledge(costs, variants)
