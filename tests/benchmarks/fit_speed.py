"""Where the time of a fit goes, and how much memory it takes.

python tests/benchmarks/fit_speed.py PHOTO [PHOTO ...]

The first photograph is fitted twice; the first time includes tracing and warming up. Then all
photographs are fitted in one call, as a batch. At last the parts of one search step are timed
alone.
"""

import os
import resource
import sys
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from face2param.pipelines import photos, toolbox
from face2param.pipelines.fit import Fitter


def peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


def timed(label: str, call, repeat: int = 10) -> None:
    call()
    times = []
    for _ in range(repeat):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    print(f"  {label:<52} {1000 * float(np.median(times)):8.1f} ms")


def steps(fitter: Fitter, batch: int) -> None:
    """Times imitator and identity network, forward and backward, for one batch size."""
    callables, size = fitter.tools.callables(), fitter.preset.size
    values, nuisance = (tf.constant(part) for part in fitter.solver.start(batch))
    marks = fitter.tools.engine.canonical_landmarks((size, size))
    landmarks = tf.constant(np.repeat(marks[None], batch, 0), tf.float32)

    def backward(call, variable):
        @tf.function
        def run():
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(variable)
                value = tf.reduce_sum(call(variable))
            return tape.gradient(value, variable)

        return run

    def draw(x):
        return callables.imitate(x, nuisance, ("image", "landmarks", "regions"))["image"]

    picture = draw(values)
    timed(f"imitator, forward and backward, batch {batch}", backward(draw, values))
    timed(
        f"identity network, forward and backward, batch {batch}",
        backward(lambda image: callables.embed(image, landmarks), picture),
    )


def main(paths: list[str]) -> None:
    """Prints the table."""
    started = time.perf_counter()
    fitter = Fitter(toolbox.load())
    print(f"loading {time.perf_counter() - started:.2f} s, {peak_gigabytes():.2f} GB")
    started = time.perf_counter()
    found = [photos.open_photo(path) for path in paths]
    print(f"finding faces: {(time.perf_counter() - started) / len(found):.2f} s a photograph")
    for label in ("first fit", "warm fit"):
        started = time.perf_counter()
        (result, *_) = fitter.fit(found[:1])
        print(f"{label}: {time.perf_counter() - started:.2f} s, peak {peak_gigabytes():.2f} GB")
        for name, seconds in result.fit.seconds.items():
            print(f"  {name:<20} {seconds:7.2f} s")
    if len(found) > 1:
        fitter.fit(found)  # traces the batch
        started = time.perf_counter()
        fitter.fit(found)
        each = (time.perf_counter() - started) / len(found)
        print(f"batch of {len(found)}: {each:.2f} s a photograph, peak {peak_gigabytes():.2f} GB")
    print("parts of a search step")
    for batch in (1, fitter.preset.starts):
        steps(fitter, batch)
    timed("engine, one picture", lambda: fitter._draw(*fitter.solver.start(1)))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(sys.argv[1:])
