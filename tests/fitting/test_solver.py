import dataclasses

import numpy as np
import tensorflow as tf

from face2param.fitting import presets
from face2param.fitting.search import Descent
from face2param.fitting.solver import Solver
from tests.fitting import toy

SHORT = dataclasses.replace(
    presets.DEFAULT,
    shape=dataclasses.replace(presets.DEFAULT.shape, descent=Descent(60, 0.05, decay=0.97)),
    rough=dataclasses.replace(presets.DEFAULT.rough, descent=Descent(25, 0.05)),
    main=dataclasses.replace(presets.DEFAULT.main, descent=Descent(40, 0.05, decay=0.96)),
    correction=dataclasses.replace(presets.DEFAULT.correction, descent=Descent(15, 0.02)),
    rounds=1,
)


def solver(preset=SHORT):
    return Solver(toy.toy_schema(), toy.callables(), preset, toy.prior(), toy.limits())


def photographs(*characters):
    parts = [toy.photograph(encoded, pose) for encoded, pose in characters]
    return {name: tf.concat([part[name] for part in parts], 0) for name in parts[0]}


def drawn_photograph(encoded, pose):
    """A photograph that comes from the 'engine', not from the imitator."""
    photo = toy.photograph(encoded, pose)
    drawn, neutral = toy.draw(encoded, pose), toy.draw(encoded, 0 * pose)
    from face2param.fitting.measures import measure

    seen = measure(
        tf.constant(drawn["image"]),
        tf.constant(drawn["landmarks"]),
        tf.constant(drawn["regions"]),
        toy.NAMES,
        toy.embed,
    )
    descriptor = toy.embed(tf.constant(neutral["image"]), None)
    return photo | seen | {"descriptor": descriptor}


def test_shape_stage_separates_smile_from_width():
    truth = toy.encode(width=0.8, nose_length=0.2)
    photo = toy.photograph(truth, toy.nuisance(smile=0.7))
    values, nuisance, fitted = solver().shape(photo["landmarks"].numpy())
    np.testing.assert_allclose(values[0, :2], [0.8, 0.2], atol=0.1)
    assert abs(nuisance[0, 0] - 0.7) < 0.15
    assert np.abs(fitted - photo["landmarks"].numpy()).max() < 2


def test_solves_two_photographs_with_different_hair_in_one_batch():
    truths = [
        toy.encode(width=0.7, skin_tone=0.2, hair_tone=0.9, hair="tall"),
        toy.encode(width=0.4, skin_tone=0.8, hair="bald"),
    ]
    photo = photographs(*((truth, toy.nuisance(smile=0.3)) for truth in truths))
    run = solver()
    values, nuisance, _ = run.shape(photo["landmarks"].numpy())
    first, second = run.solve(photo, values, nuisance, toy.draw)
    assert first.candidates[0].character["hair"] == "tall"
    assert second.candidates[0].character["hair"] == "bald"
    np.testing.assert_allclose(first.values[2], 0.2, atol=0.12)
    np.testing.assert_allclose(second.values[2], 0.8, atol=0.12)
    scores = [candidate.score for candidate in first.candidates]
    assert scores == sorted(scores) and len(scores) == 2 * SHORT.finalists
    assert [row.iteration for row in first.course] == list(range(len(first.course)))
    assert {row.stage for row in first.course} == {"rough", "main", "correction"}
    assert set(run.seconds) == {"shape", "rough", "choices", "main", "engine", "correction"}


def test_corrections_make_the_engines_picture_match_not_the_imitation():
    """The 'engine' is brighter than the imitator; the correction must see through that."""
    truth = toy.encode(width=0.6, skin_tone=0.5, hair_tone=0.4)
    photo = drawn_photograph(truth, toy.nuisance())
    uncorrected = dataclasses.replace(SHORT, correction=None, rounds=0)
    errors = {}
    for name, preset in (("without", uncorrected), ("with", SHORT)):
        run = solver(preset)
        (found,) = run.solve(photo, *run.start(1), toy.draw)
        errors[name] = abs(float(found.values[2]) - 0.5)
    assert errors["with"] < 0.6 * errors["without"]


def test_a_detector_that_is_misled_by_the_drawing_does_not_bend_the_face():
    truth = toy.encode(width=0.6)
    photo = toy.photograph(truth, toy.nuisance())

    def misled(values, pose):
        drawn = toy.draw(values, pose)
        drawn["landmarks"][:, 27:36] += 25
        return drawn

    run = solver(dataclasses.replace(SHORT, size=64))
    (found,) = run.solve(photo, *run.start(1), misled)
    assert abs(found.values[0] - 0.6) < 0.1 and abs(found.values[1] - 0.5) < 0.35


def test_paper_preset_runs_with_its_own_two_terms_only():
    paper = dataclasses.replace(
        presets.PAPER,
        main=dataclasses.replace(presets.PAPER.main, descent=Descent(5, 1.0, adam=False)),
    )
    callables = dataclasses.replace(
        toy.callables(), content=lambda images: tf.nn.avg_pool2d(images, 8, 8, "VALID")
    )
    run = Solver(toy.toy_schema(), callables, paper, toy.prior(), toy.limits())
    photo = toy.photograph(toy.encode(width=0.6), toy.nuisance())
    drawn = toy.imitate(tf.constant(toy.encode(width=0.6)), tf.constant(toy.nuisance()), ("image",))
    photo["content"] = callables.content(drawn["image"])
    (found,) = run.solve(photo, *run.start(1), toy.draw)
    assert list(found.course[0].terms) == ["identity", "content"]
    assert len(found.candidates) == 1


def test_the_estimators_answer_stands_for_the_decision_and_can_win():
    """Two photographs: one answer is the truth itself, the other is far off."""
    truths = [
        drawn_photograph(toy.encode(width=0.7, skin_tone=0.2, hair="tall"), toy.nuisance()),
        drawn_photograph(toy.encode(width=0.4, skin_tone=0.8, hair="bald"), toy.nuisance()),
    ]
    photo = {name: tf.concat([part[name] for part in truths], 0) for name in truths[0]}
    given = np.concatenate(
        [toy.encode(width=0.7, skin_tone=0.2, hair="tall"), toy.encode(width=0.9, hair="tall")]
    )
    run = solver()
    _, poses = run.start(2)
    right, wrong = run.solve(photo, *run.start(2), toy.draw, first=(given, poses))
    assert right.candidates[0].origin == "one shot"
    np.testing.assert_array_equal(right.values, given[0])
    assert right.candidates[0].objective < right.candidates[1].objective
    assert wrong.candidates[0].origin == "search"
    (beaten,) = (c for c in wrong.candidates if c.origin == "one shot")
    assert beaten.character["width"] == np.float32(0.9)
    assert len(wrong.candidates) == 2 * SHORT.finalists + 1


def test_the_prior_expects_the_person_whom_the_estimator_saw():
    """Landmarks say little about the length of a nose with so strong a prior."""
    photo = toy.photograph(toy.encode(width=0.6, nose_length=0.5), toy.nuisance())
    marks = photo["landmarks"].numpy()
    stage = SHORT.shape
    strong = dataclasses.replace(stage, weights=dataclasses.replace(stage.weights, prior=100.0))
    run = solver(dataclasses.replace(SHORT, shape=strong))
    _, pose = run.start(1)
    average, _, _ = run.shape(marks)
    expected, _, _ = run.shape(marks, start=(toy.encode(width=0.6, nose_length=0.9), pose))
    assert expected[0, 1] > 0.8 > average[0, 1]
