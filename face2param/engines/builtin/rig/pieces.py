"""Pieces of a rigged head: triangles with everything that a glTF primitive can hold, in cm."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

import numpy as np

from face2param.meshes.gltf import Primitive

METRES = np.float32(0.01)
# Displacements below this (cm) are no movement.
_STILL = 2e-4


@dataclasses.dataclass(frozen=True)
class Piece:
    """One mesh of a rigged head at rest.

    Attributes:
      name: of the mesh and its node.
      material: name of its material.
      vertices: float32 `[v, 3]` cm.
      normals: float32 `[v, 3]` unit.
      faces: int32 `[t, 3]`.
      joints: int32 `[v, k]` indices of `skeleton.BONES`.
      weights: float32 `[v, k]`.
      uv: float32 `[v, 2]` or None.
      colours: float32 `[v, 4]` linear RGBA or None.
      tangents: float32 `[v, 4]` or None.
      morphs: name -> float32 `[v, 3]` cm at weight 1.
      morph_normals: name -> float32 `[v, 3]`, for all or none of the morphs.
      again: names of materials with which the piece is drawn a second time.
    """

    name: str
    material: str
    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    joints: np.ndarray
    weights: np.ndarray
    uv: np.ndarray | None = None
    colours: np.ndarray | None = None
    tangents: np.ndarray | None = None
    morphs: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    morph_normals: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)
    again: tuple[str, ...] = ()

    def select(self, rows: np.ndarray, faces: np.ndarray) -> Piece:
        """The piece with vertices `rows` `[v]` of this one and other `faces`."""

        def taken(values):
            return None if values is None else values[rows]

        arrays = ("vertices", "normals", "joints", "weights", "uv", "colours", "tangents")
        return dataclasses.replace(
            self,
            faces=faces,
            morphs={name: moved[rows] for name, moved in self.morphs.items()},
            morph_normals={name: moved[rows] for name, moved in self.morph_normals.items()},
            **{name: taken(getattr(self, name)) for name in arrays},
        )

    def primitive(self, material: int) -> Primitive:
        """The glTF primitive, in metres."""
        names = tuple(self.morphs)
        count = len(self.vertices)
        morphs = np.zeros((len(names), count, 3), np.float32)
        for k, name in enumerate(names):
            morphs[k] = still(self.morphs[name]) * METRES
        normals = None
        if self.morph_normals:
            normals = np.stack([self.morph_normals[name] for name in names]).astype(np.float32)
        return Primitive(
            vertices=self.vertices * METRES,
            faces=self.faces,
            normals=unit(self.normals),
            tangents=self.tangents,
            uv=self.uv,
            colours=self.colours,
            joints=self.joints,
            weights=self.weights,
            morphs=morphs,
            morph_normals=normals,
            material=material,
        )


def still(moved: np.ndarray) -> np.ndarray:
    """Displacements `[v, 3]` with those that nobody sees set to 0."""
    return np.where(np.abs(moved).max(1, keepdims=True) < _STILL, 0, moved).astype(np.float32)


def unit(vectors: np.ndarray) -> np.ndarray:
    """Unit vectors `[v, 3]` float32; zero ones point to +z."""
    vectors = np.asarray(vectors, np.float64)
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    safe = np.where(length > 1e-9, length, 1)
    return np.where(length > 1e-9, vectors / safe, [0.0, 0.0, 1.0]).astype(np.float32)


def split_corners(
    faces: np.ndarray, corner_uv: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives each pair of vertex and texture coordinate that occurs an index of its own.

    Args:
      faces: int32 `[t, 3]`.
      corner_uv: float32 `[t, 3, 2]`.

    Returns:
      New faces int32 `[t, 3]`, the vertex of each new point int32 `[v]` and its uv `[v, 2]`.
    """
    corners = np.column_stack(
        [faces.reshape(-1), np.round(corner_uv.reshape(-1, 2) * 65536).astype(np.int64)]
    )
    _, first, index = np.unique(corners, axis=0, return_index=True, return_inverse=True)
    return (
        index.reshape(faces.shape).astype(np.int32),
        faces.reshape(-1)[first].astype(np.int32),
        corner_uv.reshape(-1, 2)[first].astype(np.float32),
    )


def compact(piece: Piece) -> Piece:
    """The piece without vertices that no triangle uses."""
    used, faces = np.unique(piece.faces, return_inverse=True)
    return piece.select(used, faces.reshape(piece.faces.shape).astype(np.int32))


def with_tangents(piece: Piece) -> Piece:
    """The piece with tangents along +u of its texture coordinates, for its normal map."""
    corner = piece.vertices[piece.faces].astype(np.float64)
    uv = piece.uv[piece.faces].astype(np.float64)
    e1, e2 = corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]
    d1, d2 = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    area = d1[:, 0] * d2[:, 1] - d2[:, 0] * d1[:, 1]
    # Times the area in the texture: slivers of the unwrapping hardly count.
    along_u = (e1 * d2[:, 1:] - e2 * d1[:, 1:]) * np.sign(area)[:, None]
    along_v = (e2 * d1[:, :1] - e1 * d2[:, :1]) * np.sign(area)[:, None]
    tangent, other = np.zeros(piece.vertices.shape), np.zeros(piece.vertices.shape)
    for k in range(3):
        np.add.at(tangent, piece.faces[:, k], along_u)
        np.add.at(other, piece.faces[:, k], along_v)
    normal = unit(piece.normals).astype(np.float64)
    tangent -= normal * (tangent * normal).sum(1, keepdims=True)
    spare = np.cross(normal, [0.0, 1.0, 0.1])
    lost = np.linalg.norm(tangent, axis=1, keepdims=True) < 1e-12
    tangent = unit(np.where(lost, spare, tangent))
    # v grows downwards, the bitangent of glTF points upwards in the texture.
    sign = np.where((np.cross(normal, tangent) * other).sum(1) > 0, -1.0, 1.0)
    tangents = np.concatenate([tangent, sign[:, None]], 1).astype(np.float32)
    return dataclasses.replace(piece, tangents=tangents)
