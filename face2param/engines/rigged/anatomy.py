"""A model at rest as a proposal sees it: where the head is, what each bone and morph moves."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from face2param.engines.rigged import names
from face2param.meshes.gltf import Model, transforms

_HEAD_WORDS = ("head",)
_NOT_HEAD = frozenset("end top nub tip ik target ctrl control look at hair".split())


@dataclass(frozen=True)
class Surface:
    """A primitive of a node at rest.

    Attributes:
      node: index.
      primitive: index in the node's mesh.
      vertices: float64 `[vertices, 3]` in the model.
      matrix: float64 `[4, 4]` from the primitive to the model, of a skin that of its first joint.
    """

    node: int
    primitive: int
    vertices: np.ndarray
    matrix: np.ndarray


class Anatomy:
    """A model at rest.

    Attributes:
      model: the model.
      places: float64 `[nodes, 4, 4]`, from each node to the model.
      surfaces: its primitives.
    """

    def __init__(self, model: Model):
        """Puts every primitive where it rests."""
        self.model = model
        self.places = model.global_transforms()
        self.surfaces = [
            self._surface(index, primitive)
            for index, node in enumerate(model.nodes)
            if node.mesh is not None
            for primitive in range(len(model.meshes[node.mesh].primitives))
        ]

    @functools.cached_property
    def below(self) -> list[set[int]]:
        """Of each node, itself and all below it."""
        below = [{index} for index in range(len(self.model.nodes))]
        for index in reversed(self.model.order):
            parent = self.model.nodes[index].parent
            if parent is not None:
                below[parent] |= below[index]
        return below

    def moved_by(self, node: int) -> np.ndarray:
        """Vertices `[n, 3]` that go mostly along with a node."""
        below, found = self.below[node], [np.zeros((0, 3))]
        for surface in self.surfaces:
            place = self.model.nodes[surface.node]
            if place.skin is None:
                if surface.node in below:
                    found.append(surface.vertices)
                continue
            source = self.model.meshes[place.mesh].primitives[surface.primitive]
            inside = np.array([joint in below for joint in self.model.skins[place.skin].joints])
            share = (inside[source.joints] * source.weights).sum(1)
            if share.max(initial=0) > 0.05:
                found.append(surface.vertices[share > 0.5 * share.max()])
        return np.concatenate(found)

    def moved_by_morph(self, morph: str) -> tuple[np.ndarray, float]:
        """Vertices `[n, 3]` that a morph moves noticeably, and how far it moves the farthest."""
        found, farthest = [np.zeros((0, 3))], 0.0
        for surface in self.surfaces:
            group = self.model.meshes[self.model.nodes[surface.node].mesh]
            if morph not in group.morph_names:
                continue
            delta = group.primitives[surface.primitive].morphs[group.morph_names.index(morph)]
            way = np.linalg.norm(delta @ surface.matrix[:3, :3].T, axis=1)
            if way.max(initial=0) > 0:
                found.append(surface.vertices[way > 0.3 * way.max()])
                farthest = max(farthest, float(way.max()))
        return np.concatenate(found), farthest

    def position(self, node: int) -> np.ndarray:
        """Where a node is: `[3]` in the model."""
        return self.places[node, :3, 3]

    def turn(self, node: int | None) -> np.ndarray:
        """How a node is turned in the model: quaternion xyzw; None: not at all."""
        if node is None:
            return np.array([0.0, 0.0, 0.0, 1.0])
        linear = self.places[node, :3, :3]
        if np.linalg.det(linear) < 0:
            linear = -linear
        left, _, right = np.linalg.svd(linear)
        return transforms.quaternion(left @ right)

    @functools.cached_property
    def morphs(self) -> list[str]:
        """Names of all morphs, each once, in the order of the file."""
        found: dict[str, None] = {}
        for surface in self.surfaces:
            found.update(
                dict.fromkeys(self.model.meshes[self.model.nodes[surface.node].mesh].morph_names)
            )
        return list(found)

    def owners(self, morph: str) -> set[str]:
        """Names of the meshes and nodes with a morph."""
        found = set()
        for node in self.model.nodes:
            if node.mesh is not None and morph in self.model.meshes[node.mesh].morph_names:
                found |= {node.name, self.model.meshes[node.mesh].name}
        return found

    @functools.cached_property
    def bones(self) -> list[int]:
        """Nodes that are joints of a skin."""
        return sorted({joint for skin in self.model.skins for joint in skin.joints})

    @functools.cached_property
    def weighted(self) -> frozenset[int]:
        """Joints that some vertex follows."""
        found = set()
        for surface in self.surfaces:
            place = self.model.nodes[surface.node]
            if place.skin is None:
                continue
            source = self.model.meshes[place.mesh].primitives[surface.primitive]
            joints = self.model.skins[place.skin].joints
            found |= {joints[joint] for joint in np.unique(source.joints[source.weights > 0.05])}
        return frozenset(found)

    def name(self, node: int) -> str:
        """Of a node."""
        return self.model.nodes[node].name

    # ------------------------------------------------------------------ the head

    @functools.cached_property
    def head_bone(self) -> int | None:
        """The node that turns the head, or None."""
        return self._named(_HEAD_WORDS, _NOT_HEAD)

    @functools.cached_property
    def neck_bone(self) -> int | None:
        """The node of the neck, or None."""
        return self._named(("neck",), _NOT_HEAD)

    @functools.cached_property
    def face_points(self) -> np.ndarray:
        """Vertices of the face as far as expressions and face bones tell, `[n, 3]`; else empty."""
        found = [np.zeros((0, 3))]
        for morph in self.morphs:
            known = names.arkit(morph, self.owners(morph)) or names.is_expression(morph)
            if known or names.group(morph) not in ("shape", "neck", "hair"):
                points, way = self.moved_by_morph(morph)
                if way > 0:
                    found.append(points)
        for node in self.bones:
            if names.group(self.model.nodes[node].name) not in ("shape", "neck", "face", "hair"):
                found.append(self.position(node)[None])
        return np.concatenate(found)

    @functools.cached_property
    def head_points(self) -> np.ndarray:
        """Vertices of the head, `[n, 3]`."""
        everything = np.concatenate([s.vertices for s in self.surfaces] or [np.zeros((0, 3))])
        if self.head_bone is not None:
            return self.moved_by(self.head_bone)
        size = np.ptp(everything, 0) if len(everything) else np.zeros(3)
        if len(self.face_points) > 8 and size[1] > 2 * max(size[2], 1e-9):
            # A figure, or a head on a long neck: cut above and below the face.
            low, high = self.face_points[:, 1].min(), self.face_points[:, 1].max()
            room = 0.6 * (high - low)
            y = everything[:, 1]
            return everything[(y > low - 0.3 * room) & (y < high + room)]
        if size[1] > 3 * max(size[2], 1e-9):
            return everything[everything[:, 1] > everything[:, 1].max() - size[1] / 7]
        return everything

    @functools.cached_property
    def head_box(self) -> tuple[np.ndarray, np.ndarray]:
        """Lowest and highest corner of the head; hardly disturbed by single vertices."""
        points = self.head_points
        if not len(points):
            return np.zeros(3), np.ones(3)
        return np.percentile(points, 0.5, 0), np.percentile(points, 99.5, 0)

    @property
    def height(self) -> float:
        """Of the head, in units of the model."""
        low, high = self.head_box
        return max(float(high[1] - low[1]), 1e-9)

    @functools.cached_property
    def front(self) -> float:
        """1.0 where the face looks to +z, as glTF says; -1.0 to -z, as old VRM files do."""
        eyes = [
            self.position(node)
            for node, place in enumerate(self.model.nodes)
            if "eye" in names.words(place.name)
        ]
        face = np.array(eyes) if eyes else self.face_points
        if not len(face):
            return 1.0
        low, high = self.head_box
        ahead = float(np.mean(face[:, 2]) - (low[2] + high[2]) / 2)
        return -1.0 if ahead < -0.08 * (high[2] - low[2]) else 1.0

    def _named(self, wanted: tuple[str, ...], unwanted: frozenset[str]) -> int | None:
        """The node with one of these words that moves most vertices; None if none moves any."""
        best, most = None, 0
        for node, place in enumerate(self.model.nodes):
            parts = names.words(place.name)
            if place.mesh is not None or not set(wanted) & set(parts) or unwanted & set(parts):
                continue
            count = len(self.moved_by(node))
            if count > most:
                best, most = node, count
        return best

    def _surface(self, node: int, primitive: int) -> Surface:
        place = self.model.nodes[node]
        source = self.model.meshes[place.mesh].primitives[primitive]
        points = np.column_stack(
            [source.vertices.astype(np.float64), np.ones(len(source.vertices))]
        )
        if place.skin is None:
            return Surface(
                node, primitive, (points @ self.places[node].T)[:, :3], self.places[node]
            )
        skin = self.model.skins[place.skin]
        matrices = self.places[list(skin.joints)] @ skin.inverse_bind.astype(np.float64)
        vertices = np.zeros((len(points), 3))
        for k in range(source.joints.shape[1]):
            moved = np.einsum("vij,vj->vi", matrices[source.joints[:, k]], points)
            vertices += source.weights[:, k : k + 1] * moved[:, :3]
        first = int(source.joints[0, 0]) if source.joints.size else 0
        return Surface(node, primitive, vertices, matrices[first])
