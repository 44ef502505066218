"""The record that a glTF file is read into and written from.

What a file leaves to its readers is settled here: indices are resolved, numbers are float32,
names are unique, weights add up to one. Arrays may be shared between primitives; nobody writes
into them. Two records are equal when they are the same object.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np

from face2param.meshes.checks import check_finite, check_indices, check_shape
from face2param.meshes.gltf import transforms

WRAPS = ("repeat", "clamp", "mirror")
ALPHA_MODES = ("opaque", "mask", "blend")


@dataclasses.dataclass(frozen=True, eq=False)
class Texture:
    """A picture with what happens outside of it.

    Attributes:
      name: free text.
      pixels: uint8 `[height, width, 3 or 4]`, row 0 on top; display (sRGB) colour with straight
        alpha, or the plain numbers of a normal map.
      wrap: "repeat", "clamp" or "mirror", along u and v.
    """

    name: str
    pixels: np.ndarray
    wrap: tuple[str, str] = ("repeat", "repeat")

    def __post_init__(self) -> None:
        """Raises ValueError where an attribute does not fit; the message names it."""
        pixels = np.asarray(self.pixels)
        if pixels.dtype != np.uint8:
            raise ValueError(f"pixels must be uint8, got {pixels.dtype}")
        check_shape(pixels, "pixels", (None, None, 4 if pixels.shape[-1:] == (4,) else 3))
        if not pixels.size:
            raise ValueError(f"pixels must not be empty, got shape {list(pixels.shape)}")
        _set(self, "pixels", np.ascontiguousarray(pixels))
        _set(self, "wrap", tuple(self.wrap))
        if len(self.wrap) != 2 or not set(self.wrap) <= set(WRAPS):
            raise ValueError(f"wrap must be two of {', '.join(WRAPS)}, got {self.wrap}")


@dataclasses.dataclass(frozen=True, eq=False)
class Material:
    """What a surface looks like: glTF's metallic-roughness model without its rarer textures.

    Attributes:
      name: unique in its model.
      base_color: linear RGBA in [0, 1], times the base texture.
      base_texture: index of `Model.textures`, or None.
      normal_texture: index of `Model.textures`, or None.
      normal_scale: strength of the normal map.
      metallic: in [0, 1].
      roughness: in [0, 1].
      emissive: linear RGB, may exceed 1.
      alpha_mode: "opaque", "mask" (drawn where alpha >= alpha_cutoff) or "blend".
      alpha_cutoff: for "mask".
      double_sided: back faces are drawn too.
      unlit: the colours already hold the light.
    """

    name: str
    base_color: tuple[float, float, float, float] = (1.0, 1.0, 1.0, 1.0)
    base_texture: int | None = None
    normal_texture: int | None = None
    normal_scale: float = 1.0
    metallic: float = 0.0
    roughness: float = 1.0
    emissive: tuple[float, float, float] = (0.0, 0.0, 0.0)
    alpha_mode: str = "opaque"
    alpha_cutoff: float = 0.5
    double_sided: bool = False
    unlit: bool = False

    def __post_init__(self) -> None:
        """Raises ValueError where an attribute does not fit; the message names it."""
        for name, count, highest in (("base_color", 4, 1), ("emissive", 3, np.inf)):
            _set(self, name, tuple(float(value) for value in getattr(self, name)))
            values = getattr(self, name)
            if len(values) != count or not all(
                0 <= value <= highest and np.isfinite(value) for value in values
            ):
                raise ValueError(f"{name} must be {count} numbers from 0 on, got {values}")
        for name, highest in (("metallic", 1), ("roughness", 1), ("alpha_cutoff", np.inf)):
            if not 0 <= getattr(self, name) <= highest:
                raise ValueError(f"{name} must lie in [0, {highest}], got {getattr(self, name)}")
        if not np.isfinite([self.normal_scale, self.alpha_cutoff]).all():
            raise ValueError("normal_scale and alpha_cutoff must be numbers")
        if self.alpha_mode not in ALPHA_MODES:
            raise ValueError(f"alpha_mode must be {', '.join(ALPHA_MODES)}, got {self.alpha_mode}")


@dataclasses.dataclass(frozen=True, eq=False)
class Primitive:
    """Triangles of one material.

    Attributes:
      vertices: float32 `[v, 3]` at rest; +y up, counter-clockwise triangles seen from outside.
      faces: int32 `[t, 3]`.
      normals: float32 `[v, 3]` unit, or None.
      tangents: float32 `[v, 4]`, xyz unit and the sign of the bitangent, or None.
      uv: float32 `[v, 2]`, (0, 0) at the texture's upper left corner, v downwards; or None.
      normal_uv: float32 `[v, 2]`, those of the normal map where they differ from `uv`.
      colours: float32 `[v, 4]` linear RGBA, times the base colour; or None.
      joints: int32 `[v, k]`, indices of `Skin.joints`; or None.
      weights: float32 `[v, k]`, rows add up to 1; or None.
      morphs: float32 `[m, v, 3]`, added to the vertices times the morph's weight; None: m = 0.
      morph_normals: float32 `[m, v, 3]` or None.
      material: index of `Model.materials`, or None.
    """

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray | None = None
    tangents: np.ndarray | None = None
    uv: np.ndarray | None = None
    normal_uv: np.ndarray | None = None
    colours: np.ndarray | None = None
    joints: np.ndarray | None = None
    weights: np.ndarray | None = None
    morphs: np.ndarray | None = None
    morph_normals: np.ndarray | None = None
    material: int | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where an attribute does not fit; the message names it."""
        for field in dataclasses.fields(self)[:-1]:
            value = getattr(self, field.name)
            if value is not None:
                kind = np.int32 if field.name in ("faces", "joints") else np.float32
                _set(self, field.name, np.ascontiguousarray(value, kind))
        check_shape(self.vertices, "vertices", (None, 3))
        check_shape(self.faces, "faces", (None, 3))
        count = len(self.vertices)
        check_indices(self.faces, "faces", count, "vertices")
        if self.morphs is None:
            _set(self, "morphs", np.zeros((0, count, 3), np.float32))
        rows = {"normals": 3, "tangents": 4, "uv": 2, "normal_uv": 2, "colours": 4}
        for name, width in rows.items():
            if getattr(self, name) is not None:
                check_shape(getattr(self, name), name, (count, width))
        check_shape(self.morphs, "morphs", (None, count, 3))
        if self.morph_normals is not None:
            check_shape(self.morph_normals, "morph_normals", (len(self.morphs), count, 3))
        for name in ("vertices", *rows, "weights", "morphs", "morph_normals"):
            if getattr(self, name) is not None:
                check_finite(getattr(self, name), name)
        if (self.joints is None) != (self.weights is None):
            raise ValueError("joints and weights belong together, one of them is None")
        if self.joints is not None:
            check_shape(self.joints, "joints", (count, None))
            check_shape(self.weights, "weights", self.joints.shape)
            off = np.abs(self.weights.sum(1, dtype=np.float64) - 1)
            if (self.weights < 0).any() or (off > 1e-3).any():
                raise ValueError("weights must not be negative and add up to 1 for each vertex")


