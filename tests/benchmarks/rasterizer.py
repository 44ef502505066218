"""Times of the differentiable renderer on a mesh of Deep3D's size.

    python -m tests.benchmarks.rasterizer [--rounds 60] [--yaw 0] [--batch 1] [--shuffle]
        [--xla] [--json FILE]
    python -m tests.benchmarks.rasterizer --silhouettes
    python -m tests.benchmarks.rasterizer --agreement [--yaw 0]

One 224 x 224 picture of 35,721 vertices and 70,688 triangles, most of them smaller than a
pixel, inside a `tf.function`: projection of all vertices, visibility and three interpolated
channels; with backward, the paper's photometric loss (mean length of the colour difference over
covered pixels) against random colours and its gradient to all positions. Calls take turns.
Printed are processor time of the process, which other programs disturb least, and wall time;
both minimum and median of the rounds, and the ratio of medians to the pure-TensorFlow twin.
The bars of the project are on the processor time of "fast": 4.5 ms forward, 6.5 ms with
backward. Before, the two are checked to see the same triangles.

`--shuffle` orders vertices and triangles at random, the worst case for the caches.
`--silhouettes` prints instead how much of the pose gradient comes through. `--agreement`
compares fast path and twin with the slow reference at full size, which takes minutes.
"""

import argparse
import json
import os
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from face2param.rendering import reference
from face2param.rendering.antialias import antialias
from face2param.rendering.cameras import DEEP3D, Projected
from face2param.rendering.draw import draw
from face2param.rendering.mesh_normals import vertex_normals
from face2param.rendering.rotations import from_euler, transform
from tests.rendering import meshes, silhouettes

BARS = {"fast forward": 4.5, "fast forward + backward": 6.5}
"""Milliseconds of processor time."""


def scene(yaw: float, batch: int, shuffle: bool):
    """Positions `[batch, vertices, 3]`, faces, colours and a target."""
    points, faces = meshes.face(189)
    rng = np.random.default_rng(0)
    if shuffle:
        order = rng.permutation(len(points))
        points, faces = points[order], np.argsort(order)[faces][rng.permutation(len(faces))]
    angles = [[0.0, np.radians(yaw), 0.0]] * batch
    positions = transform(
        np.repeat(points[None], batch, 0), from_euler(np.float32(angles)), tf.zeros([batch, 3])
    )
    colours = tf.constant(rng.random((batch, len(points), 3)), tf.float32)
    target = tf.constant(rng.random((batch, 224, 224, 3)), tf.float32)
    return positions, np.ascontiguousarray(faces, np.int32), colours, target


def contenders(faces, colours, target, xla: bool):
    """Functions of positions, by name."""

    def picture(positions, backend, smooth):
        projected = DEEP3D.project(positions)
        drawn = draw(projected, colours, faces, (224, 224), backend)
        image = drawn.image
        if smooth:
            image = antialias(image, drawn.fragments, projected, faces, backend)
        return image, drawn

    def loss(positions, backend, smooth):
        image, drawn = picture(positions, backend, smooth)
        length = tf.sqrt(tf.reduce_sum((image - target) ** 2, -1) + 1e-12)
        mask = drawn.mask[..., 0]
        return tf.reduce_sum(length * mask) / tf.maximum(tf.reduce_sum(mask), 1.0)

    def normals(positions, backend, _):
        return tf.reduce_sum(vertex_normals(positions, faces, "area", backend) * colours)

    def forward(backend, smooth, jit):
        return tf.function(lambda p: picture(p, backend, smooth)[0], jit_compile=jit)

    def backward(value, backend, smooth, jit):
        @tf.function(jit_compile=jit)
        def run(positions):
            with tf.GradientTape() as tape:
                tape.watch(positions)
                result = value(positions, backend, smooth)
            return tape.gradient(result, positions)

        return run

    kinds = [("fast", "numba", False), ("twin", "tensorflow", False)]
    if xla:
        kinds.append(("twin XLA", "tensorflow", True))
    found = {}
    for name, backend, jit in kinds:
        found[f"{name} forward"] = forward(backend, False, jit)
        found[f"{name} forward + backward"] = backward(loss, backend, False, jit)
        found[f"{name} forward, antialias"] = forward(backend, True, jit)
        found[f"{name} forward + backward, antialias"] = backward(loss, backend, True, jit)
        found[f"{name} normals, forward + backward"] = backward(normals, backend, False, jit)
    return found


