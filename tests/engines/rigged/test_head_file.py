"""The head file: what is written is read; each wrong field is named."""

import copy
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from face2param.engines.rigged import channels, targets
from face2param.engines.rigged.head_file import HeadFile, Landmark, Layer, View
from face2param.errors import CodecError
from face2param.schema import Choice, Continuous, Schema
from tests.engines.rigged import rigs


@pytest.fixture
def data():
    points = [Landmark("face", 0, i, (0.5, 0.25, 0.25)) for i in range(68)]
    return json.loads(json.dumps(rigs.head(landmarks=points, unit=0.01).to_dict()))


def test_what_is_written_is_read(tmp_path, data):
    head = HeadFile.from_dict(data)
    head.save(tmp_path / "a.schema.json")
    again = HeadFile.load(tmp_path / "a.schema.json")
    assert again.to_dict() == data and again.folder == tmp_path
    assert again.bindings == rigs.head().bindings
    assert again.layers == {"skin": rigs.head().layers["skin"]}
    assert again.landmarks[3] == Landmark("face", 0, 3, (0.5, 0.25, 0.25))
    assert again.model_path == tmp_path / "head.glb"


def test_kind_stands_first_and_defaults_are_left_out(data):
    wide, long = data["bindings"]["width"]
    assert list(wide) == ["kind", "morph", "minimum", "maximum"]
    assert long["neutral"] == 0.2


def test_quaternions_get_length_one_and_keep_it():
    channel = channels.BoneChannel("a", "rotation", (0, 0, 0, 2), (0, 3, 0, 4))
    assert channel.minimum == (0, 0, 0, 1) and channel.maximum == pytest.approx((0, 0.6, 0, 0.8))
    again = channels.channel_from_dict(channels.to_dict(channel), "x")
    assert again == channel


def put(*path):
    """Changes one place of the file; the last of `path` is the value, `del` takes it away."""

    def change(data):
        *way, key, value = path
        for step in way:
            data = data[step]
        if value is del_:
            del data[key]
        else:
            data[key] = value

    return change


del_ = object()
TURN = {"kind": "bone", "bone": "jaw", "property": "rotation", "minimum": [0, 0, 0, 1]}
WRONG = [
    (put("format", "face"), "'format' must be 'face2param head'"),
    (put("version", 2), "version is 2; this program reads 1"),
    (put("colour", 1), "unknown field 'colour'"),
    (put("camera", del_), "field 'camera' is missing"),
    (put("schema", []), "field 'schema' is"),
    (put("schema", "continuous", []), "has no|no control|continuous"),
    (put("schema", "name", 3), "field 'name' is 3"),
    (put("model", ""), "field 'model' is ''"),
    (put("unit", 0), "field 'unit' is 0"),
    (put("unit", 10**400), "field 'unit' is"),
    (put("bindings", []), "field 'bindings' is"),
    (put("bindings", "wdth", []), "'wdth' is no control of the schema; did you mean width"),
    (put("bindings", "width", del_), "'width' of the schema has none"),
    (put("bindings", "width", {}), "'width' is {}; it must be a list"),
    (put("bindings", "width", 0, 5), r"'width'\[0\] is 5; it must be a JSON object"),
    (put("bindings", "width", 0, "kind", "morf"), r"'width'\[0\]: field 'kind' is 'morf'"),
    (put("bindings", "width", 0, "kind", "show"), r"'width'\[0\]: field 'kind' is 'show'"),
    (put("bindings", "width", 0, "maximum", "1"), r"'width'\[0\]: morph: field 'maximum' is '1'"),
    (put("bindings", "width", 0, "maximum", float("nan")), "'maximum' is nan; it must be a number"),
    (put("bindings", "width", 0, "weight", 1), r"'width'\[0\]: unknown field 'weight'"),
    (put("bindings", "width", 0, "minimum", del_), r"'width'\[0\]: field 'minimum' is missing"),
    (put("bindings", "jaw_place", 0, "axis", "w"), "field 'axis' is 'w'; it must be one of x, y"),
    (put("bindings", "jaw_place", 0, "bone", None), '"rotation" where "bone" is null'),
    (put("bindings", "nod", 0, TURN | {"maximum": [0, 0, 0, 0]}), "a quaternion x, y, z, w other"),
    (put("bindings", "nod", 0, TURN | {"maximum": [0, 1]}), "'maximum' .* a list of 4 numbers"),
    (put("bindings", "nod", 0, TURN | {"maximum": [0, 0, 0, 1], "axis": "x"}), "null for a rot"),
    (put("bindings", "turn", 0, "pivot", del_), "field 'pivot' is None; .*list of 3 numbers"),
    (put("bindings", "iris_colour", 0, "neutral", 1.0), "'neutral' .*list of 4 numbers"),
    (put("bindings", "lipstick", 0, "property", "shine"), "field 'property' is 'shine'"),
    (put("bindings", "hat=a", 0, "nodes", "hat"), "field 'nodes' is 'hat'"),
    (put("bindings", "hat=a", 1, "target", "kind", "nose"), "target: field 'kind' is 'nose'"),
    (put("bindings", "hat=a", 1, "value", [1]), r"'hat=a'\[1\]: set: field 'value'"),
    (put("bindings", "hat=c", []), "'hat=c' is no control"),
    (put("bindings", "paint=red", 1, "slot", "gloss"), "field 'slot' is 'gloss'"),
    (put("regions", "eye/*", "eye"), "regions: 'eye/\\*' is 'eye'; it must be one of background"),
    (put("regions", "eye/*", ["l_eye"]), "regions: 'eye/\\*' is"),
    (put("layers", "skin", 0, "blend", "add"), r"layers: 'skin'\[0\]: layer: field 'blend'"),
    (put("layers", "skin", 0, "mask", del_), r"layers: 'skin'\[0\]: field 'mask' is missing"),
    (put("camera", "field_of_view", 4), "camera: camera: field 'field_of_view' is 4"),
    (put("camera", "target", [0.0, 1.6, 1.0]), "another point than 'position'"),
    (put("landmarks", [1]), r"landmarks\[0\] is 1; it must be a list"),
    (put("landmarks", 5, ["face", 0, 1]), r"landmarks\[5\] must be \[node"),
    (put("landmarks", 5, ["face", 0, -1, [1, 0, 0]]), r"landmarks\[5\]: .*'triangle' is -1"),
    (put("landmarks", 5, ["face", 0, 1, [1, 1, 0]]), "three numbers that add up to 1"),
    (put("landmarks", []), "landmarks: got 0; it must be 68 or null"),
]


