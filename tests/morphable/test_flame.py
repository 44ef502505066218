import collections
import pickle

import numpy as np
import pytest
import tensorflow as tf
from scipy.spatial import ConvexHull

from face2param import morphable
from face2param.errors import FaceModelError
from face2param.morphable import articulate, coefficients, flame
from face2param.morphable.decode import Decoder
from face2param.rendering import cameras
from tests.morphable import small

ARRAYS = small.flame_arrays()
EMBEDDING = small.embedding(len(ARRAYS["f"]))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("flame")
    (folder / "generic_model.pkl").write_bytes(small.chumpy_pickle(ARRAYS))
    np.save(folder / "landmark_embedding.npy", EMBEDDING, allow_pickle=True)
    return folder


@pytest.fixture(scope="module")
def model(folder):
    return morphable.get(folder / "generic_model.pkl")


def test_directions_joints_and_units(model):
    assert model.sizes == {"identity": 300, "expression": 4, "albedo": 80}
    # Metres to decimetres; moved as a whole, so that the face stands where Deep3D's does.
    moved = model.mean - ARRAYS["v_template"] * 10
    np.testing.assert_allclose(moved, np.broadcast_to(moved[:1], moved.shape), atol=1e-5)
    np.testing.assert_allclose(model.identity[7], ARRAYS["shapedirs"][..., 7] * 10, rtol=1e-5)
    np.testing.assert_allclose(model.expression[1], ARRAYS["shapedirs"][..., 301] * 10, rtol=1e-5)
    joints = model.articulation
    assert joints.names == ("global", "neck", "jaw", "eye_left", "eye_right")
    assert joints.parents.tolist() == [-1, 0, 1, 1, 1]
    np.testing.assert_allclose(joints.correctives[5], ARRAYS["posedirs"][..., 5] * 10, rtol=1e-5)


def test_landmarks_are_the_frontal_contour_and_the_static_ones(model):
    first = ARRAYS["f"][EMBEDDING["dynamic_lmk_faces_idx"][0, 0]]
    np.testing.assert_array_equal(model.landmark_vertices[0], first)
    np.testing.assert_array_equal(
        model.landmark_vertices[17], ARRAYS["f"][EMBEDDING["static_lmk_faces_idx"][0]]
    )
    weights = EMBEDDING["static_lmk_bary_coords"]
    np.testing.assert_allclose(model.landmark_weights[17:], weights, atol=1e-6)


def test_the_albedo_is_borrowed(model):
    builtin = morphable.get("builtin")
    assert model.albedo_mean.min() >= 0 and model.albedo_mean.max() <= 1
    low, high = builtin.albedo_mean.min(0), builtin.albedo_mean.max(0)
    assert (model.albedo_mean >= low - 1e-5).all() and (model.albedo_mean <= high + 1e-5).all()
    assert model.front_mask.shape == (len(ARRAYS["f"]),)


def test_npz_gives_the_same_model(folder, model):
    np.savez(folder / "flame.npz", **ARRAYS)
    assert morphable.get(folder / "flame.npz").hash == model.hash
    full = {
        "full_lmk_faces_idx": model_landmark_triangles(model)[np.newaxis],
        "full_lmk_bary_coords": model.landmark_weights[np.newaxis],
    }
    np.savez(folder / "full.npz", **full)
    again = flame.read(folder / "generic_model.pkl", landmarks=folder / "full.npz")
    np.testing.assert_array_equal(again.landmark_vertices, model.landmark_vertices)


def model_landmark_triangles(model):
    contour = EMBEDDING["dynamic_lmk_faces_idx"][0]
    return np.concatenate([contour, EMBEDDING["static_lmk_faces_idx"]])


def test_texture_coordinates_of_the_template(folder):
    lines = [f"v {x} {y} {z}" for x, y, z in ARRAYS["v_template"]]
    lines += ["vt 0.25 0.75", "vt 0.5 0.5", "vt 1 1"]
    lines += ["f " + " ".join(f"{v + 1}/{k + 1}" for k, v in enumerate(f)) for f in ARRAYS["f"]]
    path = folder / "template.obj"
    path.write_text("\n".join(lines))
    made = flame.read(folder / "generic_model.pkl", template=path)
    np.testing.assert_allclose(made.uv[0], [0.25, 0.25])
    assert made.uv_faces.shape == made.faces.shape
    path.write_text("\n".join(lines[:-1]))
    with pytest.raises(FaceModelError, match="has 143 triangles and 3 texture coordinates"):
        flame.read(folder / "generic_model.pkl", template=path)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("posedirs", None, "has no posedirs; FLAME has v_template"),
        ("weights", np.ones((90, 4)), r"weights has shape \[90, 4\]; it must be \[90, 5\]"),
        ("f", ARRAYS["f"] + 5, "f holds indices 5..94; they must lie in 1..90"),
        ("shapedirs", np.zeros((80, 3, 10)), r"shapedirs has shape \[80, 3, 10\]"),
        ("weights", np.ones((90, 5)), "articulation.weights has a row whose sum is off"),
    ],
)
def test_a_wrong_array_is_named(folder, tmp_path, name, change, message):
    arrays = {k: v for k, v in ARRAYS.items() if k != name}
    if change is not None:
        arrays[name] = change
    path = tmp_path / "bad.pkl"
    path.write_bytes(pickle.dumps(arrays, 2))
    with pytest.raises(FaceModelError, match=message):
        flame.read(path, landmarks=folder / "landmark_embedding.npy")


