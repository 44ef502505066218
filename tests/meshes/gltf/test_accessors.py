import numpy as np
import pytest

from face2param.errors import CodecError
from tests.meshes.gltf.files import CODES, TRIANGLE, Builder

KINDS = [np.int8, np.uint8, np.int16, np.uint16]


def first(model):
    return model.meshes[0].primitives[0]


@pytest.mark.parametrize("kind", KINDS)
def test_quantised_positions_keep_their_numbers(tmp_path, kind):
    whole = (TRIANGLE * 100).astype(kind)
    np.testing.assert_array_equal(first(Builder(whole).read(tmp_path)).vertices, TRIANGLE * 100)


@pytest.mark.parametrize("kind", KINDS)
def test_normalised_integers_become_shares(tmp_path, kind):
    limits = np.iinfo(kind)
    builder = Builder()
    values = np.array([[limits.min, limits.max], [0, 1], [limits.max, 0]], kind)
    builder.attribute("TEXCOORD_0", np.ascontiguousarray(values), normalized=True)
    found = first(builder.read(tmp_path)).uv
    low = -1 if limits.min else 0
    expected = [[low, 1], [0, 1 / limits.max], [1, 0]]
    np.testing.assert_allclose(found, expected, rtol=1e-6)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
def test_indices_of_all_widths(tmp_path, kind):
    builder = Builder(indices=None)
    builder.primitive["indices"] = builder.accessor(np.array([2, 0, 1], kind))
    np.testing.assert_array_equal(first(builder.read(tmp_path)).faces, [[2, 0, 1]])


def test_interleaved_vertices(tmp_path):
    rows = np.zeros((3, 20), np.uint8)
    rows[:, :12] = TRIANGLE.view(np.uint8).reshape(3, 12)
    uv = np.array([[0, 255], [51, 0], [255, 255]], np.uint8)
    rows[:, 14:16] = uv
    builder = Builder()
    view = builder.view(rows.tobytes()[:-4], byteStride=20)  # the last row ends with its data
    builder.document["accessors"][0]["bufferView"] = view
    index = builder.accessor(uv, bufferView=view, byteOffset=14, normalized=True)
    builder.primitive["attributes"]["TEXCOORD_0"] = index
    found = first(builder.read(tmp_path))
    np.testing.assert_array_equal(found.vertices, TRIANGLE)
    np.testing.assert_allclose(found.uv, uv / 255, rtol=1e-6)


def sparse(builder, count, kind=np.uint16, places=(1,), rows=((5, 6, 7),)):
    return {
        "count": count,
        "indices": {
            "bufferView": builder.view(np.array(places, kind).tobytes()),
            "componentType": CODES[np.dtype(kind)],
        },
        "values": {"bufferView": builder.view(np.array(rows, np.float32).tobytes())},
    }


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.uint32])
@pytest.mark.parametrize("base", [True, False])
def test_sparse_rows_replace_others_or_zeros(tmp_path, kind, base):
    builder = Builder()
    accessor = builder.document["accessors"][0]
    accessor["sparse"] = sparse(builder, 1, kind)
    expected = TRIANGLE.copy()
    if not base:
        del accessor["bufferView"]
        expected[:] = 0
    expected[1] = 5, 6, 7
    np.testing.assert_array_equal(first(builder.read(tmp_path)).vertices, expected)


def test_arrays_are_writable_and_of_their_own(tmp_path):
    found = first(Builder().read(tmp_path))
    assert found.vertices.flags.writeable and found.vertices.flags.aligned


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"count": 2**31}, r"accessors\[0\] needs 25769803776 bytes of a buffer view of 36"),
        ({"count": 4}, "needs 48 bytes of a buffer view of 36"),
        ({"count": 0}, "count must be a whole number in 1"),
        ({"count": -1}, "count must be a whole number in 1"),
        ({"count": 3.5}, "count must be a whole number in 1"),
        ({"count": 2**31, "bufferView": None}, "needs more than 2147483648 bytes for its data"),
        ({"byteOffset": 4}, "needs 40 bytes of a buffer view of 36"),
        ({"byteOffset": 2**40}, "needs 1099511627812 bytes"),
        ({"byteOffset": -4}, "byteOffset must be a whole number in 0"),
        ({"bufferView": 9}, "bufferView must be a whole number in 0..1, got 9"),
        ({"componentType": 5130}, "componentType must be one of"),
        ({"type": "VEC4"}, "must be of type VEC3, got 'VEC4'"),
        ({"type": "VEC9"}, "must be of type VEC3, got 'VEC9'"),
        ({"sparse": {"count": 1}}, "sparse must have indices and values"),
    ],
)
def test_damaged_accessors_are_refused(tmp_path, change, message):
    builder = Builder()
    accessor = builder.document["accessors"][0]
    accessor.update(change)
    if accessor["bufferView"] is None:
        del accessor["bufferView"]
    with pytest.raises(CodecError, match=message):
        builder.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"byteStride": 8}, "has elements of 12 bytes in a buffer view of stride 8"),
        ({"byteStride": 300}, "byteStride must be a whole number in 0..252, got 300"),
        ({"byteStride": 16}, "needs 44 bytes of a buffer view of 36"),
        ({"byteLength": 2**31}, r"bufferViews\[0\] ends at byte 2147483648 of a buffer of 42"),
        ({"byteOffset": 40}, "ends at byte 76 of a buffer of 42"),
        ({"buffer": 3}, "buffer must be a whole number in 0..0, got 3"),
    ],
)
def test_damaged_views_are_refused(tmp_path, change, message):
    builder = Builder()
    builder.document["bufferViews"][0].update(change)
    with pytest.raises(CodecError, match=message):
        builder.read(tmp_path)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"places": (3,)}, "point to element 3 of 3"),
        ({"count": 4, "places": (0,) * 4}, "count must be a whole number in 1..3, got 4"),
        ({"count": 2}, "needs 4 bytes of a buffer view of 2"),
        ({"count": 2, "places": (0, 1)}, "needs 24 bytes of a buffer view of 12"),
        ({"kind": np.float32, "places": (1,)}, "componentType must be one of"),
    ],
)
def test_damaged_sparse_rows_are_refused(tmp_path, change, message):
    builder = Builder()
    builder.document["accessors"][0]["sparse"] = sparse(builder, **{"count": 1} | change)
    with pytest.raises(CodecError, match=message):
        builder.read(tmp_path)


def test_values_that_are_no_numbers_are_refused(tmp_path):
    for value in (np.nan, np.inf):
        vertices = TRIANGLE.copy()
        vertices[1, 1] = value
        with pytest.raises(CodecError, match="vertices hold a value that is not a number"):
            Builder(vertices).read(tmp_path)


def test_memory_is_asked_for_before_it_is_taken(tmp_path):
    builder = Builder(np.zeros((1000, 3), np.float32))
    zeros = builder.add("accessors", {"componentType": 5126, "count": 1000, "type": "VEC3"})
    builder.primitive["targets"] = [{"POSITION": zeros}] * 200
    assert first(builder.read(tmp_path)).morphs.shape == (200, 1000, 3)
    with pytest.raises(CodecError, match="needs more than 80000 bytes for its data"):
        builder.read(tmp_path, maximum_bytes=20_000)
