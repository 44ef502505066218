import numpy as np
import pytest

from face2param.errors import CodecError
from face2param.meshes.gltf import primitives
from tests.meshes.gltf import files, models
from tests.meshes.gltf.files import TRIANGLE, Builder

SQUARE = np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0], [2, 0, 0]], np.float32)


def first(model):
    return model.meshes[0].primitives[0]


def with_texture(builder, **info):
    """A material whose base texture is looked up as `info` says."""
    texture = builder.texture(files.png(models.picture(0)))
    return builder.material(
        pbrMetallicRoughness={"baseColorTexture": {"index": texture} | info},
    )


def test_a_strip_keeps_its_side_and_loses_its_stitches(tmp_path):
    builder = Builder(SQUARE, [0, 2, 1, 3, 3, 4, 4])
    builder.primitive["mode"] = 5
    faces = first(builder.read(tmp_path)).faces
    np.testing.assert_array_equal(faces, [[0, 2, 1], [2, 3, 1]])
    sides = np.cross(
        SQUARE[faces[:, 1]] - SQUARE[faces[:, 0]], SQUARE[faces[:, 2]] - SQUARE[faces[:, 0]]
    )
    assert (sides[:, 2] > 0).all()


def test_a_fan_goes_around_its_first_corner(tmp_path):
    builder = Builder(SQUARE, [1, 0, 2, 3])
    builder.primitive["mode"] = 6
    np.testing.assert_array_equal(first(builder.read(tmp_path)).faces, [[0, 2, 1], [2, 3, 1]])


def test_corners_without_indices(tmp_path):
    np.testing.assert_array_equal(first(Builder(indices=None).read(tmp_path)).faces, [[0, 1, 2]])
    builder = Builder(SQUARE, None)
    builder.primitive["mode"] = 5
    assert len(first(builder.read(tmp_path)).faces) == 3
    builder.primitive["mode"] = 4
    with pytest.raises(CodecError, match=r"primitives\[0\] has 5 indices, which make no triangles"):
        builder.read(tmp_path)


def test_lines_and_points_are_left_out(tmp_path):
    builder = Builder()
    builder.document["meshes"][0]["primitives"].append(dict(builder.primitive, mode=1))
    builder.document["meshes"].append({"primitives": [dict(builder.primitive, mode=0)]})
    builder.document["nodes"] = [{"mesh": 0}, {"mesh": 1, "name": "points"}]
    builder.document["scenes"][0]["nodes"] = [0, 1]
    found = builder.read(tmp_path)
    assert len(found.meshes) == 1 and len(found.meshes[0].primitives) == 1
    assert found.nodes[1].name == "points" and found.nodes[1].mesh is None


def test_directions_and_colours_from_small_integers(tmp_path):
    builder = Builder()
    normals = np.array([[0, 0, 127, 0], [0, -127, 0, 0], [90, 0, 90, 0]], np.int8)
    view = builder.view(normals.tobytes(), byteStride=4)
    index = builder.accessor(normals[:, :3], bufferView=view, normalized=True)
    builder.primitive["attributes"]["NORMAL"] = index
    colours = np.array([[0, 0, 255], [255, 0, 51], [0, 0, 0]], np.uint8)
    builder.attribute("COLOR_0", colours, normalized=True)
    found = first(builder.read(tmp_path))
    half = np.sqrt(0.5)
    np.testing.assert_allclose(found.normals, [[0, 0, 1], [0, -1, 0], [half, 0, half]], atol=1e-6)
    expected = np.pad(colours / 255, ((0, 0), (0, 1)), constant_values=1)
    np.testing.assert_allclose(found.colours, expected, rtol=1e-6)


def test_weights_add_up_and_the_empty_ones_hang_on_joint_0(tmp_path):
    builder = Builder()
    joints = np.array([[1, 2, 0, 0], [2, 0, 0, 0], [2, 2, 2, 2]], np.uint16)
    weights = np.array([[0.5, 0.25, 0, 0], [0.2, 0, 0, 0], [0, 0, 0, -0.001]], np.float32)
    builder.attribute("JOINTS_0", joints)
    builder.attribute("WEIGHTS_0", weights)
    found = first(builder.read(tmp_path))
    np.testing.assert_allclose(found.weights[:, 0], [2 / 3, 1, 1], rtol=1e-6)
    np.testing.assert_array_equal(found.joints, [[1, 2, 0, 0], [2, 0, 0, 0], [0, 0, 0, 0]])
    del builder.primitive["attributes"]["WEIGHTS_0"]
    with pytest.raises(CodecError, match="JOINTS without WEIGHTS"):
        builder.read(tmp_path)


def test_morphs_with_and_without_names(tmp_path):
    builder = Builder()
    moved = builder.accessor(TRIANGLE * np.float32(0.5))
    small = np.array([[0, 0, 127]] * 3, np.int8)
    packed = builder.accessor(small, normalized=True)
    turned = builder.accessor(TRIANGLE)
    builder.primitive["targets"] = [
        {"POSITION": moved},
        {"POSITION": packed, "NORMAL": turned, "TANGENT": turned},
        {},
    ]
    mesh = builder.document["meshes"][0]
    found = builder.read(tmp_path).meshes[0]
    assert found.morph_names == ("morph_0", "morph_1", "morph_2")
    (part,) = found.primitives
    np.testing.assert_array_equal(part.morphs[0], TRIANGLE * 0.5)
    np.testing.assert_array_equal(part.morphs[1], [[0, 0, 1]] * 3)
    assert not part.morphs[2].any() and part.morph_normals is None  # nothing that they turn
    builder.attribute("NORMAL", np.tile(np.float32([0, 0, 1]), (3, 1)))
    (part,) = builder.read(tmp_path).meshes[0].primitives
    np.testing.assert_array_equal(part.morph_normals[1], TRIANGLE)
    assert not part.morph_normals[[0, 2]].any()
    mesh["extras"] = {"targetNames": ["smile", "smile", "jawOpen"]}
    mesh["weights"] = [0, 0.5, 1]
    found = builder.read(tmp_path).meshes[0]
    assert found.morph_names == ("smile", "smile_2", "jawOpen")
    np.testing.assert_array_equal(found.morph_weights, [0, 0.5, 1])
    for extras in ("text", [1], {"targetNames": [1, 2, 3]}, {"targetNames": ["a"]}, None):
        mesh["extras"] = extras
        builder.primitive["extras"] = {"targetNames": ["a", "b", "c"]}
        assert builder.read(tmp_path).meshes[0].morph_names == ("a", "b", "c")
    mesh["weights"] = [0, 1]
    with pytest.raises(CodecError, match="morph_weights must have shape"):
        builder.read(tmp_path)


