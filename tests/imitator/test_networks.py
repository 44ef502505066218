import numpy as np
import pytest
from keras import ops

from face2param import regions
from face2param.errors import ConfigError
from face2param.imitator import networks
from face2param.imitator.networks import NetworkConfig

SMALL = {"channels": (8, 8, 8, 8), "style_width": 16, "blocks": 1}


def inputs(width, nuisance_width, count=2, seed=0):
    rng = np.random.default_rng(seed)
    return {
        "character": rng.random((count, width), np.float32),
        "nuisance": rng.uniform(-1, 1, (count, nuisance_width)).astype(np.float32),
    }


@pytest.mark.parametrize("size", [32, 64, 128])
def test_compact_outputs(size):
    model = networks.compact(7, 3, size=size, **SMALL)
    outputs = {name: np.asarray(value) for name, value in model(inputs(7, 3)).items()}
    assert outputs["image"].shape == (2, size, size, 3)
    assert 0 <= outputs["image"].min() and outputs["image"].max() <= 1
    assert outputs["landmarks"].shape == (2, 68, 2)
    assert outputs["regions"].shape == (2, size // 4, size // 4, len(regions.MERGED))
    np.testing.assert_allclose(outputs["regions"].sum(-1), 1, atol=1e-5)


def test_compact_default_is_small_enough_to_ship():
    assert networks.compact(200, 24).count_params() < 5_700_000


def test_compact_without_nuisance_controls():
    model = networks.compact(7, 0, size=32, **SMALL)
    assert model(inputs(7, 0))["image"].shape == (2, 32, 32, 3)


def test_batch_equals_single():
    model = networks.compact(7, 3, size=32, **SMALL)
    both = inputs(7, 3)
    single = model({name: value[1:] for name, value in both.items()})
    for name, value in model(both).items():
        np.testing.assert_allclose(np.asarray(value)[1:], np.asarray(single[name]), atol=1e-5)


def test_gradient_to_the_parameters_matches_finite_differences():
    import tensorflow as tf

    model = networks.compact(7, 3, size=32, **SMALL)
    values = {name: tf.constant(value) for name, value in inputs(7, 3, count=1).items()}
    weights = np.random.default_rng(1).normal(size=(1, 32, 32, 3)).astype(np.float32)

    def score(character):
        picture = model({**values, "character": character})["image"]
        return tf.reduce_sum(picture * weights)

    character = values["character"]
    with tf.GradientTape() as tape:
        tape.watch(character)
        value = score(character)
    gradient = tape.gradient(value, character).numpy()[0]
    step, tolerance = 1e-2, 0.05 * float(np.abs(gradient).max())
    for index in range(7):
        shift = np.eye(7, dtype=np.float32)[index] * step
        numeric = (score(character + shift) - score(character - shift)) / (2 * step)
        # float32 sums over 3072 pixels: a few per cent of the largest component.
        assert gradient[index] == pytest.approx(float(numeric), abs=tolerance)
    assert (gradient != 0).all()


def test_paper_has_the_paper_s_layers():
    model = networks.paper(99, 0, size=512, heads=False)
    shapes = [layer.output.shape[1:] for layer in model.layers if "deconvolution" in layer.name]
    assert shapes == [
        (4, 4, 512), (8, 8, 512), (16, 16, 512), (32, 32, 256),
        (64, 64, 128), (128, 128, 64), (256, 256, 64), (512, 512, 3),
    ]  # fmt: skip
    # 12.03 M for 99 inputs, counted in another implementation of the same table.
    assert model.count_params() == pytest.approx(12.03e6, rel=2e-3)
    assert list(model.output) == ["image"]


def test_paper_with_heads_at_another_size():
    model = networks.paper(7, 3, size=64)
    outputs = model(inputs(7, 3))
    assert outputs["image"].shape == (2, 64, 64, 3)
    assert outputs["regions"].shape == (2, 16, 16, len(regions.MERGED))
    assert outputs["landmarks"].shape == (2, 68, 2)


def test_mixed_precision_keeps_float32_weights_and_outputs():
    config = NetworkConfig(7, 3, size=32, **SMALL)
    mixed = networks.build(config, "mixed_bfloat16")
    plain = networks.build(config)
    plain.set_weights(mixed.get_weights())
    assert {str(weight.dtype) for weight in mixed.weights} == {"float32"}
    for name, value in mixed(inputs(7, 3)).items():
        assert "float32" in str(value.dtype)
        expected = plain(inputs(7, 3))[name]
        assert float(ops.max(ops.abs(value - expected))) < 0.03  # 8 bits of mantissa


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"name": "vast"}, "no network 'vast'"),
        ({"size": 100}, "size: must be a power of two"),
        ({"size": 16}, "size: must be a power of two of at least 32"),
        ({"blocks": 0}, "blocks: must be at least 1"),
        ({"nuisance_width": -1}, "nuisance_width: must not be negative"),
        ({"size": 256, "channels": (8, 8, 8)}, "channels: 3 sizes end at 16"),
    ],
)
def test_wrong_configurations_are_refused(changes, message):
    with pytest.raises(ConfigError, match=message):
        NetworkConfig(**{"width": 7, "nuisance_width": 3, **changes})
