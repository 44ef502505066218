"""From ICT-FaceKit's files to a rigged head: model, head file, how people are distributed."""

from __future__ import annotations

import numpy as np

from face2param.engines.ict import words
from face2param.engines.ict.shape import LASHES, SIDES, TEETH, Shape, shape
from face2param.engines.paint import eyes as eye_paint
from face2param.engines.paint import lashes, occlusion, pieces, pose, skin
from face2param.engines.paint.appearance import USUAL, appearance, skin_factors
from face2param.engines.paint.marks import marks
from face2param.engines.paint.noise import smoothstep
from face2param.engines.paint.texels import texels
from face2param.engines.rigged.channels import MorphChannel
from face2param.engines.rigged.head_file import HeadFile, View
from face2param.meshes import ict
from face2param.meshes.gltf import Material, Model, Node, Texture
from face2param.schema import Continuous, Schema

SLIDERS = 40
"""Identity shapes that become sliders; those behind move a face by less than a millimetre."""
REACH = 2.5
"""Standard deviations from the middle of a slider to its ends."""
_PIVOT = np.array([0.0, -7.5, 1.0])
TEXTURE = 1024
"""Width of the skin's texture, pixels."""
_IRIS = 0.64
_SKIN, _EYES, _MOUTH, _TEETH, _LASHES = range(5)
# The files' brow landmarks rise towards the nose more than hairs do.
_BROW = np.array([(0.0, 0.03), (0.0, -0.02), (0.0, -0.06), (0.0, -0.12), (0.0, -0.21)])
# Where the camera of the built-in head has its face, so that networks see faces alike.
_VIEW = View((0.0, -0.016, 1.08), (0.0, -0.016, 0.08), 2 * float(np.arctan(0.165)))


