"""Flat plates in front of the camera: what a material does to a picture, pixel by pixel."""

import numpy as np

from face2param.engines.rigged.engine import RiggedEngine
from face2param.engines.rigged.head_file import HeadFile
from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive
from face2param.schema import Continuous, Schema
from tests.engines.rigged.small_head import VIEW

SCHEMA = Schema("plates", "1", (Continuous("nothing", "none"),))
MIDDLE = VIEW.target[1]


def plate(material=0, depth=0.0, size=0.5, turned=False, **changes):
    """A square about the middle of the picture, facing the camera; `depth` towards it."""
    x, y = size * np.array([-1, 1, 1, -1]), MIDDLE + size * np.array([-1, -1, 1, 1])
    faces = [(0, 2, 1), (0, 3, 2)] if turned else [(0, 1, 2), (0, 2, 3)]
    fields = {
        "vertices": np.stack([x, y, np.full(4, depth)], 1),
        "faces": faces,
        "normals": np.tile((0.0, 0.0, 1.0), (4, 1)),
        "uv": [(0, 1), (1, 1), (1, 0), (0, 0)],
        "material": material,
    }
    return Primitive(**(fields | changes))


def engine(plates, materials, textures=(), **changes):
    """An engine that draws plates; parts are called plate, plate_2, ..."""
    nodes = tuple(Node(f"plate{i}", mesh=i) for i in range(len(plates)))
    meshes = tuple(MeshGroup(f"mesh{i}", (plate,)) for i, plate in enumerate(plates))
    model = Model(nodes, meshes, (), tuple(materials), tuple(textures))
    fields = {"model": "plates", "schema": SCHEMA, "bindings": {"nothing": []}, "camera": VIEW}
    fields["regions"] = {"*": "cloth"}
    return RiggedEngine(model, HeadFile(**(fields | changes)), "plates")


def draw(plates, materials, textures=(), size=(32, 32), **changes):
    """The rendering of plates."""
    made = engine(plates, materials, textures, **changes)
    return made.render(made.schema.neutral(), size=size, supersample=1)


def unlit(colour, **changes):
    """A material of this linear RGB(A) that needs no light."""
    colour = (*colour, 1.0)[:4]
    return Material(f"unlit {colour} {changes}", colour, unlit=True, **changes)
