import dataclasses
import json

import numpy as np
import pytest

from face2param.errors import OutputError
from face2param.meshes.gltf import MeshGroup, Model, Node, Primitive, read_gltf, write_gltf
from face2param.meshes.gltf.surfaces import influences
from tests.meshes.gltf import models


@pytest.mark.parametrize("name", ["a.glb", "a.gltf", "köpfe 1/größe %20 #.gltf", "A.GLB"])
def test_what_is_written_is_read(tmp_path, name):
    model = models.head()
    write_gltf(tmp_path / name, model)
    found = read_gltf(tmp_path / name)
    models.assert_equal(found, model)
    np.testing.assert_array_equal(found.global_transforms(), model.global_transforms())


def test_writing_again_gives_the_same_bytes(tmp_path):
    write_gltf(tmp_path / "a.glb", models.head())
    write_gltf(tmp_path / "b.glb", read_gltf(tmp_path / "a.glb"))
    assert (tmp_path / "a.glb").read_bytes() == (tmp_path / "b.glb").read_bytes()


def test_arrays_that_parts_share_are_written_and_read_once(tmp_path):
    write_gltf(tmp_path / "a.gltf", models.head(), generator="somebody")
    document = json.loads((tmp_path / "a.gltf").read_text())
    assert document["asset"]["generator"] == "somebody"
    first, second = document["meshes"][0]["primitives"]
    for name in ("POSITION", "NORMAL", "TEXCOORD_0", "JOINTS_0", "WEIGHTS_0"):
        assert first["attributes"][name] == second["attributes"][name]
    assert [t["POSITION"] for t in first["targets"]] == [t["POSITION"] for t in second["targets"]]
    assert len(document["images"]) == 3 and len(document["textures"]) == 4
    first, second = read_gltf(tmp_path / "a.gltf").meshes[0].primitives
    for name in ("vertices", "normals", "uv", "joints", "weights", "morphs"):
        assert getattr(first, name) is getattr(second, name)
    assert first.faces is not second.faces


def test_morphs_that_move_few_vertices_are_sparse(tmp_path):
    write_gltf(tmp_path / "a.gltf", models.head())
    document = json.loads((tmp_path / "a.gltf").read_text())
    full, few = document["meshes"][0]["primitives"][0]["targets"]
    assert "sparse" not in document["accessors"][full["POSITION"]]
    accessor = document["accessors"][few["POSITION"]]
    assert accessor["sparse"]["count"] == 3 and "bufferView" not in accessor
    assert accessor["max"][0] >= 0 >= accessor["min"][0]


def test_parts_of_one_material_with_and_without_other_coordinates_for_its_relief(tmp_path):
    head = models.head()
    first, second = head.meshes[0].primitives
    second = dataclasses.replace(second, material=0)
    bare = dataclasses.replace(second, uv=None)
    only = dataclasses.replace(first, uv=None)
    mesh = dataclasses.replace(head.meshes[0], primitives=(first, second, bare))
    model = dataclasses.replace(head, meshes=(mesh, *head.meshes[1:]))
    write_gltf(tmp_path / "a.gltf", model)
    models.assert_equal(read_gltf(tmp_path / "a.gltf"), model)
    parts = json.loads((tmp_path / "a.gltf").read_text())["meshes"][0]["primitives"]
    assert parts[0]["attributes"]["TEXCOORD_0"] != parts[0]["attributes"]["TEXCOORD_1"]
    assert parts[1]["attributes"]["TEXCOORD_0"] == parts[1]["attributes"]["TEXCOORD_1"]
    mesh = dataclasses.replace(head.meshes[0], primitives=(only, second))
    write_gltf(tmp_path / "b.glb", dataclasses.replace(head, meshes=(mesh, *head.meshes[1:])))
    (found, _) = read_gltf(tmp_path / "b.glb").meshes[0].primitives
    np.testing.assert_array_equal(found.uv, first.normal_uv)


def test_a_reader_of_others_sees_the_same(tmp_path):
    trimesh = pytest.importorskip("trimesh")
    vertices, faces, uv = models.sheet()
    part = Primitive(vertices, faces, uv=uv)
    node = Node("n", mesh=0, translation=(1, 2, 3), rotation=models.AXIS, scale=(1, 2, 3))
    model = Model((node,), (MeshGroup("m", (part,)),))
    write_gltf(tmp_path / "a.glb", model)
    theirs = trimesh.load(tmp_path / "a.glb", process=False)
    (name,) = theirs.graph.nodes_geometry
    np.testing.assert_allclose(theirs.graph[name][0], model.global_transforms()[0], atol=1e-6)
    (shape,) = theirs.geometry.values()
    np.testing.assert_array_equal(shape.vertices, vertices)
    np.testing.assert_array_equal(shape.faces, faces)
    theirs.export(tmp_path / "b.glb")
    found = read_gltf(tmp_path / "b.glb")
    (again,) = found.meshes[0].primitives
    np.testing.assert_array_equal(again.vertices, vertices)
    np.testing.assert_array_equal(again.faces, faces)


