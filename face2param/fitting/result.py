"""What a search found, and how it got there."""

import csv
import dataclasses
import io
from typing import Any

import numpy as np

from face2param.fitting import reasons
from face2param.schema import Character

SEARCH, ONE_SHOT = "search", "one shot"


@dataclasses.dataclass(frozen=True)
class Candidate:
    """One finalist as the engine drew it.

    Attributes:
      character: its parameters.
      nuisance: `[nuisance width]` fitted expression and pose in engine units.
      score: weighted sum of `terms`, and `evidence`; the smallest wins.
      terms: term -> value, measured on the engine's picture.
      parts: what the score consists of in finer parts ("hair outline"), weighted.
      evidence: choice -> cost of its option by what was read from the photograph.
      origin: `search`, or `one shot` for the estimator's answer as it was.
    """

    character: Character
    nuisance: np.ndarray
    score: float
    terms: dict[str, float]
    parts: dict[str, float] = dataclasses.field(default_factory=dict)
    evidence: dict[str, float] = dataclasses.field(default_factory=dict)
    origin: str = SEARCH

    @property
    def objective(self) -> float:
        """The score without the evidence: how well the engine's picture fits the photograph."""
        return self.score - sum(self.evidence.values())

    @property
    def choices(self) -> dict[str, str]:
        """Choice name -> picked option."""
        return {name: self.character[name] for name in self.character.schema.choice_names}


@dataclasses.dataclass(frozen=True)
class Row:
    """One line of the course of a search.

    Attributes:
      stage: name of the stage.
      iteration: counted over all stages.
      total: weighted sum of the best start.
      terms: term -> unweighted value of that start.
    """

    stage: str
    iteration: int
    total: float
    terms: dict[str, float]


@dataclasses.dataclass(frozen=True)
class FitResult:
    """The character that was found for one photograph.

    Attributes:
      character: the answer; without expression and pose.
      nuisance: `[nuisance width]` expression and pose of the photograph, in engine units.
      candidates: all finalists, best first; the first one is the answer.
      course: every term at every iteration.
      readings: what was measured on the photograph, by name.
      seconds: stage -> time.
      attributes: of the person, as plain containers: value, confidence, source.
      settings: what the user decided, name -> value and source.
    """

    character: Character
    nuisance: np.ndarray
    candidates: tuple[Candidate, ...]
    course: tuple[Row, ...]
    readings: dict[str, Any]
    seconds: dict[str, float]
    attributes: dict[str, dict] = dataclasses.field(default_factory=dict)
    settings: dict[str, dict] = dataclasses.field(default_factory=dict)

    def csv(self) -> str:
        """Returns the course as CSV text: stage, iteration, total, then one column per term."""
        names = list(dict.fromkeys(name for row in self.course for name in row.terms))
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["stage", "iteration", "total", *names])
        for row in self.course:
            found = [f"{row.terms[name]:.6g}" if name in row.terms else "" for name in names]
            writer.writerow([row.stage, row.iteration, f"{row.total:.6g}", *found])
        return text.getvalue()

    def to_dict(self) -> dict[str, Any]:
        """Returns the answer and the finalists' scores as plain containers for JSON."""
        schema = self.character.schema
        controls = zip(schema.nuisance, self.nuisance, strict=True)
        return {
            **self.character.to_dict(),
            "dropped_nuisance": {c.name: round(float(v), 4) for c, v in controls},
            "attributes": self.attributes,
            "settings": self.settings,
            "readings": self.readings,
            "decided": reasons.decided(self.candidates),
            "finalists": [
                {
                    "origin": candidate.origin,
                    "choices": candidate.choices,
                    "score": round(candidate.score, 5),
                    "terms": _rounded(candidate.terms),
                    "parts": _rounded(candidate.parts),
                    "evidence": _rounded(candidate.evidence),
                    "against": reasons.against(candidate, self.candidates[0]),
                }
                for candidate in self.candidates
            ],
            "seconds": {name: round(value, 3) for name, value in self.seconds.items()},
        }


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 5) for name, value in values.items()}
