import keras
import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.features.lightcnn_training import optimizer as optimizers

RNG = np.random.default_rng(2)


def small_network():
    inputs = keras.Input((3,))
    x = keras.layers.Dense(4, name="fc")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(5, name="fc2")(x))
    model.set_weights([RNG.standard_normal(w.shape).astype(np.float32) for w in model.weights])
    return model


def apply(model, optimizer, steps, rate):
    optimizer.build(model.trainable_variables)
    for gradients in steps:
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients])


def some_gradients(model, steps=3):
    return [
        [RNG.standard_normal(w.shape).astype(np.float32) for w in model.weights]
        for _ in range(steps)
    ]


def test_factors_of_the_published_recipe():
    assert optimizers.factors("fc/kernel") == (1.0, 1.0)
    assert optimizers.factors("fc/bias") == (2.0, 0.0)
    assert optimizers.factors("fc2/kernel") == (10.0, 1.0)
    assert optimizers.factors("fc2/bias") == (20.0, 0.0)


def test_sgd_takes_the_steps_of_pytorch():
    torch = pytest.importorskip("torch", reason="compares with PyTorch's own SGD")
    model = small_network()
    steps = some_gradients(model)
    tensors = [torch.nn.Parameter(torch.tensor(w)) for w in model.get_weights()]
    # Kernel and bias of fc, then of fc2, as the groups in the public train.py.
    groups = [
        {"params": [tensors[0]], "lr": 0.03, "weight_decay": 0.02},
        {"params": [tensors[1]], "lr": 0.06, "weight_decay": 0.0},
        {"params": [tensors[2]], "lr": 0.3, "weight_decay": 0.02},
        {"params": [tensors[3]], "lr": 0.6, "weight_decay": 0.0},
    ]
    reference = torch.optim.SGD(groups, lr=0.03, momentum=0.9)
    for gradients in steps:
        for tensor, gradient in zip(tensors, gradients, strict=True):
            tensor.grad = torch.tensor(gradient)
        reference.step()
    apply(model, optimizers.create("sgd", 0.9, 0.02), steps, 0.03)
    for found, expected in zip(model.get_weights(), tensors, strict=True):
        np.testing.assert_allclose(found, expected.detach().numpy(), rtol=1e-5, atol=1e-6)


def test_adamw_leaves_biases_undecayed():
    model = small_network()
    before = model.get_weights()
    nothing = [[np.zeros_like(w) for w in before]]
    apply(model, optimizers.create("adamw", 0.9, 0.5), nothing, 0.1)
    after = model.get_weights()
    np.testing.assert_allclose(after[0], before[0] * (1 - 0.1 * 0.5), rtol=1e-5)
    np.testing.assert_array_equal(after[1], before[1])


def test_the_settings_survive_a_round_trip():
    optimizer = optimizers.create("sgd", 0.8, 3e-4)
    again = optimizers.LightCNNSGD.from_config(optimizer.get_config())
    assert (again.momentum, again.decay) == (0.8, 3e-4)


def test_learning_rates():
    rate = optimizers.learning_rate
    assert rate("step", 0.01, 0.0, 500, 9, 0) == 0.01
    assert rate("step", 0.01, 0.5, 500, 10, 0) == pytest.approx(0.00457305051927326)
    assert rate("step", 0.01, 0.9, 500, 75, 0) == pytest.approx(0.01 * 0.457305051927326**7)
    assert rate("cosine", 1.0, 0.5, 500, 0, 100) == pytest.approx(0.505)
    assert rate("cosine", 1.0, 1.0, 500, 0, 100) == pytest.approx(0.01)
    assert rate("cosine", 1.0, 0.0, 0, 0, 100) == pytest.approx(0.01)


def test_unknown_names_are_errors():
    with pytest.raises(ConfigError, match="optimizer: there is no 'lion'"):
        optimizers.create("lion", 0.9, 0.0)
    with pytest.raises(ConfigError, match="schedule: there is no 'poly'"):
        optimizers.learning_rate("poly", 0.1, 0.0, 0, 0, 0)
