"""GLB files read in C# as Python reads them; damaged ones refused with our exception."""

import copy
import json

import numpy as np
import pytest

from face2param.meshes.gltf import Model, read_gltf, write_gltf
from face2param.meshes.gltf.writer import container
from tests.meshes.gltf import files, models
from tests.unity.mono import Refused


def dump(driver, path):
    driver("glb-dump", path, path.with_suffix(".json"), timeout=60)
    return json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))


def index(value):
    return -1 if value is None else value


def check_array(found, expected, where, tolerance=0.0):
    if expected is None:
        assert found is None, where
        return
    found = np.array(found, expected.dtype).reshape(expected.shape)
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance, err_msg=where)


def check(found: dict, model: Model):
    """The model of C# is that of Python; both compute in their own order, so 1e-6 where they do."""
    assert found["name"] == model.name
    assert [n["name"] for n in found["nodes"]] == [n.name for n in model.nodes]
    for entry, node in zip(found["nodes"], model.nodes, strict=True):
        for name in ("parent", "mesh", "skin"):
            assert entry[name] == index(getattr(node, name)), node.name
        for name in ("translation", "rotation", "scale"):
            check_array(entry[name], getattr(node, name), node.name, 1e-6)
        check_array(entry["weights"], node.weights, node.name)
    for entry, mesh in zip(found["meshes"], model.meshes, strict=True):
        assert entry["name"] == mesh.name and entry["morph_names"] == list(mesh.morph_names)
        check_array(entry["morph_weights"], mesh.morph_weights, mesh.name)
        for part, primitive in zip(entry["primitives"], mesh.primitives, strict=True):
            assert part["material"] == index(primitive.material)
            for name in ("vertices", "faces", "colours", "joints", "morphs", "morph_normals"):
                check_array(part[name], getattr(primitive, name), name)
            for name in ("normals", "tangents", "uv", "normal_uv", "weights"):
                check_array(part[name], getattr(primitive, name), name, 1e-6)
    for entry, skin in zip(found["skins"], model.skins, strict=True):
        assert entry["joints"] == list(skin.joints)
        check_array(entry["inverse_bind"], skin.inverse_bind, skin.name)
    for entry, material in zip(found["materials"], model.materials, strict=True):
        assert entry["name"] == material.name and entry["alpha_mode"] == material.alpha_mode
        for name in ("double_sided", "unlit"):
            assert entry[name] == getattr(material, name)
        for name in ("base_texture", "normal_texture"):
            assert entry[name] == index(getattr(material, name))
        names = ("base_color", "emissive", "metallic", "roughness", "normal_scale", "alpha_cutoff")
        for name in names:
            np.testing.assert_allclose(entry[name], getattr(material, name), 1e-6, err_msg=name)
    for entry, texture in zip(found["textures"], model.textures, strict=True):
        assert entry["name"] == texture.name and entry["wrap"] == list(texture.wrap)
        assert entry["size"] == list(texture.pixels.shape[:2])


def test_a_model_that_uses_everything(driver, tmp_path):
    write_gltf(tmp_path / "head.glb", models.head())
    check(dump(driver, tmp_path / "head.glb"), read_gltf(tmp_path / "head.glb"))


@pytest.mark.parametrize("seed", range(8))
def test_models_by_chance(driver, tmp_path, seed):
    write_gltf(tmp_path / "head.glb", models.by_chance(np.random.default_rng(seed)))
    check(dump(driver, tmp_path / "head.glb"), read_gltf(tmp_path / "head.glb"))


def strip():
    builder = files.Builder(np.random.default_rng(0).random((6, 3), np.float32), range(6))
    builder.primitive["mode"] = 5
    builder.primitive["indices"] = builder.accessor(np.array([0, 1, 2, 2, 3, 4, 5], np.uint8))
    return builder


def fan():
    builder = files.Builder(np.random.default_rng(0).random((6, 3), np.float32), None)
    builder.primitive["mode"] = 6
    return builder


