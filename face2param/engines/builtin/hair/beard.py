"""Beards: ribbons rooted on the triangles of the skin, so that they ride on every expression."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from face2param.engines.builtin.hair.beard_zones import ZONES, growth
from face2param.engines.builtin.hair.part import COVER, HairPart, HairShading
from face2param.engines.builtin.hair.ribbons import (
    ribbon_attributes,
    ribbon_faces,
    ribbon_frame,
)

_STATIONS = 5
_ROUNDNESS = 0.5
_FLIP = np.array([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class Growth:
    """One zone of a beard.

    Attributes:
      zone: name in `beard_zones.ZONES`.
      ribbons: number of clumps on both sides.
      length: cm at the middle of the length slider.
      chin_length: additional length at the chin, cm.
      stand: how far the hair stands off the skin, cm.
      width: of a clump, cm.
    """

    zone: str
    ribbons: int
    length: float
    chin_length: float = 0.0
    stand: float = 0.28
    width: float = 0.42


_MOUSTACHE = Growth("moustache", 170, 1.15, stand=0.34, width=0.36)
BEARDS: dict[str, tuple[Growth, ...]] = {
    "moustache": (Growth("moustache", 230, 1.35, stand=0.42, width=0.36),),
    "goatee": (_MOUSTACHE, Growth("chin", 250, 1.1, 0.7, 0.34, 0.5)),
    "full": (
        _MOUSTACHE,
        Growth("chin", 140, 1.0, 0.5, 0.36, 0.55),
        Growth("cheeks", 460, 1.05, 0.4, 0.34, 0.62),
    ),
    "full_long": (
        Growth("moustache", 190, 1.6, stand=0.45, width=0.4),
        Growth("chin", 160, 2.4, 2.6, 0.7, 0.65),
        Growth("cheeks", 460, 1.7, 2.4, 0.6, 0.75),
    ),
}


@dataclass(frozen=True)
class BakedBeard:
    """A beard on the canonical head.

    Attributes:
      corners: `[ribbons, 3]` skin vertices of the triangle of each root.
      weights: `[ribbons, 3]` barycentric position in it.
      roots: `[ribbons, 3]` cm.
      line: `[ribbons, stations, 3]` cm from the root at unit length.
      half: `[ribbons, stations, 3]` cm, half the width across.
      normals, tangents: `[n, 3]`.
      attributes: `[n, 7]`.
      faces: `[m, 3]`; the first vertices are the ribbons', then come those of the shell.
      shell: `[k]` skin vertices that the shell of short hair covers.
      lift: `[k, 3]` cm from the skin to the shell.
    """

    corners: np.ndarray
    weights: np.ndarray
    roots: np.ndarray
    line: np.ndarray
    half: np.ndarray
    normals: np.ndarray
    tangents: np.ndarray
    attributes: np.ndarray
    faces: np.ndarray
    shell: np.ndarray
    lift: np.ndarray


def _scatter(vertices, faces, zone, count, rng):
    """Roots in a zone on the side x > 0: triangles and barycentric weights."""
    corner = vertices[faces]
    centre = corner.mean(1)
    area = 0.5 * np.linalg.norm(
        np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0]), axis=1
    )
    density = ZONES[zone](centre) * area * (centre[:, 0] > 0) * (centre[:, 1] > -14)
    mass = np.cumsum(density)
    # systematic sampling: even, and each triangle gets its share
    at = (np.arange(count) + rng.uniform(0, 1, count)) / count * mass[-1]
    triangle = np.searchsorted(mass, at)
    u = np.sqrt(rng.random(count))
    v = rng.random(count)
    return triangle, np.stack([1 - u, u * (1 - v), u * v], 1)


def _paths(roots, normals, growth_zone: Growth, rng):
    """Centre lines from the root, `[n, stations, 3]`, at unit length."""
    n = len(roots)
    t = np.linspace(0, 1, _STATIONS)
    down = growth(roots, growth_zone.zone) + rng.normal(0, 0.16, (n, 3))
    down -= normals * np.minimum((down * normals).sum(1, keepdims=True), 0.85)
    down -= normals * np.minimum((down * normals).sum(1, keepdims=True), 0)
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    at_chin = np.exp(-((roots[:, 0] / 2.6) ** 2)) * np.clip((-8.0 - roots[:, 1]) / 2.5, 0, 1)
    length = growth_zone.length + growth_zone.chin_length * at_chin
    length = length * rng.uniform(0.7, 1.2, n)
    stand = growth_zone.stand * rng.uniform(0.35, 1.0, n)
    rise = 1 - (1 - t) ** 2
    line = down[:, None] * (length[:, None] * t[None])[..., None]
    line = line + normals[:, None] * (stand[:, None] * rise[None] + 0.02)[..., None]
    # long hair follows gravity and gathers towards the middle
    heavy = np.clip(length - 1.2, 0, None)[:, None] * (t**2)[None]
    line[..., 1] -= 0.25 * heavy
    line[..., 0] -= 0.14 * heavy * np.tanh(roots[:, :1])
    return line


@functools.cache
def baked_beard(name: str) -> BakedBeard:
    """A beard on the canonical head, once per process."""
    from face2param.engines.builtin import canonical
    from face2param.rendering.normals import vertex_normals

    head = canonical.canonical()
    normals = np.asarray(vertex_normals(head.vertices.astype(np.float32), head.faces), np.float64)
    return bake_beard(
        BEARDS[name], head.vertices.astype(np.float64), head.faces, normals, head.mirror
    )


def bake_beard(growths, vertices, faces, normals, mirror) -> BakedBeard:
    """Builds a beard on a neutral head.

    Args:
      growths: its zones.
      vertices: `[n, 3]` cm.
      faces: `[m, 3]`.
      normals: `[n, 3]` unit.
      mirror: `[n]` partner of each vertex.

    Returns:
      The beard, exactly mirrored.
    """
    rng = np.random.default_rng(77)
    pieces = []
    for zone in growths:
        count = zone.ribbons // 2
        triangle, weights = _scatter(vertices, faces, zone.zone, count, rng)
        corners = faces[triangle]
        roots = (vertices[corners] * weights[..., None]).sum(1)
        normal = (normals[corners] * weights[..., None]).sum(1)
        normal /= np.linalg.norm(normal, axis=1, keepdims=True)
        line = _paths(roots, normal, zone, rng)
        width = zone.width * rng.uniform(0.7, 1.3, count)[:, None]
        width = width * np.interp(np.linspace(0, 1, _STATIONS), [0, 0.3, 1], [0.8, 1, 0.6])
        density = ZONES[zone.zone](roots)
        cover = np.repeat((0.5 + 0.6 * density)[:, None], _STATIONS, 1)
        twist = np.radians(rng.normal(0, 25, count))
        seed = rng.uniform(0, 4000, count)
        pieces.append((corners, weights, roots, normal, line, width, cover, twist, seed))
    corners, weights, roots, normal, line, width, cover, twist, seed = (
        np.concatenate(arrays) for arrays in zip(*pieces, strict=True)
    )
    corners = np.concatenate([corners, mirror[corners]])
    weights = np.concatenate([weights, weights])
    roots, normal, line = (np.concatenate([a, a * _FLIP]) for a in (roots, normal, line))
    width, cover = np.concatenate([width, width]), np.concatenate([cover, cover])
    twist, seed = np.concatenate([twist, -twist]), np.concatenate([seed, seed + 0.37])
    spread = np.repeat(normal[:, None], _STATIONS, 1)
    tangent, side, up = ribbon_frame(line, spread, twist)
    shade = np.stack([up - _ROUNDNESS * side, up + _ROUNDNESS * side], 2) + spread[:, :, None]
    shade /= np.linalg.norm(shade, axis=-1, keepdims=True)
    t = np.linspace(0, 1, _STATIONS)
    open_ = np.broadcast_to(0.5 + 0.5 * t, width.shape)
    shell = _shell(growths, vertices, faces, normals, mirror)
    ribbons = ribbon_attributes(seed, width, 0.65, open_, cover, 0.15)

    def joined(a, b):
        return np.concatenate([a.reshape(-1, a.shape[-1]), b]).astype(np.float32)

    return BakedBeard(
        corners=corners,
        weights=weights.astype(np.float32),
        roots=roots.astype(np.float32),
        line=line.astype(np.float32),
        half=(side * (0.5 * width)[..., None]).astype(np.float32),
        normals=joined(shade, shell["normals"]),
        tangents=joined(np.repeat(tangent[:, :, None], 2, 2), shell["tangents"]),
        attributes=joined(ribbons, shell["attributes"]),
        faces=np.concatenate(
            [ribbon_faces(len(roots), _STATIONS), shell["faces"] + len(ribbons)]
        ).astype(np.int32),
        shell=shell["index"],
        lift=(shell["normals"] * 0.12).astype(np.float32),
    )


def _shell(growths, vertices, faces, normals, mirror) -> dict[str, np.ndarray]:
    """Short dense hair between the clumps: the skin's own triangles, lifted."""
    density = np.zeros(len(vertices))
    direction = np.zeros_like(vertices)
    for zone in growths:
        here = ZONES[zone.zone](vertices)
        direction += here[:, None] * growth(vertices, zone.zone)
        density = np.maximum(density, here)
    density = np.where(vertices[:, 1] > -14, density, 0.0)
    used = (density[faces] > 0.02).all(1)
    index = np.unique(faces[used])
    renumber = np.zeros(len(vertices), np.int64)
    renumber[index] = np.arange(len(index))
    tangent = direction[index] - normals[index] * (direction[index] * normals[index]).sum(
        1, keepdims=True
    )
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    # the same jitter on both sides
    jitter = np.random.default_rng(78).uniform(0, 1, len(vertices))
    jitter = jitter[np.minimum(np.arange(len(vertices)), mirror)]
    x, y, z = vertices[index].T
    attributes = np.zeros((len(index), 7))
    attributes[:, 0] = 50 + 14 * np.arctan2(np.abs(x), z + 2) + 0.25 * y + 0.5 * jitter[index]
    attributes[:, 2] = 0.5
    attributes[:, 4] = 0.65
    attributes[:, 5] = 1.2 * density[index] + 0.1 * (jitter[index] - 0.5)
    attributes[:, 6] = 0.5
    return {
        "index": index,
        "normals": normals[index],
        "tangents": tangent,
        "attributes": attributes,
        "faces": renumber[faces[used]],
    }


