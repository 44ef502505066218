import dataclasses

import numpy as np
import pytest

from face2param.errors import WeightsError
from face2param.reconstruction import networks
from face2param.reconstruction.cnet import CNet, SetNetwork
from face2param.reconstruction.rnet import Pedigree, RNet
from tests.contracts import backends
from tests.reconstruction import faces

TINY = networks.NetworkConfig(tuple(faces.SIZES.items()), "compact", 32)


@pytest.fixture
def rnet():
    found = RNet(TINY, pedigree=Pedigree.of(faces.bases()))
    backends.fill(found.model)
    return found


@pytest.fixture
def cnet(rnet):
    pedigree = dataclasses.replace(rnet.pedigree, rnet=rnet.digest())
    return CNet(TINY, pedigree=pedigree)


@pytest.fixture
def images():
    return np.random.default_rng(0).random((4, 32, 32, 3), np.float32)


def test_starts_as_the_plain_mean(rnet, cnet, images):
    answer, seen = rnet.look(images)
    np.testing.assert_array_equal(cnet(seen), 0.5)
    found = cnet.aggregate(answer["identity"], seen)
    np.testing.assert_allclose(found, answer["identity"].mean(0), rtol=1e-5)
    backends.fill(cnet.model, 1)
    confidence = cnet(seen)
    assert (confidence > 0).all() and (confidence < 1).all() and np.ptp(confidence) > 0.05
    found = cnet.aggregate(answer["identity"], seen)
    expected = (confidence * answer["identity"]).sum(0) / confidence.sum(0)
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_saved_and_read_again(rnet, cnet, images, tmp_path):
    backends.fill(cnet.model, 1)
    cnet.save(tmp_path)
    rnet.save(tmp_path)
    again = CNet.load(tmp_path, RNet.load(tmp_path))
    _, seen = rnet.look(images)
    np.testing.assert_allclose(again(seen), cnet(seen), atol=5e-3)  # kernels keep 11 bits


def test_another_r_net_is_refused(rnet, cnet, tmp_path):
    cnet.save(tmp_path)
    backends.fill(rnet.model, 5)
    with pytest.raises(WeightsError, match="trained behind the R-Net"):
        CNet.load(tmp_path, rnet)
    assert CNet.load(tmp_path).pedigree == cnet.pedigree
    with pytest.raises(WeightsError, match=r"cnet.weights.h5 is missing"):
        CNet.load(tmp_path / "nowhere", rnet)


def test_sets_share_their_identity_and_nothing_else(rnet, cnet, images):
    network = SetNetwork(rnet, cnet, pictures=2)
    found = rnet.split(np.asarray(network(images)))
    alone = rnet(images)
    for name, value in found.items():
        if name == "identity":
            pairs = alone[name].reshape(2, 2, -1).mean(1).repeat(2, 0)
            np.testing.assert_allclose(value, pairs, rtol=1e-4, atol=1e-5)
        else:
            np.testing.assert_allclose(value, alone[name], rtol=1e-4, atol=1e-5)
    names = {variable.path for variable in network.trainable_variables}
    assert names == {variable.path for variable in cnet.model.trainable_variables}


def same_under(backend):
    del backend
    rnet = RNet(TINY)
    cnet = CNet(TINY)
    backends.fill(rnet.model)
    backends.fill(cnet.model, 1)
    images = np.random.default_rng(0).random((4, 32, 32, 3), np.float32)
    return {"vector": SetNetwork(rnet, cnet, 2)(images)}


def test_same_answers_under_torch():
    expected = backends.arrays(same_under("tensorflow"))["vector"]
    found = backends.run("torch", same_under, "torch")["vector"]
    np.testing.assert_allclose(found, expected, atol=2e-4 * np.abs(expected).max())
