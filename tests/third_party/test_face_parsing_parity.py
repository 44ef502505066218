"""BiSeNet against a PyTorch twin with random weights, where PyTorch is installed."""

import face_parsing_tf
import keras
import numpy as np
import pytest
import tensorflow as tf

from tests.third_party.golden import relative_error
from tests.torch_networks import numpy_state, randomise

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from tests.torch_networks import bisenet as twins  # noqa: E402

CLASSES, SIZE = 5, (64, 96)
HEADS = ("out", "out16", "out32")
TIGHT = 1e-5


def networks():
    """The Keras network with its auxiliary heads and its twin with the same weights."""
    twin = twins.BiSeNet(CLASSES).eval()
    randomise(twin, gain=2.0)
    model = face_parsing_tf.bisenet(CLASSES, size=SIZE, auxiliary_heads=True)
    face_parsing_tf.load_torch_state(model, numpy_state(twin))
    return model, twin


@pytest.fixture(scope="module")
def pair():
    return networks()


@pytest.fixture
def double_pair():
    """The same in float64."""
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float64")
    try:
        model, twin = networks()
    finally:
        keras.config.set_dtype_policy(policy)
    return model, twin.double()


def pictures():
    return np.random.default_rng(3).standard_normal((3, *SIZE, 3)).astype(np.float32)


def for_torch(images):
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy())


def for_keras(tensor):
    return tensor.detach().numpy().transpose(0, 2, 3, 1)


def test_every_weight_has_the_public_key_and_shape(pair):
    model, twin = pair
    ours = {
        key: face_parsing_tf.state.torch_shape(variable.shape)
        for key, variable in face_parsing_tf.state_keys(model).items()
    }
    theirs = {key: tuple(value.shape) for key, value in numpy_state(twin).items()}
    assert ours == {key: s for key, s in theirs.items() if not key.endswith("batches_tracked")}


def test_the_three_heads_agree_in_inference(pair):
    model, twin = pair
    expected = twin(for_torch(pictures()))
    found = model(pictures(), training=False)
    for name in HEADS:
        # Another summation order; 1e-6 is what it gives.
        assert relative_error(np.asarray(found[name]), for_keras(expected[name])) < 1e-5, name


def test_a_training_step_agrees(double_pair):
    """Batch statistics, running statistics and every gradient of a loss over three heads.

    In float64: in float32 a few of the ReLUs on normalised maps fall on the other side, which
    moves gradients by 3e-3.
    """
    model, twin = double_pair
    before = {k: np.asarray(v) for k, v in face_parsing_tf.state_keys(model).items()}
    images = tf.constant(pictures(), tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(images)
        found = model(images, training=True)
        loss = sum(tf.reduce_mean(tf.square(found[name])) for name in HEADS)
    variables = face_parsing_tf.state_keys(model)
    trained = {key: v for key, v in variables.items() if v.trainable}
    gradients = tape.gradient(loss, [images, *(v.value for v in trained.values())])

    twin.train()
    inputs = for_torch(pictures()).double().requires_grad_()
    expected = twin(inputs)
    sum(expected[name].square().mean() for name in HEADS).backward()
    for name in HEADS:
        assert relative_error(found[name].numpy(), for_keras(expected[name])) < TIGHT, name
    assert relative_error(gradients[0].numpy(), for_keras(inputs.grad)) < TIGHT
    parameters = dict(twin.named_parameters())
    assert set(parameters) == set(trained)
    for key, value in zip(trained, gradients[1:], strict=True):
        reference = face_parsing_tf.to_keras(parameters[key].grad.numpy())
        assert relative_error(value.numpy(), reference) < TIGHT, key

    samples = {"cp.resnet.bn1": 3 * 32 * 48, "cp.conv_avg.bn": 3, "conv_out.conv.bn": 3 * 8 * 12}
    after = numpy_state(twin)
    for module, count in samples.items():
        mean, variance = (f"{module}.running_{kind}" for kind in ("mean", "var"))
        assert relative_error(np.asarray(variables[mean]), after[mean]) < TIGHT
        # PyTorch divides the batch's squares by n - 1, Keras by n.
        ours = (np.asarray(variables[variance]) - 0.9 * before[variance]) / 0.1
        theirs = (after[variance] - 0.9 * before[variance]) / 0.1
        np.testing.assert_allclose(ours, theirs * (count - 1) / count, rtol=TIGHT)


@pytest.mark.parametrize(
    ("source", "target"),
    [((8, 12), (64, 96)), ((5, 7), (32, 31)), ((1, 3), (4, 9)), ((4, 6), (4, 6)), ((9, 8), (3, 1))],
)
def test_aligned_corners_are_pytorchs(source, target):
    x = np.random.default_rng(0).standard_normal((2, *source, 3)).astype(np.float32)
    expected = for_keras(twins.enlarge(for_torch(x), target))
    found = np.asarray(face_parsing_tf.AlignCornersResize(target)(x))
    # Float32 products of weights that sum to one.
    np.testing.assert_allclose(found, expected, atol=1e-5)
