"""Where the time of a fit goes, and how much memory it takes.

python tests/benchmarks/fit_speed.py [--precision bfloat16] PHOTO [PHOTO ...]

The first photograph is fitted twice; the first time includes tracing and warming up. Then all
photographs are fitted in one call, in the default batches. At last the parts of one search step
are timed alone. Processor time is summed over all threads; it is what to compare on a busy
machine.
"""

import argparse
import os
import resource
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from face2param.pipelines import photos, toolbox
from face2param.pipelines.fit import Fitter


def peak_gigabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20


class Watch:
    """Wall and processor time since it was made, as text."""

    def __init__(self) -> None:
        self.started = time.perf_counter(), time.process_time()

    def __call__(self, count: int = 1) -> str:
        wall, processor = time.perf_counter(), time.process_time()
        wall, processor = (wall - self.started[0]) / count, (processor - self.started[1]) / count
        return f"{wall:.2f} s ({processor:.2f} s of processor time)"


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


def main() -> None:
    """Parses the options and prints the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("photos", nargs="+")
    parser.add_argument("--precision", default="float32")
    arguments = parser.parse_args()
    watch = Watch()
    fitter = Fitter(toolbox.load(), precision=arguments.precision)
    print(f"loading {watch()}, {peak_gigabytes():.2f} GB")
    watch = Watch()
    found = [photos.open_photo(path) for path in arguments.photos]
    print(f"finding faces: {watch(len(found))} a photograph")
    for label in ("first fit", "warm fit"):
        watch = Watch()
        (result, *_) = fitter.fit(found[:1])
        print(f"{label}: {watch()}, peak {peak_gigabytes():.2f} GB", flush=True)
        for name, seconds in result.fit.seconds.items():
            print(f"  {name:<20} {seconds:7.2f} s")
    if len(found) > 1:
        fitter.fit(found)  # traces the batch
        watch = Watch()
        fitter.fit(found)
        print(f"all {len(found)}: {watch(len(found))} a photograph, peak {peak_gigabytes():.2f} GB")
    print("parts of a search step")
    for batch in (1, fitter.preset.starts):
        steps(fitter, batch)
    timed("engine, one picture", lambda: fitter._draw(*fitter.solver.start(1)))


if __name__ == "__main__":
    main()
