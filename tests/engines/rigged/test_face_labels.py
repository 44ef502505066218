"""Parsing classes that landmarks draw on skin."""

import numpy as np
import pytest

from face2param.engines.rigged import face_labels
from face2param.engines.rigged.engine import RiggedEngine
from face2param.regions import CLASSES, INDEX, SWAP
from tests.engines.rigged import small_head


@pytest.fixture(scope="module")
def points():
    return small_head.landmarks01()


def name_at(picture, x, y):
    return CLASSES[picture[int(y * face_labels.SIZE), int(x * face_labels.SIZE)]]


def test_classes_lie_where_the_landmarks_say(points):
    shown = face_labels.paint(points, frozenset())[face_labels.SHOWN]
    assert name_at(shown, *points[17:22].mean(0)) == "l_brow"
    assert name_at(shown, *points[22:27].mean(0)) == "r_brow"
    assert name_at(shown, *points[36:42].mean(0)) == "l_eye"
    assert name_at(shown, *points[42:48].mean(0)) == "r_eye"
    assert name_at(shown, *points[30]) == "nose"
    assert name_at(shown, *((points[51] + points[62]) / 2)) == "u_lip"
    assert name_at(shown, *((points[57] + points[66]) / 2)) == "l_lip"
    assert name_at(shown, *(points[8] + [0, 0.05])) == "neck"
    assert name_at(shown, *(points[1] - [0.02, 0])) == "l_ear"
    assert name_at(shown, *(points[15] + [0.02, 0])) == "r_ear"
    cheek = (points[2] + points[31]) / 2
    assert name_at(shown, *cheek) == name_at(shown, *(points[27] - [0, 0.15])) == "skin"


def test_an_open_mouth_is_mouth(points):
    opened = points.copy()
    opened[65:68, 1] += 0.03
    opened[[55, 56, 57, 58, 59], 1] += 0.03
    shown = face_labels.paint(opened, frozenset())[face_labels.SHOWN]
    assert name_at(shown, *opened[[62, 66]].mean(0)) == "mouth"


def test_a_mirrored_face_gives_the_mirrored_map(points):
    # Landmarks are symmetric; a polygon's border may fall to either side of a pixel.
    for layer in face_labels.paint(points, frozenset()):
        assert (SWAP[layer[:, ::-1]] != layer).mean() < 0.01


def test_skin_folded_behind_the_lips_is_mouth(points):
    hidden = face_labels.paint(points, frozenset())[face_labels.HIDDEN]
    assert name_at(hidden, *((points[51] + points[62]) / 2)) == "mouth"
    assert name_at(hidden, *points[17:22].mean(0)) == "skin"


def test_what_has_parts_of_its_own_is_not_painted(points):
    shown = face_labels.paint(points, frozenset({"l_eye", "r_eye", "l_brow"}))[face_labels.SHOWN]
    assert not np.isin(shown, [INDEX["l_eye"], INDEX["r_eye"], INDEX["l_brow"]]).any()
    assert (shown == INDEX["r_brow"]).any()


def test_a_head_shows_them_and_they_stick_to_the_skin():
    engine = small_head.engine()
    neutral = engine.render(engine.schema.neutral(), size=(128, 128)).labels
    for name in ("skin", "l_brow", "r_brow", "l_eye", "r_eye", "nose", "u_lip", "l_lip"):
        assert (neutral == INDEX[name]).any(), name
    turned = engine.schema.nuisance_vector(head_yaw=0.4)
    turned = engine.render(engine.schema.neutral(), turned, size=(128, 128)).labels
    assert np.argwhere(turned == INDEX["nose"])[:, 1].mean() > (
        np.argwhere(neutral == INDEX["nose"])[:, 1].mean() + 5
    )


def test_sides_of_parts_follow_their_place_not_their_name():
    engine = small_head.engine()  # its regions call both eyes l_eye
    labels = engine.render(engine.schema.neutral(), size=(128, 128)).labels
    left, right = (np.argwhere(labels == INDEX[name])[:, 1] for name in ("l_eye", "r_eye"))
    assert left.max() < 64 <= right.min()


def test_without_landmarks_skin_is_skin():
    engine = RiggedEngine(small_head.model(), small_head.head(), "x")
    labels = engine.render(engine.schema.neutral(), size=(64, 64)).labels
    found = {CLASSES[k] for k in np.unique(labels)}
    assert found == {"background", "skin", "l_eye", "r_eye"}
