"""Pyramids, the atlas and its samples."""

import numpy as np
import pytest

from face2param.engines.rigged import textures
from face2param.engines.rigged.layers import srgb_decode, srgb_encode

RNG = np.random.default_rng(0)


def look_up(pixels, u, v, detail=-20.0, wrap=("clamp", "clamp"), is_colour=False):
    made = textures.atlas([textures.pyramid(pixels, 0, is_colour, True)], [wrap])
    out = np.zeros(5)
    decode = textures.DECODE if is_colour else textures.PLAIN
    textures.sample(made, 0, u, v, detail, decode, out)
    alpha = textures.sample_alpha(made, 0, u, v, detail)
    assert alpha == pytest.approx(out[3], abs=1e-6)
    return out[:4]


def test_samples_are_bilinear_between_texel_centres():
    pixels = RNG.integers(0, 256, (4, 5, 3), np.uint8)
    np.testing.assert_allclose(look_up(pixels, 2.5 / 5, 1.5 / 4)[:3] * 255, pixels[1, 2], atol=1e-3)
    between = (pixels[1, 2].astype(float) + pixels[1, 3]) / 2
    np.testing.assert_allclose(look_up(pixels, 3.0 / 5, 1.5 / 4)[:3] * 255, between, atol=1e-3)


@pytest.mark.parametrize(
    ("wrap", "u", "column"),
    [("clamp", 1.7, 4), ("clamp", -0.6, 0), ("repeat", 1.5, 2), ("repeat", -0.1, 4),
     ("mirror", 1.1, 4), ("mirror", -0.1, 0), ("mirror", 2.3, 1)],
)  # fmt: skip
def test_wraps(wrap, u, column):
    pixels = RNG.integers(0, 256, (4, 5, 3), np.uint8)
    found = look_up(pixels, u, 0.5 / 4, wrap=(wrap, "clamp"))
    np.testing.assert_allclose(found[:3] * 255, pixels[0, column], atol=1e-3)


def test_a_far_texture_is_its_mean_in_linear_light():
    pixels = RNG.integers(0, 256, (16, 16, 3), np.uint8)
    mean = srgb_decode(pixels / 255).mean((0, 1))
    # Each halving rounds to 8 bits.
    np.testing.assert_allclose(
        srgb_encode(look_up(pixels, 0.3, 0.3, 5.0, is_colour=True)[:3]),
        srgb_encode(mean),
        atol=2 / 255,
    )


def test_detail_chooses_the_size():
    pixels = np.zeros((8, 8, 3), np.uint8)
    pixels[:, ::2] = 255
    # One texel is 1/8 of the texture: detail -3 is the finest size, -2 the next.
    assert look_up(pixels, 0.5 / 8, 0.5, -3.0)[0] == pytest.approx(1.0)
    assert look_up(pixels, 0.5 / 8, 0.5, -2.0)[0] == pytest.approx(0.5, abs=0.01)
    assert look_up(pixels, 0.5 / 8, 0.5, -2.5)[0] == pytest.approx(0.75, abs=0.01)


def test_clear_texels_do_not_colour_their_neighbours():
    pixels = np.zeros((8, 8, 4), np.uint8)
    pixels[..., 1] = 255  # clear green
    pixels[:, ::2] = (200, 0, 0, 255)
    for detail in (-3.0, -2.5, -1.0, 0.0):
        found = look_up(pixels, 0.4, 0.4, detail)
        assert found[0] == pytest.approx(200 / 255, abs=0.01)
        assert found[1] < 0.01
    assert look_up(pixels, 0.4, 0.4, 0.0)[3] == pytest.approx(0.5, abs=0.01)


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 3), (6, 13)])
def test_odd_sizes_come_down_to_one_texel(size):
    pixels = np.full((*size, 3), 99, np.uint8)
    levels = textures.pyramid(pixels, 0, True, False)
    assert levels[-1].shape == (1, 1, 4)
    for level in levels:
        np.testing.assert_array_equal(level, np.broadcast_to((99, 99, 99, 255), level.shape))
    assert len(textures.pyramid(pixels, 99, True, False)) == 1


def test_alpha_is_left_out_where_it_means_nothing():
    pixels = np.full((4, 4, 4), 10, np.uint8)
    assert (textures.pyramid(pixels, 0, True, False)[0][..., 3] == 255).all()
    assert (textures.pyramid(pixels, 0, True, True)[0][..., 3] == 10).all()


def test_masks_shrink_by_means():
    mask = RNG.integers(0, 256, (9, 8, 1), np.uint8)
    small = textures.shrink_mask(mask, 1)
    assert small.shape == (4, 4, 1)
    assert small[1, 2, 0] == int(mask[2:4, 4:6].astype(int).sum() / 4 + 0.5)
    assert textures.shrink_mask(mask, 9).shape == (1, 1, 1)


def test_the_shelf_forgets_the_oldest_and_keeps_sources_alive():
    shelf, made = textures.Shelf(2000), []

    def make(name):
        def inner():
            made.append(name)
            return [np.zeros(800, np.uint8)]

        return inner

    for name in "abacb":
        shelf.get(name, object(), make(name))
    # a, b fit; c drops b, the one not asked for longest.
    assert made == ["a", "b", "c", "b"]
