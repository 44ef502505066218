import keras
import lightcnn_tf
import numpy as np
import pytest
from keras import ops

from face2param import features
from face2param.errors import ConfigError, WeightsError
from face2param.features.identity_networks import DlibIdentity, LightCNNIdentity
from face2param.images import read_image
from face2param.landmarks import chips, markup
from tests.data import shared_data
from tests.features.test_dlib_network import dlib_file


def face(seed=0, size=200.0):
    """Landmarks of a plausible, slightly turned face."""
    rng = np.random.default_rng(seed)
    points = np.zeros((68, 2))
    points[:17] = np.stack([np.linspace(40, 160, 17), 90 + 60 * np.sin(np.linspace(0, 3.1, 17))], 1)
    points[list(chips.DLIB_POINTS)] = 50 + 100 * chips.DLIB_MEAN_SHAPE
    points[17:27] = np.stack([np.linspace(50, 150, 10), np.full(10, 60)], 1)
    points += rng.normal(0, 1.5, points.shape)
    turn = 0.2
    return (points @ [[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]]) * size / 200


@pytest.fixture(scope="module")
def lightcnn(tmp_path_factory):
    path = tmp_path_factory.mktemp("weights") / "lightcnn29v2.weights.h5"
    keras.utils.set_random_seed(0)
    lightcnn_tf.lightcnn29v2().save_weights(path)
    return features.identity("lightcnn29v2", path)


def test_dlib_crop_is_the_one_of_the_numpy_function():
    landmarks = np.stack([face(0), face(1, 400.0)])
    network = DlibIdentity(dlib_file())
    found = ops.convert_to_numpy(network.crop_matrices(landmarks.astype(np.float32)))
    np.testing.assert_allclose(found, chips.dlib_chip_matrix(landmarks), rtol=1e-4, atol=1e-3)


def test_lightcnn_crop_is_the_one_of_the_numpy_function(lightcnn):
    landmarks = face()
    found = ops.convert_to_numpy(lightcnn.crop_matrices(landmarks[None].astype(np.float32)))[0]
    expected = chips.lightcnn_matrix(markup.five_points(landmarks))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-3)


def test_same_person_is_near_and_others_are_far():
    network = features.identity("dlib", dlib_file())
    paths = sorted(shared_data("portraits").glob("*.jpg"))[:3]
    alignment = pytest.importorskip("face2param.alignment")
    embeddings = []
    for path in paths:
        image = read_image(path)
        landmarks = alignment.predict_landmarks(image, alignment.detect_faces(image)[0])
        dark = 0.6 * image
        batch = np.stack([image, dark])
        embeddings.append(network(batch, np.stack([landmarks] * 2)))
    for embedding in embeddings:
        assert float(network.distance(embedding[:1], embedding[1:])[0]) < 0.35
    assert float(network.distance(embeddings[0][:1], embeddings[1][:1])[0]) > network.threshold
    assert tuple(embeddings[0].shape) == (2, network.embedding_size)


def test_gradient_reaches_the_picture_and_on_request_the_landmarks(lightcnn):
    import tensorflow as tf

    images = tf.constant(np.random.default_rng(0).random((1, 200, 200, 3)), tf.float32)
    landmarks = tf.constant(face()[None], tf.float32)
    for flag in (False, True):
        with tf.GradientTape() as tape:
            tape.watch([images, landmarks])
            value = tf.reduce_sum(lightcnn(images, landmarks, landmark_gradient=flag))
        to_images, to_landmarks = tape.gradient(value, [images, landmarks])
        assert np.isfinite(to_images).all() and float(tf.norm(to_images)) > 0
        assert (to_landmarks is not None and float(tf.norm(to_landmarks)) > 0) == flag


def test_distances_are_zero_for_equal_embeddings_and_finite_in_gradient(lightcnn):
    import tensorflow as tf

    for network in (lightcnn, DlibIdentity(dlib_file())):
        x = tf.constant(np.random.default_rng(1).standard_normal((2, 8)), tf.float32)
        with tf.GradientTape() as tape:
            tape.watch(x)
            distance = network.distance(x, tf.stop_gradient(x))
        assert np.abs(distance).max() < 2e-6
        assert np.isfinite(tape.gradient(distance, x)).all()


def test_cosine_distance_ignores_length(lightcnn):
    a, b = np.float32([[1, 0]]), np.float32([[0, 5]])
    np.testing.assert_allclose(lightcnn.distance(a, b), [1.0], atol=1e-6)
    np.testing.assert_allclose(lightcnn.distance(a, 7 * a), [0.0], atol=1e-6)


def test_lightcnn_without_weights_says_how_to_get_them(monkeypatch):
    monkeypatch.delenv("FACE2PARAM_WEIGHTS", raising=False)
    with pytest.raises(WeightsError, match="load_torch_state"):
        features.identity("lightcnn29v2")


def test_wrong_files_and_names_are_refused(tmp_path):
    wrong = tmp_path / "wrong.weights.h5"
    wrong.write_bytes(b"no weights")
    with pytest.raises(WeightsError, match="not the weights"):
        LightCNNIdentity(wrong)
    with pytest.raises(ConfigError, match="'facenet' is unknown"):
        features.identity("facenet")
    with pytest.raises(WeightsError):
        features.identity("dlib", wrong)


def test_shapes_are_checked(lightcnn):
    with pytest.raises(ValueError, match="images must be"):
        lightcnn.crop(np.zeros((200, 200, 3)), face()[None])
    with pytest.raises(ValueError, match="landmarks must be"):
        lightcnn.crop(np.zeros((1, 200, 200, 3)), face())
