"""The geometry of ICT-FaceKit's head, prepared for an engine: centred, closed lips, symmetric."""

from __future__ import annotations

import dataclasses
import re

import numpy as np
from scipy.spatial import cKDTree

from face2param.engines.paint.noise import smoothstep
from face2param.errors import EngineError
from face2param.meshes import ict

IDENTITY = re.compile(r"identity\d+")
SIDES = {"_L": "Left", "_R": "Right"}
# Front teeth up to the second bicuspids; nobody sees molars.
TEETH = ((17607, 18679), (19814, 20884))
LASHES = ((25351, 26035), (26035, 26719))
_LOWER_LIP = (65, 66, 67)
_UPPER_LIP = (63, 62, 61)


@dataclasses.dataclass(frozen=True, eq=False)
class Shape:
    """The head in cm from the point midway between the eyes.

    Attributes:
        vertices: float64 `[vertices, 3]`.
        shapes: name -> displacements `[vertices, 3]`.
        faces: int `[triangles, 3]`.
        uv: `[uv points, 2]`.
        uv_faces: int `[triangles, 3]`.
        ranges: piece -> first vertex, last + 1.
        eyes: side -> centre `[3]` and radius of the eyeball.
        odd: names of identity shapes that make one half differ from the other.
    """

    vertices: np.ndarray
    shapes: dict[str, np.ndarray]
    faces: np.ndarray
    uv: np.ndarray
    uv_faces: np.ndarray
    ranges: dict[str, tuple[int, int]]
    eyes: dict[str, tuple[np.ndarray, float]]
    odd: frozenset[str]

    @property
    def landmarks(self) -> np.ndarray:
        """`[68, 3]` cm."""
        return self.vertices[list(ict.LANDMARKS)]

    def inside(self, *ranges: tuple[int, int]) -> np.ndarray:
        """Which triangles have all corners in one of the ranges of vertices, `[triangles]`."""
        found = np.zeros(len(self.faces), bool)
        for first, stop in ranges:
            found |= ((self.faces >= first) & (self.faces < stop)).all(1)
        return found


def shape(head: ict.Head) -> Shape:
    """Prepares what was read.

    Raises:
        EngineError: the two halves of the head are not mirror images of each other.
    """
    neutral = head.neutral.astype(np.float64)
    marks = neutral[list(ict.LANDMARKS)]
    neutral -= [0.0, marks[36:48, 1].mean(), 0.0]
    away, partner = cKDTree(neutral).query(neutral * [-1, 1, 1])
    if away.max() > 0.1:
        raise EngineError("engine 'ict': the neutral head is not symmetric; it is another model")
    starts = [0, *(stop for _, stop in ict.PARTS)]
    ranges = {name: (starts[i], stop) for i, (name, stop) in enumerate(ict.PARTS)}
    shapes, odd = {}, set()
    for name, displacement in head.shapes.items():
        mirrored = displacement[partner] * np.float32([-1, 1, 1])
        if IDENTITY.fullmatch(name):
            even, uneven = (displacement + mirrored) / 2, (displacement - mirrored) / 2
            if np.abs(uneven).sum() > np.abs(even).sum():
                odd.add(name)
                even = uneven
            shapes[name] = even
        elif name.endswith("_R") and f"{name[:-2]}_L" in head.shapes:
            shapes[name] = head.shapes[f"{name[:-2]}_L"][partner] * np.float32([-1, 1, 1])
        else:
            shapes[name] = displacement
    eyes = {side: _sphere(neutral[slice(*ranges[f"eye_{side}"])]) for side in ("left", "right")}
    vertices = _closed(neutral, ranges["cavity"][1])
    return Shape(vertices, shapes, head.faces, head.uv, head.uv_faces, ranges, eyes, frozenset(odd))


def _closed(vertices: np.ndarray, count: int) -> np.ndarray:
    """Closes the lips, which stand a millimetre apart in the scans' average.

    Args:
        vertices: `[vertices, 3]`.
        count: the first vertices, those of skin and cavity, are moved.
    """
    marks = vertices[list(ict.LANDMARKS)]
    upper, lower = marks[list(_UPPER_LIP)], marks[list(_LOWER_LIP)]
    gap = float((upper[:, 1] - lower[:, 1]).mean()) * 0.97
    middle = float((upper[:, 1] + lower[:, 1]).mean() / 2)
    width = float(marks[54, 0])
    at = vertices[:count]
    across = np.clip(1 - (at[:, 0] / width) ** 2, 0, 1) ** 0.5
    deep = smoothstep(upper[:, 2].mean() - 2.5, upper[:, 2].mean() - 0.5, at[:, 2])
    off = at[:, 1] - middle
    near = np.exp(-((np.abs(off) / 0.75) ** 2))
    move = -0.5 * gap * np.tanh(off / (0.25 * gap)) * near * across * deep
    out = vertices.copy()
    out[:count, 1] += move
    return out


def _sphere(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and radius of the sphere through the back of an eyeball."""
    points = points[points[:, 2] < np.quantile(points[:, 2], 0.7)]
    # |p|^2 = 2 c.p + (r^2 - |c|^2) is linear in the centre.
    system = np.column_stack([2 * points, np.ones(len(points))])
    solved = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
    centre = solved[:3]
    return centre, float(np.sqrt(solved[3] + centre @ centre))
