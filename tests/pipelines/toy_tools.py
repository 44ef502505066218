"""A toolbox without networks: the toy face of the fitting tests as engine and imitator."""

import dataclasses
import types

import numpy as np
import tensorflow as tf

from face2param import regions
from face2param.engines import Engine, Rendering
from face2param.fitting import presets
from face2param.fitting.search import Descent
from face2param.pipelines.photos import Photo
from face2param.pipelines.toolbox import Toolbox
from tests.fitting import toy


class ToyEngine(Engine):
    """Draws the toy face at any multiple of its size."""

    name = "toy"
    version = "1"
    schema = toy.toy_schema()

    def render(self, character, nuisance=None, *, size=(512, 512), supersample=2, background=None):
        nuisance = self.schema.neutral_nuisance() if nuisance is None else nuisance
        pose = self.schema.normalise_nuisance(np.asarray(nuisance, np.float32))[None]
        drawn = toy.draw(self.schema.encode(character), pose)
        factor = size[0] // toy.SIZE
        image = np.repeat(np.repeat(drawn["image"][0], factor, 0), factor, 1)
        first = [int(np.argmax(regions.MERGE == i)) for i in range(len(regions.MERGED))]
        labels = np.array(first, np.uint8)[drawn["regions"][0].argmax(-1)]
        labels = np.repeat(np.repeat(labels, 4 * factor, 0), 4 * factor, 1)
        empty = np.zeros((*size, 3), np.float32)
        return Rendering(
            image,
            labels,
            drawn["landmarks"][0] * factor,
            np.zeros((68, 3), np.float32),
            np.ones(68, bool),
            empty[..., 0],
            empty,
        )

    def canonical_landmarks(self, size):
        return self.render(self.schema.neutral(), size=size).landmarks


class ToyParsing:
    """Knows the toy's colours: light is face or hair, by height; dark blue is background."""

    def __call__(self, images):
        probabilities = self.probabilities(images)
        small = tf.nn.avg_pool2d(tf.constant(probabilities), 8, 8, "VALID")
        return {"probabilities": probabilities, "coarse": small, "features": small[..., :4] + 1}

    def probabilities(self, images):
        images = np.asarray(images)
        found = np.zeros((*images.shape[:3], 19), np.float32)
        subject = images[..., 0] > images[..., 2] * 1.05
        low = np.arange(images.shape[1])[None, :, None] > images.shape[1] * 20 / 64
        found[..., 1] = subject & low
        found[..., 17] = subject & ~low
        found[..., 0] = ~subject
        return found


class ToyIdentity:
    name, threshold = "toy", 0.6

    def __call__(self, images, landmarks):
        step = images.shape[1] // 4
        return tf.reshape(tf.nn.avg_pool2d(images, step, step, "VALID"), [-1, 48])

    def distance(self, first, second):
        return tf.norm(tf.constant(first) - tf.constant(second), axis=-1)


@dataclasses.dataclass(frozen=True)
class ToyTools(Toolbox):
    def _imitate(self, encoded, nuisance, names):
        return toy.imitate(encoded, nuisance, names)


def tools() -> ToyTools:
    imitator = types.SimpleNamespace(size=(toy.SIZE, toy.SIZE), schema=toy.toy_schema())
    return ToyTools(ToyEngine(), imitator, ToyIdentity(), ToyParsing())


def preset():
    def shorter(stage, iterations):
        return dataclasses.replace(stage, descent=Descent(iterations, 0.05, decay=0.97))

    default = presets.DEFAULT
    return dataclasses.replace(
        default,
        size=toy.SIZE,
        shape=shorter(default.shape, 30),
        rough=shorter(default.rough, 10),
        main=shorter(default.main, 25),
        correction=shorter(default.correction, 5),
        rounds=1,
    )


def photo(name="toy.png", smile=0.0, **by_name) -> Photo:
    engine = ToyEngine()
    character = engine.schema.neutral().replace(**by_name)
    drawn = engine.render(character, np.float32([smile, 0]), size=(128, 128))
    return Photo(name, drawn.image, drawn.landmarks, (20.0, 20.0, 110.0, 120.0))