def quantised():
    builder = files.Builder(np.array([[0, 0, 0], [9, 0, 0], [0, 7, -3]], np.int16))
    builder.document["extensionsRequired"] = ["KHR_mesh_quantization"]
    builder.attribute("NORMAL", np.array([[0, 0, 127]] * 3, np.int8), normalized=True)
    builder.attribute("TEXCOORD_0", np.array([[0, 65535]] * 3, np.uint16), normalized=True)
    builder.attribute("COLOR_0", np.array([[9, 99, 255]] * 3, np.uint8), normalized=True)
    builder.attribute("JOINTS_0", np.array([[0, 200, 0, 0]] * 3, np.uint8))
    builder.attribute(
        "WEIGHTS_0", np.array([[255, 0, 0, 0], [0] * 4, [9] * 4], np.uint8), normalized=True
    )
    return builder


def interleaved():
    builder = files.Builder()
    rows = np.random.default_rng(1).random((3, 8), np.float32)
    view = builder.view(rows.tobytes(), byteStride=32)
    for name, offset, kind in [("POSITION", 0, "VEC3"), ("TEXCOORD_0", 24, "VEC2")]:
        builder.primitive["attributes"][name] = builder.add(
            "accessors",
            {"bufferView": view, "byteOffset": offset, "componentType": 5126, "count": 3}
            | {"type": kind},
        )
    return builder


def transformed():
    builder = files.Builder()
    texture = builder.texture(files.png(models.picture(0)))
    moved = {"offset": [0.1, 0.2], "rotation": 0.7, "scale": [2, 3], "texCoord": 1}
    info = {"index": texture, "extensions": {"KHR_texture_transform": moved}}
    normal = {"index": texture, "scale": 0.5}
    builder.material(pbrMetallicRoughness={"baseColorTexture": info}, normalTexture=normal)
    for name in ("TEXCOORD_0", "TEXCOORD_1"):
        builder.attribute(name, np.random.default_rng(2).random((3, 2), np.float32))
    return builder


def unnamed_and_unseen():
    builder = files.Builder()
    matrix = np.diag([2.0, 3.0, -4.0, 1.0])
    matrix[:3, 3] = 5, 6, 7
    turn = np.eye(4)
    turn[:3, :3] = [[0, -1, 0], [1, 0, 0], [0, 0, 1]]
    builder.document["nodes"] = [
        {"name": "jaw", "children": [3]},
        {"name": "jaw", "mesh": 0},
        {"name": "of another scene"},
        {"mesh": 0, "matrix": (matrix @ turn).T.ravel().tolist(), "children": [1]},
        {"name": "node_3", "rotation": [0, 0, 0.6, 0.81]},
    ]
    builder.document["scenes"] = [{"nodes": [2]}, {"nodes": [0, 4], "name": "shown"}]
    builder.document["scene"] = 1
    return builder


ODD = [strip, fan, quantised, interleaved, transformed, unnamed_and_unseen]


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_files_of_other_programs(driver, tmp_path, make):
    model = make().read(tmp_path)
    check(dump(driver, tmp_path / "built.glb"), model)


