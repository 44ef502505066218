"""Writes binary glTF 2.0 files, which Blender, game engines and browsers read."""

from __future__ import annotations

import io
import os

import numpy as np
from PIL import Image

from face2param import config, images
from face2param.meshes.mesh import Mesh

_FLOAT, _UNSIGNED = 5126, 5125
_VERTICES, _INDICES = 34962, 34963


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
    import pygltflib as gltf

    faces, vertex, mark = single_index(mesh)
    file = _File(gltf)
    positions = (mesh.vertices * np.float32(metres_per_unit))[vertex]
    attributes = gltf.Attributes(
        POSITION=file.attribute(positions, "VEC3", bounds=True),
        NORMAL=file.attribute(_normals(mesh)[vertex], "VEC3"),
    )
    if mesh.uv is not None:
        attributes.TEXCOORD_0 = file.attribute(mesh.uv[mark], "VEC2")
    if mesh.colours is not None and mesh.texture is None:  # a viewer would multiply the two
        attributes.COLOR_0 = file.attribute(linear(mesh.colours)[vertex], "VEC3")
    indices = file.indices(faces)
    document = file.document
    surface = gltf.PbrMetallicRoughness(metallicFactor=0.0, roughnessFactor=0.7)
    if mesh.texture is not None:
        document.images.append(gltf.Image(bufferView=file.picture(mesh.texture), mimeType=_PNG))
        document.samplers.append(
            gltf.Sampler(magFilter=9729, minFilter=9987, wrapS=33071, wrapT=33071)
        )
        document.textures.append(gltf.Texture(source=0, sampler=0))
        surface.baseColorTexture = gltf.TextureInfo(index=0)
    material = gltf.Material(name=name, pbrMetallicRoughness=surface, alphaCutoff=None)
    if unlit:
        material.extensions = {"KHR_materials_unlit": {}}
        document.extensionsUsed = ["KHR_materials_unlit"]
    document.materials.append(material)
    primitive = gltf.Primitive(attributes=attributes, indices=indices, material=0)
    document.meshes.append(gltf.Mesh(name=name, primitives=[primitive]))
    document.nodes.append(gltf.Node(name=name, mesh=0))
    document.scenes.append(gltf.Scene(name=name, nodes=[0]))
    document.scene = 0
    config.atomic_write(path, file.bytes())


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


_PNG = "image/png"


def _normals(mesh: Mesh) -> np.ndarray:
    """Unit normals of all vertices; glTF refuses any other length."""
    normals = mesh.normals
    if normals is None:
        corners = mesh.vertices.astype(np.float64)[mesh.faces]
        sides = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals = np.zeros(mesh.vertices.shape)
        for corner in range(3):
            np.add.at(normals, mesh.faces[:, corner], sides)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    upright = np.where(length > 0, normals / np.where(length > 0, length, 1), [0.0, 0.0, 1.0])
    return upright.astype(np.float32)


class _File:
    """A glTF document and the bytes of its one buffer, in the making."""

    def __init__(self, gltf):
        self.gltf = gltf
        self.document = gltf.GLTF2()
        self.document.asset = gltf.Asset(version="2.0", generator="face2param")
        self.data = bytearray()

    def attribute(self, values: np.ndarray, kind: str, bounds: bool = False) -> int:
        """Adds one row for each point; returns the accessor."""
        values = np.ascontiguousarray(values, "<f4")
        view = self._view(values.tobytes(), _VERTICES)
        accessor = self.gltf.Accessor(
            bufferView=view, componentType=_FLOAT, count=len(values), type=kind
        )
        if bounds:
            accessor.min, accessor.max = values.min(0).tolist(), values.max(0).tolist()
        self.document.accessors.append(accessor)
        return len(self.document.accessors) - 1

    def indices(self, faces: np.ndarray) -> int:
        """Adds the triangles; returns the accessor."""
        values = np.ascontiguousarray(faces.ravel(), "<u4")
        view = self._view(values.tobytes(), _INDICES)
        self.document.accessors.append(
            self.gltf.Accessor(
                bufferView=view, componentType=_UNSIGNED, count=len(values), type="SCALAR"
            )
        )
        return len(self.document.accessors) - 1

    def picture(self, image: np.ndarray) -> int:
        """Adds a picture as PNG; returns the buffer view."""
        stream = io.BytesIO()
        Image.fromarray(images.to_uint8(image)).save(stream, "png")
        return self._view(stream.getvalue(), None)

    def bytes(self) -> bytes:
        """The whole file."""
        self.document.buffers.append(self.gltf.Buffer(byteLength=len(self.data)))
        self.document.set_binary_blob(bytes(self.data))
        return b"".join(self.document.save_to_bytes())

    def _view(self, data: bytes, target: int | None) -> int:
        self.data += b"\0" * (-len(self.data) % 4)
        self.document.bufferViews.append(
            self.gltf.BufferView(
                buffer=0, byteOffset=len(self.data), byteLength=len(data), target=target
            )
        )
        self.data += data
        return len(self.document.bufferViews) - 1
