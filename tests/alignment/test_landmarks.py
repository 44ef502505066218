import numpy as np
import pytest

from face2param import images
from face2param.alignment import detect, dlib_models
from face2param.alignment.landmarks import predict_landmarks
from face2param.landmarks import markup
from face2param.weights import register
from tests.data import shared_data


def test_agrees_with_dlib_called_directly(astronaut, astronaut_landmarks):
    dlib = pytest.importorskip("dlib")
    picture = images.to_uint8(astronaut)
    rectangle = dlib.get_frontal_face_detector()(picture)[0]
    predictor = dlib.shape_predictor(str(register.path("dlib_landmarks68")))
    parts = np.array([(p.x + 0.5, p.y + 0.5) for p in predictor(picture, rectangle).parts()])
    error = np.linalg.norm(astronaut_landmarks - parts, axis=1)
    # dlib's own answer scatters by about 0.007 of the eye distance and rounds to pixels.
    assert error.mean() < 0.02 * markup.outer_eye_distance(parts)


def test_features_are_where_they_belong(astronaut_landmarks):
    eyes_nose_mouth = markup.five_points(astronaut_landmarks)
    # Read off the picture by hand.
    by_hand = [(203.8, 101.9), (246.5, 103.5), (225, 127), (203.8, 140), (244, 141)]
    np.testing.assert_allclose(eyes_nose_mouth, by_hand, atol=3)


@pytest.mark.parametrize("pad", [0, 37])
def test_follows_crop_and_size(astronaut, astronaut_landmarks, pad):
    part = images.resize(astronaut[20:260, 100:340], (360, 360))
    part = np.pad(part, ((pad, 0), (pad, 0), (0, 0)), mode="edge")
    found = predict_landmarks(part, detect.choose_face(detect.detect_faces(part)))
    expected = (astronaut_landmarks - [100, 20]) * 1.5 + pad
    error = np.linalg.norm(found - expected, axis=1).mean()
    assert error < 0.02 * markup.outer_eye_distance(expected)


@pytest.mark.parametrize("degrees", [20, -40, 60])
def test_a_tilted_face_has_tilted_landmarks(astronaut, astronaut_landmarks, degrees):
    part = np.pad(astronaut[20:260, 100:340], ((60, 60), (60, 60), (0, 0)), mode="edge")
    tilt = np.radians(degrees)
    turned = detect.turn(part, tilt)
    found = predict_landmarks(turned, detect.choose_face(detect.detect_faces(turned)))
    matrix = detect.turn_matrix(part.shape[:2], tilt)
    expected = (astronaut_landmarks - [40, -40]) @ matrix[:, :2].T + matrix[:, 2]
    error = np.linalg.norm(found - expected, axis=1).mean()
    assert error < 0.04 * markup.outer_eye_distance(expected)


def test_averaging_scatters_less_than_one_prediction():
    """The reason why the average exists, on one real portrait under small crops."""
    photo = images.read_image(shared_data("portraits", "D000197.jpg"))
    scatter = {}
    for samples in (1, 8):
        found = []
        for dx, dy in [(0, 0), (3, 7), (8, 2), (11, 11), (5, 9)]:
            part = photo[dy:, dx:]
            face = detect.choose_face(detect.detect_faces(part))
            found.append(predict_landmarks(part, face, samples) + [dx, dy])
        scatter[samples] = np.std(found, 0).mean()
    assert scatter[8] < 0.8 * scatter[1]


def test_errors(astronaut):
    face = detect.Face((170, 70, 280, 180), 1.0)
    with pytest.raises(ValueError, match=r"samples must be in 1..8, got 9"):
        predict_landmarks(astronaut, face, samples=9)
    assert dlib_models.shape_predictor() is dlib_models.shape_predictor()
