"""The primitives of a model, each ready to be posed."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.engines.rigged import skinning
from face2param.engines.rigged.posed import PosedPart
from face2param.meshes.gltf import Model, Primitive
from face2param.rendering.normals import vertex_normals


@dataclasses.dataclass(frozen=True)
class Posed:
    """Arrays of a part for one pose."""

    key: bytes
    vertices: np.ndarray
    normals: np.ndarray
    tangents: np.ndarray | None


class RigPart:
    """One primitive of one node. Keeps the last pose, which is often asked for again.

    Normals are those of the posed triangles, smooth across seams of the texture, plus what the
    file's normals differed from the triangles' at rest: exact at rest, and right under sliders
    that move bones without turning them.

    Attributes:
      node: index of the node.
      primitive: index of the primitive in the node's mesh.
      skin: index of the skin, or None.
    """

    def __init__(
        self,
        model: Model,
        node: int,
        primitive: int,
        material: int,
        region: int,
        rest_weights: np.ndarray,
        rest_matrices: np.ndarray,
    ):
        """Prepares the part.

        Args:
          model: where it stands.
          node: index of the node.
          primitive: index of the primitive.
          material: index in `PosedHead.materials`.
          region: class of `regions.CLASSES`.
          rest_weights: `[morphs]`.
          rest_matrices: `[joints, 4, 4]` at rest, see `pose`.
        """
        place = model.nodes[node]
        mesh = model.meshes[place.mesh]
        self.node, self.primitive, self.skin = node, primitive, place.skin
        self.source: Primitive = mesh.primitives[primitive]
        count = len(self.source.vertices)
        # Vertices of a skin have a matrix each, others share that of their node.
        self._which = (
            np.zeros(count, np.int32) if self.skin is None else np.arange(count, dtype="i4")
        )
        self._material, self._region = material, region
        self._name = place.name if len(mesh.primitives) == 1 else f"{place.name}/{primitive}"
        self._seams = same_points(self.source)
        self._faces = self.source.faces
        first = self._blends(rest_matrices)[:1, :, :3]
        if len(first) and np.linalg.det(first[0]) < 0:
            # A mirroring node turns triangles inside out.
            self._faces = np.ascontiguousarray(self._faces[:, ::-1])
        self._offsets = self._offsets_at_rest(rest_weights)
        self._rest = self._last = None
        self._rest = self._posed(rest_weights, rest_matrices)

    def pose(self, weights: np.ndarray, matrices: np.ndarray) -> PosedPart:
        """The part in metres.

        Args:
          weights: `[morphs]`.
          matrices: `[joints, 4, 4]`, from the primitive's space to the posed head in metres;
            of a part without skin, the one matrix of its node.
        """
        posed = self._posed(weights, matrices)
        source = self.source
        return PosedPart(
            name=self._name,
            node=self.node,
            primitive=self.primitive,
            material=self._material,
            region=self._region,
            vertices=posed.vertices,
            normals=posed.normals,
            faces=self._faces,
            tangents=posed.tangents,
            uv=source.uv,
            normal_uv=source.normal_uv,
            colours=source.colours,
        )

    def _posed(self, weights: np.ndarray, matrices: np.ndarray) -> Posed:
        key = weights.tobytes() + matrices.tobytes()
        for known in (self._rest, self._last):
            if known is not None and known.key == key:
                return known
        blends = self._blends(matrices)
        vertices = skinning.skin(self._morphed(weights), self._which, blends)
        smooth = vertex_normals(vertices, self._seams[self._faces])[self._seams]
        normals = skinning.corrected_normals(smooth, self._offsets, self._which, blends)
        tangents = self.source.tangents
        if tangents is not None:
            tangents = skinning.turned_tangents(tangents, normals, self._which, blends)
        for array in (vertices, normals, tangents):
            if array is not None:
                array.setflags(write=False)
        posed = Posed(key, vertices, normals, tangents)
        self._last = posed
        return posed

    def _blends(self, matrices: np.ndarray) -> np.ndarray:
        if self.skin is None:
            return np.ascontiguousarray(matrices[:, :3])
        return skinning.blend(self.source.joints, self.source.weights, matrices)

    def _morphed(self, weights: np.ndarray) -> np.ndarray:
        active = np.flatnonzero(weights)
        if not len(active):
            return self.source.vertices
        shares = weights[active].astype(np.float32)
        return skinning.add_morphs(self.source.vertices, self.source.morphs, active, shares)

    def _offsets_at_rest(self, weights: np.ndarray) -> np.ndarray:
        """The file's normals minus the triangles', in the primitive's space."""
        if self.source.normals is None:
            return np.zeros_like(self.source.vertices)
        welded = self._seams[self.source.faces]
        return self.source.normals - vertex_normals(self._morphed(weights), welded)[self._seams]


def same_points(source: Primitive) -> np.ndarray:
    """Finds vertices that are one point of the surface, parted by a seam of the texture.

    They stand at one place, look one way, and morphs and bones move them alike: the two lips of
    a closed mouth may touch, but part when it opens.

    Args:
      source: the primitive.

    Returns:
      int32 `[vertices]`: the first vertex that is the same.
    """
    vertices, normals = source.vertices, source.normals
    # -0 becomes 0, since bytes are compared.
    keys = [vertices] if normals is None else [vertices, np.round(normals, 2)]
    keys = np.ascontiguousarray(np.hstack(keys) + np.float32(0), np.float32)
    group = _rows(keys)
    # How a vertex moves, as one number for its morphs and one for its bones.
    rng = np.random.default_rng(0)
    motion = np.zeros((len(vertices), 2))
    for morph in source.morphs:
        motion[:, 0] += morph @ rng.uniform(0.5, 1, 3)
    if source.joints is not None and source.joints.size:
        tag = rng.uniform(0.5, 1, int(source.joints.max()) + 1)
        motion[:, 1] = (tag[source.joints] * source.weights).sum(1)
    size = np.maximum(np.abs(motion).max(0, initial=0), 1e-12)
    apart = np.round((motion - motion[group]) / size * 200)
    if not apart.any():
        return group
    return _rows(np.ascontiguousarray(np.column_stack([group, apart + 0.0]), np.float64))


def _rows(keys: np.ndarray) -> np.ndarray:
    """For each row the index of the first with the same bytes, int32."""
    rows = keys.view(np.dtype((np.void, keys.dtype.itemsize * keys.shape[1]))).ravel()
    _, first, group = np.unique(rows, return_index=True, return_inverse=True)
    return first[group].astype(np.int32)
