import numpy as np

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
