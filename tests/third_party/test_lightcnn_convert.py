import json
from collections import OrderedDict

import lightcnn_tf
import numpy as np
import pytest
from lightcnn_tf import self_check
from lightcnn_tf.convert import convert, description_path, load, verify
from lightcnn_tf.names import layer_name, module_path

from tests.third_party.states import random_state


@pytest.fixture(scope="module")
def state():
    """The state dictionary of a LightCNN-9 with three classes."""
    return random_state(lightcnn_tf, lightcnn_tf.lightcnn9(3))


@pytest.fixture
def crops():
    return np.random.default_rng(5).random((1, 128, 128, 1), dtype=np.float32)


def test_names_go_both_ways():
    for module in ("block2.1.conv1.filter", "group1.conv_a.filter", "features.7.conv.filter"):
        assert module_path(layer_name(module)) == module
    assert module_path("fc1_filter") == "fc1.filter"


def test_linear_layer_after_a_map_is_permuted():
    # out 1, channels 2, map 1x3: PyTorch flattens (c, w), Keras (w, c).
    tensor = np.arange(6, dtype=np.float32).reshape(1, 6)
    assert lightcnn_tf.to_keras(tensor, (1, 3))[:, 0].tolist() == [0, 3, 1, 4, 2, 5]


def test_the_training_scripts_file_is_unwrapped(state, crops, tmp_path):
    wrapped = {
        "epoch": 80,
        "arch": "LightCNN",
        "prec1": 99.0,
        "state_dict": OrderedDict((f"module.{key}", value) for key, value in state.items()),
    }
    output = tmp_path / "new" / "nine.weights.h5"
    description = convert(wrapped, output, "lightcnn9")
    assert description == json.loads((tmp_path / "new" / "nine.json").read_text())
    assert sorted(path.name for path in output.parent.iterdir()) == [
        "nine.json",
        "nine.weights.h5",
    ]
    assert description["network"] == "lightcnn9"
    assert description["embedding_size"] == 256
    assert description["classes"] is None
    preprocessing = lightcnn_tf.Preprocessing.from_dict(description["preprocessing"])
    assert preprocessing == lightcnn_tf.Preprocessing()
    assert verify(output) == description
    model = lightcnn_tf.lightcnn9()
    lightcnn_tf.load_torch_state(model, state)
    np.testing.assert_array_equal(np.asarray(load(output)(crops)), np.asarray(model(crops)))
    # A plain Keras model of the package takes the file as well.
    plain = lightcnn_tf.lightcnn9()
    plain.load_weights(output)
    np.testing.assert_array_equal(np.asarray(plain(crops)), np.asarray(model(crops)))


def test_the_classifier_is_kept_on_request(state, crops, tmp_path):
    output = tmp_path / "nine.weights.h5"
    description = convert(state, output, "lightcnn9", classes=True)
    assert description["classes"] == 3
    assert set(description["self_check"]["outputs"]) == {"embedding", "logits"}
    result = load(output)(crops)
    expected = np.asarray(result["embedding"]) @ state["fc2.weight"].T + state["fc2.bias"]
    np.testing.assert_allclose(np.asarray(result["logits"]), expected, rtol=1e-4, atol=1e-5)
    bare = {key: value for key, value in state.items() if not key.startswith("fc2.")}
    assert convert(bare, output, "lightcnn9")["classes"] is None
    with pytest.raises(ValueError, match=r"classifier.*'fc2.weight' is missing"):
        convert(bare, output, "lightcnn9", classes=True)


def test_every_bad_key_is_listed_and_nothing_is_written(state, tmp_path):
    output = tmp_path / "nine.weights.h5"
    description = convert(state, output, "lightcnn9")
    before = output.read_bytes()
    bad = dict(state)
    del bad["features.2.conv_a.filter.bias"], bad["fc2.bias"]
    bad["features.0.filter.weight"] = np.zeros((96, 1, 3, 3))
    bad["features.9.filter.weight"] = np.zeros(1)
    bad["epoch"] = 3
    bad["fc1.filter.weight"] = np.zeros((8192, 512))
    bad["features.4.conv.filter.bias"] = np.full(384, np.nan, np.float32)
    bad["features.0.filter.bias"] = np.array(["a"] * 96)
    with pytest.raises(ValueError) as caught:
        convert(bad, output, "lightcnn9", classes=True)
    for problem in (
        "the checkpoint does not fit lightcnn9",
        "missing key 'features.2.conv_a.filter.bias'",
        "missing key 'fc2.bias'",
        "'features.0.filter.weight' has shape (96, 1, 3, 3), the network needs (96, 1, 5, 5)",
        "unknown key 'features.9.filter.weight'",
        "unknown key 'epoch'",
        "'fc1.filter.weight' has shape (8192, 512), the network needs (512, 8192)",
        "'features.4.conv.filter.bias' holds values that are not finite",
        "'features.0.filter.bias' holds <U1, not numbers",
    ):
        assert problem in str(caught.value)
    assert str(caught.value).count(";") == 7  # eight problems and no more
    assert "\n" not in str(caught.value)
    assert output.read_bytes() == before
    assert verify(output) == description
    assert len(list(tmp_path.iterdir())) == 2


