"""A posed head as the arrays that the kernels draw, lit."""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit, prange

from face2param.engines.builtin.irradiance import vertex_irradiance
from face2param.engines.builtin.lighting import Lighting
from face2param.engines.builtin.occluders import Occluders
from face2param.engines.rigged.camera import Portrait
from face2param.engines.rigged.posed import PosedHead, PosedPart
from face2param.engines.rigged.rest import Rest
from face2param.engines.rigged.strands import strand_axes
from face2param.engines.rigged.textures import Atlas
from face2param.regions import CLASSES, INDEX


class Look(IntEnum):
    """How light meets a surface."""

    PLAIN = 0
    SKIN = 1
    EYE = 2
    HAIR = 3
    MOUTH = 4


# Columns of the attributes of a vertex.
POSITION, NORMAL, KEY, AMBIENT, UV, NORMAL_UV = 0, 3, 6, 7, 10, 12
COLOUR, TANGENT, PLANE, STRAND, ATTRIBUTES = 14, 18, 22, 25, 28
# Columns of a surface (one row per material).
BASE, METALLIC, ROUGHNESS, EMISSIVE, CUTOFF, NORMAL_SCALE = 0, 4, 5, 6, 9, 10
KIND, UNLIT, SURFACE = 11, 12, 13
OPAQUE, MASK, BLEND = 0, 1, 2
_KINDS = {"opaque": OPAQUE, "mask": MASK, "blend": BLEND}

_SKIN = ("skin", "l_ear", "r_ear", "nose", "u_lip", "l_lip", "neck")
_LOOKS = (
    {INDEX[name]: Look.SKIN for name in _SKIN}
    | {INDEX[name]: Look.EYE for name in ("l_eye", "r_eye")}
    | {INDEX[name]: Look.HAIR for name in ("hair", "l_brow", "r_brow")}
    | {INDEX["mouth"]: Look.MOUTH}
)
_NO_SHADOW = tuple(INDEX[n] for n in ("l_brow", "r_brow", "l_eye", "r_eye", "mouth", "eye_g"))
_LASHES = "lash"


class Scene(NamedTuple):
    """What is in front of the camera, in the studio frame.

    Attributes:
        faces: int32 `[triangles, 3]`, those that show the camera their back left out unless
            they are seen from both sides; opaque ones first.
        is_back: bool `[triangles]`, seen from behind.
        material: int32 `[triangles]`, row of `surfaces`.
        look: uint8 `[triangles]`, a `Look`.
        region: uint8 `[triangles]`, class of `regions.CLASSES`.
        is_painted: bool `[triangles]`: the class is read from `label_map` instead.
        detail: float32 `[triangles, 2]` logarithm (base 2) of the uv length that a pixel
            covers, of the base and of the normal texture.
        attributes: float32 `[vertices, 28]`: position (cm), unit normal, share of the key light,
            ambient RGB, uv, uv of the normal map, linear RGBA, tangent with sign (0: none), place
            in the label map and whether it was seen at rest, direction of hair (0: none).
        surfaces: float64 `[materials, 13]`: linear RGBA, metallic, roughness, emissive RGB, alpha
            cut-off, scale of the normal map, kind of alpha, unlit.
        slots: int64 `[materials, 2]` base and normal texture in the atlas, -1 for none.
        texels, levels, counts, wraps: of the `Atlas` (flat, as Numba's loops want it).
        label_map: uint8 `[2, n, n]` classes where the skin was hidden at rest, and where shown.
    """

    faces: np.ndarray
    is_back: np.ndarray
    material: np.ndarray
    look: np.ndarray
    region: np.ndarray
    is_painted: np.ndarray
    detail: np.ndarray
    attributes: np.ndarray
    surfaces: np.ndarray
    slots: np.ndarray
    texels: np.ndarray
    levels: np.ndarray
    counts: np.ndarray
    wraps: np.ndarray
    label_map: np.ndarray


class Projected(NamedTuple):
    """A scene and where it lies in the picture.

    Attributes:
        scene: the Scene.
        opaque: how many of its triangles are opaque.
        screen: float64 `[vertices, 2]` (x, y) in samples.
        inverse_depth: float64 `[vertices]` 1 / cm.
    """

    scene: Scene
    opaque: int
    screen: np.ndarray
    inverse_depth: np.ndarray


