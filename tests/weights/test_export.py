import json
import sys

import keras
import numpy as np
import pytest
from keras import layers, ops

from face2param.errors import ConfigError, DependencyError, OutputError, WeightsError
from face2param.weights import export as exporting
from face2param.weights import export_formats
from face2param.weights.export import check, export
from face2param.weights.export_formats import FORMATS
from face2param.weights.export_ports import Meaning
from tests.contracts.backends import fill

pytest.importorskip("onnxruntime", reason="pip install tf2onnx onnx onnxruntime")
pytest.importorskip("ai_edge_litert", reason="pip install ai-edge-litert")
SUFFIX = {name: kind.suffix for name, kind in FORMATS.items()}


def translator(blocks=2, width=64):
    """A dense residual network like those that turn embeddings into parameters."""
    embedding = keras.Input((16,), name="embedding")
    landmarks = keras.Input((5, 2), name="landmarks")
    x = layers.Concatenate()([embedding, ops.reshape(landmarks, (-1, 10))])
    x = layers.Dense(width)(x - ops.convert_to_tensor(np.float32([0.25] * 26)))
    for _ in range(blocks):
        y = layers.Dense(width)(layers.BatchNormalization()(x))
        x = x + layers.Dense(width)(ops.relu(y))
    outputs = {
        "sliders": ops.sigmoid(layers.Dense(7, name="a")(x)),
        "hair": ops.softmax(layers.Dense(4, name="b")(x)),
    }
    model = keras.Model({"embedding": embedding, "landmarks": landmarks}, outputs, name="head")
    fill(model)
    return model


def unfolding(size=64):
    """Dense, reshape, nearest enlargement: what LiteRT converts only with a fixed batch."""
    inputs = keras.Input((size,), name="code")
    x = layers.Reshape((4, 4, 8))(layers.Dense(128, name="seed")(inputs))
    for _ in range(2):
        x = layers.Conv2D(8, 3, padding="same")(layers.UpSampling2D(interpolation="nearest")(x))
    model = keras.Model(inputs, x, name="unfolding")
    fill(model)
    return model


@pytest.fixture(scope="module")
def model():
    return translator()


@pytest.mark.parametrize(
    ("format", "precision", "batch"),
    [
        ("savedmodel", "float32", None),
        ("onnx", "float32", None),
        ("onnx", "float16", 2),
        ("litert", "float32", 2),
        ("litert", "float16", None),
    ],
)
def test_a_head_with_several_inputs_and_outputs(model, format, precision, batch, tmp_path):
    output = tmp_path / f"head{SUFFIX[format]}"
    meanings = {
        "embedding": Meaning("who it is", -1.0, 1.0),
        "hair": Meaning("probability", 0.0, 1.0, ("short", "long", "bald", "curls")),
    }
    report = export(
        model, output, format, batch=batch, precision=precision, meanings=meanings,
        facts={"schema": {"hash": "abc"}},
    )  # fmt: skip
    assert set(report.differences) == {"sliders", "hair"}
    # Float32 sums in another order; half precision is off by 2^-11 in every weight.
    assert max(report.differences.values()) < (1e-5 if precision == "float32" else 5e-3)
    kernels = sum(int(np.prod(w.shape)) for w in model.weights if len(w.shape) > 1)
    assert report.bytes > kernels * (4 if precision == "float32" else 2)
    if precision == "float16":
        assert report.bytes < 4 * kernels
    record = json.loads(report.description.read_text())
    assert record["schema"] == {"hash": "abc"} and record["check"]["runtime"] == report.runtime
    assert record["check"]["largest_difference"] == report.differences
    assert {port["name"]: port["shape"] for port in record["inputs"]} == {
        "embedding": [batch, 16], "landmarks": [batch, 5, 2],
    }  # fmt: skip
    assert record["outputs"][1]["columns"] == ["short", "long", "bald", "curls"]
    assert sorted(tmp_path.iterdir()) == sorted([report.path, report.description])
    assert max(check(output, model).values()) < 5e-3

    # Run as another program would, which has the file and its JSON.
    values = {port["name"]: np.full((2, *port["shape"][1:]), 0.3, "f") for port in record["inputs"]}
    found = FORMATS[format].open(output)(values)
    expected = model(values)
    np.testing.assert_allclose(found["hair"], np.asarray(expected["hair"]), atol=5e-3)


