"""How good are the characters? Numbers for a folder of photographs or for known answers."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from face2param import regions as region_table
from face2param.errors import Face2ParamError, ImageError
from face2param.fitting.result import ONE_SHOT
from face2param.landmarks import similarity
from face2param.metrics import identity, landmarks, regions
from face2param.pipelines import drawing, measuring, photos, toolbox
from face2param.pipelines.fit import Fitter
from face2param.pipelines.photos import Photo
from face2param.pipelines.result import Result
from face2param.schema import Character


@dataclasses.dataclass(frozen=True)
class Case:
    """One photograph and how well its character does.

    Attributes:
      name: of the photograph.
      identity_distance: descriptor distance between photograph and neutral character.
      rank: how many of all photographs are at least as close to the character as the right one,
        that one included: 1 is best.
      inner_nme: mean error of the 51 inner landmarks of the character with the photograph's
        expression, in outer-eye distances, after similarity alignment.
      nme: the same over all 68.
      neutral_nme: 51 inner landmarks of the neutral character.
      region_iou: mean intersection over union of the face regions.
      parameter_error: mean absolute difference from the known parameters, or None.
      choices_right: share of the choices that equal the known ones, or None.
      objective: of the answer, as the engine draws it; None of an answer that was not searched.
      oneshot_objective: of the estimator's answer, measured in the same search; None without.
      seconds: stage -> time.
    """

    name: str
    identity_distance: float
    rank: int
    inner_nme: float
    nme: float
    neutral_nme: float
    region_iou: float
    parameter_error: float | None
    choices_right: float | None
    objective: float | None
    oneshot_objective: float | None
    seconds: dict[str, float]


@dataclasses.dataclass(frozen=True)
class Evaluation:
    """All cases, with what the report shows.

    Attributes:
      cases: one per photograph that was fitted.
      results: the fits, in the same order.
      failures: name -> message of photographs that could not be fitted.
    """

    cases: list[Case]
    results: list[Result]
    failures: dict[str, str]


def of_folder(
    folder: str | os.PathLike,
    tools: toolbox.Toolbox,
    preset: str = "default",
    limit: int | None = None,
    progress: bool = False,
    precision: str | None = None,
    mode: str = "search",
) -> Evaluation:
    """Fits and measures every photograph of a folder.

    Args:
      folder: searched for pictures, not its subfolders.
      tools: engine and networks.
      preset: name of the recipe.
      limit: at most so many, spread evenly over the sorted names; None takes all.
      progress: show a bar.
      precision: of the search, see `Fitter`; what is measured here is always float32.
      mode: `search` or `oneshot`, see `fit`.

    Raises:
      ImageError: there is no picture in the folder, or none with a face.
    """
    paths = photos.list_photos(folder)
    if limit is not None and limit < len(paths):
        paths = [paths[i * len(paths) // limit] for i in range(limit)]
    failures: dict[str, str] = {}
    found = list(_open(paths, failures))
    if not found:
        reasons = "; ".join(failures.values())
        raise ImageError(f"no photograph in {folder} can be used: {reasons}")
    truths = [None] * len(found)
    return _evaluate(found, truths, tools, preset, failures, progress, precision, mode)


def of_known_answers(
    count: int,
    tools: toolbox.Toolbox,
    seed: int = 0,
    preset: str = "default",
    progress: bool = False,
    precision: str | None = None,
    mode: str = "search",
) -> Evaluation:
    """Draws random characters, treats the pictures as photographs, and compares the answers.

    Args:
      count: of characters, at least 1.
      tools: engine and networks.
      seed: of the characters.
      preset: name of the recipe.
      progress: show a bar.
      precision: of the search, see `Fitter`.
      mode: `search` or `oneshot`, see `fit`.
    """
    failures: dict[str, str] = {}
    found, truths = [], []
    for index, character in enumerate(
        tools.engine.random_characters(np.random.default_rng(seed), count)
    ):
        image = tools.engine.render(character).image
        name = f"known_{index:03d}"
        try:
            found.append(dataclasses.replace(photos.open_photo(image), name=name))
            truths.append(character)
        except Face2ParamError as error:
            failures[name] = str(error)
    if not found:
        raise ImageError("no face was found in any of the random characters")
    return _evaluate(found, truths, tools, preset, failures, progress, precision, mode)


def _open(paths: Sequence[Path], failures: dict[str, str]) -> Iterator[Photo]:
    for path in paths:
        try:
            yield photos.open_photo(path)
        except Face2ParamError as error:
            failures[path.name] = str(error)


def _evaluate(
    found: Sequence[Photo],
    truths: Sequence[Character | None],
    tools: toolbox.Toolbox,
    preset: str,
    failures: dict[str, str],
    progress: bool,
    precision: str | None = None,
    mode: str = "search",
) -> Evaluation:
    results = Fitter.shared(tools, preset, precision).fit(found, progress, mode=mode)
    of_photos = np.stack([measuring.describe(tools, p.image, p.landmarks) for p in found])
    of_characters = np.stack([_descriptor(tools, result.picture) for result in results])
    distances = np.stack(
        [np.asarray(tools.identity.distance(one[None], of_photos)) for one in of_characters]
    )
    ranks = identity.retrieval_ranks(distances)
    cases = [
        _case(tools, photo, result, truth, float(distances[row, row]), int(ranks[row]))
        for row, (photo, result, truth) in enumerate(zip(found, results, truths, strict=True))
    ]
    return Evaluation(cases, results, failures)


def _case(
    tools: toolbox.Toolbox,
    photo: Photo,
    result: Result,
    truth: Character | None,
    distance: float,
    rank: int,
) -> Case:
    engine, answer = tools.engine, result.character
    fitted = engine.render(answer, result.fit.nuisance)
    marks = photos.find_landmarks(fitted.image, fitted.landmarks)
    neutral = engine.render(answer)
    neutral_marks = photos.find_landmarks(neutral.image, neutral.landmarks)
    aligned = photos.align(photo, marks, fitted.image.shape[0])
    maps = measuring.parse(tools, aligned.image[None])[0]
    return Case(
        photo.name,
        distance,
        rank,
        aligned_nme(marks, photo.landmarks, "inner"),
        aligned_nme(marks, photo.landmarks, "all"),
        aligned_nme(neutral_marks, photo.landmarks, "inner"),
        region_iou(maps, drawing.merged_labels(fitted)),
        None if truth is None else float(np.abs(answer.values - truth.values).mean()),
        None if truth is None else float(np.mean(np.equal(answer.choices, truth.choices))),
        *_objectives(result),
        result.fit.seconds,
    )


def _objectives(result: Result) -> tuple[float | None, float | None]:
    """The objective of the answer and of the estimator's."""
    searched = [c for c in result.fit.candidates if c.terms]
    first = [c.objective for c in searched if c.origin == ONE_SHOT]
    return searched[0].objective if searched else None, first[0] if first else None


