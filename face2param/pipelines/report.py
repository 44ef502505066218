"""The report of an evaluation: table, JSON, contact sheet."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from face2param import config, images
from face2param.estimator import colour_names
from face2param.estimator.attributes import Reading
from face2param.fitting import reasons
from face2param.metrics import identity
from face2param.pipelines import pictures
from face2param.pipelines.evaluate import Case, Evaluation
from face2param.pipelines.result import check_folder, stage

FILES = ("report.json", "contact_sheet.png")
_COLUMNS = (
    ("identity", "identity_distance", "{:.3f}"),
    ("rank", "rank", "{:d}"),
    ("inner NME", "inner_nme", "{:.4f}"),
    ("NME", "nme", "{:.4f}"),
    ("neutral", "neutral_nme", "{:.4f}"),
    ("IoU", "region_iou", "{:.3f}"),
    ("param", "parameter_error", "{:.3f}"),
    ("choices", "choices_right", "{:.2f}"),
)


def summary(cases: list[Case]) -> dict[str, Any]:
    """Returns the numbers that the bars of the project are about.

    Args:
      cases: at least one.
    """
    ranks = np.array([case.rank for case in cases])
    numbers: dict[str, Any] = {
        "photographs": len(cases),
        "nearest_is_right": identity.share_found(ranks, 1),
        "right_among_five_nearest": identity.share_found(ranks, 5),
    }
    for _, name, _ in _COLUMNS:
        values = [getattr(case, name) for case in cases if getattr(case, name) is not None]
        if name != "rank" and values:
            numbers[name] = {
                "mean": float(np.mean(values)),
                "median": float(np.median(values)),
                "worst": float(np.min(values) if name == "region_iou" else np.max(values)),
            }
    stages = dict.fromkeys(name for case in cases for name in case.seconds)
    numbers["seconds"] = {
        name: float(np.median([case.seconds.get(name, 0.0) for case in cases])) for name in stages
    }
    numbers["seconds_per_photograph"] = float(
        np.median([sum(case.seconds.values()) for case in cases])
    )
    return numbers


def table(evaluation: Evaluation) -> str:
    """Returns a text table: a line per photograph, then medians, ranks, and seconds."""
    cases = evaluation.cases
    columns = [
        column for column in _COLUMNS if any(getattr(case, column[1]) is not None for case in cases)
    ]
    width = max(12, *(len(case.name) for case in cases))
    header = f"{'photograph':<{width}}" + "".join(f"{title:>11}" for title, _, _ in columns)
    lines = [header, "-" * len(header)]
    for case in cases:
        cells = [_cell(getattr(case, name), form) for _, name, form in columns]
        lines.append(f"{case.name:<{width}}" + "".join(f"{cell:>11}" for cell in cells))
    numbers = summary(cases)
    lines.append("-" * len(header))
    medians = [
        f"{100 * numbers['nearest_is_right']:.0f}% 1st"
        if name == "rank"
        else form.format(numbers[name]["median"])
        for _, name, form in columns
    ]
    lines.append(f"{'median':<{width}}" + "".join(f"{cell:>11}" for cell in medians))
    lines.append("")
    lines.append(
        f"right photograph nearest: {100 * numbers['nearest_is_right']:.1f} %, among the five "
        f"nearest: {100 * numbers['right_among_five_nearest']:.1f} % of {len(cases)}"
    )
    parts = ", ".join(f"{name} {value:.2f}" for name, value in numbers["seconds"].items())
    lines.append(f"seconds per photograph: {numbers['seconds_per_photograph']:.2f} ({parts})")
    for result in evaluation.results:
        if why := reasons.decided(result.fit.candidates):
            lines.append(
                f"{result.name}: {'/'.join(result.fit.candidates[0].choices.values())}: {why}"
            )
    for name, message in evaluation.failures.items():
        lines.append(f"not fitted: {name}: {message}")
    return "\n".join(lines)


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def contact_sheet(evaluation: Evaluation) -> np.ndarray:
    """Returns photograph | character pairs with their numbers, `[height, width, 3]`."""
    return pictures.pairs(
        [result.aligned for result in evaluation.results],
        [result.picture for result in evaluation.results],
        [
            f"{Path(case.name).stem}  id {case.identity_distance:.2f}  rank {case.rank}  "
            f"nme {case.inner_nme:.3f}  {in_brief(result.attributes)}"
            for case, result in zip(evaluation.cases, evaluation.results, strict=True)
        ],
    )


def in_brief(readings: Mapping[str, Reading]) -> str:
    """Hair, beard and glasses in a few words, such as `short dark_brown, full, thin`."""
    hair = readings["hair_length"].value if "hair_length" in readings else ""
    if "hair_colour" in readings and hair != "bald":
        hair = f"{hair} {colour_names.hair_name(readings['hair_colour'].value)}"
    worn = [str(readings[name].value) for name in ("beard", "glasses") if name in readings]
    return ", ".join(word for word in (hair, *worn) if word and word != "none")


def save(evaluation: Evaluation, folder: str | os.PathLike, overwrite: bool = False) -> Path:
    """Writes `report.json` and `contact_sheet.png`, or nothing.

    Args:
      evaluation: what to report.
      folder: made if it does not exist.
      overwrite: replace a report that is already there.

    Raises:
      OutputError: the folder holds a report and `overwrite` is false, or it cannot be written.
    """
    folder = Path(folder)
    check_folder(folder, overwrite, FILES)
    with stage(folder) as temporary:
        config.write_json(
            temporary / "report.json",
            {
                "summary": summary(evaluation.cases),
                "cases": [dataclasses.asdict(case) for case in evaluation.cases],
                "failures": evaluation.failures,
                "characters": {
                    result.name: result.character.to_dict() for result in evaluation.results
                },
                "attributes": {result.name: result.fit.attributes for result in evaluation.results},
                "decided": {
                    result.name: reasons.decided(result.fit.candidates)
                    for result in evaluation.results
                },
            },
        )
        images.write_image(temporary / "contact_sheet.png", contact_sheet(evaluation))
    return folder
