"""An eyeball of its own, in the place of a coarse one."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from face2param.engines.paint.pieces import Piece

_RINGS, _SPOKES = 20, 36


@dataclasses.dataclass(frozen=True, eq=False)
class Ball:
    """A sphere that looks along +z and follows the vertices of another mesh.

    Attributes:
        centre: `[3]` cm.
        radius: cm.
        vertices: float64 `[vertices, 3]`.
        faces: int32 `[triangles, 3]`.
        uv: `[vertices, 2]`, the direction of view in the middle.
        leaders: int `[n]`, the vertices that are followed.
        leading: float64 `[n, 3]`, where these are, from the centre.
    """

    centre: np.ndarray
    radius: float
    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    leaders: np.ndarray
    leading: np.ndarray

    @classmethod
    def fit(cls, vertices: np.ndarray, leaders: np.ndarray, size: int) -> Ball:
        """Puts a sphere through `leaders`, vertices of `vertices` `[n, 3]` cm.

        `size` is the side of its texture, whose border stays free.
        """
        points = vertices[leaders]
        # |p|^2 = 2 c.p + (r^2 - |c|^2) is linear in the centre.
        system = np.column_stack([2 * points, np.ones(len(points))])
        solved = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0]
        centre = solved[:3]
        radius = float(np.sqrt(solved[3] + centre @ centre))
        angle = np.linspace(0, np.pi, _RINGS + 1)[1:]
        turn = np.arange(_SPOKES) * (2 * np.pi / _SPOKES)
        away, around = np.meshgrid(angle, turn, indexing="ij")
        flat = np.stack([np.cos(around), np.sin(around)], -1).reshape(-1, 2)
        away = away.reshape(-1, 1)
        unit = np.concatenate([flat * np.sin(away), np.cos(away)], 1)
        unit = np.concatenate([[[0.0, 0.0, 1.0]], unit])
        margin = 1 - 4 / size
        reach = np.concatenate([[[0.0, 0.0]], flat * [1, -1] * away / np.pi])
        return cls(
            centre,
            radius,
            centre + radius * unit,
            _faces(),
            0.5 + 0.5 * margin * reach,
            leaders,
            points - centre,
        )

    def piece(self, material: int) -> Piece:
        """The sphere as a piece whose displacements are those of `follow`."""
        source = np.arange(len(self.vertices))
        return Piece(material, self.vertices, self.faces, self.uv, source)

    def follow(self, shapes: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Displacements of the sphere: shifted and scaled as the leaders are in the mean.

        Args:
            shapes: name -> displacements `[vertices of the data, 3]`.
        """
        found = {}
        weight = (self.leading**2).sum()
        for name, moves in shapes.items():
            own = moves[self.leaders]
            if np.abs(own).max() < 1e-3:
                found[name] = np.zeros_like(self.vertices)
                continue
            shift = own.mean(0)
            grown = float(((own - shift) * self.leading).sum() / weight)
            found[name] = shift + grown * (self.vertices - self.centre)
        return found


def _faces() -> np.ndarray:
    """Triangles, counter-clockwise seen from outside; vertex 0 is the front."""
    found = []
    for spoke in range(_SPOKES):
        beside = (spoke + 1) % _SPOKES
        found.append((0, 1 + spoke, 1 + beside))
        for ring in range(_RINGS - 1):
            a, b = 1 + ring * _SPOKES + spoke, 1 + ring * _SPOKES + beside
            c, d = a + _SPOKES, b + _SPOKES
            found += [(a, c, b), (b, c, d)]
    return np.array(found, np.int32)
