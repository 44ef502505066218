"""Poses of the C# rig are those of Python's, as numbers and as Unity's objects would be drawn."""

import json
from fnmatch import fnmatchcase

import numpy as np
import pytest

from face2param.engines.rigged.channels import BoneChannel, MorphChannel, SetChannel
from face2param.engines.rigged.head_file import HeadFile, Landmark
from face2param.engines.rigged.landmarks import place
from face2param.engines.rigged.quaternions import about
from face2param.engines.rigged.rig import Rig
from face2param.engines.rigged.targets import BoneTarget
from face2param.errors import CodecError, EngineError
from face2param.meshes.gltf import read_gltf, write_gltf
from tests.engines.rigged import rigs
from tests.unity.mono import Refused

IMAGES = ("lips.png", "red.png")
TOLERANCE = 1e-5
"""Of metres and weights; Unity computes in float32, the tests' models are about 1 m in size."""

MIRROR = np.array([-1.0, 1.0, 1.0])


@pytest.fixture(name="loaded")
def _loaded(driver, tmp_path):
    def load(head, skinned=True):
        write_gltf(tmp_path / "head.glb", rigs.model(skinned=skinned))
        head.save(tmp_path / "head.schema.json")
        assert driver("rig-load", tmp_path / "head.glb", tmp_path / "head.schema.json", *IMAGES)
        return Rig(read_gltf(tmp_path / "head.glb"), head)

    return load


def pose(driver, folder, character, nuisance):
    character.save(folder / "params.json")
    (folder / "nuisance").write_bytes(np.asarray(nuisance, "<f4").tobytes())
    driver("rig-pose", folder / "params.json", folder / "nuisance", folder / "pose.json")
    return json.loads((folder / "pose.json").read_text(encoding="utf-8"))


def close(found, expected, where):
    np.testing.assert_allclose(found, expected, rtol=0, atol=TOLERANCE, err_msg=where)


def same_turns(found, expected, where):
    found, expected = np.array(found), np.array(expected)
    close(found * np.sign((found * expected).sum(-1, keepdims=True)), expected, where)


def compare(found, rig, character, nuisance):
    state, posed = rig.state(character, nuisance), rig.pose(character, nuisance)
    for node, weights in state.weights.items():
        close(found["weights"][str(node)], weights, f"weights of {node}")
    close(found["positions"], state.positions, "positions")
    close(found["scales"], state.scales, "scales")
    same_turns(found["rotations"], state.rotations, "rotations")
    close(found["root_position"], state.root_position, "root_position")
    same_turns(found["root_rotation"], state.root_rotation, "root_rotation")
    assert found["shown"] == state.shown.tolist()
    drawn: dict[str, list] = {}
    for part in posed.parts:
        drawn.setdefault(part.name.split("/")[0], []).append(part.vertices)
    assert set(found["drawn"]) == set(drawn)
    for name, parts in drawn.items():
        close(np.array(found["drawn"][name]) * MIRROR, np.concatenate(parts), name)
    for material in posed.materials[:-1]:
        name = material.material.name
        entry = found["materials"][name]
        close(entry["base_color"], material.material.base_color, name)
        close(entry["roughness"], material.material.roughness, name)
        close(entry["metallic"], material.material.metallic, name)
        assert entry["swapped"] == material.images.get("base")
        if "base" in material.images:
            assert entry["texture"] == material.images["base"]
        for worn, layer in zip(found["layers"][name], material.layers, strict=True):
            close(worn["color"], layer.color, layer.name)
            numbers = (layer.amount, layer.hue, layer.saturation, layer.value, *layer.offset)
            close(worn["numbers"], (*numbers, layer.rotation, layer.scale), layer.name)
    if rig.head.landmarks:
        points, _ = place(rig.head.landmarks, posed, rig.model)
        close(np.array(found["landmarks"]) * MIRROR, points, "landmarks")


def points(count=68):
    rng = np.random.default_rng(4)
    nodes = ["face", "eye"]
    return tuple(
        Landmark(nodes[i % 2], 0, int(rng.integers(0, 100)), tuple(rng.dirichlet([1, 1, 1])))
        for i in range(count)
    )