@pytest.mark.parametrize("change, text", WRONG, ids=[str(i) for i in range(len(WRONG))])
def test_wrong_fields_are_named(data, change, text):
    data = copy.deepcopy(data)
    change(data)
    with pytest.raises(CodecError, match=text):
        HeadFile.from_dict(data)


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b"3"])
def test_files_that_are_none_are_refused(tmp_path, content):
    path = tmp_path / "a.schema.json"
    path.write_bytes(content)
    with pytest.raises(CodecError, match=r"head file .*a\.schema\.json"):
        HeadFile.load(path)
    with pytest.raises(CodecError, match=r"cannot read head file .*b\.json"):
        HeadFile.load(tmp_path / "b.json")


def test_records_in_memory_are_checked_as_well():
    schema = Schema("one", "1", (Continuous("a", "b"),), (Choice("c", "d", ("e", "f"), "e"),))
    slider = channels.MorphChannel("m", 0, 1)
    with pytest.raises(CodecError, match="does not stand under an option"):
        HeadFile("m", schema, {"a": [], "c=e": [slider]}, rigs.VIEW)
    with pytest.raises(CodecError, match="does not stand under a slider"):
        HeadFile("m", schema, {"a": [channels.ShowChannel(("x",))]}, rigs.VIEW)
    with pytest.raises(CodecError, match="two layers of one name"):
        HeadFile("m", schema, {"a": []}, rigs.VIEW, layers={"s": [Layer("x", "y")] * 2})
    with pytest.raises(CodecError, match="set: field 'target'"):
        channels.SetChannel("m", 1.0)
    with pytest.raises(CodecError, match="null where a bone is named"):
        targets.BoneTarget("jaw", "rotation", None, (0, 0, 0))
    with pytest.raises(CodecError, match="whole number"):
        Landmark("a", True, 0, (1, 0, 0))
    with pytest.raises(CodecError, match="position"):
        View((0, 0), (0, 0, 1), 0.3)


def test_pictures_come_from_memory_or_from_the_folder(tmp_path):
    head = rigs.head(images={"a": np.zeros((2, 3), np.uint8), "b": np.zeros((2, 3, 2), np.uint8)})
    assert head.image("a").shape == (2, 3, 1)
    with pytest.raises(CodecError, match=r"picture 'b' is uint8 \[2, 3, 2\]"):
        head.image("b")
    with pytest.raises(CodecError, match=r"'x\.png' is not among the images"):
        head.image("x.png")
    grey = np.arange(6, dtype=np.uint8).reshape(2, 3)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    Image.fromarray(np.zeros((2, 2, 4), np.uint8)).save(tmp_path / "rgba.png")
    Image.fromarray(grey.astype(np.uint16) * 256).save(tmp_path / "deep.png")
    (tmp_path / "text.png").write_text("no picture")
    Image.new("1", (8193, 1)).save(tmp_path / "long.png")
    head = rigs.head(images={}, folder=tmp_path)
    np.testing.assert_array_equal(head.image("grey.png")[..., 0], grey)
    np.testing.assert_array_equal(head.image("deep.png")[..., 0], grey)
    assert head.image("rgba.png").shape == (2, 2, 4)
    for name, text in (
        ("none.png", "there is no picture"),
        ("text.png", "cannot read"),
        ("long.png", "at most 8192"),
        ("../grey.png", "leads out of the folder"),
        ("/etc/passwd", "leads out of the folder"),
        ("a\0b", "names no file"),
    ):
        with pytest.raises(CodecError, match=text):
            head.image(name)


def test_models_beside_the_file_only(tmp_path):
    with pytest.raises(CodecError, match="leads out"):
        rigs.head(model="../head.glb", folder=tmp_path).model_path  # noqa: B018
    with pytest.raises(CodecError, match="not read from a file"):
        rigs.head().model_path  # noqa: B018


PLAIN = rigs.head(landmarks=[Landmark("face", 0, 0, (1, 0, 0))] * 68).to_dict()
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_read_or_refused(data):
    root = json.loads(json.dumps(PLAIN))
    place = root
    while True:
        keys = list(place) if isinstance(place, dict) else range(len(place))
        key = data.draw(st.sampled_from(list(keys)))
        inner = place[key]
        if not isinstance(inner, (dict, list)) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[key] = data.draw(VALUES)
    try:
        head = HeadFile.from_dict(root)
    except CodecError:
        return
    assert HeadFile.from_dict(json.loads(json.dumps(head.to_dict()))).to_dict() == head.to_dict()