def gather(
    head: PosedHead,
    rest: Rest,
    camera: Portrait,
    lighting: Lighting,
    size: tuple[int, int],
    textures: tuple[Atlas, np.ndarray],
) -> Projected:
    """Joins, lights and projects the parts of a head.

    Args:
        head: posed.
        rest: the same rig at rest.
        camera: of the head file.
        lighting: the studio.
        size: (height, width) in samples.
        textures: atlas and slots of the materials of `head`.
    """
    kinds = [_KINDS[state.material.alpha_mode] for state in head.materials]
    parts = sorted(head.parts, key=lambda part: kinds[part.material] != OPAQUE)
    start = np.cumsum([0] + [len(part.vertices) for part in parts]).astype(np.int32)
    faces = _joined([part.faces + start[k] for k, part in enumerate(parts)], np.int32, 3)
    counts = [len(part.faces) for part in parts]
    attributes = _attributes(parts, rest, camera, int(start[-1]))
    solid = sum(n for n, part in zip(counts, parts, strict=True) if kinds[part.material] == OPAQUE)
    looks = [_look(part, head) for part in parts]
    _comb(attributes, parts, looks, start)
    occluders = _occluders(parts, looks, rest, attributes, start)
    screen, depth = camera.project(attributes[:, POSITION : POSITION + 3], size)
    double = np.array([state.material.double_sided for state in head.materials])
    material = np.repeat([part.material for part in parts], counts).astype(np.int32)
    keep, is_back, detail = _look_at(faces, screen, depth, attributes, double[material])
    _light(attributes, faces[keep], occluders, lighting)
    region = _joined([rest.regions(part) for part in parts], np.uint8)
    painted = [np.full(len(p.faces), rest.is_painted(p)) for p in parts]
    scene = Scene(
        faces[keep],
        is_back[keep],
        material[keep],
        np.repeat(np.array(looks, np.uint8), counts)[keep],
        region[keep],
        _joined(painted, bool)[keep],
        detail[keep],
        attributes,
        _surfaces(head),
        textures[1],
        *textures[0],
        rest.label_map,
    )
    inverse = 1.0 / np.where(depth > 1e-3, depth, -1.0)
    return Projected(scene, int(keep[:solid].sum()), screen, inverse)


def _light(
    attributes: np.ndarray, faces: np.ndarray, occluders: Occluders, lighting: Lighting
) -> None:
    """Lights the vertices of the triangles that may be seen, in place."""
    used = np.zeros(len(attributes), bool)
    used[faces] = True
    light = vertex_irradiance(
        attributes[used, POSITION : POSITION + 3],
        attributes[used, NORMAL : NORMAL + 3],
        occluders,
        lighting,
    )
    attributes[used, KEY] = light.key
    attributes[used, AMBIENT : AMBIENT + 3] = light.ambient


def _joined(blocks: list[np.ndarray], kind: type, width: int = 0) -> np.ndarray:
    empty = np.zeros((0, width) if width else 0, kind)
    return np.ascontiguousarray(np.concatenate([empty, *blocks]), kind)


def _look(part: PosedPart, head: PosedHead) -> Look:
    look = _LOOKS.get(part.region, Look.PLAIN)
    if look == Look.EYE:
        words = f"{part.name} {head.materials[part.material].material.name}".lower()
        return Look.HAIR if _LASHES in words else look
    return look


