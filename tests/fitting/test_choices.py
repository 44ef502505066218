import numpy as np

from face2param.fitting import choices
from face2param.schema import Choice, Continuous, Schema

FAMILY = Schema(
    "two",
    "1",
    (Continuous("size", "face"),),
    (
        Choice("hair", "hair", ("a", "b", "c"), "a"),
        Choice("beard", "beard", ("none", "full"), "none"),
    ),
)


def costs(values):
    """Hair b is best; the beard pays only together with hair b."""
    hair, beard = values[:, 1:4], values[:, 4:6]
    return hair @ [0.5, 0.1, 0.3] + beard[:, 1] * (0.2 - 0.4 * hair[:, 1])


def test_with_options_differs_in_one_block_only():
    values = FAMILY.encode([FAMILY.neutral()] * 2)
    tried = choices.with_options(values, FAMILY, "hair")
    assert tried.shape == (2, 3, 6)
    np.testing.assert_array_equal(tried[0, :, 1:4], np.eye(3))
    np.testing.assert_array_equal(tried[:, :, 4:], np.repeat(values[:, None, 4:], 3, 1))


def test_rank_finds_a_pair_that_only_works_together():
    start = FAMILY.encode([FAMILY.neutral()] * 2)
    found = choices.rank(start, np.zeros((2, 0)), FAMILY, lambda v, n: costs(v), sweeps=2)
    for row in found.values:
        assert FAMILY.decode(row)["hair"] == "b" and FAMILY.decode(row)["beard"] == "full"
    assert found.scores["hair"].shape == (2, 3) and found.scores["beard"].shape == (2, 2)
    np.testing.assert_array_equal(start, FAMILY.encode([FAMILY.neutral()] * 2))


def test_rank_adds_what_is_known_and_takes_the_sliders_of_the_best_variant():
    start = FAMILY.encode([FAMILY.neutral()] * 2)
    known = choices.Knowledge(
        costs={"hair": np.array([[0.0, 1.0, 0.0], [0.0, 0.0, 0.0]])},
        variants={"beard": np.array([[0.2, *[np.nan] * 5], [0.9, *[np.nan] * 5]])},
    )

    def score(values, nuisance):
        # A beard suits a large face.
        return costs(values) + values[:, 5] * (0.5 - values[:, 0])

    found = choices.rank(start, np.zeros((2, 0)), FAMILY, score, known)
    assert [FAMILY.decode(row)["hair"] for row in found.values] == ["c", "b"]
    assert FAMILY.decode(found.values[1])["beard"] == "full"
    np.testing.assert_allclose(found.values[1, 0], 0.9)
    np.testing.assert_allclose(found.settings["beard"][1, 1], [0.9, *[np.nan] * 5])
    again = choices.apply(start[1], FAMILY, {"beard": 1}, {"beard": found.settings["beard"][1]})
    np.testing.assert_allclose(again, [0.9, 1, 0, 0, 0, 1])


def test_combinations_come_best_first_and_wrap_around():
    scores = {"hair": np.array([[0.4, 0.1, 0.2]]), "beard": np.array([[0.0, 0.15]])}
    (listed,) = choices.combinations(scores, 8)
    assert listed[0] == ({"hair": 1, "beard": 0}, 0.0)
    assert listed[1][0] == {"hair": 2, "beard": 0}
    assert listed[2][0] == {"hair": 1, "beard": 1}
    losses = [loss for _, loss in listed[:6]]
    assert losses == sorted(losses)
    assert listed[6] == listed[0]


def test_apply_sets_blocks_and_leaves_the_original():
    row = FAMILY.encode(FAMILY.neutral())[0]
    found = choices.apply(row, FAMILY, {"hair": 2, "beard": 1})
    np.testing.assert_array_equal(found[1:], [0, 0, 1, 0, 1])
    np.testing.assert_array_equal(row[1:], [1, 0, 0, 1, 0])
