"""Meshes of a glTF file: attributes, triangles, morph targets."""

from __future__ import annotations

import numpy as np

from face2param.meshes.gltf import formats, names, surfaces
from face2param.meshes.gltf.accessors import Accessors
from face2param.meshes.gltf.document import Item
from face2param.meshes.gltf.materials import Coordinates, Surface
from face2param.meshes.gltf.model import MeshGroup, Primitive

MAXIMUM_PRIMITIVES = 10_000
"""Of all meshes of a file; a game character has some dozens."""

_DRACO = "KHR_draco_mesh_compression"


class Meshes:
    """Decodes meshes; primitives that share accessors share arrays."""

    def __init__(self, accessors: Accessors, materials: list[Surface]):
        """Decodes nothing yet."""
        self._accessors, self._materials = accessors, materials
        self._count = 0
        self._made: dict[tuple, np.ndarray | tuple[np.ndarray, np.ndarray]] = {}

    def read(self, item: Item, name: str) -> MeshGroup | None:
        """Reads one mesh; None where it has points and lines only.

        Raises:
          CodecError: an attribute is damaged or does not fit the others.
        """
        parts = item.items("primitives")
        self._count += len(parts)
        if self._count > MAXIMUM_PRIMITIVES:
            item.fail(f"is too much: at most {MAXIMUM_PRIMITIVES} primitives are read")
        primitives = [found for part in parts if (found := self._primitive(part)) is not None]
        if not primitives:
            return None
        count = len(primitives[0].morphs)
        # The specification leaves names to extras; some exporters put them into a primitive's.
        found = [entry.extra_texts("targetNames") for entry in (item, *parts)]
        given = next((texts for texts in found if len(texts) == count), [""] * count)
        weights = item.numbers("weights", None) or None
        if count == 0:
            weights = None
        return MeshGroup(name, tuple(primitives), tuple(names.unique(given, "morph")), weights)

    def _primitive(self, item: Item) -> Primitive | None:
        mode = item.integer("mode", formats.TRIANGLES, 0, 6)
        if mode < formats.TRIANGLES:
            return None
        attributes = item.item("attributes")
        position = None if attributes is None else self._index(attributes, "POSITION")
        if position is None:
            item.fail("has no POSITION")
        if item.extension(_DRACO) is not None and not self._accessors.has_data(position):
            item.fail(f"is packed with {_DRACO}; export the model without Draco compression")
        vertices = self._accessors.floats(position, "VEC3")
        self._accessors.budget.take(vertices.nbytes)  # pays for the time where many parts share it
        material = item.index("material", len(self._materials))
        surface = None if material is None else self._materials[material]
        uv, normal_uv = self._uv(attributes, surface)
        joints, weights = self._influences(attributes)
        normals = self._unit(attributes, "NORMAL", "VEC3")
        morphs, morph_normals = self._morphs(item, len(vertices))
        return Primitive(
            vertices,
            self._faces(item, mode, len(vertices)),
            normals,
            self._unit(attributes, "TANGENT", "VEC4"),
            uv,
            normal_uv,
            self._colours(attributes),
            joints,
            weights,
            morphs,
            morph_normals if normals is not None else None,
            material,
        )

    def _index(self, item: Item, name: str) -> int | None:
        return item.index(name, self._accessors.count)

    def _once(self, key: tuple, make):
        if key not in self._made:
            self._made[key] = make()
        return self._made[key]

    def _faces(self, item: Item, mode: int, count: int) -> np.ndarray:
        index = self._index(item, "indices")
        if index is None:
            self._accessors.budget.take(12 * count)
            return triangles(np.arange(count), mode, item)
        corners = self._accessors.integers(index, "SCALAR")
        self._accessors.budget.take(12 * len(corners))
        if corners.max() >= count:  # before int32, which could not hold all of uint32
            item.fail(f"indices reach {corners.max()}, there are {count} vertices")
        return self._once(("faces", index, mode), lambda: triangles(corners, mode, item))

    def _unit(self, attributes: Item, name: str, kind: str) -> np.ndarray | None:
        index = self._index(attributes, name)
        if index is None:
            return None
        values = self._accessors.floats(index, kind)
        change = surfaces.unit if kind == "VEC3" else surfaces.unit_tangents
        return self._once((name, index), lambda: change(values))

    def _uv(
        self, attributes: Item, surface: Surface | None
    ) -> tuple[np.ndarray | None, np.ndarray | None]:
        base = surface.base if surface else None
        normal = surface.normal if surface else None
        uv = self._mapped(attributes, base or normal or Coordinates())
        if base is None or normal is None:
            return uv, None
        normal_uv = self._mapped(attributes, normal)
        return uv, None if normal_uv is uv else normal_uv

    def _mapped(self, attributes: Item, where: Coordinates) -> np.ndarray | None:
        index = self._index(attributes, f"TEXCOORD_{where.set}")
        if index is None:
            return None
        uv = self._accessors.floats(index, "VEC2")
        self._accessors.budget.take(uv.nbytes)
        return self._once(("uv", index, where.matrix), lambda: where.apply(uv))

    def _colours(self, attributes: Item) -> np.ndarray | None:
        index = self._index(attributes, "COLOR_0")
        if index is None:
            return None
        colours = self._accessors.floats(index, "VEC3", "VEC4")
        if colours.shape[1] == 4:
            return colours
        ones = ((0, 0), (0, 1))
        return self._once(("colours", index), lambda: np.pad(colours, ones, constant_values=1))

    def _influences(self, attributes: Item) -> tuple[np.ndarray | None, np.ndarray | None]:
        sets = []
        while f"JOINTS_{len(sets)}" in attributes and len(sets) < 16:
            sets.append(
                tuple(self._index(attributes, f"{kind}_{len(sets)}") for kind in _INFLUENCES)
            )
        if not sets:
            return None, None
        if any(weights is None for _, weights in sets):
            attributes.fail("have JOINTS without WEIGHTS")

        def make() -> tuple[np.ndarray, np.ndarray]:
            parts = [
                (self._accessors.integers(joints, "VEC4"), self._accessors.floats(weights, "VEC4"))
                for joints, weights in sets
            ]
            if len({len(part) for pair in parts for part in pair}) > 1:
                attributes.fail("have JOINTS and WEIGHTS of different lengths")
            joints = np.concatenate([joints for joints, _ in parts], 1)
            weights = np.maximum(np.concatenate([weights for _, weights in parts], 1), 0)
            # Many exporters leave rubbish in the joints that weigh nothing.
            joints = np.where(weights > 0, np.minimum(joints, 2**31 - 1), 0).astype(np.int32)
            return joints, surfaces.add_up(weights)

        return self._once(("influences", *sets), make)

    def _morphs(self, item: Item, count: int) -> tuple[np.ndarray | None, np.ndarray | None]:
        targets = item.items("targets")
        if not targets:
            return None, None
        moved = [self._index(target, "POSITION") for target in targets]
        turned = [self._index(target, "NORMAL") for target in targets]
        morphs = self._stack(moved, count, item)
        return morphs, self._stack(turned, count, item) if set(turned) != {None} else None

    def _stack(self, indices: list[int | None], count: int, item: Item) -> np.ndarray:
        self._accessors.budget.take(12 * len(indices) * count)

        def make() -> np.ndarray:
            result = np.zeros((len(indices), count, 3), np.float32)
            for row, index in enumerate(indices):
                if index is None:
                    continue
                rows = self._accessors.rows(index)
                if rows != count:
                    item.fail(f"target {row} has {rows} rows, there are {count} vertices")
                result[row] = self._accessors.floats(index, "VEC3", keep=False)
            return result

        return self._once(("morphs", count, *indices), make)


_INFLUENCES = ("JOINTS", "WEIGHTS")


def triangles(corners: np.ndarray, mode: int, item: Item) -> np.ndarray:
    """Triangles int32 `[t, 3]` of a list, a strip or a fan of corners.

    Raises:
      CodecError: the number of corners is wrong.
    """
    count = len(corners)
    if count < 3 or (mode == formats.TRIANGLES and count % 3):
        item.fail(f"has {count} indices, which make no triangles")
    if mode == formats.TRIANGLES:
        return corners.reshape(-1, 3).astype(np.int32)
    first = np.arange(count - 2)
    if mode == formats.STRIP:
        odd = first % 2
        rows = np.stack([first, first + 1 + odd, first + 2 - odd], 1)
    else:
        rows = np.stack([first + 1, first + 2, np.zeros_like(first)], 1)
    faces = corners[rows].astype(np.int32)
    # Strips are stitched together by triangles without a surface.
    flat = (faces == np.roll(faces, 1, 1)).any(1)
    return np.ascontiguousarray(faces[~flat])
