import itertools

import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import geometry, hair
from face2param.errors import EngineError

FAMILY = schema.load("builtin")


def _build(nuisance=None, **values):
    character = FAMILY.neutral().replace(**values)
    return hair.build(character, geometry.pose_head(character, nuisance))


def test_a_bald_shaven_head_has_no_hair():
    assert _build(hair="bald", beard="none") == []


def test_parts_are_named_after_what_they_are():
    names = [p.name for p in _build(hair="crop", beard="full")]
    assert names == ["hair", "beard"]
    assert _build(hair="bald", beard="moustache")[0].name == "moustache"


def test_an_unknown_style_is_refused():
    class Odd:
        def __getitem__(self, name):
            return "mohawk"

    with pytest.raises(EngineError, match=r"'mohawk' is unknown.*known: bald, afro"):
        hair.build(Odd(), geometry.pose_head(FAMILY.neutral()))


def test_hair_turns_with_the_head():
    still = _build(hair="swept_back")[0]
    turned = _build(FAMILY.nuisance_vector(head_yaw=0.6), hair="swept_back")[0]
    rotation = geometry.pose_head(
        FAMILY.neutral(), FAMILY.nuisance_vector(head_yaw=0.6)
    ).rotation.astype(np.float32)
    np.testing.assert_allclose(turned.normals, still.normals @ rotation.T, atol=1e-5)
    top = still.vertices[:, 1] > 3
    edges = np.linalg.norm(np.diff(still.vertices[top], axis=0), axis=1)
    np.testing.assert_allclose(
        np.linalg.norm(np.diff(turned.vertices[top], axis=0), axis=1), edges, atol=1e-3
    )


def test_opposite_partings_are_mirror_images():
    left, right = (_build(hair="side_part", hair_part=p)[0] for p in (0.2, 0.8))
    flip = np.float32([-1, 1, 1])
    np.testing.assert_allclose(right.vertices, left.vertices * flip, atol=2e-3)
    np.testing.assert_allclose(right.normals, left.normals * flip, atol=1e-5)
    np.testing.assert_array_equal(right.attributes, left.attributes)


def test_the_parting_moves_without_jumps():
    places = np.linspace(0.05, 0.45, 17)
    shapes = [_build(hair="bob", hair_part=float(p))[0].vertices for p in places]
    steps = [np.abs(b - a).mean() for a, b in itertools.pairwise(shapes)]
    assert max(steps) < 6 * np.median(steps)
    assert min(steps) > 0


def test_hair_follows_a_wider_head():
    narrow = _build(hair="crop", head_width=0.0)[0].vertices
    wide = _build(hair="crop", head_width=1.0)[0].vertices
    assert np.abs(wide[:, 0]).max() > np.abs(narrow[:, 0]).max() + 0.3
