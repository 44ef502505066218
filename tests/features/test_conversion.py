import json

import face_parsing_tf
import lightcnn_tf
import numpy as np
import pytest

from face2param import features, regions
from face2param.errors import ConfigError, OutputError, WeightsError
from face2param.features import conversion
from tests.third_party.states import random_state
from tests.weights import torch_files as files


@pytest.fixture(scope="module")
def nine():
    """A state dictionary of LightCNN-9 with a classifier of three people."""
    return random_state(lightcnn_tf, lightcnn_tf.lightcnn9(3))


@pytest.fixture(scope="module")
def wrapped(nine, tmp_path_factory):
    """What the training script saves, from several GPUs, in the old serialisation."""
    body, storages = files.state_dict({f"module.{key}": value for key, value in nine.items()})
    body = files.mapping(
        epoch=files.number(80), arch=files.text("LightCNN-9"), state_dict=body, prec1=b"F98.5\n"
    )
    path = tmp_path_factory.mktemp("checkpoint") / "LightCNN_9Layers_checkpoint.pth.tar"
    path.write_bytes(files.old_file(body, storages))
    return path


@pytest.fixture(scope="module")
def converted(wrapped, tmp_path_factory):
    output = tmp_path_factory.mktemp("converted") / "lightcnn9.weights.h5"
    return conversion.convert("lightcnn9", wrapped, output)


def test_the_training_scripts_file_becomes_an_identity_network(nine, converted):
    assert converted.remarks == {"epoch": 80, "arch": "LightCNN-9", "prec1": 98.5}
    assert converted.tensors == len(nine)
    assert converted.parameters == sum(array.size for array in nine.values())
    assert json.loads(converted.weights.with_name("lightcnn9.json").read_text()) == (
        converted.description
    )
    network = features.identity("lightcnn9", converted.weights)
    assert network.name == "lightcnn9" and network.crop_size == (128, 128)
    model = lightcnn_tf.lightcnn9()
    lightcnn_tf.load_torch_state(model, nine)
    crops = np.random.default_rng(0).random((2, 128, 128, 1), dtype=np.float32)
    found = np.asarray(network.embed(crops))
    assert found.shape == (2, network.embedding_size)
    np.testing.assert_array_equal(found, np.asarray(model(crops)))


def test_the_threshold_is_unknown_until_it_is_measured(converted, tmp_path):
    network = features.identity("lightcnn9", converted.weights)
    assert network.threshold is None
    one = np.ones((1, 256), np.float32)
    with pytest.raises(WeightsError, match=r"has not been measured; .*identity_threshold\.py"):
        network.same_person(one, one)
    # The benchmark writes it into the description; the digest of the weights stays.
    weights = tmp_path / "measured.weights.h5"
    weights.write_bytes(converted.weights.read_bytes())
    (tmp_path / "measured.json").write_text(json.dumps(converted.description | {"threshold": 0.4}))
    network = features.identity("lightcnn9", weights)
    far = np.float32([[1.0] + [-1.0] * 255])
    assert np.asarray(network.same_person(one, one)).tolist() == [True]
    assert np.asarray(network.same_person(one, far)).tolist() == [False]


def test_a_description_that_does_not_belong_is_refused(converted, tmp_path):
    with pytest.raises(WeightsError, match="says 'lightcnn9', but 'lightcnn29v2'"):
        features.identity("lightcnn29v2", converted.weights)
    weights = tmp_path / "x.weights.h5"
    weights.write_bytes(converted.weights.read_bytes()[:-1] + b"x")
    (tmp_path / "x.json").write_text(json.dumps(converted.description))
    with pytest.raises(WeightsError, match="damaged or was exchanged"):
        features.identity("lightcnn9", weights)


