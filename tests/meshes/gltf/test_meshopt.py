import builtins

import numpy as np
import pytest

from face2param.errors import CodecError
from face2param.meshes.gltf import meshopt, read_gltf
from face2param.meshes.gltf.writer import container
from tests.meshes.gltf import models
from tests.meshes.gltf.files import CODES, TYPES, Builder

needs_package = pytest.mark.skipif(
    not meshopt.available(), reason="the package meshoptimizer is not installed"
)
NAME = "EXT_meshopt_compression"


class Packed:
    """A sheet whose views are packed; the plain ones lie in a buffer that nobody has."""

    def __init__(self):
        self.builder = Builder()
        self.builder.document |= {"bufferViews": [], "accessors": [], "extensionsRequired": [NAME]}
        self.builder.data = bytearray()
        self.fallback = 0

    def add(self, data, count, stride, mode="ATTRIBUTES", **more):
        """Adds a packed view of `count` rows; returns it."""
        builder = self.builder
        builder.data += b"\0" * (-len(builder.data) % 4)
        extension = {
            "buffer": 0,
            "byteOffset": len(builder.data),
            "byteLength": len(data),
            "byteStride": stride,
            "count": count,
            "mode": mode,
        } | more
        builder.data += data
        view = {"buffer": 1, "byteOffset": self.fallback, "byteLength": count * stride}
        self.fallback += count * stride
        return builder.add("bufferViews", view | {"extensions": {NAME: extension}})

    def accessor(self, view, kind, count, width, **more):
        return self.builder.add(
            "accessors",
            {
                "bufferView": view,
                "componentType": CODES[np.dtype(kind)],
                "count": count,
                "type": TYPES[width],
            }
            | more,
        )

    def read(self, folder, **options):
        document = self.builder.finished()
        extra = {"byteLength": self.fallback, "extensions": {NAME: {"fallback": True}}}
        document["buffers"] = [document["buffers"][0], extra]
        (folder / "packed.glb").write_bytes(container(document, bytes(self.builder.data)))
        return read_gltf(folder / "packed.glb", **options)


def sheet(mode="TRIANGLES", width=2):
    """A packed sheet, and what must come out."""
    from meshoptimizer import encoder

    vertices, faces, _ = models.sheet(9, 8)
    packed = Packed()
    corners = faces.ravel().astype(np.uint32)
    encode = encoder.encode_index_buffer if mode == "TRIANGLES" else encoder.encode_index_sequence
    data = encode(corners, len(corners), len(vertices))
    view = packed.add(data, len(corners), width, mode)
    kind = {2: np.uint16, 4: np.uint32}[width]
    indices = packed.accessor(view, kind, len(corners), 0)
    data = encoder.encode_vertex_buffer(vertices, len(vertices), 12)
    view = packed.add(data, len(vertices), 12)
    position = packed.accessor(view, np.float32, len(vertices), 3)
    packed.builder.primitive.update(attributes={"POSITION": position}, indices=indices)
    return packed, vertices, faces


def turned(faces):
    """Triangles with their least corner first: the codec turns them."""
    start = faces.argmin(1)[:, None]
    return np.take_along_axis(faces, (start + np.arange(3)) % 3, 1)


@needs_package
@pytest.mark.parametrize("mode", ["TRIANGLES", "INDICES"])
@pytest.mark.parametrize("width", [2, 4])
def test_packed_vertices_and_triangles_come_back(tmp_path, mode, width):
    packed, vertices, faces = sheet(mode, width)
    (part,) = packed.read(tmp_path).meshes[0].primitives
    np.testing.assert_array_equal(part.vertices, vertices)
    np.testing.assert_array_equal(turned(part.faces), turned(faces))


