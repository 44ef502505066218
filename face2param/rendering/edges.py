"""Edges of a triangle mesh, for silhouettes."""

from typing import NamedTuple

import numpy as np


class Edges(NamedTuple):
    """Each edge once.

    Attributes:
        ends: int32 `[edges, 2]`, vertices, the lower index first.
        opposite: int32 `[edges, 2]`, the third vertices of the two triangles at the edge; -1
            for the second where there is one triangle. Of an edge with more than two
            triangles, the first two are kept.
    """

    ends: np.ndarray
    opposite: np.ndarray


def find_edges(faces: np.ndarray) -> Edges:
    """Edges of a mesh, in the order of their ends.

    Args:
        faces: int `[triangles, 3]`, vertex indices from 0.

    Returns:
        Edges. Sides of triangles with a repeated vertex are left out.

    Raises:
        ValueError: `faces` has another shape or a negative index.
    """
    faces = np.asarray(faces)
    if faces.ndim != 2 or faces.shape[1] != 3:
        raise ValueError(f"faces must have shape [triangles, 3], got {list(faces.shape)}")
    if faces.size and faces.min() < 0:
        raise ValueError(f"faces must index vertices from 0, got index {faces.min()}")
    faces = faces.astype(np.int64)
    sides = np.concatenate([faces[:, [1, 2]], faces[:, [2, 0]], faces[:, [0, 1]]])
    third = faces.T.reshape(-1)
    sides = np.sort(sides, 1)
    sound = (sides[:, 0] != sides[:, 1]) & (third != sides[:, 0]) & (third != sides[:, 1])
    sides, third = sides[sound], third[sound]
    key = sides[:, 0] * (faces.max() + 1 if faces.size else 1) + sides[:, 1]
    order = np.argsort(key, kind="stable")
    key, sides, third = key[order], sides[order], third[order]
    first = np.flatnonzero(np.diff(key, prepend=-1))
    second = np.minimum(first + 1, max(len(key) - 1, 0))
    paired = (second > first) & (key[second] == key[first])
    opposite = np.stack([third[first], np.where(paired, third[second], -1)], 1)
    return Edges(sides[first].astype(np.int32), opposite.astype(np.int32))
