import json
import os
import urllib.parse

import numpy as np
import pytest

from face2param.errors import CodecError
from face2param.meshes.gltf import document as documents
from face2param.meshes.gltf import read_gltf, write_gltf
from face2param.meshes.gltf.document import Item, parse
from tests.meshes.gltf import files, models
from tests.meshes.gltf.files import Builder


def write(path, document, data=None):
    path.write_text(json.dumps(document))
    if data is not None:
        path.with_suffix(".bin").write_bytes(data)
    return path


def with_uri(tmp_path, uri):
    """A file whose buffer is called so."""
    builder = Builder()
    document = builder.finished()
    document["buffers"][0]["uri"] = uri
    return write(tmp_path / "a.gltf", document)


def test_buffers_and_pictures_in_texts(tmp_path):
    builder = Builder()
    pixels = models.picture(0)
    builder.add("textures", {"source": 0})
    builder.add("images", {"uri": files.data_uri(files.png(pixels), "image/png")})
    builder.material(pbrMetallicRoughness={"baseColorTexture": {"index": 0}})
    uri = files.data_uri(bytes(builder.data))
    for form in (uri, uri.rstrip("="), uri[:40] + urllib.parse.quote(uri[40:], safe="")):
        document = json.loads(json.dumps(builder.finished()))
        document["buffers"][0]["uri"] = form
        found = read_gltf(write(tmp_path / "a.gltf", document))
        np.testing.assert_array_equal(found.meshes[0].primitives[0].vertices, files.TRIANGLE)
        np.testing.assert_array_equal(found.textures[0].pixels, pixels)


def test_files_beside_it_and_below(tmp_path):
    (tmp_path / "teil eins").mkdir()
    builder = Builder()
    (tmp_path / "teil eins" / "ä.bin").write_bytes(bytes(builder.data) + b"and more")
    for uri in ("teil%20eins/%C3%A4.bin", "teil eins/ä.bin", "./teil eins/../teil eins/ä.bin"):
        assert len(read_gltf(with_uri(tmp_path, uri)).meshes) == 1


@pytest.mark.parametrize(
    ("uri", "message"),
    [
        ("../../etc/passwd", "must stay in the folder of the model"),
        ("%2e%2e/secret.bin", "must stay in the folder of the model"),
        ("/etc/passwd", "must stay in the folder of the model"),
        ("..\\secret.bin", "must stay in the folder of the model"),
        ("link.bin", "must stay in the folder of the model"),
        ("", "must stay in the folder of the model"),
        ("a\0b", "must stay in the folder of the model|no file that can be opened"),
        ("x" * 5000, "no file that can be opened|no file beside the model"),
        ("gone.bin", r"buffers\[0\].uri names 'gone.bin', which is no file beside the model"),
        ("folder", "which is no file beside the model"),
        ("pipe", "which is no file beside the model"),
        ("file:///etc/passwd", "must name a file beside the model or hold data"),
        ("https://example.org/a.bin", "must name a file beside the model or hold data"),
        ("//example.org/a.bin", "must name a file beside the model or hold data"),
        ("http://[", "must name a file beside the model or hold data"),
        ("C:/a.bin", "must name a file beside the model or hold data"),
        ("data:text/plain,hello", "holds data that is not base64"),
        ("data:text/plain;base64", "holds data that is not base64"),
        ("data:;base64,!!!!", "holds damaged data"),
        ("data:;base64,AAAAA", "holds damaged data"),
        ("data:;base64,AAAA", r"buffers\[0\] promises 42 bytes, there are 3"),
        (None, r"buffers\[0\].uri must be a text, got nothing"),
        (7, r"buffers\[0\].uri must be a text, got 7"),
    ],
)
def test_buffers_from_elsewhere_are_refused(tmp_path, uri, message):
    folder = tmp_path / "model"
    (folder / "folder").mkdir(parents=True)
    (tmp_path / "secret.bin").write_bytes(bytes(100))
    (folder / "link.bin").symlink_to(tmp_path / "secret.bin")
    os.mkfifo(folder / "pipe")
    with pytest.raises(CodecError, match=message) as caught:
        read_gltf(with_uri(folder, uri))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400


def test_a_buffer_without_data_is_refused(tmp_path):
    with pytest.raises(CodecError, match="has neither a uri nor the binary chunk"):
        read_gltf(write(tmp_path / "a.gltf", Builder().finished()))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "its JSON is not valid"),
        (b"glTF", "is cut off: a GLB header has 12 bytes, got 4"),
        (files.chunks(version=1), "is GLB version 1; only version 2 is read"),
        (files.chunks(length=5000), "is cut off: 5000 bytes promised, got 12"),
        (files.chunks(), "has no JSON chunk"),
        (files.chunks((b"BIN\0", b"abcd")), "first chunk must be JSON, got b'BIN"),
        (files.chunks((b"JSON", b"{}"))[:-1] + b"", "is cut off"),
        (files.chunks((b"JSON", b"[]")), "must be an object, got "),
        (files.chunks((b"JSON", b"{}")), "no glTF 2.0 file: asset.version is ''"),
        (b'{"asset": {"version": "1.0"}}', "asset.version is '1.0'; export it anew"),
        (b'{"asset": {"version": 2}}', "asset.version must be a text, got 2"),
        (b"\xff\xfe\0{", "its JSON is not valid"),
        (b"solid cube", "is no glTF file: its JSON is not valid"),
        (b'{"asset": {"version": "2.0"}, "nodes": 3}', "nodes must be a list, got 3"),
        (b'{"asset": {"version": "2.0"}, "nodes": [3]}', r"nodes\[0\] must be an object, got 3"),
    ],
)
def test_damaged_containers_are_refused(tmp_path, data, message):
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(CodecError, match=message) as caught:
        read_gltf(tmp_path / "a.glb")
    assert "a.glb" in str(caught.value)


