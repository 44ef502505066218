import keras
import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.reconstruction import backbones, networks
from tests.contracts import backends
from tests.reconstruction.faces import SIZES

TINY = networks.NetworkConfig(tuple(SIZES.items()), "compact", 64)


def pictures(count=2, size=64, seed=0):
    return np.random.default_rng(seed).random((count, size, size, 3), np.float32)


def answers(backbone):
    """Answers of both networks with the same weights under whichever backend runs."""
    config = networks.NetworkConfig(tuple(SIZES.items()), backbone, 64)
    network = networks.r_net(config)
    confidence = networks.c_net(config)
    for seed, model in enumerate((network, confidence)):
        backends.fill(model, seed)
    found = networks.looking(network)(pictures(), training=False)
    inputs = {name: found[name] for name in ("maps", "pooled")}
    return {**found, "confidence": confidence(inputs, training=False)}


def one_step():
    """Mean loss after each step so far, under whichever backend runs."""
    keras.utils.set_random_seed(1)
    network = networks.r_net(TINY)
    network.compile(keras.optimizers.Adam(1e-3), "mse", jit_compile=False)
    wanted = np.ones((4, network.output_shape[-1]), np.float32)
    images = pictures(4)
    return {"losses": np.array([network.train_on_batch(images, wanted) for _ in range(6)])}


@pytest.mark.parametrize("backbone", sorted(backbones.BACKBONES))
def test_the_first_answer_is_the_mean_face(backbone):
    network = networks.r_net(SIZES, backbone, 64)
    found = network(pictures(), training=False)
    assert found.shape == (2, sum(SIZES.values()))
    assert not np.any(found)


def test_the_published_sizes():
    sizes = {"identity": 80, "expression": 64, "albedo": 80, "rotation": 3, "light": 27}
    config = networks.NetworkConfig((*sizes.items(), ("translation", 3)), "resnet50")
    looking = networks.looking(networks.r_net(config))
    shapes = dict(zip(looking.output_names, looking.output_shape, strict=True))
    assert looking.output_shape[1] == (None, 28, 28, 256)
    assert looking.output_shape[2] == (None, 2048), shapes
    # The paper speaks of 3 million; this is the count of its layers.
    assert networks.c_net(config).count_params() == 2_991_440
    compact = networks.NetworkConfig(config.sizes)
    assert networks.r_net(compact).count_params() < 4e6
    assert networks.c_net(compact).count_params() < 1e6


def test_every_head_is_a_layer_of_its_own():
    network = networks.r_net(TINY)
    for name, width in TINY.sizes:
        head = network.get_layer(f"head_{name}")
        assert head.units == width
        head.bias.assign(np.full(width, len(name), np.float32))
    found = np.asarray(network(pictures(1), training=False))[0]
    expected = np.concatenate([np.full(width, len(name)) for name, width in TINY.sizes])
    np.testing.assert_array_equal(found, expected)


def test_a_model_without_albedo():
    network = networks.r_net({**SIZES, "albedo": 0}, size=64)
    assert network.output_shape == (None, sum(SIZES.values()) - SIZES["albedo"])


def test_confidence_starts_the_same_for_all():
    features = networks.looking(networks.r_net(TINY))(pictures(), training=False)
    inputs = {name: features[name] for name in ("maps", "pooled")}
    confidence = networks.c_net(TINY)(inputs, training=False)
    np.testing.assert_array_equal(confidence, np.full((2, TINY.identity), 0.5))


@pytest.mark.parametrize("backend", backends.OTHERS)
def test_same_answers_under_other_backends(backend):
    expected = backends.arrays(answers("compact"))
    found = backends.run(backend, answers, "compact")
    assert np.ptp(expected["confidence"]) > 0.1
    for name, value in expected.items():
        scale = np.abs(value).max()  # float32 sums of a few thousand products
        np.testing.assert_allclose(found[name], value, atol=2e-4 * scale, err_msg=name)


def test_resnet_under_torch():
    expected = backends.arrays(answers("resnet50"))
    found = backends.run("torch", answers, "resnet50")
    for name, value in expected.items():
        scale = np.abs(value).max()  # fifty layers deep
        np.testing.assert_allclose(found[name], value, atol=2e-3 * scale, err_msg=name)


def test_trains_under_torch():
    losses = backends.run("torch", one_step)["losses"]
    assert losses[0] == pytest.approx(1.0, abs=1e-5)  # zero heads against ones
    assert losses[-1] < 0.2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"backbone": "vgg"}, "backbone: must be one of"),
        ({"size": 100}, "size: must be a multiple of 32"),
        ({"size": 1 << 20}, "size: must be a multiple of 32"),
        ({"sizes": (("identity", -1),)}, "sizes: must be pairs"),
        ({"sizes": (("identity", 0), ("light", 9))}, "sizes: has no 'identity'"),
        ({"sizes": (("identity", 2), ("identity", 2))}, "sizes: must be pairs"),
        ({"sizes": (("identity", 9999),)}, "sizes: more than 4096"),
        ({"sizes": (("light", 3),)}, "sizes: has no 'identity'"),
        ({"sizes": 3}, "sizes: must be pairs"),
    ],
)
def test_odd_configurations(change, message):
    with pytest.raises(ConfigError, match=message):
        networks.NetworkConfig(**{"sizes": tuple(SIZES.items()), **change})
