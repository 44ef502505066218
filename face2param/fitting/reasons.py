"""Why one candidate won: the score in parts that have names, and the parts that decided."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from face2param import regions as region_table

if TYPE_CHECKING:
    from face2param.fitting.measures import Measures
    from face2param.fitting.objective import Weights
    from face2param.fitting.result import Candidate

_ZONE_WORDS = {
    "forehead": "skin colour",
    "cheeks": "skin colour",
    "nose": "skin colour",
    "under_eyes": "colour under the eyes",
    "upper_lip": "lip colour",
    "lower_lip": "lip colour",
    "brows": "brow colour",
    "irises": "iris colour",
    "moustache": "beard colour",
    "soul_patch": "beard colour",
    "chin": "beard colour",
    "jaw": "beard colour",
    "whiskers": "beard colour",
}
_TERM_WORDS = {"hair": "hair colour", "appearance": "shading", "content": "features"}
_NOTICED = 0.002
"""Parts that differ by less are not worth a word; scores of good fits lie near 1."""


def parts(
    photo: Measures, drawn: Measures, computed: Mapping[str, np.ndarray], weights: Weights
) -> dict[str, np.ndarray]:
    """Splits the weighted score of engine pictures into named parts.

    Args:
      photo: measures of the photographs, with `valid`.
      drawn: measures of as many engine pictures.
      computed: term -> `[batch]`, unweighted, of the same pictures.
      weights: of the terms.

    Returns:
      name -> `[batch]`, weighted; together they are the weighted sum of `computed`.
    """
    from face2param.fitting import terms, zones  # TensorFlow, which reading a result need not

    factors = dataclasses.asdict(weights)
    found: dict[str, np.ndarray] = {}

    def add(name: str, value: np.ndarray) -> None:
        found[name] = found.get(name, 0.0) + np.asarray(value, np.float64)

    for term, value in computed.items():
        if term == "regions":
            losses = terms.region_losses(photo["regions"], drawn["regions"], photo["valid"])
            for name in terms.REGION_WEIGHTS:
                add(f"{name} outline", factors[term] * losses[:, region_table.MERGED.index(name)])
        elif term == "zones":
            distances = terms.zone_distances(photo["zones"], drawn["zones"])
            for row, name in enumerate(zones.NAMES):
                add(_ZONE_WORDS[name], factors[term] * distances[:, row])
        else:
            add(_TERM_WORDS.get(term, term), factors[term] * np.asarray(value))
    return found


def decided(candidates: Sequence[Candidate]) -> str:
    """Says in a few words why the first candidate won.

    Args:
      candidates: best first.

    Returns:
      For example `hair outline +0.030, beard colour +0.021 over side_part/none`: by how much the
      winner is better in which parts than the best candidate with other options. Empty where
      there is no choice.
    """
    best = candidates[0]
    others = [c for c in candidates if c.choices != best.choices]
    if not best.choices:
        return ""
    if not others:
        return f"no other options than {_options(best)} came that far"
    told = _gains(others[0], best)
    words = ", ".join(f"{name} +{gain:.3f}" for name, gain in told) or "by a hair"
    return f"{words} over {_options(others[0])}"


def against(candidate: Candidate, best: Candidate) -> str:
    """Says in a few words why `candidate` lost to `best`; empty for the winner itself."""
    if candidate is best:
        return ""
    told = _gains(candidate, best)
    words = ", ".join(f"{name} {gain:.3f} worse" for name, gain in told)
    return words or "nothing in particular"


def _gains(loser: Candidate, winner: Candidate, count: int = 3) -> list[tuple[str, float]]:
    """The parts in which the winner is better, largest gain first."""
    first, second = _all_parts(loser), _all_parts(winner)
    gains = [(name, first[name] - second.get(name, 0.0)) for name in first]
    gains = [(name, gain) for name, gain in gains if gain >= _NOTICED]
    return sorted(gains, key=lambda pair: -pair[1])[:count]


def _all_parts(candidate: Candidate) -> dict[str, float]:
    read = {f"{name} as read": cost for name, cost in candidate.evidence.items()}
    return {**candidate.parts, **read}


def _options(candidate: Candidate) -> str:
    return "/".join(candidate.choices.values())