@dataclasses.dataclass(frozen=True, eq=False)
class MeshGroup:
    """What glTF calls a mesh: primitives that are moved and morphed together.

    Attributes:
      name: unique in its model.
      primitives: all with as many morphs as there are names.
      morph_names: unique.
      morph_weights: float32 `[m]` at rest; None: zeros.
    """

    name: str
    primitives: tuple[Primitive, ...]
    morph_names: tuple[str, ...] = ()
    morph_weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where an attribute does not fit; the message names it."""
        _set(self, "primitives", tuple(self.primitives))
        _set(self, "morph_names", tuple(self.morph_names))
        count = len(self.morph_names)
        for index, primitive in enumerate(self.primitives):
            if len(primitive.morphs) != count:
                raise ValueError(
                    f"mesh {self.name}: primitive {index} has {len(primitive.morphs)} morphs, "
                    f"morph_names has {count}"
                )
        _check_unique(self.morph_names, f"mesh {self.name}: morph_names")
        weights = np.zeros(count) if self.morph_weights is None else self.morph_weights
        _set(self, "morph_weights", np.ascontiguousarray(weights, np.float32))
        check_shape(self.morph_weights, "morph_weights", (count,))
        check_finite(self.morph_weights, "morph_weights")

    @functools.cached_property
    def joints_used(self) -> np.ndarray:
        """int32 `[2]`: least and greatest joint of its primitives; empty without any."""
        joints = [part.joints for part in self.primitives if part.joints is not None]
        ends = [value for part in joints if part.size for value in (part.min(), part.max())]
        return np.array([min(ends), max(ends)] if ends else [], np.int32)


@dataclasses.dataclass(frozen=True, eq=False)
class Skin:
    """The bones that move a mesh.

    Attributes:
      name: free text.
      joints: indices of `Model.nodes`.
      inverse_bind: float32 `[j, 4, 4]`, from the mesh to each joint at rest; for column vectors.
    """

    name: str
    joints: tuple[int, ...]
    inverse_bind: np.ndarray

    def __post_init__(self) -> None:
        """Raises ValueError where an attribute does not fit; the message names it."""
        _set(self, "joints", tuple(int(joint) for joint in self.joints))
        _set(self, "inverse_bind", np.ascontiguousarray(self.inverse_bind, np.float32))
        check_shape(self.inverse_bind, "inverse_bind", (len(self.joints), 4, 4))
        check_finite(self.inverse_bind, "inverse_bind")


@dataclasses.dataclass(frozen=True, eq=False)
class Node:
    """One place in the tree: a bone, or where a mesh stands.

    Attributes:
      name: unique in its model.
      parent: index of `Model.nodes`, or None.
      translation: float32 `[3]`, inside the parent.
      rotation: float32 `[4]`, unit quaternion xyzw.
      scale: float32 `[3]`.
      mesh: index of `Model.meshes`, or None.
      skin: index of `Model.skins`, or None. A skinned mesh ignores the node's own place.
      weights: float32 `[m]`, instead of the mesh's morph weights; or None.
    """

    name: str
    parent: int | None = None
    translation: np.ndarray = (0.0, 0.0, 0.0)
    rotation: np.ndarray = (0.0, 0.0, 0.0, 1.0)
    scale: np.ndarray = (1.0, 1.0, 1.0)
    mesh: int | None = None
    skin: int | None = None
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        """Raises ValueError where an attribute does not fit; the message names it."""
        for name, shape in (("translation", (3,)), ("rotation", (4,)), ("scale", (3,))):
            _set(self, name, np.ascontiguousarray(getattr(self, name), np.float32))
            check_shape(getattr(self, name), name, shape)
            check_finite(getattr(self, name), f"node {self.name}: {name}")
        length = float(np.linalg.norm(self.rotation.astype(np.float64)))
        if abs(length - 1) > 1e-3:
            raise ValueError(f"node {self.name}: rotation must have length 1, got {length:g}")
        if self.weights is not None:
            _set(self, "weights", np.ascontiguousarray(self.weights, np.float32))
            check_shape(self.weights, "weights", (None,))
            check_finite(self.weights, f"node {self.name}: weights")

    @property
    def matrix(self) -> np.ndarray:
        """float64 `[4, 4]`: the node's transform inside its parent."""
        return transforms.compose(self.translation, self.rotation, self.scale)


