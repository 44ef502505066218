import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from face2param.fitting import choices, presets, reasons
from face2param.fitting.measures import measure
from face2param.fitting.objective import compare
from face2param.fitting.result import Candidate
from tests.fitting import toy
from tests.fitting.test_solver import photographs, solver


def candidate(score, parts, evidence=None, **by_name):
    character = toy.toy_schema().character(**by_name)
    return Candidate(character, np.zeros(2, np.float32), score, {}, parts, evidence or {})


def test_parts_add_up_to_the_score():
    photo = photographs((toy.encode(width=0.8, hair="tall"), toy.nuisance()))
    drawn = toy.draw(toy.encode(skin_tone=0.9), toy.nuisance())
    tensors = {name: tf.constant(part) for name, part in drawn.items()}
    found = measure(*(tensors[n] for n in ("image", "landmarks", "regions")), toy.NAMES, toy.embed)
    weights = presets.DEFAULT.decision
    computed = compare(photo, found, weights.active())
    named = reasons.parts(photo, found, computed, weights)
    factors = dataclasses.asdict(weights)
    total = sum(factors[name] * float(value[0]) for name, value in computed.items())
    assert sum(float(value[0]) for value in named.values()) == pytest.approx(total, rel=1e-4)
    assert named["hair outline"][0] > 0.05 and named["skin colour"][0] > 0.02


def test_the_winner_is_explained_by_its_largest_gains_over_other_options():
    best = candidate(0.5, {"hair outline": 0.10, "beard colour": 0.20, "identity": 0.2})
    again = candidate(0.51, {"hair outline": 0.11, "beard colour": 0.20, "identity": 0.2})
    other = candidate(
        0.55,
        {"hair outline": 0.13, "beard colour": 0.205, "identity": 0.1},
        {"hair": 0.015},
        hair="bald",
    )
    text = reasons.decided([best, again, other])
    assert text == "hair outline +0.030, hair as read +0.015, beard colour +0.005 over bald"
    assert reasons.against(best, best) == ""
    assert reasons.against(again, best) == "hair outline 0.010 worse"
    alike = candidate(0.5, dict(best.parts))
    assert reasons.against(alike, best) == "nothing in particular"


def test_no_rival_and_no_difference_are_said_plainly():
    best = candidate(0.5, {"identity": 0.1})
    assert reasons.decided([best, best]) == "no other options than short came that far"
    rival = candidate(0.5, {"identity": 0.1}, hair="bald")
    assert reasons.decided([best, rival]) == "by a hair over bald"


def test_solver_keeps_parts_and_evidence_and_the_file_tells_them():
    photo = photographs((toy.encode(hair="tall"), toy.nuisance()))
    known = choices.Knowledge({"hair": np.array([[0.03, 0.0, 0.05]])})
    run = solver()
    values, nuisance, _ = run.shape(photo["landmarks"].numpy())
    (found,) = run.solve(photo, values, nuisance, toy.draw, knowledge=known)
    costs = {"short": 0.03, "tall": 0.0, "bald": 0.05}
    for each in found.candidates:
        assert each.evidence["hair"] == pytest.approx(costs[each.choices["hair"]])
        total = sum(each.parts.values()) + sum(each.evidence.values())
        assert each.score == pytest.approx(total, rel=1e-3)
    assert found.candidates[0].choices == {"hair": "tall"}
    assert "over" in reasons.decided(found.candidates)