def test_another_networks_checkpoint_is_recognised(state, tmp_path):
    with pytest.raises(ValueError, match=r"looks like a checkpoint of lightcnn9$"):
        convert(state, tmp_path / "a.weights.h5", "lightcnn29v2")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("checkpoint", [[1, 2], {"state_dict": 3}, None])
def test_what_is_no_checkpoint_is_refused(checkpoint, tmp_path):
    with pytest.raises(ValueError, match="must be a mapping of names to tensors"):
        convert(checkpoint, tmp_path / "a.weights.h5")


def test_a_key_with_and_without_prefix_is_refused():
    with pytest.raises(ValueError, match=r"with and without 'module\.': fc\.bias"):
        lightcnn_tf.read_state({"module.fc.bias": 1, "fc.bias": 2})


def test_arguments_are_checked(state, tmp_path):
    with pytest.raises(ValueError, match="network 'vgg' is unknown"):
        convert(state, tmp_path / "a.weights.h5", "vgg")
    for name in ("a.h5", ".weights.h5"):
        with pytest.raises(ValueError, match="must be called NAME"):
            description_path(tmp_path / name)
    (tmp_path / "a.json").mkdir()
    with pytest.raises(ValueError, match=r"a\.json is a folder"):
        convert(state, tmp_path / "a.weights.h5", "lightcnn9")
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]


def test_a_failed_self_check_leaves_nothing(state, tmp_path, monkeypatch):
    monkeypatch.setattr(self_check, "differences", lambda found, expected: ["output differs"])
    with pytest.raises(ValueError, match="self-check failed: output differs"):
        convert(state, tmp_path / "nine.weights.h5", "lightcnn9")
    assert not list(tmp_path.iterdir())


def test_overflowing_weights_are_refused(state, tmp_path):
    huge = {key: value * np.float32(1e30) for key, value in state.items()}
    with pytest.raises(ValueError, match="output 'embedding' of the self-check is not finite"):
        convert(huge, tmp_path / "nine.weights.h5", "lightcnn9")
    assert not list(tmp_path.iterdir())


def test_verify_notices_what_changed(state, tmp_path):
    output = tmp_path / "nine.weights.h5"
    description = convert(state, output, "lightcnn9")
    sidecar = description_path(output)

    def edited(**changes):
        sidecar.write_text(json.dumps({**description, **changes}))

    check = json.loads(json.dumps(description["self_check"]))
    check["outputs"]["embedding"]["values"][3] += 0.1
    edited(self_check=check)
    with pytest.raises(ValueError, match="self-check failed: output 'embedding' differs by"):
        verify(output)
    edited(network="lightcnn29v1")
    with pytest.raises(ValueError, match="does not hold the weights of lightcnn29v1"):
        verify(output)
    edited(network="vgg")
    with pytest.raises(ValueError, match=r"nine\.json names the unknown network 'vgg'"):
        verify(output)
    edited()
    assert verify(output) == description
    output.write_bytes(output.read_bytes() + b"\0")
    with pytest.raises(ValueError, match="damaged or was exchanged"):
        verify(output)
    sidecar.write_text("{}")
    with pytest.raises(ValueError, match=r"no description of LightCNN weights: no \['classes'"):
        load(output)
    sidecar.write_text("no JSON")
    with pytest.raises(ValueError, match="no description of LightCNN weights"):
        load(output)
    sidecar.unlink()
    with pytest.raises(FileNotFoundError):
        verify(output)


def test_self_check_sees_one_permuted_tensor(state):
    model = lightcnn_tf.lightcnn9()
    lightcnn_tf.load_torch_state(model, state)
    before = self_check.run(model)
    assert self_check.run(model) == before
    assert self_check.differences(before, before) == []
    weights = lightcnn_tf.state_keys(model)["fc1.filter.weight"]
    weights.assign(np.asarray(weights)[::-1])
    after = self_check.run(model)
    assert after["digest"] != before["digest"]
    assert len(self_check.differences(after, before)) == 1
