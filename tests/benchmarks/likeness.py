"""How much characters look like their people: attributes, colours, descriptors, line-ups.

    face2param evaluate --photos=FOLDER --output=REPORT --lineup=5
    python tests/benchmarks/likeness.py --report REPORT --photos FOLDER \\
        --labels tests/data/portrait_labels.csv [--guesses said.txt]
    python tests/benchmarks/likeness.py --triples 20 --photos FOLDER [--prior PRIOR]

The first prints, for the characters of a report: how often glasses, beard and hair length agree
with the labels; the CIEDE2000 difference of hair and skin between photograph and the engine's
picture of the character (both read in the same way, the light's colour taken out); the descriptor
distances and ranks; and how many line-up sheets were answered right (`--guesses` holds lines
`sheet place`).

The second fits two augmented copies (crop, light, mirror, blur) of every portrait, sets each pair
against other people, and asks whether the two copies lie closer under the prior's metric.
"""

import argparse
import csv
import dataclasses
import os
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from skimage.color import deltaE_ciede2000

from face2param import config, engines, features, images
from face2param.engines import Engine
from face2param.estimator import measured, prior
from face2param.pipelines import lineup, photos
from face2param.schema import Character

SIZE = 256
COLOURS = ("hair_colour", "skin_tone")


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--photos", required=True)
    parser.add_argument("--report", help="folder that face2param evaluate wrote")
    parser.add_argument("--labels")
    parser.add_argument("--guesses", help="what a person said to the line-up of the report")
    parser.add_argument("--triples", type=int, default=0)
    parser.add_argument("--prior", help="folder of a prior; the shipped one, or the engine's")
    parser.add_argument("--mode", default="search", choices=("search", "oneshot"))
    parser.add_argument("--engine", default="builtin")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    engine = engines.get(arguments.engine)
    if arguments.triples:
        triples(arguments, engine)
        return
    if not arguments.report:
        parser.error("give --report or --triples")
    report = config.read_json(Path(arguments.report) / "report.json")
    characters = {
        name: Character.from_dict(character, engine.schema)
        for name, character in report["characters"].items()
    }
    if arguments.labels:
        labels(arguments.labels, characters, engine)
    colours(Path(arguments.photos), characters, engine)
    descriptors(report)
    if arguments.guesses:
        answers = Path(arguments.report) / lineup.ANSWERS
        print("line-up:", lineup.score(answers, arguments.guesses))


def looks(character: Character, engine: Engine) -> dict[str, str]:
    """Attributes that the options of a character show."""
    table = engine.people().attributes
    found: dict[str, str] = {}
    for choice in engine.schema.choice_names:
        found |= table.get(choice, {}).get(character[choice], {})
    return found


def labels(path: str, characters: dict[str, Character], engine: Engine) -> None:
    """Prints how often characters agree with what a person saw."""
    with open(path, newline="", encoding="utf-8") as file:
        rows = {row["name"]: row for row in csv.DictReader(file)}
    pairs = [
        (Path(name).stem, rows[Path(name).stem], looks(character, engine))
        for name, character in characters.items()
        if Path(name).stem in rows
    ]
    print(f"labels of {len(pairs)} portraits")
    checks = {
        "glasses or none": lambda row, seen: (row["glasses"] != "none", seen["glasses"] != "none"),
        "glasses and frame": lambda row, seen: (row["glasses"], seen["glasses"]),
        "beard or none": lambda row, seen: (row["beard"] != "none", seen["beard"] != "none"),
        "beard kind": lambda row, seen: (row["beard"], seen["beard"]),
        "hair length": lambda row, seen: (row["hair_length"], seen["hair_length"]),
    }
    for title, check in checks.items():
        of_both = [(name, *check(row, seen)) for name, row, seen in pairs]
        of_both = [each for each in of_both if each[1] != "hidden"]
        wrong = [each for each in of_both if each[1] != each[2]]
        print(f"  {title:<18} {100 * (1 - len(wrong) / len(of_both)):5.1f} % of {len(of_both)}")
        for name, is_so, drawn in wrong:
            print(f"    {name}: is {is_so}, drawn {drawn}")


