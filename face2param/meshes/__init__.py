"""Mesh files: one record, written as OBJ with its material and as GLB, and read back from OBJ.

Whole models with bones, morph targets and materials are in `meshes/gltf`.
"""

from face2param.meshes.glb import write_glb
from face2param.meshes.mesh import Mesh
from face2param.meshes.obj_reader import read_obj
from face2param.meshes.obj_writer import material_text, write_obj

__all__ = ["Mesh", "material_text", "read_obj", "write_glb", "write_obj"]
