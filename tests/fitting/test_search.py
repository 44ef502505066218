import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from face2param.errors import SearchError
from face2param.fitting.objective import Callables, Objective, Weights
from face2param.fitting.search import Descent, Search, value_rates
from tests.fitting import toy

WEIGHTS = Weights(landmarks=6.0, regions=1.0, zones=2.0, hair=1.0, identity=0.5)


def search(weights=WEIGHTS, callables=None, **descent):
    settings = {"iterations": 120, "rate": 0.05, "decay": 0.98} | descent
    objective = Objective(toy.toy_schema(), callables or toy.callables(), weights, toy.prior())
    return Search("main", objective, Descent(**settings), toy.limits())


def test_recovers_the_character_and_leaves_the_smile_to_the_nuisance():
    truth = toy.encode(width=0.8, nose_length=0.3, skin_tone=0.7, hair_tone=0.2)
    photo = toy.photograph(truth, toy.nuisance(smile=0.6, yaw=0.2))
    found = search().run(toy.encode(), toy.nuisance(), photo)
    np.testing.assert_allclose(found.values[0], truth[0], atol=0.04)
    np.testing.assert_allclose(found.nuisance[0], [0.6, 0.2], atol=0.05)
    assert found.totals[-1, 0] < 0.05 * found.totals[0, 0]
    assert found.history.shape == (120, 5, 1)


def test_batch_equals_single_searches():
    photos = [toy.photograph(toy.encode(width=w), toy.nuisance()) for w in (0.2, 0.9)]
    both = {name: tf.concat([p[name] for p in photos], 0) for name in photos[0]}
    run = search(iterations=10)
    start = np.repeat(toy.encode(), 2, 0), np.repeat(toy.nuisance(), 2, 0)
    together = run.run(*start, both)
    for row, photo in enumerate(photos):
        alone = run.run(toy.encode(), toy.nuisance(), photo)
        np.testing.assert_allclose(together.values[row], alone.values[0], atol=1e-4)


def test_progress_in_chunks_changes_nothing():
    photo = toy.photograph(toy.encode(width=0.9), toy.nuisance())
    run = search(iterations=25)
    calls = []
    chunked = run.run(
        toy.encode(), toy.nuisance(), photo, progress=lambda *args: calls.append(args)
    )
    whole = run.run(toy.encode(), toy.nuisance(), photo)
    np.testing.assert_allclose(chunked.values, whole.values, atol=1e-5)
    assert [call[:2] for call in calls] == [("main", 10), ("main", 20), ("main", 25)]
    np.testing.assert_allclose(calls[-1][2], whole.totals[-1].mean(), rtol=1e-3)
    np.testing.assert_array_equal(calls[-1][3], chunked.values[0])
    np.testing.assert_array_equal(calls[-1][4], chunked.nuisance[0])


def test_stays_inside_the_limits():
    truth = toy.encode()
    photo = toy.photograph(truth, toy.nuisance(yaw=1.0))
    found = search(Weights(landmarks=1.0), rate=0.5, iterations=20).run(
        toy.encode(), toy.nuisance(), photo
    )
    assert found.values.min() >= 0 and found.values.max() <= 1
    np.testing.assert_allclose(found.nuisance[0, 1], 0.5, atol=1e-6)


def test_choices_move_only_when_asked_and_find_the_hairstyle():
    photo = toy.photograph(toy.encode(hair="tall"), toy.nuisance())
    start = toy.encode()
    fixed = search(iterations=5).run(start, toy.nuisance(), photo)
    np.testing.assert_allclose(fixed.values[0, 4:], start[0, 4:])
    start[0, 4:] = 1 / 3
    free = search(Weights(regions=1.0), choices=True, beta=10.0, iterations=60)
    found = free.run(start, toy.nuisance(), photo)
    assert toy.toy_schema().decode(found.values[0])["hair"] == "tall"


def test_paper_descent_takes_the_papers_first_step():
    photo = toy.photograph(toy.encode(width=0.6), toy.nuisance())
    run = search(Weights(landmarks=1.0), adam=False, rate=0.5, iterations=1, nuisance_rate=0.0)
    start = tf.constant(toy.encode())
    with tf.GradientTape() as tape:
        tape.watch(start)
        total = run.objective.total(
            run.objective(start, tf.constant(toy.nuisance()), photo, {}, 100.0)
        )
    wanted = start[0, 0] - 0.5 * tape.gradient(total, start)[0, 0]
    found = run.run(toy.encode(), toy.nuisance(), photo)
    np.testing.assert_allclose(found.values[0, 0], wanted, rtol=1e-4)
    np.testing.assert_allclose(found.nuisance, 0)