def colours(folder: Path, characters: dict[str, Character], engine: Engine) -> None:
    """Prints CIEDE2000 of hair and skin between photographs and engine pictures."""
    canonical = engine.canonical_landmarks((SIZE, SIZE))
    network = features.parsing()
    read: dict[str, list[float]] = {name: [] for name in COLOURS}
    worst: dict[str, list[tuple[float, str]]] = {name: [] for name in COLOURS}
    for name, character in characters.items():
        photo = photos.open_photo(folder / name)
        near = photos.align(photo, canonical, SIZE)
        drawn = engine.render(character, size=(SIZE, SIZE))
        marks = photos.find_landmarks(drawn.image, drawn.landmarks)
        maps = np.asarray(network.probabilities(np.stack([near.image, drawn.image])))
        first = measured.measure(near.image, near.landmarks, maps[0])
        second = measured.measure(drawn.image, marks, maps[1])
        for colour in COLOURS:
            if colour in first and colour in second:
                value = float(deltaE_ciede2000(first[colour].value, second[colour].value))
                read[colour].append(value)
                worst[colour].append((value, name))
    print(f"CIEDE2000 between photograph and character, {len(characters)} of them")
    for colour, values in read.items():
        last = ", ".join(f"{name} {value:.0f}" for value, name in sorted(worst[colour])[-3:])
        print(
            f"  {colour:<12} median {np.median(values):5.1f}, nine in ten below "
            f"{np.percentile(values, 90):5.1f}, of {len(values)}; worst: {last}"
        )


def descriptors(report: dict) -> None:
    """Prints descriptor distances and ranks of a report."""
    distances = [case["identity_distance"] for case in report["cases"]]
    first = np.mean([case["rank"] == 1 for case in report["cases"]])
    print(
        f"descriptor distance: median {np.median(distances):.3f}, worst {np.max(distances):.3f}; "
        f"right photograph nearest of {len(distances)}: {100 * first:.1f} %"
    )


def copies(picture: np.ndarray, rng: np.random.Generator, mirror: bool) -> np.ndarray:
    """A portrait as it might have been taken another time: `[height, width, 3]`."""
    import cv2

    height, width = picture.shape[:2]
    top, left = (int(rng.uniform(0, 0.06) * side) for side in (height, width))
    bottom, right = (int(rng.uniform(0.94, 1.0) * side) for side in (height, width))
    found = picture[top:bottom, left:right]
    if mirror:
        found = found[:, ::-1]
    found = cv2.GaussianBlur(np.ascontiguousarray(found), (0, 0), rng.uniform(0.3, 1.5))
    # A lamp from one side, another exposure, a cast: in linear light.
    linear = np.clip(found, 0, 1) ** 2.2
    across = np.linspace(-1, 1, found.shape[1])[None, :, None] * rng.uniform(-0.25, 0.25)
    cast = 1 + rng.uniform(-0.06, 0.06, 3)
    linear = linear * (1 + across) * cast * 2 ** rng.uniform(-0.4, 0.4)
    return np.clip(linear, 0, 1).astype(np.float32) ** np.float32(1 / 2.2)


def metric(folder: str | None, engine: Engine) -> prior.LowRankGaussian:
    """The prior that is asked for, the shipped one, or the engine's own expectation."""
    if folder:
        return prior.load(folder, engine.schema)
    shipped = prior.shipped(engine.schema)
    if shipped is not None:
        return shipped
    print("no prior ships: distances under the engine's own expectation")
    people, schema = engine.people(), engine.schema
    none = np.zeros((len(people.mean), 1), np.float32)
    return prior.LowRankGaussian(people.mean, none, people.spread**2, schema.name, schema.hash)


def triples(arguments: argparse.Namespace, engine: Engine) -> None:
    """Prints on how many triples two copies of one portrait are closer than two people."""
    from face2param.pipelines import toolbox
    from face2param.pipelines.fit import Fitter

    ruler = metric(arguments.prior, engine)
    rng = np.random.default_rng(arguments.seed)
    paths = photos.list_photos(arguments.photos)
    paths = [paths[i] for i in sorted(rng.permutation(len(paths))[: arguments.triples])]
    found = []
    for path in paths:
        picture = images.read_image(path)
        for turn in range(2):
            photo = photos.open_photo(copies(picture, rng, mirror=turn == 1))
            found.append(dataclasses.replace(photo, name=path.name))
    fitter = Fitter.shared(toolbox.load(arguments.engine), "default")
    fitted = [result.character for result in fitter.fit(found, True, mode=arguments.mode)]
    values = np.stack([character.values for character in fitted])
    values[1::2] = np.stack([character.mirror().values for character in fitted[1::2]])
    alike = same_closer(values[0::2], values[1::2], ruler)
    print(f"two copies closer than two people: {100 * alike:.1f} % of all triples")


def same_closer(first: np.ndarray, second: np.ndarray, ruler: prior.LowRankGaussian) -> float:
    """Share of the triples (person, copy, other person) in which the copy is closer.

    Args:
      first: `[people, n]` sliders of a copy of each person.
      second: `[people, n]` sliders of another copy.
      ruler: gives the metric.
    """
    between = ruler.distance(first[:, None], second[None])
    same = np.diag(between)[:, None]
    others = ~np.eye(len(between), dtype=bool)
    return float((same < between)[others].mean())


if __name__ == "__main__":
    main()
