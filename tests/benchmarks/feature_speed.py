"""Time of the feature networks, forward and with the gradient to the picture.

python tests/benchmarks/feature_speed.py --batch 1 8
"""

import argparse
import time

import face_parsing_tf
import lightcnn_tf
import numpy as np
import tensorflow as tf

from face2param import features


def networks() -> dict:
    """Name -> (model, size, channels); random weights where none ship."""
    return {
        "dlib 150": (features.identity("dlib").model, 150, 3),
        "lightcnn29v2 128": (lightcnn_tf.lightcnn29v2(), 128, 1),
        "bisenet 0.5 fine 256": (
            face_parsing_tf.bisenet(19, 0.5, size=(256, 256), fine_head=True), 256, 3
        ),
        "bisenet 1.0 256": (face_parsing_tf.bisenet(19, size=(256, 256)), 256, 3),
        "bisenet 1.0 512": (face_parsing_tf.bisenet(19), 512, 3),
    }  # fmt: skip


def milliseconds(function, argument, repeats: int = 8) -> float:
    """Median time of a call after one to warm up."""
    function(argument)
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        function(argument)
        times.append(time.perf_counter() - start)
    return 1000 * float(np.median(times))


def main() -> None:
    """Parses the options and prints a table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--batch", type=int, nargs="+", default=[1])
    arguments = parser.parse_args()
    for name, (model, size, channels) in networks().items():
        model.trainable = False

        @tf.function
        def forward(x, model=model):
            return tf.nest.flatten(model(x, training=False))

        @tf.function
        def backward(x, forward=forward):
            with tf.GradientTape(watch_accessed_variables=False) as tape:
                tape.watch(x)
                total = tf.add_n([tf.reduce_sum(y * y) for y in forward(x)])
            return tape.gradient(total, x)

        for batch in arguments.batch:
            x = tf.random.uniform((batch, size, size, channels))
            print(
                f"{name:22} batch {batch}: forward {milliseconds(forward, x):6.1f} ms, "
                f"with gradient {milliseconds(backward, x):6.1f} ms"
            )


if __name__ == "__main__":
    main()
