"""An engine that draws numbers: quick, and every value can be read from its picture."""

import numpy as np

from face2param.engines import arguments
from face2param.engines.base import Engine, Rendering
from face2param.errors import EngineError
from face2param.schema import Choice, Continuous, Nuisance, Schema

SCHEMA = Schema(
    "plain",
    "1",
    (Continuous("width", "face"), Continuous("height", "face")),
    (Choice("hat", "head", ("none", "tall"), "none"),),
    (Nuisance("jawOpen", "expression", 0.0, 1.0),),
)
OTHER = Schema("other", "1", (Continuous("width", "face"),))


class PlainEngine(Engine):
    """The upper half has the colour (width, height, jawOpen), the lower half the background."""

    name, version, schema = "plain", "3", SCHEMA

    def render(self, character, nuisance=None, *, size=(64, 64), supersample=2, background=None):
        size = arguments.check_size(size)
        arguments.check_character(character, self.schema)
        nuisance = arguments.check_nuisance(nuisance, self.schema)
        if character["hat"] == "tall" and size == (66, 66):
            raise EngineError("no hats of 66 pixels")
        image = np.full((*size, 3), 0.2, np.float32)
        if background is not None:
            image[:] = arguments.check_background(background, size)
        half = size[0] // 2
        image[:half] = (character["width"], character["height"], nuisance[0])
        depth = np.full(size, np.inf, np.float32)
        depth[:half] = supersample
        normals = np.zeros((*size, 3), np.float32)
        normals[:half, :, 2] = 1.0
        labels = np.isfinite(depth).astype(np.uint8)
        points = np.linspace(1.0, min(size) - 1.0, 68, dtype=np.float32)
        landmarks = np.column_stack([points, points])
        space = np.column_stack([points, points, points])
        return Rendering(image, labels, landmarks, space, points < half, depth, normals)

    def canonical_landmarks(self, size):
        return self.render(self.schema.neutral(), size=size).landmarks


def character(width=0.5, height=0.5, hat="none"):
    return SCHEMA.character(width=width, height=height, hat=hat)
