import numpy as np
import pytest

from face2param import morphable
from face2param.errors import FaceModelError
from face2param.meshes import ict as files
from face2param.morphable import ict, placement
from tests.data import shared_data


@pytest.fixture(scope="module")
def packed():
    """Arrays of the packed layout at full size, cheap to make: a sphere's worth of points."""
    rng = np.random.default_rng(0)
    neutral = rng.normal(0, 5, (files.VERTICES, 3)).astype(np.float32)
    faces = np.stack([(np.arange(files.POLYGONS) + k) % files.VERTICES for k in range(4)], 1)
    faces[5, 3] = -1
    deltas = rng.integers(-99, 99, (3, files.VERTICES, 3)).astype(np.int16)
    return {
        "neutral": neutral,
        "faces": faces.astype(np.int32),
        "uv": rng.uniform(0, 7, (50, 2)).astype(np.float32),
        "uv_faces": np.where(faces < 0, -1, faces % 50).astype(np.int32),
        "deltas_q": deltas,
        "delta_scale": np.array([1e-3, 2e-3, 4e-3]),
        "names": np.array(["jawOpen", "identity001", "identity000"]),
    }


@pytest.fixture(scope="module")
def model(packed, tmp_path_factory):
    path = tmp_path_factory.mktemp("ict") / "ict.npz"
    np.savez(path, **packed)
    return morphable.get(path)


def test_units_order_and_scale(model, packed):
    kept = len(model.mean)
    assert kept == 24591 and model.sizes == {"identity": 2, "expression": 1, "albedo": 80}
    moved = model.mean - packed["neutral"][:kept] / 10
    np.testing.assert_allclose(moved, np.broadcast_to(moved[:1], moved.shape), atol=1e-5)
    shape = packed["deltas_q"][2, :kept] * 4e-3 / 10
    np.testing.assert_allclose(model.identity[0], shape, atol=1e-6)
    jaw = packed["deltas_q"][0, :kept] * 1e-3 / 10
    np.testing.assert_allclose(model.expression[0] * 3, jaw, atol=1e-6)
    assert model.expression_names == ("jawOpen",)


def test_quadrilaterals_become_two_triangles_and_gloss_is_left_out(model, packed):
    polygons = packed["faces"]
    halves = [(polygons[:, list(corners)] < 24591).all(1) for corners in ((0, 1, 2), (0, 2, 3))]
    expected = halves[0].sum() + (halves[1] & (polygons[:, 3] >= 0)).sum()
    assert len(model.faces) == len(model.uv_faces) == expected
    assert model.uv.min() >= 0 and model.uv.max() <= 1


def test_a_piece_of_each_kind_has_its_own_colours(model):
    def mean(name):
        return model.albedo_mean[slice(*model.parts[name])].mean(0)

    assert mean("teeth")[2] > 0.65 > mean("cavity")[0]
    assert mean("tongue")[0] > 1.4 * mean("tongue")[1]


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("neutral", lambda a: a[:-1], r"neutral has shape \[26718, 3\]; it must be \[26719, 3\]"),
        ("faces", lambda a: np.where(a < 0, -1, a + 400), r"faces holds indices 0\.\.26786"),
        ("uv_faces", lambda a: a + 10, "uv_faces holds indices"),
        ("deltas_q", lambda a: a[:2], r"deltas_q has shape \[2, 26719, 3\]; it must be \[3,"),
        ("names", None, "has no names; it needs"),
    ],
)
def test_a_wrong_array_is_named(packed, tmp_path, name, change, message):
    arrays = {k: v for k, v in packed.items() if k != name}
    if change is not None:
        arrays[name] = change(packed[name])
    path = tmp_path / "bad.npz"
    np.savez(path, **arrays)
    with pytest.raises(FaceModelError, match=message):
        ict.read(path)


def test_a_folder_without_the_model(tmp_path):
    with pytest.raises(FaceModelError, match=r"has no generic_neutral_mesh\.obj"):
        morphable.get(tmp_path)
    (tmp_path / "generic_neutral_mesh.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    with pytest.raises(FaceModelError, match=r"vertices has shape \[3, 3\]; .* \[26719, 3\]"):
        morphable.get(tmp_path)


def test_the_real_model_as_folder_and_packed():
    folder = shared_data("ict_facekit")
    whole, some = ict.read(folder / "ict_facekit.npz"), ict.read(folder)
    assert whole.sizes == {"identity": 100, "expression": 57, "albedo": 80}
    assert len(whole.faces) == 48836 and some.expression_names == ("jawOpen",)
    np.testing.assert_array_equal(whole.faces, some.faces)
    np.testing.assert_allclose(whole.mean, some.mean, atol=1e-6)
    # The packed file rounds to 6e-5 cm.
    jaw = whole.expression_names.index("jawOpen")
    np.testing.assert_allclose(whole.expression[jaw], some.expression[0], atol=6e-6)
    np.testing.assert_allclose(whole.identity[0], some.identity[0], atol=6e-6)
    # A face stands where Deep3D's does, and is as large as one.
    five = placement.five_points(whole.landmarks())
    np.testing.assert_allclose(five.mean(0), placement.STANDARD_FIVE.mean(0), atol=1e-2)
    assert np.abs(five - placement.STANDARD_FIVE).max() < 0.15
    # Eyes: dark pupils in white; the borrowed brows are darker than the forehead above.
    eye = whole.albedo_mean[slice(*whole.parts["eye_left"])].mean(1)
    assert eye.min() < 0.15 and np.quantile(eye, 0.9) > 0.6
    landmarks = whole.landmark_vertices[:, 0]
    brow, cheek = whole.albedo_mean[landmarks[18:21]], whole.albedo_mean[landmarks[2]]
    assert brow.mean() < cheek.mean()
