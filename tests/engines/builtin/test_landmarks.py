import numpy as np

from face2param import schema
from face2param.engines.builtin import geometry
from face2param.landmarks.markup import MIRROR

FAMILY = schema.load("builtin")
NEUTRAL = FAMILY.neutral()


def _points(character=NEUTRAL, **nuisance):
    return geometry.pose_head(character, FAMILY.nuisance_vector(**nuisance)).landmarks3d


def test_order_is_ibug():
    p = _points()
    assert p.shape == (68, 3) and p.dtype == np.float32
    assert (np.diff(p[:17, 0]) > 0).all(), "contour runs from the viewer's left to the right"
    assert p[8, 1] == p[:17, 1].min()
    assert (np.diff(p[17:27, 0]) > 0).all() and (np.diff(p[27:31, 1]) < 0).all()
    assert p[36, 0] < p[39, 0] < p[42, 0] < p[45, 0]
    assert p[37, 1] > p[41, 1] and p[62, 1] >= p[66, 1] - 0.15
    assert p[48, 0] < p[54, 0] and p[51, 1] > p[57, 1]


def test_mirrored_head_has_mirrored_landmarks():
    character = FAMILY.random(np.random.default_rng(8), 1)[0]
    values = {"head_yaw": 0.4, "head_roll": 0.2, "mouthSmileLeft": 0.8, "jawOpen": 0.3}
    nuisance = FAMILY.nuisance_vector(**values)
    p = geometry.pose_head(character, nuisance).landmarks3d
    q = geometry.pose_head(character.mirror(), FAMILY.mirror_nuisance(nuisance)).landmarks3d
    np.testing.assert_allclose(q, p[np.asarray(MIRROR)] * [-1, 1, 1], atol=2e-3)


def test_brow_landmarks_follow_the_brow_sliders():
    low, high = (_points(NEUTRAL.replace(brow_arch=v)) for v in (0.0, 1.0))
    assert (high[18:20, 1] > low[18:20, 1] + 0.2).all()
    thick = _points(NEUTRAL.replace(brow_thickness=1.0))
    thin = _points(NEUTRAL.replace(brow_thickness=0.0))
    assert thick[19, 1] > thin[19, 1] + 0.1


def test_contour_is_the_outline_of_the_face_at_its_height():
    for yaw in (0.0, 0.5):
        mesh = geometry.pose_head(NEUTRAL, FAMILY.nuisance_vector(head_yaw=yaw))
        skin = mesh.part("skin").vertices
        front = mesh._canonical.vertices[:, 2] > 1.2
        for i in (13, 14):
            near = front & (np.abs(skin[:, 1] - mesh.landmarks3d[i, 1]) < 0.1)
            assert mesh.landmarks3d[i, 0] > skin[near, 0].max() - 0.25


def test_expressions_carry_their_landmarks():
    rest, wide = _points(), _points(jawOpen=1.0)
    assert wide[8, 1] < rest[8, 1] - 1.0 and wide[66, 1] < rest[66, 1] - 1.5
    assert abs(wide[62, 1] - rest[62, 1]) < 0.3
    blink = _points(eyeBlinkLeft=1.0)
    assert abs(blink[43, 1] - blink[47, 1]) < 0.15 < rest[43, 1] - rest[47, 1]
    assert _points(browInnerUp=1.0)[21, 1] > rest[21, 1] + 0.2
    smile = _points(mouthSmileLeft=1.0)
    assert smile[54, 0] > rest[54, 0] + 0.2 and smile[54, 1] > rest[54, 1] + 0.2


def test_normals_face_outwards():
    mesh = geometry.pose_head(NEUTRAL)
    length = np.linalg.norm(mesh.landmark_normals, axis=1)
    np.testing.assert_allclose(length, 1, atol=1e-4)
    assert (mesh.landmark_normals[27:31, 2] > 0.3).all()
    assert (mesh.landmark_normals[[0, 16], 0] * [-1, 1] > 0.5).all()
