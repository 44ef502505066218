import numpy as np
import pytest

from face2param import schema
from face2param.engines.builtin import geometry, glasses, head_pose
from face2param.engines.builtin.sampling import random_characters

FAMILY = schema.load("builtin")
FRAMES = sorted(glasses.FRAMES)


def _wear(character, nuisance=None):
    mesh = geometry.pose_head(character, nuisance)
    return mesh, {p.name: p for p in glasses.build(character, mesh)}


def test_options_of_the_schema():
    options = next(c for c in FAMILY.choices if c.name == "glasses").options
    assert set(options) == set(FRAMES) | {"none"}
    assert _wear(FAMILY.neutral().replace(glasses="none"))[1] == {}


@pytest.mark.parametrize("name", FRAMES)
def test_frames_are_closed_symmetric_and_in_front_of_the_eyes(name):
    mesh, parts = _wear(FAMILY.neutral().replace(glasses=name))
    assert set(parts) == {"glasses_frame", "glasses_lens"}
    for part in parts.values():
        assert part.faces.max() < len(part.vertices)
        assert part.vertices.dtype == np.float32
        lowest, highest = part.vertices.min(0), part.vertices.max(0)
        assert abs(lowest[0] + highest[0]) < 0.05
    frame = parts["glasses_frame"]
    edges = np.sort(frame.faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), 1)
    _, used = np.unique(edges, axis=0, return_counts=True)
    assert (used == 2).all()  # watertight: no open end
    eyes = mesh.eyes
    lens = parts["glasses_lens"].vertices
    assert lens[:, 2].min() > eyes.centres[:, 2].max() + eyes.radii.max() + 0.2
    for centre in eyes.centres:
        side = lens[np.sign(lens[:, 0]) == np.sign(centre[0])]
        assert side[:, 0].min() < centre[0] < side[:, 0].max()
        assert side[:, 1].min() < centre[1] < side[:, 1].max()


@pytest.mark.parametrize("name", FRAMES)
def test_rims_keep_off_the_face_of_any_character(name):
    rng = np.random.default_rng(8)
    for character in random_characters(rng, 4, spread=1.0):
        mesh, parts = _wear(character.replace(glasses=name))
        rim = parts["glasses_frame"].vertices
        rim = rim[rim[:, 2] > rim[:, 2].max() - 1.2]
        skin = mesh.face[(mesh.face[:, 2] > 4) & (np.abs(mesh.face[:, 1]) < 4)]
        nearest = np.linalg.norm(rim[:, None, :2] - skin[None, :, :2], axis=2).argmin(1)
        aside = np.abs(rim[:, 0]) > 1.3  # the bridge rests on the nose
        assert (rim[aside, 2] > skin[nearest[aside], 2] - 0.05).all()


def test_temples_reach_the_ears():
    for character in random_characters(np.random.default_rng(9), 8, spread=1.0):
        mesh, parts = _wear(character.replace(glasses="round"))
        for side, ear in ((1, "ear_left"), (-1, "ear_right")):
            tip = parts["glasses_frame"].vertices
            tip = tip[np.sign(tip[:, 0]) == side]
            assert tip[:, 2].min() < mesh.part(ear).vertices[:, 2].mean()


def test_glasses_turn_with_the_head():
    character = FAMILY.neutral().replace(glasses="rectangular")
    _, still = _wear(character)
    mesh, turned = _wear(character, FAMILY.nuisance_vector(head_yaw=0.5, head_pitch=-0.2))
    points = still["glasses_frame"].vertices
    expected = head_pose.turn(points, np.ones(len(points), np.float32), mesh.rotation)
    np.testing.assert_allclose(turned["glasses_frame"].vertices, expected, atol=1e-3)


def test_wider_eyes_wear_wider_glasses():
    width = [
        np.ptp(_wear(FAMILY.neutral().replace(glasses="round", eye_spacing=v))[1]["glasses_lens"]
               .vertices[:, 0])
        for v in (0.0, 1.0)
    ]  # fmt: skip
    assert width[1] > width[0]
