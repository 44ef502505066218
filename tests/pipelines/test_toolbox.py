import types

import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import ConfigError, WeightsError
from face2param.estimator import model
from face2param.features import precision
from face2param.imitator.model import Imitator
from face2param.imitator.networks import NetworkConfig
from face2param.pipelines import toolbox
from face2param.schema import load
from tests.fitting import toy
from tests.pipelines import toy_tools


@pytest.fixture(scope="module")
def imitator():
    schema = toy.toy_schema()
    config = NetworkConfig(
        schema.width,
        schema.nuisance_width,
        size=64,
        channels=(8, 8, 8, 8, 8, 8),
        blocks=1,
        style_width=16,
    )
    imitator = Imitator(schema, config)
    rng = np.random.default_rng(0)
    for weight in imitator.model.weights:  # the heads start at zero and would hide a gradient
        weight.assign(0.3 * rng.standard_normal(weight.shape))
    return imitator


@pytest.fixture(scope="module")
def tools(imitator):
    return toolbox.Toolbox(
        toy_tools.ToyEngine(), imitator, toy_tools.ToyIdentity(), toy_tools.ToyParsing()
    )


def test_imitate_returns_the_named_outputs_and_landmarks_in_pixels(tools, imitator):
    character, pose = tf.constant(toy.encode()), tf.constant(toy.nuisance())
    whole = imitator(character, pose)
    some = tools.callables().imitate(character, pose, ("landmarks", "image"))
    assert set(some) == {"landmarks", "image"}
    np.testing.assert_allclose(some["landmarks"], whole["landmarks"] * 64, rtol=1e-5)
    np.testing.assert_allclose(some["image"], whole["image"], atol=1e-6)


def test_gradient_flows_from_every_output_to_character_and_nuisance(tools):
    character, pose = tf.constant(toy.encode()), tf.constant(toy.nuisance(0.3, 0.1))
    for name in ("image", "landmarks", "regions"):
        with tf.GradientTape() as tape:
            tape.watch((character, pose))
            value = tf.reduce_sum(tools.callables().imitate(character, pose, (name,))[name] ** 2)
        for part in tape.gradient(value, (character, pose)):
            assert np.abs(part).max() > 0, name


def test_weights_of_another_schema_are_refused(imitator):
    class OtherEngine(toy_tools.ToyEngine):
        schema = load("facenn95")

    with pytest.raises(WeightsError, match=r"trained for schema toy .* facenn95 .*train_imitator"):
        toolbox.Toolbox(OtherEngine(), imitator, None, None)


def test_content_features_vanish_where_there_is_no_face():
    images = tf.zeros([1, 64, 64, 3])
    found = toolbox.weighted_features(toy_tools.ToyParsing(), images)
    np.testing.assert_allclose(found, 0)
    lit = tf.constant(toy_tools.ToyEngine().render(toy.toy_schema().neutral(), size=(64, 64)).image)
    assert float(tf.reduce_max(toolbox.weighted_features(toy_tools.ToyParsing(), lit[None]))) > 0.5


def test_float32_is_the_toolbox_itself_and_bfloat16_needs_amx(tools, monkeypatch):
    assert tools.at("float32") is tools
    monkeypatch.setattr(precision, "has_amx", lambda: False)
    with pytest.raises(ConfigError, match="needs a processor with AMX"):
        tools.at("bfloat16")


def test_bfloat16_toolbox_has_other_networks_and_leaves_the_first_alone(imitator, monkeypatch):
    monkeypatch.setattr(precision, "has_amx", lambda: True)
    held = types.SimpleNamespace(model=imitator.model)  # stands for the feature networks
    tools = toolbox.Toolbox(toy_tools.ToyEngine(), imitator, held, held)
    low = tools.at("bfloat16")
    for twin in (low.imitator, low.identity, low.parsing):
        assert twin.model.get_layer("up8_conv").compute_dtype == "bfloat16"
        assert twin.model.get_layer("pixels").kernel.dtype == "float32" or twin is not low.imitator
    assert tools.imitator.model.get_layer("up8_conv").compute_dtype == "float32"


def test_an_estimator_is_used_where_one_ships_for_the_schema(tmp_path, monkeypatch):
    family = toy.toy_schema()
    monkeypatch.setattr(model, "BUILTIN", tmp_path)
    assert toolbox._estimator("builtin", family) is None
    (tmp_path / "estimator.json").write_text('{"schema": {"name": "other", "hash": "1"}}')
    assert toolbox._estimator("builtin", family) is None
    (tmp_path / "estimator.json").write_text(
        f'{{"schema": {{"name": "toy", "hash": "{family.hash}"}}}}'
    )
    with pytest.raises(WeightsError, match=r"estimator builtin: .*estimator.weights.h5 is missing"):
        toolbox._estimator("builtin", family)
    with pytest.raises(WeightsError, match=r"estimator mine: .* is missing; train one with"):
        toolbox._estimator("mine", family)
