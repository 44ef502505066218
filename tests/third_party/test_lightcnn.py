import keras
import numpy as np
import pytest
import tensorflow as tf
from lightcnn_tf import (
    EMBEDDING_SIZES,
    NETWORKS,
    RELEASED_CLASSES,
    MaxFeatureMap,
    Preprocessing,
    lightcnn9,
    lightcnn29v2,
    load_torch_state,
)

from tests.data import golden
from tests.third_party.golden import golden_state, relative_error
from tests.third_party.states import directional_error


def test_agrees_with_the_pytorch_definition():
    folder = golden()
    reference = np.load(folder / "lightcnn29v2.npz")
    state = golden_state(folder / "lightcnn29v2_keys.txt", gain=0.5)
    # 32 of the 80013 classes are enough to check the classifier and save 300 MB.
    state["fc2.weight"] = state["fc2.weight"][:32]
    model = lightcnn29v2(classes=32)
    load_torch_state(model, {f"module.{key}": value for key, value in state.items()})
    crops = np.random.default_rng(1).random((2, 1, 128, 128), dtype=np.float32)
    output = model(crops.transpose(0, 2, 3, 1), training=False)
    # Different summation order in float32; 1e-4 is the bar, 1e-6 is what it gives.
    assert relative_error(np.asarray(output["embedding"]), reference["feature"]) < 1e-4
    assert relative_error(np.asarray(output["logits"]), reference["logits_first32"]) < 1e-4


def test_max_feature_map_takes_the_larger_half():
    x = np.array([[1.0, 5.0, 4.0, 2.0]], np.float32)
    np.testing.assert_array_equal(np.asarray(MaxFeatureMap()(x)), [[4.0, 5.0]])
    with pytest.raises(ValueError, match="even number of channels"):
        MaxFeatureMap()(np.zeros((1, 3), np.float32))


@pytest.mark.parametrize(
    ("name", "embedding_part", "released_classifier"),
    [
        # Embedding parts follow from the layer table; the classifiers of 9 and 29 v1 have a
        # bias, that of 29 v2 has none.
        ("lightcnn9", 5_480_864, 79077 * 257),
        ("lightcnn29v1", 12_573_280, 79077 * 257),
        ("lightcnn29v2", 10_475_872, 80013 * 256),
    ],
)
def test_parameter_counts(name, embedding_part, released_classifier):
    model = NETWORKS[name]()
    assert model.name == name
    assert model.count_params() == embedding_part
    assert tuple(model.output.shape) == (None, EMBEDDING_SIZES[name])
    classes = RELEASED_CLASSES[name]
    fc2 = NETWORKS[name](classes, size=(16, 16)).get_layer("fc2")
    assert fc2.count_params() == released_classifier


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_configuration_and_file_round_trips(name, tmp_path):
    model = NETWORKS[name](3, size=(16, 32))
    crops = np.random.default_rng(0).random((2, 16, 32, 1), dtype=np.float32)
    expected = model(crops)
    twin = keras.Model.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    model.save(tmp_path / "model.keras")
    for copy in (twin, keras.models.load_model(tmp_path / "model.keras")):
        for output, value in copy(crops).items():
            np.testing.assert_array_equal(np.asarray(value), np.asarray(expected[output]))
    # The weights of an embedding-only model load beside a classifier's absence.
    alone = keras.Model(model.input, model.output["embedding"])
    alone.save_weights(tmp_path / "alone.weights.h5")
    bare = NETWORKS[name](size=(16, 32))
    bare.load_weights(tmp_path / "alone.weights.h5")
    np.testing.assert_array_equal(np.asarray(bare(crops)), np.asarray(expected["embedding"]))


def test_batch_equals_single_crops():
    model = lightcnn9(size=(32, 32))
    crops = np.random.default_rng(0).random((3, 32, 32, 1), dtype=np.float32)
    singles = np.concatenate([np.asarray(model(crop[None])) for crop in crops])
    # Another blocking of the same sums.
    np.testing.assert_allclose(np.asarray(model(crops)), singles, atol=1e-6)


def test_dropout_acts_on_the_logits_alone_and_in_training_alone():
    model = lightcnn29v2(4, size=(16, 16))
    probe = keras.Model(model.input, [model.get_layer("dropout").output, *model.output.values()])
    crops = np.random.default_rng(0).random((8, 16, 16, 1), dtype=np.float32)
    dropped, embedding, _ = (np.asarray(value) for value in probe(crops, training=True))
    kept = dropped != 0
    # 2048 coins: five standard deviations are 0.055. What is kept is doubled.
    assert abs(kept.mean() - 0.5) < 0.055
    np.testing.assert_allclose(dropped[kept], 2 * embedding[kept], rtol=1e-6)
    dropped, embedding, _ = (np.asarray(value) for value in probe(crops, training=False))
    np.testing.assert_array_equal(dropped, embedding)


@pytest.mark.parametrize("name", sorted(NETWORKS))
def test_gradient_of_the_cosine_reaches_the_crop(name):
    keras.utils.set_random_seed(0)
    model, preprocessing = NETWORKS[name](size=(16, 16)), Preprocessing(size=(16, 16))
    images = np.random.default_rng(0).random((1, 16, 16, 3), dtype=np.float32)
    target = tf.constant(np.random.default_rng(1).standard_normal((1, 256)), tf.float32)

    def distance(x):
        embedding = model(preprocessing(x), training=False)
        return 1 + keras.losses.cosine_similarity(target, embedding)[0]

    # The network is piecewise linear, the cosine smooth; float32 leaves about three digits.
    assert directional_error(distance, images, 0.02) < 0.05


def test_preprocessing_is_grey_and_checks_its_size():
    preprocessing = Preprocessing(size=(4, 4))
    images = np.zeros((1, 4, 4, 3), np.float32)
    images[..., 1] = 1.0
    np.testing.assert_allclose(np.asarray(preprocessing(images)), 0.587, rtol=1e-6)
    assert Preprocessing.from_dict(preprocessing.to_dict()) == preprocessing
    with pytest.raises(ValueError, match="images must be"):
        preprocessing(np.zeros((1, 5, 4, 3), np.float32))


@pytest.mark.parametrize("build", NETWORKS.values())
def test_bad_sizes_are_named(build):
    with pytest.raises(ValueError, match="multiples of 16"):
        build(size=(100, 128))
    with pytest.raises(ValueError, match="classes"):
        build(classes=1)
