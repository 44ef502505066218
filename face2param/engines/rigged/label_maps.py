"""Classes of a head in the UV of its textures, for game engines that draw label maps.

A game knows which material is skin, not where on it nose, lips and brows are. `write` puts what
this engine knows into pictures beside the head file: `NAME.labels.json` names them by node and
primitive, and each holds a class per texel. The Unity package hands them to its label shader.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from face2param import config
from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.posed import PosedPart
from face2param.engines.rigged.rest import Rest
from face2param.engines.rigged.rig import Rig
from face2param.meshes.gltf import read_gltf
from face2param.rendering.raster import BACKGROUND, rasterize

_MARGIN = 4
"""Texels by which the classes reach over the borders of the UV islands."""

_OVERLAP = 1.2
"""Area of the triangles over area of the texels, above which UV count as shared."""


def table_path(path: Path) -> Path:
    """The file that names the label maps of a head file: NAME.labels.json for NAME.schema.json."""
    return path.with_name(f"{_stem(path)}.labels.json")


def write(path: Path, size: int = 1024) -> list[Path]:
    """Writes the label maps of a head file beside it.

    Args:
      path: the head file; its model is beside it.
      size: side of the pictures.

    Returns:
      What was written: NAME.labels.json first.

    Raises:
      CodecError: head file or model cannot be read.
      EngineError: they do not belong together.
      OutputError: the folder cannot be written.
    """
    path = Path(path)
    head = HeadFile.load(path)
    rest = Rest(Rig(read_gltf(head.model_path), head))
    names, written = {}, []
    for (node, primitive), part in rest.parts.items():
        classes = label_map(rest, part, size)
        if classes is None:
            continue
        picture = io.BytesIO()
        Image.fromarray(classes).save(picture, "PNG")
        name = f"{_stem(path)}.labels.{len(names)}.png"
        config.atomic_write(path.with_name(name), picture.getvalue())
        names[f"{rest.rig.model.nodes[node].name}/{primitive}"] = name
        written.append(path.with_name(name))
    table = table_path(path)
    config.write_json(table, names)
    return [table, *written]


def label_map(rest: Rest, part: PosedPart, size: int) -> np.ndarray | None:
    """The classes of a part in the UV of its base texture.

    Args:
      rest: the rig at rest.
      part: one of its parts.
      size: side of the map.

    Returns:
      uint8 `[size, size]`, v = 0 on top; or None where the part has one class only, no UV, or
      UV that lie over one another, as those of hair cards: the class of its material must do.
    """
    triangles = rest.regions(part)
    painted = rest.is_painted(part)
    if part.uv is None or not len(part.faces) or not (painted or len(np.unique(triangles)) > 1):
        return None
    texels = np.asarray(part.uv, np.float64) * size
    raster = rasterize(texels, np.ones(len(texels)), part.faces, (size, size))
    covered = raster.triangle != BACKGROUND
    if _areas(texels[part.faces]).sum() > _OVERLAP * max(covered.sum(), 1):
        return None
    triangle = raster.triangle[covered]
    classes = np.zeros((size, size), np.uint8)
    if painted:
        corners = rest.plane(part)[part.faces[triangle]]
        place = (corners * raster.barycentric[covered][..., None]).sum(1)
        rows = rest.label_map.shape[1]
        column, row = (np.clip(place[:, k] * rows, 0, rows - 1).astype(int) for k in (0, 1))
        classes[covered] = rest.label_map[(place[:, 2] > 0.5).astype(int), row, column]
    else:
        classes[covered] = triangles[triangle]
    return _widen(classes, covered)


def _stem(path: Path) -> str:
    return path.name.removesuffix(".json").removesuffix(".schema")


def _areas(corners: np.ndarray) -> np.ndarray:
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return 0.5 * np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])


def _widen(classes: np.ndarray, covered: np.ndarray) -> np.ndarray:
    """Lets the islands grow over their borders, so that no sample beside one is background."""
    classes, covered = classes.copy(), covered.copy()
    for _ in range(_MARGIN):
        for axis in (0, 1):
            for step in (-1, 1):
                near, there = (np.roll(array, step, axis) for array in (classes, covered))
                new = there & ~covered
                classes[new] = near[new]
                covered |= new
    return classes
