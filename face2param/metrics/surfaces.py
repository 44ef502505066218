"""Exact distance from points to a triangle mesh.

A tree of boxes over the triangles is walked for each point, nearest box first, starting from
the distance to the nearest corner (a k-d tree over the vertices finds it), so that hardly more
triangles are looked at than can win. No triangle that could be nearer is left out: the distance
is that to the surface, not to its vertices.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

import numpy as np
from numba import njit
from scipy.spatial import cKDTree

_LEAF = 8  # triangles of a leaf at most; fewer make the tree dear to build, more dear to ask


class Closest(NamedTuple):
    """Where points meet a surface.

    Attributes:
      distance: `[points]` float64, never negative.
      point: `[points, 3]` float64, on the surface.
      triangle: `[points]` int64, whose surface it is; the lowest index among equals is not
        promised, but equal input gives equal output.
      barycentric: `[points, 3]` float64, weights of that triangle's corners, summing to 1.
    """

    distance: np.ndarray
    point: np.ndarray
    triangle: np.ndarray
    barycentric: np.ndarray


@dataclasses.dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh that points can be compared with; build it with `surface`.

    Attributes:
      vertices: `[vertices, 3]` float64.
      faces: `[triangles, 3]` int64.
      normals: `[vertices, 3]` float64, unit, area-weighted; zero without a triangle of area.
      border: `[triangles, 3]` bool, whether the edge from corner i to corner i + 1 belongs to
        one triangle only.
      rim: `[vertices]` bool, the ends of such edges.
      order: `[triangles]`, the triangles as the tree holds them.
      boxes: `[nodes, 6]` least and largest corner of each node; node n has children 2 n + 1
        and 2 n + 2.
      corners: k-d tree of the vertices that belong to a triangle.
    """

    vertices: np.ndarray
    faces: np.ndarray
    normals: np.ndarray
    border: np.ndarray
    rim: np.ndarray
    order: np.ndarray
    boxes: np.ndarray
    corners: cKDTree

    def closest(self, points: np.ndarray) -> Closest:
        """The nearest point of the surface to each of `points`.

        Args:
          points: `[points, 3]`.

        Raises:
          ValueError: another shape, or a number that is not finite.
        """
        points = np.ascontiguousarray(points, np.float64)
        if points.ndim != 2 or points.shape[1] != 3:
            raise ValueError(f"points must have shape [points, 3], got {points.shape}")
        if not np.isfinite(points).all():
            raise ValueError("points: holds a number that is not finite")
        if not len(points):
            none = np.empty((0, 3))
            return Closest(np.empty(0), none, np.empty(0, np.int64), none)
        bound, _ = self.corners.query(points)
        # A hair more than the distance to a corner, so that rounding cannot hide its triangles.
        bound += 1e-9 * max(np.abs(self.boxes[0]).max(), np.abs(points).max()) + 1e-150
        return Closest(*_closest(points, bound, self.vertices, self.faces, self.order, self.boxes))

    def normals_at(self, found: Closest) -> np.ndarray:
        """Unit normals of the surface, interpolated between its vertices, `[points, 3]`.

        A nearest point often lies on an edge, where the planes of two triangles meet and rounding
        would choose one; these have no jumps. Zero where the normals of the corners cancel.

        Args:
          found: of `closest`.
        """
        normals = self.normals[self.faces[found.triangle]]
        normals = (found.barycentric[..., None] * normals).sum(1)
        return _unit(normals)

    def on_border(self, found: Closest) -> np.ndarray:
        """Whether nearest points lie on the rim of the surface, `[points]` bool.

        There the nearest point says that the surface ended, not how far away it is.

        Args:
          found: of `closest`.
        """
        # The edge from corner i to i + 1 is where the weight of the third corner vanishes.
        opposite = found.barycentric[:, [2, 0, 1]] <= 1e-9
        edge = (opposite & self.border[found.triangle]).any(1)
        # A corner on the rim belongs to triangles without an edge there too.
        corner = found.barycentric >= 1 - 1e-9
        return edge | (corner & self.rim[self.faces[found.triangle]]).any(1)


