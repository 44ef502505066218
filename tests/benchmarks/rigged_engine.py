"""How long a picture of a rigged head takes: python -m tests.benchmarks.rigged_engine [ENGINE].

Prints milliseconds on the clock and of all processors together; the first picture, which
compiles, is left out.
"""

import sys
import time

import numpy as np

from face2param import engines

_COUNT = 8


def main(name: str) -> None:
    engine = engines.get(name)
    characters = engine.random_characters(np.random.default_rng(0), _COUNT)
    for size, supersample in ((128, 1), (256, 1), (256, 2), (512, 2)):
        arguments = {"size": (size, size), "supersample": supersample}
        engine.render(engine.schema.neutral(), **arguments)
        clock, processor = time.perf_counter(), time.process_time()
        for character in characters:
            engine.render(character, **arguments)
        clock = (time.perf_counter() - clock) / _COUNT * 1000
        processor = (time.process_time() - processor) / _COUNT * 1000
        print(f"{name} {size} px x{supersample}: {clock:.0f} ms, {processor:.0f} ms of processors")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "builtin")
