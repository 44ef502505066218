"""The main job: photograph in, character out."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
import tensorflow as tf
from tqdm import tqdm

from face2param import engines
from face2param.engines.base import Rendering
from face2param.errors import ConfigError
from face2param.estimator import attributes, shading_light, texture
from face2param.estimator.prior import shipped
from face2param.fitting import measures, presets, readings
from face2param.fitting.choices import Knowledge
from face2param.fitting.result import ONE_SHOT, Candidate, FitResult
from face2param.fitting.solver import Solution, Solver
from face2param.pipelines import attributes as people
from face2param.pipelines import (
    drawing,
    measuring,
    oneshot,
    photos,
    pictures,
    priors,
    toolbox,
)
from face2param.pipelines import settings as user_settings
from face2param.pipelines.photos import Photo
from face2param.pipelines.result import Result
from face2param.regions import INDEX, MERGED
from face2param.schema import Character

if TYPE_CHECKING:
    from face2param.estimator.model import Estimate

Source = str | os.PathLike | np.ndarray | Photo
Show = Callable[[Character, np.ndarray], None]
CHARACTER_SIZE = (512, 512)
_SURE = 0.8
"""Probability from which on a pixel is skin whose shading may be read."""
_MEASURES = ("landmarks", "regions", "zones", "hair", "appearance", "descriptor")


def fit(
    photo: Source | Sequence[Source],
    *,
    preset: str = "default",
    face_index: int | None = None,
    engine: str = "builtin",
    imitator: str = "builtin",
    identity: str = "dlib",
    parsing: str = "default",
    precision: str | None = None,
    progress: bool = False,
    mode: str = "search",
    estimator: str = "builtin",
    settings: Mapping[str, Any] | None = None,
    show: Show | None = None,
) -> Result | list[Result]:
    """Turns a face photograph into a game character.

    Args:
      photo: path, `[height, width, 3]` float32 RGB in [0, 1], or a photograph that
        `photos.open_photo` opened; or a list of them, which are searched in batches.
      preset: `default` or `paper`.
      face_index: which face of the photograph, counted from the largest; None: the largest.
      engine: who draws the character.
      imitator: folder of a trained imitator, or `builtin`.
      identity: `dlib` or `lightcnn29v2`.
      parsing: `default` or a file of parsing weights.
      precision: in which the networks compute: `float32`, or `bfloat16` on a processor with
        AMX; None: the preset's.
      progress: show a bar with the loss.
      mode: `search`: from the estimator's answer, or from the average face where there is no
        estimator; `oneshot`: the estimator's answer as it is.
      estimator: folder of a trained estimator, or `builtin`.
      settings: what is decided beforehand: slider, choice or attribute -> value, such as
        `{"beard": "full", "skin_tone": 0.4}`; see `settings.resolve`.
      show: called with the best character so far and its nuisance, every few steps of the
        search, such as `live.LiveView.show`.

    Returns:
      The result; a list of results for a list of photographs.

    Raises:
      ImageError: not a picture, or too small.
      NoFaceError: no face in it.
      WeightsError: weights are missing or of another schema.
      SearchError: the search met a value that is not a number.
      ConfigError: no such preset or mode, the processor cannot compute in that precision, or a
        setting is unknown.
    """
    if mode not in oneshot.MODES:
        raise ConfigError(f"no mode {mode!r}; there are: {', '.join(oneshot.MODES)}")
    single = isinstance(photo, (str, os.PathLike, np.ndarray, Photo))
    sources = [photo] if single else list(photo)
    found = [
        source if isinstance(source, Photo) else photos.open_photo(source, face_index)
        for source in sources
    ]
    decided = user_settings.resolve(settings, engines.get(engine))
    tools = toolbox.load(engine, imitator, identity, parsing, estimator)
    fitter = Fitter.shared(tools, preset, precision)
    results = fitter.fit(found, progress, settings=decided, mode=mode, show=show)
    return results[0] if single else results


class Fitter:
    """Fits photographs with one preset; keeps the traced search between calls."""

    _instances: dict[tuple[int, str, str | None], Fitter] = {}  # noqa: RUF012 - shared on purpose

    def __init__(
        self,
        tools: toolbox.Toolbox,
        preset: presets.Preset | str = "default",
        precision: str | None = None,
    ):
        """Prepares the search.

        Args:
          tools: engine and networks.
          preset: the recipe, or its name.
          precision: in which the networks compute; None: the preset's.

        Raises:
          ConfigError: no such preset, the imitator draws another size than it wants, or the
            processor cannot compute in that precision.
        """
        preset = presets.get(preset) if isinstance(preset, str) else preset
        if tools.imitator.size != (preset.size, preset.size):
            height, width = tools.imitator.size
            raise ConfigError(
                f"preset {preset.name} works at {preset.size}x{preset.size} px, but the imitator "
                f"draws {width}x{height}"
            )
        self._given = tools  # kept alive: `shared` knows it by its id
        self.tools = tools = tools.at(precision or preset.precision)
        self.preset, schema = preset, tools.engine.schema
        prior = priors.plausible(tools.engine, shipped(schema))
        self.solver = Solver(schema, tools.callables(), preset, prior, priors.limits(schema))
        self._draw = drawing.drawer(tools.engine, preset.size)
        self.seconds: dict[str, float] = {}

    @classmethod
    def shared(cls, tools: toolbox.Toolbox, preset: str, precision: str | None = None) -> Fitter:
        """Returns the same fitter for the same arguments, with its traces."""
        key = (id(tools), preset, precision)
        if key not in cls._instances:
            cls._instances[key] = cls(tools, preset, precision)
        return cls._instances[key]

    def fit(
        self,
        photographs: Sequence[Photo],
        progress: bool = False,
        batch: int = 3,
        settings: user_settings.Settings | None = None,
        mode: str = "search",
        show: Show | None = None,
    ) -> list[Result]:
        """Fits photographs in batches.

        Args:
          photographs: with their faces found.
          progress: show a bar with the loss.
          batch: photographs searched together.
          settings: what the user decided.
          mode: `search` or `oneshot`.
          show: see `fit`.

        Raises:
          WeightsError: mode `oneshot` without an estimator.
        """
        settings = settings or user_settings.resolve(None, self.tools.engine)
        if mode == "oneshot":
            oneshot.check(self.tools)
            return [self._answer(photo, settings) for photo in photographs]
        results = []
        steps = self._steps() * -(-len(photographs) // batch)
        with tqdm(total=steps, disable=not progress, unit="it") as bar:
            for first in range(0, len(photographs), batch):
                results += self._fit_batch(photographs[first : first + batch], bar, settings, show)
        return results

    def _steps(self) -> int:
        preset = self.preset
        stages = [preset.shape, preset.rough, preset.main, *[preset.correction] * preset.rounds]
        return sum(stage.descent.iterations for stage in stages if stage is not None)

    def _fit_batch(
        self,
        batch: Sequence[Photo],
        bar: tqdm,
        settings: user_settings.Settings,
        show: Show | None,
    ) -> list[Result]:
        self.seconds = {}
        self.solver.seconds = {}
        seen: dict[str, int] = {}

        schema = self.tools.engine.schema

        def report(stage: str, done: int, loss: float, values, nuisance) -> None:
            before = seen.get(stage, 0)
            bar.update(done - before if done > before else done)
            seen[stage] = done
            bar.set_postfix(stage=stage, loss=f"{loss:.4f}", refresh=False)
            if show:
                show(schema.decode(values).clip(), schema.denormalise_nuisance(nuisance))

        first = self._estimate(batch)
        start = None
        if first is not None and self.preset.estimate:
            start = first.values, first.nuisance
        values, nuisance, fitted = self.solver.shape(
            self._roughly_aligned(batch), report, settings.held, start
        )
        with self._clock("photograph"):
            aligned = [
                photos.align(photo, marks, self.preset.size)
                for photo, marks in zip(batch, fitted, strict=True)
            ]
            measured, read = self._look(batch, aligned, first, settings)
            known = self._knowledge(aligned, measured, read, first)
        solutions = self.solver.solve(
            measured, values, nuisance, self._draw, report, known, settings.held, start
        )
        return self._results(batch, aligned, solutions, measured, read, settings)

    def _results(self, batch, aligned, solutions, measured, read, settings) -> list[Result]:
        """Draws the answers and puts everything that is known about them together."""
        with self._clock("pictures"):
            drawn = [self._pictures(solution) for solution in solutions]
        seconds = {**self.seconds, **self.solver.seconds}
        share = {name: value / len(batch) for name, value in seconds.items()}
        results = []
        for row, (photo, solution) in enumerate(zip(batch, solutions, strict=True)):
            best = solution.candidates[0]
            maps = measured["regions"][row].numpy()
            told = readings.describe(
                measured["zones"][row].numpy(), measured["hair"][row].numpy(), maps
            )
            told["light"] = _light(aligned[row].image, drawn[row]["fitted"], maps)
            found = FitResult(
                best.character,
                best.nuisance,
                tuple(solution.candidates),
                tuple(solution.course),
                told,
                share,
                attributes.to_dict(read[row]),
                settings.to_dict(),
            )
            panels = self._panels(aligned[row], maps, drawn[row])
            picture = drawn[row]["character"].image
            sheet = pictures.comparison(panels)
            results.append(Result(photo.name, found, picture, sheet, aligned[row].image))
        return results

    def _estimate(self, batch: Sequence[Photo]) -> Estimate | None:
        if self.tools.estimator is None:
            return None
        with self._clock("one shot"):
            return oneshot.estimate(self.tools, batch)

    def _look(self, batch, aligned, first, settings) -> tuple[measures.Measures, list]:
        """Measures and attributes of the photographs, with what the user decided in them."""
        names = list(_MEASURES)
        if self.preset.main.weights.content:
            names.append("content")
        pictures = np.stack([photo.image for photo in aligned])
        classes = measuring.parse_classes(self.tools, pictures)
        measured = measuring.measure(self.tools, batch, aligned, names, classes)
        read = people.read(self.tools, batch, aligned, classes)
        if first is not None:
            rows = [{n: p[i] for n, p in first.attributes.items()} for i in range(len(batch))]
            read = [people.with_network(*pair) for pair in zip(read, rows, strict=True)]
        read = [{**row, **settings.readings} for row in read]
        return people.recoloured(measured, settings.readings), read

    def _knowledge(self, aligned, measured, read, first) -> Knowledge:
        """What is known about the options: how usual, curls, readings, estimator."""
        engine = self.tools.engine
        curls = [
            texture.curl(photo.image, maps[..., measures.HAIR])
            for photo, maps in zip(aligned, measured["regions"].numpy(), strict=True)
        ]
        costs = people.evidence(engine, read)
        if first is not None:
            for name, more in oneshot.odds(engine.schema, first.probabilities).costs.items():
                costs[name] = costs[name] + more
        return priors.knowledge(engine, np.array(curls), costs)

    def _answer(self, photo: Photo, settings: user_settings.Settings) -> Result:
        """The estimator's answer to one photograph."""
        self.seconds, self.solver.seconds = {}, {}
        schema, size = self.tools.engine.schema, self.preset.size
        first = self._estimate([photo])
        values = settings.held.apply(first.values)[0]
        character = schema.decode(values).clip()
        canonical = self.tools.engine.canonical_landmarks((size, size))
        aligned = [photos.align(photo, canonical, size)]
        with self._clock("readings"):
            measured, read = self._look([photo], aligned, first, settings)
        pose = schema.denormalise_nuisance(first.nuisance[0])
        candidate = Candidate(character, pose, 0.0, {}, origin=ONE_SHOT)
        solution = Solution(values, first.nuisance[0], [candidate], [])
        return self._results([photo], aligned, [solution], measured, read, settings)[0]

    def _roughly_aligned(self, batch: Sequence[Photo]) -> np.ndarray:
        """Landmarks of the photographs, moved to where the average face is drawn."""
        size = self.preset.size
        canonical = self.tools.engine.canonical_landmarks((size, size))
        with self._clock("photograph"):
            return np.stack([photos.align(photo, canonical, size).landmarks for photo in batch])

    def _pictures(self, solution: Solution) -> dict:
        """Draws the answer: neutral at full size, and with the photograph's expression."""
        engine, best = self.tools.engine, solution.candidates[0]
        size = (self.preset.size, self.preset.size)
        imitated = self.tools.callables().imitate(
            tf.constant(solution.values[None]),
            tf.constant(solution.nuisance[None]),
            ("image", "regions"),
        )
        return {
            "character": engine.render(best.character, size=CHARACTER_SIZE),
            "fitted": engine.render(best.character, best.nuisance, size=size),
            "imitation": imitated["image"][0].numpy(),
            "imitated regions": imitated["regions"][0].numpy(),
        }

    def _panels(self, aligned, maps: np.ndarray, drawn: dict) -> dict[str, np.ndarray]:
        size = (self.preset.size, self.preset.size)
        fitted = drawn["fitted"]
        return {
            "photograph, aligned": aligned.image,
            "imitator": drawn["imitation"],
            "engine, same expression": fitted.image,
            "character": drawn["character"].image,
            "regions of the photograph": pictures.region_map(maps, size),
            "regions of the imitator": pictures.region_map(drawn["imitated regions"], size),
            "regions of the engine": pictures.region_map(drawing.merged_labels(fitted), size),
            "landmarks: photo red, fit green": pictures.with_landmarks(
                aligned.image, aligned.landmarks, fitted.landmarks
            ),
        }

    @contextlib.contextmanager
    def _clock(self, name: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[name] = self.seconds.get(name, 0.0) + time.perf_counter() - started


def _light(image: np.ndarray, fitted: Rendering, maps: np.ndarray) -> dict | None:
    """The light of a photograph, from the normals of the face that was fitted to it."""
    skin = (fitted.labels == INDEX["skin"]) & (
        cv2.resize(maps[..., MERGED.index("skin")], fitted.labels.shape[::-1]) > _SURE
    )
    light = shading_light.read(image, fitted.normals, skin)
    return None if light is None else light.to_dict()