def surface(vertices: np.ndarray, faces: np.ndarray) -> Surface:
    """Prepares a mesh for `closest`.

    Args:
      vertices: `[vertices, 3]`, in any unit.
      faces: integer `[triangles, 3]`, at least one. Vertices without triangle are no part of
        the surface.

    Raises:
      ValueError: another shape, an index out of range, no triangle, or a number that is not
        finite.
    """
    vertices = np.ascontiguousarray(vertices, np.float64)
    faces = np.asarray(faces)
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise ValueError(f"vertices must have shape [vertices, 3], got {vertices.shape}")
    if faces.ndim != 2 or faces.shape[1] != 3 or faces.dtype.kind not in "iu" or not len(faces):
        raise ValueError(
            "faces must be integers of shape [triangles, 3] and at least one, got "
            f"{faces.dtype} {faces.shape}"
        )
    faces = np.ascontiguousarray(faces, np.int64)
    if faces.min() < 0 or faces.max() >= len(vertices):
        raise ValueError(
            f"faces: indices must lie in 0..{len(vertices) - 1}, got "
            f"{faces.min()}..{faces.max()} (are they counted from 1?)"
        )
    used = np.unique(faces)
    if not np.isfinite(vertices[used]).all():
        raise ValueError("vertices: holds a number that is not finite")
    a, b, c = (vertices[faces[:, i]] for i in range(3))
    areas = np.cross(b - a, c - a)
    sums = [np.bincount(faces.ravel(), np.repeat(areas[:, i], 3), len(vertices)) for i in range(3)]
    normals = _unit(np.stack(sums, -1))
    order, boxes = _tree(np.minimum(np.minimum(a, b), c), np.maximum(np.maximum(a, b), c))
    border = _border(faces)
    rim = np.zeros(len(vertices), bool)
    rim[faces[border]] = rim[np.roll(faces, -1, 1)[border]] = True
    corners = cKDTree(vertices[used])
    return Surface(vertices, faces, normals, border, rim, order, boxes, corners)


def _unit(vectors: np.ndarray) -> np.ndarray:
    length = np.linalg.norm(vectors, axis=1, keepdims=True)
    # Relative to the largest, so that the unit of a mesh does not matter.
    some = length > 1e-12 * length.max(initial=0)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=some)


def _border(faces: np.ndarray) -> np.ndarray:
    edges = np.stack([faces, np.roll(faces, -1, 1)], -1)
    edges = np.sort(edges.reshape(-1, 2), 1)
    _, first, counts = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    return (counts[first.ravel()] == 1).reshape(faces.shape)


