"""Choices (hairstyle, beard, glasses): every option is tried, the best combinations go on."""

import dataclasses
import itertools
from collections.abc import Callable, Mapping

import numpy as np

from face2param.schema import Schema

Score = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclasses.dataclass(frozen=True)
class Knowledge:
    """What is known about the options beside the measures.

    Attributes:
      costs: choice name -> `[batch, options]`, added to the score of each option.
      variants: choice name -> `[variants, width]` encoded characters; each option is tried with
        every variant's sliders. NaN leaves a value alone. Choices without variants are tried
        as the character is.
    """

    costs: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    variants: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)


@dataclasses.dataclass(frozen=True)
class Ranking:
    """What trying all options found.

    Attributes:
      values: `[batch, width]` with the best option of each choice.
      scores: choice name -> `[batch, options]` of the best variant, smaller is better.
      settings: choice name -> `[batch, options, width]` the sliders of that variant, NaN where
        they stay.
    """

    values: np.ndarray
    scores: dict[str, np.ndarray]
    settings: dict[str, np.ndarray]


def with_options(
    values: np.ndarray, schema: Schema, name: str, variants: np.ndarray | None = None
) -> np.ndarray:
    """Repeats each character once per option of a choice and variant of its sliders.

    Args:
      values: `[batch, width]` encoded characters.
      schema: the parameter schema.
      name: of the choice.
      variants: `[variants, width]`, NaN where a value stays; None is one that changes nothing.

    Returns:
      `[batch, options * variants, width]`, the variants of one option together.
    """
    if variants is None:
        variants = np.full((1, schema.width), np.nan, values.dtype)
    block = schema.slices[name]
    count = block.stop - block.start
    settings = np.tile(variants, (count, 1))[None]
    tried = np.where(np.isnan(settings), values[:, None], settings).astype(values.dtype)
    tried[:, :, block] = np.repeat(np.eye(count, dtype=values.dtype), len(variants), 0)
    return tried


def rank(
    values: np.ndarray,
    nuisance: np.ndarray,
    schema: Schema,
    score: Score,
    knowledge: Knowledge | None = None,
    sweeps: int = 1,
) -> Ranking:
    """Tries every option of every choice, one choice after the other.

    Each choice takes its best option before the next is tried; a second sweep would see the
    first one's picks.

    Args:
      values: `[batch, width]` encoded characters, one per photograph.
      nuisance: `[batch, nuisance width]`.
      schema: the parameter schema.
      score: (values `[batch * options, width]`, nuisance alike) -> `[batch * options]`, smaller
        is better; rows of one photograph lie together.
      knowledge: costs and variants of the options.
      sweeps: how often to go through the choices.
    """
    knowledge = knowledge or Knowledge()
    values = np.array(values)
    scores: dict[str, np.ndarray] = {}
    settings: dict[str, np.ndarray] = {}
    for name, block in list(schema.slices.items()) * sweeps:
        variants = knowledge.variants.get(name)
        tried = with_options(values, schema, name, variants)
        batch, count, width = tried.shape
        found = score(tried.reshape(-1, width), np.repeat(nuisance, count, 0))
        found = np.asarray(found).reshape(batch, block.stop - block.start, -1)
        found = found + np.asarray(knowledge.costs.get(name, np.zeros(found.shape[:2])))[..., None]
        scores[name] = found.min(2)
        if variants is None:
            variants = np.full((1, width), np.nan)
        settings[name] = np.asarray(variants)[found.argmin(2)]
        picks = scores[name].argmin(1)
        values = np.stack(
            [
                apply(row, schema, {name: int(pick)}, {name: setting})
                for row, pick, setting in zip(values, picks, settings[name], strict=True)
            ]
        )
    return Ranking(values, scores, settings)


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
      best first; repeated from the front where the schema has fewer. An option of infinite
      score is never taken.
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
                if np.isfinite(total)
            ),
            key=lambda pair: pair[1],
        )
        listed.append([ranked[k % len(ranked)] for k in range(count)])
    return listed


def apply(
    values: np.ndarray,
    schema: Schema,
    picks: Mapping[str, int],
    settings: Mapping[str, np.ndarray] | None = None,
) -> np.ndarray:
    """Sets the choices of one character.

    Args:
      values: `[width]` encoded character.
      schema: the parameter schema.
      picks: choice name -> option index.
      settings: choice name -> `[options, width]` sliders that come with each option, NaN where
        they stay.

    Returns:
      `[width]`, a copy.
    """
    values = np.array(values)
    for name, pick in picks.items():
        if settings is not None:
            setting = settings[name][pick]
            values = np.where(np.isnan(setting), values, setting).astype(values.dtype)
        block = schema.slices[name]
        values[block] = 0
        values[block.start + pick] = 1
    return values
