import numpy as np
import pytest
from keras import ops

from face2param import regions
from face2param.errors import ConfigError
from face2param.imitator import losses
from face2param.imitator.losses import LossWeights, Objective


def value(tensor):
    return float(ops.convert_to_numpy(tensor))


def test_region_weights_follow_the_regions():
    labels = np.zeros((1, 2, 2), np.uint8)
    labels[0, 0, 1] = regions.MERGED.index("eyes")
    labels[0, 1, 0] = regions.IGNORE
    weights = np.asarray(losses.region_weights(labels, losses.region_weight_table()))
    assert weights.shape == (1, 8, 8, 1)
    assert (weights[0, :4, :4] == losses.REGION_WEIGHTS["background"]).all()
    assert (weights[0, :4, 4:] == losses.REGION_WEIGHTS["eyes"]).all()
    assert (weights[0, 4:, :4] == 1).all()


def test_weighted_l1():
    difference = np.zeros((1, 2, 2, 3), np.float32)
    difference[0, 0, 0] = -0.4
    assert value(losses.weighted_l1(difference, None)) == pytest.approx(0.1)
    weights = np.ones((1, 2, 2, 1), np.float32)
    weights[0, 0, 0] = 5.0
    assert value(losses.weighted_l1(difference, weights)) == pytest.approx(0.4 * 5 / 8)
    assert value(losses.weighted_l1(difference, 2 * weights)) == pytest.approx(0.4 * 5 / 8)


def test_edges_ignore_a_constant_shift_and_see_a_step():
    shift = np.full((1, 8, 8, 3), 0.2, np.float32)
    assert value(losses.edge_l1(shift, None)) == pytest.approx(0, abs=1e-7)
    step = np.zeros((1, 8, 8, 3), np.float32)
    step[:, :, 4:] = 0.7
    assert value(losses.edge_l1(step, None)) == pytest.approx(0.7 / 7 / 2, rel=1e-5)
    weights = np.ones((1, 8, 8, 1), np.float32)
    assert value(losses.edge_l1(step, weights)) == pytest.approx(0.7 / 7 / 2, rel=1e-5)


def test_coarse_scales_ignore_texture_and_see_colour():
    board = np.indices((8, 8)).sum(0) % 2 * 2.0 - 1
    texture = np.broadcast_to(board[None, :, :, None], (1, 8, 8, 3)).astype(np.float32)
    assert value(losses.scale_l1(texture, None)) == pytest.approx(0, abs=1e-6)
    assert value(losses.scale_l1(texture * 0 + 0.3, None)) == pytest.approx(0.3)


def test_region_cross_entropy_leaves_unknown_cells_out():
    count = len(regions.MERGED)
    probabilities = np.full((1, 1, 2, count), 0.5 / (count - 1), np.float32)
    probabilities[..., 3] = 0.5
    labels = np.array([[[3, regions.IGNORE]]], np.uint8)
    assert value(losses.region_cross_entropy(probabilities, labels)) == pytest.approx(
        np.log(2), rel=1e-5
    )
    assert value(losses.region_cross_entropy(probabilities, labels * 0 + 255)) == 0


class Mean:
    """An identity network whose descriptor is the mean colour."""

    def crop(self, images, landmarks):
        self.landmarks = landmarks
        return images

    def embed(self, crops):
        return ops.mean(crops, (1, 2))


def batch(count=4):
    rng = np.random.default_rng(0)
    images = rng.random((count, 16, 16, 3), np.float32)
    return {
        "image": ops.convert_to_tensor(images),
        "landmarks01": ops.convert_to_tensor(rng.random((count, 68, 2), np.float32)),
        "regions": ops.convert_to_tensor(np.ones((count, 4, 4), np.uint8)),
        "descriptors": ops.convert_to_tensor(images.mean((1, 2))),
    }


def outputs(of, shift=0.0):
    one_hot = np.zeros((4, 4, 4, len(regions.MERGED)), np.float32)
    one_hot[..., 1] = 1
    return {
        "image": of["image"] + shift,
        "landmarks": of["landmarks01"] + shift,
        "regions": ops.convert_to_tensor(one_hot),
    }


def test_a_perfect_imitation_costs_nothing():
    true = batch()
    terms = Objective(LossWeights(), Mean())(outputs(true), true)
    assert set(terms) == {"image", "edges", "scales", "landmarks", "regions", "identity", "loss"}
    assert value(terms["loss"]) < 1e-4


def test_loss_is_the_weighted_sum():
    true = batch()
    weights = LossWeights(1.0, 0.0, 2.0, 3.0, 0.0, 4.0)
    network = Mean()
    terms = Objective(weights, network)(outputs(true, 0.1), true)
    assert set(terms) == {"image", "scales", "landmarks", "identity", "loss"}
    assert value(terms["image"]) == pytest.approx(0.1, rel=1e-4)
    assert value(terms["landmarks"]) == pytest.approx(0.1, rel=1e-4)
    assert value(terms["identity"]) == pytest.approx(0.1 * 3**0.5, rel=1e-3)
    assert value(terms["loss"]) == pytest.approx(0.1 * (1 + 2 + 3 + 4 * 3**0.5), rel=1e-3)
    # A quarter of the batch is cropped, at its landmarks in pixels.
    assert network.landmarks.shape == (1, 68, 2)
    np.testing.assert_allclose(network.landmarks, true["landmarks01"][:1] * 16, rtol=1e-5)


def test_no_identity_term_without_a_network_or_weight():
    true = batch()
    assert "identity" not in Objective(LossWeights(), None)(outputs(true), true)
    assert "identity" not in Objective(LossWeights(identity=0), Mean())(outputs(true), true)


def test_negative_weights_are_refused():
    with pytest.raises(ConfigError, match=r"edges: a loss weight must not be negative, got -1"):
        LossWeights(edges=-1)
