from pathlib import Path

import face_parsing_tf
import keras
import lightcnn_tf
import numpy as np
import pytest
from keras import layers, ops

from face2param import features
from face2param.errors import ConfigError
from face2param.features.frozen import Folded, freeze, frozen
from face2param.features.identity_networks import DlibIdentity
from face2param.imitator import networks
from tests.features.test_dlib_network import dlib_file


def computes_bfloat16() -> bool:
    """AMX or AVX512_BF16; on other processors TensorFlow may abort the whole process."""
    try:
        flags = Path("/proc/cpuinfo").read_text().split()
    except OSError:
        return False
    return "amx_bf16" in flags or "avx512_bf16" in flags


needs_bfloat16 = pytest.mark.skipif(
    not computes_bfloat16(), reason="the processor has neither AMX nor AVX512_BF16"
)


def shaken(model, seed=0):
    """Random normalisation statistics, so that folding has something to do."""
    rng = np.random.default_rng(seed)
    for layer in model.layers:
        if isinstance(layer, layers.BatchNormalization):
            channels = layer.gamma.shape[0]
            gamma, beta, mean = 1 + 0.3 * rng.standard_normal((3, channels)) * [[1], [0.3], [0.3]]
            layer.set_weights([gamma, beta - 1, mean - 1, rng.uniform(0.3, 2, channels)])
    return model


def bisenet(size=64):
    return shaken(face_parsing_tf.bisenet(19, 0.125, size=(size, size), fine_head=True))


def paper():
    return shaken(networks.paper(7, 3, size=64))


def inputs(model, seed=0, batch=2):
    rng = np.random.default_rng(seed)
    return keras.tree.map_structure(
        lambda x: rng.random((batch, *x.shape[1:])).astype(np.float32), model.input
    )


def run(model, x) -> list[np.ndarray]:
    found = keras.tree.flatten(model(x, training=False))
    assert all(keras.backend.standardize_dtype(part.dtype) == "float32" for part in found)
    return [ops.convert_to_numpy(part) for part in found]


def relative(found, expected) -> float:
    return float(np.linalg.norm(found - expected) / np.linalg.norm(expected))


@pytest.mark.parametrize("build", [bisenet, paper])
def test_folding_keeps_every_output(build):
    model = build()
    before = [weight.numpy().copy() for weight in model.weights]
    twin = freeze(model)
    x = inputs(model)
    for found, expected in zip(run(twin, x), run(model, x), strict=True):
        assert relative(found, expected) < 1e-5
    assert not any(isinstance(layer, layers.BatchNormalization) for layer in twin.layers)
    assert not twin.trainable_weights
    for weight, value in zip(model.weights, before, strict=True):
        np.testing.assert_array_equal(weight.numpy(), value)


def test_folding_keeps_the_gradient():
    import tensorflow as tf

    model = bisenet()
    x = tf.constant(inputs(model))
    gradients = []
    for network in (model, freeze(model)):
        with tf.GradientTape() as tape:
            tape.watch(x)
            total = tf.reduce_sum(network(x, training=False)["out"] ** 2)
        gradients.append(tape.gradient(total, x).numpy())
    assert relative(gradients[1], gradients[0]) < 1e-4


def test_a_normalisation_whose_convolution_is_read_elsewhere_stays():
    x = keras.Input((8, 8, 3))
    read_twice = layers.Conv2D(4, 3, padding="same")(x)
    activated = layers.Conv2D(4, 3, padding="same", activation="relu")(x)
    parts = [layers.BatchNormalization()(y) for y in (read_twice, activated, x)]
    outputs = layers.Concatenate()([read_twice, *parts])
    model = shaken(keras.Model(x, outputs))
    twin = freeze(model)
    assert twin is model
    assert sum(isinstance(layer, layers.BatchNormalization) for layer in twin.layers) == 3


def test_twin_survives_saving(tmp_path):
    twin = freeze(bisenet())
    twin.save(tmp_path / "twin.keras")
    again = keras.models.load_model(tmp_path / "twin.keras")
    assert any(isinstance(layer, Folded) for layer in again.layers)
    x = inputs(twin)
    for found, expected in zip(run(again, x), run(twin, x), strict=True):
        np.testing.assert_array_equal(found, expected)


def test_unknown_precisions_are_refused():
    with pytest.raises(ConfigError, match="'half' is unknown"):
        freeze(paper(), "half")


def test_bfloat16_is_for_maps_vectors_and_outputs_stay_float32():
    model = networks.compact(7, 3, size=64, channels=(8,) * 6, blocks=1)
    twin = freeze(model, "bfloat16", keep=("pixels",))
    dtypes = {layer.name: layer.compute_dtype for layer in twin.layers}
    assert dtypes["up8_conv"] == dtypes["block16_1_modulate"] == "bfloat16"
    assert dtypes["parameters"] == dtypes["style1"] == dtypes["modulation"] == "float32"
    assert dtypes["pixels"] == "float32"
    assert freeze(model) is model


@needs_bfloat16
@pytest.mark.parametrize("build", [bisenet, paper, lambda: lightcnn_tf.lightcnn29v2(size=(32, 32))])
def test_bfloat16_agrees_to_its_eight_bits(build):
    model = build()
    twin, x = freeze(model, "bfloat16"), inputs(model)
    pairs = zip(run(twin, x), run(model, x), strict=True)
    errors = [relative(found, expected) for found, expected in pairs]
    # 2^-9 of every product and every map, over some 20 layers: 1 % measured.
    assert 1e-6 < max(errors) < 0.04


@needs_bfloat16
def test_distance_and_gradient_of_the_identity_network_stay_sane():
    import tensorflow as tf

    network = features.identity("dlib", dlib_file())
    twin = frozen(network, "bfloat16")
    assert isinstance(twin, DlibIdentity) and network.model is not twin.model
    # Smooth random pictures: like photographs, and unlike noise, they hold little detail.
    coarse = np.random.default_rng(0).random((4, 6, 6, 3)).astype(np.float32)
    crops = tf.image.resize(coarse, (150, 150), method="bicubic")
    gradients, distances = [], []
    for one in (network, twin):
        with tf.GradientTape() as tape:
            tape.watch(crops)
            embedding = one.embed(crops)
            total = tf.reduce_sum(one.distance(embedding[:2], embedding[2:]))
        assert embedding.dtype == tf.float32
        gradients.append(tape.gradient(total, crops).numpy().ravel())
        distances.append(one.distance(embedding, network.embed(crops)).numpy())
    assert distances[1].max() < 0.03  # a twentieth of the threshold
    cosine = gradients[0] @ gradients[1] / np.prod(np.linalg.norm(gradients, axis=1))
    assert cosine > 0.9


@needs_bfloat16
def test_parsing_network_returns_probabilities_in_float32():
    import tensorflow as tf

    network = features.parsing()
    images = np.random.default_rng(0).random((1, 64, 64, 3)).astype(np.float32)
    found, expected = frozen(network, "bfloat16")(images), network(images)
    for name, part in found.items():
        assert part.dtype == tf.float32
        assert relative(part.numpy(), expected[name].numpy()) < 0.1
    np.testing.assert_allclose(tf.reduce_sum(found["probabilities"], -1), 1.0, rtol=1e-5)
