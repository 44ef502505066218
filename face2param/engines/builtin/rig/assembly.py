"""From pieces, materials and textures by name to one glTF model."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence

import numpy as np

from face2param.engines.builtin.rig import skeleton
from face2param.engines.builtin.rig.pieces import Piece
from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Texture


@dataclasses.dataclass(frozen=True)
class Surface:
    """A material before its textures have numbers.

    Attributes:
      material: without textures.
      base: uint8 `[h, w, 3 or 4]` or None.
      normal: uint8 `[h, w, 3]` or None.
      wrap: of the base texture.
    """

    material: Material
    base: np.ndarray | None = None
    normal: np.ndarray | None = None
    wrap: tuple[str, str] = ("clamp", "clamp")


def assemble(
    name: str, pieces: Sequence[Piece], surfaces: Mapping[str, Surface], eye_centres: np.ndarray
) -> Model:
    """Builds the model: bones first, then one node for each piece.

    Args:
      name: of the model.
      pieces: meshes; those of one name become primitives of one mesh and have the same morphs.
      surfaces: materials by name; only those in use are written.
      eye_centres: `[2, 3]` cm, +x first.

    Raises:
      KeyError: a piece names a material that is not there.
    """
    used = dict.fromkeys(m for piece in pieces for m in (piece.material, *piece.again))
    materials, textures = [], []
    shared: dict[int, int] = {}
    for key in used:
        surface = surfaces[key]
        numbers = {}
        for slot, pixels in (("base", surface.base), ("normal", surface.normal)):
            if pixels is None:
                continue
            if id(pixels) not in shared:
                shared[id(pixels)] = len(textures)
                wrap = surface.wrap if slot == "base" else ("clamp", "clamp")
                title = key if slot == "base" else f"{key}_normal"
                textures.append(Texture(title, pixels, wrap))
            numbers[f"{slot}_texture"] = shared[id(pixels)]
        materials.append(dataclasses.replace(surface.material, name=key, **numbers))
    index = {key: k for k, key in enumerate(used)}
    nodes, groups = skeleton.nodes(eye_centres), []
    for title in dict.fromkeys(piece.name for piece in pieces):
        primitives, names = [], ()
        for piece in (p for p in pieces if p.name == title):
            first = piece.primitive(index[piece.material])
            primitives.append(first)
            primitives += [
                dataclasses.replace(first, material=index[other]) for other in piece.again
            ]
            names = tuple(piece.morphs)
        nodes.append(Node(title, mesh=len(groups), skin=0))
        groups.append(MeshGroup(title, tuple(primitives), names))
    skins = (skeleton.skin(eye_centres),)
    return Model(tuple(nodes), tuple(groups), skins, tuple(materials), tuple(textures), name)
