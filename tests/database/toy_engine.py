"""A tiny engine that the worker processes of the tests can import and draw with at once."""

import os

import numpy as np

from face2param import regions
from face2param.engines import Engine, Rendering
from face2param.landmarks import chips, markup
from face2param.schema import Character, Choice, Continuous, Nuisance, Schema

SCHEMA = Schema(
    name="toy",
    version="1",
    continuous=(Continuous("red", "colour"), Continuous("width", "shape")),
    choices=(Choice("hat", "hat", ("none", "cap"), "none"),),
    nuisance=(
        Nuisance("jawOpen", "expression"),
        Nuisance("head_yaw", "pose", -0.5, 0.5, unit="radian", mirror_sign=-1.0),
    ),
)
BREAKS_AT = "FACE2PARAM_TOY_BREAKS_AT"
"""Environment variable: value of `drawn` at which this process ends at once, like a kill."""


class ToyEngine(Engine):
    """Draws a coloured disc; its size and colour say which character it is."""

    name = "toy"
    version = "1"
    schema = SCHEMA

    def __init__(self) -> None:
        self.drawn = 0

    def render(self, character: Character, nuisance=None, *, size=(512, 512), supersample=2,
               background=None) -> Rendering:  # fmt: skip
        if os.environ.get(BREAKS_AT) == str(self.drawn):
            os._exit(1)
        self.drawn += 1
        height, width = size
        y, x = (np.mgrid[:height, :width] + 0.5) / height - 0.5
        inside = np.hypot(x, y) < 0.2 + 0.25 * character["width"]
        image = np.full((height, width, 3), 0.5, np.float32)
        image[inside] = [character["red"], 0.2, float(nuisance[0])]
        labels = np.where(inside, regions.INDEX["skin"], 0).astype(np.uint8)
        if character["hat"] == "cap":
            labels[: height // 8] = regions.INDEX["hat"]
        return Rendering(
            image=image,
            labels=labels,
            landmarks=self.canonical_landmarks(size) + np.float32(nuisance[1]),
            landmarks3d=np.zeros((68, 3), np.float32),
            visibility=np.arange(68) < 60,
            depth=np.zeros(size, np.float32),
            normals=np.zeros((*size, 3), np.float32),
        )

    def canonical_landmarks(self, size) -> np.ndarray:
        points = np.full((markup.COUNT, 2), 0.5)
        points[list(chips.DLIB_POINTS)] = chips.DLIB_MEAN_SHAPE
        return (points * size[0]).astype(np.float32)


def make_toy() -> Engine:
    return ToyEngine()
