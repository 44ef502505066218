"""Whatever a file holds: a model or CodecError, soon, and without much memory."""

import copy
import functools
import json
import os
import time
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from face2param.errors import CodecError
from face2param.meshes.gltf import Model, read_gltf, write_gltf
from face2param.meshes.gltf.writer import container
from tests.meshes.gltf import models

FACTOR = int(os.environ.get("FACE2PARAM_FUZZ", "1"))
"""More than 1: that many times as many examples, and other ones each time."""

FUZZ = settings(
    max_examples=300 * FACTOR,
    deadline=None,  # wall time; `attempt` looks at the time of this process
    derandomize=FACTOR == 1,
    suppress_health_check=list(HealthCheck),
    database=None,
)
LIMIT = 4 * 2**20
"""maximum_bytes of the fuzzed readers: the files have some ten kilobytes."""


FOLDER: list[Path] = []


@pytest.fixture(autouse=True, scope="module")
def _folder(tmp_path_factory):
    FOLDER.append(tmp_path_factory.mktemp("fuzz"))


def folder() -> Path:
    return FOLDER[-1]


@functools.cache
def whole() -> tuple[bytes, dict, bytes]:
    """A GLB file with everything in it; its JSON and its buffer."""
    path = folder() / "whole.glb"
    write_gltf(path, models.head())
    data = path.read_bytes()
    size = int.from_bytes(data[12:16], "little")
    return data, json.loads(data[20 : 20 + size]), data[28 + size :]


def attempt(data: bytes) -> Model | None:
    """Reads these bytes; anything but a model or CodecError is a failure."""
    path = folder() / "fuzz.glb"
    path.write_bytes(data)
    started = time.process_time()
    tracemalloc.start()
    try:
        found = read_gltf(path, maximum_bytes=LIMIT)
        assert isinstance(found, Model)
        return found
    except CodecError as error:
        assert str(path) in str(error) and "\n" not in str(error)
        assert len(str(error)) < len(str(path)) + 300
        return None
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert time.process_time() - started < 4
        # The file, its JSON, its data, and what numpy needs in between.
        assert peak < 12 * LIMIT, f"{peak} bytes"


@FUZZ
@given(st.binary(max_size=200), st.sampled_from([b"", b"glTF", b"glTF\2\0\0\0", b'{"asset":']))
def test_any_bytes(data, start):
    attempt(start + data)


@FUZZ
@given(st.floats(0, 1))
def test_any_truncation(share):
    data = whole()[0]
    assert attempt(data[: int(share * (len(data) - 1))]) is None


@FUZZ
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_flipped_bytes(changes):
    data = bytearray(whole()[0])
    for share, value in changes:
        data[int(share * (len(data) - 1))] = value
    attempt(bytes(data))


@FUZZ
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=8))
def test_any_flipped_bytes_in_the_json(changes):
    _, document, data = whole()
    text = bytearray(json.dumps(document).encode())
    for share, value in changes:
        text[int(share * (len(text) - 1))] = value
    text = bytes(text) + b" " * (-len(text) % 4)
    attempt(
        container({}, data)
        .replace(b"{}  ", text, 1)
        .replace(b"\x04\0\0\0JSON", len(text).to_bytes(4, "little") + b"JSON", 1)
    )


def places(value: object, path: tuple = ()) -> list[tuple]:
    """The way to every value of a JSON document."""
    items: list = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path] * bool(path) + [
        place for key, inner in items for place in places(inner, (*path, key))
    ]


@functools.cache
def all_places() -> list[tuple]:
    return places(whole()[1])


HOSTILE = st.one_of(
    st.sampled_from(
        [
            *(None, True, False, 0, 1, -1, 2, 3, 255, 2**16, 2**31, 2**31 - 1, 2**32, 2**53, 2**64),
            *(10**30, 10**400, 1e38, 1e39, 1e300, -1e300, 5e-324, 0.5, "", "a", "\ud800", "\0"),
            *("../../etc/passwd", "/dev/zero", "data:;base64,AAAA", "VEC3", "MAT4", "SCALAR"),
            *([], {}, [[]], [{}], [0] * 100, {"index": 0}, {"count": 2**31}, [1e39] * 4),
            *(5120, 5121, 5122, 5123, 5125, 5126, 5, 6, {"KHR_draco_mesh_compression": {}}),
        ]
    ),
    st.integers(-(2**40), 2**40),
    st.integers(0, 40),
    st.floats(allow_nan=False, allow_infinity=False),
    st.lists(st.integers(-3, 40), max_size=5),
)