def changed(tmp_path, change):
    builder = files.Builder()
    change(builder)
    document = builder.finished()
    (tmp_path / "a.glb").write_bytes(container(document, bytes(builder.data)))
    return tmp_path / "a.glb"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda b: b.document.update(extensionsRequired=["KHR_draco_mesh_compression"]),
            "requires the extension KHR_draco_mesh_compression, .* without Draco compression",
        ),
        (
            lambda b: b.document.update(extensionsRequired=["EXT_meshopt_compression"]),
            "requires the extension EXT_meshopt_compression",
        ),
        (lambda b: b.document.update(asset={"version": "1.0"}), "no glTF 2.0 file"),
        (
            lambda b: b.document["accessors"][0].update(count=2**31 - 1),
            r"needs more than 67108864 bytes",
        ),
        (lambda b: b.document["accessors"][0].update(count=2**40), "must be a whole number"),
        (lambda b: b.document["accessors"][0].update(count=10**6), "needs 12000000 bytes of a"),
        (lambda b: b.document["bufferViews"][0].update(byteOffset=2**30), "ends at byte"),
        (lambda b: b.document["nodes"][0].update(children=[0]), "its own ancestor"),
        (
            lambda b: b.document["nodes"][0].update(mesh=1),
            r"nodes\[0\].mesh must be a whole number in 0..0, got 1",
        ),
        (
            lambda b: b.document.update(nodes=[{"children": [2]}, {"children": [2]}, {}]),
            "child of node 0 and of node 1",
        ),
        (
            lambda b: b.primitive.update(indices=b.accessor(np.array([0, 1, 9], np.uint16))),
            "reach 9, there are 3 vertices",
        ),
        (lambda b: b.attribute("NORMAL", np.ones((2, 3), np.float32)), "has 2 rows, there are 3"),
        (
            lambda b: b.attribute("TEXCOORD_0", np.full((3, 2), np.nan, np.float32)),
            "not a finite number",
        ),
        (
            lambda b: b.material(pbrMetallicRoughness={"baseColorTexture": {"index": 7}}),
            "baseColorTexture.index must be",
        ),
        (
            lambda b: b.material(
                pbrMetallicRoughness={"baseColorTexture": {"index": b.texture(b"x" * 99)}}
            ),
            "is no PNG or JPEG picture",
        ),
        (
            lambda b: b.material(
                pbrMetallicRoughness={
                    "baseColorTexture": {
                        "index": b.texture(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\1\0\0\0\1\0\0" * 2)
                    }
                }
            ),
            "has 65536x65536 pixels; at most 8192",
        ),
        (
            lambda b: b.document["nodes"][0].update(matrix=[1] * 12 + [0, 0, 0, 1]),
            "last row must be",
        ),
    ],
)
def test_damaged_files_are_refused(driver, tmp_path, change, message):
    with pytest.raises(Refused, match=message) as caught:
        driver("glb-read", changed(tmp_path, change), timeout=5)
    assert caught.value.kind == "CodecException"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is no GLB file"),
        (b'{"asset": {}}', "is no GLB file"),
        (b"glTF\x01\0\0\0\x0c\0\0\0", "GLB version 1"),
        (b"glTF\x02\0\0\0\xff\xff\xff\xff", "cut off: 4294967295 bytes promised"),
        (b"glTF\x02\0\0\0\x0c\0\0\0", "no JSON chunk"),
        (b"glTF\x02\0\0\0\x14\0\0\0\xff\xff\xff\x7fJSON", "chunk at byte 12"),
    ],
)
def test_damaged_containers_are_refused(driver, tmp_path, data, message):
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(Refused, match=message):
        driver("glb-read", tmp_path / "a.glb")


HOSTILE = [
    *(None, True, False, 0, 1, -1, 2, 3, 255, 2**16, 2**31, 2**31 - 1, 2**32, 2**53, 10**30),
    *(1e38, 1e39, 1e300, 0.5, "", "a", "VEC3", "MAT4", "SCALAR", [], {}, [[]], [{}], [0] * 100),
    *({"index": 0}, {"count": 2**31}, [1e39] * 4, 5120, 5121, 5123, 5125, 5126, 5, 6),
]


def places(value, path=()):
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    return [path] * bool(path) + [
        place for key, inner in items for place in places(inner, (*path, key))
    ]


def test_hostile_values_anywhere_end_in_our_exception(driver, tmp_path):
    """800 files in one process: no crash, none takes 5 s, the heap stays within 256 MiB."""
    rng = np.random.default_rng(0)
    write_gltf(tmp_path / "whole.glb", models.head())
    whole = (tmp_path / "whole.glb").read_bytes()
    size = int.from_bytes(whole[12:16], "little")
    document, data = json.loads(whole[20 : 20 + size]), whole[28 + size :]
    everywhere = places(document)
    path, refused = tmp_path / "a.glb", 0
    for attempt in range(800):
        if attempt % 3 == 0:
            broken = bytearray(whole)
            for at in rng.integers(0, len(broken), rng.integers(1, 6)):
                broken[at] = rng.integers(256)
            broken = broken[: rng.integers(1, len(broken) + 1)] if attempt % 2 else broken
        else:
            changed = copy.deepcopy(document)
            for _ in range(rng.integers(1, 4)):
                place = everywhere[rng.integers(len(everywhere))]
                target = changed
                try:
                    for key in place[:-1]:
                        target = target[key]
                    if rng.random() < 0.2:
                        del target[place[-1]]
                    else:
                        target[place[-1]] = HOSTILE[rng.integers(len(HOSTILE))]
                except (TypeError, KeyError, IndexError):
                    continue
            broken = container(changed, data)
        path.write_bytes(broken)
        try:
            driver("glb-read", path, timeout=5)
        except Refused as error:
            assert error.kind == "CodecException", error
            refused += 1
    assert refused > 350
