"""Choices (hairstyle, beard, glasses): every option is tried, the best combinations go on."""

import itertools
from collections.abc import Callable

import numpy as np

from face2param.schema import Schema

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]


def with_options(values: np.ndarray, schema: Schema, name: str) -> np.ndarray:
    """Repeats each character once per option of a choice.

    Args:
      values: `[batch, width]` encoded characters.
      schema: the parameter schema.
      name: of the choice.

    Returns:
      `[batch, options, width]`, equal except for the block of that choice, which is one-hot.
    """
    block = schema.slices[name]
    count = block.stop - block.start
    tried = np.repeat(values[:, None], count, 1)
    tried[:, :, block] = np.eye(count, dtype=values.dtype)
    return tried


def rank(
    values: np.ndarray,
    nuisance: np.ndarray,
    schema: Schema,
    score: Score,
    sweeps: int = 2,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Tries every option of every choice, one choice after the other.

    Each choice takes its best option before the next is tried; the second sweep sees the
    first one's picks.

    Args:
      values: `[batch, width]` encoded characters, one per photograph.
      nuisance: `[batch, nuisance width]`.
      schema: the parameter schema.
      score: (values `[batch * options, width]`, nuisance alike) -> `[batch * options]`, smaller
        is better; rows of one photograph lie together.
      sweeps: how often to go through the choices.

    Returns:
      values with the best option of each choice, and choice name -> `[batch, options]` scores
      of the last sweep.
    """
    values = np.array(values)
    scores: dict[str, np.ndarray] = {}
    for _ in range(sweeps):
        for name, block in schema.slices.items():
            tried = with_options(values, schema, name)
            batch, count, width = tried.shape
            found = score(tried.reshape(-1, width), np.repeat(nuisance, count, 0))
            scores[name] = np.asarray(found).reshape(batch, count)
            values[:, block] = np.eye(count)[scores[name].argmin(1)]
    return values, scores


def combinations(
    scores: dict[str, np.ndarray], count: int, kept: int = 4
) -> list[list[tuple[dict[str, int], float]]]:
    """Lists the most promising combinations of options of each photograph.

    The score of a combination is taken as the sum of what each option loses against the best
    of its choice.

    Args:
      scores: choice name -> `[batch, options]`, smaller is better.
      count: combinations per photograph.
      kept: options of one choice that are combined at all.

    Returns:
      per photograph `count` pairs of (choice name -> option index, loss against the best),
      best first; repeated from the front where the schema has fewer.
    """
    names = list(scores)
    batch = len(next(iter(scores.values()))) if names else 0
    listed = []
    for row in range(batch):
        losses = {name: scores[name][row] - scores[name][row].min() for name in names}
        best = [np.argsort(losses[name], kind="stable")[:kept] for name in names]
        ranked = sorted(
            (
                (dict(zip(names, map(int, picks), strict=True)), total)
                for picks in itertools.product(*best)
                for total in [float(sum(losses[n][p] for n, p in zip(names, picks, strict=True)))]
            ),
            key=lambda pair: pair[1],
        )
        listed.append([ranked[k % len(ranked)] for k in range(count)])
    return listed


def apply(values: np.ndarray, schema: Schema, picks: dict[str, int]) -> np.ndarray:
    """Sets the choices of one character.

    Args:
      values: `[width]` encoded character.
      schema: the parameter schema.
      picks: choice name -> option index.

    Returns:
      `[width]`, a copy.
    """
    values = np.array(values)
    for name, pick in picks.items():
        block = schema.slices[name]
        values[block] = 0
        values[block.start + pick] = 1
    return values
