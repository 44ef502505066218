"""How often the readings of a portrait agree with its labels.

    python tests/benchmarks/readings.py --photos ../shared/data/portraits \\
        --labels tests/data/portrait_labels.csv --rows held
    python tests/benchmarks/readings.py --photos ../shared/data/portraits \\
        --labels tests/data/portrait_labels.csv --write    # fits the hair length anew

Rows 0, 4, 8, ... of the labels are "held": they only measure. All others are "train": rules and
models may be made from them, so agreement there flatters. `--write` uses those alone and prints
the agreement under tenfold cross-validation.
"""

import argparse
import collections
import csv
import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from face2param import config, engines, features
from face2param.estimator import colour_names, hair_shape, logistic, measured
from face2param.estimator.attributes import ATTRIBUTES
from face2param.pipelines import photos

SIZE = 256


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", required=True)
    parser.add_argument("--labels", required=True)
    parser.add_argument("--rows", choices=("held", "train"), default="held")
    parser.add_argument("--near", action="store_true", help="read the hair's length without wide")
    parser.add_argument("--write", action="store_true", help="fit the model of the hair's length")
    arguments = parser.parse_args()
    with open(arguments.labels, newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    held = arguments.rows == "held" and not arguments.write
    rows = [row for index, row in enumerate(rows) if (index % 4 == 0) == held]
    crops = crops_of(Path(arguments.photos), rows)
    if arguments.write:
        write(rows, crops)
    else:
        report(rows, crops, arguments.near)


def crops_of(folder: Path, rows: Sequence[dict]) -> Iterator[list[tuple]]:
    """Yields (picture, landmarks, probabilities) of the aligned and of a wider crop."""
    canonical = engines.get("builtin").canonical_landmarks((SIZE, SIZE))
    network = features.parsing()
    for row in rows:
        photo = photos.open_photo(folder / f"{row['name']}.jpg")
        targets = (canonical, measured.wide_landmarks(canonical, (SIZE, SIZE)))
        found = [photos.align(photo, target, SIZE) for target in targets]
        maps = np.asarray(network.probabilities(np.stack([crop.image for crop in found])))
        yield [(c.image, c.landmarks, m) for c, m in zip(found, maps, strict=True)]


def report(rows: Sequence[dict], crops: Iterator[list[tuple]], near: bool) -> None:
    """Prints agreement and confusion of what has labels."""
    pairs, sure, misses, seconds = collections.defaultdict(list), [], [], []
    for row, (aligned, wide) in zip(rows, crops, strict=True):
        start = time.perf_counter()
        found = measured.measure(*aligned, wide=None if near else wide)
        seconds.append(time.perf_counter() - start)
        said = {name: found[name].value for name in ("glasses", "beard", "hair_length")}
        said["hair_texture"] = found["hair_texture"].value
        said["skin"] = colour_names.skin_name(found["skin_tone"].value)
        if "hair_colour" in found:
            said["hair_colour"] = colour_names.hair_name(found["hair_colour"].value)
        for name, value in said.items():
            if row[name] in ("hidden", "none") and name.startswith("hair"):
                continue  # no hair to be judged
            pairs[name].append((row[name], value))
            if row[name] != value and name in ("glasses", "hair_length"):
                misses.append(f"{row['name']} {name}: {row[name]} read as {value}")
        if row["hair_length"] != "hidden":
            sure.append(
                (found["hair_length"].confidence, row["hair_length"] == said["hair_length"])
            )
    for name, found in pairs.items():
        print_confusion(name, found)
    print("glasses or none:", _share([(a == "none", b == "none") for a, b in pairs["glasses"]]))
    for name, scale in (("skin", colour_names.SKIN), ("hair_colour", colour_names.HAIR)):
        near_by = [abs(scale.index(a) - scale.index(b)) <= 1 for a, b in pairs[name]]
        print(f"{name} within one class: {np.mean(near_by):.1%}")
    levels = np.array(sure)
    for low, high in ((0, 0.6), (0.6, 0.85), (0.85, 1.01)):
        part = levels[(levels[:, 0] >= low) & (levels[:, 0] < high)]
        if len(part):
            print(f"hair length {low:.2f}-{min(high, 1):.2f} sure: {part[:, 0].mean():.2f} said, "
                  f"{part[:, 1].mean():.2f} right, {len(part)} portraits")  # fmt: skip
    print("\n".join(misses))
    print(f"median {np.median(seconds):.3f} s a portrait, after parsing")


def print_confusion(name: str, found: Sequence[tuple[str, str]]) -> None:
    """Prints a table: a row for each label, a column for each reading."""
    print(f"\n{name}: {_share(found)}")
    order = {"skin": colour_names.SKIN, "hair_colour": colour_names.HAIR}.get(name)
    order = list(order or ATTRIBUTES[name].options)
    order += sorted({label for label, _ in found} - set(order))
    counts = collections.Counter(found)
    print(" " * 12 + "".join(f"{option[:11]:>12}" for option in order))
    for label in order:
        print(f"{label:>12}" + "".join(f"{counts[label, option] or '.':>12}" for option in order))


def write(rows: Sequence[dict], crops: Iterator[list[tuple]]) -> None:
    """Fits the hair's length to silhouettes and stores the model beside `measured`."""
    options = ATTRIBUTES["hair_length"].options
    shapes, right = [], []
    for row, both in zip(rows, crops, strict=True):
        if row["hair_length"] in options:
            shapes.append([hair_shape.describe(hair_shape.grid(*crop))[:-1] for crop in both])
            right.append(options.index(row["hair_length"]))
    numbers, right = np.array(shapes), np.array(right)
    stored = {
        "made_by": "python tests/benchmarks/readings.py --photos PORTRAITS --labels "
        "tests/data/portrait_labels.csv --write",
        "numbers": list(hair_shape.NAMES[:-1]),
        "options": list(options),
        "examples": len(right),
    }
    fold = np.random.default_rng(0).permutation(len(right)) % 10
    for column, name in enumerate(("near", "wide")):
        part = numbers[:, column]
        guesses = np.zeros(len(right), int)
        for number in range(10):
            model = logistic.fit(part[fold != number], right[fold != number], len(options))
            guesses[fold == number] = model(part[fold == number]).argmax(1)
        print(f"{name}: {np.mean(guesses == right):.1%} under cross-validation")
        stored[name] = logistic.fit(part, right, len(options)).to_dict()
    config.atomic_write(measured.MODEL, (json.dumps(stored) + "\n").encode())
    print(f"written: {measured.MODEL}")


def _share(found: Sequence[tuple]) -> str:
    right = sum(a == b for a, b in found)
    return f"{right} of {len(found)} = {right / len(found):.1%}"


if __name__ == "__main__":
    main()
