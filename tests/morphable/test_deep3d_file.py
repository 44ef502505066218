import dataclasses

import numpy as np
import pytest
from scipy.io import loadmat, savemat

from face2param import morphable
from face2param.errors import FaceModelError
from face2param.morphable import deep3d_file, matlab
from tests.morphable import small


@pytest.fixture
def written(tmp_path):
    made = small.at_vertices(small.model())
    made = dataclasses.replace(made, mean=made.mean - made.mean.mean(0))
    path = tmp_path / "BFM_model_front.mat"
    remarks = deep3d_file.write(made, path)
    return made, path, remarks


def damaged(path, **changes):
    arrays = {k: v for k, v in loadmat(path).items() if k[:2] != "__"}
    for name, value in changes.items():
        arrays[name] = value(arrays[name])
    savemat(path, {k: v for k, v in arrays.items() if v is not None})
    return path


def test_what_is_written_is_deep3ds_layout(written):
    made, path, remarks = written
    arrays = loadmat(path)
    count, triangles = len(made.mean), len(made.faces)
    shapes = {k: v.shape for k, v in arrays.items() if k[:2] != "__"}
    front = int(arrays["tri_mask2"].max())
    assert shapes == {
        "meanshape": (1, 3 * count), "meantex": (1, 3 * count), "idBase": (3 * count, 4),
        "exBase": (3 * count, 3), "texBase": (3 * count, 5), "tri": (triangles, 3),
        "point_buf": (count, 8), "tri_mask2": (int(made.front_mask.sum()), 3),
        "frontmask2_idx": (front, 1), "keypoints": (1, 68), "skinmask": (1, count),
    }  # fmt: skip
    assert arrays["tri"].min() == 1 and arrays["tri"].max() == count
    assert arrays["meantex"].max() > 10  # 0..255
    # point_buf lists the triangles around a vertex, and then "none".
    for vertex in (0, 44):
        around = arrays["point_buf"][vertex]
        real = around[around <= triangles].astype(int) - 1
        assert sorted(real) == sorted(np.flatnonzero((made.faces == vertex).any(1)))
        assert (around[len(real) :] == triangles + 1).all()
    assert remarks == ["Deep3D's networks need 80, 64, 80 coefficients; these are "
                       "{'identity': 4, 'expression': 3, 'albedo': 5}"]  # fmt: skip


def test_written_and_read_again(written):
    made, path, _ = written
    back = morphable.get(path)
    for name in ("mean", "identity", "expression", "albedo_mean", "albedo"):
        np.testing.assert_allclose(getattr(back, name), getattr(made, name), atol=1e-6)
    for name in ("faces", "landmark_vertices", "skin_mask", "front_mask"):
        np.testing.assert_array_equal(getattr(back, name), getattr(made, name))


def test_the_mean_shape_is_centred(written):
    made, path, _ = written
    back = deep3d_file.read(damaged(path, meanshape=lambda a: a + 0.7))
    np.testing.assert_allclose(back.mean.mean(0), 0, atol=1e-6)
    np.testing.assert_allclose(back.mean, made.mean, atol=1e-5)


def test_a_file_of_base_zero_is_seen_by_its_range(written):
    made, path, _ = written
    names = ("tri", "tri_mask2", "frontmask2_idx", "keypoints")
    back = deep3d_file.read(damaged(path, **{name: lambda a: a - 1 for name in names}))
    np.testing.assert_array_equal(back.faces, made.faces)
    np.testing.assert_array_equal(back.front_mask, made.front_mask)
    np.testing.assert_array_equal(back.landmark_vertices, made.landmark_vertices)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("tri", lambda a: np.vstack([a, [[0, 1, 2]]]), r"tri holds indices 0\.\.90; .*mixes bases"),
        ("tri", lambda a: a + 0.5, "tri must hold indices"),
        ("keypoints", lambda a: a[:, :51], "keypoints holds 51 indices; expected 68"),
        ("keypoints", lambda a: a + 90, "keypoints holds indices"),
        ("idBase", lambda a: a[:-3], r"idBase has shape \[267, 4\]; it must be \[270, any\]"),
        ("meantex", lambda a: a[:, :-3], "meantex holds 267 values; expected 270"),
        ("meanshape", lambda a: a.reshape(90, 3), r"meanshape .* must be \[1, 3N\]"),
        ("skinmask", lambda a: a[:, :-1], "skinmask holds 89 values; expected 90"),
        ("exBase", lambda a: None, "has no exBase; .* needs meanshape"),
    ],
)
def test_a_wrong_file_is_named(written, name, change, message):
    _, path, _ = written
    with pytest.raises(FaceModelError, match=message):
        deep3d_file.read(damaged(path, **{name: change}))


