"""Line-ups: one character, several photographs, and a person who says which one it is.

A recognition network can be satisfied by a character that nobody would recognise. The other
photographs of a sheet are those nearest to the right one by their readings, so that the colour of
skin or hair alone does not give the answer away.
"""

from __future__ import annotations

import dataclasses
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from face2param import config, images
from face2param.errors import ConfigError
from face2param.estimator.attributes import ATTRIBUTES, Reading
from face2param.pipelines.result import Result

FOLDER, ANSWERS = "lineup", "answers.json"
HEIGHT = 300

_SCALES = {"skin_tone": 12.0, "hair_colour": 18.0, "hair_length": 1.0, "beard": 0.7}
_SCALES |= {"glasses": 0.5, "age": 0.7}
"""Differences that weigh alike: L*a*b* steps, neighbouring classes, or half of a probability."""
_UNREAD = 1.0


@dataclasses.dataclass(frozen=True)
class Sheet:
    """One question.

    Attributes:
      character: index of the result whose character is shown.
      photographs: indices of the results whose photographs are shown, in the order of the sheet.
    """

    character: int
    photographs: tuple[int, ...]

    @property
    def answer(self) -> int:
        """Place of the right photograph, counted from 1."""
        return self.photographs.index(self.character) + 1


def difference(first: Mapping[str, Reading], second: Mapping[str, Reading]) -> float:
    """How differently two people would be described, 0 for alike.

    Args:
      first: readings.
      second: readings; what is missing on one side counts as a difference of one scale.
    """
    total = 0.0
    for name, scale in _SCALES.items():
        if name not in first and name not in second:
            continue
        if name not in first or name not in second:
            total += _UNREAD
            continue
        total += (_apart(name, first[name], second[name]) / scale) ** 2
    return float(np.sqrt(total))


def _apart(name: str, first: Reading, second: Reading) -> float:
    if ATTRIBUTES[name].kind == "colour":
        return float(np.linalg.norm(np.subtract(first.value, second.value)))
    one, other = (_shares(name, reading) for reading in (first, second))
    if name in ("hair_length", "age"):  # options in order: how many steps to go
        return float(np.abs(np.cumsum(one) - np.cumsum(other)).sum())
    return 0.5 * float(np.abs(one - other).sum())


def _shares(name: str, reading: Reading) -> np.ndarray:
    if reading.shares:
        return np.array(reading.shares)
    return np.array([float(option == reading.value) for option in ATTRIBUTES[name].options])


def plan(people: Sequence[Mapping[str, Reading]], count: int, seed: int = 0) -> list[Sheet]:
    """Chooses the photographs of every sheet, and the order of everything.

    Args:
      people: readings of each photograph.
      count: photographs on a sheet.
      seed: of the order of the sheets, and of the photographs on them.

    Returns:
      One sheet per person, shuffled.

    Raises:
      ConfigError: `count` is below 2, or there are fewer photographs.
    """
    if not 2 <= count <= len(people):
        raise ConfigError(
            f"a line-up of {count} photographs needs at least 2 and at most as many as were "
            f"fitted, {len(people)}"
        )
    rng = np.random.default_rng(seed)
    sheets = []
    for row in rng.permutation(len(people)):
        others = [other for other in range(len(people)) if other != row]
        others.sort(key=lambda other: difference(people[row], people[other]))
        shown = [int(row), *others[: count - 1]]
        sheets.append(Sheet(int(row), tuple(shown[i] for i in rng.permutation(count))))
    return sheets


def draw(sheet: Sheet, number: int, results: Sequence[Result]) -> np.ndarray:
    """Draws one sheet: the character, then the photographs, all cropped alike and unnamed.

    Args:
      sheet: which to show.
      number: of the sheet.
      results: of the evaluation.

    Returns:
      `[height, width, 3]`.
    """
    panels = [results[sheet.character].picture]
    panels += [results[row].aligned for row in sheet.photographs]
    captions = [f"sheet {number}: who is this?"]
    captions += [str(place) for place in range(1, len(sheet.photographs) + 1)]
    scaled = [images.resize(panel, (HEIGHT, HEIGHT)) for panel in panels]
    return images.mosaic(scaled, min(len(panels), 6), captions)


def save(results: Sequence[Result], folder: str | os.PathLike, count: int, seed: int = 0) -> Path:
    """Writes `lineup/sheet_001.png` and so on, and `answers.json` beside the sheets' folder.

    Args:
      results: fits of at least `count` photographs.
      folder: of the report; sheets of an earlier line-up in it are replaced.
      count: photographs on a sheet.
      seed: see `plan`.

    Returns:
      The folder of the sheets.

    Raises:
      ConfigError: see `plan`.
    """
    sheets = plan([result.attributes for result in results], count, seed)
    place = Path(folder) / FOLDER
    place.mkdir(parents=True, exist_ok=True)
    for old in place.glob("sheet_*.png"):
        old.unlink()
    for number, sheet in enumerate(sheets, 1):
        images.write_image(place / f"sheet_{number:03d}.png", draw(sheet, number, results))
    config.write_json(
        Path(folder) / ANSWERS,
        {
            "seed": seed,
            "photographs_a_sheet": count,
            "sheets": {
                f"{number:03d}": {
                    "answer": sheet.answer,
                    "character": results[sheet.character].name,
                    "photographs": [results[row].name for row in sheet.photographs],
                }
                for number, sheet in enumerate(sheets, 1)
            },
        },
    )
    return place


def score(answers: str | os.PathLike, guesses: str | os.PathLike) -> dict[str, Any]:
    """Compares what a person said with the answers.

    Args:
      answers: `answers.json`.
      guesses: text file with lines `sheet place`, such as `7 3`; sheets may be left out.

    Returns:
      `sheets`, `right`, `share`, `by_chance`, and `wrong`: sheet -> what was said, what is right.

    Raises:
      ConfigError: a file cannot be read, or a line is not two numbers of a known sheet.
    """
    table = config.read_json(answers)
    try:
        text = Path(guesses).read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"cannot read {guesses}: {error.strerror or error}") from None
    said: dict[str, int] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        found = re.fullmatch(r"(\d+)[\s:=,]+(\d+)", line)
        name = f"{int(found[1]):03d}" if found else ""
        if name not in table["sheets"] or name in said:
            raise ConfigError(f"{guesses}: {line!r} is not a new SHEET PLACE of {answers}")
        said[name] = int(found[2])
    if not said:
        raise ConfigError(f"{guesses} holds no answers; write lines such as: 7 3")
    right = {name: table["sheets"][name]["answer"] for name in said}
    hits = sum(said[name] == right[name] for name in said)
    return {
        "sheets": len(said),
        "right": hits,
        "share": hits / len(said),
        "by_chance": 1 / table["photographs_a_sheet"],
        "wrong": {
            name: {"said": said[name], "right": right[name]}
            for name in said
            if said[name] != right[name]
        },
    }
