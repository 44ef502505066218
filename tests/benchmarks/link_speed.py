"""Speed of the link: characters per second and latency of a picture, on loopback.

    python tests/benchmarks/link_speed.py [--seconds 3] [--unity HOST:PORT]

Measures against the fake game in this process, which draws nothing (the link alone) and draws with
the built-in engine; and, where Mono is installed, against the package's C# server, whose main
thread looks for work every two milliseconds. --unity measures a game that runs instead.
"""

import argparse
import os
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from face2param import engines
from face2param.engines.base import Rendering
from face2param.engines.unity import pictures
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.fake import FakeGame
from face2param.schema import load

THREADS = 8


class Still:
    """Draws the same picture whatever is asked for; as large as a real one."""

    name, version, schema = "still", "1", load("builtin")

    def __init__(self):
        self._drawn: dict[tuple[int, int], Rendering] = {}

    def render(self, character, nuisance=None, *, size, supersample, background=None):
        del character, nuisance, supersample, background
        if size not in self._drawn:
            rng = np.random.default_rng(0)
            points = rng.random((68, 5)).astype(np.float32)
            self._drawn[size] = Rendering(
                rng.random((*size, 3)).astype(np.float32),
                np.zeros(size, np.uint8),
                points[:, :2],
                points[:, 2:],
                points[:, 0] > 0,
                np.ones(size, np.float32),
                np.zeros((*size, 3), np.float32),
            )
        return self._drawn[size]


def rate(task, seconds: float, threads: int = 1) -> float:
    """Calls per second of `task(index)`."""
    deadline, count = time.perf_counter() + seconds, 0
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        while time.perf_counter() < deadline:
            count += len(list(pool.map(task, range(count, count + 16 * threads))))
    return count / (time.perf_counter() - start)


def latency(task, seconds: float) -> tuple[float, float]:
    """Median and 95th percentile of a call in milliseconds."""
    task(0)
    times = []
    deadline = time.perf_counter() + seconds
    while time.perf_counter() < deadline or len(times) < 3:
        start = time.perf_counter()
        task(len(times))
        times.append(1e3 * (time.perf_counter() - start))
    return float(np.median(times)), float(np.percentile(times, 95))


def measure(title: str, engine: UnityEngine, seconds: float) -> None:
    """Prints one block."""
    rng = np.random.default_rng(0)
    heads = engine.random_characters(rng, 16)

    def show(i):
        engine.show(heads[i % 16])

    def draw(i):
        return engine.render(heads[i % 16], size=(256, 256), supersample=1).image

    def maps(i):
        return engine.render(heads[i % 16], size=(256, 256), supersample=1).normals

    print(title)
    print(f"  characters shown      {rate(show, seconds):8.0f} /s one by one")
    print(f"                        {rate(show, seconds, THREADS):8.0f} /s from {THREADS} threads")
    print(
        "  ping                  {:8.2f} ms (95 %: {:.2f})".format(
            *latency(lambda i: engine.ping(), 1)
        )
    )
    print("  256 px picture        {:8.2f} ms (95 %: {:.2f})".format(*latency(draw, seconds)))
    print("  with all its maps     {:8.2f} ms (95 %: {:.2f})".format(*latency(maps, seconds)))
    pictures_rate = rate(lambda i: draw(i) is None, seconds, THREADS)
    print(f"  256 px pictures       {pictures_rate:8.1f} /s from {THREADS} threads")


def measure_mono(seconds: float) -> None:
    """The C# server under Mono, with a drawer that fills in numbers."""
    from tests.unity import mono

    schema = load("builtin")
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "schema.json")
        schema.save(path)
        driver = mono.Driver(mono.build(), heap="1g")
        sizes = (schema.width, schema.nuisance_width)
        port = driver("link_start", path, schema.hash, *sizes, 31, "1", 0, 0)
        with UnityEngine(f":{port}") as engine:
            measure("C# server under Mono", engine, seconds)
        driver("link_stop")
        driver.close()


def main() -> None:
    """Prints the numbers."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--unity", default=None)
    options = parser.parse_args()
    if options.unity:
        with UnityEngine(options.unity) as engine:
            measure(engine.version, engine, options.seconds)
        return
    for title, drawer, form in (
        ("fake game that draws nothing, raw pictures", Still(), pictures.RAW),
        ("fake game that draws nothing, PNG", Still(), pictures.PNG),
        ("fake game that draws with the built-in engine", engines.get("builtin"), pictures.RAW),
    ):
        with FakeGame(drawer, image_format=form) as game, UnityEngine(game.listen()) as engine:
            measure(title, engine, options.seconds)
    try:
        measure_mono(options.seconds)
    except BaseException as error:  # pytest's Skipped is no Exception
        print(f"C# server: {error}")


if __name__ == "__main__":
    main()
