import dataclasses

import keras
import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.features.parsing_training import optimizers, recipes
from face2param.features.parsing_training.optimizers import CoupledSGD, is_fast, learning_rate
from face2param.features.parsing_training.recipes import ParsingTrainingConfig

CONFIG = ParsingTrainingConfig()


def test_the_published_recipe_is_as_published():
    recipe = recipes.published()
    assert (recipe.steps, recipe.batch_size, recipe.size, recipe.width) == (80000, 16, 448, 1.0)
    assert (recipe.momentum, recipe.weight_decay, recipe.head_factor) == (0.9, 5e-4, 10.0)
    assert recipe.hard_share * recipe.batch_size * 448 * 448 == 16 * 448 * 448 // 16
    assert recipe.auxiliary_weight == 1.0 and not recipe.fine_head
    assert learning_rate(recipe, 0, 0) == pytest.approx(1e-5)
    assert learning_rate(recipe, 500, 0) == pytest.approx(np.sqrt(1e-5 * 1e-2))  # geometric
    assert learning_rate(recipe, 1000, 0) == pytest.approx(1e-2)
    half = 1000 + 79000 // 2
    assert learning_rate(recipe, half, 0) == pytest.approx(1e-2 * 0.5**0.9)
    assert learning_rate(recipe, 80000, 0) == 0


def test_the_cosine_warms_up_and_ends_with_the_budget():
    config = dataclasses.replace(CONFIG, steps=100, seconds=10.0, warmup_steps=10)
    assert learning_rate(config, 0, 0) == pytest.approx(config.learning_rate / 10)
    assert learning_rate(config, 50, 0.0) == pytest.approx(config.learning_rate / 2)
    assert learning_rate(config, 50, 10.0) < 2e-3 * config.learning_rate
    poly = dataclasses.replace(config, schedule="poly")
    assert learning_rate(poly, 50, 10.0) == 0


def test_three_steps_of_sgd_are_those_of_the_formula():
    kernel, shift = np.float32([[1.0, -2.0]]), np.float32([0.5])
    variables = [keras.Variable(kernel, name="kernel"), keras.Variable(shift, name="beta")]
    optimizer = CoupledSGD(0.1, momentum=0.9, decay=0.01)
    optimizer.build(variables)
    momentum = [np.zeros_like(kernel), np.zeros_like(shift)]
    rng = np.random.default_rng(0)
    for rate in (0.1, 0.05, 0.2):
        gradients = [rng.standard_normal(v.shape).astype(np.float32) for v in variables]
        optimizer.learning_rate = rate
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
        momentum[0] = 0.9 * momentum[0] + gradients[0] + 0.01 * kernel
        momentum[1] = 0.9 * momentum[1] + gradients[1]  # vectors do not decay
        kernel, shift = kernel - rate * momentum[0], shift - rate * momentum[1]
    np.testing.assert_allclose(keras.ops.convert_to_numpy(variables[0].value), kernel, rtol=1e-5)
    np.testing.assert_allclose(keras.ops.convert_to_numpy(variables[1].value), shift, rtol=1e-5)


def test_heads_and_feature_fusion_move_ten_times_as_fast():
    layers = [keras.layers.Dense(1, use_bias=False, name=n) for n in ("cp_x", "conv_out16_conv")]
    for layer in layers:
        layer.build((None, 1))
        layer.kernel.assign([[0.0]])
    optimizer = CoupledSGD(0.1, decay=0.0, head_factor=10.0)
    variables = [layer.kernel for layer in layers]
    optimizer.build(variables)
    optimizer.apply([keras.ops.ones((1, 1))] * 2, variables)
    assert [float(v.numpy()[0, 0]) for v in variables] == pytest.approx([-0.1, -1.0])
    assert is_fast("ffm_conv1/kernel") and not is_fast("cp_arm16_conv_bn/gamma")


def test_settings_survive_the_optimizers_config():
    copy = CoupledSGD.from_config(CoupledSGD(0.3, 0.8, 0.02, 5.0, 1.0).get_config())
    assert (copy.momentum, copy.decay, copy.head_factor) == (0.8, 0.02, 5.0)
    assert copy.global_clipnorm == 1.0
    created = optimizers.create(recipes.published())
    assert isinstance(created, CoupledSGD) and created.global_clipnorm is None
    assert isinstance(optimizers.create(CONFIG), keras.optimizers.AdamW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"size": 33}, "size: must be a multiple of 32"),
        ({"size": 0}, "size: must be a multiple of 32"),
        ({"input_size": 100}, "input_size: must be a multiple of 32"),
        ({"precision": "half"}, "precision: there is no 'half'"),
        ({"classes": "lapa"}, "classes: there is no 'lapa'"),
        ({"steps": 0}, "steps: must be positive"),
        ({"seconds": -1.0}, "seconds: must not be negative"),
        ({"hard_share": 1.5}, r"hard_share: must be in \[0, 1\]"),
    ],
)
def test_configurations_are_checked(change, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(CONFIG, **change)
