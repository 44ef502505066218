"""A small rigged head that can be drawn: an egg with a nose, eyes, hair cards and makeup."""

import numpy as np

from face2param import engines
from face2param.engines.rigged.channels import (
    BoneChannel,
    LayerChannel,
    MaterialChannel,
    MorphChannel,
    ShowChannel,
)
from face2param.engines.rigged.engine import RiggedEngine
from face2param.engines.rigged.head_file import HeadFile, Layer, View
from face2param.engines.rigged.quaternions import about
from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive, Skin, Texture
from face2param.schema import Choice, Continuous, Nuisance, Schema

# As the built-in engine looks at its head, in metres.
VIEW = View((0.0, -0.016, 1.0), (0.0, -0.016, 0.0), float(2 * np.arctan(0.165)))
RADII = np.array([0.078, 0.118, 0.085])
CENTRE = np.array([0.0, -0.004, -0.005])
EYE = np.array([0.032, 0.0, 0.063])
PIVOT = (0.0, -0.09, -0.02)


def egg(rows=36, columns=48):
    """A closed surface about the origin: unit directions, faces, uv with the front at u = 1/2."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    angle, polar = 2 * np.pi * (u - 0.5), np.pi * v
    points = np.stack(
        [np.sin(polar) * np.sin(angle), np.cos(polar), np.sin(polar) * np.cos(angle)], -1
    )
    points[:, -1] = points[:, 0]
    # Mirrored to the last bit, or nearly mirrored vertices would tip ties.
    points[..., 0] = (points[..., 0] - points[:, ::-1, 0]) / 2
    points[..., 1:] = (points[..., 1:] + points[:, ::-1, 1:]) / 2
    corner = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]
    left, right = np.stack([a, b, d], -1), np.stack([d, b, c], -1)
    turned, other = np.stack([a, c, d], -1), np.stack([a, b, c], -1)
    half = (np.arange(columns - 1) < (columns - 1) // 2)[None, :, None]
    faces = np.concatenate(
        [np.where(half, left, other).reshape(-1, 3), np.where(half, right, turned).reshape(-1, 3)]
    )
    return points.reshape(-1, 3), faces, np.stack([u, v], -1).reshape(-1, 2)


def _bump(points, centre, width):
    away = (points - np.asarray(centre)) / width
    return np.exp(-(away**2).sum(1, keepdims=True))


def face():
    """The skin: two bones, three morphs."""
    unit, faces, uv = egg()
    points = unit * RADII + CENTRE
    narrow = np.clip(-points[:, 1:2] / 0.11, 0, 1)
    points[:, :1] *= 1 - 0.25 * narrow
    nose = _bump(points, (0.0, -0.035, 0.08), (0.012, 0.02, 0.03))
    points += nose * (0.0, 0.0, 0.018)
    side = np.sign(points[:, :1])
    morphs = [
        narrow * side * (0.012, 0.0, 0.0),
        nose * (0.0, 0.0, 0.014),
        _bump(points, (0.03, -0.062, 0.06), 0.02) * (0.006, 0.012, 0.0),
        _bump(points, (-0.03, -0.062, 0.06), 0.02) * (-0.006, 0.012, 0.0),
    ]
    share = np.clip((points[:, 1:2] + 0.11) / 0.05, 0, 1)
    return Primitive(
        points,
        faces,
        uv=uv,
        joints=np.tile([0, 1], (len(points), 1)),
        weights=np.hstack([1 - share, share]),
        morphs=np.stack(morphs),
        material=0,
    )


def cards():
    """Hair: upright strips around the back of the head, both sides alike."""
    vertices, uv, faces, normals = [], [], [], []
    for angle in np.linspace(1.15, 3.0, 14):
        for side in (-1.0, 1.0):
            out = np.array([side * np.sin(angle), 0.0, np.cos(angle)])
            across = np.array([np.cos(angle), 0.0, -side * np.sin(angle)]) * 0.009
            first = len(vertices)
            for row in range(4):
                middle = out * RADII * 1.12 + CENTRE + (0.0, 0.07 - 0.05 * row, 0.0)
                vertices += [middle - side * across, middle + side * across]
                uv += [(0.0, row / 3), (1.0, row / 3)]
                normals += [out, out]
            for row in range(3):
                a = first + 2 * row
                faces += [(a, a + 2, a + 1), (a + 1, a + 2, a + 3)]
    return Primitive(vertices, faces, normals=normals, uv=uv, material=2)


def strands():
    """uint8 `[64, 32, 4]`: brown, thinner towards the tips and the sides."""
    rng = np.random.default_rng(0)
    column = np.clip(rng.random(32) * 1.6 - 0.2, 0, 1)
    column = np.minimum(column + column[::-1], 1)  # a mirrored card looks the same
    fade = np.clip(3 * (1 - np.linspace(0, 1, 64)), 0, 1)
    pixels = np.empty((64, 32, 4), np.uint8)
    pixels[..., :3] = (96, 62, 40)
    pixels[..., 3] = 255 * fade[:, None] * column
    return pixels


def iris(size=64):
    """uint8 `[size, size, 3]`: an eye whose front is at u = v = 1/2."""
    y, x = np.mgrid[0:size, 0:size]
    radius = np.hypot((x + 0.5) / size - 0.5, ((y + 0.5) / size - 0.5) / 2)
    pixels = np.full((size, size, 3), 235, np.uint8)
    pixels[radius < 0.085] = (90, 110, 130)
    pixels[radius < 0.035] = 12
    return pixels


def lip_mask(size=128):
    """uint8 `[size, size]`: an ellipse where the mouth is."""
    y, x = (np.mgrid[0:size, 0:size] + 0.5) / size
    away = np.hypot((x - 0.5) / 0.085, (y - 0.690) / 0.03)
    return (255 * np.clip(2 - 2 * away, 0, 1)).astype(np.uint8)


def model():
    """All parts: skin on two bones, eyes that hang on the upper one, hair."""
    unit, faces, uv = egg(16, 24)
    ball = Primitive(unit * 0.0135, faces, normals=unit, uv=uv, material=1)
    nodes = (
        Node("root"),
        Node("head", 0, PIVOT),
        Node("face", 0, mesh=0, skin=0),
        Node("eye_right", 1, EYE * (-1, 1, 1) - PIVOT, mesh=1),
        Node("eye_left", 1, EYE - PIVOT, mesh=1),
        Node("hair", 1, np.negative(PIVOT), mesh=2),
    )
    bind = np.linalg.inv(Model(nodes[:2]).global_transforms()).astype("f4")
    morphs = ("jaw_wide", "nose_long", "mouthSmileLeft", "mouthSmileRight")
    return Model(
        nodes,
        (
            MeshGroup("face", (face(),), morphs),
            MeshGroup("eye", (ball,)),
            MeshGroup("hair", (cards(),)),
        ),
        (Skin("bones", (0, 1), bind),),
        (
            Material("skin", (0.62, 0.4, 0.3, 1.0), roughness=0.5),
            Material("eye", base_texture=0, roughness=0.1),
            Material("hair", base_texture=1, alpha_mode="blend", double_sided=True),
        ),
        (Texture("iris", iris()), Texture("strands", strands(), ("clamp", "clamp"))),
    )


def head(**changes):
    """The head file, without landmarks."""
    schema = Schema(
        "small head",
        "1",
        (
            Continuous("jaw_width", "jaw"),
            Continuous("nose_length", "nose"),
            Continuous("head_height", "head"),
            Continuous("skin_tone", "skin"),
            Continuous("lipstick", "makeup", 0.0),
        ),
        (Choice("hair", "hair", ("none", "cards"), "none"),),
        (
            Nuisance("mouthSmileLeft", "expression", mirror="mouthSmileRight"),
            Nuisance("mouthSmileRight", "expression", mirror="mouthSmileLeft"),
            Nuisance("head_yaw", "pose", -0.5, 0.5, 0.0, "radian", "head_yaw", -1.0),
            Nuisance("head_pitch", "pose", -0.4, 0.4, 0.0, "radian"),
        ),
    )
    turns = [about((0.0, 1.0, 0.0), angle) for angle in (-0.5, 0.5)]
    nods = [about((1.0, 0.0, 0.0), angle) for angle in (-0.4, 0.4)]
    bindings = {
        "jaw_width": [MorphChannel("jaw_wide", -1.0, 1.0)],
        "nose_length": [MorphChannel("nose_long", -0.8, 1.0)],
        "head_height": [BoneChannel("head", "scale", 0.9, 1.1, "y")],
        "skin_tone": [
            MaterialChannel(
                "skin", "base_color", (0.8, 0.6, 0.5, 1), (0.62, 0.4, 0.3, 1), (0.1, 0.06, 0.04, 1)
            )
        ],
        "lipstick": [LayerChannel("skin", "lips", "amount", 0.0, 0.0, 1.0)],
        "mouthSmileLeft": [MorphChannel("mouthSmileLeft", 0.0, 1.0)],
        "mouthSmileRight": [MorphChannel("mouthSmileRight", 0.0, 1.0)],
        "head_yaw": [BoneChannel(None, "rotation", *turns, pivot=PIVOT)],
        "head_pitch": [BoneChannel(None, "rotation", *nods, pivot=PIVOT)],
        "hair=cards": [ShowChannel(("hair",))],
    }
    fields = {
        "model": "small.glb",
        "schema": schema,
        "bindings": bindings,
        "camera": VIEW,
        "regions": {"eye_*/*": "l_eye", "hair/*": "hair"},
        "layers": {"skin": [Layer("lips", "lips.png", (0.5, 0.02, 0.05), 0.0)]},
        "images": {"lips.png": lip_mask()},
    }
    return HeadFile(**(fields | changes))


def landmarks01():
    """`[68, 2]` of the built-in engine in a picture of side 1; both look at the same place."""
    from face2param.landmarks.markup import mirror_landmarks

    points = engines.get("builtin").canonical_landmarks((512, 512)).astype(np.float64) / 512
    return (points + mirror_landmarks(points, 1.0)) / 2


def engine(**changes):
    """The engine of the small head, with landmarks."""
    plain = RiggedEngine(model(), head(), "small")
    found = plain.lift(landmarks01() * 512, (512, 512))
    return RiggedEngine(model(), head(landmarks=found, **changes), "small")