@needs_package
def test_filtered_directions_and_numbers_come_back(tmp_path):
    from meshoptimizer import encoder

    packed, vertices, _ = sheet()
    count = len(vertices)
    rng = np.random.default_rng(0)
    normals = models.unit(rng.normal(size=(count, 3)))
    # Octahedral, 8 bits: (x, y) on the unfolded octahedron, 1 - |x| - |y| from the third.
    flat = normals / np.abs(normals).sum(1, keepdims=True)
    below = flat[:, 2] < 0
    side = np.where(flat[:, :2] >= 0, 1, -1)
    folded = (1 - np.abs(flat[:, 1::-1])) * side
    xy = np.where(below[:, None], folded, flat[:, :2])
    rows = np.zeros((count, 4), np.int8)
    rows[:, :2] = np.round(xy * 127)
    rows[:, 2] = 127
    view = packed.add(encoder.encode_vertex_buffer(rows, count, 4), count, 4, filter="OCTAHEDRAL")
    index = packed.accessor(view, np.int8, count, 3, normalized=True)
    packed.builder.document["accessors"][index]["byteOffset"] = 0
    packed.builder.primitive["attributes"]["NORMAL"] = index
    # Exponential: 24 bits of mantissa, 8 bits of exponent.
    uv = rng.uniform(-2, 2, (count, 2))
    numbers = (np.round(uv * 2**16).astype(np.int32) & 0xFFFFFF) | np.int32(-16 << 24)
    data = encoder.encode_vertex_buffer(numbers, count, 8)
    view = packed.add(data, count, 8, filter="EXPONENTIAL")
    index = packed.accessor(view, np.float32, count, 2)
    packed.builder.primitive["attributes"]["TEXCOORD_0"] = index
    (part,) = packed.read(tmp_path).meshes[0].primitives
    np.testing.assert_allclose(part.normals, normals, atol=0.02)  # 8 bits
    np.testing.assert_allclose(part.uv, uv, atol=2**-17 + 1e-7)


@needs_package
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"mode": "POINTS"}, "mode must be ATTRIBUTES, TRIANGLES or INDICES, got 'POINTS'"),
        ({"byteStride": 6}, "byteStride does not fit mode ATTRIBUTES, got 6"),
        ({"byteStride": 260}, "byteStride must be a whole number in 1..256"),
        ({"byteStride": 8}, "needs .* bytes of a buffer view|holds damaged data|stride 8"),
        ({"mode": "TRIANGLES"}, "byteStride does not fit mode TRIANGLES, got 12"),
        ({"mode": "TRIANGLES", "byteStride": 4, "count": 4}, "count must be a multiple of 3"),
        ({"mode": "TRIANGLES", "byteStride": 4}, "holds damaged data"),
        ({"filter": "OCTAHEDRAL"}, "'OCTAHEDRAL' is not known for mode ATTRIBUTES, stride 12"),
        ({"filter": "COLOR"}, "'COLOR' is not known"),
        ({"count": 2**31}, "needs more than 2147483648 bytes for its data"),
        ({"count": 71}, "needs 864 bytes of a buffer view of 852|holds damaged data"),
        ({"byteLength": 10}, "holds damaged data"),
        ({"byteLength": 10**6}, "ends at byte 1000"),
        ({"buffer": 1}, "has neither a uri nor the binary chunk"),
        ({"buffer": 2}, "buffer must be a whole number in 0..1, got 2"),
    ],
)
def test_damaged_packages_are_refused(tmp_path, change, message):
    packed, _, _ = sheet()
    packed.builder.document["bufferViews"][1]["extensions"][NAME].update(change)
    with pytest.raises(CodecError, match=message):
        packed.read(tmp_path)


@needs_package
def test_damaged_bytes_never_end_the_process(tmp_path):
    rng = np.random.default_rng(0)
    for _ in range(200):
        packed, _, _ = sheet()
        for place in rng.integers(0, len(packed.builder.data), 3):
            packed.builder.data[place] = rng.integers(256)
        try:
            packed.read(tmp_path)
        except CodecError:
            pass


def test_without_the_package_the_error_says_what_to_install(tmp_path, monkeypatch):
    plain = builtins.__import__

    def missing(name, *arguments, **options):
        if name.startswith("meshoptimizer"):
            raise ImportError(name)
        return plain(name, *arguments, **options)

    monkeypatch.setattr(builtins, "__import__", missing)
    packed = Packed()
    position = packed.accessor(packed.add(b"abcd", 3, 12), np.float32, 3, 3)
    packed.builder.primitive["attributes"]["POSITION"] = position
    with pytest.raises(CodecError, match=r'pip install "face2param\[meshopt\]" reads it'):
        packed.read(tmp_path)


def test_without_the_package_the_plain_data_are_read_where_they_are_there(tmp_path, monkeypatch):
    monkeypatch.setattr(meshopt, "available", lambda: False)
    builder = Builder()
    builder.document["bufferViews"][0]["extensions"] = {NAME: {"buffer": 0}}
    assert len(builder.read(tmp_path).meshes) == 1
