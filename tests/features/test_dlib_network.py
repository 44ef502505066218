import importlib.util

import keras
import numpy as np
import pytest

from face2param.errors import Face2ParamError, WeightsError
from face2param.features.dlib_format import parse_network
from face2param.features.dlib_network import dlib_recognition_model, load_dlib_recognition
from face2param.images import read_image, to_uint8
from face2param.weights import register
from tests.data import shared_data
from tests.features import dlib_bytes


def dlib_file(name="dlib_recognition") -> str:
    try:
        return str(register.path(name))
    except Face2ParamError as error:
        pytest.skip(str(error))


def reference(x, truth):
    """The tiny network by loops: one picture `[15, 15, 3]` in [0, 1] -> `[3]`."""
    w, scale = truth["weights"], truth["scale"]

    def convolve(x, kernel, stride):
        out, _, rows, columns = kernel.shape
        size = [(n - k) // stride + 1 for n, k in zip(x.shape, (rows, columns), strict=False)]
        y = np.zeros((*size, out))
        for i in range(size[0]):
            for j in range(size[1]):
                patch = x[i * stride : i * stride + rows, j * stride : j * stride + columns]
                y[i, j] = np.einsum("hwc,ochw->o", patch, kernel)
        return y

    x = (255 * x - [1, 2, 3]) / 256
    x = np.maximum(convolve(x, w["stem"], 2) * scale[2], 0)  # 7x7
    x = np.stack([[x[2 * i : 2 * i + 3, 2 * j : 2 * j + 3].max((0, 1)) for j in range(3)]
                  for i in range(3)])  # fmt: skip
    y = np.maximum(convolve(x, w["first"], 2) * scale[4], 0)  # 1x1
    y = convolve(np.pad(y, ((1, 1), (1, 1), (0, 0))), w["second"], 1) * scale[4]
    skip = np.pad(x[:2, :2].mean((0, 1)), (0, 2))  # average pool 3 -> 1, channels 2 -> 4
    return np.maximum(y[0, 0] + skip, 0) @ w["dense"]


def test_a_tiny_network_computes_what_its_layers_say():
    data, truth = dlib_bytes.tiny_network(np.random.default_rng(0))
    model = dlib_recognition_model(parse_network(data))
    x = np.random.default_rng(1).random((2, 15, 15, 3))
    expected = np.stack([reference(image, truth) for image in x])
    found = keras.ops.convert_to_numpy(model(x.astype(np.float32)))
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)
    assert not model.trainable_weights
    twin = keras.Model.from_config(model.get_config())
    twin.set_weights(model.get_weights())
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(twin(x.astype(np.float32))), found)


def test_another_order_of_layers_is_refused():
    data, _ = dlib_bytes.tiny_network(np.random.default_rng(0))
    parsed = parse_network(data.replace(b"max_pool_2", b"avg_pool_2"))
    with pytest.raises(WeightsError, match="'average_pool' where 'max_pool' belongs"):
        dlib_recognition_model(parsed)


@pytest.mark.skipif(importlib.util.find_spec("dlib") is None, reason="dlib is not installed")
def test_descriptor_equals_dlibs_own_on_twenty_photographs():
    import dlib

    paths = sorted(shared_data("portraits").glob("*.jpg"))[::8][:20]
    assert len(paths) == 20
    detector = dlib.get_frontal_face_detector()
    predictor = dlib.shape_predictor(dlib_file("dlib_landmarks68"))
    theirs = dlib.face_recognition_model_v1(dlib_file())
    chips = []
    for path in paths:
        image = to_uint8(read_image(path))
        shape = predictor(image, max(detector(image, 1), key=lambda box: box.area()))
        chips.append(dlib.get_face_chip(image, shape, 150, 0.25))
    expected = np.array([theirs.compute_face_descriptor(chip) for chip in chips])
    ours = load_dlib_recognition(dlib_file())(np.stack(chips).astype(np.float32) / 255)
    # Float32 summation order: 4e-7 measured; the bar is 1e-4.
    assert np.abs(keras.ops.convert_to_numpy(ours) - expected).max() < 1e-5


def test_gradient_to_the_picture_agrees_with_finite_differences():
    import tensorflow as tf

    model = load_dlib_recognition(dlib_file())
    rng = np.random.default_rng(0)
    x = tf.constant(rng.random((1, 150, 150, 3)), tf.float32)
    weights = tf.constant(rng.standard_normal(128), tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        value = tf.reduce_sum(model(x) * weights)
    gradient = tape.gradient(value, x)
    # Along the gradient itself the change is large against float32 rounding (about 1e-6 of
    # the value); the step keeps ReLU switches to a few per thousand.
    direction = gradient / tf.norm(gradient)
    step = 0.02
    up, down = (tf.reduce_sum(model(x + s * direction) * weights) for s in (step, -step))
    slope = float(up - down) / (2 * step)
    assert slope == pytest.approx(float(tf.norm(gradient)), rel=0.02)


def test_weights_are_read_once_per_process():
    assert load_dlib_recognition(dlib_file()) is load_dlib_recognition(dlib_file())
