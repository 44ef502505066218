"""Materials of a glTF file, and where their textures find their coordinates."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param.meshes.gltf.document import Item
from face2param.meshes.gltf.model import ALPHA_MODES, Material
from face2param.meshes.gltf.textures import Textures


@dataclasses.dataclass(frozen=True)
class Coordinates:
    """Which coordinates a texture is looked up with.

    Attributes:
      set: n of TEXCOORD_n.
      matrix: `[2, 3]`, applied to (u, v, 1); None: as they are.
    """

    set: int = 0
    matrix: tuple[tuple[float, ...], ...] | None = None

    def apply(self, uv: np.ndarray) -> np.ndarray:
        """Moves coordinates `[v, 2]`."""
        if self.matrix is None:
            return uv
        matrix = np.array(self.matrix)
        return (uv @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Surface:
    """A material as the file has it.

    Attributes:
      material: with the textures of the file's own numbering.
      base: coordinates of the base texture, or None without one.
      normal: coordinates of the normal map, or None without one.
    """

    material: Material
    base: Coordinates | None = None
    normal: Coordinates | None = None


def read_material(item: Item, name: str, textures: Textures) -> Surface:
    """Reads one material.

    Textures that the record has no place for (metallic-roughness, emissive) count by their mean,
    since their factors alone, which are 1 by default, would make a face of glowing metal.

    Raises:
      CodecError: a value is out of its range, or a texture is damaged.
    """
    surface = item.item("pbrMetallicRoughness") or Item({}, item.file, item.where)
    base = surface.item("baseColorTexture")
    color = surface.numbers("baseColorFactor", 4) or [1.0] * 4
    metallic, roughness = surface.number("metallicFactor", 1), surface.number("roughnessFactor", 1)
    both = surface.item("metallicRoughnessTexture")
    if both is not None:
        mean = textures.means(_texture(both, textures))[0]
        roughness, metallic = roughness * mean[1], metallic * mean[2]
    old = item.extension("KHR_materials_pbrSpecularGlossiness")
    if old is not None:
        base = old.item("diffuseTexture")
        color = old.numbers("diffuseFactor", 4) or [1.0] * 4
        metallic, roughness = 0.0, 1 - old.number("glossinessFactor", 1)
    normal = item.item("normalTexture")
    mode = item.text("alphaMode", "OPAQUE").lower()
    if mode not in ALPHA_MODES:
        item.fail(f"must be OPAQUE, MASK or BLEND, got {mode[:20]!r}", "alphaMode")
    material = Material(
        name,
        tuple(np.clip(color, 0, 1)),
        None if base is None else _texture(base, textures),
        None if normal is None else _texture(normal, textures),
        1.0 if normal is None else normal.number("scale", 1),
        float(np.clip(metallic, 0, 1)),
        float(np.clip(roughness, 0, 1)),
        _emissive(item, textures),
        mode,
        item.number("alphaCutoff", 0.5, 0),
        item.flag("doubleSided"),
        item.extension("KHR_materials_unlit") is not None,
    )
    return Surface(
        material,
        None if base is None else _coordinates(base),
        None if normal is None else _coordinates(normal),
    )


def _emissive(item: Item, textures: Textures) -> tuple[float, ...]:
    color = np.maximum(item.numbers("emissiveFactor", 3) or [0.0] * 3, 0)
    texture = item.item("emissiveTexture")
    if texture is not None and color.any():
        color = color * textures.means(_texture(texture, textures))[1]
    strength = item.extension("KHR_materials_emissive_strength")
    if strength is not None:
        color = color * strength.number("emissiveStrength", 1, 0)
    return tuple(color)


def _texture(info: Item, textures: Textures) -> int:
    return info.integer("index", None, 0, textures.count - 1)


def _coordinates(info: Item) -> Coordinates:
    """Resolves KHR_texture_transform: scale, then rotation, then offset.

    The angle turns counter-clockwise as seen in a picture whose v runs downwards, which is what
    the extension's example and its test models say.
    """
    chosen = info.integer("texCoord", 0)
    moved = info.extension("KHR_texture_transform")
    if moved is None:
        return Coordinates(chosen)
    offset = moved.numbers("offset", 2) or [0.0, 0.0]
    u, v = moved.numbers("scale", 2) or [1.0, 1.0]
    angle = moved.number("rotation", 0)
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    matrix = ((cosine * u, sine * v, offset[0]), (-sine * u, cosine * v, offset[1]))
    if matrix == ((1, 0, 0), (0, 1, 0)):
        matrix = None
    return Coordinates(moved.integer("texCoord", chosen), matrix)
