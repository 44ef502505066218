"""Recovers random faces of a model from drawings of them: landmark NME and vertex error.

    python tests/benchmarks/reconstruction_recovery.py [--faces 50] [--output FOLDER]

Identity and albedo are drawn from the model's own distribution, expressions at 0.7 of it, yaw
evenly within 45 degrees, pitch and roll within 20, light nearly white. Faces that the light would
burn out or blacken are drawn again. The photograph is drawn at twice the size on a plain random
ground, averaged to 224 px and rounded to 256 levels; landmarks are the true ones, with
--landmark_noise px of error. Every search starts at the mean face, whose pose the landmarks tell.

The vertex error is the mean distance of vertices, in the face's own space (identity and
expression), after the best rigid motion without scale, over the vertices of the model's front
(what a photograph is compared with). It is given as a share of the same error of the mean face.
Beside it stand the share over the whole head, of which a photograph shows less than half, and
the share without any alignment.
"""

import argparse
import os
import time
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
import tensorflow as tf

from face2param import config, images, morphable
from face2param.metrics.landmarks import nme
from face2param.metrics.procrustes import procrustes
from face2param.morphable import coefficients
from face2param.morphable.decode import Decoder
from face2param.reconstruction import landmark_start, objective, plans, presets
from face2param.reconstruction.refine import Refiner
from face2param.reconstruction.renderer import Renderer
from face2param.rendering.cameras import DEEP3D

_POSE = np.radians([20.0, 45.0, 20.0])
_EXPRESSION = 0.7
_LIGHT = np.array([0.1] + [0.2] * 3 + [0.05] * 5)
_TINT = 0.02
_CLIPPED = 0.005
"""Largest share of colour values beyond black or white."""


def random_face(renderer: Renderer, layout: coefficients.Layout, rng) -> dict:
    """Draws coefficients until the picture is neither burnt out nor black."""
    while True:
        found = {name: rng.normal(size=(1, size)) for name, size in layout.sizes}
        found["expression"] *= _EXPRESSION
        found["rotation"] = rng.uniform(-1, 1, (1, 3)) * _POSE
        found["translation"] *= (0.1, 0.1, 0.3)
        light = rng.normal(size=(1, 1, 9)) * _LIGHT + rng.normal(size=(1, 3, 9)) * _TINT
        found["light"] = light.reshape(1, 27)
        found = {name: tf.constant(value, tf.float32) for name, value in found.items()}
        image = renderer(found).image.numpy()
        if ((image > 1) | (image < 0)).mean() < _CLIPPED:
            return found


def photograph(large: Renderer, face: dict, rng) -> np.ndarray:
    """`[1, 224, 224, 3]`, two samples per pixel and axis, 256 levels."""
    drawn = large(face)
    ground = tf.ones_like(drawn.image) * rng.uniform(0, 1, 3).astype(np.float32)
    shrunk = tf.nn.avg_pool(tf.clip_by_value(drawn.over(ground), 0, 1), 2, 2, "VALID")
    return images.to_uint8(shrunk.numpy()).astype(np.float32) / 255


def errors(found: np.ndarray, true: np.ndarray, front: np.ndarray) -> list[float]:
    """Mean distance over front and head after a rigid fit, and over the front without one."""
    distances = []
    for vertices in (front, np.arange(len(true))):
        motion = procrustes(found[vertices], true[vertices], scale=False)
        distance = np.linalg.norm(motion.apply(found[vertices]) - true[vertices], axis=-1)
        distances.append(distance.mean())
    return [*distances, np.linalg.norm((found - true)[front], axis=-1).mean()]


