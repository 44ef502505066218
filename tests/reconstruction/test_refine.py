"""Refinement: known faces come back, plans, starts, and what is said of numbers not finite."""

import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import ConfigError, SearchError
from face2param.metrics.procrustes import procrustes
from face2param.morphable import coefficients
from face2param.morphable.decode import Decoder
from face2param.reconstruction import landmark_start, objective, plans, presets
from face2param.reconstruction.refine import Refiner
from face2param.reconstruction.renderer import Renderer
from face2param.rendering.cameras import DEEP3D
from tests.reconstruction.toy import dome

CAMERA = DEEP3D.resized((64, 64))
LAYOUT = coefficients.layout_of(dome())
WEIGHTS = presets.Weights(photometric=2.0, landmarks=2e-2, coefficients=1e-5, attention="none")
_MOVED = ("identity", "expression", "albedo", "rotation", "translation")
PLAN = plans.Plan(
    (
        plans.Stage(
            "landmarks",
            60,
            (("rotation", 0.02), ("translation", 0.02), ("identity", 0.1), ("expression", 0.1)),
            ("landmarks", "coefficients"),
        ),
        plans.Stage("everything", 200, (*((name, 0.05) for name in _MOVED), ("light", 0.03))),
    )
)


@pytest.fixture(scope="module")
def renderer():
    return Renderer(Decoder(dome()), CAMERA)


def truth(batch=2):
    rng = np.random.default_rng(4)
    found = {n: rng.normal(size=(batch, s)).astype(np.float32) for n, s in LAYOUT.sizes}
    found["rotation"] = rng.uniform(-0.5, 0.5, (batch, 3)).astype(np.float32)
    found["translation"] *= 0.1
    found["light"] *= 0.05
    return {name: tf.constant(value) for name, value in found.items()}


def beginning(photo):
    """Pose and shape by the landmarks; even light and the mean albedo."""
    rows = [landmark_start.fit_shape(dome(), CAMERA, marks) for marks in photo["landmarks"].numpy()]
    begin = coefficients.neutral(LAYOUT, len(rows))
    return begin | {name: tf.stack([row[name] for row in rows]) for name in rows[0]}


@pytest.fixture(scope="module")
def photo(renderer):
    drawn = renderer(truth())
    return objective.prepare(
        drawn.image.numpy().clip(0, 1), drawn.landmarks.numpy(), attention="none"
    )


def test_known_faces_are_found_again(renderer, photo):
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, PLAN)
    begin = beginning(photo)
    found, courses = refiner.run(begin, photo)
    assert [course.stage for course in courses] == ["landmarks", "everything"]
    assert courses[1].history.shape == (200, 3, 2) and courses[1].totals.shape == (200, 2)
    assert courses[0].terms == ("landmarks", "coefficients")
    assert (courses[1].totals[-1] < 0.2 * courses[1].totals[0]).all()
    true = truth()
    shape = [renderer.decoder.shape(c["identity"], c["expression"]).numpy() for c in (found, true)]
    for row in range(2):
        errors = []
        for candidate in (shape[0][row], dome().mean):
            # One picture tells a small near face from a large far one only by perspective.
            fitted = procrustes(candidate, shape[1][row]).apply(candidate)
            errors.append(np.linalg.norm(fitted - shape[1][row], axis=-1).mean())
        assert errors[0] < 0.35 * errors[1]
    np.testing.assert_allclose(found["rotation"], true["rotation"], atol=0.05)


def test_rows_of_a_batch_do_not_influence_each_other(renderer, photo):
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, PLAN)
    begin = beginning(photo)
    both, _ = refiner.run(begin, photo, steps=16)
    one, _ = refiner.run(
        {name: part[1:] for name, part in begin.items()},
        {name: part[1:] for name, part in photo.items()},
        steps=16,
    )
    # Products of other sizes round differently, and Adam's first steps amplify it.
    np.testing.assert_allclose(one["identity"], both["identity"][1:], atol=5e-3)


def test_photographs_of_one_person_share_what_they_have_in_common(renderer):
    true = truth(3)
    identity = tf.repeat(true["identity"][:1], 3, 0)
    drawn = renderer(true | {"identity": identity})
    seen = objective.prepare(
        drawn.image.numpy().clip(0, 1), drawn.landmarks.numpy(), attention="none"
    )
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, PLAN)
    begin = beginning(seen)
    even = {"identity": np.ones(identity.shape)}
    common, _ = refiner.run(begin, seen, common=even)
    np.testing.assert_array_equal(common["identity"][0], common["identity"][2])
    assert np.abs(common["expression"][0] - common["expression"][2]).max() > 0.1
    alone, _ = refiner.run(begin, seen)
    error = np.linalg.norm(common["identity"][0] - identity[0])
    assert error < np.linalg.norm(alone["identity"] - identity, axis=-1).mean()


