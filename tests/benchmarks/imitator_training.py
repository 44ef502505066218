"""Times the training steps of the imitator, under any Keras backend.

python -m tests.benchmarks.imitator_training
On a GPU: KERAS_BACKEND=torch, and --batch=64,128 --precision=mixed_bfloat16. What a search does
with the trained imitator is timed by networks.py.
"""

import argparse
import time

import numpy as np


def train(size: int, batch: int, precision: str, identity: str, repeats: int) -> None:
    """Optimiser steps on random pictures, with all terms."""
    import keras

    from face2param import features
    from face2param.imitator import networks, stepping
    from face2param.imitator.losses import LossWeights, Objective
    from face2param.imitator.optimizers import OptimizerConfig
    from face2param.imitator.samples import Samples

    rng = np.random.default_rng(0)
    count = 2 * batch
    samples = Samples(
        "random",
        rng.random((count, 200), np.float32),
        rng.random((count, 33), np.float32),
        rng.integers(0, 256, (count, size, size, 3), np.uint8),
        (0.3 + 0.4 * rng.random((count, 68, 2), np.float32)),
        rng.integers(0, 13, (count, size // 4, size // 4), np.uint8),
    )
    config = networks.NetworkConfig(200, 33, size=size)
    network = None if identity == "none" else features.identity(identity)
    stepper = stepping.create(
        networks.build(config, precision), OptimizerConfig(), Objective(LossWeights(), network)
    )
    held = stepper.hold(samples)
    order = [rng.permutation(count)[:batch] for _ in range(repeats + 5)]
    for indices in order[:5]:
        terms = stepper.step(held, indices, 1e-4, 0.9)
    loss = float(terms["loss"])  # waits for the device
    started = time.perf_counter()
    for indices in order[5:]:
        terms = stepper.step(held, indices, 1e-4, 0.9)
    loss = float(terms["loss"])
    seconds = (time.perf_counter() - started) / repeats
    print(
        f"train {size} px under {keras.backend.backend()}, {precision}, identity {identity}, "
        f"batch {batch}: {1e3 * seconds:.1f} ms a step, {batch / seconds:.0f} heads/s, "
        f"loss {loss:.4f}",
        flush=True,
    )


def main() -> None:
    """Parses the options and prints the tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--batch", default="8")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--identity", default="none,dlib")
    parser.add_argument("--repeats", type=int, default=20)
    arguments = parser.parse_args()
    for precision in arguments.precision.split(","):
        for identity in arguments.identity.split(","):
            for batch in arguments.batch.split(","):
                train(arguments.size, int(batch), precision, identity, arguments.repeats)


if __name__ == "__main__":
    main()