def test_groups_hold_the_rest():
    descent = Descent(1, 0.1, groups=("nose",))
    np.testing.assert_array_equal(value_rates(toy.toy_schema(), descent), [0, 1, 0, 0, 0, 0, 0])


def test_a_value_that_is_no_number_names_its_term_and_iteration():
    photo = toy.photograph(toy.encode(width=0.9), toy.nuisance())
    photo["descriptor"] = photo["descriptor"] * np.nan
    with pytest.raises(SearchError, match=r"value of term identity .* iteration 0 .*'main'"):
        search().run(toy.encode(), toy.nuisance(), photo)


def test_a_broken_gradient_names_its_term():
    @tf.custom_gradient
    def poison(x):
        return x, lambda upstream: upstream * np.nan

    broken = Callables(toy.imitate, lambda i, p: poison(toy.embed(i, p)))
    photo = toy.photograph(toy.encode(width=0.9), toy.nuisance())
    with pytest.raises(SearchError, match=r"gradient of term identity "):
        search(callables=broken).run(toy.encode(), toy.nuisance(), photo)


def test_corrections_are_added_to_the_imitation():
    photo = toy.photograph(toy.encode(), toy.nuisance())
    objective = search().objective
    values, pose = tf.constant(toy.encode()), tf.constant(toy.nuisance())
    assert float(objective(values, pose, photo, {}, 100.0)["zones"][0]) < 1e-5
    shift = {"zones": 0.1 * tf.ones_like(photo["zones"])}
    assert float(objective(values, pose, photo, shift, 100.0)["zones"][0]) > 0.05


def test_terms_of_weight_zero_are_not_computed():
    def refuse(images, landmarks):
        raise AssertionError("the identity network was called")

    objective = search(dataclasses.replace(WEIGHTS, identity=0.0)).objective
    objective = dataclasses.replace(objective, callables=Callables(toy.imitate, refuse))
    photo = toy.photograph(toy.encode(), toy.nuisance())
    found = objective(tf.constant(toy.encode()), tf.constant(toy.nuisance()), photo, {}, 100.0)
    assert "identity" not in found and list(found) == ["landmarks", "regions", "zones", "hair"]


def test_quiet_measures_do_not_see_the_expression_but_keep_the_pose():
    objective = dataclasses.replace(search().objective, quiet=("zones", "descriptor"))
    values, smiling = tf.constant(toy.encode()), tf.constant(toy.nuisance(smile=0.8, yaw=0.3))
    np.testing.assert_allclose(objective.without_expression(smiling), [[0.0, 0.3]], atol=1e-6)
    found = objective.imitation(values, smiling, 100.0)
    calm = objective.imitation(values, tf.constant(toy.nuisance(yaw=0.3)), 100.0)
    np.testing.assert_allclose(found["zones"], calm["zones"], atol=1e-6)
    assert np.abs(found["landmarks"] - calm["landmarks"]).max() > 1


def test_a_lopsided_expression_costs_more_than_an_even_one():
    pair = dataclasses.replace(
        toy.prior(), expression=tf.ones(2), pose=tf.zeros(2), partner=tf.constant([1, 0])
    )
    objective = dataclasses.replace(search(Weights(expression=1.0)).objective, prior=pair)
    values = tf.constant(np.repeat(toy.encode(), 2, 0))
    pose = tf.constant([[0.4, 0.4], [0.8, 0.0]])
    even, lopsided = objective(values, pose, {}, {}, 100.0)["expression"].numpy()
    assert abs(even - 0.8) < 1e-6 and lopsided > 2


def test_colours_of_the_quiet_face_do_not_turn_the_head():
    photo = toy.photograph(toy.encode(skin_tone=0.9), toy.nuisance())
    quiet = ("regions", "zones", "hair", "appearance", "descriptor")
    weights = Weights(regions=1.0, zones=1.0, identity=1.0)
    objective = Objective(toy.toy_schema(), toy.callables(), weights, toy.prior(), quiet=quiet)
    values, pose = tf.constant(toy.encode()), tf.constant(toy.nuisance(smile=0.2, yaw=0.1))
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch((values, pose))
        total = objective.total(objective(values, pose, photo, {}, 100.0))
    dx, dz = tape.gradient(total, (values, pose), unconnected_gradients="zero")
    np.testing.assert_array_equal(dz, 0)
    assert np.abs(dx).max() > 1e-3
