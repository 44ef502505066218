"""Seconds from an aligned photograph to an estimate, network by network. Not a test.

    python tests/benchmarks/estimator_speed.py [--estimator=FOLDER] [--count=20]

Processor time is printed too, for machines that do other things meanwhile.
"""

import argparse
import time

import numpy as np


def clock(function, count: int) -> tuple[float, float]:
    """Median wall seconds and mean processor seconds of a call, after two to warm up."""
    for _ in range(2):
        function()
    walls, before = [], time.process_time()
    for _ in range(count):
        started = time.perf_counter()
        function()
        walls.append(time.perf_counter() - started)
    return float(np.median(walls)), (time.process_time() - before) / count


def main() -> None:
    """Measures one photograph at a time."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--estimator", default="builtin")
    parser.add_argument("--count", type=int, default=20)
    arguments = parser.parse_args()

    from face2param import engines, features
    from face2param.estimator import inputs
    from face2param.estimator.model import Estimator
    from face2param.features.frozen import frozen

    engine = engines.get("builtin")
    drawn = engine.render(engine.schema.neutral(), size=(256, 256))
    parsing, identity = frozen(features.parsing()), features.identity("dlib")
    estimator = Estimator.load(arguments.estimator)
    picture, marks = drawn.image[None], drawn.landmarks[None]
    seen = inputs.prepare(parsing, identity, picture, marks)
    steps = {
        "frozen networks": lambda: inputs.prepare(parsing, identity, picture, marks),
        "estimator": lambda: estimator(seen),
        "both": lambda: estimator(inputs.prepare(parsing, identity, picture, marks)),
    }
    for name, function in steps.items():
        wall, processor = clock(function, arguments.count)
        print(f"{name:16} {1000 * wall:7.1f} ms   {1000 * processor:7.1f} ms of processor time")


if __name__ == "__main__":
    main()
