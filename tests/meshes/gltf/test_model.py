import dataclasses

import numpy as np
import pytest

from face2param.meshes.gltf import Material, MeshGroup, Model, Node, Primitive, Skin, Texture

TRIANGLE = np.eye(3, dtype=np.float32)


def primitive(**changes):
    return Primitive(**{"vertices": TRIANGLE, "faces": [[0, 1, 2]], **changes})


def test_defaults_are_filled_and_types_brought_in():
    found = primitive(joints=[[0, 1]] * 3, weights=[[0.25, 0.75]] * 3)
    assert found.morphs.shape == (0, 3, 3) and found.faces.dtype == np.int32
    assert found.joints.dtype == np.int32 and found.weights.dtype == np.float32
    node = Node("a")
    np.testing.assert_array_equal(node.matrix, np.eye(4))
    assert MeshGroup("m", (found,)).morph_weights.shape == (0,)
    assert found.vertices is TRIANGLE  # shared, not copied


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"vertices": np.zeros((3, 2))}, r"vertices must have shape \[any, 3\], got \[3, 2\]"),
        ({"faces": [[0, 1, 3]]}, "faces must index 3 vertices from 0"),
        ({"normals": np.zeros((2, 3))}, r"normals must have shape \[3, 3\]"),
        ({"uv": np.full((3, 2), np.nan)}, "uv hold a value that is not a number"),
        ({"morphs": np.zeros((1, 2, 3))}, "morphs must have shape"),
        ({"morph_normals": np.zeros((1, 3, 3))}, r"morph_normals must have shape \[0, 3, 3\]"),
        ({"joints": np.zeros((3, 4))}, "joints and weights belong together"),
        ({"joints": np.zeros((3, 1)), "weights": np.full((3, 1), 0.5)}, "add up to 1"),
        ({"joints": np.zeros((3, 2)), "weights": [[2.0, -1.0]] * 3}, "add up to 1"),
    ],
)
def test_wrong_primitives_are_refused(changes, message):
    with pytest.raises(ValueError, match=message):
        primitive(**changes)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Texture("t", np.zeros((2, 2, 3))), "pixels must be uint8, got float64"),
        (lambda: Texture("t", np.zeros((2, 2), np.uint8)), "pixels must have shape"),
        (lambda: Texture("t", np.zeros((0, 2, 3), np.uint8)), "pixels must not be empty"),
        (lambda: Texture("t", np.zeros((2, 2, 4), np.uint8), ("clamp", "x")), "wrap must be"),
        (lambda: Material("m", base_color=(1, 1, 1)), "base_color must be 4 numbers"),
        (lambda: Material("m", base_color=(1, 1, 2, 1)), "base_color must be 4 numbers"),
        (lambda: Material("m", emissive=(np.inf, 1, 1)), "emissive must be 3 numbers"),
        (lambda: Material("m", metallic=1.5), r"metallic must lie in \[0, 1\], got 1.5"),
        (lambda: Material("m", normal_scale=np.nan), "normal_scale"),
        (lambda: Material("m", alpha_mode="glass"), "alpha_mode must be opaque, mask, blend"),
        (lambda: MeshGroup("m", (primitive(),), ("smile",)), "0 morphs, morph_names has 1"),
        (lambda: MeshGroup("m", (), ("a", "a")), "'a' stands there twice"),
        (lambda: MeshGroup("m", (), ("a",), [1.0, 2.0]), "morph_weights must have shape"),
        (lambda: Skin("s", (0, 1), np.zeros((1, 4, 4))), "inverse_bind must have shape"),
        (lambda: Node("n", rotation=(0, 0, 0, 2)), "rotation must have length 1, got 2"),
        (lambda: Node("n", translation=(0, 0, np.inf)), "node n: translation"),
        (lambda: Model((Node("a"), Node("a"))), "names of nodes must be unique, 'a'"),
        (lambda: Model((Node("a", parent=1),)), "node a: parent must index 1 nodes"),
        (lambda: Model((Node("a", mesh=0),)), "node a: mesh must index 0 meshes"),
        (lambda: Model((Node("a", skin=0),)), "node a: skin must index 0 skins"),
        (lambda: Model((Node("a", weights=[1]),)), "has a skin or weights, but no mesh"),
        (lambda: Model((Node("a"),), skins=[Skin("s", (1,), [np.eye(4)])]), "skin s: joint"),
        (lambda: Model((), (MeshGroup("m", (primitive(material=0),)),)), "mesh m: material"),
        (lambda: Model((), materials=[Material("m", base_texture=0)]), "material m: base_texture"),
        (
            lambda: Model((Node("r"), Node("a", parent=2), Node("b", parent=1))),
            "node a is an ancestor of itself",
        ),
    ],
)
def test_wrong_parts_are_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def test_a_skin_needs_joints_that_it_has():
    mesh = MeshGroup("m", (primitive(),))
    skin = Skin("s", (0,), [np.eye(4)])
    node = Node("n", mesh=0, skin=0)
    with pytest.raises(ValueError, match="node n has a skin, mesh m no joints"):
        Model((node,), (mesh,), (skin,))
    mesh = MeshGroup("m", (primitive(joints=np.ones((3, 1)), weights=np.ones((3, 1))),))
    with pytest.raises(ValueError, match="mesh m: joints must index 1 joints"):
        Model((node,), (mesh,), (skin,))
    with pytest.raises(ValueError, match="node n has 1 weights, its mesh m has 0 morphs"):
        Model((dataclasses.replace(node, skin=None, weights=[0.0]),), (mesh,))


def test_order_and_global_transforms_with_parents_behind_their_children():
    turn = (0, 0, np.sqrt(0.5), np.sqrt(0.5))  # a quarter about z: x becomes y
    nodes = (
        Node("hand", parent=2, translation=(1, 0, 0)),
        Node("root", translation=(0, 0, 5)),
        Node("arm", parent=1, rotation=turn, scale=(2, 2, 2)),
    )
    model = Model(nodes)
    assert model.order == (1, 2, 0)
    np.testing.assert_allclose(model.global_transforms()[0] @ [0, 0, 0, 1], [0, 2, 5, 1], atol=1e-6)
    assert model.node("arm") is nodes[2]
    with pytest.raises(KeyError, match="model has no node 'leg'"):
        model.node("leg")
    assert Model(()).global_transforms().shape == (0, 4, 4)
