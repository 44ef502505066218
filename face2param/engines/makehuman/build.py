"""From MakeHuman's files to a rigged head: model, head file, how people are distributed."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from face2param.engines.makehuman import anatomy, targets
from face2param.engines.makehuman.files import CENTIMETRES
from face2param.engines.paint import eyes as eye_paint
from face2param.engines.paint import lashes, occlusion, pieces, pose, skin
from face2param.engines.paint.appearance import USUAL, appearance, skin_factors
from face2param.engines.paint.ball import Ball
from face2param.engines.paint.marks import marks
from face2param.engines.paint.noise import smoothstep
from face2param.engines.paint.texels import texels
from face2param.engines.rigged.channels import MorphChannel
from face2param.engines.rigged.head_file import HeadFile, View
from face2param.landmarks.markup import MIRROR
from face2param.meshes import Mesh
from face2param.meshes.gltf import Material, Model, Node, Texture
from face2param.schema import Continuous, Schema

_PIVOT = np.array([0.0, -8.0, 1.6])
TEXTURE = 1024
"""Side of the skin's texture, pixels."""
_IRIS = 0.60
_SKIN, _EYES, _MOUTH, _TEETH, _LASHES = range(5)
_VIEW = View((0.0, -0.016, 1.115), (0.0, -0.016, 0.115), 2 * float(np.arctan(0.159)))
# The mesh has no vertex where a brow begins.
_BROW = np.array([(-0.2, -0.05), (0.0, 0.06), (0.0, 0.12), (0.1, 0.05), (0.38, -0.10)])
# Slider -> mean and standard deviation among people; others by group.
_PEOPLE = {"masculinity": (0.5, 0.30), "age": (0.12, 0.20), "african": (0.45, 0.22),
           "asian": (0.45, 0.22), "caucasian": (0.5, 0.22)}  # fmt: skip
_SPREAD = {"head": 0.05, "forehead": 0.07, "ears": 0.12, "eyes": 0.10}
_SPREAD_ELSEWHERE = 0.12
_ONE_SIDED = (0.0, 0.07)
# Whole targets are no heads of people any more.
_GENTLE = {"forehead_nubian": 0.4, "forehead_scale_vert": 0.7, "head_scale_vert": 0.7}


def build(
    mesh: Mesh, data: dict[str, np.ndarray], texture: int = TEXTURE
) -> tuple[Model, HeadFile, dict[str, tuple[float, float]]]:
    """Builds the head.

    Args:
        mesh: the base mesh.
        data: "group/name" -> displacements in cm.
        texture: side of the skin's texture, pixels.

    Returns:
        Model and HeadFile, and slider -> (mean, standard deviation) among people.
    """
    base = mesh.vertices.astype(np.float64) * CENTIMETRES
    _, partner = cKDTree(base).query(base * [-1, 1, 1])
    eyeballs = np.concatenate([np.arange(*span) for span in anatomy.EYES.values()])
    average, macro = targets.people(data, partner, eyeballs)
    vertices = base + average
    vertices = (vertices + vertices[partner] * [-1, 1, 1]) / 2
    vertices[:, 1] -= vertices[eyeballs, 1].mean()
    _set_teeth_back(vertices)
    sliders = [*macro, *targets.sliders(data, partner)]
    faces = targets.expressions(data, partner, vertices)
    shapes = {f"{s.name}-": s.low for s in sliders if s.low is not None}
    shapes |= {f"{s.name}+": s.high for s in sliders} | faces
    return _assemble(mesh, vertices, partner, sliders, faces, shapes, texture)


