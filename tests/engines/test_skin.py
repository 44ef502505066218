"""Skin: masks lie where the anatomy is, colours follow the sliders, brows follow their curve."""

import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import anatomy, brows, canonical, masks, palette, skin, texture


@pytest.fixture(scope="module")
def layers():
    return texture.texture().layers


@pytest.fixture(scope="module")
def position():
    head = canonical.canonical()
    return texture.texel_positions(head.vertices, head.faces, texture.texture().corner_uv)


def _texels(position, x, y, reach=0.12):
    near = (np.abs(position[..., 0] - x) < reach) & (np.abs(position[..., 1] - y) < reach)
    return near & (position[..., 2] > 4)


@pytest.mark.parametrize(
    ("name", "x", "y"),
    [
        ("lips", 0.8, -7.4),
        ("cheek", -4.1, -3.0),
        ("under_eye", 2.75, -1.15),
        ("beard_chin", 0.0, -10.0),
        ("beard_lip", 1.0, -5.8),
        ("shine", 0.0, 4.2),
        ("fold_mouth", 3.0, -6.3),
    ],
)
def test_masks_lie_where_they_belong(layers, position, name, x, y):
    mask = layers[..., masks.CHANNEL[name]]
    assert mask[_texels(position, x, y)].max() > 150
    assert mask[_texels(position, 0.0, 8.5)].max() < 60


def test_regions_of_the_skin(layers, position):
    region = layers[..., masks.CHANNEL["region"]]
    for (x, y), wanted in (
        ((0.0, -3.5), masks.REGION_NOSE),
        ((0.0, -6.5), masks.REGION_UPPER_LIP),
        ((0.0, -7.4), masks.REGION_LOWER_LIP),
        ((4.0, -4.0), masks.REGION_SKIN),
        ((0.0, -10.5), masks.REGION_SKIN),
    ):
        found = region[_texels(position, x, y)]
        assert np.bincount(found).argmax() == wanted, (x, y)
    assert (region[position[..., 1] < -16] == masks.REGION_NECK).all()


def test_outlines_are_symmetric(layers):
    """A mirrored character must have mirrored labels, so outlines depend on |x| only."""
    for name in ("lips", "region", "liner", "nostril", "scalp"):
        mask = layers[..., masks.CHANNEL[name]].astype(int)
        assert (np.abs(mask - mask[:, ::-1]) > 24).mean() < 0.002, name


def test_texture_is_kept_in_the_cache(layers):
    stored = np.load(texture.cache_path(), mmap_mode="r")
    assert stored.shape == (texture.RESOLUTION, texture.RESOLUTION, masks.LAYERS)
    np.testing.assert_array_equal(stored[::64], layers[::64])


def test_damaged_texture_cache_is_painted_again(tmp_path, monkeypatch):
    path = tmp_path / "skin.npy"
    path.write_bytes(b"not an array")
    monkeypatch.setattr(texture, "cache_path", lambda: path)
    assert texture._stored() is None
    path.unlink()
    assert texture._stored() is None


@pytest.mark.parametrize("tint", [0.0, 0.5, 1.0])
def test_lips_are_darker_than_any_skin(tint):
    for tone in np.linspace(0, 1, 9):
        base = palette.skin(tone, 0.5)
        lips = palette.lips(base, tint, 0.0)
        limit = 1.0 - palette.MINIMUM_LIP_CONTRAST
        assert palette.luminance(lips) <= limit * palette.luminance(base) + 1e-9


def test_palette_moves_the_right_way():
    light = [palette.luminance(palette.skin(tone, 0.5)) for tone in np.linspace(0, 1, 9)]
    assert (np.diff(light) < 0).all()
    cool, warm = palette.skin(0.3, 0.0), palette.skin(0.3, 1.0)
    assert warm[2] / warm[0] < cool[2] / cool[0]
    hair = [palette.luminance(palette.hair(tone, 0.0, 0.0)) for tone in np.linspace(0, 1, 6)]
    assert (np.diff(hair) > 0).all()
    white = palette.hair(0.2, 0.5, 1.0)
    assert white.max() - white.min() < 0.01


def test_makeup_is_never_lighter_than_skin():
    for tone in (0.0, 0.5, 1.0):
        base = palette.skin(tone, 0.5)
        assert (palette.eyeshadow(0.6, base) <= 0.75 * base + 1e-12).all()
        assert (palette.blush(base) <= base).all()


def test_smile_and_age_deepen_lines():
    neutral = schema.load("builtin").neutral()
    calm = skin.look(neutral, {}).amounts
    smiling = skin.look(neutral, {"mouthSmileLeft": 1.0}).amounts
    old = skin.look(neutral.replace(skin_age=1.0), {}).amounts
    assert smiling[skin.Amount.FOLD_MOUTH] > calm[skin.Amount.FOLD_MOUTH] + 0.2
    for line in (skin.Amount.FOLD_BROW, skin.Amount.FOLD_EYE, skin.Amount.FOLD_MOUTH):
        assert old[line] > calm[line] + 0.5


def test_brow_hairs_follow_the_curve_of_the_landmarks():
    shape = brows.BrowShape(arch=0.9, tilt=0.3, length=0.7, gap=0.2)
    alpha, inside = np.moveaxis(brows.draw(shape), -1, 0)
    assert 0.0 <= alpha.min() <= alpha.max() <= 1.0
    sliders = {f"brow_{name}": value for name, value in vars(shape).items()}
    rows = (np.arange(alpha.shape[0]) + 0.5) / brows.TEXELS_PER_CM + brows.WINDOW_BOTTOM
    for x, y in anatomy.brow_curve(np.array([0.2, 0.4, 0.6, 0.8]), sliders):
        column = alpha[:, int(x * brows.TEXELS_PER_CM)]
        assert (column * rows).sum() / column.sum() == pytest.approx(y, abs=0.12)
        outline = inside[:, int(x * brows.TEXELS_PER_CM)]
        assert (outline * rows).sum() / outline.sum() == pytest.approx(y, abs=0.03)


def test_thicker_and_denser_brows_have_more_hair():
    amount = [brows.draw(brows.BrowShape(thickness=t))[..., 0].sum() for t in (0.1, 0.5, 0.9)]
    assert amount[0] < amount[1] < amount[2]
    amount = [brows.draw(brows.BrowShape(density=d))[..., 0].sum() for d in (0.1, 0.5, 0.9)]
    assert amount[0] < amount[1] < amount[2]
