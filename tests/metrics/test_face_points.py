import numpy as np
import pytest

from face2param.metrics import face_points
from tests.metrics.shapes import face, turned

VERTICES, FACES, LANDMARKS = face(4.0)
TURN = turned((25, 160, -40))


def moved(points, scale=1.0):
    return scale * points @ TURN.T + [100, -50, 30]


def test_seven_of_sixty_eight():
    seven = face_points.seven_points(LANDMARKS)
    np.testing.assert_array_equal(seven[4], LANDMARKS[33])
    np.testing.assert_array_equal(face_points.seven_points(seven), seven)
    assert face_points.outer_eye_distance(seven) == pytest.approx(90, abs=0.01)


def test_axes_of_a_face_and_of_one_that_is_turned():
    axes = face_points.face_axes(LANDMARKS)
    np.testing.assert_allclose(axes @ axes.T, np.eye(3), atol=1e-12)
    assert (np.diag(axes) > 0.97).all()  # right, up, forward
    np.testing.assert_allclose(face_points.face_axes(moved(LANDMARKS)), axes @ TURN.T, atol=1e-12)


def test_nose_tip_is_landmark_30_or_what_stands_out():
    np.testing.assert_array_equal(face_points.nose_tip(VERTICES, LANDMARKS), LANDMARKS[30])
    found = face_points.nose_tip(VERTICES, face_points.seven_points(LANDMARKS))
    assert np.linalg.norm(found - LANDMARKS[30]) < 6
    turned_tip = face_points.nose_tip(moved(VERTICES), moved(face_points.seven_points(LANDMARKS)))
    np.testing.assert_allclose(turned_tip, moved(found), atol=1e-9)


def test_micc_region_is_near_the_nose_and_below_the_forehead():
    region = face_points.micc_region(VERTICES, LANDMARKS)
    distance = np.linalg.norm(VERTICES - LANDMARKS[30], axis=1)
    assert distance[region].max() <= 95
    assert distance[region].max() > 90
    # Eyes at 29.5, base of the nose at -24: the cut lies half of that way above the eyes.
    top = VERTICES[region] @ face_points.face_axes(LANDMARKS)[1]
    eyes, base = (
        face_points.face_axes(LANDMARKS)[1] @ p
        for p in (face_points.seven_points(LANDMARKS)[:4].mean(0), LANDMARKS[33])
    )
    assert eyes + 0.4 * (eyes - base) < top.max() <= eyes + 0.5 * (eyes - base)
    assert 45 < VERTICES[region, 1].max() < 65
    assert not region[VERTICES[:, 1] > 70].any()
    smaller = face_points.micc_region(VERTICES, LANDMARKS, radius=50)
    assert smaller.sum() < region.sum() and not (smaller & ~region).any()


def test_now_region_is_a_ball():
    region = face_points.now_region(VERTICES, LANDMARKS)
    way = LANDMARKS[[39, 42]].mean(0) - LANDMARKS[33]
    centre = LANDMARKS[33] + 0.3 * way
    radius = 0.7 * (np.linalg.norm(LANDMARKS[36] - LANDMARKS[45]) + np.linalg.norm(way))
    distance = np.linalg.norm(VERTICES - centre, axis=1)
    np.testing.assert_array_equal(region, distance <= radius)
    assert 0 < region.sum() < len(region)


def test_regions_turn_with_the_face():
    micc = face_points.micc_region(moved(VERTICES), moved(LANDMARKS))
    np.testing.assert_array_equal(micc, face_points.micc_region(VERTICES, LANDMARKS))
    # The ball of the NoW benchmark grows with the face, too.
    now = face_points.now_region(moved(VERTICES, 0.01), moved(LANDMARKS, 0.01))
    np.testing.assert_array_equal(now, face_points.now_region(VERTICES, LANDMARKS))


def test_errors():
    with pytest.raises(ValueError, match=r"truth must have shape \[68, 3\] or \[7, 3\], got \(5"):
        face_points.seven_points(LANDMARKS[:5], "truth")
    with pytest.raises(ValueError, match="landmarks: holds a number that is not finite"):
        face_points.seven_points(np.full((7, 3), np.nan))
    with pytest.raises(ValueError, match="outer eye corners coincide"):
        face_points.seven_points(np.zeros((7, 3)))
    flat = face_points.seven_points(LANDMARKS) * [1, 0, 0]
    with pytest.raises(ValueError, match="eyes and mouth lie on one line"):
        face_points.face_axes(flat)
    with pytest.raises(ValueError, match="none lies near the base of the nose"):
        face_points.nose_tip(VERTICES + 1000, face_points.seven_points(LANDMARKS))
    with pytest.raises(ValueError, match=r"vertices must have shape \[vertices, 3\]"):
        face_points.now_region(VERTICES[:, :2], LANDMARKS)