@settings(FUZZ, max_examples=900 * FACTOR)
@given(st.lists(st.tuples(st.integers(0, 10**6), HOSTILE), min_size=1, max_size=4))
def test_any_value_anywhere_in_the_json(changes):
    _, document, data = whole()
    document = copy.deepcopy(document)
    for number, value in changes:
        path = all_places()[number % len(all_places())]
        target = document
        try:
            for key in path[:-1]:
                target = target[key]
            target[path[-1]] = copy.deepcopy(value)
        except (TypeError, KeyError, IndexError):
            continue  # an earlier change took the place away
    attempt(container(document, data))


@settings(FUZZ, max_examples=300 * FACTOR)
@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=6))
def test_anything_left_out_of_the_json(numbers):
    _, document, data = whole()
    document = copy.deepcopy(document)
    for number in numbers:
        path = all_places()[number % len(all_places())]
        target = document
        try:
            for key in path[:-1]:
                target = target[key]
            del target[path[-1]]
        except (TypeError, KeyError, IndexError):
            continue
    attempt(container(document, data))


KEYS = st.deferred(
    lambda: st.sampled_from(
        sorted({key for path in all_places() for key in path if isinstance(key, str)})
    )
)


@settings(FUZZ, max_examples=200 * FACTOR)
@given(st.recursive(HOSTILE, lambda inner: st.dictionaries(KEYS, inner, max_size=6), max_leaves=30))
@example({})
def test_documents_made_of_known_words(value):
    document = value if isinstance(value, dict) else {}
    attempt(container({**document, "asset": {"version": "2.0"}}, bytes(64)))


@settings(FUZZ, max_examples=100 * FACTOR)
@given(
    st.integers(1, 2000),
    st.integers(1, 1600),
    st.integers(1, 400),
    st.sampled_from(["primitives", "targets", "nodes", "skins", "materials", "sparse"]),
)
def test_much_out_of_little(count, rows, copies, kind):
    """Small files that ask for much: everything points at the same few bytes."""
    filled = {"bufferView": 0, "componentType": 5126}
    document = {
        "asset": {"version": "2.0"},
        "buffers": [{"byteLength": 4096}],
        "bufferViews": [{"buffer": 0, "byteLength": 4096}],
        "accessors": [
            filled | {"count": min(count, 341), "type": "VEC3"},
            {"componentType": 5126, "count": rows * 1000, "type": "VEC3"},
            filled | {"componentType": 5121, "count": 3 * min(count, 1365), "type": "SCALAR"},
            filled | {"componentType": 5121, "count": min(count, 1024), "type": "VEC4"},
            filled | {"count": min(count, 64), "type": "MAT4"},
        ],
        "nodes": [{"mesh": 0}],
    }
    primitive: dict = {"attributes": {"POSITION": 1}, "indices": 2}
    if kind == "targets":
        primitive["targets"] = [{"POSITION": 1, "NORMAL": 1}] * copies
    if kind == "sparse":
        document["accessors"][1]["sparse"] = {
            "count": min(count, 341),
            "indices": {"bufferView": 0, "componentType": 5121},
            "values": {"bufferView": 0},
        }
    if kind == "skins":
        primitive["attributes"] = {"POSITION": 0, "JOINTS_0": 3, "WEIGHTS_0": 3}
        document["skins"] = [{"joints": [0] * 64, "inverseBindMatrices": 4}] * copies
        document["nodes"] = [{"mesh": 0, "skin": index} for index in range(copies)]
    if kind == "nodes":
        document["nodes"] = [{"mesh": 0, "name": "a"}] * copies * 10
    if kind == "materials":
        document["materials"] = [{"name": "a"}] * copies
    parts = [primitive] * (copies if kind == "primitives" else 1)
    document["meshes"] = [{"primitives": parts}]
    attempt(container(document, bytes(4096)))


@settings(FUZZ, max_examples=40 * FACTOR)
@given(st.integers(0, 2**32 - 1))
def test_models_by_chance_come_back(seed):
    """Random shapes and numbers, written and read, are the same."""
    model = models.by_chance(np.random.default_rng(seed))
    path = folder() / f"chance{('.glb', '.gltf')[seed % 2]}"
    write_gltf(path, model)
    models.assert_equal(read_gltf(path), model)
