"""The skull seen from its own centre: a smooth height map of the canonical skin.

Hair is authored on directions, not on mesh vertices, so that a style never depends on the
topology of the head. The map is star-shaped about `CENTRE`: true for scalp, temples, nape and the
upper face, which is all that hair touches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter
from scipy.spatial import cKDTree

CENTRE = np.array([0.0, 1.2, -1.0])
_AZIMUTHS = 180
_POLARS = 80
_POLAR_MAX = np.radians(158.0)


def azimuth(points: np.ndarray) -> np.ndarray:
    """Angle about the vertical axis through `CENTRE`.

    Args:
      points: `[..., 3]` cm on the canonical head.

    Returns:
      `[...]` degrees in (-180, 180], 0 = straight ahead, positive = viewer's right.
    """
    return np.degrees(np.arctan2(points[..., 0], points[..., 2] - CENTRE[2]))


@dataclass(frozen=True)
class Scalp:
    """Height map of a head over directions from `CENTRE`.

    Attributes:
      radius: `[azimuth, polar]` cm.
      normals: `[azimuth, polar, 3]` unit, outwards.
    """

    radius: np.ndarray
    normals: np.ndarray

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Moves points along their ray from `CENTRE` onto the skin.

        Args:
          points: `[n, 3]` cm, none at the centre itself.

        Returns:
          Foot points `[n, 3]` and unit normals `[n, 3]`.
        """
        direction = points - CENTRE
        direction = direction / np.linalg.norm(direction, axis=1, keepdims=True)
        radius, normal = self._lookup(direction)
        return CENTRE + direction * radius[:, None], normal

    def height(self, points: np.ndarray) -> np.ndarray:
        """Radial distance of points above the skin, `[n]` cm (negative: inside)."""
        offset = points - CENTRE
        length = np.linalg.norm(offset, axis=1)
        return length - self._lookup(offset / length[:, None])[0]

    def _lookup(self, direction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        polar = np.arccos(np.clip(direction[:, 1], -1.0, 1.0)) * ((_POLARS - 1) / _POLAR_MAX)
        around = np.arctan2(direction[:, 0], direction[:, 2]) * (_AZIMUTHS / (2 * np.pi))
        around = np.mod(around, _AZIMUTHS)
        polar = np.clip(polar, 0.0, _POLARS - 1.001)
        i0 = np.floor(around).astype(int) % _AZIMUTHS
        i1 = (i0 + 1) % _AZIMUTHS
        j0 = np.floor(polar).astype(int)
        fa = around - np.floor(around)
        fp = polar - j0
        weights = ((1 - fa) * (1 - fp), fa * (1 - fp), (1 - fa) * fp, fa * fp)
        cells = ((i0, j0), (i1, j0), (i0, j0 + 1), (i1, j0 + 1))
        radius = sum(w * self.radius[c] for w, c in zip(weights, cells, strict=True))
        normal = sum(w[:, None] * self.normals[c] for w, c in zip(weights, cells, strict=True))
        return radius, normal / np.linalg.norm(normal, axis=1, keepdims=True)


def build_scalp(vertices: np.ndarray) -> Scalp:
    """Height map from the vertices of the canonical skin.

    Args:
      vertices: `[n, 3]` cm, the neutral head's skin (exactly mirrored heads give an exactly
        mirrored map).

    Returns:
      The map.
    """
    offset = np.asarray(vertices, np.float64) - CENTRE
    length = np.linalg.norm(offset, axis=1)
    tree = cKDTree(offset / length[:, None])
    polar = np.linspace(0.0, _POLAR_MAX, _POLARS)
    around = np.arange(_AZIMUTHS // 2 + 1) * (2 * np.pi / _AZIMUTHS)
    a, p = np.meshgrid(around, polar, indexing="ij")
    direction = np.stack([np.sin(p) * np.sin(a), np.cos(p), np.sin(p) * np.cos(a)], -1)
    distance, index = tree.query(direction, k=6)
    weight = 1.0 / (distance**2 + 1e-4)
    half = (length[index] * weight).sum(-1) / weight.sum(-1)
    half[:, 0] = half[:, 0].mean()
    # authored on one half and copied, so that mirrored directions get bit-equal radii
    radius = np.concatenate([half, half[-2:0:-1]], 0)
    radius = gaussian_filter(radius, (1.0, 1.0), mode=("wrap", "nearest"))
    radius = 0.5 * (radius + radius[-np.arange(_AZIMUTHS)])
    radius[:, 0] = radius[:, 0].mean()
    return Scalp(radius, _normals(radius, polar))


def _normals(radius: np.ndarray, polar: np.ndarray) -> np.ndarray:
    around = np.arange(_AZIMUTHS) * (2 * np.pi / _AZIMUTHS)
    a, p = np.meshgrid(around, polar, indexing="ij")
    direction = np.stack([np.sin(p) * np.sin(a), np.cos(p), np.sin(p) * np.cos(a)], -1)
    position = direction * radius[..., None]
    du = np.roll(position, -1, 0) - np.roll(position, 1, 0)
    dv = np.gradient(position, axis=1)
    normal = np.cross(dv, du)
    normal[:, 0] = (0.0, 1.0, 0.0)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True) + 1e-12
    return normal
