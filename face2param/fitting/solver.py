"""Runs a preset: stages, ranking of choices, corrections by the engine, decision."""

import contextlib
import dataclasses
import time
from collections.abc import Callable, Iterator

import numpy as np
import tensorflow as tf

from face2param.fitting import choices, reasons
from face2param.fitting.held import Held
from face2param.fitting.measures import Measures, measure
from face2param.fitting.objective import Callables, Objective, Prior, Weights, compare
from face2param.fitting.presets import Preset, Stage
from face2param.fitting.result import ONE_SHOT, SEARCH, Candidate, Row
from face2param.fitting.search import Limits, Outcome, Progress, Search
from face2param.schema import Schema

Draw = Callable[[np.ndarray, np.ndarray], dict[str, np.ndarray]]
"""(encoded characters, nuisance in network units) -> image, landmarks and regions as the engine
draws them, shaped like the imitator's."""

_RANKING_ROWS = 8

Pool = list[list[tuple[Candidate, np.ndarray, np.ndarray]]]
"""For each photograph: candidates with their values and nuisance in network units."""


@dataclasses.dataclass
class Solution:
    """What the solver found for one photograph."""

    values: np.ndarray
    nuisance: np.ndarray
    candidates: list[Candidate]
    course: list[Row]


class Solver:
    """Solves photographs of one size with one preset; keeps its traced functions."""

    def __init__(
        self,
        schema: Schema,
        callables: Callables,
        preset: Preset,
        prior: Prior,
        limits: Limits,
    ):
        """Prepares the stages; nothing is traced yet.

        Args:
          schema: of the characters.
          callables: imitator and feature networks.
          preset: the recipe.
          prior: of plausible characters.
          limits: of the nuisance controls.
        """
        self.schema, self.preset = schema, preset
        self._callables, self._prior, self._limits = callables, prior, limits
        self._searches: dict[str, Search] = {}
        self._ranker = None
        self.seconds: dict[str, float] = {}

    # ------------------------------------------------------------------ first: the shape

    def start(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """Returns the average face, frontal and neutral: `[count, width]`, `[count, nuisance]`."""
        schema = self.schema
        values = schema.encode(schema.neutral())[0]
        continuous = len(schema.continuous)
        values[:continuous] = np.asarray(self._prior.mean)[:continuous]
        nuisance = schema.normalise_nuisance(schema.neutral_nuisance())
        return np.repeat(values[None], count, 0), np.repeat(nuisance[None], count, 0)

    def shape(
        self,
        landmarks: np.ndarray,
        progress: Progress | None = None,
        held: Held | None = None,
        start: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Fits geometry, expression and pose to landmarks alone, up to a similarity.

        Args:
          landmarks: `[batch, 68, 2]` pixels, in any frame.
          progress: see `Search.run`.
          held: what the user decided.
          start: values and nuisance to start from, and the person whom the prior expects; None:
            the average face.

        Returns:
          values, nuisance, and the landmarks that the character has now, `[batch, 68, 2]` pixels
          of the imitation's frame: where the photograph should be aligned to.
        """
        held = held or Held(self.schema)
        values, nuisance = self.start(len(landmarks)) if start is None else start
        values = held.apply(values)
        if self.preset.shape is not None:
            photo = {"landmarks": tf.constant(landmarks, tf.float32)}
            if start is not None:
                photo["expected"] = tf.constant(values, tf.float32)
            with self._clock("shape"):
                found = self._search(self.preset.shape).run(
                    values, nuisance, photo, progress=progress, moves=held.moves()
                )
            values, nuisance = found.values, found.nuisance
        drawn = self._callables.imitate(tf.constant(values), tf.constant(nuisance), ("landmarks",))
        return values, nuisance, drawn["landmarks"].numpy()

    # ------------------------------------------------------------------ then: everything

    def solve(
        self,
        photo: Measures,
        values: np.ndarray,
        nuisance: np.ndarray,
        draw: Draw,
        progress: Progress | None = None,
        knowledge: choices.Knowledge | None = None,
        held: Held | None = None,
        first: tuple[np.ndarray, np.ndarray] | None = None,
    ) -> list[Solution]:
        """Finds the characters of a batch of photographs.

        Args:
          photo: measures of the aligned photographs, with `valid` and `face`.
          values: `[batch, width]` starting characters.
          nuisance: `[batch, nuisance width]` starting expression and pose, network units.
          draw: the engine.
          progress: see `Search.run`.
          knowledge: of the options, one row of costs per photograph.
          held: what the user decided.
          first: values and nuisance of the estimator's answers: the persons whom the prior
            expects, and candidates beside what the search finds; None: there are none.

        Returns:
          One solution per photograph.

        Raises:
          SearchError: a term is not a finite number.
        """
        preset, count = self.preset, len(values)
        held = held or Held(self.schema)
        moves, values = held.moves(), held.apply(values)
        if first is not None:
            # What the estimator saw of the person is a better guess than the average person.
            photo = photo | {"expected": tf.constant(held.apply(first[0]), tf.float32)}
        knowledge = held.restrict(knowledge, count)
        courses: list[list[Row]] = [[] for _ in range(count)]
        if preset.rough is not None:
            found = self._run(preset.rough, values, nuisance, photo, None, progress, moves)
            values, nuisance = found.values, found.nuisance
            _extend(courses, preset.rough, found, 1)
        starts = 1
        if preset.ranking is not None and self.schema.choices:
            with self._clock("choices"):
                ranking = choices.rank(
                    values, nuisance, self.schema, self._score(photo, preset.ranking), knowledge
                )
            starts = preset.starts
            listed = choices.combinations(ranking.scores, starts)
            values = np.stack(
                [
                    choices.apply(
                        ranking.values[row],
                        self.schema,
                        picks,
                        {name: found[row] for name, found in ranking.settings.items()},
                    )
                    for row, pairs in enumerate(listed)
                    for picks, _ in pairs
                ]
            )
            nuisance = np.repeat(nuisance, starts, 0)
        found = self._run(
            preset.main, values, nuisance, _repeat(photo, starts), None, progress, moves
        )
        _extend(courses, preset.main, found, starts)
        finalists = min(preset.finalists, starts)
        keep = _best_rows(found.totals[-1], count, finalists)
        values, nuisance = found.values[keep], found.nuisance[keep]
        pool: Pool = [[] for _ in range(count)]
        if first is not None:
            self._collect_first(pool, photo, held.apply(first[0]), first[1], knowledge, draw)
        extra = self._option_costs(values, finalists, knowledge)
        return self._decide(pool, photo, values, nuisance, extra, draw, courses, progress, moves)

    def _collect_first(self, pool, photo, values, nuisance, knowledge, draw) -> None:
        """Adds the estimator's answers, as the engine draws them, to the pools."""
        values = _hard(values, self.schema)
        with self._clock("engine"):
            drawn, _ = self._drawn(values, nuisance, draw)
        extra = self._option_costs(values, 1, knowledge)
        self._collect(pool, photo, drawn, values, nuisance, extra, ONE_SHOT)

    def _decide(
        self, pool, photo, values, nuisance, extra, draw, courses, progress, moves
    ) -> list[Solution]:
        """Draws the finalists with the engine, corrects them, and picks the best drawing."""
        preset = self.preset
        finalists = len(values) // len(courses)
        repeated = _repeat(photo, finalists)
        rounds = preset.rounds if preset.correction is not None else 0
        for turn in range(rounds + 1):
            values = _hard(values, self.schema)
            with self._clock("engine"):
                drawn, gap = self._drawn(values, nuisance, draw)
            self._collect(pool, repeated, drawn, values, nuisance, extra)
            if turn == rounds:
                break
            found = self._run(preset.correction, values, nuisance, repeated, gap, progress, moves)
            _extend(courses, preset.correction, found, finalists)
            values, nuisance = found.values, found.nuisance
        solutions = []
        for listed, course in zip(pool, courses, strict=True):
            listed.sort(key=lambda entry: entry[0].score)
            course = [dataclasses.replace(r, iteration=i) for i, r in enumerate(course)]
            _, row, pose = listed[0]
            solutions.append(Solution(row, pose, [entry[0] for entry in listed], course))
        return solutions

    def _collect(
        self, pool: Pool, photo, drawn, values, nuisance, extra, origin: str = SEARCH
    ) -> None:
        """Adds (candidate, values, nuisance) of every drawing to the pool of its photograph."""
        preset = self.preset
        names = [n for n in preset.decision.active() if n not in _PARAMETER_TERMS]
        computed = compare(photo, drawn, names, preset.cosine)
        computed = {name: np.asarray(value, np.float64) for name, value in computed.items()}
        weights = dataclasses.asdict(preset.decision)
        parts = reasons.parts(photo, drawn, computed, preset.decision)
        for row in range(len(values)):
            of_row = {name: float(value[row]) for name, value in computed.items()}
            evidence = {name: float(costs[row]) for name, costs in extra.items()}
            score = sum(weights[name] * value for name, value in of_row.items())
            candidate = Candidate(
                self.schema.decode(values[row]).clip(),
                self.schema.denormalise_nuisance(nuisance[row]),
                score + sum(evidence.values()),
                of_row,
                {name: float(value[row]) for name, value in parts.items()},
                evidence,
                origin,
            )
            owner = row * len(pool) // len(values)
            pool[owner].append((candidate, values[row], nuisance[row]))

    def _option_costs(self, values, finalists, knowledge) -> dict[str, np.ndarray]:
        """What is known against the options that each row has, choice -> `[rows]`."""
        extra = {}
        for name, costs in knowledge.costs.items():
            chosen = values[:, self.schema.slices[name]].argmax(1)
            extra[name] = np.repeat(costs, finalists, 0)[np.arange(len(values)), chosen]
        return extra

    # ------------------------------------------------------------------ parts

    def _search(self, stage: Stage) -> Search:
        if stage.name not in self._searches:
            objective = Objective(
                self.schema,
                self._callables,
                stage.weights,
                self._prior,
                self.preset.cosine,
                self.preset.quiet,
            )
            self._searches[stage.name] = Search(stage.name, objective, stage.descent, self._limits)
        return self._searches[stage.name]

    def _run(self, stage, values, nuisance, photo, corrections, progress, moves) -> Outcome:
        with self._clock(stage.name):
            return self._search(stage).run(
                values, nuisance, photo, corrections, progress, moves=moves
            )

    def _score(self, photo: Measures, weights: Weights) -> choices.Score:
        if self._ranker is None:
            objective = Objective(
                self.schema, self._callables, weights, self._prior, quiet=self.preset.quiet
            )

            def totals(values, nuisance, photo):
                return objective.total(objective(values, nuisance, photo, {}, 100.0))

            self._ranker = tf.function(totals)
        count = len(photo["regions"])

        def score(values: np.ndarray, nuisance: np.ndarray) -> np.ndarray:
            owner = np.arange(len(values)) // (len(values) // count)
            found = []
            for first in range(0, len(values), _RANKING_ROWS):
                # The last chunk is filled up, so that one traced batch size serves all.
                rows = np.minimum(np.arange(first, first + _RANKING_ROWS), len(values) - 1)
                of_rows = {name: tf.gather(part, owner[rows]) for name, part in photo.items()}
                found.append(
                    self._ranker(tf.constant(values[rows]), tf.constant(nuisance[rows]), of_rows)
                )
            return np.concatenate(found)[: len(values)]

        return score

    def _drawn(self, values, nuisance, draw: Draw) -> tuple[Measures, Measures]:
        """Measures the engine's pictures, and by how much they differ from the imitations.

        The engine draws the face without expression. That the landmarks of a smile differ by as
        much between engine and imitation as those of the quiet face is an approximation, which
        saves every second drawing.
        """
        preset = self.preset
        stage = preset.correction or preset.main
        objective = self._search(stage).objective
        decision = dataclasses.replace(objective, weights=preset.decision)
        quiet = objective.without_expression(tf.constant(nuisance))
        names = {*objective.measured(), *decision.measured()}
        drawn = self._measured(draw(values, quiet.numpy()), names)
        if preset.correction is None:
            return drawn, {}
        alike = objective.imitation(tf.constant(values), quiet, 100.0)
        gap = {name: drawn[name] - alike[name] for name in alike}
        if "landmarks" in gap:
            # A fringe or a frame may mislead the detector on the drawing by far more than
            # imitations ever err.
            limit = _LARGEST_GAP * preset.size
            gap["landmarks"] = tf.clip_by_value(gap["landmarks"], -limit, limit)
            smiling = self._callables.imitate(
                tf.constant(values), tf.constant(nuisance), ("landmarks",)
            )
            drawn["landmarks"] = smiling["landmarks"] + gap["landmarks"]
        return drawn, gap

    def _measured(self, drawn: dict[str, np.ndarray], names) -> Measures:
        tensors = {name: tf.constant(value, tf.float32) for name, value in drawn.items()}
        return measure(
            tensors["image"],
            tensors["landmarks"],
            tensors["regions"],
            names,
            self._callables.embed,
            self._callables.content,
        )

    @contextlib.contextmanager
    def _clock(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


_LARGEST_GAP = 0.015
"""How far landmarks of drawing and imitation may differ, as a share of the picture's height."""
_PARAMETER_TERMS = ("prior", "expression", "pose")


def _repeat(photo: Measures, times: int) -> Measures:
    return {name: tf.repeat(part, times, 0) for name, part in photo.items()}


def _best_rows(totals: np.ndarray, count: int, kept: int) -> np.ndarray:
    """Row numbers of the `kept` smallest totals of each of `count` equal groups."""
    grouped = totals.reshape(count, -1)
    order = np.argsort(grouped, 1, kind="stable")[:, :kept]
    return (order + np.arange(count)[:, None] * grouped.shape[1]).reshape(-1)


def _hard(values: np.ndarray, schema: Schema) -> np.ndarray:
    """Makes every choice block one-hot."""
    return np.stack([schema.encode(schema.decode(row))[0] for row in values])


def _extend(courses: list[list[Row]], stage: Stage, found: Outcome, starts: int) -> None:
    """Adds the course of the best start of each photograph."""
    best = _best_rows(found.totals[-1], len(courses), 1)
    for course, row in zip(courses, best, strict=True):
        for at in range(len(found.totals)):
            parts = dict(zip(found.terms, map(float, found.history[at, :, row]), strict=True))
            course.append(Row(stage.name, at, float(found.totals[at, row]), parts))
