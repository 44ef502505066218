import numpy as np
import pytest
from keras import ops

from face2param.features.parsing_training.losses import hard_cross_entropy, hardest_cross_entropy
from face2param.regions import IGNORE


def test_hard_pixels_count_and_unknown_ones_do_not():
    logits = np.zeros((1, 1, 4, 2), np.float32)
    logits[0, 0, :, 0] = [10, 10, -3, 0]
    labels = np.int32([[[0, 0, 0, IGNORE]]])
    # Only the third pixel is hard: loss log(1 + e^3); the weight's +1 keeps the quotient finite.
    expected = np.log1p(np.exp(3.0)) / 2
    assert float(hard_cross_entropy(logits, labels)) == pytest.approx(expected)
    easy = hard_cross_entropy(logits[:, :, :2], labels[:, :, :2])
    assert float(easy) == pytest.approx(2 * np.log1p(np.exp(-10.0)) / 3, rel=0.02)
    assert float(hard_cross_entropy(logits[:, :, 3:], labels[:, :, 3:])) == 0


def by_sorting(logits, labels, probability, share):
    """The published rule, pixel by pixel."""
    logits = logits.reshape(-1, logits.shape[-1]).astype(np.float64)
    labels = labels.reshape(-1)
    loss = np.zeros(len(labels))
    for i, label in enumerate(labels):
        if label != IGNORE:
            loss[i] = np.log(np.exp(logits[i]).sum()) - logits[i, label]
    loss = np.sort(loss)[::-1]
    least = int(share * len(loss))
    limit = -np.log(probability)
    return loss[loss > limit].mean() if loss[least] > limit else loss[:least].mean()


@pytest.mark.parametrize("scale", [0.1, 3.0, 30.0])
@pytest.mark.parametrize("share", [1 / 16, 0.5])
def test_the_hardest_pixels_are_those_of_a_sort(scale, share):
    rng = np.random.default_rng(0)
    logits = (rng.standard_normal((2, 8, 8, 5)) * scale).astype(np.float32)
    labels = rng.integers(0, 5, (2, 8, 8)).astype(np.int32)
    if scale == 30.0:  # nearly all are easy
        logits[..., 0] += 200.0
        labels[rng.random(labels.shape) < 0.98] = 0
    labels[0, :2] = IGNORE
    found = float(hardest_cross_entropy(logits, labels, 0.7, share))
    assert found == pytest.approx(by_sorting(logits, labels, 0.7, share), rel=1e-4, abs=1e-7)


@pytest.mark.parametrize("loss", [hard_cross_entropy, hardest_cross_entropy])
def test_gradients_agree_with_finite_differences(loss):
    tf = pytest.importorskip("tensorflow", reason="tensorflow is not installed")
    rng = np.random.default_rng(1)
    logits = rng.standard_normal((1, 4, 4, 3)).astype(np.float32)
    labels = rng.integers(0, 3, (1, 4, 4)).astype(np.int32)
    labels[0, 0, 0] = IGNORE
    variable = tf.Variable(logits)
    with tf.GradientTape() as tape:
        value = loss(variable, labels)
    gradient = ops.convert_to_numpy(tape.gradient(value, variable))
    assert np.abs(gradient[0, 0, 0]).max() == 0
    for place in [(0, 1, 1, 0), (0, 2, 3, 2), (0, 3, 0, 1)]:
        step = np.zeros_like(logits)
        step[place] = 1e-2
        difference = float(loss(logits + step, labels)) - float(loss(logits - step, labels))
        # Float32 losses near 1: rounding alone makes about 1e-5 of the quotient.
        assert gradient[place] == pytest.approx(difference / 2e-2, abs=1e-4)
