"""Pieces of a head on their way into a glTF model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from face2param.engines.rigged.head_file import Landmark
from face2param.meshes.gltf import MeshGroup, Node, Primitive, Skin

METRES = 0.01
_STILL = 2e-4
"""Centimetres; a morph that moves a piece by less does not belong to it."""

REGIONS = {
    "eye_left/*": "r_eye",
    "eye_right/*": "l_eye",
    "lashes_left/*": "r_eye",
    "lashes_right/*": "l_eye",
    "mouth/*": "mouth",
}
"""Parsing classes of the nodes that the heads have besides their skin."""


@dataclasses.dataclass(frozen=True, eq=False)
class Piece:
    """Triangles of one material, in cm from the point midway between the eyes.

    Attributes:
        material: index of its material in the model.
        vertices: float64 `[vertices, 3]`.
        faces: int32 `[triangles, 3]`.
        uv: `[vertices, 2]`, v = 0 on top.
        source: int64 `[vertices]`, the vertex of the data that each is a copy of.
    """

    material: int
    vertices: np.ndarray
    faces: np.ndarray
    uv: np.ndarray
    source: np.ndarray


def cut(
    material: int,
    vertices: np.ndarray,
    faces: np.ndarray,
    uv: np.ndarray,
    uv_faces: np.ndarray,
) -> Piece:
    """Takes triangles out of a mesh; vertices on seams of the texture are doubled.

    Args:
        material: index of its material.
        vertices: `[vertices, 3]` of the whole mesh.
        faces: int `[triangles, 3]` of the piece.
        uv: `[uv points, 2]`.
        uv_faces: int `[triangles, 3]` of the piece.

    Returns:
        The piece.
    """
    pairs = faces.astype(np.int64) * len(uv) + uv_faces
    kept, numbers = np.unique(pairs, return_inverse=True)
    source, mark = np.divmod(kept, len(uv))
    renumbered = numbers.reshape(faces.shape).astype(np.int32)
    return Piece(material, vertices[source], renumbered, uv[mark], source)


def mesh(
    name: str,
    pieces: Sequence[Piece],
    shapes: Mapping[str, np.ndarray],
    origin: np.ndarray,
    bones: np.ndarray | None = None,
) -> MeshGroup:
    """Puts pieces together.

    Args:
        name: of the mesh.
        pieces: one primitive each.
        shapes: morph -> displacements `[vertices of the data, 3]` in cm. Only those that move
            one of the pieces are taken.
        origin: `[3]` cm, where the node stands that shows the mesh.
        bones: `[vertices of the data]` in 0..1, how much the second joint of the skin holds;
            None: no skin.

    Returns:
        The mesh, in metres.
    """
    moving = [
        morph
        for morph, shape in shapes.items()
        if any(np.abs(shape[piece.source]).max() > _STILL for piece in pieces)
    ]
    primitives = []
    for piece in pieces:
        rig = {}
        if bones is not None:
            held = bones[piece.source].astype(np.float32)
            rig = {
                "joints": np.tile(np.int32([0, 1]), (len(held), 1)),
                "weights": np.stack([1 - held, held], 1),
            }
        morphs = [shapes[morph][piece.source] for morph in moving]
        primitives.append(
            Primitive(
                vertices=(piece.vertices - origin) * METRES,
                faces=piece.faces,
                uv=piece.uv,
                morphs=np.stack(morphs) * METRES if morphs else None,
                material=piece.material,
                **rig,
            )
        )
    return MeshGroup(name, tuple(primitives), tuple(moving))


def bone(name: str, parent: int | None, at: np.ndarray, above: np.ndarray, **more) -> Node:
    """A node at `at` `[3]` cm inside of a parent that stands at `above`."""
    offset = (np.asarray(at, np.float64) - above) * METRES
    return Node(name, parent=parent, translation=offset.astype(np.float32), **more)


def skin(pivot: np.ndarray) -> Skin:
    """The skin of a head of two bones, the second of which turns it.

    Args:
        pivot: `[3]` centimetres, where the second bone stands; the first, node 0, is the origin.
    """
    inverse = np.tile(np.eye(4, dtype=np.float32), (2, 1, 1))
    inverse[1, :3, 3] = -np.asarray(pivot) * METRES
    return Skin("skin", (0, 1), inverse)


def landmarks(node: str, pieces: Sequence[Piece], vertices: Sequence[int]) -> tuple[Landmark, ...]:
    """Landmarks that lie on vertices of the data.

    Args:
        node: that shows the pieces.
        pieces: of its mesh.
        vertices: 68 numbers of vertices of the data.

    Raises:
        ValueError: no piece has such a vertex.
    """
    found = []
    for vertex in vertices:
        for primitive, piece in enumerate(pieces):
            rows, corners = np.nonzero(piece.source[piece.faces] == vertex)
            if len(rows):
                # On a rim, the triangle that the camera sees.
                a, b, c = np.moveaxis(piece.vertices[piece.faces[rows]], 1, 0)
                best = int(np.argmax(_unit(np.cross(b - a, c - a))[:, 2]))
                weights = [0.0, 0.0, 0.0]
                weights[int(corners[best])] = 1.0
                found.append(Landmark(node, primitive, int(rows[best]), tuple(weights)))
                break
        else:
            raise ValueError(f"no piece of {node} has vertex {vertex}")
    return tuple(found)


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-12)
