"""Cutting and refining triangle meshes so that every new vertex is a mixture of old ones.

A cut mesh is a sparse matrix and triangles: `matrix @ values` carries anything that is given
per vertex (positions of any character, texture coordinates, masks) over to the new vertices.
"""

from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_matrix, identity


class Derived(NamedTuple):
    """Attributes: matrix `[new vertices, old vertices]` sparse, rows sum to 1; faces
    `[triangles, 3]` of the new vertices; origin `[triangles]`, the old triangle of each."""

    matrix: csr_matrix
    faces: np.ndarray
    origin: np.ndarray


def unchanged(count: int, faces: np.ndarray) -> Derived:
    """A mesh of `count` vertices as it is."""
    return Derived(csr_matrix(identity(count)), faces, np.arange(len(faces)))


def then(first: Derived, second: Derived) -> Derived:
    """`second` was derived from the mesh that `first` gave."""
    return Derived(second.matrix @ first.matrix, second.faces, first.origin[second.origin])


def refine(count: int, faces: np.ndarray, marked: np.ndarray) -> Derived:
    """Splits triangles in four at the middles of their edges, and their neighbours to match.

    Args:
      count: number of vertices.
      faces: `[triangles, 3]`.
      marked: `[triangles]` bool, which ones are split in four.
    """
    edges = np.sort(np.stack([faces, np.roll(faces, -1, 1)], -1), -1)
    keys = edges[..., 0].astype(np.int64) * count + edges[..., 1]
    split = np.unique(keys[marked])
    middle = {int(key): count + i for i, key in enumerate(split)}
    out, origin = [], []
    touched = np.isin(keys, split)
    for t in range(len(faces)):
        a = faces[t]
        if not touched[t].any():
            out.append(a)
            origin.append(t)
            continue
        m = [middle.get(int(key), -1) for key in keys[t]]
        pieces = _pieces(a, m)
        out += pieces
        origin += [t] * len(pieces)
    ends = np.stack([split // count, split % count], 1)
    rows = np.concatenate([np.arange(count), np.repeat(count + np.arange(len(split)), 2)])
    columns = np.concatenate([np.arange(count), ends.reshape(-1)])
    values = np.concatenate([np.ones(count), np.full(2 * len(split), 0.5)])
    matrix = csr_matrix((values, (rows, columns)), shape=(count + len(split), count))
    return Derived(matrix, np.array(out), np.array(origin))


def _pieces(a, m) -> list:
    """Triangles of a triangle with corners `a` and middles `m` of its edges ab, bc, ca or -1."""
    number = sum(k >= 0 for k in m)
    if number == 3:
        return [(a[0], m[0], m[2]), (m[0], a[1], m[1]), (m[2], m[1], a[2]), tuple(m)]
    if number == 1:
        k = next(i for i in range(3) if m[i] >= 0)
        p, q, r = (a[(k + i) % 3] for i in range(3))
        return [(p, m[k], r), (m[k], q, r)]
    k = next(i for i in range(3) if m[i] < 0)
    p, q, r = (a[(k + i) % 3] for i in range(3))  # the edge pq is whole
    qr, rp = m[(k + 1) % 3], m[(k + 2) % 3]
    return [(p, q, qr), (p, qr, rp), (rp, qr, r)]


def clip(field: np.ndarray, faces: np.ndarray, snap: float) -> Derived:
    """Keeps the part of a mesh where a field is positive; the border follows the field's zero.

    Args:
      field: `[vertices]`.
      faces: `[triangles, 3]`.
      snap: vertices whose field is nearer to zero count as lying on it.
    """
    field = np.where(np.abs(field) < snap, 0.0, field)
    count = len(field)
    sign = np.sign(field).astype(int)[faces]
    whole = (sign >= 0).all(1) & (sign > 0).any(1)
    crossed = (sign > 0).any(1) & (sign < 0).any(1)
    cuts: dict[tuple[int, int], int] = {}
    out, origin = [tuple(f) for f in faces[whole]], list(np.flatnonzero(whole))
    for t in np.flatnonzero(crossed):
        ring = []
        for i in range(3):
            a, b = int(faces[t, i]), int(faces[t, (i + 1) % 3])
            if field[a] >= 0:
                ring.append(a)
            if field[a] * field[b] < 0:
                ring.append(cuts.setdefault((min(a, b), max(a, b)), count + len(cuts)))
        out += [(ring[0], ring[i], ring[i + 1]) for i in range(1, len(ring) - 1)]
        origin += [int(t)] * (len(ring) - 2)
    rows, columns, values = [np.arange(count)], [np.arange(count)], [np.ones(count)]
    for (a, b), new in cuts.items():
        share = field[a] / (field[a] - field[b])
        rows.append(np.array([new, new]))
        columns.append(np.array([a, b]))
        values.append(np.array([1 - share, share]))
    flat = (np.concatenate(rows), np.concatenate(columns))
    matrix = csr_matrix((np.concatenate(values), flat), shape=(count + len(cuts), count))
    return compact(Derived(matrix, np.array(out), np.array(origin)))


def compact(mesh: Derived) -> Derived:
    """Drops vertices that no triangle uses."""
    used, faces = np.unique(mesh.faces, return_inverse=True)
    return Derived(mesh.matrix[used], faces.reshape(-1, 3), mesh.origin)
