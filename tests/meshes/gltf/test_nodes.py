import numpy as np
import pytest

from face2param.errors import CodecError
from face2param.meshes.gltf import names, transforms
from tests.meshes.gltf.files import Builder


def read(tmp_path, nodes, **more):
    builder = Builder()
    builder.document["nodes"] = nodes
    roots = {index for index in range(len(nodes))} - {
        child for node in nodes for child in node.get("children", ())
    }
    builder.document["scenes"] = [{"nodes": sorted(roots)}]
    builder.document.update(more)
    return builder.read(tmp_path)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (["a", "b"], ["a", "b"]),
        (["", "", "x", ""], ["node_0", "node_1", "x", "node_3"]),
        (["jaw", "jaw", "jaw"], ["jaw", "jaw_2", "jaw_3"]),
        (["jaw", "jaw", "jaw_2", "jaw"], ["jaw", "jaw_3", "jaw_2", "jaw_4"]),
        (["node_1", ""], ["node_1", "node_1_2"]),
        (["node_1", "", "node_1_2", "node_1"], ["node_1", "node_1_3", "node_1_2", "node_1_4"]),
        ([], []),
    ],
)
def test_every_thing_has_a_name_of_its_own(given, expected):
    assert names.unique(given, "node") == expected


def test_many_equal_names_take_no_time():
    count = 100_000
    given = ["a"] * count + [f"a_{index}" for index in range(count)] + [""] * count
    assert len(set(names.unique(given, "node"))) == 3 * count


def test_a_matrix_is_taken_apart(tmp_path):
    turn = np.array([0.1, -0.2, 0.3, 0.9]) / np.linalg.norm([0.1, -0.2, 0.3, 0.9])
    matrix = transforms.compose((1, 2, 3), turn, (2, 3, -4))
    (found,) = read(tmp_path, [{"matrix": matrix.T.ravel().tolist()}]).nodes
    np.testing.assert_allclose(found.matrix, matrix, atol=1e-5)
    matrix[0, 1] += 1
    with pytest.raises(CodecError, match=r"nodes\[0\].matrix cannot be read: the matrix shears"):
        read(tmp_path, [{"matrix": matrix.T.ravel().tolist()}])
    with pytest.raises(CodecError, match="must hold 16 numbers"):
        read(tmp_path, [{"matrix": [1, 0]}])


def test_rotations_get_length_one(tmp_path):
    (found,) = read(tmp_path, [{"rotation": [0, 0, 0, 1.01]}]).nodes
    np.testing.assert_array_equal(found.rotation, [0, 0, 0, 1])
    for rotation in ([0, 0, 0, 0], [1, 1, 1, 1], [1e300, 0, 0, 0]):
        with pytest.raises(CodecError, match="rotation must have length 1"):
            read(tmp_path, [{"rotation": rotation}])


def test_only_the_default_scene_is_read(tmp_path):
    nodes = [
        {"name": "shown", "children": [2]},
        {"name": "hidden", "mesh": 0, "children": [3]},
        {"name": "child", "mesh": 0, "skin": 0},
        {"name": "bone"},
    ]
    builder = Builder()
    builder.attribute("JOINTS_0", np.zeros((3, 4), np.uint8))
    builder.attribute("WEIGHTS_0", np.tile(np.float32([1, 0, 0, 0]), (3, 1)))
    builder.document |= {
        "nodes": nodes,
        "scenes": [{"nodes": [1]}, {"nodes": [0], "name": "second"}],
        "scene": 1,
        "skins": [{"joints": [3]}, {"joints": [0]}],
    }
    found = builder.read(tmp_path)
    # The bone and its ancestor come along, though the scene does not show them.
    assert [node.name for node in found.nodes] == ["shown", "hidden", "child", "bone"]
    assert found.name == "second" and len(found.skins) == 1 and found.skins[0].joints == (3,)
    del nodes[2]["skin"]
    found = builder.read(tmp_path)
    assert [node.name for node in found.nodes] == ["shown", "child"]
    assert [node.parent for node in found.nodes] == [None, 0]
    assert found.skins == ()


