import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from face2param import regions
from face2param.engines.base import People
from face2param.errors import WeightsError
from face2param.estimator.prior import LowRankGaussian
from face2param.fitting import terms
from face2param.pipelines import drawing, measuring, photos, priors
from tests.fitting import toy
from tests.pipelines import toy_tools


def test_drawer_returns_what_the_imitator_returns_in_shape():
    engine = toy_tools.ToyEngine()
    values = np.concatenate([toy.encode(width=0.8), toy.encode(hair="bald")])
    pose = np.repeat(toy.nuisance(smile=0.5), 2, 0)
    drawn = drawing.drawer(engine, toy.SIZE)(values, pose)
    imitated = toy.imitate(tf.constant(values), tf.constant(pose), tuple(drawn))
    for name, part in drawn.items():
        assert part.shape == imitated[name].shape, name
    # The toy is no face to the detector, so the engine's own landmarks (half a pixel off) come.
    np.testing.assert_allclose(drawn["landmarks"] - [0.5, 0], imitated["landmarks"], atol=1e-4)
    likeliest = imitated["regions"].numpy().argmax(-1)
    assert (drawn["regions"].argmax(-1) == likeliest).mean() > 0.98


def test_merged_labels_are_shares_of_blocks():
    drawn = toy_tools.ToyEngine().render(toy.toy_schema().neutral(), size=(64, 64))
    drawn.labels[:4, :2] = regions.INDEX["hat"]
    drawn.labels[:4, 2:4] = regions.INDEX["background"]
    shares = drawing.merged_labels(drawn)
    assert shares.shape == (16, 16, len(regions.MERGED))
    np.testing.assert_allclose(shares.sum(-1), 1, atol=1e-6)
    assert shares[0, 0, regions.MERGED.index("hair")] == 0.5


def test_prior_follows_the_engines_own_sampler_and_leaves_choices_alone():
    engine = toy_tools.ToyEngine()
    prior = priors.plausible(engine)
    np.testing.assert_allclose(prior.mean[:4], 0.5, atol=0.06)
    assert (prior.precision[:4].numpy() > 4).all()
    np.testing.assert_array_equal(prior.precision[4:], 0)
    np.testing.assert_array_equal(prior.expression, [1, 0])
    np.testing.assert_array_equal(prior.pose, [0, 1])


def test_a_learnt_prior_takes_the_place_of_the_engines():
    family = toy.toy_schema()
    learnt = LowRankGaussian(
        np.full(4, 0.3), np.full((4, 1), 0.1), np.full(4, 0.02), family.name, family.hash
    )
    found = priors.plausible(toy_tools.ToyEngine(), learnt)
    np.testing.assert_allclose(found.mean[:4], 0.3, rtol=1e-6)
    np.testing.assert_allclose(found.precision, [50] * 4 + [0] * 3, rtol=1e-5)
    assert found.correction.shape == (7, 1) and not found.correction[4:].numpy().any()
    values = tf.constant([[0.5, 0.3, 0.2, 0.4, 1, 0, 0]])
    term = terms.prior(values, found.mean, found.precision, found.correction)
    np.testing.assert_allclose(term, learnt.distance(values[:, :4]) ** 2, rtol=1e-4)
    foreign = dataclasses.replace(learnt, schema_hash="f" * 16)
    with pytest.raises(WeightsError, match="the prior was fitted for schema toy f"):
        priors.plausible(toy_tools.ToyEngine(), foreign)


def test_what_was_read_adds_to_what_is_usual():
    read = {"hair": np.array([[0.3, 0.0, 0.1]])}
    found = priors.knowledge(toy_tools.ToyEngine(), np.array([np.nan]), read)
    np.testing.assert_allclose(found.costs["hair"], read["hair"])


def test_knowledge_prefers_usual_options_and_hair_as_curly_as_the_photographs():
    class Barber(toy_tools.ToyEngine):
        def people(self):
            return People(
                *(np.full(4, x, np.float32) for x in (0.5, 0.2)),
                odds={"hair": {"short": 10, "tall": 1, "bald": 10}},
                variants={"hair": ({"width": 0.2}, {"width": 0.8})},
                curl={"short": 0.0, "tall": 1.0},
            )

    found = priors.knowledge(Barber(), np.array([0.0, 1.0, np.nan]))
    straight, curly, unknown = found.costs["hair"]
    assert straight[0] < curly[0] and curly[1] < straight[1]
    assert unknown[1] > unknown[0] == unknown[2] == 0
    np.testing.assert_allclose(found.variants["hair"][:, 0], [0.2, 0.8])
    assert np.isnan(found.variants["hair"][:, 1:]).all()


def test_limits_keep_the_head_where_the_imitator_has_seen_it():
    found = priors.limits(toy.toy_schema())
    np.testing.assert_allclose(found.minimum, [0, -priors.POSE_LIMITS["head_yaw"]], rtol=1e-6)
    np.testing.assert_allclose(found.maximum, [1, priors.POSE_LIMITS["head_yaw"]], rtol=1e-6)


def test_photo_measures_have_the_grids_of_the_search():
    tools, photo = toy_tools.tools(), toy_tools.photo(width=0.7)
    aligned = photos.align(photo, toy_tools.ToyEngine().canonical_landmarks((64, 64)), 64)
    names = ("landmarks", "regions", "zones", "hair", "appearance", "descriptor", "content")
    found = measuring.measure(tools, [photo], [aligned], names)
    shapes = {name: tuple(part.shape) for name, part in found.items()}
    assert shapes["regions"] == (1, 16, 16, 13) and shapes["valid"] == (1, 16, 16, 1)
    assert shapes["appearance"] == (1, 8, 8, 3) and shapes["face"] == (1, 8, 8, 1)
    assert shapes["descriptor"] == (1, 48) and shapes["content"] == (1, 8, 8, 4)


def test_outside_of_the_photograph_is_not_valid():
    photo = toy_tools.photo()
    aligned = photos.align(photo, toy_tools.ToyEngine().canonical_landmarks((64, 64)) * 0.5, 64)
    found = measuring.measure(toy_tools.tools(), [photo], [aligned], ("regions",))
    valid = found["valid"].numpy()[0, ..., 0]
    assert valid[2, 2] == 1 and valid[14, 14] == 0
    assert found["face"].numpy()[0, 7, 7] == 0
