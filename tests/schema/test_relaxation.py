import numpy as np
import pytest

from face2param.errors import SchemaError


@pytest.fixture(scope="module")
def relaxation():
    from face2param.schema import relaxation

    return relaxation


def test_blocks_are_softmax_and_the_rest_passes(relaxation, small):
    from keras import ops

    logits = np.random.default_rng(0).normal(size=(2, 10)).astype(np.float32)
    relaxed = ops.convert_to_numpy(
        relaxation.relax_choices(ops.convert_to_tensor(logits), small, beta=3)
    )
    np.testing.assert_array_equal(relaxed[:, :5], logits[:, :5])
    block = np.exp(3 * logits[:, 5:8].astype(np.float64))
    np.testing.assert_allclose(relaxed[:, 5:8], block / block.sum(1, keepdims=True), rtol=1e-5)
    np.testing.assert_allclose(relaxed[:, 8:].sum(1), 1, rtol=1e-6)


def test_a_large_beta_gives_the_one_hot_vector(relaxation, small):
    from keras import ops

    encoded = small.encode(small.character(hair="long", beard="full"))
    relaxed = relaxation.relax_choices(ops.convert_to_tensor(encoded), small, beta=100)
    np.testing.assert_allclose(ops.convert_to_numpy(relaxed), encoded, atol=1e-6)


def test_gradient_against_finite_differences(relaxation, small):
    tf = pytest.importorskip("tensorflow")
    import keras

    if keras.backend.backend() != "tensorflow":
        pytest.skip("GradientTape needs the TensorFlow backend")
    rng = np.random.default_rng(1)
    logits = rng.normal(size=(1, 10))
    weights = rng.normal(size=(1, 10))

    def value(x):
        return tf.reduce_sum(relaxation.relax_choices(x, small, beta=2.0) * weights)

    x = tf.constant(logits, tf.float64)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = value(x)
    gradient = tape.gradient(y, x).numpy()[0]
    step = 1e-5
    for i in range(10):
        shift = np.eye(10)[i : i + 1] * step
        numeric = (value(logits + shift) - value(logits - shift)) / (2 * step)
        assert gradient[i] == pytest.approx(float(numeric), abs=1e-7)


def test_errors(relaxation, small):
    with pytest.raises(SchemaError, match=r"encoded_logits: got shape \[10\]"):
        relaxation.relax_choices(np.zeros(10, np.float32), small)
    with pytest.raises(SchemaError, match="beta: got 0"):
        relaxation.relax_choices(np.zeros((1, 10), np.float32), small, beta=0)
