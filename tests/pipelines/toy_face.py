"""A small face model on disk, and photographs that were drawn with it."""

import dataclasses
import functools

import numpy as np
import tensorflow as tf

from face2param import features, morphable, regions
from face2param.morphable.coefficients import layout_of
from face2param.morphable.decode import Decoder
from face2param.pipelines.photos import Photo
from face2param.pipelines.reconstruction_settings import Settings
from face2param.pipelines.reconstructor import Reconstructor
from face2param.reconstruction.renderer import Renderer
from face2param.rendering.cameras import Perspective
from tests.reconstruction import toy

SIZE = (300, 360)
CAMERA = Perspective(1015 * 1.2, (190.0, 140.0), 10.0, SIZE)


def settings(folder, **changes):
    """Settings whose model lies in `folder`."""
    path = folder / "dome.npz"
    if not path.exists():
        morphable.save(toy.dome(), path)
    return Settings(**{"model": str(path), "preset": "refine", "texture_size": 128} | changes)


def tools(folder, **changes):
    """A reconstructor without the parsing network: everything is skin."""
    found = Reconstructor(settings(folder, **changes))
    found.parse = all_skin
    return found


def all_skin(images):
    found = np.zeros((*images.shape[:3], len(regions.CLASSES)), np.float32)
    found[..., regions.INDEX["skin"]] = 1
    return found


@functools.cache
def renderer():
    return Renderer(Decoder(toy.dome()), CAMERA)


def coefficients(**parts):
    layout = layout_of(toy.dome())
    found = {name: np.zeros((1, size), np.float32) for name, size in layout.sizes}
    return found | {name: np.float32([part]) for name, part in parts.items()}


def photo(name="me.png", **parts):
    """A photograph of the toy model, and where its landmarks are."""
    rows = {key: tf.constant(part) for key, part in coefficients(**parts).items()}
    drawn = renderer()(rows)
    ground = np.tile(np.linspace(0.2, 0.5, SIZE[1])[None, :, None], (SIZE[0], 1, 3))
    image = drawn.over(tf.constant(ground[None], tf.float32)).numpy()[0]
    marks = drawn.landmarks.numpy()[0]
    box = (*marks.min(0).tolist(), *marks.max(0).tolist())
    return Photo(name, np.clip(image, 0, 1), marks, box)


class OneFits:
    """Stands in for an identity network: the mean colour says who it is."""

    name, threshold = "toy", 0.1

    def __call__(self, images, landmarks):
        return np.asarray(images).mean((1, 2))

    def distance(self, first, second):
        return np.linalg.norm(first - second, axis=-1)


def without_networks(monkeypatch):
    monkeypatch.setattr(features, "identity", lambda *_: OneFits())


def renamed(photograph, name):
    return dataclasses.replace(photograph, name=name)