def measure(functions, positions, rounds: int) -> dict[str, dict[str, float]]:
    """Milliseconds of each function, called in turns."""
    for function in functions.values():
        for _ in range(3):
            function(positions).numpy()
    cpu = {name: [] for name in functions}
    wall = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            start = time.process_time(), time.perf_counter()
            function(positions).numpy()
            cpu[name].append(1e3 * (time.process_time() - start[0]))
            wall[name].append(1e3 * (time.perf_counter() - start[1]))
    return {
        name: {
            "cpu_min": min(cpu[name]),
            "cpu_median": float(np.median(cpu[name])),
            "wall_min": min(wall[name]),
            "wall_median": float(np.median(wall[name])),
        }
        for name in functions
    }


def show_silhouettes(runs: int = 5) -> None:
    """Prints the share of the true pose gradient with and without antialias."""
    rng = np.random.default_rng(0)
    for run in range(runs):
        start = np.zeros(6)
        if run:
            start[:3] = rng.uniform(-0.5, 0.5, 3)
        offset = 0.03 * rng.choice([-1, 1], 6)
        slopes = silhouettes.pose_slopes(224, 189, start, offset)
        print(f"start {np.round(start[:3], 2)} rad, target off by {offset}")
        for name, found in (("antialias", slopes.blended), ("interior only", slopes.interior)):
            signs = int((np.sign(found) == np.sign(slopes.true)).sum())
            share = np.linalg.norm(found) / np.linalg.norm(slopes.true)
            cosine = silhouettes.cosine(found, slopes.true)
            print(f"  {name:14s} signs {signs}/6, cosine {cosine:6.3f}, length {share:.3f} of true")


def show_agreement(positions, faces, colours, target) -> None:
    """Prints differences of triangles and gradients from the slow reference."""
    projected = DEEP3D.project(positions)
    screen, depth = (part[0].numpy() for part in projected)
    truth = reference.rasterize(screen, depth, faces, (224, 224))
    exact = reference.interpolate_gradient(
        screen, depth, colours[0].numpy(), faces, truth.triangle, target[0].numpy()
    )
    for backend in ("numba", "tensorflow"):
        watched = [*projected, colours]
        with tf.GradientTape() as tape:
            tape.watch(watched)
            drawn = draw(Projected(*watched[:2]), colours, faces, (224, 224), backend)
            value = tf.reduce_sum(drawn.image * target)
        other = int((drawn.fragments.triangle[0].numpy() != truth.triangle).sum())
        print(f"{backend}: {other} of {truth.triangle.size} pixels see another triangle")
        for name, found, expected in zip(
            ("screen", "inverse depth", "attributes"),
            tape.gradient(value, watched),
            exact,
            strict=True,
        ):
            difference = np.abs(found[0] - expected)
            relative = difference[expected != 0] / np.abs(expected[expected != 0])
            print(
                f"  gradient by {name:13s} largest difference {difference.max():.1e} of "
                f"{np.abs(expected).max():.1e}, relative: median {np.median(relative):.1e}, "
                f"99.9 % below {np.quantile(relative, 0.999):.1e}, largest {relative.max():.1e}"
            )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--yaw", type=float, default=0.0, help="degrees")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--shuffle", action="store_true")
    parser.add_argument("--xla", action="store_true", help="also the twin compiled by XLA")
    parser.add_argument("--silhouettes", action="store_true")
    parser.add_argument("--agreement", action="store_true")
    parser.add_argument("--json", help="file for the numbers")
    options = parser.parse_args()
    if options.silhouettes:
        show_silhouettes()
        return
    positions, faces, colours, target = scene(options.yaw, options.batch, options.shuffle)
    if options.agreement:
        show_agreement(positions, faces, colours, target)
        return
    projected = DEEP3D.project(positions)
    pictures = [
        draw(projected, colours, faces, (224, 224), backend).fragments.triangle.numpy()
        for backend in ("numba", "tensorflow")
    ]
    np.testing.assert_array_equal(*pictures)
    print(
        f"{positions.shape[1]} vertices, {len(faces)} triangles, "
        f"{int((pictures[0][0] >= 0).sum())} pixels covered, batch {options.batch}"
    )
    functions = contenders(faces, colours, target, options.xla)
    times = measure(functions, positions, options.rounds)
    print(f"{'ms':38s} cpu min  median   wall min  median   cpu / twin")
    for name, row in times.items():
        kind = name.split(" ", 1)[1].removeprefix("XLA ")
        ratio = row["cpu_median"] / times[f"twin {kind}"]["cpu_median"]
        bar = f"   bar {BARS[name]}" if name in BARS and options.batch == 1 else ""
        print(
            f"{name:38s} {row['cpu_min']:7.2f} {row['cpu_median']:7.2f}"
            f"   {row['wall_min']:8.2f} {row['wall_median']:7.2f}   {ratio:10.2f}{bar}"
        )
    if options.json:
        with open(options.json, "w", encoding="utf-8") as file:
            json.dump(times, file, indent=1)


if __name__ == "__main__":
    main()
