"""How much of the room each vertex sees: creases, nostrils, ears and sockets are darker."""

import numpy as np

from face2param.rendering import raster
from face2param.rendering.normals import vertex_normals

_PAIRS = 40
_SIZE = 384
_BIAS = 0.10
"""Centimetres; below it a surface does not hide itself."""


def openness(
    vertices: np.ndarray, faces: np.ndarray, asked: np.ndarray | None = None
) -> np.ndarray:
    """Share of the light of an even room that reaches vertices.

    Args:
        vertices: `[vertices, 3]` cm, of everything that hides something.
        faces: int32 `[triangles, 3]`, counter-clockwise seen from outside.
        asked: numbers of the vertices that are looked at; None: all.

    Returns:
        float32 `[asked]`, 0 (hidden) to 1 (open), weighted by the cosine to the normal.
    """
    vertices = np.asarray(vertices, np.float64)
    faces = np.ascontiguousarray(faces, np.int32)
    asked = np.arange(len(vertices)) if asked is None else asked
    normals = vertex_normals(vertices, faces)[asked].astype(np.float64)
    low, high = vertices.min(0), vertices.max(0)
    reach = float(np.linalg.norm(high - low)) / 2
    centred = vertices - (low + high) / 2
    seen, total = np.zeros(len(asked)), np.zeros(len(asked))
    for direction in _directions():
        facing = np.clip(normals @ direction, 0.0, None)
        if not facing.any():
            continue
        across = _unit(np.cross([0.0, 1.0, 0.1], direction))
        up = np.cross(direction, across)
        pixels = _SIZE / (2 * reach)
        screen = np.stack([centred @ across + reach, reach - centred @ up], 1) * pixels
        far = 2 * reach - centred @ direction  # distance to the light, always positive
        image = raster.rasterize(screen, 1.0 / far, faces, (_SIZE, _SIZE))
        place = np.clip(screen[asked].astype(int), 0, _SIZE - 1)
        nearest = 1.0 / np.maximum(image.inverse_depth[place[:, 1], place[:, 0]], 1e-6)
        seen += facing * (far[asked] < nearest + _BIAS + 1.5 / pixels)
        total += facing
    return (seen / np.maximum(total, 1e-9)).astype(np.float32)


def _directions() -> np.ndarray:
    """Even directions over the sphere, in mirrored pairs; the floor counts less."""
    index = np.arange(_PAIRS) + 0.5
    y = 1.0 - 1.75 * index / _PAIRS
    angle = np.pi * ((0.3 + 0.6180339887 * index) % 1.0)
    radius = np.sqrt(1.0 - y * y)
    right = np.stack([radius * np.sin(angle), y, radius * np.cos(angle)], 1)
    return np.concatenate([right, right * [-1.0, 1.0, 1.0]])


def _unit(vector: np.ndarray) -> np.ndarray:
    return vector / np.linalg.norm(vector)
