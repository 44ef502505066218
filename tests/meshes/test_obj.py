import numpy as np
import pytest

from face2param import images
from face2param.errors import CodecError, OutputError
from face2param.meshes import obj_reader, read_obj, write_obj
from tests.data import shared_data
from tests.meshes import shapes


def written(path, text):
    path.write_text(text)
    return path


TRIANGLE = "v 0 0 0\nv 1 0 0\nv 0 1 0\n"


def test_a_mesh_comes_back_as_it_was_written(tmp_path):
    rng = np.random.default_rng(1)
    mesh = shapes.cube(
        texture=shapes.picture(),
        colours=rng.random((8, 3)),
        normals=np.repeat([[0.0, 0.6, 0.8]], 8, 0),
    )
    paths = write_obj(tmp_path / "cube.obj", mesh)
    assert [path.name for path in paths] == ["cube.png", "cube.mtl", "cube.obj"]
    back = read_obj(tmp_path / "cube.obj")
    np.testing.assert_array_equal(back.faces, mesh.faces)
    np.testing.assert_array_equal(back.uv_faces, mesh.uv_faces)
    for name in ("vertices", "uv", "colours", "normals"):
        # Six decimals are written.
        np.testing.assert_allclose(getattr(back, name), getattr(mesh, name), atol=1e-6)
    np.testing.assert_array_equal(images.read_image(tmp_path / "cube.png"), mesh.texture)
    text = (tmp_path / "cube.obj").read_text()
    assert f"vt {mesh.uv[0, 0]:.6f} {1 - mesh.uv[0, 1]:.6f}" in text  # upwards in the file
    assert "mtllib cube.mtl\nusemtl face\n" in text
    assert "map_Kd cube.png" in (tmp_path / "cube.mtl").read_text()


def test_a_plain_mesh_has_no_material(tmp_path):
    mesh = shapes.cube(uv=None, uv_faces=None)
    assert write_obj(tmp_path / "a.obj", mesh) == [tmp_path / "a.obj"]
    assert "mtl" not in (tmp_path / "a.obj").read_text()
    back = read_obj(tmp_path / "a.obj")
    assert back.uv is None and back.normals is None and back.colours is None
    with_normals = mesh.replace(normals=np.repeat([[0.0, 0, 1]], 8, 0))
    write_obj(tmp_path / "b.obj", with_normals)
    assert "f 1//1 3//3 4//4" in (tmp_path / "b.obj").read_text()
    np.testing.assert_array_equal(read_obj(tmp_path / "b.obj").normals, with_normals.normals)


def test_meshes_can_share_a_material(tmp_path):
    assert write_obj(tmp_path / "b.obj", shapes.cube(), "a.mtl") == [tmp_path / "b.obj"]
    assert "mtllib a.mtl\nusemtl face\n" in (tmp_path / "b.obj").read_text()
    with pytest.raises(ValueError, match="has a texture of its own"):
        write_obj(tmp_path / "b.obj", shapes.cube(texture=shapes.picture()), "a.mtl")


def test_output_that_cannot_be_written_is_refused():
    with pytest.raises(OutputError, match="cannot write /proc"):
        write_obj("/proc/nowhere/a.obj", shapes.cube())


def test_polygons_become_fans_and_negative_indices_count_back(tmp_path):
    text = TRIANGLE + "v 1 1 0\nf 1 2 4 3\nf -4 -3 -2\nv 2 2 2\nf -1 1 2  # the newest vertex\n"
    mesh = read_obj(written(tmp_path / "a.obj", text))
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 3], [0, 3, 2], [0, 1, 2], [4, 0, 1]])