def build(
    files: ict.Head, texture: int = TEXTURE
) -> tuple[Model, HeadFile, dict[str, tuple[float, float]]]:
    """Builds the head.

    Args:
        files: of the light model.
        texture: width of the skin's texture, pixels.

    Returns:
        Model and HeadFile, and slider -> (mean, standard deviation) among people.
    """
    head = shape(files)
    face = marks(head.landmarks, _BROW)
    open_to_light = occlusion.openness(
        head.vertices[: ict.PARTS[-1][1]], head.faces[(head.faces < ict.PARTS[-1][1]).all(1)]
    )
    painted = _painted(head)
    found = texels(painted.vertices, painted.faces, painted.uv, (3 * texture // 2, texture))
    base = skin.base(found, face, found.spread(open_to_light[painted.source]))
    images = skin.masks(found, face)
    eyeballs, picture, images["iris"] = _eyeballs(head, open_to_light, texture // 2)
    textures = (
        Texture("skin", base, ("clamp", "clamp")),
        Texture("eyes", picture, ("clamp", "clamp")),
        Texture("lashes", _lash_texture(), ("clamp", "clamp")),
    )
    looks = appearance()
    controls, bindings, usual = _identity(head)
    nuisance, moves = _nuisance(head)
    schema = Schema(
        "ict",
        "1",
        (*controls, *looks.sliders),
        (),
        nuisance,
        "ICT-FaceKit's light model (MIT, USC ICT) with painted skin",
    )
    nodes, meshes = _nodes(head, painted, eyeballs)
    model = Model(nodes, meshes, (pieces.skin(_PIVOT),), _materials(), textures, "ict")
    file = HeadFile(
        model="ict.glb",
        schema=schema,
        bindings=bindings | looks.bindings | moves,
        camera=_VIEW,
        regions=pieces.REGIONS,
        layers=looks.layers,
        landmarks=pieces.landmarks("face", [painted], ict.LANDMARKS),
        images=images,
    )
    return model, file, usual | USUAL


def _materials() -> tuple[Material, ...]:
    return (
        Material("skin", skin_factors(), base_texture=0, roughness=0.52),
        Material("eyes", base_texture=1, roughness=0.12),
        Material("mouth", (0.26, 0.062, 0.055, 1.0), roughness=0.45, double_sided=True),
        Material("teeth", (0.58, 0.51, 0.42, 1.0), roughness=0.30),
        Material("lashes", base_texture=2, alpha_mode="blend", double_sided=True, roughness=0.8),
    )


def _painted(head: Shape) -> pieces.Piece:
    """Skin, sockets and cavity, on one texture: the face above, the other tile below."""
    chosen = (head.faces < ict.PARTS[4][1]).all(1)
    tile = np.clip(np.floor(head.uv[:, 0]), 0, 6)[:, np.newaxis]
    inside = head.uv - tile * [1.0, 0.0]
    placed = np.where(tile == 0, inside * [1, 2 / 3], inside * [1 / 2, 1 / 3] + [0, 2 / 3])
    return pieces.cut(_SKIN, head.vertices, head.faces[chosen], placed, head.uv_faces[chosen])


def _eyeballs(head: Shape, open_to_light: np.ndarray, size: int):
    """A piece for each side, their texture and the mask of the irises."""
    found = {}
    for side in ("left", "right"):
        chosen = head.inside(head.ranges[f"eye_{side}"])
        found[side] = pieces.cut(
            _EYES, head.vertices, head.faces[chosen], head.uv, head.uv_faces[chosen]
        )
    left = found["left"]
    at = texels(left.vertices, left.faces, left.uv, (size, size))
    centre, radius = head.eyes["left"]
    # Both eyes share the texture: what the lids hide is the mean of both sides.
    shade = at.spread(open_to_light[left.source])
    shade = np.minimum(1.0, (shade + shade[:, ::-1]) / 2 + 0.1)
    picture, mask = eye_paint.eyeball(at.position, centre, radius, _IRIS, shade)
    return found, picture, mask


def _lash_texture() -> np.ndarray:
    upper, lower = lashes.strip(64, seed=3), lashes.strip(36, seed=4)
    shorter = np.zeros_like(lower)
    shorter[48:] = lower[:-48]
    return np.concatenate([upper, shorter])


def _nodes(head: Shape, painted: pieces.Piece, eyeballs: dict) -> tuple[tuple[Node, ...], tuple]:
    identity = {name: s for name, s in head.shapes.items() if words.is_identity(name, SLIDERS)}
    moving = {
        name: s
        for name, s in head.shapes.items()
        if name in identity or words.arkit(name) or name.startswith("eyeLook")
    }
    # The head turns on the neck; shoulders stay.
    tilt = head.vertices[:, 1] + 0.19 * head.vertices[:, 2]
    bones = smoothstep(-16.5, -9.8, tilt)
    meshes = [pieces.mesh("face", [painted], moving, np.zeros(3), bones)]
    nodes = [
        Node("root"),
        pieces.bone("head", 0, _PIVOT, np.zeros(3)),
        Node("face", parent=0, mesh=0, skin=0),
    ]
    for side in ("left", "right"):
        centre = head.eyes[side][0]
        nodes.append(pieces.bone(f"eye_{side}", 1, centre, _PIVOT, mesh=len(meshes)))
        meshes.append(pieces.mesh(f"eye_{side}", [eyeballs[side]], identity, centre))
    hung = {
        "mouth": [
            _plain(head, _MOUTH, head.ranges["tongue"]),
            _plain(head, _TEETH, *TEETH),
        ],
        "lashes_left": [_lashes(head, *LASHES[0])],
        "lashes_right": [_lashes(head, *LASHES[1])],
    }
    for name, parts in hung.items():
        nodes.append(pieces.bone(name, 1, _PIVOT, _PIVOT, mesh=len(meshes)))
        meshes.append(pieces.mesh(name, parts, moving, _PIVOT))
    return tuple(nodes), tuple(meshes)


def _plain(head: Shape, material: int, *ranges: tuple[int, int]) -> pieces.Piece:
    chosen = head.inside(*ranges)
    return pieces.cut(material, head.vertices, head.faces[chosen], head.uv, head.uv_faces[chosen])


def _lashes(head: Shape, first: int, stop: int) -> pieces.Piece:
    """Strips above and below an eye; their texture coordinates become those of `_lash_texture`."""
    piece = _plain(head, _LASHES, (first, stop))
    uv = piece.uv.copy()
    uv[:, 0] = (uv[:, 0] - uv[:, 0].min()) / np.ptp(uv[:, 0])
    for rows in _strips(piece):
        v = uv[rows, 1]
        along = (v - v.min()) / np.ptp(v)
        # The files' root has the smallest v; the texture's hairs stand on its lower edge.
        upper = np.median(piece.vertices[rows, 1]) > 0
        uv[rows, 1] = (1 - along) / 2 * 0.98 + (0.01 if upper else 0.505)
    return pieces.Piece(piece.material, piece.vertices, piece.faces, uv, piece.source)


def _strips(piece: pieces.Piece) -> list[np.ndarray]:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    ends = np.concatenate([piece.faces[:, [0, 1]], piece.faces[:, [1, 2]]])
    size = (len(piece.vertices),) * 2
    links = coo_matrix((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=size)
    count, label = connected_components(links, directed=False)
    return [np.flatnonzero(label == index) for index in range(count)]


def _identity(head: Shape):
    """Sliders of identity shapes, their bindings, and how people are distributed on them."""
    controls, bindings, usual = [], {}, {}
    for name in sorted(head.shapes):
        if not words.is_identity(name, SLIDERS):
            continue
        slider = f"identity_{int(name.removeprefix('identity')):02d}"
        text = words.description(head.landmarks, head.shapes[name][list(ict.LANDMARKS)])
        odd = name in head.odd
        controls.append(Continuous(slider, "identity", 0.5, slider if odd else None, text))
        bindings[slider] = (MorphChannel(name, -REACH, REACH),)
        usual[slider] = (0.5, 0.5 / REACH)
    return controls, bindings, usual


def _nuisance(head: Shape):
    """Expressions by ARKit's names, gaze with lids, head."""
    groups: dict[str, list[str]] = {}
    for name in head.shapes:
        known = words.arkit(name)
        if known:
            groups.setdefault(known, []).append(name)
    pairs = [pose.expression(name, tuple(sorted(morphs))) for name, morphs in groups.items()]
    turned, bindings = pose.turns()
    for side in SIDES:
        down, up = f"eyeLookDown{side}", f"eyeLookUp{side}"
        if down in head.shapes and up in head.shapes:
            bindings["gaze_pitch"] += (
                MorphChannel(down, 0.0, 1.0, node="face"),
                MorphChannel(up, 1.0, 0.0, node="face"),
                MorphChannel(down, 0.0, 1.0, node=f"lashes_{SIDES[side].lower()}"),
                MorphChannel(up, 1.0, 0.0, node=f"lashes_{SIDES[side].lower()}"),
            )
    controls = tuple(control for control, _ in pairs)
    bindings = {control.name: bound for control, bound in pairs} | bindings
    return (*controls, *turned), bindings