def _tree(low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Halves the triangles by the longest side of their centres until leaves are small.

    The tree is complete: level l has 2^l nodes, and node k of it holds the triangles from
    k n / 2^l on, in `order`.
    """
    count = len(low)
    depth = 0
    while count > _LEAF << depth:
        depth += 1
    centre = low + high
    order = np.arange(count)
    boxes = np.empty((2 ** (depth + 1) - 1, 6))
    for level in range(depth + 1):
        bounds = np.arange(2**level + 1) * count // 2**level
        if level < depth:
            halves = np.arange(2 ** (level + 1) + 1) * count // 2 ** (level + 1)
        for k in range(2**level):
            start, end = bounds[k], bounds[k + 1]
            members = order[start:end]
            node = boxes[2**level - 1 + k]
            node[:3], node[3:] = low[members].min(0), high[members].max(0)
            if level < depth:
                axis = int(np.ptp(centre[members], axis=0).argmax())
                middle = halves[2 * k + 1] - start
                split = np.argpartition(centre[members, axis], middle)
                order[start:end] = members[split]
    return order, boxes


@njit(cache=True)
def _box_distance(box, x, y, z):
    """Squared distance of a point to a box."""
    dx = max(box[0] - x, 0.0, x - box[3])
    dy = max(box[1] - y, 0.0, y - box[4])
    dz = max(box[2] - z, 0.0, z - box[5])
    return dx * dx + dy * dy + dz * dz


@njit(cache=True)
def _on_edge(p, a, b):
    """Place in [0, 1] of the point of the edge from a to b that is nearest to p."""
    length = 0.0
    along = 0.0
    for i in range(3):
        length += (b[i] - a[i]) ** 2
        along += (b[i] - a[i]) * (p[i] - a[i])
    if length <= 0.0:
        return 0.0
    return min(max(along / length, 0.0), 1.0)


@njit(cache=True)
def _on_triangle(p, a, b, c):
    """Barycentric weights and squared distance of the triangle's point nearest to p.

    The foot of the perpendicular where it falls inside; else the nearest point of an edge. A
    triangle without area is its three edges.
    """
    ab = b - a
    ac = c - a
    ap = p - a
    d00 = ab[0] * ab[0] + ab[1] * ab[1] + ab[2] * ab[2]
    d01 = ab[0] * ac[0] + ab[1] * ac[1] + ab[2] * ac[2]
    d11 = ac[0] * ac[0] + ac[1] * ac[1] + ac[2] * ac[2]
    d20 = ap[0] * ab[0] + ap[1] * ab[1] + ap[2] * ab[2]
    d21 = ap[0] * ac[0] + ap[1] * ac[1] + ap[2] * ac[2]
    area = d00 * d11 - d01 * d01
    if area > 1e-14 * d00 * d11:
        v = (d11 * d20 - d01 * d21) / area
        w = (d00 * d21 - d01 * d20) / area
        if v >= 0.0 and w >= 0.0 and v + w <= 1.0:
            u = 1.0 - v - w
            distance = 0.0
            for i in range(3):
                distance += (p[i] - (u * a[i] + v * b[i] + w * c[i])) ** 2
            return u, v, w, distance
    best = np.inf
    u, v, w = 1.0, 0.0, 0.0
    for edge in range(3):
        if edge == 0:
            t = _on_edge(p, a, b)
            x, y, z = 1.0 - t, t, 0.0
        elif edge == 1:
            t = _on_edge(p, b, c)
            x, y, z = 0.0, 1.0 - t, t
        else:
            t = _on_edge(p, c, a)
            x, y, z = t, 0.0, 1.0 - t
        distance = 0.0
        for i in range(3):
            distance += (p[i] - (x * a[i] + y * b[i] + z * c[i])) ** 2
        if distance < best:
            best, u, v, w = distance, x, y, z
    return u, v, w, best


@njit(cache=True)
def _closest(points, bound, vertices, faces, order, boxes):
    count = points.shape[0]
    distance = np.empty(count)
    place = np.empty((count, 3))
    triangle = np.zeros(count, np.int64)
    weights = np.zeros((count, 3))
    nodes = boxes.shape[0]
    first_leaf = nodes // 2
    leaves = nodes - first_leaf
    for i in range(count):
        p = points[i]
        best = bound[i] * bound[i]
        stack = np.empty(64, np.int64)
        top = 1
        stack[0] = 0
        while top > 0:
            top -= 1
            node = stack[top]
            if _box_distance(boxes[node], p[0], p[1], p[2]) > best:
                continue
            if node >= first_leaf:
                k = node - first_leaf
                for at in range(k * order.size // leaves, (k + 1) * order.size // leaves):
                    t = order[at]
                    u, v, w, d = _on_triangle(
                        p, vertices[faces[t, 0]], vertices[faces[t, 1]], vertices[faces[t, 2]]
                    )
                    if d < best:
                        best = d
                        triangle[i] = t
                        weights[i, 0] = u
                        weights[i, 1] = v
                        weights[i, 2] = w
            else:
                left = 2 * node + 1
                near = _box_distance(boxes[left], p[0], p[1], p[2])
                far = _box_distance(boxes[left + 1], p[0], p[1], p[2])
                # The nearer child is looked at first.
                if near <= far:
                    stack[top] = left + 1
                    stack[top + 1] = left
                else:
                    stack[top] = left
                    stack[top + 1] = left + 1
                top += 2
        distance[i] = np.sqrt(best)
        for axis in range(3):
            place[i, axis] = (
                weights[i, 0] * vertices[faces[triangle[i], 0], axis]
                + weights[i, 1] * vertices[faces[triangle[i], 1], axis]
                + weights[i, 2] * vertices[faces[triangle[i], 2], axis]
            )
    return distance, place, triangle, weights
