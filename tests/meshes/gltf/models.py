"""Models for the tests of glTF files."""

import dataclasses

import numpy as np

from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive, Skin, Texture
from face2param.meshes.gltf.surfaces import add_up

AXIS = np.array([0.0, np.sin(0.3), 0.0, np.cos(0.3)], np.float32)


def sheet(columns: int = 6, rows: int = 5) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A bent sheet: vertices, faces and UV."""
    v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
    vertices = np.stack([u - 0.5, 0.5 - v, 0.3 * np.cos(2 * u)], -1).reshape(-1, 3)
    corner = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).reshape(-1, 1)
    faces = np.concatenate(
        [corner + [0, columns, 1], corner + [1, columns, columns + 1]], 0, dtype=np.int32
    )
    return (
        vertices.astype(np.float32),
        faces,
        np.stack([u, v], -1).reshape(-1, 2).astype(np.float32),
    )


def unit(values: np.ndarray) -> np.ndarray:
    return (values / np.linalg.norm(values, axis=-1, keepdims=True)).astype(np.float32)


def picture(seed: int, height: int = 8, width: int = 6, channels: int = 3) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.integers(0, 256, (height, width, channels), np.uint8)


def head() -> Model:
    """A model that uses everything that the record can hold.

    A skinned sheet with two morphs (one of them moves three vertices), a second material on the
    same vertices, a rigid sheet shown by two nodes, and children in front of their parents.
    """
    rng = np.random.default_rng(7)
    vertices, faces, uv = sheet()
    count = len(vertices)
    normals = unit(rng.normal(size=(count, 3)))
    morphs = np.zeros((2, count, 3), np.float32)
    morphs[0] = rng.normal(size=(count, 3)) * 0.01
    morphs[1, 4:7] = rng.normal(size=(3, 3)) * 0.01
    joints = np.tile(np.array([0, 1, 2, 0], np.int32), (count, 1))
    weights = rng.uniform(0.1, 1, (count, 4)).astype(np.float32)
    weights[:, 3] = 0
    skinned = Primitive(
        vertices,
        faces[:20],
        normals=normals,
        tangents=np.concatenate(
            [unit(rng.normal(size=(count, 3))), np.where(uv[:, :1] < 0.5, -1, 1)], 1
        ),
        uv=uv,
        normal_uv=uv * np.float32(2),
        colours=rng.uniform(0, 1, (count, 4)),
        joints=joints,
        weights=add_up(weights),
        morphs=morphs,
        morph_normals=morphs * np.float32(0.5),
        material=0,
    )
    second = Primitive(
        skinned.vertices,
        faces[20:],
        normals=skinned.normals,
        uv=skinned.uv,
        joints=skinned.joints,
        weights=skinned.weights,
        morphs=skinned.morphs,
        material=1,
    )
    bare = Primitive(vertices + np.float32(1), faces, morphs=None)
    tinted = Primitive(
        vertices,
        faces,
        normals=normals,
        uv=uv,
        colours=np.pad(uv, ((0, 0), (0, 2)), constant_values=1),
        material=2,
    )
    inverse = np.stack([np.eye(4, dtype=np.float32)] * 3)
    inverse[:, :3, 3] = rng.normal(size=(3, 3))
    shared = picture(1)
    return Model(
        nodes=(
            Node("jaw", parent=2, translation=(0, -0.1, 0.05), rotation=AXIS),
            Node("face", parent=3, mesh=0, skin=0, weights=(0.25, 0.0)),
            Node("neck", parent=3, scale=(1, 2, 0.5)),
            Node("root", translation=(0, 1.5, 0)),
            Node("left lens", parent=2, mesh=1),
            Node("right lens", parent=2, mesh=1, translation=(0.1, 0, 0)),
            Node("plain", mesh=2),
        ),
        meshes=(
            MeshGroup("face", (skinned, second), ("smile", "jawOpen"), (0.0, 0.1)),
            MeshGroup("lens", (tinted,)),
            MeshGroup("plain", (bare,)),
        ),
        skins=(Skin("bones", (3, 2, 0), inverse),),
        materials=(
            Material(
                "skin",
                (1, 0.5, 0.25, 1),
                0,
                1,
                0.75,
                0.25,
                0.5,
                (0.5, 0.25, 2.0),
                double_sided=True,
            ),
            Material("lashes", base_texture=2, alpha_mode="mask", alpha_cutoff=0.25),
            Material("glass", (1, 1, 1, 0.5), 3, alpha_mode="blend", unlit=True),
        ),
        textures=(
            Texture("skin", shared),
            Texture("bumps", picture(2, 4, 4)),
            Texture("lashes", picture(3, 5, 7, 4), ("clamp", "mirror")),
            Texture("skin once more", shared, ("clamp", "clamp")),
        ),
        name="head",
    )


def assert_equal(found: object, expected: object, where: str = "model") -> None:
    """Two records hold the same, to the last bit."""
    assert type(found) is type(expected), where
    if dataclasses.is_dataclass(expected):
        for field in dataclasses.fields(expected):
            name = field.name
            assert_equal(getattr(found, name), getattr(expected, name), f"{where}.{name}")
    elif isinstance(expected, tuple):
        assert len(found) == len(expected), where
        for index, pair in enumerate(zip(found, expected, strict=True)):
            assert_equal(*pair, f"{where}[{index}]")
    elif isinstance(expected, np.ndarray):
        assert found.dtype == expected.dtype, where
        np.testing.assert_array_equal(found, expected, where)
    else:
        assert found == expected, where


def by_chance(rng: np.random.Generator) -> Model:
    """A model of random size, whose every number has survived float32 and PNG."""
    vertices, faces, uv = sheet(*rng.integers(2, 9, 2))
    count, morphs, bones = len(vertices), int(rng.integers(0, 4)), int(rng.integers(4, 300))

    def maybe(value):
        return value if rng.random() < 0.6 else None

    def part() -> Primitive:
        normals = maybe(unit(rng.normal(size=(count, 3))))
        moved = rng.normal(size=(morphs, count, 3)) * rng.integers(0, 2, (morphs, count, 1))
        moved = moved.astype(np.float32)
        base = maybe(uv * np.float32(rng.uniform(-9, 9)))
        skinned = rng.random() < 0.6
        return Primitive(
            rng.normal(size=(count, 3)) * 10.0 ** rng.integers(-20, 20),
            faces[: rng.integers(1, len(faces) + 1)],
            normals=normals,
            uv=base,
            colours=maybe(rng.uniform(0, 1, (count, 4))),
            joints=np.argsort(rng.random((count, bones)), 1)[:, :4] if skinned else None,
            weights=np.float32([[0.5, 0.25, 0.125, 0.125]] * count) if skinned else None,
            morphs=moved,
            morph_normals=maybe(moved) if normals is not None and morphs else None,
            material=maybe(0),
        )

    parts = tuple(part() for _ in range(rng.integers(1, 4)))
    nodes = [
        Node(
            f"node {index}",
            parent=int(rng.integers(0, index)) if index and rng.random() < 0.8 else None,
            translation=rng.normal(size=3),
            rotation=unit(rng.normal(size=4)) if rng.random() < 0.5 else (0, 0, 0, 1),
            scale=rng.normal(size=3) if rng.random() < 0.5 else (1, 1, 1),
        )
        for index in range(bones)
    ]
    order = rng.permutation(bones)
    place = np.argsort(order)
    nodes = [
        dataclasses.replace(
            nodes[index],
            parent=None if nodes[index].parent is None else int(place[nodes[index].parent]),
        )
        for index in order
    ]
    names = tuple(f"morph {index}" for index in range(morphs))
    skins = ()
    if all(primitive.joints is not None for primitive in parts):
        matrices = rng.normal(size=(bones, 4, 4))
        matrices[:, 3] = 0, 0, 0, 1
        skins = (Skin("skin", tuple(rng.permutation(bones)), matrices),)
    shown = dataclasses.replace(
        nodes[0],
        mesh=0,
        skin=0 if skins else None,
        weights=rng.normal(size=morphs) if morphs else None,
    )
    height, width = rng.integers(1, 20, 2)
    pixels = rng.integers(0, 256, (height, width, rng.integers(3, 5)), np.uint8)
    return Model(
        (shown, *nodes[1:]),
        (MeshGroup("mesh", parts, names, rng.normal(size=morphs)),),
        skins,
        (Material("m", tuple(rng.uniform(0, 1, 4)), 0, metallic=rng.uniform()),),
        (Texture("t", pixels, ("mirror", "clamp")),),
    )