def _attributes(parts, rest: Rest, camera: Portrait, count: int) -> np.ndarray:
    out = np.zeros((count, ATTRIBUTES), np.float32)
    out[:, COLOUR : COLOUR + 4] = 1.0
    at = 0
    for part in parts:
        rows = slice(at, at + len(part.vertices))
        at = rows.stop
        out[rows, POSITION : POSITION + 3] = camera.to_studio(part.vertices)
        out[rows, NORMAL : NORMAL + 3] = camera.turn(part.normals)
        if part.uv is not None:
            out[rows, UV : UV + 2] = part.uv
            normal_uv = part.uv if part.normal_uv is None else part.normal_uv
            out[rows, NORMAL_UV : NORMAL_UV + 2] = normal_uv
        if part.colours is not None:
            out[rows, COLOUR : COLOUR + 4] = part.colours
        if part.tangents is not None:
            out[rows, TANGENT : TANGENT + 3] = camera.turn(part.tangents[:, :3])
            out[rows, TANGENT + 3] = part.tangents[:, 3]
        if rest.is_painted(part):
            out[rows, PLANE : PLANE + 3] = rest.plane(part)
    return out


def _comb(attributes: np.ndarray, parts, looks, start: np.ndarray) -> None:
    """Enters which way the strands of hair run, in place."""
    for part, look, first in zip(parts, looks, start, strict=False):
        if look == Look.HAIR and part.uv is not None:
            rows = slice(first, first + len(part.vertices))
            place = np.ascontiguousarray(attributes[rows, POSITION : POSITION + 3])
            attributes[rows, STRAND : STRAND + 3] = strand_axes(place, part.faces, part.uv)


def _occluders(parts, looks, rest: Rest, attributes: np.ndarray, start: np.ndarray) -> Occluders:
    fine, coarse = [], []
    for part, look, first in zip(parts, looks, start, strict=False):
        if part.region in _NO_SHADOW or (look == Look.HAIR and CLASSES[part.region] != "hair"):
            continue
        fine.append(part.faces + first)
        coarse.append(rest.coarse(part) + first)
    vertices = np.ascontiguousarray(attributes[:, POSITION : POSITION + 3])
    return Occluders(
        _compact(vertices, _joined(fine, np.int32, 3)),
        _compact(vertices, _joined(coarse, np.int32, 3)),
    )


def _compact(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    used = np.zeros(len(vertices), bool)
    used[faces] = True
    index = np.cumsum(used, dtype=np.int32) - np.int32(1)
    return vertices[used], np.ascontiguousarray(index[faces], np.int32)


def _surfaces(head: PosedHead) -> np.ndarray:
    out = np.zeros((len(head.materials), SURFACE))
    for row, state in zip(out, head.materials, strict=True):
        material = state.material
        row[BASE : BASE + 4] = material.base_color
        row[METALLIC], row[ROUGHNESS] = material.metallic, material.roughness
        row[EMISSIVE : EMISSIVE + 3] = material.emissive
        row[CUTOFF], row[NORMAL_SCALE] = material.alpha_cutoff, material.normal_scale
        row[KIND], row[UNLIT] = _KINDS[material.alpha_mode], material.unlit
    return out


@njit(cache=True, parallel=True)
def _look_at(faces, screen, depth, attributes, double):
    """Which triangles show, from which side, and how fine their textures must be."""
    count = faces.shape[0]
    keep = np.empty(count, np.bool_)
    is_back = np.empty(count, np.bool_)
    detail = np.empty((count, 2), np.float32)
    for f in prange(count):
        a = faces[f, 0]
        b = faces[f, 1]
        c = faces[f, 2]
        area = (screen[b, 0] - screen[a, 0]) * (screen[c, 1] - screen[a, 1]) - (
            screen[b, 1] - screen[a, 1]
        ) * (screen[c, 0] - screen[a, 0])
        # y runs downwards: what is counter-clockwise seen from outside has a negative area.
        is_back[f] = area > 0.0
        near = min(depth[a], depth[b], depth[c])
        keep[f] = near > 1e-3 and (area < 0.0 or (area > 0.0 and double[f]))
        for which in range(2):
            u = UV if which == 0 else NORMAL_UV
            du1 = attributes[b, u] - attributes[a, u]
            dv1 = attributes[b, u + 1] - attributes[a, u + 1]
            du2 = attributes[c, u] - attributes[a, u]
            dv2 = attributes[c, u + 1] - attributes[a, u + 1]
            covered = abs(du1 * dv2 - du2 * dv1)
            detail[f, which] = 0.5 * np.log2(max(covered, 1e-14) / max(abs(area), 1e-3))
    return keep, is_back, detail
