import json

import face_parsing_tf
import numpy as np
import pytest
from face_parsing_tf import bisenet, self_check
from face_parsing_tf.convert import convert, description_path, load, verify
from face_parsing_tf.names import layer_name, module_path

from tests.third_party.states import random_state


@pytest.fixture(scope="module")
def state():
    """The state dictionary of a BiSeNet with 19 classes and all heads."""
    model = bisenet(19, size=(32, 32), auxiliary_heads=True)
    state = random_state(face_parsing_tf, model)
    return {**state, "cp.resnet.bn1.num_batches_tracked": np.array(80000)}


@pytest.fixture
def pictures():
    return np.random.default_rng(5).standard_normal((1, 32, 32, 3)).astype(np.float32)


def without_auxiliary_heads(state):
    return {k: v for k, v in state.items() if not k.startswith(("conv_out16.", "conv_out32."))}


def test_names_go_both_ways():
    for module in (
        "cp.resnet.layer2.0.downsample.0",
        "cp.arm16.conv.bn",
        "cp.arm32.conv_atten",
        "cp.arm32.bn_atten",
        "cp.conv_head16.conv",
        "cp.conv_avg.bn",
        "conv_out.conv_out",
        "conv_out16.conv.bn",
        "fine.out.conv_out",
    ):
        assert module_path(layer_name(module)) == module


def test_converts_verifies_and_loads(state, pictures, tmp_path):
    output = tmp_path / "new" / "parsing.weights.h5"
    description = convert(state, output)
    assert description == json.loads((tmp_path / "new" / "parsing.json").read_text())
    assert len(list(output.parent.iterdir())) == 2
    assert description["classes"] == list(face_parsing_tf.CLASSES)
    assert set(description["self_check"]["outputs"]) == {"out", "coarse", "features"}
    preprocessing = face_parsing_tf.Preprocessing.from_dict(description["preprocessing"])
    assert preprocessing == face_parsing_tf.Preprocessing()
    assert verify(output) == description
    model = bisenet(size=(32, 32))
    face_parsing_tf.load_torch_state(model, without_auxiliary_heads(state))
    found = load(output, size=(32, 32))(pictures, training=False)
    expected = model(pictures, training=False)["out"]
    np.testing.assert_array_equal(np.asarray(found["out"]), np.asarray(expected))


def test_wrappers_and_heads(state, pictures, tmp_path):
    output = tmp_path / "parsing.weights.h5"
    wrapped = {"state_dict": {f"module.{key}": value for key, value in state.items()}}
    description = convert(wrapped, output, auxiliary_heads=True)
    assert {"out16", "out32"} < set(description["self_check"]["outputs"])
    model = bisenet(size=(32, 32), auxiliary_heads=True)
    face_parsing_tf.load_torch_state(model, state)
    found = load(output, size=(32, 32))(pictures, training=False)
    expected = model(pictures, training=False)
    for name in ("out", "out16", "out32"):
        np.testing.assert_array_equal(np.asarray(found[name]), np.asarray(expected[name]))
    with pytest.raises(ValueError, match=r"missing key 'conv_out16\.conv_out\.weight'"):
        convert(without_auxiliary_heads(state), output, auxiliary_heads=True)
    assert verify(output) == description


def test_every_bad_key_is_listed_and_nothing_is_written(state, tmp_path):
    bad = dict(state)
    del bad["ffm.conv1.weight"]
    bad["cp.resnet.conv1.weight"] = np.zeros((64, 3, 5, 5))
    bad["head.weight"] = np.zeros(3)
    bad["cp.arm16.conv.bn.running_var"] = np.full(128, np.inf)
    bad["cp.conv_avg.bn.scale"] = np.zeros(128)
    with pytest.raises(ValueError) as caught:
        convert(bad, tmp_path / "parsing.weights.h5", classes=11)
    for problem in (
        "the checkpoint does not fit bisenet",
        "missing key 'ffm.conv1.weight'",
        "'cp.resnet.conv1.weight' has shape (64, 3, 5, 5), the network needs (64, 3, 7, 7)",
        "unknown key 'head.weight'",
        "'cp.arm16.conv.bn.running_var' holds values that are not finite",
        "unknown key 'cp.conv_avg.bn.scale'",
        "'conv_out.conv_out.weight' has shape (19, 256, 1, 1), the network needs (11, 256, 1, 1)",
    ):
        assert problem in str(caught.value)
    assert str(caught.value).count(";") == 5  # six problems and no more
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("checkpoint", [[1, 2], {"state_dict": 3}, None])
def test_what_is_no_checkpoint_is_refused(checkpoint, tmp_path):
    with pytest.raises(ValueError, match="must be a mapping of names to tensors"):
        convert(checkpoint, tmp_path / "a.weights.h5")
    with pytest.raises(ValueError, match=r"with and without 'module\.': a\.bias"):
        face_parsing_tf.read_state({"module.a.bias": 1, "a.bias": 2})


def test_file_names_are_checked(state, tmp_path):
    with pytest.raises(ValueError, match="must be called NAME"):
        convert(state, tmp_path / "a.h5")
    (tmp_path / "a.weights.h5").mkdir()
    with pytest.raises(ValueError, match=r"a\.weights\.h5 is a folder"):
        convert(state, tmp_path / "a.weights.h5")


def test_a_failed_self_check_leaves_nothing(state, tmp_path, monkeypatch):
    monkeypatch.setattr(self_check, "differences", lambda found, expected: ["output differs"])
    with pytest.raises(ValueError, match="self-check failed: output differs"):
        convert(state, tmp_path / "a.weights.h5")
    assert not list(tmp_path.iterdir())


def test_other_classes_and_what_verify_notices(state, tmp_path):
    output = tmp_path / "parsing.weights.h5"
    eleven = without_auxiliary_heads(state)
    eleven["conv_out.conv_out.weight"] = eleven["conv_out.conv_out.weight"][:11]
    description = convert(eleven, output, classes=11)
    assert description["classes"][10] == "class_10"
    sidecar = description_path(output)
    changed = json.loads(sidecar.read_text())
    changed["self_check"]["outputs"]["out"]["rms"] *= 1.1
    sidecar.write_text(json.dumps(changed))
    with pytest.raises(ValueError, match="self-check failed: output 'out' differs by"):
        verify(output)
    sidecar.write_text(json.dumps({**description, "width": 0.5}))
    with pytest.raises(ValueError, match="does not hold the weights of bisenet"):
        verify(output)
    sidecar.write_text(json.dumps(description))
    output.write_bytes(output.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="damaged or was exchanged"):
        verify(output)
    for text in ("{}", "no JSON"):
        sidecar.write_text(text)
        with pytest.raises(ValueError, match="no description of BiSeNet weights"):
            load(output)
    sidecar.unlink()
    with pytest.raises(FileNotFoundError):
        verify(output)


def test_overflow_and_permuted_tensors_are_seen(state):
    model = bisenet(size=(32, 32))
    face_parsing_tf.load_torch_state(model, state)
    before = self_check.run(model)
    assert self_check.differences(self_check.run(model), before) == []
    variables = face_parsing_tf.state_keys(model)
    weights = variables["conv_out.conv_out.weight"]
    weights.assign(np.asarray(weights)[..., ::-1])
    after = self_check.run(model)
    assert after["digest"] != before["digest"]
    assert self_check.differences(after, before)[0].startswith("output 'coarse' differs by")
    weights.assign(np.full(weights.shape, 3e38, np.float32))
    with pytest.raises(ValueError, match="is not finite"):
        self_check.run(model)
