"""Seconds per picture of the built-in engine, by stage, on 1 thread and on all.

    python tests/benchmarks/engine_speed.py [--repeats 8]

Prints the best of the repeats (the machine may be busy) for heads from bald to long hair with a
full beard, at several sizes, and where the time of one 512 x 512 picture goes.
"""

import argparse
import time

import numba

from face2param import engines
from face2param.engines.builtin import engine as engine_module
from face2param.engines.builtin import film, geometry, labels, scene, shading
from face2param.rendering import raster

HEADS = {
    "bald": {"hair": "bald"},
    "crop": {"hair": "crop"},
    "glasses": {"hair": "side_part", "glasses": "browline"},
    "long + beard": {"hair": "curly_long", "beard": "full_long"},
}
CASES = ((512, 2), (256, 2), (256, 1), (128, 1))
STAGES = (
    (geometry, "pose_head"),
    (scene, "attachments"),
    (scene, "surface"),
    (scene, "looks"),
    (raster, "rasterize"),
    (shading, "shade"),
    (engine_module, "draw_hair"),
    (film, "develop"),
    (labels, "downsample"),
)


def best(engine, character, size, supersample, repeats) -> float:
    """Smallest wall time in seconds."""
    engine.render(character, size=(size, size), supersample=supersample)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        engine.render(character, size=(size, size), supersample=supersample)
        times.append(time.perf_counter() - start)
    return min(times)


def stages(engine, character) -> dict[str, float]:
    """Seconds per stage of one 512 x 512 picture."""
    spent: dict[str, float] = {}
    originals = [(module, name, getattr(module, name)) for module, name in STAGES]

    def timed(name, function):
        def run(*args, **kwargs):
            start = time.perf_counter()
            result = function(*args, **kwargs)
            spent[name] = spent.get(name, 0.0) + time.perf_counter() - start
            return result

        return run

    try:
        for module, name, function in originals:
            setattr(module, name, timed(name, function))
        engine.render(character)
    finally:
        for module, name, function in originals:
            setattr(module, name, function)
    return spent


def main() -> None:
    """Runs and prints the measurements."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--repeats", type=int, default=8)
    repeats = parser.parse_args().repeats
    start = time.perf_counter()
    engine = engines.get("builtin")
    neutral = engine.schema.neutral()
    engine.render(neutral)
    print(f"first picture (imports, caches): {time.perf_counter() - start:.2f} s")
    cores = numba.get_num_threads()
    for threads in sorted({1, cores}):
        numba.set_num_threads(threads)
        print(f"\n{threads} thread(s), seconds per picture")
        print("head".ljust(14), *(f"{size} ss{ss}".rjust(9) for size, ss in CASES))
        for name, choices in HEADS.items():
            character = neutral.replace(**choices)
            row = (best(engine, character, *case, repeats) for case in CASES)
            print(name.ljust(14), *(f"{seconds:9.3f}" for seconds in row))
    print(f"\nstages of 512 ss2, {cores} threads, crop")
    runs = [stages(engine, neutral) for _ in range(repeats)]
    for name in runs[0]:
        print(f"{name:14s} {1e3 * min(run[name] for run in runs):7.1f} ms")


if __name__ == "__main__":
    main()
