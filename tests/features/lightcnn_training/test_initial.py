import keras
import lightcnn_tf
import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.features.lightcnn_training import initial, stepping

CROPS = np.random.default_rng(0).random((8, 16, 16, 1), dtype=np.float32)


def outputs(name, seed=0):
    model = lightcnn_tf.lightcnn29v1(None, (16, 16))
    initial.initialise(model, name, CROPS, seed)
    weighted = [layer for layer in model.layers if layer.weights]
    several = keras.Model(model.input, [layer.output for layer in weighted])
    return weighted, [np.asarray(output) for output in several(CROPS)]


def test_scaled_layers_all_answer_with_unit_variance():
    _, found = outputs("scaled")
    np.testing.assert_allclose([output.std() for output in found], 1, atol=1e-3)
    # Keras leaves a network without normalisation nearly blind to the picture.
    plain = lightcnn_tf.lightcnn29v1(None, (16, 16))(CROPS)
    assert np.asarray(plain).std(0).mean() < 0.2 * found[-1].std(0).mean()


def test_the_published_start_is_pytorchs():
    layers, _ = outputs("published")
    for layer in layers[:3]:
        kernel, bias = (np.asarray(weight) for weight in layer.weights)
        bound = 1 / np.sqrt(np.prod(kernel.shape[:-1]))
        assert 0.9 * bound < np.abs(kernel).max() <= bound
        assert 0.5 * bound < np.abs(bias).max() <= bound


def test_the_seed_decides():
    first, same, other = (outputs("published", seed)[1][-1] for seed in (0, 0, 1))
    np.testing.assert_array_equal(first, same)
    assert np.abs(first - other).max() > 1e-3


def test_unknown_starts_are_errors():
    with pytest.raises(ConfigError, match="initial: there is no 'zero'"):
        initial.initialise(keras.Sequential(), "zero", CROPS, 0)


def test_other_backends_are_refused(monkeypatch):
    monkeypatch.setattr(keras.backend, "backend", lambda: "numpy")
    with pytest.raises(ConfigError, match=r"KERAS_BACKEND: training knows .* got 'numpy'"):
        stepping.check_backend()


def test_a_state_of_another_network_is_refused_whole():
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(3)])

    def loss(batch):
        return {"loss": keras.ops.mean(model(batch["x"]) ** 2)}

    stepper = stepping.Stepper(loss, model, keras.optimizers.SGD(0.0))
    state = stepper.state()
    before = float(stepper.step({"x": np.ones((1, 2), np.float32)}, 0.1)["loss"])
    assert float(stepper.step({"x": np.ones((1, 2), np.float32)}, 0.0)["loss"]) < before
    with pytest.raises(ConfigError, match=r"are not the .* of this network"):
        stepper.load_state({**state, "variable/00000": np.zeros((5, 5))})
    stepper.load_state(state)
    np.testing.assert_array_equal(model.get_weights()[0], state["variable/00000"])
