"""Writes Wavefront OBJ files with material and texture beside them."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from face2param import config, images
from face2param.meshes.mesh import Mesh


def write_obj(path: str | os.PathLike, mesh: Mesh, material: str | None = None) -> list[Path]:
    """Writes `NAME.obj`, and `NAME.mtl` and `NAME.png` for a textured mesh.

    Each file is written atomically, the one that names the others last. Vertex colours, where
    the mesh has them, are written behind the positions, which Blender and MeshLab read. OBJ's v
    points upwards.

    Args:
      path: of the `.obj` file.
      mesh: what to write.
      material: name of an `.mtl` file of this writer that lies beside it already, for meshes
        that share one texture; the mesh has none of its own then.

    Returns:
      The paths written.

    Raises:
      OutputError: a file cannot be written.
      ValueError: the mesh has a texture of its own and shall share another.
    """
    if material is not None and mesh.texture is not None:
        raise ValueError("material: the mesh has a texture of its own; leave one of the two out")
    path = Path(path)
    written = []
    lines = ["# face2param"]
    if mesh.texture is not None:
        texture, beside = path.with_suffix(".png"), path.with_suffix(".mtl")
        images.write_image(texture, mesh.texture)
        config.atomic_write(beside, material_text(texture.name).encode())
        written += [texture, beside]
        material = beside.name
    if material is not None:
        lines += [f"mtllib {material}", "usemtl face"]
    rows = mesh.vertices
    if mesh.colours is not None:
        rows = np.concatenate([mesh.vertices, np.clip(mesh.colours, 0, 1)], 1)
    lines.append(_rows("v", rows))
    if mesh.uv is not None:
        lines.append(_rows("vt", mesh.uv * np.float32([1, -1]) + np.float32([0, 1])))
    if mesh.normals is not None:
        lines.append(_rows("vn", mesh.normals))
    lines.append(_faces(mesh))
    config.atomic_write(path, ("\n".join(line for line in lines if line) + "\n").encode())
    return [*written, path]


def _rows(key: str, rows: np.ndarray) -> str:
    # One format string for the whole table: ten times as fast as one for each line.
    line = key + " %.6f" * rows.shape[1] + "\n"
    return (line * len(rows) % tuple(rows.ravel().tolist())).rstrip("\n")


def _faces(mesh: Mesh) -> str:
    corners = [mesh.faces]
    form = "%d"
    if mesh.uv is not None:
        corners.append(mesh.corner_uv)
        form = "%d/%d"
    if mesh.normals is not None:
        corners.append(mesh.faces)
        form = "%d/%d/%d" if mesh.uv is not None else "%d//%d"
    table = np.stack(corners, -1) + 1
    line = "f " + " ".join([form] * 3) + "\n"
    return (line * len(table) % tuple(table.ravel().tolist())).rstrip("\n")


def material_text(texture: str) -> str:
    """The text of an `.mtl` file: a matt white surface under the picture of this name."""
    return "\n".join(
        (
            "# face2param",
            "newmtl face",
            "Ka 1.0 1.0 1.0",
            "Kd 1.0 1.0 1.0",
            "Ks 0.0 0.0 0.0",
            "d 1.0",
            "illum 1",
            f"map_Kd {texture}",
            "",
        )
    )