def _assemble(mesh, vertices, partner, sliders, faces, shapes, texture):
    numbers = landmark_vertices(partner)
    face = marks(vertices[numbers], _BROW)
    skin_piece = _skin(mesh, vertices)
    balls = {
        side: Ball.fit(vertices, np.arange(*span), texture // 4)
        for side, span in anatomy.EYES.items()
    }
    scene = [(skin_piece.vertices, skin_piece.faces)]
    scene += [(ball.vertices, ball.faces) for ball in balls.values()]
    everything, triangles = _joined(scene)
    light = occlusion.openness(everything, triangles)
    found = texels(skin_piece.vertices, skin_piece.faces, skin_piece.uv, (texture, texture))
    base = skin.base(found, face, found.spread(light[: len(skin_piece.vertices)]))
    images = skin.masks(found, face)
    left = balls["left"]
    at = texels(left.vertices, left.faces, left.uv, (texture // 4, texture // 4))
    first = len(skin_piece.vertices)
    shade = at.spread(light[first : first + len(left.vertices)])
    shade = np.minimum(1.0, (shade + shade[:, ::-1]) / 2 + 0.1)
    picture, images["iris"] = eye_paint.eyeball(at.position, left.centre, left.radius, _IRIS, shade)
    textures = (
        Texture("skin", base, ("clamp", "clamp")),
        Texture("eyes", picture, ("clamp", "clamp")),
        Texture("lashes", lashes.strip(60), ("clamp", "clamp")),
    )
    looks = appearance()
    nuisance, moves = _nuisance(faces)
    controls, bindings, usual = _controls(sliders)
    schema = Schema(
        "makehuman",
        "1",
        (*controls, *looks.sliders),
        (),
        nuisance,
        "MakeHuman's base mesh and face targets (CC0) with painted skin",
    )
    nodes, meshes = _nodes(mesh, vertices, skin_piece, balls, shapes)
    rig = (pieces.skin(_PIVOT),)
    model = Model(nodes, meshes, rig, _materials(), textures, "makehuman")
    file = HeadFile(
        model="makehuman.glb",
        schema=schema,
        bindings=bindings | looks.bindings | moves,
        camera=_VIEW,
        regions=pieces.REGIONS,
        layers=looks.layers,
        landmarks=pieces.landmarks("face", [skin_piece], numbers),
        images=images,
    )
    return model, file, usual | USUAL


def landmark_vertices(partner: np.ndarray) -> list[int]:
    """The 68 landmarks' vertices; `partner` is each vertex's mirror image."""
    known = anatomy.LANDMARKS
    return [known[k] if k in known else int(partner[known[MIRROR[k]]]) for k in range(len(MIRROR))]


def _set_teeth_back(vertices: np.ndarray) -> None:
    """Teeth of the average head stand between its lips; half a centimetre behind they do not."""
    vertices[slice(*anatomy.TEETH), 2] -= 0.5


def _materials() -> tuple[Material, ...]:
    return (
        Material("skin", skin_factors(), base_texture=0, roughness=0.52),
        Material("eyes", base_texture=1, roughness=0.12),
        Material("mouth", (0.26, 0.062, 0.055, 1.0), roughness=0.45, double_sided=True),
        Material("teeth", (0.58, 0.51, 0.42, 1.0), roughness=0.30, double_sided=True),
        Material("lashes", base_texture=2, alpha_mode="blend", double_sided=True, roughness=0.8),
    )


def _skin(mesh: Mesh, vertices: np.ndarray) -> pieces.Piece:
    """Head, neck and the beginning of the shoulders, on the part of the texture that they have."""
    at = vertices[mesh.faces]
    first, stop = anatomy.BODY
    kept = ((mesh.faces >= first) & (mesh.faces < stop)).all(1)
    kept &= (at[..., 1] > -25.0).all(1) & (np.abs(at[..., 0]) < 21.0).all(1)
    corners = mesh.corner_uv[kept]
    low, high = mesh.uv[corners].min((0, 1)), mesh.uv[corners].max((0, 1))
    uv = (mesh.uv - low) / (high - low) * 0.99 + 0.005
    return pieces.cut(_SKIN, vertices, mesh.faces[kept], uv, corners)


def _joined(parts) -> tuple[np.ndarray, np.ndarray]:
    starts = np.cumsum([0, *(len(vertices) for vertices, _ in parts)])
    faces = [faces + start for (_, faces), start in zip(parts, starts, strict=False)]
    return np.concatenate([v for v, _ in parts]), np.concatenate(faces).astype(np.int32)


def _nodes(mesh, vertices, skin_piece, balls, shapes) -> tuple[tuple[Node, ...], tuple]:
    # The head turns on the neck; shoulders stay.
    tilt = vertices[:, 1] + 0.19 * (vertices[:, 2] - 3.0)
    meshes = [pieces.mesh("face", [skin_piece], shapes, np.zeros(3), smoothstep(-16.5, -9.8, tilt))]
    nodes = [
        Node("root"),
        pieces.bone("head", 0, _PIVOT, np.zeros(3)),
        Node("face", parent=0, mesh=0, skin=0),
    ]
    for side, ball in balls.items():
        piece, moved = ball.piece(_EYES), ball.follow(shapes)
        nodes.append(pieces.bone(f"eye_{side}", 1, ball.centre, _PIVOT, mesh=len(meshes)))
        meshes.append(pieces.mesh(f"eye_{side}", [piece], moved, ball.centre))
    hung = {
        "mouth": [
            _plain(mesh, vertices, _MOUTH, anatomy.TONGUE),
            _plain(mesh, vertices, _TEETH, anatomy.TEETH),
        ],
        "lashes_left": [_lashes(mesh, vertices, anatomy.LASHES["left"])],
        "lashes_right": [_lashes(mesh, vertices, anatomy.LASHES["right"])],
    }
    for name, parts in hung.items():
        nodes.append(pieces.bone(name, 1, _PIVOT, _PIVOT, mesh=len(meshes)))
        meshes.append(pieces.mesh(name, parts, shapes, _PIVOT))
    return tuple(nodes), tuple(meshes)


def _plain(mesh, vertices, material: int, span: tuple[int, int]) -> pieces.Piece:
    chosen = ((mesh.faces >= span[0]) & (mesh.faces < span[1])).all(1)
    return pieces.cut(material, vertices, mesh.faces[chosen], mesh.uv, mesh.corner_uv[chosen])


def _lashes(mesh, vertices, span) -> pieces.Piece:
    """Strips on the lids: their hairs stand on the edge that touches the skin."""
    piece = _plain(mesh, vertices, _LASHES, span)
    away, _ = cKDTree(vertices[slice(*anatomy.BODY)]).query(piece.vertices)
    uv = np.zeros((len(away), 2))
    upper = piece.vertices[:, 1] > np.median(piece.vertices[:, 1])
    for rows in (upper, ~upper):
        x = np.abs(piece.vertices[rows, 0])
        uv[rows, 0] = (x - x.min()) / np.ptp(x)
        uv[rows, 1] = 1 - 0.98 * np.clip(away[rows] / np.quantile(away[rows], 0.95), 0, 1)
    return pieces.Piece(piece.material, piece.vertices, piece.faces, uv, piece.source)


def _controls(sliders: list[targets.Slider]):
    controls, bindings, usual = [], {}, {}
    for slider in sliders:
        one_sided = slider.low is None
        default = 0.0 if one_sided else 0.5
        controls.append(Continuous(slider.name, slider.group, default, slider.mirror, slider.text))
        full = _GENTLE.get(slider.name, 1.0)
        high = MorphChannel(f"{slider.name}+", 0.0, full)
        low = () if one_sided else (MorphChannel(f"{slider.name}-", full, 0.0),)
        bindings[slider.name] = (*low, high)
        middle = _ONE_SIDED if one_sided else (0.5, _SPREAD.get(slider.group, _SPREAD_ELSEWHERE))
        usual[slider.name] = _PEOPLE.get(slider.name, middle)
    return controls, bindings, usual


def _nuisance(faces: dict[str, np.ndarray]):
    pairs = [pose.expression(name, (name,)) for name in faces]
    turned, bindings = pose.turns()
    controls = tuple(control for control, _ in pairs)
    return (*controls, *turned), {c.name: bound for c, bound in pairs} | bindings
