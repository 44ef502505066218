"""The head for games against the engine it was made from: distance of the skin in millimetres.

    face2param export --format unity --output HEAD [--detail small]
    python tests/benchmarks/template_error.py --head HEAD [--count 24]

Random characters are posed by the head's rig, as a game does, and by the engine; of each vertex of
the rig's skin the distance to the engine's surface is taken.
"""

import argparse
from pathlib import Path

import numpy as np

from face2param import engines
from face2param.engines.builtin import geometry
from face2param.engines.rigged.engine import RiggedEngine
from face2param.metrics import surfaces

_UNITS = 1000.0, 10.0  # metres and centimetres to millimetres


def main() -> None:
    """Parses the options, measures and prints."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--head", type=Path, required=True, help="folder that export wrote")
    parser.add_argument("--count", type=int, default=24)
    parser.add_argument("--seed", type=int, default=5)
    options = parser.parse_args()
    rig = RiggedEngine.from_file(options.head / "head.schema.json").rig
    engine = engines.get("builtin")
    rng = np.random.default_rng(options.seed)
    people = [engine.schema.neutral(), *engine.random_characters(rng, options.count)]
    errors = np.stack([away(rig, character) for character in people])
    report("neutral", errors[:1])
    report(f"{options.count} random characters", errors[1:])


def away(rig, character) -> np.ndarray:
    """Distances of the rig's skin vertices to the engine's skin, `[vertices]` mm."""
    face = next(part for part in rig.pose(character).parts if part.name == "face")
    skin = geometry.pose_head(character).part("skin")
    points = face.vertices.astype(np.float64) * _UNITS[0]
    engines_skin = surfaces.surface(skin.vertices * _UNITS[1], skin.faces)
    return engines_skin.closest(points).distance


def report(name: str, errors: np.ndarray) -> None:
    """Prints mean, 95th percentile and worst."""
    mean, most, worst = errors.mean(), np.percentile(errors, 95), errors.max()
    print(f"{name}: mean {mean:.3f}, 95 % below {most:.3f}, worst {worst:.2f} mm")


if __name__ == "__main__":
    main()
