import numpy as np
import pytest

from face2param.fitting import choices
from face2param.fitting.held import Held
from face2param.fitting.search import Descent, value_rates
from tests.fitting import toy
from tests.fitting.test_solver import SHORT, photographs, solver

FAMILY = toy.toy_schema()


def test_apply_sets_sliders_and_replaces_forbidden_options_only():
    held = Held(FAMILY, {"width": 0.9}, {"hair": ("tall", "bald")})
    values = np.concatenate([toy.encode(), toy.encode(hair="bald")])
    found = held.apply(values)
    np.testing.assert_allclose(found[:, 0], 0.9)
    assert [FAMILY.decode(row)["hair"] for row in found] == ["tall", "bald"]
    assert values[0, 0] == 0.5


def test_moves_holds_sliders_forbidden_options_and_single_options():
    several = Held(FAMILY, {"skin_tone": 0.1}, {"hair": ("tall", "bald")}).moves()
    np.testing.assert_array_equal(several, [1, 1, 0, 1, 0, 1, 1])
    single = Held(FAMILY, {}, {"hair": ("tall",)}).moves()
    np.testing.assert_array_equal(single, [1, 1, 1, 1, 0, 0, 0])
    free = value_rates(FAMILY, Descent(1, 0.1, choices=True)) * Held(FAMILY).moves()
    np.testing.assert_array_equal(free, 1)


def test_restrict_forbids_options_and_keeps_variants_off_held_sliders():
    known = choices.Knowledge(
        {"hair": np.array([[0.1, 0.2, 0.3]])}, {"hair": np.full((2, 7), 0.7, np.float32)}
    )
    found = Held(FAMILY, {"width": 0.9}, {"hair": ("short",)}).restrict(known, 1)
    np.testing.assert_array_equal(found.costs["hair"], [[0.1, np.inf, np.inf]])
    assert np.isnan(found.variants["hair"][:, 0]).all()
    np.testing.assert_allclose(found.variants["hair"][:, 1:], 0.7)
    np.testing.assert_allclose(known.variants["hair"], 0.7)


def test_combinations_never_take_a_forbidden_option():
    scores = {"hair": np.array([[0.3, np.inf, 0.1]]), "beard": np.array([[np.inf, 0.2]])}
    (found,) = choices.combinations(scores, 4)
    assert {(pair[0]["hair"], pair[0]["beard"]) for pair in found} == {(2, 1), (0, 1)}


@pytest.mark.parametrize("options", [("short",), ("short", "tall")])
def test_a_search_leaves_held_values_alone_and_fits_the_rest(options):
    truth = toy.encode(width=0.8, skin_tone=0.2, hair="bald")
    photo = photographs((truth, toy.nuisance()))
    held = Held(FAMILY, {"skin_tone": 0.75}, {"hair": options})
    run = solver()
    values, nuisance, _ = run.shape(photo["landmarks"].numpy(), held=held)
    assert values[0, 2] == np.float32(0.75)
    (found,) = run.solve(photo, values, nuisance, toy.draw, held=held)
    for candidate in found.candidates:
        assert candidate.character["skin_tone"] == pytest.approx(0.75)
        assert candidate.character["hair"] in options
    assert found.candidates[0].character["width"] > 0.65
    (free,) = run.solve(photo, *run.start(1), toy.draw)
    assert free.candidates[0].character["hair"] == "bald"
    assert free.candidates[0].character["skin_tone"] < 0.4
    assert SHORT.ranking is not None