def test_a_chunk_longer_than_the_file_is_refused(tmp_path):
    data = bytearray(files.chunks((b"JSON", b'{"asset":{}}')))
    data[12:16] = (2**32 - 1).to_bytes(4, "little")
    (tmp_path / "a.glb").write_bytes(data)
    with pytest.raises(CodecError, match="the chunk at byte 12 has 4294967295 bytes, 12 are left"):
        read_gltf(tmp_path / "a.glb")


def test_an_empty_model_and_chunks_of_others_are_fine(tmp_path):
    text = b'\xef\xbb\xbf{"asset": {"version": "2.1", "minVersion": "2.0"}}'
    (tmp_path / "a.gltf").write_bytes(text)
    found = read_gltf(tmp_path / "a.gltf")
    assert (found.nodes, found.meshes, found.name) == ((), (), "a")
    (tmp_path / "b.vrm").write_bytes(files.chunks((b"JSON", text[3:]), (b"XYZ1", b"1234")))
    assert read_gltf(str(tmp_path / "b.vrm")).name == "b"


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(CodecError, match=r"cannot read .*gone.glb: No such file"):
        read_gltf(tmp_path / "gone.glb")
    with pytest.raises(CodecError, match=r"cannot read .*: it is no file"):
        read_gltf(tmp_path)
    with pytest.raises(CodecError, match="cannot read"):
        read_gltf("a\0b")


def test_files_too_large_are_refused_before_they_are_read(tmp_path):
    with (tmp_path / "a.glb").open("wb") as stream:
        stream.truncate(2**40)
    with pytest.raises(CodecError, match=r"needs more than 536870912 bytes .*\(maximum_bytes\)"):
        read_gltf(tmp_path / "a.glb")
    write_gltf(tmp_path / "b.gltf", models.head())
    with (tmp_path / "b.bin").open("r+b") as stream:
        stream.truncate(2**40)
    with pytest.raises(CodecError, match="needs more than 100000 bytes for its files"):
        read_gltf(tmp_path / "b.gltf", maximum_bytes=100_000)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b'{"a": -Infinity}', "-Infinity is no JSON number"),
        (b'{"a": ' + b"1" * 5000 + b"}", "its JSON is not valid"),
        (b"[" * 100_000, "nested too deeply"),
        (b'{"a":' * 100_000, "nested too deeply"),
        (b"[" + b"[]," * 3_000_000, "has more than 4000000 values"),
        (b'"a"', 'must be an object, got "a"'),
    ],
)
def test_json_that_harms_is_refused(text, message):
    with pytest.raises(CodecError, match=message):
        parse(text, "a.gltf")


def test_long_lists_are_refused(monkeypatch):
    monkeypatch.setattr(documents, "MAXIMUM_ITEMS", 3)
    with pytest.raises(CodecError, match=r"a\.gltf: nodes has 4 entries; at most 3 are read"):
        Item({"nodes": [{}] * 4}, "a.gltf").items("nodes")


def test_values_are_what_they_must_be():
    item = Item({"a": 3, "b": True, "c": 1.5, "d": [1, 2], "e": 2**70, "f": 4.0}, "x", "n[0]")
    assert item.integer("a") == 3 and item.integer("f") == 4 and item.integer("z", 5) == 5
    assert item.index("z", 3) is None and item.numbers("z", 3) is None
    assert item.number("a", 0) == 3.0 and item.flag("b") and not item.flag("z")
    assert item.numbers("d", 2) == [1.0, 2.0] and item.item("z") is None
    assert item.text("z", "none") == "none" and item.texts("z") == []
    surrogate = Item({"name": "\ud800a"}, "x")
    assert surrogate.text("name") == "?a"
    for call, message in (
        (lambda: item.integer("b"), r"x: n\[0\].b must be a whole number in 0..\d+, got true"),
        (lambda: item.integer("c"), "got 1.5"),
        (lambda: item.integer("z"), "got nothing"),
        (lambda: item.index("a", 3), "must be a whole number in 0..2, got 3"),
        (lambda: item.number("b", 0), "must be a number, got true"),
        (lambda: item.number("a", 0, 4), "must be a number, got 3"),
        (lambda: Item({"e": 10**400}, "x").number("e", 0), "got a number of more than 20 digits"),
        (lambda: Item({"e": float("inf")}, "x").number("e", 0), "must be a number, got Infinity"),
        (lambda: Item({"e": [1e999]}, "x").numbers("e", 1), "must hold 1 numbers"),
        (lambda: item.numbers("d", 3), r"must hold 3 numbers, got \[1, 2\]"),
        (lambda: item.indices("d", 2), r"must hold whole numbers in 0..1, got 2"),
        (lambda: item.flag("a"), "must be true or false, got 3"),
        (lambda: item.text("d"), r"must be a text, got \[1, 2\]"),
        (lambda: item.texts("d"), "must hold texts"),
        (lambda: item.item("d"), "must be an object"),
    ):
        with pytest.raises(CodecError, match=message):
            call()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("KHR_draco_mesh_compression", "requires the extension KHR_draco_mesh_compression.*Draco"),
        ("KHR_texture_basisu", "requires the extension KHR_texture_basisu, which is not read"),
    ],
)
def test_required_extensions_are_refused_by_name(tmp_path, name, message):
    builder = Builder()
    builder.document["extensionsRequired"] = ["KHR_mesh_quantization", name]
    with pytest.raises(CodecError, match=message):
        builder.read(tmp_path)
