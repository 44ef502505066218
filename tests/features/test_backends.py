"""The feature networks under PyTorch and JAX: the same weights file, the same outputs.

That their trainers run there is tested with the trainers.
"""

import ast
from pathlib import Path

import face_parsing_tf
import h5py
import lightcnn_tf
import numpy as np
import pytest

from face2param import features
from face2param.features import half_weights
from tests.contracts import backends
from tests.features import dlib_bytes

PACKAGES = Path(__file__).resolve().parents[2]


def bisenet():
    return face_parsing_tf.bisenet(19, 0.125, size=(64, 64), auxiliary_heads=True, fine_head=True)


def lightcnn():
    return lightcnn_tf.lightcnn29v2(classes=7, size=(32, 32))


MODELS = {build.__name__: build for build in (bisenet, lightcnn)}


def inputs(model, seed=0):
    return np.random.default_rng(seed).random((2, *model.input.shape[1:])).astype(np.float32)


def outputs(folder):
    """Every model with the weights in `folder`; `model/output` -> array."""
    found = {}
    for name, build in MODELS.items():
        model = build()
        model.load_weights(Path(folder, f"{name}.weights.h5"))
        # Compiled as a whole; JAX compiles every operation apart otherwise.
        for key, value in model.predict_on_batch(inputs(model)).items():
            found[f"{name}/{key}"] = value
    half = bisenet()
    half_weights.load_half(half, Path(folder, "half.weights.h5"))
    found["half/out"] = half.predict_on_batch(inputs(half))["out"]
    network = features.identity("dlib", Path(folder, "tiny.dat"))
    found["dlib/descriptor"] = network.embed(inputs(network.model))
    return found


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    folder = tmp_path_factory.mktemp("weights")
    for name, build in MODELS.items():
        model = build()
        backends.fill(model)
        model.save_weights(folder / f"{name}.weights.h5")
        if name == "bisenet":
            half_weights.save_half(model, folder / "half.weights.h5", {})
    (folder / "tiny.dat").write_bytes(dlib_bytes.tiny_network(np.random.default_rng(0))[0])
    return folder


def check_equal(found, expected):
    for key, value in expected.items():
        scale = np.abs(value).max()
        assert np.std(value) > 0.01 * scale > 0, key
        # Float32 sums in another order, through up to sixty layers.
        np.testing.assert_allclose(found[key], value, atol=2e-5 * scale, err_msg=key)


@pytest.mark.parametrize("backend", backends.OTHERS)
def test_the_same_weights_compute_the_same(weights, backend):
    expected = backends.arrays(outputs(str(weights)))
    assert {"bisenet/out32", "bisenet/coarse", "lightcnn/embedding"} < set(expected)
    check_equal(backends.run(backend, outputs, str(weights)), expected)


def test_weights_files_name_no_optimizer(tmp_path):
    """A `.keras` file of a compiled model names its backend's optimizer class.

    Such a file, written under torch, does not load without torch. A weights file holds
    arrays by path and, of a compiled model, the optimizer's arrays, but no class.
    """
    model = bisenet()
    model.compile("adam", {"out": "mse", "out16": "mse"})
    model.save_weights(tmp_path / "model.weights.h5")
    half_weights.save_half(model, tmp_path / "half.weights.h5", {})
    for path in tmp_path.glob("*.h5"):
        data = path.read_bytes()
        assert b"class_name" not in data and b"keras.src" not in data
        with h5py.File(path) as file:
            assert len(file.keys()) > 0
    loaded = bisenet()  # not compiled
    loaded.load_weights(tmp_path / "model.weights.h5")
    np.testing.assert_array_equal(loaded.get_weights()[0], model.get_weights()[0])


def test_nothing_is_saved_in_the_format_that_names_one():
    """No code of the library calls `model.save`, which would write `.keras` files."""
    saving = []
    for folder in ("face2param", "third_party"):
        for path in sorted((PACKAGES / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and str(node.value).endswith(".keras"):
                    saving.append(f"{path}: {node.value}")
                if isinstance(node, ast.Attribute) and node.attr in ("save_model", "load_model"):
                    saving.append(f"{path}: {node.attr}")
    assert not saving