def test_a_morph_that_moves_nothing_stays(tmp_path):
    vertices, faces, _ = models.sheet()
    mesh = MeshGroup("m", (Primitive(vertices, faces, morphs=np.zeros((1, 30, 3))),), ("rest",))
    model = Model((Node("n", mesh=0),), (mesh,))
    write_gltf(tmp_path / "a.glb", model)
    models.assert_equal(read_gltf(tmp_path / "a.glb"), model)


def test_influences_come_in_fours_and_each_joint_once():
    joints = np.array([[3, 3, 5], [1, 2, 1], [7, 0, 0]])
    weights = np.array([[0.25, 0.5, 0.25], [0.0, 1.0, 0.0], [1 / 3, 1 / 3, 1 / 3]], np.float32)
    found, shares = influences(joints, weights)
    np.testing.assert_array_equal(found, [[3, 0, 5, 0], [0, 2, 0, 0], [7, 0, 0, 0]])
    np.testing.assert_allclose(shares[:2], [[0.75, 0, 0.25, 0], [0, 1, 0, 0]])
    np.testing.assert_allclose(shares[2], [1 / 3, 2 / 3, 0, 0], rtol=1e-6)
    assert found.dtype == np.uint8
    assert influences(np.array([[300]]), np.ones((1, 1), np.float32))[0].dtype == np.uint16
    assert influences(np.zeros((1, 0), int), np.zeros((1, 0), np.float32))[1].tolist() == [
        [1, 0, 0, 0]
    ]


def test_weights_add_up_to_the_last_bit():
    rng = np.random.default_rng(0)
    weights = rng.uniform(0, 1, (1000, 4)).astype(np.float32) ** 4
    found = influences(np.tile(np.arange(4), (1000, 1)), weights)[1]
    np.testing.assert_allclose(found.sum(1, dtype=np.float64), 1, atol=1e-7)


def test_eight_influences_and_many_bones(tmp_path):
    model = models.head()
    part = model.meshes[0].primitives[1]
    joints = np.arange(8) + np.arange(len(part.vertices))[:, None] * 10
    weights = np.full(joints.shape, 0.125, np.float32)
    mesh = MeshGroup("m", (Primitive(part.vertices, part.faces, joints=joints, weights=weights),))
    bones = tuple(Node(f"bone {index}") for index in range(joints.max() + 1))
    skin = dataclasses.replace(
        model.skins[0],
        joints=range(1, len(bones) + 1),
        inverse_bind=np.tile(np.eye(4), (len(bones), 1, 1)),
    )
    model = Model((Node("n", mesh=0, skin=0), *bones), (mesh,), (skin,))
    write_gltf(tmp_path / "a.glb", model)
    models.assert_equal(read_gltf(tmp_path / "a.glb"), model)


def test_directions_get_length_one(tmp_path):
    vertices, faces, _ = models.sheet()
    normals = np.tile(np.float32([0, 3, 4]), (30, 1))
    normals[0] = 0
    tangents = np.concatenate([normals, np.full((30, 1), -0.5)], 1)
    part = Primitive(vertices, faces, normals=normals, tangents=tangents)
    write_gltf(tmp_path / "a.glb", Model((Node("n", mesh=0),), (MeshGroup("m", (part,)),)))
    (found,) = read_gltf(tmp_path / "a.glb").meshes[0].primitives
    np.testing.assert_allclose(found.normals[1], [0, 0.6, 0.8])
    np.testing.assert_allclose(found.normals[0], [0, 0, 1])
    np.testing.assert_allclose(found.tangents[1], [0, 0.6, 0.8, -1])


def test_wrong_arguments_and_places_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"path must end in .glb or .gltf, got .*a.obj"):
        write_gltf(tmp_path / "a.obj", models.head())
    part = Primitive(np.zeros((3, 3)), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="mesh m: every primitive must have at least one triangle"):
        write_gltf(tmp_path / "a.glb", Model((), (MeshGroup("m", (part,)),)))
    with pytest.raises(OutputError, match="cannot write"):
        write_gltf("/proc/nowhere/a.glb", models.head())
    assert not list(tmp_path.iterdir())
