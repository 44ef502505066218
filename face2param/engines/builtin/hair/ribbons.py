"""Turns centre lines into ribbons: two vertices per station."""

from __future__ import annotations

import numpy as np

_ROUNDNESS = 0.55  # tilt of the normals at the ribbon's borders: it shades like a rope


def ribbon_faces(count: int, stations: int) -> np.ndarray:
    """Triangles of `count` ribbons, `[m, 3]` int32; vertices run station-major, left, right."""
    k = np.arange(stations - 1) * 2
    quad = np.concatenate([np.stack([k, k + 1, k + 2], 1), np.stack([k + 2, k + 1, k + 3], 1)])
    start = np.arange(count) * (2 * stations)
    return (quad[None] + start[:, None, None]).reshape(-1, 3).astype(np.int32)


def ribbon_frame(line: np.ndarray, normal: np.ndarray, twist: np.ndarray):
    """Frames along centre lines.

    Args:
      line: `[n, s, 3]` centre lines, cm.
      normal: `[n, s, 3]` unit, outwards.
      twist: `[n]` radians about the tangent.

    Returns:
      Unit tangents, sides and normals, each `[n, s, 3]`.
    """
    tangent = np.gradient(line, axis=1)
    tangent /= np.linalg.norm(tangent, axis=-1, keepdims=True) + 1e-9
    side = np.cross(tangent, normal)
    side /= np.linalg.norm(side, axis=-1, keepdims=True) + 1e-9
    up = np.cross(side, tangent)
    c, s = np.cos(twist)[:, None, None], np.sin(twist)[:, None, None]
    return tangent, side * c + up * s, up * c - side * s


def ribbon_vertices(line, normal, twist, width):
    """Borders of ribbons.

    Args:
      line: `[n, s, 3]` cm.
      normal: `[n, s, 3]` unit.
      twist: `[n]` radians.
      width: `[n, s]` cm.

    Returns:
      Vertices, normals, tangents, each `[n * s * 2, 3]`.
    """
    tangent, side, up = ribbon_frame(line, normal, twist)
    half = side * (0.5 * width)[..., None]
    vertices = np.stack([line - half, line + half], 2)
    # shade with the outward normal, tilted to the borders, whatever the twist
    normals = np.stack([up - _ROUNDNESS * side, up + _ROUNDNESS * side], 2)
    normals = normals * 0.6 + normal[:, :, None] * 0.6
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    tangents = np.repeat(tangent[:, :, None], 2, 2)
    return vertices.reshape(-1, 3), normals.reshape(-1, 3), tangents.reshape(-1, 3)


def ribbon_attributes(seed, width, fray, occlusion, cover, frizz):
    """`HairPart.attributes` of ribbons.

    Args:
      seed: `[n]` noise coordinate, cm.
      width: `[n, s]` cm.
      fray: raggedness of the tips, scalar or `[n]`.
      occlusion: `[n, s]` ambient openness.
      cover: `[n, s]` share of strands.
      frizz: isotropy of the strand pattern, scalar.

    Returns:
      `[n * s * 2, 7]` float32.
    """
    n, s = width.shape
    out = np.empty((n, s, 2, 7), np.float32)
    reach = 0.5 * width.max(1)[:, None, None] * np.array([-1.0, 1.0])
    out[..., 0] = seed[:, None, None] + reach
    out[..., 1] = [-1.0, 1.0]
    out[..., 2] = np.linspace(0, 1, s)[None, :, None]
    out[..., 3] = np.broadcast_to(np.asarray(fray), (n,))[:, None, None]
    out[..., 4] = occlusion[..., None]
    out[..., 5] = cover[..., None]
    out[..., 6] = frizz
    return out.reshape(-1, 7)
