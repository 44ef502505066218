"""Small models that the tests of the rig pose."""

import numpy as np

from face2param.engines.rigged.channels import (
    BoneChannel,
    LayerChannel,
    MaterialChannel,
    MorphChannel,
    SetChannel,
    ShowChannel,
    TextureChannel,
)
from face2param.engines.rigged.head_file import HeadFile, Layer, View
from face2param.engines.rigged.quaternions import about
from face2param.engines.rigged.targets import MaterialTarget, MorphTarget
from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive, Skin, Texture
from face2param.schema import Choice, Continuous, Nuisance, Schema

VIEW = View((0.0, 1.6, 1.0), (0.0, 1.6, 0.0), 0.314)


def ball(rows=8, columns=12, seam=True):
    """A unit sphere: vertices, faces, uv; the first and last column stand at one place."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    azimuth = 2 * np.pi * (u % 1)  # the seam closes exactly
    polar = np.pi * v
    points = np.stack(
        [np.sin(polar) * np.sin(azimuth), np.cos(polar), np.sin(polar) * np.cos(azimuth)], -1
    )
    corner = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = corner[:-1, :-1], corner[1:, :-1], corner[1:, 1:], corner[:-1, 1:]
    faces = np.concatenate(
        [np.stack([a, b, c], -1).reshape(-1, 3), np.stack([a, c, d], -1).reshape(-1, 3)]
    )
    return points.reshape(-1, 3).astype("f4"), faces, np.stack([u, v], -1).reshape(-1, 2)


def model(seed=0, skinned=True, normals=True):
    """A head of two bones with a morphed and skinned ball, eyes that are not skinned, and hats."""
    rng = np.random.default_rng(seed)
    vertices, faces, uv = ball()
    morphs = 0.1 * rng.normal(size=(3, *vertices.shape)).astype("f4")
    morphs[:, 11::12] = morphs[:, ::12]  # the seam stays closed
    morphs[:, :12], morphs[:, -12:] = morphs[:, :1], morphs[:, -1:]  # and so do the poles
    share = (vertices[:, 1:2] + 1) / 2
    skin = Primitive(
        vertices,
        faces,
        normals=vertices if normals else None,
        tangents=np.concatenate([np.roll(vertices, 1, 1), np.ones((len(vertices), 1))], 1),
        uv=uv,
        joints=np.tile([0, 1], (len(vertices), 1)) if skinned else None,
        weights=np.hstack([1 - share, share]) if skinned else None,
        morphs=morphs,
        material=0,
    )
    small = Primitive(vertices * 0.2, faces, uv=uv, morphs=morphs[:1] * 0.2, material=1)
    plain = Primitive(vertices * 0.5, faces)
    nodes = (
        Node("root", translation=(0.1, 0.2, 0.3)),
        Node("neck", 0, (0, -1, 0), about((0, 0, 1), 0.2)),
        Node("jaw", 1, (0, 0.5, 0.2), about((1, 0, 0), -0.3), (1.0, 1.1, 0.9)),
        Node("face", 0, mesh=0, skin=0 if skinned else None),
        Node("eye", 2, (0.3, 0.2, 0.9), mesh=1, weights=(0.25,)),
        Node("hats", 1),
        Node("hat_a", 5, (0, 1, 0), mesh=2),
        Node("hat_b", 5, (0, 1, 0), mesh=2),
    )
    bind = np.linalg.inv(Model(nodes[:3]).global_transforms()[1:3]).astype("f4")
    pixels = rng.integers(0, 255, (4, 4, 3)).astype("u1")
    return Model(
        nodes,
        (
            MeshGroup("face_mesh", (skin,), ("wide", "long", "smile"), (0.0, 0.5, 0.0)),
            MeshGroup("eye_mesh", (small,), ("wide",)),
            MeshGroup("hat_mesh", (plain,)),
        ),
        (Skin("skin", (1, 2), bind),) if skinned else (),
        (Material("skin", base_texture=0), Material("iris", base_color=(0.2, 0.4, 0.6, 1.0))),
        (Texture("albedo", pixels),),
    )


def head(**changes):
    """A head file for `model` with a channel of each kind."""
    schema = Schema(
        "small",
        "1",
        (
            Continuous("width", "face"),
            Continuous("length", "face", 0.2),
            Continuous("jaw_place", "jaw"),
            Continuous("jaw_turn", "jaw"),
            Continuous("iris_colour", "eyes"),
            Continuous("lipstick", "makeup", 0.0),
        ),
        (
            Choice("hat", "hats", ("none", "a", "b"), "none"),
            Choice("paint", "skin", ("plain", "red"), "plain"),
        ),
        (
            Nuisance("smile", "expression"),
            Nuisance("nod", "pose", -0.5, 0.5, 0.0, "radian"),
            Nuisance("turn", "pose", -1.0, 0.5, 0.0, "radian", None, 1.0),
        ),
    )
    bindings = {
        "width": [MorphChannel("wide", -1.0, 1.0), MorphChannel("long", 0.1, 0.4, 0.2)],
        "length": [MorphChannel("long", -0.5, 2.0, 0.5, node="face")],
        "jaw_place": [
            BoneChannel("jaw", "position", -0.2, 0.3, "y", 0.0),
            BoneChannel("jaw", "position", 0.1, 0.6, "z"),
            BoneChannel("jaw", "scale", 0.8, 1.3, "x", 1.0),
        ],
        "jaw_turn": [
            BoneChannel("jaw", "rotation", about((1, 0, 0), -0.5), about((1, 0, 0), 0.2)),
            BoneChannel("neck", "position", -1.2, -0.9, "y"),
        ],
        "iris_colour": [
            MaterialChannel("iris", "base_color", (0, 0, 0, 1), (0.5, 0.5, 0.5, 1), (1, 1, 1, 1)),
            MaterialChannel("iris", "roughness", 0.0, 0.5, 1.0),
        ],
        "lipstick": [
            LayerChannel("skin", "lips", "amount", 0.0, 0.0, 1.0),
            LayerChannel("skin", "lips", "color", (0, 0, 0), (0, 0, 0), (0, -0.5, 0.25)),
            LayerChannel("skin", "lips", "offset_y", 0.0, 0.0, 0.125),
        ],
        "smile": [MorphChannel("smile", 0.0, 1.0)],
        "nod": [
            BoneChannel("jaw", "rotation", about((1, 0, 0), -0.4), about((0, 1, 0), 0.9)),
        ],
        "turn": [
            BoneChannel(
                None,
                "rotation",
                about((0, 1, 0), -1.0),
                about((0, 1, 0), 0.5),
                pivot=(0.0, -1.0, 0.5),
            )
        ],
        "hat=a": [ShowChannel(("hat_a",)), SetChannel(MorphTarget("wide", "eye"), 0.75)],
        "hat=b": [ShowChannel(("hat_[bc]",))],
        "paint=red": [
            SetChannel(MaterialTarget("iris", "metallic"), 1.0),
            TextureChannel("skin", "base", "red.png"),
        ],
    }
    fields = {
        "model": "head.glb",
        "schema": schema,
        "bindings": bindings,
        "camera": VIEW,
        "regions": {"eye/*": "l_eye", "hat*": "hat"},
        "layers": {"skin": (Layer("lips", "lips.png", (0.5, 0.5, 0.5), 0.0),)},
        "images": {
            "lips.png": np.full((4, 4), 255, np.uint8),
            "red.png": np.tile(np.array([255, 0, 0], np.uint8), (4, 4, 1)),
        },
    }
    return HeadFile(**fields | changes)
