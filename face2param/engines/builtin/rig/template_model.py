"""The head of all characters: a rigged model whose head file binds every slider of "builtin".

What a params.json of the built-in engine holds can be set on it in a game: shapes are morphs, eyes
sit on bones, colours and makeup are layers of a texture, hair, beards and glasses are nodes.
"""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np
from PIL import Image

from face2param import config
from face2param.engines.builtin.camera import Camera
from face2param.engines.builtin.controls import SCHEMA_NAME
from face2param.engines.builtin.rig import (
    small_file,
    template_bindings,
    template_layers,
    template_parts,
)
from face2param.engines.builtin.rig.assembly import assemble
from face2param.engines.builtin.rig.template_hair import Fineness
from face2param.engines.rigged.head_file import HeadFile, View
from face2param.errors import EngineError
from face2param.meshes.gltf import Model, write_gltf
from face2param.schema import load

MODEL_FILE, HEAD_FILE = "head.glb", "head.schema.json"


@dataclasses.dataclass(frozen=True)
class Detail:
    """How much of the engine's head is kept.

    Attributes:
      size: height and width of the skin's textures and masks.
      still: movements below this (cm) are left out.
      hair: thinning of the hairstyles.
      beard_share: every so many-th ribbon of a beard is kept.
      styles: hairstyles that are there, the others borrow the most alike; None: all.
      beards: beards that are there; None: all.
      soft: hair is drawn a second time, blended.
      normal_map: pores and folds.
      triangles: part of the head -> share of its triangles; those not named keep all.
      lashes: every so many-th lash is kept.
      idle: what moves a part of the head less than this (cm) is left out altogether.
    """

    size: int
    still: float
    hair: Fineness
    beard_share: int
    styles: tuple[str, ...] | None = None
    beards: tuple[str, ...] | None = None
    soft: bool = True
    normal_map: bool = True
    triangles: Mapping[str, float] = dataclasses.field(default_factory=dict)
    lashes: int = 1
    idle: float = 0.0


DETAILS = {
    "full": Detail(1024, 1e-3, Fineness(170, 6, 2, 2), 3),
    "small": Detail(
        512,
        3e-2,
        Fineness(90, 4, 3, 4),
        8,
        styles=("crop", "side_part", "short_curls", "bob", "long"),
        beards=("moustache", "full"),
        soft=False,
        normal_map=False,
        triangles={
            "skin": 0.3,
            "ear_left": 0.2,
            "ear_right": 0.2,
            "teeth_upper": 0.2,
            "teeth_lower": 0.2,
            "tongue": 0.3,
            "cavity": 0.4,
            "torso": 0.5,
            "eye_left": 0.4,
            "eye_right": 0.4,
            "glasses": 0.5,
            "beard": 0.3,
        },
        lashes=3,
        idle=0.07,
    ),
}


class Template(NamedTuple):
    """A model, and the head file that belongs to it.

    Attributes:
        model: in metres.
        head: its masks are in `head.images`.
    """

    model: Model
    head: HeadFile

    def save(self, folder: str | os.PathLike) -> list[Path]:
        """Writes model, head file and masks; returns their paths.

        Raises:
          OutputError: a file cannot be written.
        """
        folder = Path(folder)
        written = []
        for name, pixels in self.head.images.items():
            stream = io.BytesIO()
            shown = pixels[..., 0] if pixels.shape[2] == 1 else pixels
            Image.fromarray(shown).save(stream, "png", optimize=True)
            config.atomic_write(folder / name, stream.getvalue())
            written.append(folder / name)
        self.write_model(folder / MODEL_FILE)
        self.head.save(folder / HEAD_FILE)
        return [*written, folder / MODEL_FILE, folder / HEAD_FILE]

    def write_model(self, path: str | os.PathLike) -> None:
        """Writes the model alone, as a .glb file with lengths of 16 bits."""
        with config.atomic_path(path) as temporary:
            write_gltf(temporary, self.model)
            config.atomic_write(temporary, small_file.shrink(temporary.read_bytes()))


def template(detail: str | Detail = "full") -> Template:
    """Builds the template (about half a minute).

    Args:
      detail: of `DETAILS`: "full", or "small" for a file of a few megabytes; or one's own.

    Raises:
      EngineError: no such detail.
      DependencyError: fewer triangles are wanted and meshoptimizer is not installed.
    """
    if not isinstance(detail, Detail) and detail not in DETAILS:
        raise EngineError(f"detail is {detail!r}; it must be one of {', '.join(DETAILS)}")
    chosen = detail if isinstance(detail, Detail) else DETAILS[detail]
    schema = load(SCHEMA_NAME)
    parts = template_parts.build(schema.neutral(), chosen)
    model = assemble("face2param head", parts.pieces, parts.surfaces, parts.eye_centres)
    camera = Camera()
    middle = (0.0, camera.height * 0.01, 0.0)
    view = View(
        (0.0, middle[1], camera.distance * 0.01),
        middle,
        2 * float(np.arctan(0.5 * camera.field / camera.distance)),
    )
    neutral = schema.neutral()
    head = HeadFile(
        model=MODEL_FILE,
        schema=schema,
        bindings=template_bindings.bindings(neutral, parts),
        camera=view,
        regions=template_bindings.REGIONS,
        layers=template_layers.layers(neutral),
        landmarks=template_parts.landmarks(neutral, model),
        unit=1.0,
        images=template_layers.images(neutral, chosen.size),
    )
    return Template(model, head)
