"""Writes a glTF model at rest as Wavefront OBJ with its materials and textures beside it."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np
from PIL import Image

from face2param import config
from face2param.meshes.glb import linear
from face2param.meshes.gltf import Material, Model, Primitive


def write_model_obj(path: str | os.PathLike, model: Model) -> list[Path]:
    """Writes `NAME.obj`, `NAME.mtl` and one `NAME_MATERIAL.png` for each textured material.

    Morphs and bones have no place in OBJ and are left out, as are surfaces that the model draws a
    second time. Base colours are multiplied into the textures. Vertices are written in metres
    with linear vertex colours left out; OBJ's v points upwards.

    Args:
      path: of the `.obj` file.
      model: meshes at rest; nodes with a mesh stand where their vertices are.

    Returns:
      The paths written, the `.obj` last.

    Raises:
      OutputError: a file cannot be written.
    """
    path = Path(path)
    written, lines, used = [], ["# face2param", f"mtllib {path.stem}.mtl"], {}
    offset = 0
    for group in model.meshes:
        lines.append(f"o {group.name}")
        drawn = set()
        for primitive in group.primitives:
            key = (primitive.vertices.tobytes(), primitive.faces.tobytes())
            if key in drawn:
                continue
            drawn.add(key)
            material = model.materials[primitive.material]
            used[material.name] = material
            lines += [f"usemtl {material.name}", *_triangles(primitive, offset)]
            offset += len(primitive.vertices)
    blocks = ["# face2param"]
    for material in used.values():
        picture = _texture(model, material)
        file = None
        if picture is not None:
            file = path.with_name(f"{path.stem}_{material.name}.png")
            config.atomic_write(file, picture)
            written.append(file)
        blocks.append(_material(material, file.name if file else None))
    beside = path.with_suffix(".mtl")
    config.atomic_write(beside, ("\n".join(blocks) + "\n").encode())
    config.atomic_write(path, ("\n".join(lines) + "\n").encode())
    return [*written, beside, path]


def _triangles(primitive: Primitive, offset: int) -> list[str]:
    count = len(primitive.vertices)
    uv = primitive.uv
    if uv is None:
        uv = np.full((count, 2), 0.5, np.float32)
    normals = primitive.normals
    index = np.repeat(primitive.faces[..., None] + 1 + offset, 3, -1)
    return [
        _rows("v", primitive.vertices),
        _rows("vt", uv * np.float32([1, -1]) + np.float32([0, 1])),
        _rows("vn", normals),
        _table("f %d/%d/%d %d/%d/%d %d/%d/%d\n", index.reshape(-1, 9)),
    ]


def _rows(key: str, rows: np.ndarray) -> str:
    return _table(key + " %.6f" * rows.shape[1] + "\n", rows)


def _table(line: str, rows: np.ndarray) -> str:
    # One format string for the whole table: ten times as fast as one for each line.
    return (line * len(rows) % tuple(rows.ravel().tolist())).rstrip("\n")


def _texture(model: Model, material: Material) -> bytes | None:
    """PNG bytes of the base texture times the base colour."""
    if material.base_texture is None:
        return None
    pixels = model.textures[material.base_texture].pixels
    out = np.array(pixels)
    for k in range(3):
        factor = material.base_color[k]
        if factor < 1:
            table = display(linear(np.arange(256) / 255.0) * factor)
            out[..., k] = np.round(255 * table).astype(np.uint8)[pixels[..., k]]
    stream = io.BytesIO()
    Image.fromarray(out).save(stream, "png")
    return stream.getvalue()


def display(light: np.ndarray) -> np.ndarray:
    """Linear light in [0, 1] to sRGB (IEC 61966-2-1)."""
    light = np.clip(light, 0, 1)
    return np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)


def _material(material: Material, texture: str | None) -> str:
    colour = display(np.array(material.base_color[:3]))
    if texture:
        colour = np.ones(3)
    shine = 0.25 * (1 - material.roughness)
    lines = [
        f"newmtl {material.name}",
        "Kd {:.4f} {:.4f} {:.4f}".format(*colour),
        f"Ks {shine:.3f} {shine:.3f} {shine:.3f}",
        f"Ns {10 + 190 * (1 - material.roughness) ** 2:.0f}",
        f"d {material.base_color[3]:.3f}",
        "illum 2",
    ]
    if texture:
        lines.append(f"map_Kd {texture}")
        if material.alpha_mode != "opaque":
            lines.append(f"map_d {texture}")
    return "\n".join(["", *lines])
