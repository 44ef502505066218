"""Mesh files: one record, written as OBJ with its material and as GLB, and read back from OBJ.

pygltflib is loaded when a GLB file is written, not before.
"""

from face2param.meshes.glb import write_glb
from face2param.meshes.mesh import Mesh
from face2param.meshes.obj_reader import read_obj
from face2param.meshes.obj_writer import material_text, write_obj

__all__ = ["Mesh", "material_text", "read_obj", "write_glb", "write_obj"]
