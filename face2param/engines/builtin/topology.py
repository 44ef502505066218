"""Vertices and triangles of the skin: chosen by feature, joined by one planar Delaunay.

The half head is triangulated in the stereographic plane seen from the neck's pole, where the
midline is a straight line and the rim of the neck the outer circle, and then mirrored. The
eye openings are holes with two further rings inside (the thickness of the lids); the mouth is
a slit: each lip owns its vertices along the line of the mouth and four rows behind it.
"""

import itertools
from dataclasses import dataclass

import numpy as np
from scipy.spatial import Delaunay, cKDTree

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.surface import BaseSurface
from face2param.errors import EngineError

LID_SEGMENTS = 24  # per lid
INNER_LIP_ROWS = 4

_LIP_X = (
    np.concatenate([[0], np.linspace(0.11, 2.3, 20), [2.36, 2.41, 2.45]])
    * anatomy.MOUTH_HALF_WIDTH
    / 2.45
)
_LIP_ROWS = (0, 0.08, 0.2, 0.36, 0.55, 0.75, 0.9, 1.0, 1.12, 1.3)

# Which feature a vertex was placed for: (feature, row, column).
_EYE, _LIP, _FILL = 1, 2, 0


@dataclass(frozen=True)
class Topology:
    """The skin's connectivity, and where its vertices lie on the base surface.

    Vertices are ordered: half head, its mirror image, the lower lip's copies of the mouth
    line, the rims of the lids, the rows inside the lips.

    Attributes:
      base: `[vertices, 3]` on the base surface (extra vertices: that of their parent).
      faces: `[triangles, 3]` int32, counter-clockwise seen from outside.
      side: `[vertices]` 1 for x > 0, -1 for x < 0, 0 on the midline.
      mirror: `[vertices]` the vertex on the other side.
      lip_row: `[vertices]` position across a lip, 0 at the line of the mouth, 1 at the border
        of the red, -1 elsewhere.
      lip_sign: `[vertices]` 1 above the line of the mouth, -1 below it.
      eye_rings: `[2, rings, 2 * LID_SEGMENTS]` vertices around the eyes (+x side first), from
        the inner corner over the upper lid; -1 where a ring vertex was thinned out.
      eye_rims: `[2, 2, 2 * LID_SEGMENTS]` the rings inside the lids, edge first.
      inner_lips: `[INNER_LIP_ROWS, 2 * columns - 2]` the rows inside the lips as loops: upper
        lip from the right corner (x < 0) to the left one, then the lower lip back.
      mouth_line: same loop on the line of the mouth; the corners are shared.
    """

    base: np.ndarray
    faces: np.ndarray
    side: np.ndarray
    mirror: np.ndarray
    lip_row: np.ndarray
    lip_sign: np.ndarray
    eye_rings: np.ndarray
    eye_rims: np.ndarray
    inner_lips: np.ndarray
    mouth_line: np.ndarray