def test_a_face_parsing_checkpoint_becomes_a_parsing_network(tmp_path):
    assert face_parsing_tf.CLASSES == regions.CLASSES
    model = face_parsing_tf.bisenet(size=(64, 64), auxiliary_heads=True)
    state = random_state(face_parsing_tf, model)
    face_parsing_tf.load_torch_state(model, state)
    (tmp_path / "79999_iter.pth").write_bytes(files.zip_file(*files.state_dict(state)))
    output = tmp_path / "face_parsing.weights.h5"
    done = conversion.convert("face_parsing", tmp_path / "79999_iter.pth", output)
    assert done.remarks == {} and "threshold" not in done.description
    network = features.parsing(output)
    assert network.size == (512, 512) and network.classes == regions.CLASSES
    network = features.parsing(output, (64, 64))
    images = np.random.default_rng(0).random((1, 64, 64, 3), dtype=np.float32)
    logits = np.asarray(model(face_parsing_tf.Preprocessing()(images))["out"])
    expected = np.exp(logits - logits.max(-1, keepdims=True))
    expected /= expected.sum(-1, keepdims=True)
    np.testing.assert_allclose(np.asarray(network.probabilities(images)), expected, atol=1e-4)
    # The right file under a description of another network.
    other = tmp_path / "other.weights.h5"
    other.write_bytes(output.read_bytes())
    wrong = done.description | {"classes": list(regions.CLASSES[:5])}
    (tmp_path / "other.json").write_text(json.dumps(wrong))
    with pytest.raises(WeightsError, match=r"other\.weights\.h5: does not fit the network"):
        features.parsing(other)


def test_what_does_not_fit_is_listed_and_nothing_is_written(nine, tmp_path):
    state = dict(nine) | {"extra.weight": np.zeros((2, 2), np.float32)}
    state["fc1.filter.bias"] = state["fc1.filter.bias"][:-1]
    del state["features.0.filter.bias"]
    (tmp_path / "odd.pth").write_bytes(files.zip_file(*files.state_dict(state)))
    output = tmp_path / "odd.weights.h5"
    with pytest.raises(WeightsError) as caught:
        conversion.convert("lightcnn9", tmp_path / "odd.pth", output)
    for expected in (
        "odd.pth",
        "unknown key 'extra.weight'",
        "missing key 'features.0.filter.bias'",
        "'fc1.filter.bias' has shape (511,), the network needs (512,)",
    ):
        assert expected in str(caught.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["odd.pth"]
    (tmp_path / "list.pth").write_bytes(files.zip_file(b"]", {}))
    with pytest.raises(WeightsError, match="must be a mapping of names to tensors, got list"):
        conversion.convert("lightcnn9", tmp_path / "list.pth", output)


def test_overwriting_replaces_weights_and_description(nine, converted, wrapped, tmp_path):
    output = tmp_path / "x.weights.h5"
    output.write_bytes(b"old")
    (tmp_path / "x.json").write_text("old")
    done = conversion.convert("lightcnn9", wrapped, output, overwrite=True)
    assert done.description["self_check"] == converted.description["self_check"]
    assert json.loads((tmp_path / "x.json").read_text()) == done.description
    features.identity("lightcnn9", output)  # checks the digest


def test_names_and_existing_files_are_checked_before_anything_is_read(tmp_path):
    missing = tmp_path / "missing.pth"
    with pytest.raises(ConfigError, match="'facenet' is unknown"):
        conversion.convert("facenet", missing, tmp_path / "x.weights.h5")
    with pytest.raises(ConfigError, match=r"must be called NAME\.weights\.h5"):
        conversion.convert("lightcnn9", missing, tmp_path / "x.h5")
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(OutputError, match=r"x\.json exist already"):
        conversion.convert("lightcnn9", missing, tmp_path / "x.weights.h5")
    with pytest.raises(WeightsError, match=r"cannot read .*missing\.pth"):
        conversion.convert("lightcnn9", missing, tmp_path / "x.weights.h5", overwrite=True)


@pytest.mark.parametrize("modern", [True, False], ids=["zip", "old"])
def test_a_file_of_torch_gives_torchs_embedding(tmp_path, modern):
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    from tests.torch_networks.lightcnn import LightCNN9

    torch.manual_seed(0)
    theirs = LightCNN9(5).eval()
    state = torch.nn.DataParallel(theirs).state_dict()
    path, output = tmp_path / "x.pth.tar", tmp_path / "lightcnn9.weights.h5"
    torch.save(
        {"epoch": 1, "arch": "LightCNN-9", "state_dict": state, "prec1": torch.tensor(9.0)},
        path,
        _use_new_zipfile_serialization=modern,
    )
    conversion.convert("lightcnn9", path, output)
    crops = np.random.default_rng(0).random((2, 128, 128, 1), dtype=np.float32)
    with torch.no_grad():
        _, expected = theirs(torch.from_numpy(crops.transpose(0, 3, 1, 2)))
    expected = expected.numpy()
    found = np.asarray(features.identity("lightcnn9", output).embed(crops))
    assert np.linalg.norm(found - expected) < 1e-4 * np.linalg.norm(expected)
