"""What throws shadows, at two finenesses: the key light needs shape, the room only bulk."""

import functools
from typing import NamedTuple

import numpy as np

from face2param.engines.builtin import geometry

# Vertices of the head closer than this (cm) are one for the room's shadows.
_CELL = 0.45
_SKIPPED = ("lashes", "teeth_upper", "teeth_lower", "tongue", "glasses_frame")


class Occluders(NamedTuple):
    """Triangles that throw shadows.

    Attributes:
        fine: float32 vertices `[n, 3]` in world cm and int32 faces `[triangles, 3]`.
        coarse: likewise, the same shape with fewer triangles.
    """

    fine: tuple[np.ndarray, np.ndarray]
    coarse: tuple[np.ndarray, np.ndarray]


def gather(parts, vertices: np.ndarray, start: dict[str, int], hair_parts) -> Occluders:
    """Collects the occluders of a posed head.

    Args:
        parts: the opaque parts.
        vertices: float32 `[n, 3]` of all parts, joined.
        start: part name -> index of its first vertex.
        hair_parts: hair and beards, with their own `occluders`.
    """
    small = _coarse()
    fine, coarse = [], []
    for part in parts:
        if part.name in _SKIPPED:
            continue
        first = np.int32(start[part.name])
        fine.append(part.faces + first)
        coarse.append(small.get(part.name, part.faces) + first)
    blocks, count = [vertices], len(vertices)
    for part in hair_parts:
        blocks.append(part.vertices)
        fine.append(part.occluders + np.int32(count))
        if part.name == "hair":
            coarse.append(fine[-1])
        count += len(part.vertices)
    everything = np.ascontiguousarray(np.concatenate(blocks), np.float32)
    return Occluders(
        _compact(everything, np.concatenate(fine)), _compact(everything, np.concatenate(coarse))
    )


def _compact(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drops the vertices that no face uses; their projection is most of a small map's cost."""
    used = np.zeros(len(vertices), bool)
    used[faces] = True
    index = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return vertices[used], np.ascontiguousarray(index[faces], np.int32)


@functools.cache
def _coarse() -> dict[str, np.ndarray]:
    """Part name -> int32 `[triangles, 3]` of its simplification, chosen on the neutral head."""
    from face2param.schema import load

    parts = geometry.pose_head(load("builtin").neutral(), None).parts
    return {
        part.name: cluster(part.vertices, part.faces, _CELL)
        for part in parts
        if part.name not in _SKIPPED
    }


def cluster(vertices: np.ndarray, faces: np.ndarray, cell: float) -> np.ndarray:
    """Simplifies a mesh by letting one vertex stand for all in its cell of a grid.

    Args:
        vertices: `[n, 3]`.
        faces: int32 `[triangles, 3]`.
        cell: edge of the cells.

    Returns:
        int32 `[fewer triangles, 3]` into the same vertices; each cell's vertex is the one
        nearest to the mean of the cell.
    """
    key = np.floor(vertices / cell).astype(np.int64)
    _, group = np.unique(key, axis=0, return_inverse=True)
    group = group.ravel()
    size = np.bincount(group)
    mean = np.stack([np.bincount(group, vertices[:, k]) / size for k in range(3)], 1)
    distance = np.linalg.norm(vertices - mean[group], axis=1)
    order = np.lexsort((np.arange(len(group)), distance, group))
    chosen = order[np.searchsorted(group[order], np.arange(len(size)))]
    mapped = chosen[group][faces]
    a, b, c = mapped.T
    return np.ascontiguousarray(mapped[(a != b) & (b != c) & (c != a)], np.int32)