def test_the_check_notices_another_network(model, tmp_path):
    export(model, tmp_path / "head.onnx", "onnx")
    other = translator()
    other.get_layer("a").bias.assign_add([0.5] * 7)
    with pytest.raises(WeightsError, match=r"'sliders' of the exported file differs .* by 0\."):
        check(tmp_path / "head.onnx", other)
    (tmp_path / "head.onnx").write_bytes(b"exchanged")
    with pytest.raises(WeightsError, match="is not the file that its JSON describes"):
        check(tmp_path / "head.onnx", model)
    with pytest.raises(ConfigError, match=r"cannot read .*none\.json"):
        check(tmp_path / "none.onnx", model)
    (tmp_path / "head.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"head\.json was not written by export"):
        check(tmp_path / "head.onnx", model)


def test_a_converter_that_drops_weights_is_found_out(model, tmp_path, monkeypatch):
    # The trap itself: TensorFlow's converter, given the Keras model, forgets its weights.
    def write(self, serving, path, precision):
        import tensorflow as tf

        concrete = serving.function.get_concrete_function(**serving.specs)
        converter = tf.lite.TFLiteConverter.from_concrete_functions([concrete], serving.model)
        path.write_bytes(converter.convert())

    monkeypatch.setattr(export_formats.LiteRt, "write", write)
    big = translator(width=256)
    with pytest.raises(WeightsError, match="dropped weights"):
        export(big, tmp_path / "head.tflite", "litert")
    assert not list(tmp_path.iterdir())
    # And if the size should pass, the numbers do not.
    monkeypatch.setattr(exporting, "_kernel_bytes", lambda *_: 0)
    with pytest.raises(WeightsError, match="exported file"):
        export(big, tmp_path / "head.tflite", "litert")
    assert not list(tmp_path.iterdir())


def test_differences_that_are_no_numbers_are_refused():
    good = np.ones((2, 3))
    assert exporting._difference("x", good + 1e-6, good, 1e-5) == pytest.approx(1e-6)
    for bad, message in (
        (good * float("nan"), "differs from the Keras model's by nan"),
        (good + 1e-3, "by 0.001; 1e-05 is allowed"),
        (good[:1], r"has the shape \(1, 3\), not \(2, 3\)"),
    ):
        with pytest.raises(WeightsError, match=message):
            exporting._difference("x", bad, good, 1e-5)


def test_nearest_enlargement_needs_a_fixed_batch_in_litert(tmp_path):
    model = unfolding()
    with pytest.raises(WeightsError, match=r"it has no Conv2D; .* try batch 1"):
        export(model, tmp_path / "a.tflite", "litert")
    assert not list(tmp_path.iterdir())
    report = export(model, tmp_path / "a.tflite", "litert", batch=1)
    assert max(report.differences.values()) < 1e-4
    # A single input and a single output take the names of their layers.
    record = json.loads(report.description.read_text())
    assert [port["name"] for port in record["inputs"]] == ["code"]
    assert [port["shape"] for port in record["outputs"]] == [[1, 16, 16, 8]]


def test_an_export_is_replaced_only_on_request(model, tmp_path):
    folder = tmp_path / "head"
    export(model, folder)
    with pytest.raises(OutputError, match="already there"):
        export(model, folder)
    before = (folder / "saved_model.pb").stat().st_mtime_ns
    export(model, folder, overwrite=True)
    assert (folder / "saved_model.pb").stat().st_mtime_ns > before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["head", "head.json"]


def test_outputs_that_cannot_be_written_are_refused(model, tmp_path):
    with pytest.raises(OutputError, match=r"must end in \.onnx"):
        export(model, tmp_path / "head.tflite", "onnx")
    (tmp_path / "mine").mkdir()
    with pytest.raises(OutputError, match="a folder, but no SavedModel"):
        export(model, tmp_path / "mine", overwrite=True)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(OutputError, match="is no savedmodel"):
        export(model, tmp_path / "file", overwrite=True)
    with pytest.raises(OutputError, match="cannot write"):
        export(model, tmp_path / "file" / "head.onnx", "onnx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "mine"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"format": "torchscript"}, "format: there is no 'torchscript'; choose one of savedmodel"),
        ({"precision": "float16"}, "savedmodel files are written in float32, not in 'float16'"),
        ({"batch": 0}, "batch: must be at least 1"),
        ({"meanings": {"hare": Meaning()}}, r"meanings of \['hare'\]: head has only"),
        ({"meanings": {"hair": Meaning(columns=("a",))}}, "'hair': 1 columns are named"),
        ({"example": {"embedding": np.zeros((1, 3))}}, r"'embedding' must be \[count, 16\]"),
    ],
)
def test_wrong_arguments_are_refused(model, tmp_path, changes, message):
    with pytest.raises(ConfigError, match=message):
        export(model, tmp_path / "head", **changes)
    assert not list(tmp_path.iterdir())


def test_models_without_names_or_sizes_are_refused(tmp_path):
    image = keras.Input((None, None, 3), name="image")
    open_size = keras.Model(image, layers.Conv2D(2, 1)(image), name="any")
    with pytest.raises(ConfigError, match="'image' of any has the shape"):
        export(open_size, tmp_path / "x")
    first, second = keras.Input((3,), name="x"), keras.Input((3,), name="y")
    twice = keras.Model([first, second], ops.split(layers.Concatenate()([first, second]), 2, -1))
    with pytest.raises(ConfigError, match="need names that differ"):
        export(twice, tmp_path / "x")


def test_a_missing_package_is_named_with_its_command(model, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(DependencyError, match="pip install tf2onnx onnx onnxruntime"):
        export(model, tmp_path / "head.onnx", "onnx")
    monkeypatch.setitem(sys.modules, "ai_edge_litert.interpreter", None)
    with pytest.raises(DependencyError, match="pip install ai-edge-litert"):
        export(model, tmp_path / "head.tflite", "litert")
    assert not list(tmp_path.iterdir())


def test_other_backends_are_sent_to_tensorflow(model, tmp_path, monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "jax")
    with pytest.raises(ConfigError, match="set KERAS_BACKEND=tensorflow"):
        export(model, tmp_path / "head")