def test_what_does_not_fit_is_said(tmp_path):
    fields = small.fields()
    fan = np.stack([np.zeros(10, int), np.arange(1, 11), np.arange(2, 12)], 1)
    made = small.model(faces=fan, uv=np.zeros((3, 2)), uv_faces=np.zeros((10, 3), int),
                       front_mask=np.ones(10, bool),
                       landmark_vertices=fields["landmark_vertices"])  # fmt: skip
    remarks = deep3d_file.write(made, tmp_path / "fan.mat")
    assert [r.split(";")[0] for r in remarks[:2]] == [
        "landmarks lie between vertices", "1 vertices touch more than 8 triangles",
    ]  # fmt: skip
    assert remarks[-1] == "texture coordinates and joints are left out"
    with pytest.raises(FaceModelError, match=r"ends in \.mat"):
        deep3d_file.write(made, tmp_path / "fan.npz")


def test_full_size_constants():
    """Sizes of the real file: 35709 vertices, 70789 triangles, "none" is 70790."""
    assert deep3d_file.POINT_BUFFER == 8 and 3 * 35709 == 107127
    faces = np.stack([np.arange(70789) % 35707 + k for k in range(3)], 1)
    buffer, cut = deep3d_file.point_buffer(faces, 35709)
    assert buffer.shape == (35709, 8) and cut == 0 and buffer.max() + 1 == 70790


@pytest.mark.parametrize(
    ("values", "count", "expected", "one_based"),
    [
        ([0, 1, 2], 3, [0, 1, 2], False),
        ([1, 2, 3], 3, [0, 1, 2], True),
        ([1, 2], 9, [0, 1], True),
        ([0.0, 4.0], 9, [0, 4], False),
    ],
)
def test_bases(values, count, expected, one_based):
    found, base = matlab.zero_based("file", "tri", np.array(values), count)
    assert found.tolist() == expected and base is one_based


def test_matlab_files_that_are_none(tmp_path):
    path = tmp_path / "a.mat"
    with pytest.raises(FaceModelError, match="cannot read"):
        matlab.read(path, ("a",))
    for data in (b"", b"nonsense" * 40):
        path.write_bytes(data)
        with pytest.raises(FaceModelError, match="is no readable MATLAB file"):
            matlab.contents(path)
    path.write_bytes(b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM" + bytes(512))
    with pytest.raises(FaceModelError, match=r"7\.3"):
        matlab.contents(path)
    savemat(path, {"a": "text", "b": np.zeros((2, 2))})
    with pytest.raises(FaceModelError, match="a is a MATLAB char"):
        matlab.read(path, ("a",))
    assert list(matlab.read(path, ("b", "c"))) == ["b"]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) - 40])
    with pytest.raises(FaceModelError, match=r"is damaged|is no readable"):
        matlab.read(path, ("b",))


def test_an_array_larger_than_its_file_is_refused(tmp_path):
    path = tmp_path / "a.mat"
    savemat(path, {"shapeMU": np.zeros((77, 66))})
    data = path.read_bytes()
    sizes = np.array([77, 66], "<i4").tobytes()
    assert data.count(sizes) == 1
    path.write_bytes(data.replace(sizes, np.array([77777, 66666], "<i4").tobytes()))
    with pytest.raises(FaceModelError, match="more than the file can hold"):
        matlab.read(path, ("shapeMU",))
