import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import anatomy, geometry
from face2param.engines.builtin.hair import beard_zones
from face2param.engines.builtin.hair.beard import BEARDS, build_beard
from face2param.engines.builtin.hair.part import COVER

FAMILY = schema.load("builtin")


def _beard(nuisance=None, **values):
    character = FAMILY.neutral().replace(**values)
    return build_beard(character, geometry.pose_head(character, nuisance))


def test_options_of_the_schema():
    options = next(c for c in FAMILY.choices if c.name == "beard").options
    assert set(options) == set(BEARDS) | {"none", "stubble"}
    for bare in ("none", "stubble"):
        assert _beard(beard=bare) == []


@pytest.mark.parametrize("zone", sorted(beard_zones.ZONES))
def test_nothing_grows_on_lips_eyes_or_forehead(zone):
    density = beard_zones.ZONES[zone]
    x = np.linspace(-2.2, 2.2, 23)
    line, top, bottom = anatomy.mouth_curves(x)
    for y in (0.5 * (line + top), 0.5 * (line + bottom)):
        assert density(np.stack([x, y, 0 * x + 10.0], 1)).max() == 0.0
    assert density(np.array([[3.0, 0.0, 8.5], [0.0, 5.0, 9.5], [0.0, -4.0, 11.4]])).max() < 0.01


def test_zones_cover_their_part_of_the_face():
    lip, jaw, chin = [1.3, -5.7, 10.0], [5.2, -7.5, 3.5], [0.5, -10.5, 9.8]
    assert beard_zones.moustache(np.array([lip, jaw, chin])).round(1).tolist() == [1.0, 0.0, 0.0]
    assert beard_zones.chin(np.array([chin]))[0] > 0.9
    assert beard_zones.cheeks(np.array([jaw]))[0] > 0.9


@pytest.mark.parametrize("name", sorted(BEARDS))
def test_a_beard_stands_off_the_skin_within_limits(name):
    part = _beard(beard=name, beard_length=0.5)[0]
    assert len(part.vertices) <= 12000
    assert part.faces.max() < len(part.vertices)
    assert np.isfinite(part.vertices).all()
    assert part.attributes.shape == (len(part.vertices), 7)
    np.testing.assert_allclose(np.linalg.norm(part.normals, axis=1), 1.0, atol=1e-4)
    assert -21 < part.vertices[:, 1].min()
    assert part.vertices[:, 1].max() < 2.5  # the sideburns


def test_length_and_density_act():
    short, long_ = (_beard(beard="full", beard_length=v)[0] for v in (0.0, 1.0))
    assert long_.vertices[:, 1].min() < short.vertices[:, 1].min() - 0.5
    thin, thick = (_beard(beard="full", beard_density=v)[0] for v in (0.0, 1.0))
    assert thick.attributes[:, COVER].mean() > 1.3 * thin.attributes[:, COVER].mean()


def test_the_chin_carries_its_beard_when_the_jaw_opens():
    shut = _beard(beard="goatee")[0].vertices
    opened = _beard(FAMILY.nuisance_vector(jawOpen=1.0), beard="goatee")[0].vertices
    chin = shut[:, 1] < -9.5
    lip = (shut[:, 1] > -6.0) & (np.abs(shut[:, 0]) < 2)
    assert (opened - shut)[chin, 1].mean() < -1.0
    assert np.abs((opened - shut)[lip]).mean() < 0.3


def test_a_beard_is_symmetric():
    points = np.round(_beard(beard="full")[0].vertices.astype(float), 3) + 0.0

    def ordered(p):
        return p[np.lexsort(p.T)]

    gap = np.abs(ordered(points) - ordered(points * [-1, 1, 1] + 0.0)).max(1)
    assert (gap < 5e-3).mean() > 0.99