def test_without_scenes_all_is_read(tmp_path):
    nodes = [{"children": [1]}, {"mesh": 0}, {}]
    found = read(tmp_path, nodes, scenes=[])
    assert [node.parent for node in found.nodes] == [None, 0, None]
    assert found.name == "built"


def test_inverse_bind_matrices(tmp_path):
    builder = Builder()
    builder.attribute("JOINTS_0", np.array([[0, 1, 200, 0]] * 3, np.uint8))
    builder.attribute("WEIGHTS_0", np.array([[128, 127, 0, 0]] * 3, np.uint8), normalized=True)
    matrices = np.arange(48, dtype=np.float32).reshape(3, 16)
    builder.document["skins"] = [
        {"joints": [1, 2], "inverseBindMatrices": builder.accessor(matrices)}
    ]
    builder.document["nodes"] = [{"mesh": 0, "skin": 0}, {}, {}]
    builder.document["scenes"][0]["nodes"] = [0, 1, 2]
    found = builder.read(tmp_path)
    np.testing.assert_array_equal(found.skins[0].inverse_bind[1], matrices[1].reshape(4, 4).T)
    (part,) = found.meshes[0].primitives
    np.testing.assert_allclose(part.weights[0], [128 / 255, 127 / 255, 0, 0])
    np.testing.assert_array_equal(part.joints[0], [0, 1, 0, 0])  # what weighs nothing is joint 0
    builder.document["skins"][0]["joints"] = [1, 2, 0, 1]
    with pytest.raises(CodecError, match=r"skins\[0\] has 4 joints, but 3 inverseBindMatrices"):
        builder.read(tmp_path)
    builder.document["skins"][0]["joints"] = [1]
    with pytest.raises(CodecError, match="mesh mesh_0: joints must index 1 joints from 0"):
        builder.read(tmp_path)
    builder.document["skins"][0]["joints"] = []
    with pytest.raises(CodecError, match=r"skins\[0\].joints must be nodes of the scene"):
        builder.read(tmp_path)


@pytest.mark.parametrize(
    ("nodes", "message"),
    [
        ([{"children": [0]}], r"nodes\[0\] is its own ancestor"),
        ([{}, {"children": [2]}, {"children": [1]}], r"nodes\[1\] is its own ancestor"),
        ([{"children": [2]}, {"children": [2]}, {}], r"nodes\[2\] is a child of node 0 and of"),
        ([{"children": [1, 1]}, {}], r"nodes\[1\] is a child of node 0 and of node 0"),
        ([{"children": [7]}], r"nodes\[0\].children must hold whole numbers in 0..0, got 7"),
        ([{"mesh": 5}], r"nodes\[0\].mesh must be a whole number in 0..0, got 5"),
        ([{"mesh": 0, "skin": 0}], r"nodes\[0\].skin must be a whole number in 0..-1"),
        ([{"mesh": 0, "weights": [1]}], "has 1 weights, its mesh mesh_0 has 0 morphs"),
        ([{"translation": [1e300, 0, 0]}], "translation hold a value that is not a number"),
        ([{"scale": ["a", 0, 0]}], "scale must hold 3 numbers"),
        ([{"name": 3}], "name must be a text, got 3"),
    ],
)
def test_damaged_trees_are_refused(tmp_path, nodes, message):
    with pytest.raises(CodecError, match=message):
        read(tmp_path, nodes, scenes=[{"nodes": [0]}])


def test_a_chain_of_many_nodes_is_read(tmp_path):
    count = 20_000
    nodes = [{"children": [index + 1]} for index in range(count - 1)] + [{}]
    found = read(tmp_path, nodes)
    assert found.order == tuple(range(count)) and found.nodes[-1].parent == count - 2
