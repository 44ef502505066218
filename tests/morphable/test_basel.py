import numpy as np
import pytest

from face2param import morphable
from face2param.errors import FaceModelError
from face2param.morphable import basel, deep3d_file, expression_files
from tests.morphable import small


@pytest.fixture
def files(tmp_path):
    return small.Basel(tmp_path)


def read(files, **sizes):
    return basel.read(files.folder / "01_MorphableModel.mat", **sizes)


def test_deep3ds_combination_of_the_files(files):
    made = read(files)
    assert made.sizes == {"identity": 6, "expression": 4, "albedo": 5}
    mean = files.mean[files.select]
    np.testing.assert_allclose(made.mean, mean - mean.mean(0), atol=1e-6)
    # Components times deviations, micrometres to decimetres; colours 0..255 to 0..1.
    third = (files.shape[:, 2] * files.shape_ev[2, 0] / 1e5).reshape(-1, 3)[files.select]
    np.testing.assert_allclose(made.identity[2], third, rtol=1e-5)
    smile = files.expression[1][files.front] * files.deviations[1] / 1e5
    np.testing.assert_allclose(made.expression[1], smile, rtol=1e-5)
    red = (files.tex[:, 4] * files.tex_ev[4, 0] / 255).reshape(-1, 3)[files.select]
    np.testing.assert_allclose(made.albedo[4], red, rtol=1e-5)
    colours = files.tex_mean.reshape(-1, 3)[files.select] / 255
    np.testing.assert_allclose(made.albedo_mean, colours, rtol=1e-5)
    np.testing.assert_array_equal(made.faces, files.faces)
    assert made.front_mask.sum() == len(files.faces[::2])
    np.testing.assert_array_equal(made.landmark_vertices[:, 0], np.arange(68) % len(mean))


def test_fewer_components_and_triangles_turned_outward(files):
    info = files.info()
    files.write("facemodel_info.mat", info | {"tri": info["tri"][:, ::-1]})
    made = read(files, sizes=(3, 2, 1))
    assert made.sizes == {"identity": 3, "expression": 2, "albedo": 1}
    np.testing.assert_array_equal(np.sort(made.faces, 1), np.sort(files.faces, 1))
    corner = made.mean[made.faces]
    assert np.cross(corner[:, 1] - corner[:, 0], corner[:, 2] - corner[:, 0])[:, 2].min() > 0


def test_one_selection_file_does_as_well(files):
    expected = read(files)
    (files.folder / "BFM_front_idx.mat").unlink()
    files.write("select_vertex_id.mat", {"select_id": files.select[:, np.newaxis] + 1.0})
    assert read(files).hash == expected.hash


def test_without_expressions(files):
    (files.folder / "Exp_Pca.bin").unlink()
    made = morphable.get(files.folder / "01_MorphableModel.mat")
    assert made.sizes["expression"] == 0


def test_by_way_of_deep3ds_file(files):
    made = read(files)
    deep3d_file.write(made, files.folder / "BFM_model_front.mat")
    back = morphable.get(files.folder / "BFM_model_front.mat")
    np.testing.assert_allclose(back.expression, made.expression, atol=1e-6)
    np.testing.assert_array_equal(back.front_mask, made.front_mask)


@pytest.mark.parametrize(
    ("gone", "message"),
    [
        ("facemodel_info.mat", "neither landmarks nor masks; give facemodel_info.mat"),
        ("std_exp.txt", "no scale without std_exp.txt"),
        ("BFM_front_idx.mat", "has 132 vertices, facemodel_info.mat speaks of 103; give select"),
        ("BFM_exp_idx.mat", "give select_vertex_id.mat, or BFM_exp_idx.mat"),
    ],
)
def test_a_missing_companion_is_named(files, gone, message):
    (files.folder / gone).unlink()
    with pytest.raises(FaceModelError, match=message):
        read(files)


@pytest.mark.parametrize(
    ("name", "change", "message"),
    [
        ("01_MorphableModel.mat", lambda f: {"shapeMU": f.mean}, "has no shapePC, shapeEV, texMU"),
        ("01_MorphableModel.mat", lambda f: f.basel() | {"shapeEV": np.ones(3)},
         "shapeEV holds 3 values; expected 6"),
        ("01_MorphableModel.mat", lambda f: f.basel() | {"texPC": f.tex[:-1]},
         r"texPC has shape \[395, 5\]; it must be \[396, any\]"),
        ("BFM_exp_idx.mat", lambda f: {"trimIndex": f.trim + 2.0}, "trimIndex holds indices"),
        ("BFM_exp_idx.mat", lambda f: {"other": f.trim}, "has no trimIndex"),
        ("BFM_front_idx.mat", lambda f: {"idx": f.front[:-1] + 1.0}, "selects 102 vertices"),
        ("select_vertex_id.mat", lambda f: {"select_id": np.arange(103) + 1.0},
         "have no expression; the index files do not belong together"),
        ("select_vertex_id.mat", lambda f: {"a": 1.0, "b": 2.0}, "must hold one array, has a, b"),
    ],
)  # fmt: skip
def test_a_wrong_file_is_named(files, name, change, message):
    files.write(name, change(files))
    with pytest.raises(FaceModelError, match=message):
        read(files)


def test_expression_files_of_another_size(files, tmp_path):
    path = files.folder / "Exp_Pca.bin"
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.raises(FaceModelError, match=r"and says 4 components; with 129 vertices that"):
        read(files)
    files.write_expressions()
    (files.folder / "std_exp.txt").write_text("1 2 three 4")
    with pytest.raises(FaceModelError, match="holds something else than numbers"):
        read(files)
    (files.folder / "std_exp.txt").write_text("1 2 3")
    with pytest.raises(FaceModelError, match="holds 3 values; expected 4 positive numbers"):
        read(files)


def test_the_real_files_size():
    """79 components of 53215 vertices: 4 + 4 * 80 * 159645 bytes."""
    assert 4 + 4 * (79 + 1) * 3 * 53215 == 51_086_404


def test_a_head_that_promises_too_many_components_takes_no_memory(tmp_path):
    path, deviations = tmp_path / "Exp_Pca.bin", tmp_path / "std_exp.txt"
    deviations.write_text("1")
    path.write_bytes(np.int32(2**31 - 1).tobytes())
    with pytest.raises(FaceModelError, match="says 2147483647 components"):
        expression_files.read(path, deviations, 53215, 64)
    path.write_bytes(b"")
    with pytest.raises(FaceModelError, match="has 0 bytes"):
        expression_files.read(path, deviations, 53215, 64)
