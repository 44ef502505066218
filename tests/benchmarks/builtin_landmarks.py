"""Bar: on random heads dlib finds one face, and its landmarks agree with the mesh's.

    python tests/benchmarks/builtin_landmarks.py --count 500 --seed 1234

Prints the share of heads with exactly one detection and the mean landmark error as a fraction
of the distance between the outer corners of the eyes.
"""

import argparse

import numpy as np

from face2param import alignment
from face2param.engines.builtin import sampling
from face2param.engines.builtin.engine import BuiltinEngine

GROUPS = {
    "jaw": slice(0, 17),
    "brows": slice(17, 27),
    "nose": slice(27, 36),
    "eyes": slice(36, 48),
    "mouth": slice(48, 68),
    "inner 51": slice(17, 68),
    "all": slice(0, 68),
}


def measure(count: int, seed: int, expression: float, supersample: int):
    """Returns detections `[count]` and errors `[found, 68, 2]` relative to the outer eyes."""
    engine = BuiltinEngine()
    rng = np.random.default_rng(seed)
    found, errors = [], []
    for character in sampling.random_characters(rng, count):
        nuisance = sampling.random_nuisance(rng, expression) if expression else None
        drawn = engine.render(character, nuisance, supersample=supersample)
        faces = alignment.detect_faces(drawn.image)
        found.append(len(faces))
        if faces:
            predicted = alignment.predict_landmarks(drawn.image, faces[0])
            scale = np.linalg.norm(drawn.landmarks[36] - drawn.landmarks[45])
            errors.append((predicted - drawn.landmarks) / scale)
    return np.array(found), np.array(errors)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1234)
    parser.add_argument("--expression", type=float, default=0.0)
    parser.add_argument("--supersample", type=int, default=2)
    flags = parser.parse_args()
    found, errors = measure(flags.count, flags.seed, flags.expression, flags.supersample)
    print(f"exactly one face: {np.mean(found == 1):.4f} of {len(found)} heads")
    length = np.linalg.norm(errors, axis=2)
    for name, part in GROUPS.items():
        print(f"{name:9s} {length[:, part].mean():.4f}")
    per_head = length.mean(1)
    print(f"median head {np.median(per_head):.4f}, 95 % {np.percentile(per_head, 95):.4f}, "
          f"over 0.08: {(per_head > 0.08).sum()}")  # fmt: skip
    bias = np.median(errors, axis=0)
    print(f"after removing the constant offsets {np.linalg.norm(errors - bias, axis=2).mean():.4f}")


if __name__ == "__main__":
    main()
