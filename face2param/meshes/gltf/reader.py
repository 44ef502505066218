"""Reads glTF 2.0 files that somebody else wrote: sizes first, then memory."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import numpy as np

from face2param.errors import CodecError
from face2param.meshes.gltf import meshopt, names, nodes
from face2param.meshes.gltf.accessors import Accessors
from face2param.meshes.gltf.container import Budget, Files
from face2param.meshes.gltf.document import Item
from face2param.meshes.gltf.materials import Surface, read_material
from face2param.meshes.gltf.model import Material, Model
from face2param.meshes.gltf.primitives import Meshes
from face2param.meshes.gltf.textures import Textures

MAXIMUM_BYTES = 512 * 2**20
"""A model and the files that it names; a game character has some dozens of megabytes."""

EXPANSION = 4
"""The numbers and pixels of a model may take this many times `maximum_bytes`."""

EXTENSIONS = (
    "EXT_texture_webp",
    "KHR_materials_emissive_strength",
    "KHR_materials_pbrSpecularGlossiness",
    "KHR_materials_unlit",
    "KHR_mesh_quantization",
    "KHR_texture_transform",
    *meshopt.NAMES,
)
"""Extensions that a file may require."""


def read_gltf(path: str | os.PathLike, maximum_bytes: int = MAXIMUM_BYTES) -> Model:
    """Reads a `.glb` or `.gltf` file, or one that is named otherwise (`.vrm`).

    What the default scene shows is read: its nodes with their bones and ancestors, the meshes
    and skins on them, all materials and the textures for colour and relief. Animations, cameras,
    lights, points and lines are left out. Texture transforms are applied to the coordinates,
    strips and fans become triangles.

    Args:
      path: the file; buffers and pictures that it names lie in its folder or below.
      maximum_bytes: of all files together; numbers and pixels may take four times as much.

    Returns:
      The model. Unnamed nodes are called "node_7" by their place in the file (meshes, morphs,
      materials alike), the second "jaw" is "jaw_2".

    Raises:
      CodecError: no such file, too large, damaged, or it requires an extension that is not read,
        such as Draco compression; the message names the place in the file.
    """
    files = Files(path, maximum_bytes)
    _check_extensions(files.root)
    accessors = Accessors(files, Budget(EXPANSION * maximum_bytes, files.name, "its data"))
    try:
        # A number that float32 cannot hold becomes infinite, which the record refuses.
        with np.errstate(all="ignore"):
            return _model(files, accessors, Path(path).stem)
    except ValueError as error:
        raise CodecError(f"{files.name}: {error}") from None


def _check_extensions(root: Item) -> None:
    for name in root.texts("extensionsRequired"):
        if name not in EXTENSIONS:
            advice = "export the model without it"
            if "draco" in name.lower():
                advice = "export the model without Draco compression"
            raise CodecError(
                f"{root.file} requires the extension {name[:80]}, which is not read; {advice}"
            )


def _model(files: Files, accessors: Accessors, name: str) -> Model:
    root = files.root
    textures = Textures(root, accessors)
    found = _materials(root, textures)
    used = sorted(
        {
            index
            for surface in found
            for index in (surface.material.base_texture, surface.material.normal_texture)
            if index is not None
        }
    )
    places = {index: place for place, index in enumerate(used)}
    tree = nodes.read_tree(root)
    items = root.items("meshes")
    shown = {tree.items[index].index("mesh", len(items)) for index in tree.kept} - {None}
    called = names.unique([item.text("name") for item in items], "mesh")
    decoder = Meshes(accessors, found)
    meshes = {index: decoder.read(items[index], called[index]) for index in sorted(shown)}
    meshes = {index: mesh for index, mesh in meshes.items() if mesh is not None}
    mesh_places = {index: place for place, index in enumerate(meshes)}
    node_places = {index: place for place, index in enumerate(tree.kept)}
    skin_items = root.items("skins")
    skin_places: dict[int, int] = {}
    built, skins = [], []
    for index in tree.kept:
        item = tree.items[index]
        mesh = mesh_places.get(item.index("mesh", len(items)))
        skin = item.index("skin", len(skin_items)) if mesh is not None else None
        if skin is not None and skin not in skin_places:
            skin_places[skin] = len(skins)
            label = skin_items[skin].text("name") or f"skin_{skin}"
            skins.append(nodes.read_skin(skin_items[skin], label, tree, node_places, accessors))
        parent = tree.parents[index]
        built.append(
            nodes.read_node(
                item,
                tree.names[index],
                None if parent is None else node_places[parent],
                mesh,
                skin_places.get(skin),
            )
        )
    return Model(
        tuple(built),
        tuple(meshes.values()),
        tuple(skins),
        tuple(_renumbered(surface.material, places) for surface in found),
        tuple(textures.read(index) for index in used),
        _scene_name(root) or name,
    )


def _materials(root: Item, textures: Textures) -> list[Surface]:
    items = root.items("materials")
    called = names.unique([item.text("name") for item in items], "material")
    return [read_material(item, name, textures) for item, name in zip(items, called, strict=True)]


def _renumbered(material: Material, places: dict[int | None, int]) -> Material:
    return dataclasses.replace(
        material,
        base_texture=places.get(material.base_texture),
        normal_texture=places.get(material.normal_texture),
    )


def _scene_name(root: Item) -> str:
    scenes = root.items("scenes")
    return scenes[root.integer("scene", 0, 0, len(scenes) - 1)].text("name") if scenes else ""
