"""Light on faces that sliders move: Unity's normals are those of Python's rig."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from face2param.engines.rigged.head_file import HeadFile
from face2param.engines.rigged.parts import same_points
from face2param.engines.rigged.rig import Rig
from face2param.meshes.gltf import MeshGroup, Model, Node, Primitive, Skin, read_gltf, write_gltf
from face2param.rendering.normals import vertex_normals
from tests.engines.rigged import rigs, small_head
from tests.unity import mono

BUILTIN = mono.ROOT / "unity" / "Assets" / "Heads" / "builtin"
MIRROR = np.array([-1.0, 1.0, 1.0], np.float32)


def lips():
    """Two sheets that touch with equal normals, and part in a morph or by their bones."""
    x, y = np.array([[0, 1, 1, 0], [0, 0, 1, 1]], np.float32)
    upper, normals = np.stack([x, y, 0 * x], 1), np.tile(np.float32([0, 0, 1]), (8, 1))
    vertices = np.concatenate([upper, upper - np.float32([0, 1, 0])])
    faces = np.int32([[0, 1, 2], [0, 2, 3], [4, 5, 6], [4, 6, 7]])
    turned = np.zeros((1, 8, 3), np.float32)
    turned[0, 4:6, 2] = 0.5
    parted = turned.copy()
    parted[0, 6:8] = 0.01, -0.2, 0.1
    joints = np.repeat(np.int32([[0], [1]]), 4, 0)
    ones = np.ones((8, 1), np.float32)
    yield Primitive(vertices, faces, normals, morphs=parted)
    yield Primitive(vertices, faces, normals, morphs=turned)
    yield Primitive(vertices, faces, normals, morphs=turned, joints=joints, weights=ones)
    yield rigs.model().meshes[0].primitives[0]


@pytest.mark.parametrize("which", range(4), ids=["parted", "joined", "boned", "ball"])
def test_what_touches_is_one_where_it_moves_as_one(driver, tmp_path, which):
    part = dataclasses.replace(list(lips())[which], material=None)
    bones = (Node("a"), Node("b"))
    skin = (Skin("skin", (1, 2), np.tile(np.eye(4, dtype="f4"), (2, 1, 1))),)
    skinned = part.joints is not None
    names = tuple(f"m{i}" for i in range(len(part.morphs)))
    group = MeshGroup("m", (part,), names, (0.0,) * len(names))
    node = Node("n", mesh=0, skin=0 if skinned else None)
    write_gltf(tmp_path / "a.glb", Model((node, *bones), (group,), skin if skinned else ()))
    driver("glb-normals", tmp_path / "a.glb", "m", tmp_path / "normals")
    found = np.fromfile(tmp_path / "normals", "<f4").reshape(1 + len(names), -1, 3) * MIRROR
    (part,) = read_gltf(tmp_path / "a.glb").meshes[0].primitives
    points = same_points(part)
    rest, *shown = (
        vertex_normals(part.vertices + morph, points[part.faces])[points]
        for morph in (0, *part.morphs)
    )
    for added, normals in zip(found[1:], shown, strict=True):
        np.testing.assert_allclose(added, normals - rest, atol=1e-5)
    assert (points[6:8].tolist() == [1, 0]) == (which == 1) or which == 3


def builtin(folder: Path):
    return BUILTIN / "head.glb", Rig(
        read_gltf(BUILTIN / "head.glb"), HeadFile.load(BUILTIN / "head.schema.json")
    )


def small(folder: Path):
    """A head whose file has no normals, with a seam at its back."""
    made = small_head.engine().rig
    write_gltf(folder / "small.glb", made.model)
    return folder / "small.glb", made


@pytest.fixture(scope="module", params=[builtin, small])
def face(request, driver, tmp_path_factory):
    """A rig, its node "face", and Unity's normals of that: at rest, and what morphs add."""
    folder = tmp_path_factory.mktemp("normals")
    path, rig = request.param(folder)
    node = rig.model.node_indices["face"]
    mesh = rig.model.meshes[rig.model.nodes[node].mesh]
    driver("glb-normals", path, mesh.name, folder / "normals", timeout=60)
    shape = (1 + len(mesh.morph_names), -1, 3)
    found = np.fromfile(folder / "normals", "<f4").reshape(shape) * MIRROR
    return rig, node, found[0], found[1:]


def normals_of(rig, values, nuisance=None):
    posed = rig.pose(rig.schema.character(**values), nuisance)
    return next(part.normals for part in posed.parts if part.name == "face")


def unit(vectors):
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)


def degrees(a, b):
    return np.degrees(np.arccos(np.clip((unit(a) * unit(b)).sum(1), -1, 1)))


def shaping(rig, node):
    """Sliders that move the face by blend shapes and nothing by bones, and their weights at 1."""
    neutral, found = rig.state(rig.schema.neutral()), {}
    for name in rig.schema.names:
        state = rig.state(rig.schema.character(**{name: 1.0}))
        if np.array_equal(state.positions, neutral.positions) and state.weights[node].any():
            found[name] = state.weights[node]
    return found


def test_each_morph_turns_the_normals_as_in_python(face):
    rig, node, rest, added = face
    np.testing.assert_allclose(rest, normals_of(rig, {}), atol=2e-4)
    alone = 0
    for name, weights in shaping(rig, node).items():
        if sorted(weights[weights != 0]) != [1.0]:
            continue
        (morph,) = np.flatnonzero(weights)
        error = np.abs(unit(rest + added[morph]) - normals_of(rig, {name: 1.0})).max(1)
        assert error.max() < 2e-3, name
        alone += 1
    assert alone >= 2


def test_sliders_together_are_lit_nearly_as_in_python(face):
    rig, node, rest, added = face
    rng = np.random.default_rng(1)
    names = shaping(rig, node)
    for _ in range(4):
        values = {name: float(rng.uniform(0.25, 1)) for name in names}
        weights = rig.state(rig.schema.character(**values)).weights[node]
        expected = normals_of(rig, values)
        error = degrees(rest + np.tensordot(weights.astype(np.float32), added, 1), expected)
        flat = degrees(rest, expected)
        # Blend shapes add up; the normals of added shapes do not quite. The median, for a triangle
        # that folds over turns its normals right about.
        lit = flat > 1
        assert lit.sum() > 20
        assert np.median(error[lit]) < 0.3 * np.median(flat[lit])