def main() -> None:
    """Parses the options, searches in batches, prints and writes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--faces", type=int, default=50)
    parser.add_argument("--batch", type=int, default=5)
    parser.add_argument("--model", default="builtin")
    parser.add_argument("--preset", default="refine")
    parser.add_argument("--steps", type=int, help="of both stages together; default: the plan's")
    parser.add_argument("--landmark_noise", type=float, default=0.0, help="px of the 224 crop")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--output", help="folder for recovery.json and recovery.png")
    options = parser.parse_args()
    model = morphable.get(options.model)
    layout = coefficients.layout_of(model)
    renderer = Renderer(Decoder(model))
    large = Renderer(renderer.decoder, DEEP3D.resized((448, 448)))
    weights = presets.get(options.preset)
    refiner = Refiner(objective.Objective(renderer, weights), layout, plans.DEFAULT)
    scene = tf.function(renderer.decoder.decode)

    def decode(face):
        return scene({name: tf.constant(part[None]) for name, part in face.items()}, DEEP3D)

    front = np.unique(model.faces[model.front_mask])
    rng = np.random.default_rng(options.seed)
    rows, pictures, seconds = [], [], 0.0
    for first in range(0, options.faces, options.batch):
        count = min(options.batch, options.faces - first)
        faces = [random_face(renderer, layout, rng) for _ in range(count)]
        image = np.concatenate([photograph(large, face, rng) for face in faces])
        true = {name: tf.concat([face[name] for face in faces], 0) for name in layout.names}
        marks = renderer.landmarks(true).numpy()
        noisy = marks + rng.normal(0, 1, marks.shape).astype(np.float32) * options.landmark_noise
        started = time.perf_counter()
        photo = objective.prepare(image, noisy, attention=weights.attention)
        begin = [
            landmark_start.start(
                model, decode, layout, DEEP3D, image[k], noisy[k], photo["attention"][k, ..., 0]
            )
            for k in range(count)
        ]
        begin = {name: np.concatenate([row[name] for row in begin]) for name in layout.names}
        found, _ = refiner.run(begin, photo, options.steps)
        seconds += time.perf_counter() - started
        marks_found = renderer.landmarks(found).numpy()
        shapes = [
            renderer.decoder.shape(c["identity"], c["expression"]).numpy() for c in (found, true)
        ]
        for row in range(count):
            ours, mean = (
                errors(vertices, shapes[1][row], front) for vertices in (shapes[0][row], model.mean)
            )
            yaw = float(np.degrees(true["rotation"][row, 1]))
            rows.append([float(nme(marks_found[row], marks[row])), yaw, *ours, *mean])
        pictures += [*image, *np.clip(renderer(found).over(image), 0, 1)]
        print(f"{first + count} faces, {seconds:.0f} s", flush=True)
    report(np.array(rows), seconds, options, pictures)


def report(rows: np.ndarray, seconds: float, options, pictures: list) -> None:
    """Prints the numbers and writes them with a sheet of photographs over answers."""
    shares = rows[:, 2:5] / rows[:, 5:8]
    means = rows[:, 2:5].mean(0) / rows[:, 5:8].mean(0)
    result = {
        "faces": len(rows),
        "landmark_nme": rows[:, 0].mean(),
        "landmark_nme_worst": rows[:, 0].max(),
        "mean_face_error_dm": rows[:, 5].mean(),
        "error_dm": rows[:, 2].mean(),
        "share_front": means[0],
        "share_front_median": np.median(shares[:, 0]),
        "share_front_worst": shares[:, 0].max(),
        "share_head": means[1],
        "share_front_unaligned": means[2],
        "share_front_beyond_30_degrees": shares[np.abs(rows[:, 1]) > 30, 0].mean(),
        "seconds_per_face": seconds / len(rows),
    }
    result = {name: round(float(value), 4) for name, value in result.items()}
    for name, value in result.items():
        print(f"{name:32} {value:.4f}")
    if options.output:
        config.write_json(Path(options.output) / "recovery.json", result)
        sheet = images.mosaic(pictures[: 4 * options.batch], options.batch)
        images.write_image(Path(options.output) / "recovery.png", sheet)


if __name__ == "__main__":
    main()
