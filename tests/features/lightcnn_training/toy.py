"""Six "people" who are nothing but soft patterns, and a teacher who knows them."""

import numpy as np
from keras import ops

from face2param import images
from face2param.features.base import IdentityNetwork
from face2param.features.lightcnn_training import image_lists
from face2param.features.lightcnn_training.recipes import light_config

SIZE = 16
CONFIG = light_config(
    network="lightcnn9", size=SIZE, batch_size=12, epochs=1, warmup_steps=2, log_every=1, threads=2
)


def pattern(person, side):
    """A smooth grey picture that belongs to one person."""
    rng = np.random.default_rng((7, person))
    y, x = np.mgrid[:side, :side] / side * 2 * np.pi
    waves = sum(
        rng.normal() * np.sin(rng.integers(1, 3) * x + rng.integers(-2, 3) * y + 6 * rng.random())
        for _ in range(5)
    )
    return 0.5 + 0.3 * np.tanh(waves)


def slope(rng, side):
    """Light from a side, as strong as the patterns; it says nothing about the person."""
    y, x = np.mgrid[:side, :side] / side - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    return rng.uniform(0.3, 0.9) * (np.cos(angle) * x + np.sin(angle) * y)


def write_people(folder, each=12, people=6, side=SIZE + 2, seed=0):
    """Writes a list of crops in changing light and noise; returns it opened."""
    rng = np.random.default_rng(seed)
    paths, labels = [], []
    for person in range(people):
        for number in range(each):
            light = rng.uniform(0.7, 1.2) * pattern(person, side)
            picture = light + slope(rng, side) + rng.normal(0, 0.04, (side, side))
            paths.append(f"p{person}_{number}.png")
            labels.append(person)
            images.write_image(folder / paths[-1], np.repeat(picture[..., None], 3, 2))
    return image_lists.open_list(image_lists.write_list(folder, paths, labels))


def landmarks(side):
    """68 points of an upright face in a square picture."""
    points = np.full((68, 2), side / 2)
    points += np.random.default_rng(1).normal(0, 0.02 * side, points.shape)
    points[36:42] = points[36:42] * 0.02 + np.array([0.35, 0.35]) * side
    points[42:48] = points[42:48] * 0.02 + np.array([0.63, 0.35]) * side
    points[48], points[54] = np.array([0.38, 0.72]) * side, np.array([0.6, 0.72]) * side
    return points.astype(np.float32)


def write_faces(folder, count=48, side=32, seed=0):
    """Writes faces that mix two of six patterns; returns the list with landmarks."""
    rng = np.random.default_rng(seed)
    paths, basis = [], np.stack([pattern(person, side) for person in range(6)])
    for number in range(count):
        shares = rng.dirichlet(np.full(6, 0.5))
        picture = np.tensordot(shares, basis, 1) + slope(rng, side)
        paths.append(f"face{number}.png")
        images.write_image(folder / paths[-1], np.repeat(picture[..., None], 3, 2))
    points = np.stack([landmarks(side)] * count)
    return image_lists.open_list(
        image_lists.write_list(folder, paths, range(count), landmarks=points)
    )


class PatternTeacher(IdentityNetwork):
    """Describes a picture by its likeness to each pattern; its distance is Euclidean."""

    name = "pattern"
    embedding_size = 6
    crop_size = (32, 32)
    threshold = 1.0

    def __init__(self):
        basis = np.stack([pattern(person, 32) for person in range(6)]).reshape(6, -1)
        y, x = np.mgrid[:32, :32].reshape(2, -1)
        light = np.stack([np.ones(1024), x, y])
        basis = basis - (basis @ np.linalg.pinv(light)) @ light  # blind to slopes of light
        basis /= np.linalg.norm(basis, axis=1, keepdims=True)
        self._basis = np.float32(basis.T)

    def crop_matrices(self, landmarks):
        raise NotImplementedError

    def crop(self, images, landmarks, landmark_gradient=False):
        return images

    def embed(self, crops):
        grey = ops.reshape(ops.mean(crops, axis=-1), (-1, 32 * 32))
        return ops.matmul(grey, ops.convert_to_tensor(self._basis))

    def distance(self, first, second):
        return ops.sqrt(ops.sum(ops.square(first - second), axis=-1) + 1e-12)