def test_corners_of_different_forms(tmp_path):
    text = TRIANGLE + "vt 0 0\nvn 0 0 1\nf 1/1/1 2//1 3\nf 1/1 2/1 3/1\n"
    mesh = read_obj(written(tmp_path / "a.obj", text))
    assert mesh.uv is None and len(mesh.faces) == 2  # one corner has no UV
    text = TRIANGLE + "vt 0 0\nvt 1 0.5\nf 1/1 2/2 3/1\nf 1/2/ 2/2 3/1\n"
    with pytest.raises(CodecError):
        read_obj(written(tmp_path / "b.obj", text.replace("1/2/", "/2")))
    mesh = read_obj(written(tmp_path / "c.obj", text))
    np.testing.assert_array_equal(mesh.uv_faces, [[0, 1, 0], [1, 1, 0]])


def test_tabs_continued_lines_carriage_returns_and_byte_colours(tmp_path):
    text = "v\t0 0 0 255 0 0\r\nv 1 0 \\\r\n0 0 255 0\r\nv 0 1 0 0 0 255\r\n  f 1 2\\\r\n 3\r\n"
    (tmp_path / "a.obj").write_bytes(text.encode())
    mesh = read_obj(tmp_path / "a.obj")
    np.testing.assert_array_equal(mesh.colours, np.eye(3))
    np.testing.assert_array_equal(mesh.faces, [[0, 1, 2]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 vertices and 0 polygons"),
        (TRIANGLE, "3 vertices and 0 polygons"),
        (TRIANGLE + "f 1 2\n", r"line 4: 'f' has 2 corners; 3 to 64 fit"),
        (TRIANGLE + "f " + "1 " * 65, "'f' has 65 corners"),
        (TRIANGLE + "f 1 2 4\n", r"line 4: 'f' names an element .* 3 vertices, 0 UV points"),
        (TRIANGLE + "f 0 1 2\n", "counted from 1"),
        (TRIANGLE + "f -4 1 2\n", "line 4: 'f' names an element"),
        (TRIANGLE + "f 1/1 2/1 3/1\n", "0 UV points"),
        (TRIANGLE + "f 1 2 x\n", r"line 4: 'f' holds the corner 'x'"),
        (TRIANGLE + "f 1/1/1/1 2 3\n", "holds the corner '1/1/1/1'"),
        ("v 0 0\nf 1 1 1\n", r"line 1: 'v' has 2 numbers; expected 3 or 4 or 6 or 7"),
        (TRIANGLE + "v 1 2 3 4\nf 1 2 3\n", "line 4: 'v' has 4 numbers"),
        ("v 0 0 zero\nf 1 1 1\n", "line 1: 'v' holds something that is not a number"),
        ("v 0 0 nan\nf 1 1 1\n", "line 1: 'v' holds something that is not a number"),
    ],
)
def test_damaged_files_are_refused_with_the_line(tmp_path, text, message):
    with pytest.raises(CodecError, match=message):
        read_obj(written(tmp_path / "bad.obj", text))


def test_sizes_come_before_memory(tmp_path):
    path = written(tmp_path / "a.obj", TRIANGLE + "f 1 2 3\n")
    with pytest.raises(CodecError, match=r"has 32 bytes; at most 10 are read"):
        read_obj(path, maximum_bytes=10)
    with pytest.raises(CodecError, match="cannot read"):
        read_obj(tmp_path / "none.obj")


def test_fans_go_around_the_first_corner():
    found = obj_reader.fans(np.array([3, 5, 4]))
    wanted = [[0, 1, 2], [3, 4, 5], [3, 5, 6], [3, 6, 7], [8, 9, 10], [8, 10, 11]]
    np.testing.assert_array_equal(found, wanted)


def test_a_real_head_made_elsewhere():
    mesh = read_obj(shared_data("ict_facekit", "generic_neutral_mesh.obj"))
    assert mesh.vertices.shape == (26719, 3) and mesh.uv.shape == (28911, 2)
    assert mesh.faces.shape == (52220, 3) and mesh.faces.max() == 26718
    assert mesh.uv_faces.max() == 28910 and mesh.uv[:, 0].max() > 6  # tiles in a row
