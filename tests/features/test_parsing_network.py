import face_parsing_tf
import numpy as np
import pytest
from keras import ops

from face2param import features
from face2param.errors import WeightsError
from face2param.features import parsing_network
from face2param.features.half_weights import save_half
from face2param.regions import CLASSES

DESCRIPTION = {
    "classes": list(CLASSES),
    "width": 0.125,
    "fine_head": True,
    "size": [64, 64],
    "preprocessing": face_parsing_tf.Preprocessing().to_dict(),
}


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    path = tmp_path_factory.mktemp("parsing") / "own.weights.h5"
    model = face_parsing_tf.bisenet(19, 0.125, size=(64, 64), fine_head=True)
    save_half(model, path, DESCRIPTION)
    return path


def test_probabilities_features_and_coarse_map(weights):
    network = features.parsing(weights)
    images = np.random.default_rng(0).random((2, 64, 64, 3)).astype(np.float32)
    answer = network(images)
    assert tuple(answer["probabilities"].shape) == (2, 64, 64, 19)
    assert tuple(answer["coarse"].shape) == (2, 16, 16, 19)
    assert tuple(answer["features"].shape) == (2, 8, 8, 32)
    np.testing.assert_allclose(ops.sum(answer["probabilities"], -1), 1.0, rtol=1e-5)
    np.testing.assert_array_equal(network.features(images), answer["features"])
    assert network.classes == CLASSES


def test_batch_equals_single(weights):
    network = features.parsing(weights)
    images = np.random.default_rng(1).random((2, 64, 64, 3)).astype(np.float32)
    both = ops.convert_to_numpy(network.probabilities(images))
    one = ops.convert_to_numpy(network.probabilities(images[1:]))
    np.testing.assert_allclose(both[1:], one, atol=1e-5)


def test_other_sizes_are_resized_there_and_back(weights):
    network = features.parsing(weights)
    probabilities = network.probabilities(np.full((1, 50, 90, 3), 0.5, np.float32))
    assert tuple(probabilities.shape) == (1, 50, 90, 19)
    assert features.parsing(weights, (96, 64)).size == (96, 64)


def test_gradient_reaches_the_picture(weights):
    import tensorflow as tf

    network = features.parsing(weights)
    rng = np.random.default_rng(2)
    images = tf.constant(rng.random((1, 64, 64, 3)), tf.float32)
    target = tf.constant(rng.random((1, 64, 64, 19)), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(images)
        value = tf.reduce_sum(network.probabilities(images) * target)
    gradient = tape.gradient(value, images)
    direction = gradient / tf.norm(gradient)
    step = 0.05  # rounding of a sum of 78k float32 terms asks for a large step
    up, down = (
        tf.reduce_sum(network.probabilities(images + s * direction) * target) for s in (step, -step)
    )
    assert float(up - down) / (2 * step) == pytest.approx(float(tf.norm(gradient)), rel=0.05)


def test_networks_are_read_once(weights):
    assert features.parsing(weights) is features.parsing(weights)


def test_missing_weights_name_the_training_command(tmp_path, monkeypatch):
    with pytest.raises(WeightsError, match="face2param train_parsing"):
        features.parsing(tmp_path / "none.weights.h5")
    monkeypatch.setattr(parsing_network, "SHIPPED", tmp_path / "shipped.weights.h5")
    with pytest.raises(WeightsError, match="no parsing weights"):
        features.parsing()


def test_a_description_without_its_network_is_refused(tmp_path):
    path = tmp_path / "half.weights.h5"
    model = face_parsing_tf.bisenet(19, 0.125, size=(32, 32))
    save_half(model, path, {k: v for k, v in DESCRIPTION.items() if k != "width"})
    with pytest.raises(WeightsError, match="lacks 'width'"):
        features.parsing(path)


def test_pictures_of_the_wrong_shape_are_named(weights):
    with pytest.raises(ValueError, match="images must be"):
        features.parsing(weights).probabilities(np.zeros((64, 64, 3), np.float32))
