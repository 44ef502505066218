"""Photographs as training pairs: a search result that beats the estimator becomes its target."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from face2param.errors import ConfigError
from face2param.estimator.samples import Samples
from face2param.estimator.targets import HEADS, UNKNOWN, Compatible
from face2param.schema import Schema

_VAGUE = ("hair_texture",)
"""Attributes on which people differ too much to overrule a search: straight, wavy, curly."""


def improvements(
    searched: np.ndarray, oneshot: np.ndarray, margin: float = 0.0, limit: float = np.inf
) -> np.ndarray:
    """Which search results may teach the estimator.

    Args:
      searched: `[photographs]` objective of the search's answers, lower is better; NaN where
        there is none.
      oneshot: `[photographs]` the same of the estimator's answers; NaN where there is none,
        which any result beats.
      margin: by which a result must be better.
      limit: above which no result is good enough to be imitated.

    Returns:
      `[photographs]` bool.

    Raises:
      ConfigError: the two do not belong together.
    """
    searched = np.asarray(searched, np.float64)
    good = np.isfinite(searched) & (np.nan_to_num(searched, nan=np.inf) <= limit)
    oneshot = np.asarray(oneshot, np.float64)
    if oneshot.shape != searched.shape:
        raise ConfigError(
            f"oneshot: expected the objectives of {searched.shape} photographs, got {oneshot.shape}"
        )
    return good & ~(np.nan_to_num(searched, nan=np.inf) + margin >= oneshot)


def with_targets(
    samples: Samples,
    characters: np.ndarray,
    better: np.ndarray,
    schema: Schema,
    table: Sequence[Compatible] = (),
) -> Samples:
    """Prepared photographs whose characters are those of the search where it was better.

    A choice of the search that contradicts what somebody saw in the photograph (a search may
    shave a beard) teaches nothing: it stays unknown, and what was seen teaches instead.

    Args:
      samples: copies of all photographs in the same order; odd copies are mirrored, see
        `samples.prepared`.
      characters: `[photographs, width]` encoded answers of the search.
      better: `[photographs]` bool, see `improvements`.
      schema: of the characters; mirrors the answers of mirrored copies.
      table: what attributes say about choices, see `targets.compatible`.

    Returns:
      The same samples; other characters stay as they are.

    Raises:
      ConfigError: the numbers of photographs differ.
    """
    count = len(better)
    if characters.shape != (count, samples.characters.shape[1]) or len(samples) % count:
        raise ConfigError(
            f"characters: expected [{count}, {samples.characters.shape[1]}] for {len(samples)} "
            f"samples, got {characters.shape}"
        )
    found = samples.characters.copy()
    for row in range(len(samples)):
        which, is_mirrored = row % count, row // count % 2
        if better[which]:
            answer = schema.decode(characters[which])
            found[row] = schema.encode(answer.mirror() if is_mirrored else answer)[0]
            _forget_contradictions(found[row], samples.attributes[row], schema, table)
    return Samples(samples.inputs, found, samples.nuisance, samples.attributes)


def _forget_contradictions(
    encoded: np.ndarray, attributes: np.ndarray, schema: Schema, table: Sequence[Compatible]
) -> None:
    """Makes choices unknown, in place, that do not go with the attributes that were seen."""
    choices = encoded[len(schema.continuous) :]  # a view
    names = list(HEADS)
    for entry in table:
        if names[entry.head] in _VAGUE:
            continue
        seen, picked = attributes[entry.head], choices[entry.block]
        if seen != UNKNOWN and not np.isnan(picked).any():
            if not entry.table[picked.argmax(), seen]:
                picked[:] = np.nan
