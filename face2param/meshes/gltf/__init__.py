"""glTF 2.0 files, read into one record and written from it."""

from face2param.meshes.gltf.model import Material, MeshGroup, Model, Node, Primitive, Skin, Texture
from face2param.meshes.gltf.reader import read_gltf
from face2param.meshes.gltf.writer import write_gltf

__all__ = [
    "Material",
    "MeshGroup",
    "Model",
    "Node",
    "Primitive",
    "Skin",
    "Texture",
    "read_gltf",
    "write_gltf",
]
