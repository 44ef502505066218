import io
import json
import struct

import numpy as np
import pygltflib
import pytest
from PIL import Image

from face2param.errors import OutputError
from face2param.meshes import glb, write_glb
from tests.meshes import shapes


def accessor(document, index):
    """The values of an accessor, read from the bytes."""
    found = document.accessors[index]
    view = document.bufferViews[found.bufferView]
    kind = {5126: "<f4", 5125: "<u4"}[found.componentType]
    width = {"SCALAR": 1, "VEC2": 2, "VEC3": 3}[found.type]
    data = document.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    values = np.frombuffer(data, kind).reshape(-1, width)
    assert len(values) == found.count
    return values


def load(path):
    document = pygltflib.GLTF2().load_binary(str(path))
    (mesh,) = document.meshes
    (primitive,) = mesh.primitives
    return document, primitive


def test_positions_uv_and_texture_come_back(tmp_path):
    mesh = shapes.cube(texture=shapes.picture())
    write_glb(tmp_path / "a.glb", mesh, metres_per_unit=0.1)
    document, primitive = load(tmp_path / "a.glb")
    faces = accessor(document, primitive.indices).reshape(-1, 3)
    points = accessor(document, primitive.attributes.POSITION)
    uv = accessor(document, primitive.attributes.TEXCOORD_0)
    np.testing.assert_allclose(points[faces], 0.1 * mesh.vertices[mesh.faces], rtol=1e-6)
    np.testing.assert_array_equal(uv[faces], mesh.uv[mesh.uv_faces])
    assert len(points) == 24  # three squares meet in each of 8 corners
    record = document.accessors[primitive.attributes.POSITION]
    np.testing.assert_allclose(record.max, [0.1] * 3, rtol=1e-6)
    view = document.bufferViews[document.images[0].bufferView]
    data = document.binary_blob()[view.byteOffset : view.byteOffset + view.byteLength]
    picture = np.asarray(Image.open(io.BytesIO(data)))
    np.testing.assert_array_equal(picture, np.round(mesh.texture * 255))
    assert document.materials[0].pbrMetallicRoughness.metallicFactor == 0


def test_normals_point_outwards_and_have_length_one(tmp_path):
    mesh = shapes.cube()
    write_glb(tmp_path / "a.glb", mesh)
    document, primitive = load(tmp_path / "a.glb")
    normals = accessor(document, primitive.attributes.NORMAL)
    points = accessor(document, primitive.attributes.POSITION)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1, atol=1e-6)
    assert (np.sum(normals * (points - 0.5), 1) > 0).all()


def test_the_file_keeps_the_rules_of_the_container(tmp_path):
    write_glb(tmp_path / "a.glb", shapes.cube(texture=shapes.picture(7, 5)))
    data = (tmp_path / "a.glb").read_bytes()
    magic, version, length = struct.unpack_from("<4sII", data)
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack_from("<I4s", data, 12)
    assert kind == b"JSON" and size % 4 == 0
    text = json.loads(data[20 : 20 + size])
    binary, kind = struct.unpack_from("<I4s", data, 20 + size)
    assert kind == b"BIN\0" and binary % 4 == 0
    assert 0 <= binary - text["buffers"][0]["byteLength"] < 4
    for view in text["bufferViews"]:
        assert view["byteOffset"] % 4 == 0
        assert view["byteOffset"] + view["byteLength"] <= binary
    assert text["asset"]["version"] == "2.0" and text["scene"] == 0


def test_vertex_colours_are_linear_and_unlit_is_declared(tmp_path):
    colours = np.full((8, 3), 0.5)
    mesh = shapes.cube(uv=None, uv_faces=None, colours=colours)
    write_glb(tmp_path / "a.glb", mesh, unlit=True)
    document, primitive = load(tmp_path / "a.glb")
    assert primitive.attributes.TEXCOORD_0 is None
    found = accessor(document, primitive.attributes.COLOR_0)
    np.testing.assert_allclose(found, 0.21404, atol=1e-4)  # sRGB 0.5 in linear light
    assert len(found) == 8 and document.extensionsUsed == ["KHR_materials_unlit"]
    assert "KHR_materials_unlit" in document.materials[0].extensions


def test_a_texture_is_not_multiplied_by_vertex_colours(tmp_path):
    mesh = shapes.cube(texture=shapes.picture(), colours=np.full((8, 3), 0.5))
    write_glb(tmp_path / "a.glb", mesh)
    _, primitive = load(tmp_path / "a.glb")
    assert primitive.attributes.COLOR_0 is None


def test_unused_vertices_are_left_out():
    mesh = shapes.cube()
    mesh = mesh.replace(faces=mesh.faces[:2], uv_faces=mesh.uv_faces[:2])
    faces, vertex, mark = glb.single_index(mesh)
    assert len(vertex) == len(mark) == 4 and faces.max() == 3
    np.testing.assert_array_equal(vertex[faces], mesh.faces)
    np.testing.assert_array_equal(mark[faces], mesh.uv_faces)


def test_linear_light_of_black_white_and_the_straight_part():
    np.testing.assert_allclose(glb.linear(np.array([0, 0.04, 1.0, 2])), [0, 0.04 / 12.92, 1, 1])


def test_wrong_arguments_and_places_are_refused(tmp_path):
    with pytest.raises(ValueError, match="metres_per_unit must be positive, got 0"):
        write_glb(tmp_path / "a.glb", shapes.cube(), metres_per_unit=0)
    empty = shapes.cube(faces=np.zeros((0, 3)), uv=None, uv_faces=None)
    with pytest.raises(ValueError, match="at least one triangle"):
        write_glb(tmp_path / "a.glb", empty)
    with pytest.raises(OutputError, match="cannot write"):
        write_glb("/proc/nowhere/a.glb", shapes.cube())
