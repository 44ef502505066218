"""Small meshes, cameras' views of them, and a face-like surface of any fineness."""

import numpy as np

from face2param.rendering.cameras import DEEP3D, Projected

SIZE = (36, 48)


def soup(seed: int, count: int = 40) -> tuple[Projected, np.ndarray]:
    """Unconnected triangles of many sizes, hiding each other: projected `[2, ...]`, faces."""
    rng = np.random.default_rng(seed)
    corners = rng.uniform(-6, 54, (2, count, 1, 2)) + rng.normal(0, 9, (2, count, 3, 2))
    # Some are smaller than a pixel.
    corners[:, ::4] = corners[:, ::4, :1] + rng.normal(0, 0.6, (2, len(corners[0, ::4]), 3, 2))
    screen = corners.reshape(2, -1, 2).astype(np.float32)
    depth = rng.uniform(0.05, 0.2, (2, 3 * count)).astype(np.float32)
    return Projected(screen, depth), np.arange(3 * count, dtype=np.int32).reshape(-1, 3)


def face(rows: int, columns: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """A smooth face-like shell in decimetres: wide forehead, narrow chin, nose; open behind.

    With 189 x 189 points it has the size of Deep3D's mesh (35,721 vertices, 70,688 triangles)
    and covers about as much of its picture (165 x 179 pixels).
    """
    columns = columns or rows
    u, v = np.meshgrid(np.linspace(-1, 1, columns), np.linspace(-1, 1, rows))
    x, y = u * np.sqrt(1 - v * v / 2), v * np.sqrt(1 - u * u / 2)
    z = 0.55 * np.sqrt(np.maximum(1.02 - x * x - y * y, 0)) - 0.4
    z += 0.25 * np.exp(-((x / 0.16) ** 2) - ((y + 0.05) / 0.2) ** 2)
    narrow = 1 - 0.2 * (y + 0.2) ** 2 - 0.12 * y
    points = np.stack([0.86 * x * narrow, -0.905 * y, z], -1).reshape(-1, 3)
    first = np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)
    upper = np.stack([first, first + columns, first + 1], -1)
    lower = np.stack([first + 1, first + columns, first + columns + 1], -1)
    faces = np.stack([upper, lower], 2).reshape(-1, 3)
    return points.astype(np.float32), faces.astype(np.int32)


def project(points: np.ndarray, size: tuple[int, int] = (224, 224)) -> Projected:
    """Deep3D's view of `[vertices, 3]` as arrays `[1, ...]`."""
    screen, depth = DEEP3D.resized(size).project(np.asarray(points, np.float32)[None])
    return Projected(screen.numpy(), depth.numpy())
