"""One textured mesh as a binary glTF file."""

from __future__ import annotations

import os

import numpy as np

from face2param import images
from face2param.meshes.gltf import surfaces
from face2param.meshes.gltf.model import Material, MeshGroup, Model, Node, Primitive, Texture
from face2param.meshes.gltf.writer import write_gltf
from face2param.meshes.mesh import Mesh


def write_glb(
    path: str | os.PathLike,
    mesh: Mesh,
    metres_per_unit: float = 1.0,
    unlit: bool = False,
    name: str = "face",
) -> None:
    """Writes one mesh with its texture inside the file, atomically.

    What glTF wants differs from the record: one index for a position with its UV, so that
    vertices on seams are doubled; metres; and linear, not sRGB, vertex colours. The colours of a
    textured mesh are left out.

    Args:
      path: of the `.glb` file.
      mesh: what to write; without normals, area-weighted ones are computed.
      metres_per_unit: length of one unit of the mesh, 0.1 for decimetres.
      unlit: the colours already hold the light, show them as they are (KHR_materials_unlit).
      name: of the object in the file.

    Raises:
      OutputError: the file cannot be written.
      ValueError: `metres_per_unit` is not positive, or the mesh has no triangle.
    """
    if metres_per_unit <= 0:
        raise ValueError(f"metres_per_unit must be positive, got {metres_per_unit}")
    if not len(mesh.faces):
        raise ValueError("mesh must have at least one triangle")
    faces, vertex, mark = single_index(mesh)
    colours = None
    if mesh.colours is not None and mesh.texture is None:  # a viewer would multiply the two
        colours = np.ones((len(vertex), 4), np.float32)
        colours[:, :3] = linear(mesh.colours)[vertex]
    textures = ()
    if mesh.texture is not None:
        textures = (Texture(name, images.to_uint8(mesh.texture), ("clamp", "clamp")),)
    primitive = Primitive(
        (mesh.vertices * np.float32(metres_per_unit))[vertex],
        faces,
        normals=_normals(mesh)[vertex],
        uv=None if mesh.uv is None else mesh.uv[mark],
        colours=colours,
        material=0,
    )
    surface = Material(name, base_texture=0 if textures else None, roughness=0.7, unlit=unlit)
    model = Model(
        (Node(name, mesh=0),), (MeshGroup(name, (primitive,)),), (), (surface,), textures, name
    )
    write_gltf(path, model)


def single_index(mesh: Mesh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Gives each pair of vertex and UV point that occurs an index of its own.

    Args:
      mesh: with or without UV.

    Returns:
      faces int32 `[triangles, 3]` into the new points; of each new point its vertex and its UV
      point, int32 `[points]` (the UV point of a mesh without UV is the vertex). Vertices in no
      triangle are left out.
    """
    marks = mesh.faces if mesh.corner_uv is None else mesh.corner_uv
    pairs = mesh.faces.astype(np.int64) * (int(marks.max()) + 1) + marks
    kept, faces = np.unique(pairs, return_inverse=True)
    vertex, mark = np.divmod(kept, int(marks.max()) + 1)
    return (
        faces.reshape(mesh.faces.shape).astype(np.int32),
        vertex.astype(np.int32),
        mark.astype(np.int32),
    )


def linear(colours: np.ndarray) -> np.ndarray:
    """SRGB to linear light (IEC 61966-2-1), float32, any shape, values in [0, 1]."""
    colours = np.clip(colours, 0, 1)
    curve = ((colours + 0.055) / 1.055) ** 2.4
    return np.where(colours <= 0.04045, colours / 12.92, curve).astype(np.float32)


def _normals(mesh: Mesh) -> np.ndarray:
    """Unit normals of all vertices; glTF refuses any other length."""
    normals = mesh.normals
    if normals is None:
        corners = mesh.vertices.astype(np.float64)[mesh.faces]
        sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros(mesh.vertices.shape)
        for corner in range(3):
            np.add.at(normals, mesh.faces[:, corner], sides)
    return surfaces.unit(normals)
