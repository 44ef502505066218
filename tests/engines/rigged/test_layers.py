"""Makeup layers against values computed by hand, as layers.py writes them down."""

import colorsys
import dataclasses

import numpy as np
import pytest

from face2param.engines.rigged import layers
from face2param.engines.rigged.head_file import Layer

BASE = np.full((4, 4, 3), (128, 64, 32), np.uint8)
FULL = np.full((2, 2, 1), 255, np.uint8)
# Linear colours whose display values are 0.5, 1 and 0.25.
PAINT = tuple(float(x) for x in layers.srgb_decode([0.5, 1.0, 0.25]))


def paint(layer, mask=FULL, base=BASE, size=None):
    size = size or base.shape[:2]
    return layers.compose(base, [layer], layers.pack([mask]), size)


def colour(layer, mask=FULL, base=BASE):
    return paint(layer, mask, base)[1, 1, :3] / 255.0


def test_srgb_is_that_of_the_standard_and_inverts():
    values = np.linspace(0, 1, 256)
    np.testing.assert_allclose(layers.srgb_encode(layers.srgb_decode(values)), values, atol=1e-12)
    # IEC 61966-2-1: linear 0.18 (middle grey) is display 0.4614, 0.002 is 12.92 times itself.
    assert layers.srgb_encode(0.18) == pytest.approx(0.46135, abs=1e-4)
    assert layers.srgb_encode(0.002) == pytest.approx(0.02584)


@pytest.mark.parametrize(
    ("blend", "expected"),
    [
        ("normal", lambda b, c: c),
        ("multiply", lambda b, c: b * c),
        ("linear_light", lambda b, c: np.clip(b + 2 * c - 1, 0, 1)),
    ],
)
def test_blends(blend, expected):
    base, paint_colour = np.array([128, 64, 32]) / 255, np.array([0.5, 1.0, 0.25])
    whole = colour(Layer("x", "m", PAINT, 1.0, blend))
    np.testing.assert_allclose(whole, expected(base, paint_colour), atol=0.5 / 255)
    half = colour(Layer("x", "m", PAINT, 0.5, blend))
    wanted = (
        base
        + 0.5
        * {
            "normal": paint_colour - base,
            "multiply": base * paint_colour - base,
            "linear_light": 2 * paint_colour - 1,
        }[blend]
    )
    np.testing.assert_allclose(half, np.clip(wanted, 0, 1), atol=0.51 / 255)


def test_amount_and_mask_multiply_and_nothing_changes_without_them():
    grey = np.full((3, 3, 1), 51, np.uint8)  # 0.2
    found = colour(Layer("x", "m", (1.0, 1.0, 1.0), 0.5), grey)
    np.testing.assert_allclose(found, BASE[0, 0] / 255 * 0.9 + 0.1, atol=0.51 / 255)
    for layer, mask in ((Layer("x", "m", amount=0.0), FULL), (Layer("x", "m"), FULL * 0)):
        np.testing.assert_array_equal(paint(layer, mask)[..., :3], BASE)


def test_alpha_of_the_base_stays():
    base = np.dstack([BASE, np.full((4, 4), 77, np.uint8)])
    assert (paint(Layer("x", "m"), base=base)[..., 3] == 77).all()


def test_mask_with_colours_is_tinted():
    coloured = np.full((2, 2, 4), (255, 128, 0, 102), np.uint8)  # alpha 0.4
    found = colour(Layer("x", "m", PAINT), coloured)
    tint = np.array([0.5, 1.0, 0.25]) * [1, 128 / 255, 0]
    np.testing.assert_allclose(found, BASE[0, 0] / 255 * 0.6 + tint * 0.4, atol=0.51 / 255)
    solid = colour(Layer("x", "m", PAINT), coloured[..., :3])
    np.testing.assert_allclose(solid, tint, atol=0.51 / 255)


@pytest.mark.parametrize("shift", [(0.25, 0, 0), (-0.7, 0.1, 0), (0, -0.3, 0.2), (0.4, 1, 1)])
def test_hue_saturation_and_value_shift_like_colorsys(shift):
    rng = np.random.default_rng(0)
    for display in (*rng.random((20, 3)), (0.5, 0.5, 0.5), (0, 0, 0)):
        layer = Layer("x", "m", tuple(float(x) for x in layers.srgb_decode(display)))
        layer = dataclasses.replace(
            layer, **dict(zip(("hue", "saturation", "value"), shift, strict=True))
        )
        h, s, v = colorsys.rgb_to_hsv(*display)
        h = (h + shift[0]) % 1.0
        wanted = colorsys.hsv_to_rgb(h, np.clip(s + shift[1], 0, 1), np.clip(v + shift[2], 0, 1))
        np.testing.assert_allclose(colour(layer), wanted, atol=0.52 / 255)


def dot(size=32, row=8, column=16):
    mask = np.zeros((size, size, 1), np.uint8)
    mask[row - 2 : row + 2, column - 2 : column + 2] = 255
    return mask


def centre(picture):
    changed = np.argwhere((picture[..., :3] != BASE[0, 0]).any(-1)) + 0.5
    return changed.mean(0) / picture.shape[:2]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, (0.25, 0.5)),
        ({"offset": (0.125, 0.25)}, (0.5, 0.625)),
        ({"scale": 0.5}, (0.375, 0.5)),
        # A quarter turn, clockwise as the texture is looked at: from above the middle to its right.
        ({"rotation": np.pi / 2}, (0.5, 0.75)),
        ({"rotation": np.pi / 2, "scale": 0.5, "offset": (0.0, 0.25)}, (0.75, 0.625)),
    ],
)
def test_masks_move(change, expected):
    base = np.full((64, 64, 3), BASE[0, 0], np.uint8)
    picture = paint(Layer("x", "m", **change), dot(), base)
    np.testing.assert_allclose(centre(picture), expected, atol=0.5 / 64)


def test_nothing_outside_of_a_moved_mask():
    base = np.full((16, 16, 3), BASE[0, 0], np.uint8)
    picture = paint(Layer("x", "m", offset=(0.5, 0.0)), FULL, base)
    np.testing.assert_array_equal(picture[:, :8, :3], base[:, :8])
    assert (picture[:, 8:, :3] == 255).all()


def test_layers_are_painted_in_order_and_in_any_size():
    first, second = Layer("a", "m", (1.0, 0, 0)), Layer("b", "m", (0, 1.0, 0), 0.5)
    picture = layers.compose(BASE, [first, second], layers.pack([FULL, FULL]), (8, 6))
    assert picture.shape == (8, 6, 4)
    np.testing.assert_allclose(picture[3, 3, :3], (127.5, 127.5, 0), atol=0.51)


def test_the_frame_of_a_mask_leaves_nothing_out():
    rng = np.random.default_rng(1)
    mask = np.zeros((20, 20, 1), np.uint8)
    mask[5:8, 9:17] = rng.integers(1, 255, (3, 8, 1))
    packed = layers.pack([mask])
    layer = Layer("x", "m", rotation=0.3, scale=1.2, offset=(0.1, 0.0))
    size = (50, 50)
    whole = packed._replace(frames=np.array([[0.0, 1.0, 0.0, 1.0]]))
    for one in (layer, Layer("x", "m", scale=0.7)):
        np.testing.assert_array_equal(
            layers.compose(BASE, [one], packed, size), layers.compose(BASE, [one], whole, size)
        )


def test_as_many_masks_as_layers():
    with pytest.raises(ValueError, match="masks must be 1 like layers, got 0"):
        layers.compose(BASE, [Layer("x", "m")], layers.pack([]), (4, 4))
