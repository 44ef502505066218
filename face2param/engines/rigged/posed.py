"""What posing gives: the parts of a head in metres, and its materials."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from face2param.engines.rigged.head_file import Layer
    from face2param.meshes.gltf import Material


@dataclass(frozen=True)
class PosedPart:
    """One primitive of a node where it stands. Arrays that no control moved are shared.

    Attributes:
      name: "node", or "node/primitive" for a mesh of several.
      node: index of the node in the model.
      primitive: of the node's mesh.
      material: index in `PosedHead.materials`.
      region: index of a class of `regions.CLASSES`.
      vertices: float32 `[vertices, 3]` metres, +y up, +z to the front.
      normals: float32 `[vertices, 3]` unit.
      faces: int32 `[triangles, 3]`.
      tangents: float32 `[vertices, 4]` or None; w is the sign of the bitangent.
      uv: float32 `[vertices, 2]` or None, v = 0 on top.
      normal_uv: float32 `[vertices, 2]` of the normal texture, or None: as `uv`.
      colours: float32 `[vertices, 4]` linear, or None.
    """

    name: str
    node: int
    primitive: int
    material: int
    region: int
    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    tangents: np.ndarray | None = None
    uv: np.ndarray | None = None
    normal_uv: np.ndarray | None = None
    colours: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class MaterialState:
    """A material with the channels applied.

    Attributes:
      material: numbers and colours; its texture indices are those of the model.
      base_texture: uint8 `[height, width, 3|4]` display RGB(A), or None.
      normal_texture: uint8 `[height, width, 3|4]`, or None.
      layers: makeup with the channels applied, in the order of composition; the pixels of a mask
        are `HeadFile.image(layer.mask)`.
      wrap: of the base texture, along u and v.
      normal_wrap: of the normal texture.
      images: name of the picture that an option put in the place of the base texture ("base") or
        of the normal texture ("normal"); those that are not here are the model's own.
    """

    material: Material
    base_texture: np.ndarray | None
    normal_texture: np.ndarray | None
    layers: tuple[Layer, ...] = ()
    wrap: tuple[str, str] = ("repeat", "repeat")
    normal_wrap: tuple[str, str] = ("repeat", "repeat")
    images: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PosedHead:
    """A head ready to be drawn.

    Attributes:
      parts: the primitives that are shown, in the order of the nodes.
      materials: as in the model, and a plain one at the end for parts without any.
    """

    parts: tuple[PosedPart, ...]
    materials: tuple[MaterialState, ...]


@dataclass(frozen=True)
class RigState:
    """What a character does to the rig, before any vertex is moved.

    Attributes:
      weights: node -> float64 `[morphs]` weights of the morphs of its mesh.
      positions: float64 `[nodes, 3]` local, in units of the model.
      rotations: float64 `[nodes, 4]` local, unit quaternions xyzw.
      scales: float64 `[nodes, 3]` local.
      root_position: float64 `[3]`; the whole model is turned and then moved by this, in units.
      root_rotation: float64 `[4]` xyzw.
      shown: bool `[nodes]`, whether a node is drawn (one below a hidden node is not).
    """

    weights: dict[int, np.ndarray]
    positions: np.ndarray
    rotations: np.ndarray
    scales: np.ndarray
    root_position: np.ndarray
    root_rotation: np.ndarray
    shown: np.ndarray