def test_texture_coordinates_are_resolved(tmp_path):
    uv = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    builder = Builder()
    builder.attribute("TEXCOORD_0", uv)
    builder.attribute("TEXCOORD_1", uv * np.float32(0.25))
    with_texture(builder, texCoord=1)
    found = first(builder.read(tmp_path))
    np.testing.assert_array_equal(found.uv, uv * 0.25)
    assert found.normal_uv is None
    material = builder.document["materials"][0]
    material["normalTexture"] = {"index": 0, "scale": 0.5}
    found = builder.read(tmp_path)
    np.testing.assert_array_equal(first(found).normal_uv, uv)
    assert found.materials[0].normal_scale == 0.5
    material["normalTexture"]["texCoord"] = 1
    assert first(builder.read(tmp_path)).normal_uv is None
    del material["pbrMetallicRoughness"]
    found = first(builder.read(tmp_path))
    np.testing.assert_array_equal(found.uv, uv * 0.25)  # those of the only texture
    del builder.primitive["material"]
    np.testing.assert_array_equal(first(builder.read(tmp_path)).uv, uv)


def test_a_texture_transform_moves_the_coordinates(tmp_path):
    # The example of KHR_texture_transform: the lower left quarter, turned by a quarter clockwise.
    uv = np.array([[0, 0], [1, 0], [0, 1]], np.float32)
    builder = Builder()
    builder.attribute("TEXCOORD_0", uv)
    moved = {"offset": [0, 1], "rotation": np.pi / 2, "scale": [0.5, 0.5]}
    with_texture(builder, texCoord=3, extensions={"KHR_texture_transform": moved | {"texCoord": 0}})
    builder.document["extensionsRequired"] = ["KHR_texture_transform"]
    found = first(builder.read(tmp_path))
    np.testing.assert_allclose(found.uv, [[0, 1], [0, 0.5], [0.5, 1]], atol=1e-6)


def test_a_texture_without_coordinates_is_no_error(tmp_path):
    builder = Builder()
    with_texture(builder, texCoord=2)
    assert first(builder.read(tmp_path)).uv is None


def test_draco_is_refused_unless_the_file_holds_the_plain_data_too(tmp_path):
    builder = Builder()
    builder.primitive["extensions"] = {"KHR_draco_mesh_compression": {"bufferView": 0}}
    assert len(first(builder.read(tmp_path)).faces) == 1
    del builder.document["accessors"][0]["bufferView"]
    with pytest.raises(CodecError, match="is packed with KHR_draco_mesh_compression; export"):
        builder.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"attributes": {}}, "has no POSITION"),
        ({"attributes": None}, "attributes must be an object"),
        ({"mode": 7}, "mode must be a whole number in 0..6, got 7"),
        ({"indices": 40}, "indices must be a whole number in 0..1, got 40"),
        ({"material": 0}, "material must be a whole number in 0..-1, got 0"),
        ({"targets": [{"POSITION": 1}]}, "must be of type VEC3|target 0 has 3 rows"),
        ({"attributes": {"POSITION": 0, "NORMAL": 1}}, "must be of type VEC3, got 'SCALAR'"),
    ],
)
def test_damaged_primitives_are_refused(tmp_path, change, message):
    builder = Builder()
    builder.primitive.update(change)
    with pytest.raises(CodecError, match=message):
        builder.read(tmp_path)


def test_attributes_of_other_lengths_are_refused(tmp_path):
    for name, kind in (("NORMAL", 3), ("TANGENT", 4), ("TEXCOORD_0", 2), ("COLOR_0", 4)):
        builder = Builder()
        builder.attribute(name, np.ones((4, kind), np.float32))
        with pytest.raises(CodecError, match=rf"must have shape \[3, {kind}\], got \[4, {kind}\]"):
            builder.read(tmp_path)
    builder = Builder()
    builder.attribute("JOINTS_0", np.zeros((3, 4), np.uint8))
    builder.attribute("WEIGHTS_0", np.ones((4, 4), np.float32))
    with pytest.raises(CodecError, match="JOINTS and WEIGHTS of different lengths"):
        builder.read(tmp_path)
    builder = Builder(indices=[0, 1, 3])
    with pytest.raises(CodecError, match="indices reach 3, there are 3 vertices"):
        builder.read(tmp_path)
    builder = Builder()
    builder.primitive["targets"] = [{"POSITION": builder.accessor(SQUARE)}]
    with pytest.raises(CodecError, match="target 0 has 5 rows, there are 3 vertices"):
        builder.read(tmp_path)


def test_too_many_primitives_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(primitives, "MAXIMUM_PRIMITIVES", 5)
    builder = Builder()
    builder.document["meshes"][0]["primitives"] *= 6
    with pytest.raises(CodecError, match=r"meshes\[0\] is too much: at most 5 primitives"):
        builder.read(tmp_path)
