"""Writes glTF 2.0 files, which Blender, game engines and browsers read."""

from __future__ import annotations

import json
import os
import struct
import urllib.parse
from pathlib import Path

import numpy as np

from face2param import config
from face2param.meshes.gltf import formats, surfaces
from face2param.meshes.gltf.model import Material, MeshGroup, Model, Node, Primitive
from face2param.meshes.gltf.packing import INDICES, VERTICES, Packer

_LINEAR, _MIPMAPS = 9729, 9987


def write_gltf(path: str | os.PathLike, model: Model, *, generator: str = "face2param") -> None:
    """Writes a model, each file atomically and the one that names the others last.

    Arrays that several primitives hold are written once, morphs that move few vertices as sparse
    accessors, textures as PNG. Normals, tangents and weights are brought to the lengths that the
    format demands; a joint that stands twice in a row is merged.

    Args:
      path: of the `.glb` file, or of a `.gltf` file, which gets `NAME.bin` and `NAME_0.png`...
        beside it.
      model: what to write; every mesh has at least one triangle.
      generator: the program that the file names as its maker.

    Raises:
      OutputError: a file cannot be written.
      ValueError: the suffix is another, or a primitive has no triangle.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix not in (".glb", ".gltf"):
        raise ValueError(f"path must end in .glb or .gltf, got {path}")
    packer = Packer()
    document = _document(model, packer, generator)
    if suffix == ".glb":
        if packer.pictures:
            document["images"] = [
                {"bufferView": packer.view(picture), "mimeType": "image/png"}
                for picture in packer.pictures
            ]
        config.atomic_write(path, container(_finished(document, packer, None), packer.data))
        return
    if packer.pictures:
        names = [f"{path.stem}_{index}.png" for index in range(len(packer.pictures))]
        document["images"] = [{"uri": urllib.parse.quote(name)} for name in names]
        for name, picture in zip(names, packer.pictures, strict=True):
            config.atomic_write(path.with_name(name), picture)
    beside = path.with_suffix(".bin")
    if packer.data:
        config.atomic_write(beside, bytes(packer.data))
    document = _finished(document, packer, urllib.parse.quote(beside.name))
    config.atomic_write(path, (json.dumps(document, indent=1) + "\n").encode())


def container(document: dict, data: bytes) -> bytes:
    """The bytes of a `.glb` file with this JSON and this buffer."""
    text = json.dumps(document, separators=(",", ":")).encode()
    chunks = [(formats.JSON_CHUNK, text + b" " * (-len(text) % 4))]
    if data:
        chunks.append((formats.BINARY_CHUNK, bytes(data) + b"\0" * (-len(data) % 4)))
    body = b"".join(struct.pack("<I4s", len(part), kind) + part for kind, part in chunks)
    return struct.pack("<4sII", formats.MAGIC, 2, 12 + len(body)) + body


def _document(model: Model, packer: Packer, generator: str) -> dict:
    second_uv = {
        primitive.material
        for mesh in model.meshes
        for primitive in mesh.primitives
        if primitive.normal_uv is not None and primitive.material is not None
    }
    roots = [index for index, node in enumerate(model.nodes) if node.parent is None]
    scene = {"name": model.name, "nodes": roots}
    children: dict[int, list[int]] = {}
    for index, node in enumerate(model.nodes):
        if node.parent is not None:
            children.setdefault(node.parent, []).append(index)
    document = {
        "asset": {"version": "2.0", "generator": generator},
        "scene": 0,
        "scenes": [{key: value for key, value in scene.items() if value != []}],
        "nodes": [_node(node, children.get(index)) for index, node in enumerate(model.nodes)],
        "meshes": [_mesh(mesh, packer, second_uv) for mesh in model.meshes],
        "skins": [
            {
                "name": skin.name,
                "joints": list(skin.joints),
                "inverseBindMatrices": packer.add(_affine(skin.inverse_bind)),
            }
            for skin in model.skins
        ],
        "materials": [
            _material(material, index in second_uv)
            for index, material in enumerate(model.materials)
        ],
    }
    samplers = sorted({texture.wrap for texture in model.textures})
    document["samplers"] = [
        {
            "magFilter": _LINEAR,
            "minFilter": _MIPMAPS,
            "wrapS": formats.WRAP_MODES[u],
            "wrapT": formats.WRAP_MODES[v],
        }
        for u, v in samplers
    ]
    document["textures"] = [
        {
            "name": texture.name,
            "sampler": samplers.index(texture.wrap),
            "source": packer.once(
                texture.pixels, "picture", lambda pixels=texture.pixels: packer.add_picture(pixels)
            ),
        }
        for texture in model.textures
    ]
    used = {name for material in document["materials"] for name in material.get("extensions", ())}
    document["extensionsUsed"] = sorted(used)
    return document


def _finished(document: dict, packer: Packer, uri: str | None) -> dict:
    document["accessors"], document["bufferViews"] = packer.accessors, packer.views
    if packer.data:
        document["buffers"] = [{"byteLength": len(packer.data)} | ({"uri": uri} if uri else {})]
    return {key: value for key, value in document.items() if value != []}


def _node(node: Node, children: list[int] | None) -> dict:
    result: dict = {"name": node.name}
    for name, neutral in (("translation", 0), ("scale", 1)):
        if (getattr(node, name) != neutral).any():
            result[name] = _numbers(getattr(node, name))
    if (node.rotation != [0, 0, 0, 1]).any():
        result["rotation"] = _numbers(node.rotation)
    if node.mesh is not None:
        result["mesh"] = node.mesh
    if node.skin is not None:
        result["skin"] = node.skin
    if node.weights is not None and len(node.weights):
        result["weights"] = _numbers(node.weights)
    if children:
        result["children"] = children
    return result


def _mesh(mesh: MeshGroup, packer: Packer, second_uv: set[int]) -> dict:
    if not all(len(primitive.faces) for primitive in mesh.primitives) or not mesh.primitives:
        raise ValueError(f"mesh {mesh.name}: every primitive must have at least one triangle")
    result = {
        "name": mesh.name,
        "primitives": [_primitive(part, packer, second_uv) for part in mesh.primitives],
    }
    if mesh.morph_names:
        result["weights"] = _numbers(mesh.morph_weights)
        result["extras"] = {"targetNames": list(mesh.morph_names)}
    return result


def _primitive(primitive: Primitive, packer: Packer, second_uv: set[int]) -> dict:
    def attribute(values: np.ndarray, change=lambda values: values, bounds: bool = False) -> int:
        def make() -> int:
            return packer.add(change(values), VERTICES, bounds)

        return packer.once(values, f"attribute {change.__name__}", make)

    attributes = {"POSITION": attribute(primitive.vertices, bounds=True)}
    if primitive.normals is not None:
        attributes["NORMAL"] = attribute(primitive.normals, surfaces.unit)
        if primitive.tangents is not None:
            attributes["TANGENT"] = attribute(primitive.tangents, surfaces.unit_tangents)
    normal_uv = primitive.normal_uv
    if primitive.material in second_uv and normal_uv is None:
        normal_uv = primitive.uv
    if normal_uv is not None and primitive.uv is None:
        attributes["TEXCOORD_0"] = attribute(normal_uv)  # sets are counted without gaps
    for name, uv in (("TEXCOORD_0", primitive.uv), ("TEXCOORD_1", normal_uv)):
        if uv is not None:
            attributes[name] = attribute(uv)
    if primitive.colours is not None:
        attributes["COLOR_0"] = attribute(primitive.colours, _opaque)
    if primitive.joints is not None:
        attributes |= packer.once(
            primitive.joints,
            f"influences {id(primitive.weights)}",
            lambda: _skin(primitive, packer),
        )
    result = {
        "attributes": attributes,
        "indices": packer.once(
            primitive.faces,
            "faces",
            lambda: packer.add(primitive.faces.ravel().astype(np.uint32), INDICES),
        ),
    }
    if primitive.material is not None:
        result["material"] = primitive.material
    if len(primitive.morphs):
        targets = [{"POSITION": index} for index in _differences(primitive.morphs, packer)]
        if primitive.morph_normals is not None and primitive.normals is not None:
            found = _differences(primitive.morph_normals, packer)
            for target, index in zip(targets, found, strict=True):
                target["NORMAL"] = index
        result["targets"] = targets
    return result


def _differences(morphs: np.ndarray, packer: Packer) -> list[int]:
    return packer.once(morphs, "morphs", lambda: [packer.add_differences(row) for row in morphs])


def _skin(primitive: Primitive, packer: Packer) -> dict[str, int]:
    joints, weights = surfaces.influences(primitive.joints, primitive.weights)
    result = {}
    for index in range(joints.shape[1] // 4):
        part = slice(4 * index, 4 * index + 4)
        result[f"JOINTS_{index}"] = packer.add(joints[:, part], VERTICES)
        result[f"WEIGHTS_{index}"] = packer.add(weights[:, part], VERTICES)
    return result


def _material(material: Material, second_uv: bool) -> dict:
    surface: dict = {
        "baseColorFactor": list(material.base_color),
        "metallicFactor": material.metallic,
        "roughnessFactor": material.roughness,
    }
    if material.base_texture is not None:
        surface["baseColorTexture"] = {"index": material.base_texture}
    result: dict = {"name": material.name, "pbrMetallicRoughness": surface}
    if material.normal_texture is not None:
        result["normalTexture"] = {
            "index": material.normal_texture,
            "scale": material.normal_scale,
        } | ({"texCoord": 1} if second_uv else {})
    extensions: dict = {}
    strength = max(material.emissive)
    if strength > 1:
        extensions["KHR_materials_emissive_strength"] = {"emissiveStrength": strength}
    if strength > 0:
        result["emissiveFactor"] = [value / max(strength, 1) for value in material.emissive]
    if material.unlit:
        extensions["KHR_materials_unlit"] = {}
    if material.alpha_mode != "opaque":
        result["alphaMode"] = material.alpha_mode.upper()
    if material.alpha_mode == "mask":
        result["alphaCutoff"] = material.alpha_cutoff
    if material.double_sided:
        result["doubleSided"] = True
    if extensions:
        result["extensions"] = extensions
    return result


def _opaque(colours: np.ndarray) -> np.ndarray:
    """Colours in [0, 1], without the alpha where all of it is 1."""
    colours = np.clip(colours, 0, 1)
    return colours[:, :3] if (colours[:, 3] == 1).all() else colours


def _affine(matrices: np.ndarray) -> np.ndarray:
    matrices = matrices.copy()
    matrices[:, 3] = [0, 0, 0, 1]
    return matrices


def _numbers(values: np.ndarray) -> list[float]:
    """The shortest decimals that are these float32 numbers again."""
    return [float(str(value)) for value in values.ravel()]