def random_nuisance(rng, schema):
    low = np.array([c.minimum for c in schema.nuisance])
    high = np.array([c.maximum for c in schema.nuisance])
    return rng.uniform(low, high).astype(np.float32)


@pytest.mark.parametrize("skinned", [True, False])
def test_random_poses(driver, loaded, tmp_path, skinned):
    rig = loaded(rigs.head(landmarks=points()), skinned)
    rng = np.random.default_rng(0)
    neutral = rig.schema.neutral(), rig.schema.neutral_nuisance()
    compare(pose(driver, tmp_path, *neutral), rig, *neutral)
    for character in rig.schema.random(rng, 25):
        nuisance = random_nuisance(rng, rig.schema)
        compare(pose(driver, tmp_path, character, nuisance), rig, character, nuisance)
    # Nothing of the poses before stays behind.
    compare(pose(driver, tmp_path, *neutral), rig, *neutral)


def test_the_ends_of_every_slider(driver, loaded, tmp_path):
    rig = loaded(rigs.head())
    schema, neutral = rig.schema, rig.schema.neutral()
    for name in schema.names:
        for value in (0.0, 1.0):
            character = neutral.replace(**{name: value})
            nuisance = schema.neutral_nuisance()
            compare(pose(driver, tmp_path, character, nuisance), rig, character, nuisance)
    for i, control in enumerate(schema.nuisance):
        for value in (control.minimum, control.maximum):
            nuisance = schema.neutral_nuisance()
            nuisance[i] = value
            compare(pose(driver, tmp_path, neutral, nuisance), rig, neutral, nuisance)


def test_units_and_turns_by_options(driver, loaded, tmp_path):
    head = rigs.head(unit=0.01)
    bindings = dict(head.bindings)
    bindings["paint=red"] = [
        SetChannel(BoneTarget("jaw", "rotation"), about((0, 0, 1), 0.4)),
        SetChannel(BoneTarget(None, "rotation", pivot=(1.0, 2.0, 3.0)), about((1, 0, 0), 0.3)),
        SetChannel(BoneTarget("neck", "scale", "y"), 1.5),
    ]
    bindings["smile"] = [
        BoneChannel("jaw", "rotation", about((1, 0, 0), -0.5), about((0, 1, 0), 3.0)),
        MorphChannel("smile", 0.0, 0.5, node="face"),
    ]
    rig = loaded(head.replace(bindings=bindings))
    rng = np.random.default_rng(3)
    for character in rig.schema.random(rng, 8):
        nuisance = random_nuisance(rng, rig.schema)
        compare(pose(driver, tmp_path, character, nuisance), rig, character, nuisance)


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("hat_*", ("hat_a", "hat", "Hat_a", "hat_")),
        ("*_?", ("hat_a", "a_", "_b", "a_b_c")),
        ("hat_[a-c]x", ("hat_bx", "hat_dx", "hat_x")),
        ("[!h]at", ("cat", "hat", "at")),
        ("a[", ("a[", "a")),
        ("[]]", ("]", "[")),
        ("**a*b", ("xaxxb", "ab", "ba", "b")),
        ("*", ("a", "")),
    ],
)
def test_patterns_are_those_of_python(driver, pattern, names):
    for name in names:
        assert (driver("glob", pattern, name) == "yes") == fnmatchcase(name, pattern), name


def broken(change):
    data = json.loads(json.dumps(rigs.head(landmarks=points()).to_dict()))
    change(data)
    return data