def test_who_is_trusted_leads(renderer, photo):
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, PLAN)
    begin = truth()
    trust = np.float32([[1], [3]]) * np.ones(begin["identity"].shape, np.float32)
    found, _ = refiner.run(begin, photo, 0, {"identity": trust})
    wanted = 0.25 * begin["identity"][0] + 0.75 * begin["identity"][1]
    np.testing.assert_allclose(found["identity"], np.stack([wanted] * 2), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(found["albedo"], begin["albedo"])
    with pytest.raises(ValueError, match="common: identity must be positive"):
        refiner.run(begin, photo, 0, {"identity": 0 * trust})


def test_no_steps_return_the_start(renderer, photo):
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, PLAN)
    found, courses = refiner.run(truth(), photo, steps=0)
    assert courses == []
    for name, value in truth().items():
        np.testing.assert_array_equal(found[name], value)


def test_a_stage_moves_what_it_names_only(renderer, photo):
    plan = plans.Plan((plans.Stage("light", 5, (("light", 0.02),)),))
    found, courses = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, plan).run(
        truth(), photo
    )
    assert len(courses) == 1
    np.testing.assert_array_equal(found["identity"], truth()["identity"])
    assert np.abs(found["light"] - truth()["light"]).max() > 0


def test_a_stage_with_priors_alone_is_passed_over(renderer, photo):
    weights = presets.Weights(photometric=2.0, coefficients=1e-3, attention="none")
    refiner = Refiner(objective.Objective(renderer, weights), LAYOUT, PLAN)
    _, courses = refiner.run(truth(), photo, steps=8)
    assert [course.stage for course in courses] == ["everything"]


def test_the_default_plan_moves_the_pose_before_the_face():
    first, last = plans.DEFAULT.stages
    assert set(dict(first.rates)) == {"rotation", "translation"} and "landmarks" in first.losses
    assert set(dict(last.rates)) == set(LAYOUT.names) and not last.losses
    assert first.weights(presets.REFINE).active() == ("landmarks", "coefficients")


def test_a_loss_that_is_not_finite_is_named(renderer, photo):
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, PLAN)
    broken = photo | {"landmarks": tf.fill(photo["landmarks"].shape, np.nan)}
    with pytest.raises(SearchError, match=r"value of the loss landmarks .* step 0 of stage 'land"):
        refiner.run(truth(), broken)
    broken = photo | {"image": tf.fill(photo["image"].shape, np.inf)}
    with pytest.raises(SearchError, match="value of the loss photometric"):
        refiner.run(truth(), broken)


def test_a_gradient_that_is_not_finite_is_named(renderer, photo):
    class Kinked(objective.Objective):
        def compare(self, coefficients, photo, rendered):
            terms = super().compare(coefficients, photo, rendered)
            if "photometric" in terms:
                zero = tf.reduce_sum(coefficients["identity"] * 0.0, -1)
                terms["photometric"] += tf.sqrt(zero)  # 0, with an infinite slope
            return terms

    plan = plans.Plan((plans.Stage("all", 2, (("identity", 0.1),)),))
    refiner = Refiner(objective.Objective(renderer, WEIGHTS), LAYOUT, plan)
    refiner._stages[0].objective = Kinked(renderer, WEIGHTS)
    with pytest.raises(SearchError, match="gradient of the loss photometric"):
        refiner.run(truth(), photo)


def test_plans_share_steps_out_and_refuse_nonsense():
    assert PLAN.shared_out(None) == [60, 200]
    assert PLAN.shared_out(13) == [3, 10] and PLAN.shared_out(0) == [0, 0]
    with pytest.raises(ConfigError, match="steps must not be negative"):
        PLAN.shared_out(-1)
    with pytest.raises(ConfigError, match="rates: that of light must be positive"):
        plans.Stage("s", 1, (("light", 0.0),))
    with pytest.raises(ConfigError, match="steps: must not be negative"):
        plans.Stage("s", -1, ())
    with pytest.raises(ConfigError, match="moves 'hair'; there is only identity"):
        plans.Stage("s", 1, (("hair", 0.1),)).rates_of(LAYOUT)
