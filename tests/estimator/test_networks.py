import dataclasses

import numpy as np
import pytest
from keras import ops

from face2param import config
from face2param.errors import ConfigError
from face2param.estimator import networks
from face2param.estimator.targets import HEADS
from tests.estimator import toy


def test_answers_what_the_schema_asks():
    model = networks.build(toy.network())
    outputs = model(networks.cast(toy.samples(3).inputs), training=False)
    shapes = {name: tuple(value.shape) for name, value in outputs.items()}
    assert shapes == {
        "continuous": (3, 3),
        "confidence": (3, 3),
        "choices": (3, 2),
        "nuisance": (3, 1),
        **{name: (3, len(options)) for name, options in HEADS.items()},
    }
    continuous = ops.convert_to_numpy(outputs["continuous"])
    assert 0 <= continuous.min() and continuous.max() <= 1
    variance = ops.convert_to_numpy(outputs["confidence"])
    assert networks.MINIMUM_LOG_VARIANCE <= variance.min()
    assert variance.max() <= networks.MAXIMUM_LOG_VARIANCE


def test_every_input_counts():
    model = networks.build(toy.network())
    inputs = toy.samples(2).inputs
    before = ops.convert_to_numpy(model(networks.cast(inputs), training=False)["continuous"])
    for name in networks.NAMES:
        changed = {**inputs, name: 255 - inputs[name]}
        after = ops.convert_to_numpy(model(networks.cast(changed), training=False)["continuous"])
        assert np.abs(after - before).max() > 1e-6, name


def test_engines_without_choices_or_nuisance():
    outputs = networks.build(toy.network(options=(), nuisance=0)).output
    assert set(outputs) == {"continuous", "confidence", *HEADS}


def test_the_configuration_survives_json():
    network = toy.network()
    assert config.from_dict(networks.NetworkConfig, config.to_dict(network)) == network


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"continuous": 0}, "continuous: must be positive, got 0"),
        ({"channels": (4, 4)}, "channels: must be three"),
        ({"dropout": 1.0}, "dropout 1.0: must be in"),
    ],
)
def test_a_configuration_out_of_range_is_an_error(change, message):
    with pytest.raises(ConfigError, match=message):
        dataclasses.replace(toy.network(), **change)
