"""Distances of an identity network between different people, and the threshold they give.

python tests/benchmarks/identity_threshold.py --photos ../shared/data/portraits --output /tmp/t

Each picture of the folder is one person; pictures in one subfolder are the same person. With
one picture of each there are no genuine pairs: the threshold then bounds false acceptances,
and how often it rejects the right person remains unknown. Pictures derived from the same
photograph (brighter, turned, mirrored) are no genuine pairs and are not used as such.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from tqdm import tqdm

from face2param import alignment, features
from face2param.config import write_json
from face2param.errors import NoFaceError, WeightsError
from face2param.features.half_weights import description_path
from face2param.images import read_image, to_uint8

TARGET = 1e-3
SUFFIXES = {".jpg", ".jpeg", ".png"}
SHOWN = 12


def embed_folder(network, folder: Path) -> tuple[list[Path], np.ndarray, np.ndarray]:
    """Paths of the pictures with a face, their people's names, and `[photos, size]` embeddings."""
    found, embeddings = [], []
    for path in tqdm(sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)):
        image = read_image(path)
        try:
            face = alignment.choose_face(alignment.detect_faces(image), None)
        except NoFaceError as error:
            tqdm.write(f"left out: {path.name}: {error}")
            continue
        landmarks = alignment.predict_landmarks(image, face)
        embedding = network(image[None], landmarks[None].astype(np.float32))
        found.append(path)
        embeddings.append(np.asarray(embedding)[0])
    people = [p.stem if p.parent == folder else str(p.parent.relative_to(folder)) for p in found]
    return found, np.array(people), np.array(embeddings)


def distances(network, embeddings: np.ndarray) -> np.ndarray:
    """`[photos, photos]`."""
    rows = [network.distance(row[None], embeddings) for row in embeddings]
    return np.array([np.asarray(row) for row in rows])


def quantile_interval(
    table: np.ndarray, people: np.ndarray, share: float, draws: int, seed: int = 0
) -> tuple[float, float]:
    """95 % interval of a quantile of the impostor distances, by a bootstrap over people.

    Pairs that share a person are not independent, so people are drawn, not pairs; a pair of
    two copies of one person is left out.
    """
    rng = np.random.default_rng(seed)
    names = np.unique(people)
    members = [np.flatnonzero(people == name) for name in names]
    values = []
    for _ in range(draws):
        drawn = rng.integers(len(names), size=len(names))
        index = np.concatenate([members[i] for i in drawn])
        owner = np.concatenate([np.full(len(members[i]), i) for i in drawn])
        part = table[np.ix_(index, index)]
        values.append(np.quantile(part[owner[:, None] < owner[None]], share))
    low, high = np.quantile(values, (0.025, 0.975))
    return float(low), float(high)


def draw_closest(pairs: list, paths: list[Path], output: Path) -> None:
    """A sheet of the closest pairs, to be looked at: is one of them the same person twice?"""
    side = 150
    sheet = Image.new("RGB", (4 * 2 * side + 30, -(-len(pairs) // 4) * (side + 22)), "white")
    draw = ImageDraw.Draw(sheet)
    for place, (first, second, distance) in enumerate(pairs):
        x, y = place % 4 * (2 * side + 10), place // 4 * (side + 22)
        for i, index in enumerate((first, second)):
            picture = Image.fromarray(to_uint8(read_image(paths[index])))
            width, height = picture.size
            square = picture.crop((0, 0, width, min(width, height))).resize((side, side))
            sheet.paste(square, (x + i * side, y))
        text = f"{paths[first].stem} {paths[second].stem} {distance:.3f}"
        draw.text((x + 4, y + side + 4), text, fill="black")
    sheet.save(output)


def measure(network, folder: Path, output: Path, draws: int) -> dict:
    """Measures, prints, and writes closest_pairs.png and threshold.json."""
    paths, people, embeddings = embed_folder(network, folder)
    if len(set(people)) < 40:
        raise SystemExit(f"{len(set(people))} people are too few to speak of one pair in 1000")
    table = distances(network, embeddings)
    first, second = np.triu_indices(len(paths), 1)
    impostor = people[first] != people[second]
    values = table[first, second][impostor]
    genuine = table[first, second][~impostor]
    order = np.argsort(values)[:SHOWN]
    closest = [(int(first[impostor][i]), int(second[impostor][i]), float(values[i])) for i in order]
    bounds = (network.threshold, getattr(network, "published_threshold", None))
    bounds = [bound for bound in bounds if bound is not None]
    low, high = quantile_interval(table, people, TARGET, draws)
    threshold = float(np.quantile(values, TARGET))
    result = {
        "network": network.name,
        "photos": len(paths),
        "people": len(set(people)),
        "impostor_pairs": len(values),
        "impostor_quantiles": {
            str(q): float(np.quantile(values, q)) for q in (0, 1e-3, 0.01, 0.05, 0.5, 0.95, 1)
        },
        "target_false_accepts": TARGET,
        "threshold": threshold,
        "threshold_interval_95": [low, high],
        "false_accepts_at": {str(bound): float(np.mean(values < bound)) for bound in bounds},
        "closest": [[paths[i].stem, paths[j].stem, d] for i, j, d in closest],
        "genuine_pairs": len(genuine),
        "false_rejects": float(np.mean(genuine >= threshold)) if len(genuine) else None,
    }
    output.mkdir(parents=True, exist_ok=True)
    draw_closest(closest, paths, output / "closest_pairs.png")
    write_json(output / "threshold.json", result)
    print(json.dumps(result, indent=1))
    if not len(genuine):
        print("one picture of each person: false rejections cannot be measured on this folder")
    return result


def write_threshold(weights: Path, result: dict) -> None:
    """Keeps the threshold in the JSON beside converted or trained weights."""
    path = description_path(weights)
    if not path.is_file():
        raise WeightsError(f"{path} does not exist; only described weights can keep a threshold")
    description = json.loads(path.read_text(encoding="utf-8"))
    kept = ("people", "impostor_pairs", "target_false_accepts", "threshold_interval_95")
    description["threshold"] = result["threshold"]
    description["threshold_measured_on"] = {key: result[key] for key in kept}
    write_json(path, description)
    print(f"threshold {result['threshold']:.4f} written to {path}")


def main() -> None:
    """Parses the options and measures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--identity", default="dlib")
    parser.add_argument("--weights", type=Path, help="file instead of the registered one")
    parser.add_argument("--photos", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--draws", type=int, default=2000)
    parser.add_argument("--write", action="store_true", help="keep it beside --weights")
    arguments = parser.parse_args()
    if arguments.write and arguments.weights is None:
        parser.error("--write needs --weights")
    network = features.identity(arguments.identity, arguments.weights)
    result = measure(network, arguments.photos, arguments.output, arguments.draws)
    if arguments.write:
        write_threshold(arguments.weights, result)


if __name__ == "__main__":
    main()
