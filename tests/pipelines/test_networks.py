import dataclasses
import json

import face_parsing_tf
import lightcnn_tf
import numpy as np
import pytest

from face2param import features, regions
from face2param.errors import ConfigError
from face2param.features import half_weights
from face2param.imitator import networks as imitator_networks
from face2param.imitator.model import Imitator
from face2param.pipelines import networks
from face2param.weights.export_formats import FORMATS
from tests.contracts.backends import fill
from tests.features import dlib_bytes
from tests.imitator import toy

pytest.importorskip("onnxruntime", reason="pip install tf2onnx onnx onnxruntime")
pytest.importorskip("ai_edge_litert", reason="pip install ai-edge-litert")


@pytest.fixture(scope="module")
def disc(tmp_path_factory):
    folder = tmp_path_factory.mktemp("disc")
    imitator = Imitator(toy.SCHEMA, toy.NETWORK)
    fill(imitator.model)
    imitator.save(folder)
    return folder


@pytest.mark.parametrize("format", FORMATS)
def test_an_imitator_is_run_by_the_names_in_its_json(disc, tmp_path, format):
    output = tmp_path / f"disc{FORMATS[format].suffix}"
    report = networks.export("imitator", output, format, weights=disc)
    record = json.loads(report.description.read_text())
    assert record["schema"]["hash"] == toy.SCHEMA.hash and record["network"] == "imitator"
    assert record["outputs"][2]["columns"] == list(regions.MERGED)

    # As a game would: neutral, then single sliders and choices by name.
    character = np.float32([record["neutral"]["character"]])
    nuisance = np.float32([record["neutral"]["nuisance"]])
    sliders = {slider["name"]: slider["index"] for slider in record["sliders"]}
    character[0, sliders["radius"]] = 0.9
    (colour,) = record["choices"]
    first = colour["first"]
    character[0, first : first + len(colour["options"])] = 0
    character[0, first + colour["options"].index("green")] = 1
    (tilt,) = record["nuisance"]
    nuisance[0, 0] = 0.5 / tilt["scale"]
    ports = {port["name"]: port for port in record["inputs"]}
    assert ports["character"]["columns"] == [
        "x", "y", "radius", "brightness", "colour=red", "colour=green",
    ]  # fmt: skip
    found = FORMATS[format].open(output)({"character": character, "nuisance": nuisance})

    wanted = toy.SCHEMA.neutral().replace(radius=0.9, colour="green")
    encoded = toy.SCHEMA.encode([wanted])
    angle = toy.SCHEMA.normalise_nuisance(toy.SCHEMA.nuisance_vector(tilt=0.5))[None]
    expected = Imitator.load(disc)(encoded, angle)
    for name, value in expected.items():
        np.testing.assert_allclose(found[name], np.asarray(value), atol=2e-5, err_msg=name)


def test_an_imitator_without_nuisance_controls_has_one_input(tmp_path):
    schema = dataclasses.replace(toy.SCHEMA, nuisance=())
    network = imitator_networks.NetworkConfig(schema.width, 0, "paper", 32, heads=False)
    imitator = Imitator(schema, network)
    fill(imitator.model)
    imitator.save(tmp_path / "paper")
    for format, suffix in (("onnx", ".onnx"), ("litert", ".tflite")):
        report = networks.export(
            "imitator", tmp_path / f"paper{suffix}", format, weights=tmp_path / "paper",
            overwrite=True,
        )  # fmt: skip
        record = json.loads(report.description.read_text())
        assert [port["name"] for port in record["inputs"]] == ["character"]
        assert list(report.differences) == ["image"]


@pytest.fixture(scope="module")
def small_parsing(tmp_path_factory):
    model = face_parsing_tf.bisenet(3, 0.125, size=(64, 64), fine_head=True)
    fill(model)
    path = tmp_path_factory.mktemp("parsing") / "parsing.weights.h5"
    half_weights.save_half(
        model,
        path,
        {
            "classes": ["ground", "skin", "hair"], "width": 0.125, "fine_head": True,
            "size": [64, 64], "preprocessing": face_parsing_tf.Preprocessing().to_dict(),
        },
    )  # fmt: skip
    return path


@pytest.mark.parametrize("format", ["onnx", "litert"])
def test_parsing_takes_plain_pictures(small_parsing, tmp_path, format):
    output = tmp_path / f"parsing{FORMATS[format].suffix}"
    report = networks.export("parsing", output, format, weights=small_parsing)
    record = json.loads(report.description.read_text())
    assert record["classes"] == ["ground", "skin", "hair"]
    assert record["inputs"][0]["range"] == [0.0, 1.0]
    assert record["inputs"][0]["shape"] == [None if format == "onnx" else 1, 64, 64, 3]
    picture = np.random.default_rng(1).random((1, 64, 64, 3), np.float32)
    (found,) = FORMATS[format].open(output)({"images": picture}).values()
    np.testing.assert_allclose(found.sum(-1), 1, atol=1e-5)
    expected = np.asarray(features.parsing(small_parsing).probabilities(picture))
    assert expected.std() > 0.1
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_the_dlib_network_takes_rgb_crops(tmp_path):
    path = tmp_path / "tiny.dat"
    path.write_bytes(dlib_bytes.tiny_network(np.random.default_rng(0))[0])
    report = networks.export("dlib", tmp_path / "dlib.onnx", "onnx", weights=path)
    crops = np.random.default_rng(1).random((2, 15, 15, 3), np.float32)
    (found,) = FORMATS["onnx"].open(report.path)({"crops": crops}).values()
    identity = features.identity("dlib", path)
    np.testing.assert_allclose(found, np.asarray(identity.embed(crops)), rtol=1e-4, atol=1e-5)
    record = json.loads(report.description.read_text())
    assert record["threshold"] == identity.threshold and record["distance"] == "Euclidean"


def test_lightcnn_makes_rgb_crops_grey_itself(tmp_path):
    model = lightcnn_tf.lightcnn29v2()
    fill(model)
    weights = tmp_path / "lightcnn29v2.weights.h5"
    model.save_weights(weights)
    report = networks.export(
        "lightcnn29v2", tmp_path / "l.tflite", "litert", weights=weights, precision="float16"
    )
    crops = np.random.default_rng(1).random((1, 128, 128, 3), np.float32)
    (found,) = FORMATS["litert"].open(report.path)({"crops": crops}).values()
    luma = crops @ np.float32([[0.299], [0.587], [0.114]])
    expected = np.asarray(model(luma, training=False))
    assert np.abs(found - expected).max() < 5e-3 * np.abs(expected).max()
    assert report.bytes < 25e6


def test_unknown_networks_are_named():
    with pytest.raises(ConfigError, match="there is no 'arcface'; choose one of imitator, dlib"):
        networks.open_network("arcface")
