"""The engine's pictures in the form that the search compares."""

from __future__ import annotations

import numpy as np

from face2param import regions as region_table
from face2param.engines import Engine, Rendering
from face2param.fitting.solver import Draw
from face2param.pipelines import photos


def drawer(engine: Engine, size: int, supersample: int = 2) -> Draw:
    """Returns a function that draws batches of encoded characters.

    Landmarks are those that the photograph's own detector sees on the drawing, so that its
    habits are on both sides of a comparison.

    Args:
      engine: who draws.
      size: height and width of the pictures.
      supersample: of the engine.
    """

    def draw(values: np.ndarray, nuisance: np.ndarray) -> dict[str, np.ndarray]:
        schema = engine.schema
        found: dict[str, list[np.ndarray]] = {"image": [], "landmarks": [], "regions": []}
        for row, pose in zip(values, schema.denormalise_nuisance(nuisance), strict=True):
            drawn = engine.render(
                schema.decode(row).clip(), pose, size=(size, size), supersample=supersample
            )
            found["image"].append(drawn.image)
            found["landmarks"].append(photos.find_landmarks(drawn.image, drawn.landmarks))
            found["regions"].append(merged_labels(drawn))
        return {name: np.stack(parts) for name, parts in found.items()}

    return draw


def merged_labels(drawn: Rendering) -> np.ndarray:
    """Returns the share of each merged region in blocks of 4 x 4 pixels, `[h, w, regions]`."""
    merged = region_table.MERGE[drawn.labels]
    one_hot = np.eye(len(region_table.MERGED), dtype=np.float32)[merged]
    return photos.quarter(one_hot[None])[0]
