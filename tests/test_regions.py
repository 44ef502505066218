import numpy as np
import pytest

from face2param import regions


def test_swap_is_an_involution_that_exchanges_sides():
    np.testing.assert_array_equal(regions.SWAP[regions.SWAP], np.arange(19))
    left = [name for name in regions.CLASSES if name in ("l_brow", "l_eye", "l_ear")]
    for name in left:
        assert regions.CLASSES[regions.SWAP[regions.INDEX[name]]] == "r" + name[1:]


def test_merging_keeps_the_sum_and_joins_the_eyes():
    probabilities = np.random.default_rng(0).dirichlet(np.ones(19), (4, 5))
    merged = regions.merge_probabilities(probabilities)
    np.testing.assert_allclose(merged.sum(-1), 1)
    np.testing.assert_allclose(
        merged[..., regions.MERGED.index("eyes")], probabilities[..., 4] + probabilities[..., 5]
    )


def test_upper_and_lower_lip_are_not_confused_with_a_side():
    assert regions.SWAP[regions.INDEX["l_lip"]] == regions.INDEX["l_lip"]


def test_colours_are_distinct_and_ignore_is_black():
    assert len({tuple(colour) for colour in regions.COLOURS}) == 19
    picture = regions.colourise(np.array([[regions.IGNORE, 1]], np.uint8))
    assert picture[0, 0].max() == 0
    np.testing.assert_allclose(picture[0, 1] * 255, regions.COLOURS[1])


def test_the_vote_takes_the_most_frequent_region_and_favours_small_ones():
    skin, eye, ignore = regions.INDEX["skin"], regions.INDEX["l_eye"], regions.IGNORE
    labels = np.array(
        [
            [skin, skin, skin, skin, ignore, ignore],
            [eye, skin, eye, eye, ignore, ignore],
            [ignore, eye, skin, skin, skin, 0],
            [skin, ignore, skin, 0, 0, 0],
        ],
        np.uint8,
    )
    merged = {name: i for i, name in enumerate(regions.MERGED)}
    expected = [
        [merged["skin"], merged["eyes"], ignore],
        [merged["eyes"], merged["skin"], merged["background"]],
    ]
    np.testing.assert_array_equal(regions.vote(labels, (2, 3)), expected)
    batch = regions.vote(np.stack([labels, labels]), (2, 3))
    np.testing.assert_array_equal(batch[1], expected)
    with pytest.raises(ValueError, match="must divide"):
        regions.vote(labels, (3, 3))
