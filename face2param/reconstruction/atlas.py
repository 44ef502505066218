"""Where each texel of a face model's texture lies on the face, and on its mirrored side."""

from __future__ import annotations

import dataclasses
import functools

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from face2param.errors import ConfigError
from face2param.morphable.model import FaceModel
from face2param.rendering import raster

_RING = 8
"""Nearest triangles by their centres that are tried for the mirror of a vertex."""


@dataclasses.dataclass(frozen=True)
class Atlas:
    """The texture of a face model, texel by texel.

    Attributes:
      size: side of the texture in texels.
      uv: float32 `[uv points, 2]`, v downwards.
      uv_faces: int32 `[triangles, 3]`.
      inside: int64 `[texels]`, positions in the flattened texture that a triangle covers.
      corners: int32 `[texels, 3]`, vertices of that triangle.
      weights: float32 `[texels, 3]`, barycentric.
      vertex_uv: float32 `[vertices, 2]`, one of the places of each vertex.
      pieces: int32 `[vertices]`, number of the connected piece that a vertex belongs to.
      mirror_corners: int32 `[vertices, 3]`, vertices around the mirror image of each vertex.
      mirror_weights: float32 `[vertices, 3]`, barycentric.
    """

    size: int
    uv: np.ndarray
    uv_faces: np.ndarray
    inside: np.ndarray
    corners: np.ndarray
    weights: np.ndarray
    vertex_uv: np.ndarray
    pieces: np.ndarray
    mirror_corners: np.ndarray
    mirror_weights: np.ndarray

    def mirrored(self, attributes: np.ndarray) -> np.ndarray:
        """Attributes `[vertices, channels]` of each vertex' counterpart on the other side."""
        return (attributes[self.mirror_corners] * self.mirror_weights[..., None]).sum(1)

    def spread(self, attributes: np.ndarray) -> np.ndarray:
        """Attributes of vertices on the texture; 0 where no triangle lies.

        Args:
          attributes: `[vertices, channels]`.

        Returns:
          `[size, size, channels]` float32.
        """
        channels = attributes.shape[1]
        texture = np.zeros((self.size * self.size, channels), np.float32)
        values = np.ascontiguousarray(attributes, np.float32)
        texture[self.inside] = np.einsum("tkc,tk->tc", values[self.corners], self.weights)
        return texture.reshape(self.size, self.size, channels)

    def covered(self) -> np.ndarray:
        """`[size, size]` bool: a triangle lies there."""
        mask = np.zeros(self.size * self.size, bool)
        mask[self.inside] = True
        return mask.reshape(self.size, self.size)


def of_model(model: FaceModel, size: int = 1024) -> Atlas:
    """The atlas of a model; models without UV are unwrapped as a cylinder around their axis.

    Args:
      model: the model.
      size: side of the texture, a power of two from 64 to 8192.

    Raises:
      ConfigError: another size.
    """
    if not 64 <= size <= 8192 or size & (size - 1):
        raise ConfigError(f"texture size {size}: it must be a power of two from 64 to 8192")
    return _of_model(_Key(model), size)


class _Key:
    """A model as a key of the cache: by its hash, holding no second copy of it."""

    def __init__(self, model: FaceModel):
        self.model = model

    def __eq__(self, other) -> bool:
        return isinstance(other, _Key) and other.model.hash == self.model.hash

    def __hash__(self) -> int:
        return hash(self.model.hash)


@functools.lru_cache(maxsize=4)
def _of_model(key: _Key, size: int) -> Atlas:
    model = key.model
    uv, uv_faces = model.uv, model.uv_faces
    if uv is None:
        uv, uv_faces = cylinder(model.mean), model.faces
    depth = np.ones(len(uv), np.float32)
    drawn = raster.rasterize(uv.astype(np.float64) * size, depth, uv_faces, (size, size))
    inside = np.flatnonzero(drawn.triangle.ravel() >= 0)
    triangle = drawn.triangle.ravel()[inside]
    weights = drawn.barycentric.reshape(-1, 3)[inside]
    vertex_uv = np.zeros((len(model.mean), 2), np.float32)
    vertex_uv[model.faces.ravel()] = uv[uv_faces.ravel()]
    return Atlas(
        size,
        uv,
        uv_faces,
        inside,
        np.ascontiguousarray(model.faces[triangle]),
        np.ascontiguousarray(weights),
        vertex_uv,
        pieces(model.faces, len(model.mean)),
        *mirror(model.mean, model.faces),
    )


