import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin.hair.build import PARTING_KEYS, baked, scalp
from face2param.engines.builtin.hair.hairline import inside_hairline, sample_roots
from face2param.engines.builtin.hair.part import COVER, FRIZZ, OCCLUSION
from face2param.engines.builtin.hair.scalp import azimuth
from face2param.engines.builtin.hair.styled import bake
from face2param.engines.builtin.hair.styles import PARTED_STYLES, STYLES, STYLES_OVER_EARS

NAMES = sorted(STYLES)


def test_every_option_of_the_schema_is_a_style():
    hair = next(c for c in schema.load("builtin").choices if c.name == "hair")
    assert set(hair.options) == set(STYLES) | {"bald"}
    assert len(hair.options) >= 12


@pytest.mark.parametrize("name", NAMES)
def test_arrays_fit_together(name):
    styled = baked(name)
    count = len(styled.base)
    assert 1000 < count <= 14000
    for array in (styled.offset, styled.grow, styled.recede, styled.normals, styled.tangents):
        assert array.shape == (count, 3)
        assert array.dtype == np.float32
        assert np.isfinite(array).all()
    assert styled.faces.max() < count
    assert styled.occluders.max() < count
    np.testing.assert_allclose(np.linalg.norm(styled.normals, axis=1), 1.0, atol=1e-4)
    for column, top in ((OCCLUSION, 1.01), (COVER, 1.2), (FRIZZ, 1.0)):
        assert styled.attributes[:, column].min() >= 0.0
        assert styled.attributes[:, column].max() <= top


@pytest.mark.parametrize("name", NAMES)
def test_hair_stays_outside_the_skull_and_off_the_face(name):
    styled = baked(name)
    rest = styled.shape(0.5, 0.5, 0.5).astype(float)
    upper = rest[rest[:, 1] > 2.0]
    # the inner side of a ringlet may dip below the skin by less than its radius
    dip = 0.25 + 0.5 * STYLES[name].curl.radius
    assert scalp().height(upper).min() > -dip
    face = (np.abs(rest[:, 0]) < 3.5) & (np.abs(rest[:, 1] + 2.5) < 4.0) & (rest[:, 2] > 5.0)
    assert not face.any()


@pytest.mark.parametrize("name", NAMES)
def test_a_style_parted_in_the_middle_is_symmetric(name):
    rest = baked(name, 0).shape(0.5, 0.5, 0.5)

    def sorted_rows(points):
        rounded = np.round(points.astype(float), 3) + 0.0
        return rounded[np.lexsort(rounded.T)]

    ours, mirrored = sorted_rows(rest), sorted_rows(rest * np.float32([-1, 1, 1]))
    # rows of equal coordinates may sort differently after rounding
    assert (np.abs(ours - mirrored).max(1) < 5e-3).mean() > 0.99


@pytest.mark.parametrize("name", sorted(PARTED_STYLES))
def test_the_parting_moves_to_the_viewers_left(name):
    middle, side = baked(name, 0), baked(name, PARTING_KEYS)
    assert middle.base.shape == side.base.shape
    np.testing.assert_array_equal(middle.faces, side.faces)
    top = middle.base[:, 1] > 8.0
    # combed away from a parting on the left, hair on top moves to the right
    assert (side.base[top, 0] - middle.base[top, 0]).mean() > 0.1


def test_volume_length_and_hairline_act():
    styled = baked("swept_back")
    skull = scalp()

    def heights(**sliders):
        values = {"volume": 0.5, "length": 0.5, "hairline": 0.5} | sliders
        return skull.height(styled.shape(**values).astype(float)).mean()

    assert heights(volume=1.0) > heights(volume=0.5) + 0.2 > heights(volume=0.0) + 0.4
    low = styled.shape(0.5, 0.5, 0.0).astype(float)
    high = styled.shape(0.5, 0.5, 1.0).astype(float)
    front = (np.abs(azimuth(low)) < 25) & (low[:, 1] < 8.5)
    assert (high[front, 1] - low[front, 1]).mean() > 0.5
    bob = baked("bob")
    assert bob.shape(0.5, 1.0, 0.5)[:, 1].min() < bob.shape(0.5, 0.0, 0.5)[:, 1].min() - 2.0


@pytest.mark.parametrize("name", ["crop", "horseshoe", "bob"])
def test_roots_lie_inside_the_hairline(name):
    style = STYLES[name]
    roots = sample_roots(style, scalp(), 400, np.random.default_rng(2))
    assert len(roots) == 200
    assert (roots[:, 0] > 0).all()
    assert (inside_hairline(roots, style) > -0.5).mean() > 0.95


def test_baking_is_deterministic():
    first, second = bake(STYLES["short_curls"], scalp()), bake(STYLES["short_curls"], scalp())
    for name, array in vars(first).items():
        if isinstance(array, np.ndarray):
            np.testing.assert_array_equal(array, getattr(second, name))


def test_styles_over_the_ears_hang():
    assert STYLES_OVER_EARS == {n for n, s in STYLES.items() if s.curtain is not None}
