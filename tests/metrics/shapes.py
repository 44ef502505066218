"""Small meshes whose distances are known, and a slow distance that needs no tree."""

import numpy as np


def sphere(level=4, radius=1.0):
    """An octahedron halved `level` times: `[vertices, 3]` on the sphere, `[triangles, 3]`."""
    vertices = [(1, 0, 0), (-1, 0, 0), (0, 1, 0), (0, -1, 0), (0, 0, 1), (0, 0, -1)]
    vertices = [np.array(v, float) for v in vertices]
    faces = [(0, 2, 4), (2, 1, 4), (1, 3, 4), (3, 0, 4), (2, 0, 5), (1, 2, 5), (3, 1, 5), (0, 3, 5)]
    for _ in range(level):
        middle, halved = {}, []

        def between(i, j, middle=middle):
            key = min(i, j), max(i, j)
            if key not in middle:
                point = vertices[i] + vertices[j]
                vertices.append(point / np.linalg.norm(point))
                middle[key] = len(vertices) - 1
            return middle[key]

        for a, b, c in faces:
            ab, bc, ca = between(a, b), between(b, c), between(c, a)
            halved += [(a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca)]
        faces = halved
    return radius * np.array(vertices), np.array(faces)


def face(spacing=3.0):
    """A mask in millimetres with brow, nose and chin: vertices, faces and 68 landmarks.

    An open height field over an ellipse 150 mm wide and 200 mm high; the nose tip is landmark 30.
    """
    x, y = np.meshgrid(np.arange(-75, 75.1, spacing), np.arange(-100, 100.1, spacing))
    inside = (x / 75) ** 2 + (y / 100) ** 2 <= 1
    index = np.full(x.shape, -1)
    index[inside] = np.arange(inside.sum())
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
    faces = np.concatenate([np.stack([a, b, c], -1), np.stack([a, c, d], -1)]).reshape(-1, 3)
    faces = faces[(faces >= 0).all(1)]
    vertices = np.stack([x[inside], y[inside], height(x[inside], y[inside])], -1)
    return vertices, faces, landmarks()


def height(x, y):
    """How far the mask stands out at a place, in millimetres."""
    nose = 28 * np.exp(-(((x + 1) / 11) ** 2) - ((y + 8) / 16) ** 2)
    chin = 9 * np.exp(-(((x - 4) / 22) ** 2) - ((y + 72) / 14) ** 2)
    sockets = sum(
        -7 * np.exp(-(((x - side) / 16) ** 2) - ((y - 30) / 9) ** 2) for side in (-32, 34)
    )
    dome = 90 * np.sqrt(np.maximum(1.1 - (x / 75) ** 2 - (y / 100) ** 2, 0))
    return dome + nose + chin + sockets


def landmarks():
    """`[68, 3]` on the mask: the points that the protocols use, the others scattered."""
    rng = np.random.default_rng(3)
    places = rng.uniform(-50, 50, (68, 2))
    places[[36, 39, 42, 45]] = [[-45, 30], [-16, 29], [16, 29], [45, 30]]
    places[[30, 33, 48, 54]] = [[-1, -8], [0, -24], [-25, -48], [25, -48]]
    return np.concatenate([places, height(*places.T)[:, None]], 1)


def turned(angles):
    """Rotation by angles about x, y, z in degrees."""
    x, y, z = np.radians(angles)
    about_x = [[1, 0, 0], [0, np.cos(x), -np.sin(x)], [0, np.sin(x), np.cos(x)]]
    about_y = [[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]]
    about_z = [[np.cos(z), -np.sin(z), 0], [np.sin(z), np.cos(z), 0], [0, 0, 1]]
    return np.array(about_z) @ np.array(about_y) @ np.array(about_x)


def brute_distance(points, vertices, faces):
    """Distance by looking at every triangle: the foot on its plane if inside, else its edges.

    Written without barycentric coordinates of the code under test: inside means on the inner
    side of all three edges.
    """
    best = np.full(len(points), np.inf)
    for corners in vertices[faces]:
        normal = np.cross(corners[1] - corners[0], corners[2] - corners[0])
        inside = np.ones(len(points), bool)
        for i in range(3):
            start, end = corners[i], corners[(i + 1) % 3]
            edge = end - start
            along = np.clip((points - start) @ edge / (edge @ edge), 0, 1)
            foot = start + along[:, None] * edge
            best = np.minimum(best, np.linalg.norm(points - foot, axis=1))
            inside &= np.cross(normal, edge) @ (points - start).T >= 0
        flat = np.abs((points - corners[0]) @ normal) / np.linalg.norm(normal)
        best = np.where(inside, np.minimum(best, flat), best)
    return best
