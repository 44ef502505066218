import numpy as np
import pytest

from face2param import images
from face2param.alignment import detect, dlib_models
from face2param.errors import DependencyError, ImageError, NoFaceError


def centre(face):
    return (face.box[0] + face.box[2]) / 2, (face.box[1] + face.box[3]) / 2


def test_finds_the_one_face(astronaut):
    face = detect.detect_faces(astronaut)[0]
    assert centre(face) == pytest.approx((224, 124), abs=20)
    assert 70 < face.box[2] - face.box[0] < 140
    assert face.score > 1
    assert face.tilt == 0


@pytest.mark.parametrize("side", [96, 1900])
def test_boxes_are_in_pixels_of_the_given_picture(astronaut, side):
    part = astronaut[20:260, 100:340]
    face = detect.choose_face(detect.detect_faces(images.resize(part, (side, side))))
    x, y = centre(face)
    assert (x * 240 / side + 100, y * 240 / side + 20) == pytest.approx((224, 124), abs=25)


def test_a_tilted_face_is_found_where_it_is(astronaut):
    tilt = np.radians(60)
    part = np.pad(astronaut[20:260, 100:340], ((60, 60), (60, 60), (0, 0)), mode="edge")
    face = detect.detect_faces(detect.turn(part, tilt))[0]
    assert face.tilt == pytest.approx(np.radians(-45))
    x, y = detect.turn_matrix(part.shape[:2], -tilt) @ [*centre(face), 1]
    assert (x + 40, y - 40) == pytest.approx((224, 124), abs=20)


def test_two_faces_largest_first_and_chosen_by_index(astronaut):
    part = astronaut[20:260, 100:340]
    small = np.pad(images.resize(part, (150, 150)), ((0, 90), (0, 0), (0, 0)), mode="edge")
    faces = detect.detect_faces(np.concatenate([small, part], 1))
    assert len(faces) == 2
    assert faces[0].area > faces[1].area
    assert detect.choose_face(faces) is faces[0]
    assert detect.choose_face(faces, 1) is faces[1]
    with pytest.raises(NoFaceError, match=r"face_index is 2, but 2 face\(s\).* 1: \("):
        detect.choose_face(faces, 2)
    with pytest.raises(NoFaceError, match="face_index is -1"):
        detect.choose_face(faces, -1)


def test_doubtful_detections_come_last(monkeypatch):
    found = [detect.Face((0, 0, 90, 90), 0.06), detect.Face((5, 5, 65, 65), 1.2)]
    monkeypatch.setattr(detect, "_detect", lambda picture, upsample: found)
    assert detect.detect_faces(np.zeros((128, 128, 3), np.float32)) == found[::-1]


def test_no_face():
    assert detect.detect_faces(np.full((100, 100, 3), 0.5, np.float32)) == []
    with pytest.raises(NoFaceError, match="no face was found"):
        detect.choose_face([])


def test_unusable_pictures(astronaut):
    with pytest.raises(ImageError, match="is 512x63 px; each side needs at least 64"):
        detect.detect_faces(astronaut[:63])
    with pytest.raises(ImageError, match="must be float RGB"):
        detect.detect_faces(images.to_uint8(astronaut))
    with pytest.raises(ImageError, match="must be float RGB"):
        detect.detect_faces(astronaut[..., 0])


def test_missing_dlib_names_the_command(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "dlib", None)
    with pytest.raises(DependencyError, match="pip install dlib-bin"):
        dlib_models.import_dlib()


def test_a_file_that_is_no_landmark_model(monkeypatch, tmp_path):
    from face2param.errors import WeightsError
    from face2param.weights import register

    path = tmp_path / "shape_predictor_68_face_landmarks.dat"
    path.write_bytes(b"not a model")
    monkeypatch.setenv(register.FOLDER_VARIABLE, str(tmp_path))
    with pytest.raises(WeightsError, match="is not a landmark model"):
        dlib_models.shape_predictor.__wrapped__()