WRONG_FILES = {
    "format": lambda d: d.update(format="head"),
    "version": lambda d: d.update(version=2),
    "unknown field": lambda d: d.update(colour=1),
    "no camera": lambda d: d.pop("camera"),
    "schema": lambda d: d["schema"].update(continuous=3),
    "no such control": lambda d: d["bindings"].update(nose=[]),
    "control without binding": lambda d: d["bindings"].pop("width"),
    "unknown kind": lambda d: d["bindings"]["width"][0].update(kind="pixel"),
    "morph missing": lambda d: d["bindings"]["width"][0].pop("morph"),
    "unknown channel field": lambda d: d["bindings"]["width"][0].update(bone="jaw"),
    "axis": lambda d: d["bindings"]["jaw_place"][0].update(axis="w"),
    "short quaternion": lambda d: d["bindings"]["jaw_turn"][0].update(minimum=[0, 0, 1]),
    "zero quaternion": lambda d: d["bindings"]["jaw_turn"][0].update(minimum=[0, 0, 0, 0]),
    "pivot missing": lambda d: d["bindings"]["turn"][0].pop("pivot"),
    "value": lambda d: d["bindings"]["iris_colour"][0].update(minimum=0.5),
    "show": lambda d: d["bindings"]["hat=a"][0].update(nodes=[]),
    "slot": lambda d: d["bindings"]["paint=red"][1].update(slot="emissive"),
    "blend": lambda d: d["layers"]["skin"][0].update(blend="screen"),
    "layer twice": lambda d: d["layers"]["skin"].append(d["layers"]["skin"][0]),
    "landmarks": lambda d: d["landmarks"].pop(),
    "barycentric": lambda d: d["landmarks"][0][3].__setitem__(0, 9.0),
    "unit": lambda d: d.update(unit=0),
    "field of view": lambda d: d["camera"].update(field_of_view=9),
}


@pytest.mark.parametrize("change", WRONG_FILES.values(), ids=WRONG_FILES)
def test_wrong_head_files_are_refused_by_both(driver, tmp_path, change):
    path = tmp_path / "head.schema.json"
    path.write_text(json.dumps(broken(change)))
    with pytest.raises(CodecError):
        HeadFile.load(path)
    with pytest.raises(Refused) as caught:
        driver("head-read", path)
    assert caught.value.kind == "CodecException" and str(path) in caught.value.message


MISSING = {
    "morph": lambda d: d["bindings"]["width"][0].update(morph="broad"),
    "morph of a node": lambda d: d["bindings"]["length"][0].update(node="eye"),
    "bone": lambda d: d["bindings"]["jaw_place"][0].update(bone="Jaw"),
    "turned bone": lambda d: d["bindings"]["jaw_turn"][0].update(bone="chin"),
    "material": lambda d: d["bindings"]["iris_colour"][0].update(material="pupil"),
    "layer": lambda d: d["bindings"]["lipstick"][0].update(layer="blush"),
    "layered material": lambda d: d["layers"].update(nails=[]),
    "shown node": lambda d: d["bindings"]["hat=a"][0].update(nodes=["cap*"]),
    "swapped material": lambda d: d["bindings"]["paint=red"][1].update(material="nails"),
}


@pytest.mark.parametrize("change", MISSING.values(), ids=MISSING)
def test_what_the_model_lacks_is_named(driver, tmp_path, change):
    write_gltf(tmp_path / "head.glb", rigs.model())
    (tmp_path / "a.json").write_text(json.dumps(broken(change)))
    with pytest.raises(EngineError):
        head = HeadFile.load(tmp_path / "a.json").replace(images=rigs.head().images)
        Rig(read_gltf(tmp_path / "head.glb"), head)
    with pytest.raises(Refused, match="the model has no") as caught:
        driver("rig-load", tmp_path / "head.glb", tmp_path / "a.json", *IMAGES)
    assert caught.value.kind == "EngineException"


def test_a_picture_that_the_rig_was_not_given(driver, tmp_path):
    write_gltf(tmp_path / "head.glb", rigs.model())
    rigs.head().save(tmp_path / "a.json")
    driver("rig-load", tmp_path / "head.glb", tmp_path / "a.json")
    schema = rigs.head().schema
    with pytest.raises(Refused, match=r"no picture 'red.png'; add it to its field Images"):
        pose(driver, tmp_path, schema.neutral().replace(paint="red"), schema.neutral_nuisance())
    with pytest.raises(Refused, match="nuisance: got 1 values, schema 'small' wants 3"):
        pose(driver, tmp_path, schema.neutral(), [0])
