"""The PyTorch twins compute what the Keras networks compute, or comparing their times is idle."""

import face_parsing_tf
import numpy as np
import pytest
from keras import layers, ops

from face2param.features.dlib_network import load_dlib_recognition
from face2param.imitator import networks
from tests.features.test_dlib_network import dlib_file

torch = pytest.importorskip("torch", reason="PyTorch is not installed: nothing to compare with")

from tests import torch_networks  # noqa: E402
from tests.torch_networks import dlib_resnet, imitator, narrow_bisenet  # noqa: E402

RNG = np.random.default_rng(0)


def relative(tensor, expected) -> float:
    """Relative difference of a PyTorch result, channels first, from a Keras one."""
    found = tensor.detach()
    found = (found.permute(0, 2, 3, 1) if found.ndim == 4 else found).numpy()
    expected = ops.convert_to_numpy(expected)
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


def channels_first(images: np.ndarray):
    return torch.from_numpy(images).permute(0, 3, 1, 2)


def test_dlibs_network():
    model = load_dlib_recognition(dlib_file())
    images = RNG.random((1, 150, 150, 3), np.float32)
    twin = dlib_resnet.from_keras(model)
    assert relative(twin(channels_first(images)), model(images)) < 1e-5


@pytest.mark.parametrize(("width", "fine"), [(0.125, True), (0.25, False)])
def test_bisenet_of_any_width(width, fine):
    twin = narrow_bisenet.NarrowBiSeNet(7, width, fine).eval()
    torch_networks.randomise(twin, 2.0)
    model = face_parsing_tf.bisenet(7, width, size=(64, 96), fine_head=fine)
    face_parsing_tf.load_torch_state(model, torch_networks.numpy_state(twin))
    images = RNG.random((2, 64, 96, 3), np.float32)
    expected = model(images, training=False)
    found = twin(channels_first(images))
    for name, part in zip(("out", "coarse", "features"), found, strict=True):
        assert relative(part, expected[name]) < 1e-5


@pytest.mark.parametrize(
    "config",
    [
        networks.NetworkConfig(7, 3, size=64, channels=(12, 8, 8, 4, 4, 4), style_width=16),
        networks.NetworkConfig(7, 3, size=256, channels=(8,) * 6, blocks=1, style_width=16),
        networks.NetworkConfig(7, 0, "paper", size=64),
    ],
)
def test_imitators(config):
    model = networks.build(config)
    for layer in model.layers:  # else the landmarks' head is zero and normalisations do nothing
        if isinstance(layer, (layers.Dense, layers.BatchNormalization)):
            layer.set_weights([RNG.uniform(0.1, 0.5, w.shape) for w in layer.get_weights()])
    values = [RNG.random((2, n), np.float32) for n in (config.width, config.nuisance_width)]
    expected = model(dict(zip(("character", "nuisance"), values, strict=True)), training=False)
    found = imitator.from_keras(config, model)(*map(torch.from_numpy, values))
    for name, part in zip(("image", "landmarks", "regions"), found, strict=True):
        assert relative(part, expected[name]) < 1e-4
