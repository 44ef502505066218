"""The imitators under PyTorch and JAX: same weights, same outputs; trained there, used here."""

from pathlib import Path

import numpy as np
import pytest

from face2param.imitator import networks
from face2param.imitator.losses import LossWeights
from face2param.imitator.model import Imitator
from face2param.imitator.training import TrainingConfig, train
from tests.contracts import backends
from tests.imitator import toy

NETWORKS = {
    "compact": toy.NETWORK,
    "paper": networks.NetworkConfig(toy.SCHEMA.width, toy.SCHEMA.nuisance_width, "paper", 32),
}


def inputs(count=3):
    data = toy.samples(count, 5)
    return {"character": data.characters, "nuisance": data.nuisance}


def draw(folder):
    return dict(Imitator.load(folder).model(inputs(), training=False))


def two_steps(folder):
    config = TrainingConfig(
        epochs=1, batch_size=16, log_every=1, validate_every=1, losses=LossWeights(identity=0.0)
    )
    data = toy.samples(32, 0), toy.samples(16, 1)
    model = train(config, toy.NETWORK, toy.SCHEMA, *data, folder).model
    model.save_weights(Path(folder, "full.weights.h5"))
    return dict(model(inputs(), training=False))


@pytest.mark.parametrize("name", NETWORKS)
@pytest.mark.parametrize("backend", backends.OTHERS)
def test_the_same_weights_draw_the_same_picture(name, backend, tmp_path):
    imitator = Imitator(toy.SCHEMA, NETWORKS[name])
    backends.fill(imitator.model)
    imitator.save(tmp_path)
    expected = backends.arrays(draw(str(tmp_path)))
    assert np.std(expected["image"]) > 0.01 and np.std(expected["regions"]) > 0.01
    found = backends.run(backend, draw, str(tmp_path))
    assert set(found) == {"image", "landmarks", "regions"}
    for key, value in expected.items():
        # Sums of float32 in another order; values are of the order of one.
        np.testing.assert_allclose(found[key], value, atol=2e-5, err_msg=key)


@pytest.mark.parametrize("backend", backends.OTHERS)
def test_two_steps_there_draw_the_same_here(backend, tmp_path):
    trained = backends.run(backend, two_steps, str(tmp_path))
    loaded = backends.arrays(draw(str(tmp_path)))
    for key, value in trained.items():
        # The file holds kernels in half precision: 2^-11 of each value.
        np.testing.assert_allclose(loaded[key], value, atol=2e-3, err_msg=key)
    # Keras' own file in full precision; before, the network is another one.
    model = networks.build(toy.NETWORK)
    fresh = np.asarray(model(inputs(), training=False)["image"])
    assert np.abs(fresh - trained["image"]).max() > 0.02
    model.load_weights(tmp_path / "full.weights.h5")
    for key, value in model(inputs(), training=False).items():
        np.testing.assert_allclose(np.asarray(value), trained[key], atol=2e-5, err_msg=key)