@dataclasses.dataclass(frozen=True, eq=False)
class Model:
    """A whole file: the tree of nodes and what hangs on it.

    Attributes:
      nodes: parents may stand behind their children.
      meshes: geometry, which several nodes may show.
      skins: bones of meshes.
      materials: of the primitives.
      textures: of the materials; several may share their pixels.
      name: free text.
    """

    nodes: tuple[Node, ...]
    meshes: tuple[MeshGroup, ...] = ()
    skins: tuple[Skin, ...] = ()
    materials: tuple[Material, ...] = ()
    textures: tuple[Texture, ...] = ()
    name: str = "model"

    def __post_init__(self) -> None:
        """Raises ValueError where two parts do not belong together; the message names them."""
        for field in dataclasses.fields(self)[:-1]:
            _set(self, field.name, tuple(getattr(self, field.name)))
        for kind in ("nodes", "meshes", "materials"):
            _check_unique([part.name for part in getattr(self, kind)], f"names of {kind}")
        for node in self.nodes:
            self._check_node(node)
        for skin in self.skins:
            for joint in skin.joints:
                _check_index(joint, len(self.nodes), f"skin {skin.name}: joint", "nodes")
        for mesh in self.meshes:
            for primitive in mesh.primitives:
                where = f"mesh {mesh.name}: material"
                _check_index(primitive.material, len(self.materials), where, "materials")
        for material in self.materials:
            for name in ("base_texture", "normal_texture"):
                where = f"material {material.name}: {name}"
                _check_index(getattr(material, name), len(self.textures), where, "textures")
        if len(self.order) != len(self.nodes):
            lost = set(range(len(self.nodes))) - set(self.order)
            raise ValueError(f"node {self.nodes[min(lost)].name} is an ancestor of itself")

    @functools.cached_property
    def order(self) -> tuple[int, ...]:
        """Indices of all nodes, parents before their children."""
        children: dict[int | None, list[int]] = {}
        for index, node in enumerate(self.nodes):
            children.setdefault(node.parent, []).append(index)
        found = list(children.get(None, ()))
        for index in found:  # grows while it is walked
            found += children.get(index, ())
        return tuple(found)

    @functools.cached_property
    def node_indices(self) -> dict[str, int]:
        """Index of each node by its name."""
        return {node.name: index for index, node in enumerate(self.nodes)}

    def node(self, name: str) -> Node:
        """The node of this name.

        Raises:
          KeyError: there is none; the message names it.
        """
        if name not in self.node_indices:
            raise KeyError(f"{self.name} has no node {name!r}")
        return self.nodes[self.node_indices[name]]

    def global_transforms(self) -> np.ndarray:
        """float64 `[nodes, 4, 4]`: from each node to the model, at rest."""
        if not self.nodes:
            return np.zeros((0, 4, 4))
        local = transforms.compose(
            np.stack([node.translation for node in self.nodes]),
            np.stack([node.rotation for node in self.nodes]),
            np.stack([node.scale for node in self.nodes]),
        )
        return transforms.chain(local, [node.parent for node in self.nodes], self.order)

    def _check_node(self, node: Node) -> None:
        for name, parts in (("parent", "nodes"), ("mesh", "meshes"), ("skin", "skins")):
            where = f"node {node.name}: {name}"
            _check_index(getattr(node, name), len(getattr(self, parts)), where, parts)
        if node.mesh is None:
            if node.skin is not None or node.weights is not None:
                raise ValueError(f"node {node.name} has a skin or weights, but no mesh")
            return
        mesh = self.meshes[node.mesh]
        if node.weights is not None and len(node.weights) != len(mesh.morph_names):
            raise ValueError(
                f"node {node.name} has {len(node.weights)} weights, its mesh {mesh.name} has "
                f"{len(mesh.morph_names)} morphs"
            )
        if node.skin is not None:
            if any(primitive.joints is None for primitive in mesh.primitives):
                raise ValueError(f"node {node.name} has a skin, mesh {mesh.name} no joints")
            count = len(self.skins[node.skin].joints)
            check_indices(mesh.joints_used, f"mesh {mesh.name}: joints", count, "joints")


def _set(record: object, name: str, value: object) -> None:
    object.__setattr__(record, name, value)


def _check_index(value: int | None, count: int, where: str, of: str) -> None:
    if value is not None and not 0 <= value < count:
        raise ValueError(f"{where} must index {count} {of} from 0, got {value}")


def _check_unique(names: Sequence[str], where: str) -> None:
    if len(set(names)) != len(names):
        seen: set[str] = set()
        double = next(name for name in names if name in seen or seen.add(name))
        raise ValueError(f"{where} must be unique, {double!r} stands there twice")