def _turns(baked: BakedBeard, mesh) -> np.ndarray:
    """Rotation of each root, `[ribbons, 3, 3]` float32: the head's, after the jaw's share."""
    from face2param.engines.builtin import canonical

    share = (canonical.canonical().jaw[baked.corners] * baked.weights).sum(1)
    angle = mesh.jaw_angle * share
    c, s = np.cos(angle), np.sin(angle)
    jaw = np.zeros((len(share), 3, 3))
    jaw[:, 0, 0] = 1
    jaw[:, 1, 1], jaw[:, 1, 2], jaw[:, 2, 1], jaw[:, 2, 2] = c, -s, s, c
    return (np.asarray(mesh.rotation) @ jaw).astype(np.float32)


def build_beard(character, mesh) -> list[HairPart]:
    """The beard of a character.

    Args:
      character: of the built-in schema.
      mesh: the posed head.

    Returns:
      One bundle, or none for a shaven face or painted stubble.
    """
    name = character["beard"]
    if name not in BEARDS:
        return []
    baked = baked_beard(name)
    skin = mesh.part("skin").vertices
    length, density = float(character["beard_length"]), float(character["beard_density"])
    scale = np.float32(0.45 + 1.1 * length)
    line = baked.line * scale
    half = baked.half * np.float32(0.8 + 0.4 * length)
    # Ribbons ride rigidly on the triangle of their root: exact under every slider and
    # expression, and far cheaper than moving each of their vertices.
    root = (skin[baked.corners] * baked.weights[..., None]).sum(1)
    turns = _turns(baked, mesh)
    local = np.stack([line - half, line + half], 2)
    count = len(local)
    ribbons = local.reshape(count, -1, 3) @ turns.transpose(0, 2, 1) + root[:, None]
    turn = np.asarray(mesh.rotation, np.float32)
    shell = skin[baked.shell] + (baked.lift * scale) @ turn.T
    attributes = baked.attributes.copy()
    attributes[:, COVER] *= 0.6 + 0.55 * density
    return [
        HairPart(
            name="moustache" if name == "moustache" else "beard",
            vertices=np.concatenate([ribbons.reshape(-1, 3), shell]).astype(np.float32),
            normals=np.ascontiguousarray(baked.normals @ turn.T),
            tangents=np.ascontiguousarray(baked.tangents @ turn.T),
            attributes=attributes,
            faces=baked.faces,
            occluders=baked.faces[::2],
            shading=HairShading(gloss=0.6, contrast=0.9),
        )
    ]
