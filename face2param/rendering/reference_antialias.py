"""A slow, readable antialiasing that defines the truth for the fast ones.

See `face2param/rendering/antialias.py` for the idea. Plain loops over edges, links and pixels.
"""

from typing import NamedTuple

import numpy as np

from face2param.rendering.edges import find_edges


class Crossing(NamedTuple):
    """Where the silhouette crosses the link between two neighbouring pixels.

    Attributes:
        edge: the edge's two vertices.
        along: place on the edge, 0 at the first vertex, 1 at the second.
        place: place on the link, 0 at the nearer pixel's centre, 1 at the farther one's.
        near: (row, column) of the nearer pixel.
        far: (row, column) of the farther one.
        axis: 0 for a link along x, 1 along y.
    """

    edge: tuple[int, int]
    along: float
    place: float
    near: tuple[int, int]
    far: tuple[int, int]
    axis: int


def crossings(
    screen: np.ndarray,
    depth: np.ndarray,
    faces: np.ndarray,
    inverse_depth: np.ndarray,
    gap: float,
) -> dict[tuple[int, int, int], Crossing]:
    """The outermost silhouette edge of each link that has one.

    Args:
        screen: `[vertices, 2]` in pixels.
        depth: `[vertices]` inverse depth.
        faces: int32 `[triangles, 3]`.
        inverse_depth: `[height, width]`, of the pixels.
        gap: least relative difference of inverse depth at a silhouette.

    Returns:
        Crossings by (axis, row, column) of the link's upper left pixel.
    """
    screen, depth = np.asarray(screen, np.float64), np.asarray(depth, np.float64)
    found: dict[tuple[int, int, int], Crossing] = {}
    for ends, opposite in zip(*find_edges(faces), strict=True):
        a, b = screen[ends]
        # The sides of the edge on which its triangles lie.
        sides = [np.linalg.det([b - a, screen[v] - a]) for v in opposite if v >= 0]
        if min(sides) < 0 < max(sides) or max(map(abs, sides)) == 0 or depth[ends].min() <= 0:
            continue
        inside = next(side for side in sides if side != 0)
        for axis in (0, 1):
            u, v = axis, 1 - axis
            lines = inverse_depth.shape[axis]
            for line in range(lines):
                if not min(a[v], b[v]) <= line + 0.5 < max(a[v], b[v]):
                    continue
                along = (line + 0.5 - a[v]) / (b[v] - a[v])
                crossing = a + along * (b - a)
                cell = int(np.floor(crossing[u] - 0.5))
                pixels = [(line, cell), (line, cell + 1)]
                if axis == 1:
                    pixels = [(column, row) for row, column in pixels]
                if not 0 <= cell < inverse_depth.shape[1 - axis] - 1:
                    continue
                far, near = sorted(pixels, key=lambda pixel: inverse_depth[pixel])
                limit = inverse_depth[far] * (1 + gap)
                at_edge = depth[ends[0]] + along * (depth[ends[1]] - depth[ends[0]])
                # The triangles must lie on the nearer pixel's side.
                towards = np.array(near[::-1], np.float64) - np.array(far[::-1])
                if np.linalg.det([b - a, towards]) * inside <= 0:
                    continue
                if inverse_depth[near] <= limit or at_edge <= limit:
                    continue
                place = abs(crossing[u] - 0.5 - near[1 - axis])
                key = (axis, *min(pixels))
                if key not in found or place > found[key].place:
                    found[key] = Crossing(tuple(ends), along, place, near, far, axis)
    return found


def blend(image: np.ndarray, found: dict[tuple[int, int, int], Crossing]) -> np.ndarray:
    """The antialiased picture `[height, width, channels]`."""
    out = np.array(image)
    for pixel in np.ndindex(image.shape[:2]):
        share, neighbour = strongest(pixel, found)
        out[pixel] = (1 - share) * image[pixel] + share * image[neighbour]
    return out


def strongest(
    pixel: tuple[int, int], found: dict[tuple[int, int, int], Crossing]
) -> tuple[float, tuple[int, int]]:
    """Largest share of a pixel beyond a silhouette, and the neighbour that gives its colour."""
    row, column = pixel
    best = (0.0, pixel)
    for key in ((0, row, column - 1), (0, row, column), (1, row - 1, column), (1, row, column)):
        crossing = found.get(key)
        if crossing is None:
            continue
        if pixel == crossing.near:
            share, neighbour = 0.5 - crossing.place, crossing.far
        else:
            share, neighbour = crossing.place - 0.5, crossing.near
        if share > best[0]:
            best = (share, neighbour)
    return best


def blend_gradient(
    screen: np.ndarray,
    image: np.ndarray,
    found: dict[tuple[int, int, int], Crossing],
    upstream: np.ndarray,
) -> tuple[np.ndarray, np.ndarray]:
    """Gradient of a loss by picture and positions.

    Args:
        screen: `[vertices, 2]`.
        image: `[height, width, channels]`, before blending.
        found: from `crossings`.
        upstream: `[height, width, channels]`, gradient of the loss by the blended picture.

    Returns:
        float64 `[height, width, channels]` by `image` and `[vertices, 2]` by `screen`.
    """
    to_image = np.zeros(image.shape, np.float64)
    to_screen = np.zeros(np.shape(screen), np.float64)
    for pixel in np.ndindex(image.shape[:2]):
        share, neighbour = strongest(pixel, found)
        to_image[pixel] += (1 - share) * upstream[pixel]
        to_image[neighbour] += share * upstream[pixel]
    for crossing in found.values():
        # The pixel that holds the crossing changes from the farther to the nearer colour.
        changed = crossing.far if crossing.place > 0.5 else crossing.near
        gain = upstream[changed] @ (image[crossing.near] - image[crossing.far])
        outwards = crossing.far[1 - crossing.axis] - crossing.near[1 - crossing.axis]
        first, second = crossing.edge
        to_screen[first, crossing.axis] += outwards * gain * (1 - crossing.along)
        to_screen[second, crossing.axis] += outwards * gain * crossing.along
    return to_image, to_screen
