"""LightCNN against PyTorch twins with random weights, where PyTorch is installed."""

import lightcnn_tf
import numpy as np
import pytest
import tensorflow as tf

from tests.third_party.golden import relative_error
from tests.torch_networks import numpy_state, randomise

torch = pytest.importorskip("torch", reason="PyTorch is not installed")
from tests.torch_networks import lightcnn as twins  # noqa: E402

CLASSES, SIZE = 5, (32, 48)
TWINS = {
    "lightcnn9": twins.LightCNN9,
    "lightcnn29v1": twins.LightCNN29v1,
    "lightcnn29v2": twins.LightCNN29v2,
}


@pytest.fixture(params=sorted(TWINS))
def pair(request):
    """The Keras network and its PyTorch twin with the same weights; wider than high."""
    twin = TWINS[request.param](CLASSES, size=(SIZE[0] // 16, SIZE[1] // 16)).eval()
    randomise(twin, gain=0.7)
    model = lightcnn_tf.NETWORKS[request.param](CLASSES, SIZE)
    lightcnn_tf.load_torch_state(model, numpy_state(twin))
    return model, twin


def crops():
    return np.random.default_rng(3).random((3, *SIZE, 1), dtype=np.float32)


def for_torch(images):
    return torch.from_numpy(images.transpose(0, 3, 1, 2).copy())


def test_every_weight_has_the_public_key_and_shape(pair):
    model, twin = pair
    ours = {
        key: lightcnn_tf.state.torch_shape(variable.shape)
        for key, variable in lightcnn_tf.state_keys(model).items()
    }
    assert ours == {key: tuple(value.shape) for key, value in twin.state_dict().items()}


def test_embedding_and_logits_agree(pair):
    model, twin = pair
    logits, embedding = (value.detach().numpy() for value in twin(for_torch(crops())))
    output = model(crops(), training=False)
    # Another summation order; 1e-6 is what it gives.
    assert relative_error(np.asarray(output["embedding"]), embedding) < 1e-5
    assert relative_error(np.asarray(output["logits"]), logits) < 1e-5


def test_gradients_of_a_training_loss_agree(pair):
    model, twin = pair
    labels = np.array([0, 3, 1])
    images = tf.constant(crops())
    with tf.GradientTape() as tape:
        tape.watch(images)
        logits = model(images, training=False)["logits"]
        loss = tf.reduce_mean(tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits))
    variables = lightcnn_tf.state_keys(model)
    grid = model.get_layer("flatten").input.shape[1:3]
    found = tape.gradient(loss, [images, *(v.value for v in variables.values())])

    inputs = for_torch(crops()).requires_grad_()
    torch.nn.functional.cross_entropy(twin(inputs)[0], torch.from_numpy(labels)).backward()
    expected = inputs.grad.numpy().transpose(0, 2, 3, 1)
    # Sums over a batch of maps in float32.
    assert relative_error(found[0].numpy(), expected) < 1e-4
    gradients = {key: parameter.grad.numpy() for key, parameter in twin.named_parameters()}
    assert set(gradients) == set(variables)
    for key, value in zip(variables, found[1:], strict=True):
        expected = lightcnn_tf.to_keras(gradients[key], None if key.startswith("fc2.") else grid)
        assert relative_error(value.numpy(), expected) < 1e-4, key