def pieces(faces: np.ndarray, vertices: int) -> np.ndarray:
    """Numbers the connected pieces of a mesh.

    Args:
      faces: int32 `[triangles, 3]`.
      vertices: how many there are.

    Returns:
      int32 `[vertices]`, from 0.
    """
    start, stop = faces[:, [0, 1]].ravel(), faces[:, [1, 2]].ravel()
    links = coo_matrix((np.ones(len(start), bool), (start, stop)), shape=(vertices, vertices))
    return connected_components(links, directed=False)[1].astype(np.int32)


def cylinder(vertices: np.ndarray, margin: float = 0.02) -> np.ndarray:
    """Unwraps a face around the vertical axis behind it.

    Args:
      vertices: `[vertices, 3]`, a face that looks to +z; no closed head.
      margin: share of the texture that stays free on each side.

    Returns:
      `[vertices, 2]` float32 in [0, 1], v downwards.
    """
    vertices = np.asarray(vertices, np.float64)
    low, high = vertices.min(0), vertices.max(0)
    axis = (low[0] + high[0]) / 2, low[2] - 0.1 * (high[2] - low[2])
    angle = np.arctan2(vertices[:, 0] - axis[0], vertices[:, 2] - axis[1])
    plane = np.stack([angle, -vertices[:, 1]], 1)
    plane = (plane - plane.min(0)) / np.ptp(plane, 0)
    return (margin + (1 - 2 * margin) * plane).astype(np.float32)


def mirror(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the mirror image (-x, y, z) of each vertex lies on the surface.

    Args:
      vertices: `[vertices, 3]`.
      faces: `[triangles, 3]`.

    Returns:
      corners int32 `[vertices, 3]` and barycentric weights float32 `[vertices, 3]` of the
      nearest point among the triangles whose centres are nearest.
    """
    vertices = np.asarray(vertices, np.float64)
    images = vertices * [-1, 1, 1]
    centres = vertices[faces].mean(1)
    count = min(_RING, len(faces))
    _, near = cKDTree(centres).query(images, k=count)
    near = near.reshape(len(vertices), count)
    best = np.full(len(vertices), np.inf)
    corners = np.zeros((len(vertices), 3), np.int32)
    weights = np.zeros((len(vertices), 3), np.float32)
    for column in near.T:
        triangle = faces[column]
        tried = _nearest(images, vertices[triangle])
        distance = ((vertices[triangle] * tried[..., None]).sum(1) - images) ** 2
        distance = distance.sum(1)
        better = distance < best
        best[better], corners[better], weights[better] = (
            distance[better],
            triangle[better],
            tried[better],
        )
    return corners, weights


def _nearest(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Barycentric weights of the foot of each point, pushed into its triangle `[n, 3, 3]`."""
    first, second = triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0]
    offset = points - triangles[:, 0]
    aa, ab, bb = (np.einsum("nk,nk->n", u, v) for u, v in _pairs(first, second))
    ap, bp = np.einsum("nk,nk->n", first, offset), np.einsum("nk,nk->n", second, offset)
    area = np.maximum(aa * bb - ab * ab, 1e-18)
    v, w = (bb * ap - ab * bp) / area, (aa * bp - ab * ap) / area
    weights = np.clip(np.stack([1 - v - w, v, w], 1), 0, 1)
    return weights / weights.sum(1, keepdims=True)


def _pairs(first, second):
    return (first, first), (first, second), (second, second)
