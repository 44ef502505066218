"""Landmarks on triangles: lifted from a picture and placed again."""

import dataclasses

import numpy as np
import pytest

from face2param.engines.rigged import landmarks
from face2param.engines.rigged.engine import RiggedEngine
from face2param.errors import EngineError
from tests.engines.rigged import plates, small_head


@pytest.fixture(scope="module")
def plain():
    return RiggedEngine(small_head.model(), small_head.head(), "plain")


@pytest.fixture(scope="module")
def engine():
    return small_head.engine()


def test_lifted_points_return_to_their_pixel(plain):
    rng = np.random.default_rng(0)
    # Inside of the face of a 512 picture.
    points = np.array([256.0, 230.0]) + 70 * rng.uniform(-1, 1, (68, 2))
    found = RiggedEngine(
        plain.rig.model, plain.rig.head.replace(landmarks=plain.lift(points, (512, 512))), "x"
    )
    for size in ((512, 512), (128, 128)):
        again = found.canonical_landmarks(size)
        np.testing.assert_allclose(again, points * size[0] / 512, atol=0.05 * size[0] / 512)


def test_points_lift_to_the_skin_in_front(plain):
    found = plain.lift(np.array([[256.0, 230.0], [206.0, 231.0]]), (512, 512))
    faces = small_head.face()
    # The skin closes behind the eyes; the second point is one of an eye and goes to its rim.
    for point in found:
        assert point.node == "face"
        corners = faces.vertices[faces.faces[point.triangle]]
        place = np.array(point.barycentric) @ corners
        assert place[2] > 0.0
        assert np.linalg.norm(place - small_head.EYE * (-1, 1, 1)) > 0.008
        assert sum(point.barycentric) == pytest.approx(1.0)
        assert min(point.barycentric) >= 0.0


def test_points_beside_the_skin_go_to_its_edge(plain):
    outside = np.array([[20.0, 240.0], [490.0, 240.0], [256.0, 5.0]])
    points = plain.lift(np.resize(outside, (68, 2)), (512, 512))
    engine = RiggedEngine(plain.rig.model, plain.rig.head.replace(landmarks=points), "x")
    found = engine.canonical_landmarks((512, 512))[:3]
    picture = engine.render(engine.schema.neutral(), size=(512, 512), supersample=1)
    shown = np.argwhere(picture.labels > 0)[:, ::-1] + 0.5
    for point, wanted in zip(found, outside, strict=True):
        nearest = np.linalg.norm(shown - wanted, axis=1).min()
        assert np.linalg.norm(point - wanted) < nearest + 1.5


def test_nothing_to_lift_to_is_an_error():
    engine = plates.engine([plates.plate(turned=True)], [plates.unlit((1, 1, 1))])
    with pytest.raises(EngineError, match="no skin in front of the camera"):
        engine.lift(np.zeros((2, 2)), (64, 64))


def test_they_follow_morphs_and_bones(engine):
    neutral = engine.render(engine.schema.neutral(), size=(64, 64))
    smile = engine.schema.nuisance_vector(mouthSmileLeft=1.0)
    smiling = engine.render(engine.schema.neutral(), smile, size=(64, 64))
    moved = smiling.landmarks3d - neutral.landmarks3d
    # Its own left is on the viewer's right, where the corner of the mouth is point 54.
    assert moved[54, 1] > 0.003
    np.testing.assert_allclose(moved[[48, 36, 27]], 0, atol=1e-4)
    turned = engine.schema.nuisance_vector(head_yaw=0.5)
    turned = engine.render(engine.schema.neutral(), turned, size=(64, 64))
    assert (turned.landmarks[27:, 0] > neutral.landmarks[27:, 0]).all()


def test_the_far_side_of_a_turned_head_is_hidden(engine):
    turned = engine.schema.nuisance_vector(head_yaw=0.5)
    picture = engine.render(engine.schema.neutral(), turned, size=(128, 128))
    assert picture.visibility[[0, 1, 27, 30]].all()
    # Turned to the picture's right, the contour there lies behind the cheek.
    assert not picture.visibility[[14, 15]].any()


def test_hair_in_front_hides(engine):
    # The hair of the small head hangs over the first points of the contour.
    character = engine.schema.neutral().replace(hair="cards", head_height=0.2)
    picture = engine.render(character, size=(128, 128))
    assert picture.visibility[27:].all()


def test_a_landmark_on_a_hidden_part_is_an_error():
    points = list(small_head.engine().rig.head.landmarks)
    points[3] = dataclasses.replace(points[3], node="hair", triangle=5)
    head = small_head.head(landmarks=points)
    engine = RiggedEngine(small_head.model(), head, "x")
    with pytest.raises(EngineError, match=r"landmark 3 lies on primitive 0 of node 'hair', which "):
        engine.render(engine.schema.neutral(), size=(32, 32))


def test_a_triangle_that_is_not_there_is_an_error():
    model, head = small_head.model(), small_head.head()
    posed = RiggedEngine(model, head, "x").rig.pose(head.schema.neutral())
    point = landmarks.Landmark("face", 0, 10**6, (1.0, 0.0, 0.0))
    with pytest.raises(EngineError, match="landmark 0 lies on triangle 1000000 of 'face', which"):
        landmarks.place([point], posed, model)
