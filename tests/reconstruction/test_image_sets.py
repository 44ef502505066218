import keras
import numpy as np
import pytest

from face2param.errors import ConfigError, ImageError
from face2param.reconstruction import image_sets
from tests.data import shared_data


class Network:
    """Describes a picture by its mean colour, and knows whom it shows by that."""

    name, threshold = "colours", 0.2

    def __call__(self, images, landmarks):
        del landmarks
        return keras.ops.mean(keras.ops.convert_to_tensor(images), (1, 2))

    def distance(self, first, second):
        return keras.ops.norm(keras.ops.convert_to_tensor(first - second), axis=-1)


def pictures(*reds):
    return [np.full((4 + i, 5, 3), (red, 0.5, 0.5), np.float32) for i, red in enumerate(reds)]


def points(count):
    return [np.zeros((68, 2), np.float32)] * count


def test_equal_confidence_is_the_mean():
    identity = np.random.default_rng(0).normal(size=(5, 7))
    np.testing.assert_allclose(image_sets.aggregate(identity), identity.mean(0))
    half = np.full((5, 7), 0.5)
    np.testing.assert_allclose(image_sets.aggregate(identity, half), identity.mean(0))


def test_each_coefficient_has_its_own_confidence():
    identity = np.array([[1.0, 10.0], [3.0, 20.0]])
    confidence = np.array([[0.75, 0.1], [0.25, 0.9]])
    np.testing.assert_allclose(image_sets.aggregate(identity, confidence), [1.5, 19.0])
    # Nobody is trusted: no division by 0.
    np.testing.assert_allclose(image_sets.aggregate(identity, 0 * confidence), [2.0, 15.0])


def test_tensors_give_the_same_with_a_gradient():
    import tensorflow as tf

    rng = np.random.default_rng(1)
    identity, confidence = rng.normal(size=(3, 4, 6)), rng.uniform(0.1, 1, (3, 4, 6))
    weight = rng.normal(size=(3, 6))
    variable = tf.Variable(confidence)
    with tf.GradientTape() as tape:
        found = image_sets.aggregate(tf.constant(identity), variable)
        loss = tf.reduce_sum(found * weight)
    np.testing.assert_allclose(found, image_sets.aggregate(identity, confidence))
    gradient = tape.gradient(loss, variable).numpy()
    step = np.zeros_like(confidence)
    step[1, 2, 3] = 1e-5
    ahead, behind = (
        (image_sets.aggregate(identity, confidence + s) * weight).sum() for s in (step, -step)
    )
    np.testing.assert_allclose(gradient[1, 2, 3], (ahead - behind) / 2e-5, rtol=1e-6)


def test_odd_shapes():
    with pytest.raises(ValueError, match="must have one shape"):
        image_sets.aggregate(np.zeros((2, 3)), np.zeros((2, 4)))


def test_a_chain_links_what_differs():
    found = image_sets.people(pictures(0.1, 0.4, 0.25), points(3), Network())
    assert found.groups == ((0, 1, 2),)
    assert found.distances[0, 1] > found.threshold > found.distances[0, 2]


def test_the_largest_group_comes_first():
    found = image_sets.people(pictures(0.9, 0.1, 0.12, 0.5), points(4), Network())
    assert found.groups == ((1, 2), (0,), (3,))


def test_other_people_are_refused_by_name():
    names = ["a.jpg", "b.jpg", "c.jpg", "d.jpg"]
    image_sets.check_same_person(names[:2], pictures(0.1, 0.2), points(2), Network())
    with pytest.raises(ImageError, match=r"2 different people: b.jpg does not show the person"):
        image_sets.check_same_person(names, pictures(0.1, 0.9, 0.2, 0.15), points(4), Network())
    many = [f"{i}.jpg" for i in range(11)]
    reds = [0.1, 0.1, 0.1, *np.linspace(0.5, 3, 8)]
    expected = r"3.jpg, 4.jpg, .*, 8.jpg and 2 more do not show the person of 0.jpg, 1.jpg, 2.jpg"
    with pytest.raises(ImageError, match=expected):
        image_sets.check_same_person(many, pictures(*reds), points(11), Network())


def test_no_threshold():
    network = Network()
    network.threshold = None
    with pytest.raises(ConfigError, match="'colours' has no measured threshold"):
        image_sets.people(pictures(0.1, 0.2), points(2), network)
    assert len(image_sets.people(pictures(0.1, 0.2), points(2), network, 0.05).groups) == 2
    with pytest.raises(ValueError, match="1 images and 2 sets"):
        image_sets.people(pictures(0.1), points(2), Network())


def test_two_senators_are_two_people():
    from face2param import features, images
    from face2param.pipelines.photos import open_photo

    folder = shared_data("portraits")
    photos = [open_photo(folder / f"{name}.jpg") for name in ("A000055", "A000370")]
    wide = images.resize(photos[0].image, (615, 502))
    scale = np.array([502, 615]) / photos[0].image.shape[1::-1]
    shown = [photos[0].image, wide, photos[1].image]
    marks = [photos[0].landmarks, photos[0].landmarks * scale, photos[1].landmarks]
    network = features.identity("dlib")
    names = ["first.jpg", "enlarged.jpg", "other.jpg"]
    image_sets.check_same_person(names[:2], shown[:2], marks[:2], network)
    with pytest.raises(ImageError, match=r"other.jpg does not show .* of first.jpg, enlarged.jpg"):
        image_sets.check_same_person(names, shown, marks, network)