def inside_polygon(points: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Returns which of `points` `[points, 2]` lie inside the closed `polygon` `[corners, 2]`."""
    x, y = points[:, :1], points[:, 1:]
    x0, y0 = polygon[:, 0], polygon[:, 1]
    x1, y1 = np.roll(x0, -1), np.roll(y0, -1)
    crosses = (y0 > y) != (y1 > y)
    with np.errstate(divide="ignore", invalid="ignore"):
        at = x0 + (y - y0) * (x1 - x0) / (y1 - y0)
    return (crosses & (x < at)).sum(1) % 2 == 1


def _thin(points: np.ndarray, radius: np.ndarray) -> np.ndarray:
    """Keeps points in order, dropping each one nearer than its radius to one already kept."""
    keep = np.zeros(len(points), bool)
    near = cKDTree(points).query_ball_point(points, np.maximum(radius - 1e-12, 0))
    for i, others in enumerate(near):
        keep[i] = not any(keep[j] for j in others if j < i)
    return keep


def _feature_points():
    """Frontal (x, y), thinning radius and tag of the points of eyes, lips and nose."""
    xy, radius, tag = [], [], []
    outline, normal = anatomy.eye_rings(LID_SEGMENTS)
    for k, offset in enumerate(anatomy.EYE_RING_OFFSETS):
        ring = outline + normal * offset + [anatomy.EYE_X, anatomy.EYE_Y]
        xy += ring.tolist()
        radius += [0.0 if k < 6 else 0.05] * len(ring)
        tag += [(_EYE, k, i) for i in range(len(ring))]
    line, top, bottom = anatomy.mouth_curves(_LIP_X)
    for q in _LIP_ROWS:
        for sign, edge in ((1, top), (-1, bottom)):
            if q == 0 and sign < 0:
                continue
            beyond = sign * 0.25 * (q - 1) if q > 1 else 0.0
            xy += np.stack([_LIP_X, line + (edge - line) * q + beyond], 1).tolist()
            radius += [0.028] * len(_LIP_X)
            tag += [(_LIP, q * sign, i) for i in range(len(_LIP_X))]
    step = 0.1
    for y in np.arange(-5.6, 1.3, step):
        odd = round((y + 9) / step) % 2
        for i in range(20):
            xy.append((i * 0.105 + (0.05 if odd and i > 0 else 0), y))
            radius.append(0.075)
            tag.append((_FILL, 0, 0))
    for width, low, high, step, reach in (
        (3.2, -9.0, -5.2, 0.17, 0.13),
        (5.2, -11.2, 3.2, 0.26, 0.20),
    ):
        for j, y in enumerate(np.arange(low, high, step * 0.866)):
            for i in range(int(width / step) + 1):
                xy.append((i * step + (step / 2 if (j % 2 and i > 0) else 0), y))
                radius.append(reach)
                tag.append((_FILL, 0, 0))
    return np.array(xy), np.array(radius), np.array(tag, float)


def _fill_rays():
    """Directions and thinning radii of the midline, the back of the head and the neck."""
    count = 9000
    i = np.arange(count) + 0.5
    y = 1 - 2 * i / count
    azimuth = i * np.pi * (3 - np.sqrt(5))
    r = np.sqrt(1 - y**2)
    sphere = np.stack([r * np.cos(azimuth), y, r * np.sin(azimuth)], 1)
    sphere = sphere[(sphere[:, 0] > 0.012) & (sphere[:, 1] > -0.8)]
    a = np.linspace(-np.pi, np.pi, 420)
    midline = np.stack([a * 0, np.sin(a), np.cos(a)], 1)
    midline = midline[midline[:, 1] > -0.80]
    polar = np.linspace(np.arccos(0.8), 0.075, 26)
    u, az = (g.ravel() for g in np.meshgrid(polar, np.linspace(0, np.pi, 27), indexing="ij"))
    neck = np.stack([np.sin(u) * np.sin(az), -np.cos(u), np.sin(u) * np.cos(az)], 1)
    neck[np.abs(neck[:, 0]) < 1e-6, 0] = 0
    radii = [np.full(len(midline), 0.2), np.full(len(sphere), 0.27), np.full(len(neck), 0.3)]
    return np.vstack([midline, sphere, neck]), np.concatenate(radii)


def _half_head(surface: BaseSurface):
    """Rays, base points, tags and triangles of the half with x >= 0."""
    xy, radius, tag = _feature_points()
    rest, rest_radius = _fill_rays()
    rays = np.vstack([surface.from_frontal(xy[:, 0], xy[:, 1]), rest])
    radius = np.concatenate([radius, rest_radius])
    tag = np.vstack([tag, np.zeros((len(rest), 3))])
    rays[np.abs(rays[:, 0]) < 1e-7, 0] = 0
    points = surface(rays)
    outline = anatomy.eye_outline(LID_SEGMENTS) + [anatomy.EYE_X, anatomy.EYE_Y]
    ring, normal = anatomy.eye_rings(LID_SEGMENTS)
    lids = ring + 0.11 * normal + [anatomy.EYE_X, anatomy.EYE_Y]
    in_eye = inside_polygon(points[:, :2], lids) & (points[:, 2] > 4) & (tag[:, 0] != _EYE)
    rays, points, radius, tag = (a[~in_eye] for a in (rays, points, radius, tag))
    keep = _thin(points, radius)
    keep &= (rays[:, 0] == 0) | (points[:, 0] > 0.05)
    rays, points, tag = rays[keep], points[keep], tag[keep]
    plane = np.stack([rays[:, 0], rays[:, 2]], 1) / (1 + rays[:, 1] + 1e-9)[:, None]
    triangles = Delaunay(plane).simplices
    on_outline = (tag[:, 0] == _EYE) & (tag[:, 1] == 0)
    centre = points[triangles].mean(1)
    hole = on_outline[triangles].all(1) & inside_polygon(centre[:, :2], outline)
    flat = (rays[triangles][:, :, 0] == 0).all(1)
    corner = points[triangles]
    longest = np.linalg.norm(corner - np.roll(corner, 1, 1), axis=2).max(1)
    return points, tag, triangles[~hole & ~flat & (longest < 7)]


def _loop(upper: np.ndarray, lower: np.ndarray) -> np.ndarray:
    """Joins the upper chain (corner to corner) and the lower one back, corners once."""
    return np.concatenate([upper, lower[-2:0:-1]])


def strip(outer: np.ndarray, inner: np.ndarray, flip: np.ndarray | None = None) -> np.ndarray:
    """Triangles between two closed rings.

    Args:
      outer: `[count]` vertices of one ring.
      inner: `[count]` vertices of the other, in step with `outer`.
      flip: `[count]` which quadrilaterals are cut along their other diagonal, so that mirrored
        halves have mirrored triangles.

    Returns:
      `[2 * count, 3]`.
    """
    b, c = np.roll(outer, -1), np.roll(inner, -1)
    flip = np.zeros(len(outer), bool) if flip is None else flip
    first = np.where(flip[:, None], np.stack([outer, b, inner], 1), np.stack([outer, b, c], 1))
    second = np.where(flip[:, None], np.stack([b, c, inner], 1), np.stack([outer, c, inner], 1))
    return np.concatenate([first, second])


def right_half(columns: int) -> np.ndarray:
    """Which quadrilaterals of a loop around the mouth lie at x < 0; see `Topology.mouth_line`."""
    half = (columns - 1) // 2
    upper = np.arange(columns - 1) < half
    return np.concatenate([upper, ~upper])


def _split_mouth(faces, base, upper_chain):
    """Gives the faces below the line of the mouth their own copies of its vertices."""
    count = len(base)
    lower_chain = upper_chain.copy()
    lower_chain[1:-1] = count + np.arange(len(upper_chain) - 2)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), 1)
    known = set((edges[:, 0] * np.int64(count) + edges[:, 1]).tolist())
    for a, b in itertools.pairwise(upper_chain):
        if int(min(a, b)) * count + int(max(a, b)) not in known:
            raise EngineError(
                f"built-in head: the line of the mouth is not an edge of the mesh at x = "
                f"{base[a, 0]:.2f} cm; the rows of lip vertices in topology.py are too sparse"
            )
    on_line = np.zeros(count, bool)
    on_line[upper_chain] = True
    above = base[:, 1] - anatomy.mouth_curves(base[:, 0])[0]
    others = np.where(on_line[faces], 0.0, above[faces]).sum(1)
    below = (others < 0) & on_line[faces].any(1)
    remap = np.arange(count)
    remap[upper_chain[1:-1]] = lower_chain[1:-1]
    faces = faces.copy()
    faces[below] = remap[faces[below]]
    return faces, lower_chain


def build(surface: BaseSurface) -> Topology:
    """Builds the skin's connectivity (about a second; `geometry.canonical` caches it)."""
    points, tag, triangles = _half_head(surface)
    half = len(points)
    middle = points[:, 0] == 0
    other = np.arange(half)
    other[~middle] = half + np.arange((~middle).sum())
    mirror = np.concatenate([other, np.flatnonzero(~middle)])
    side = np.concatenate([np.where(middle, 0, 1), -np.ones((~middle).sum(), int)])
    base = np.vstack([points, points[~middle] * [-1, 1, 1]])
    tag = np.vstack([tag, tag[~middle]])
    faces = np.vstack([triangles, other[triangles][:, ::-1]])
    corner = base[faces]
    normal = np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])
    if np.median(((corner.mean(1) - anatomy.CENTRE) * normal).sum(1)) < 0:
        faces = faces[:, ::-1]  # a planar Delaunay is oriented consistently: one global flip

    def tagged(feature, row, sign):
        """Vertices of a tagged row on one side, by column; the midline belongs to both."""
        hit = (tag[:, 0] == feature) & np.isclose(tag[:, 1], row)
        found = np.flatnonzero(hit & ((side == sign) | (side == 0)))
        return found[np.argsort(tag[found, 2], kind="stable")]

    left = tagged(_LIP, 0, 1)
    upper_chain = np.concatenate([mirror[left[:0:-1]], left])
    faces, lower_chain = _split_mouth(faces, base, upper_chain)
    columns = len(upper_chain)
    lower_new = lower_chain[1:-1]

    sides = 2 * LID_SEGMENTS
    rings = np.full((2, len(anatomy.EYE_RING_OFFSETS), sides), -1)
    for v in np.flatnonzero(tag[:, 0] == _EYE):
        rings[0 if side[v] > 0 else 1, int(tag[v, 1]), int(tag[v, 2])] = v
    start = len(base) + len(lower_new)
    rims = start + np.arange(2 * 2 * sides).reshape(2, 2, sides)
    start += rims.size
    loop = 2 * columns - 2
    inner = start + np.arange(INNER_LIP_ROWS * loop).reshape(INNER_LIP_ROWS, loop)
    mouth_line = _loop(upper_chain, lower_chain)

    extra = []
    for k in (0, 1):
        strips = [strip(rings[k, 0], rims[k, 0]), strip(rims[k, 0], rims[k, 1])]
        extra += [s[:, ::-1] for s in strips] if k == 0 else strips
    previous = mouth_line
    for row in inner:
        extra.append(strip(previous, row, right_half(columns))[:, ::-1])
        previous = row
    all_faces = np.ascontiguousarray(np.vstack([faces, *extra]), np.int32)

    parents = np.concatenate(
        [upper_chain[1:-1], np.repeat(rings[:, :1], 2, 1).ravel(), np.tile(mouth_line, len(inner))]
    )
    loop_mirror = np.concatenate([np.arange(columns)[::-1], np.arange(columns, loop)[::-1]])
    mirror = np.concatenate(
        [mirror, lower_new[::-1], rims[::-1].ravel(), inner[:, loop_mirror].ravel()]
    )
    all_base = np.vstack([base, base[np.where(parents < len(base), parents, 0)]])
    stand_in = {int(new): old for new, old in zip(lower_new, upper_chain[1:-1], strict=True)}
    for i, parent in enumerate(parents):  # inner rows hang on the copies, which lie on the line
        all_base[len(base) + i] = base[stand_in.get(int(parent), parent)]
    all_side = np.concatenate([side, side[[stand_in.get(int(p), p) for p in parents]]])

    sign = np.where(base[:, 1] >= anatomy.mouth_curves(base[:, 0])[0], 1, -1)
    row = np.where(tag[:, 0] == _LIP, np.abs(tag[:, 1]), -1.0)
    lip = tag[:, 0] == _LIP
    sign[lip] = np.where(tag[lip, 1] >= 0, 1, -1)
    loop_sign = np.concatenate([np.ones(columns, int), -np.ones(columns - 2, int)])
    lip_sign = np.concatenate(
        [sign, -np.ones(len(lower_new), int), np.ones(rims.size, int)] + [loop_sign] * len(inner)
    )
    none = -np.ones(rims.size)
    lip_row = np.concatenate([row, np.zeros(len(lower_new)), none, np.zeros(inner.size)])
    return Topology(
        all_base, all_faces, all_side, mirror, lip_row, lip_sign, rings, rims, inner, mouth_line
    )
