import json

import keras
import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.features.half_weights import (
    description_path,
    load_description,
    load_half,
    save_half,
)


def network(units=3):
    inputs = keras.Input((4,))
    x = keras.layers.Dense(units, name="dense")(inputs)
    return keras.Model(inputs, keras.layers.BatchNormalization(name="norm")(x))


@pytest.fixture
def saved(tmp_path):
    keras.utils.set_random_seed(0)
    model = network()
    model.get_layer("norm").moving_variance.assign([1e-9, 1.0, 1e9])  # beyond float16
    path = tmp_path / "a.weights.h5"
    save_half(model, path, {"width": 0.5})
    return model, path


def test_kernels_are_halved_and_statistics_kept(saved):
    model, path = saved
    twin = network()
    load_half(twin, path)
    kernel, bias, *norm = (
        a - b for a, b in zip(model.get_weights(), twin.get_weights(), strict=True)
    )
    scale = np.abs(model.get_weights()[0])
    assert 0 < np.abs(kernel).max() <= (scale * 2.0**-11).max()
    assert not np.any(bias) and not any(np.any(n) for n in norm)


def test_description_comes_back_with_a_digest(saved):
    description = load_description(saved[1])
    assert description["width"] == 0.5 and len(description["sha256"]) == 64
    assert description_path(saved[1]).name == "a.json"


def test_a_changed_file_is_noticed(saved):
    path = saved[1]
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(WeightsError, match="damaged or was exchanged"):
        load_description(path)


def test_a_missing_or_broken_description_is_named(saved):
    path = saved[1]
    description_path(path).write_text("{")
    with pytest.raises(WeightsError, match="description"):
        load_description(path)
    description_path(path).write_text(json.dumps({}))
    with pytest.raises(WeightsError, match="None"):
        load_description(path)
    path.unlink()
    with pytest.raises(WeightsError, match="cannot be read"):
        load_description(path)


def test_another_network_is_refused_whole(saved):
    other = network(units=5)
    before = other.get_weights()
    with pytest.raises(WeightsError, match=r"dense/0 is \(4, 3\), the network needs \(4, 5\)"):
        load_half(other, saved[1])
    for a, b in zip(before, other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(WeightsError, match="do not fit"):
        load_half(keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="x")]), saved[1])
