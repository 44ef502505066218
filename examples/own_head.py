"""Writes a rigged head as a modeller would hand it over: bones, morphs, textures, one .glb file.

It stands in for a head of your own in notebook 04. The shape is that of the built-in head; what
matters is that notebook and library learn of it from the file alone.
"""

import dataclasses

import numpy as np

from face2param import schema
from face2param.engines.builtin.rig import fitted
from face2param.meshes.gltf import MeshGroup, Model, write_gltf

MORPHS = (
    "face_width",
    "jaw_width",
    "chin_length",
    "cheek_fullness",
    "brow_height",
    "eye_spacing",
    "nose_width",
    "nose_length",
    "mouth_width",
    "lower_lip_thickness",
)
"""Each becomes two morphs, NAME_incr and NAME_decr."""
_SAME = 1e-5
_TEXTURE = 512


def write(path) -> None:
    """Writes the head; half a minute.

    Args:
      path: of the .glb file.
    """
    character = schema.load("builtin").character(hair="crop", skin_tone=0.35)
    base = fitted(character, texture_size=_TEXTURE)
    moved = {}
    for name in MORPHS:
        for end, value in (("incr", 1.0), ("decr", 0.0)):
            other = fitted(character.replace(**{name: value}), texture_size=64)
            moved[f"{name}_{end}"] = other
    write_gltf(path, _with_morphs(base, moved))


def _with_morphs(base: Model, moved: dict[str, Model]) -> Model:
    """The model with the differences of other models, which have the same triangles, as morphs."""
    meshes = []
    for index, mesh in enumerate(base.meshes):
        steps = {
            name: [
                other.vertices - own.vertices
                for other, own in zip(model.meshes[index].primitives, mesh.primitives, strict=True)
            ]
            for name, model in moved.items()
        }
        kept = [name for name, parts in steps.items() if max(map(_reach, parts)) > _SAME]
        primitives = [
            dataclasses.replace(
                own,
                morphs=np.concatenate([own.morphs, *(steps[name][k][None] for name in kept)]),
                morph_normals=None,
            )
            for k, own in enumerate(mesh.primitives)
        ]
        meshes.append(MeshGroup(mesh.name, primitives, (*mesh.morph_names, *kept)))
    return dataclasses.replace(base, meshes=meshes, name="own_head")


def _reach(step: np.ndarray) -> float:
    return float(np.abs(step).max(initial=0.0))