def test_landmark_files_that_do_not_fit(folder, tmp_path):
    path = tmp_path / "generic_model.pkl"
    path.write_bytes((folder / "generic_model.pkl").read_bytes())
    with pytest.raises(FaceModelError, match=r"holds no landmarks; put landmark_embedding\.npy"):
        flame.read(path)
    other = tmp_path / "landmark_embedding.npy"
    np.save(other, np.zeros(3))
    with pytest.raises(FaceModelError, match="holds no dictionary"):
        flame.read(path)
    np.save(other, {"static_lmk_faces_idx": np.arange(51)}, allow_pickle=True)
    with pytest.raises(FaceModelError, match="has neither full_lmk_faces_idx"):
        flame.read(path)
    wrong = EMBEDDING | {"static_lmk_faces_idx": np.full(51, 9999)}
    np.save(other, wrong, allow_pickle=True)
    with pytest.raises(FaceModelError, match="lmk_faces_idx holds indices"):
        flame.read(path)
    np.save(other, {"x": collections.Counter("a")}, allow_pickle=True)
    with pytest.raises(FaceModelError, match=r"it names 'collections\.Counter'"):
        flame.read(path)


def test_eyeballs_are_pieces_behind_the_lids():
    mean, faces = small.grid()
    landmarks = np.zeros((68, 3))
    landmarks[36:42], landmarks[42:48] = (-0.3, 0.3, 0.1), (0.3, 0.3, 0.1)
    ball = np.random.default_rng(0).normal(size=(40, 3))
    ball *= 0.12 / np.linalg.norm(ball, axis=1, keepdims=True)
    hull = ConvexHull(ball).simplices
    places = [(-0.3, 0.3, 0.0), (0.3, 0.3, 0.0), (0.0, -0.5, 0.0)]  # the third is no eye
    points, triangles = [mean], [faces]
    for place in places:
        triangles.append(hull + sum(map(len, points)))
        points.append(ball + place)
    found = flame._eyeballs(np.concatenate(points), np.concatenate(triangles), landmarks)
    assert [rows.tolist() for rows in found] == [list(range(90, 130)), list(range(130, 170))]


def test_axis_angles():
    turn = articulate.axis_angle_matrices(tf.constant([[0.0, 0.0, np.pi / 2]]))[0]
    np.testing.assert_allclose(turn @ np.float32([[1], [0], [0]]), [[0], [1], [0]], atol=1e-6)
    vectors = tf.constant(np.random.default_rng(0).normal(size=(6, 3)), tf.float32)
    turns = articulate.axis_angle_matrices(vectors)
    np.testing.assert_allclose(
        turns @ tf.linalg.matrix_transpose(turns), [np.eye(3)] * 6, atol=1e-5
    )
    # The axis stays, and the inverse vector turns back.
    np.testing.assert_allclose(tf.linalg.matvec(turns, vectors), vectors, atol=1e-5)
    back = articulate.axis_angle_matrices(-vectors)
    np.testing.assert_allclose(turns @ back, [np.eye(3)] * 6, atol=1e-5)
    zero = tf.Variable(tf.zeros([1, 3]))
    with tf.GradientTape() as tape:
        value = articulate.axis_angle_matrices(zero)[0, 2, 1]  # + x for small turns
    np.testing.assert_allclose(tape.gradient(value, zero), [[1, 0, 0]], atol=1e-6)


def by_hand(model, shape, joints):
    """Linear blend skinning in NumPy, joint by joint."""
    rig = model.articulation
    turns = np.array(articulate.axis_angle_matrices(tf.constant(joints.reshape(-1, 3))))
    feature = (turns - np.eye(3)).reshape(-1)
    places = rig.regressor @ shape
    maps = [np.eye(4)]
    for j in range(1, 5):
        local = np.eye(4)
        local[:3, :3] = turns[j - 1]
        local[:3, 3] = places[j] - turns[j - 1] @ places[j]
        maps.append(maps[rig.parents[j]] @ local)
    posed = shape + np.einsum("k,kvd->vd", feature, rig.correctives)
    ones = np.concatenate([posed, np.ones((len(posed), 1))], 1)
    return np.einsum("vj,jkl,vl->vk", rig.weights, np.array(maps), ones)[:, :3]


def test_joints_pose_the_shape(model):
    rng = np.random.default_rng(4)
    decoder = Decoder(model)
    shape = decoder.shape(tf.constant(rng.normal(size=(2, 300)), tf.float32), tf.zeros([2, 4]))
    joints = rng.normal(0, 0.4, (2, 12)).astype(np.float32)
    posed = decoder.rig.pose(shape, tf.constant(joints))
    for k in range(2):
        expected = by_hand(model, shape[k].numpy().astype(float), joints[k])
        np.testing.assert_allclose(posed[k], expected, atol=2e-4)
    still = decoder.rig.pose(shape, tf.zeros([2, 12]))
    np.testing.assert_allclose(still, shape, atol=1e-5)
    with pytest.raises(FaceModelError, match=r"take \[batch, 12\]"):
        decoder.rig.pose(shape, tf.zeros([2, 15]))


def test_a_scene_takes_joints(model):
    layout = coefficients.layout_of(model, joints=True)
    assert layout.size("joints") == 12 and layout.names[-1] == "joints"
    values = coefficients.neutral(layout)
    decoder = Decoder(model)
    still = decoder.decode(values, cameras.DEEP3D).vertices
    values["joints"] = tf.constant([[0.0] * 3 + [0.3, 0, 0] + [0.0] * 6])  # the jaw opens
    moved = decoder.decode(values, cameras.DEEP3D).vertices - still
    assert np.abs(moved).max() > 0.01
    without = {k: v for k, v in values.items() if k != "joints"}
    np.testing.assert_allclose(decoder.decode(without, cameras.DEEP3D).vertices, still, atol=1e-5)