def aligned_nme(found: np.ndarray, wanted: np.ndarray, subset: str) -> float:
    """Normalised mean error of landmarks after similarity alignment over the subset.

    Args:
      found: `[68, 2]` in pixels of any picture.
      wanted: `[68, 2]` in pixels of any other picture.
      subset: `inner` or `all`; see `metrics.landmarks`.

    Returns:
      Mean distance over the outer-eye distance of `wanted`.
    """
    chosen = list(landmarks.SUBSETS[subset])
    matrix = similarity.estimate_similarity(found[chosen], wanted[chosen])
    return float(landmarks.nme(similarity.transform_points(matrix, found), wanted, subset))


def region_iou(found: np.ndarray, wanted: np.ndarray) -> float:
    """Mean intersection over union of the likeliest regions, clothes and background left out.

    Args:
      found: `[h, w, merged regions]` probabilities.
      wanted: `[h, w, merged regions]` probabilities.
    """
    counts = regions.confusion(found.argmax(-1), wanted.argmax(-1), len(region_table.MERGED))
    counted = [i for i, n in enumerate(region_table.MERGED) if n not in ("background", "cloth")]
    return float(np.nanmean(regions.iou(counts)[counted]))


def _descriptor(tools: toolbox.Toolbox, image: np.ndarray) -> np.ndarray:
    size = image.shape[:2]
    marks = photos.find_landmarks(image, tools.engine.canonical_landmarks(size))
    return measuring.describe(tools, image, marks)
