"""Measures an imitator on unseen heads: pixels, and dlib's landmarks on both pictures.

python -m tests.benchmarks.imitator_fidelity --database=DATABASE [--imitator=builtin] [--count=400]
"""

import argparse

import numpy as np

from face2param import features
from face2param.database.reader import Database
from face2param.imitator import fidelity, validation
from face2param.imitator.model import Imitator
from face2param.imitator.samples import Samples


def main() -> None:
    """Parses the options and prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--database", required=True)
    parser.add_argument("--split", default="validation")
    parser.add_argument("--imitator", default="builtin")
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--preview", default="")
    arguments = parser.parse_args()
    database = Database(arguments.database)
    imitator = Imitator.load(arguments.imitator, expected=database.schema)
    indices = database.indices(arguments.split)[: arguments.count]
    samples = Samples(
        database.schema.hash, **database.arrays(size=imitator.size[0], indices=indices)
    )

    def predict(rows: np.ndarray) -> dict[str, np.ndarray]:
        outputs = imitator(samples.characters[rows], samples.nuisance[rows])
        return {name: np.asarray(value) for name, value in outputs.items()}

    metrics = validation.validate(predict, samples, features.identity("dlib"))
    for name, value in metrics.items():
        print(f"{name:24} {value:.4f}")
    print(fidelity.measure(lambda rows: predict(rows)["image"], samples))
    if arguments.preview:
        shown = np.arange(min(12, len(samples)))
        validation.write_preview(arguments.preview, samples.take(shown), predict(shown))


if __name__ == "__main__":
    main()
