"""Any bytes at all: the C# readers answer in time, within 256 MiB, or refuse with our exception."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face2param import schema as schemas
from face2param.meshes.gltf import write_gltf
from face2param.schema import facenn
from tests.engines.rigged import rigs
from tests.unity.mono import Refused

FUZZ = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
READERS = ["db-read", "bytes", "params", "schema-hash", "head-read", "glb-read"]
CHANGES = st.lists(st.tuples(st.floats(0, 1), st.binary(max_size=9)), min_size=1, max_size=5)


@pytest.fixture(scope="module", name="whole")
def _whole(tmp_path_factory):
    """A file that is right, for each reader."""
    folder = tmp_path_factory.mktemp("whole")
    legacy = schemas.load("facenn99")
    encoded = legacy.encode(legacy.random(np.random.default_rng(0), 3))
    names = [facenn.picture_name(i, legacy) for i in range(3)]
    facenn.write_db_description(folder / "db-read", names, encoded, legacy)
    facenn.write_bytes(folder / "bytes", legacy.neutral())
    schemas.load("builtin").neutral().save(folder / "params")
    schemas.load("builtin").save(folder / "schema-hash")
    rigs.head().save(folder / "head-read")
    write_gltf(folder / "model.glb", rigs.model())
    (folder / "model.glb").rename(folder / "glb-read")
    return {name: (folder / name).read_bytes() for name in READERS}


@pytest.fixture(name="attempt")
def _attempt(driver, tmp_path):
    path, copy = tmp_path / "a", tmp_path / "b"
    commands = {
        "db-read": ("db-read", path, ""),
        "bytes": ("bytes-copy", path, copy),
        "params": ("params-copy", path, copy, "builtin"),
    }

    def attempt(reader, data):
        path.write_bytes(data)
        try:
            driver(*commands.get(reader, (reader, path)), timeout=5)
        except Refused as error:
            assert error.kind in ("CodecException", "SchemaException"), error
            return False
        return True

    return attempt


@pytest.mark.parametrize("reader", READERS)
def test_a_whole_file_is_read(attempt, whole, reader):
    assert attempt(reader, whole[reader])


@pytest.mark.parametrize("reader", READERS)
@FUZZ
@given(data=st.binary(max_size=600))
def test_any_bytes(attempt, reader, data):
    head = b"glTF\x02\0\0\0" if reader == "glb-read" else b""
    attempt(reader, head + data)


@pytest.mark.parametrize("reader", READERS)
@FUZZ
@given(changes=CHANGES, share=st.floats(0.2, 1.5))
def test_any_damage(attempt, whole, reader, changes, share):
    data = bytearray(whole[reader])
    for place, put in changes:
        at = int(place * len(data))
        data[at : at + len(put)] = put
    attempt(reader, bytes(data[: int(share * len(data)) + 1]))


VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=True, allow_infinity=True),
        st.text(max_size=6),
        st.sampled_from(["morph", "bone", "jaw", "position", "rotation", "x", "VEC3", "builtin"]),
    ),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=8,
)


@pytest.mark.parametrize("reader", ["params", "schema-hash", "head-read"])
@FUZZ
@given(number=st.integers(0, 10**6), value=VALUES)
def test_any_value_anywhere_in_the_json(attempt, whole, reader, number, value):
    document = json.loads(whole[reader])
    spots = []

    def walk(inner):
        items = inner.items() if isinstance(inner, dict) else enumerate(inner)
        for key, entry in items:
            spots.append((inner, key))
            if isinstance(entry, (dict, list)):
                walk(entry)

    walk(document)
    target, key = spots[number % len(spots)]
    target[key] = value
    attempt(reader, json.dumps(document).encode())
