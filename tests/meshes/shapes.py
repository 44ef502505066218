"""Small meshes for the tests."""

import numpy as np

from face2param.meshes import Mesh


def cube(**changes) -> Mesh:
    """Unit cube, 12 triangles outwards, each side with its own square of the texture."""
    vertices = np.array([(x, y, z) for z in (0, 1) for y in (0, 1) for x in (0, 1)], np.float32)
    sides = [(0, 2, 3, 1), (4, 5, 7, 6), (0, 1, 5, 4), (2, 6, 7, 3), (0, 4, 6, 2), (1, 3, 7, 5)]
    faces, uv, uv_faces = [], [], []
    for index, (a, b, c, d) in enumerate(sides):
        column, row = index % 3, index // 3
        faces += [(a, b, c), (a, c, d)]
        square = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.9), (0.1, 0.9))
        uv += [((column + x) / 3, (row + y) / 2) for x, y in square]
        first = 4 * index
        uv_faces += [(first, first + 1, first + 2), (first, first + 2, first + 3)]
    mesh = Mesh(vertices, np.array(faces), np.array(uv), np.array(uv_faces))
    return mesh.replace(**changes)


def picture(height: int = 8, width: int = 12) -> np.ndarray:
    """`[height, width, 3]` in whole 255ths, so that a file keeps it exactly."""
    rng = np.random.default_rng(0)
    return (rng.integers(0, 256, (height, width, 3)) / 255).astype(np.float32)
