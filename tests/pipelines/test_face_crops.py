import dataclasses

import numpy as np
import pytest

from face2param import images
from face2param.errors import DatabaseError, NoFaceError, OutputError
from face2param.features.lightcnn_training import image_lists
from face2param.landmarks.markup import five_points
from face2param.pipelines import face_crops
from face2param.pipelines.photos import Photo


def toy_landmarks():
    """An upright face: eyes at (80, 100) and (120, 100), mouth corners 60 px below."""
    points = np.full((68, 2), 100.0)
    points[36:42], points[42:48] = (80, 100), (120, 100)
    points[48], points[54] = (85, 160), (115, 160)
    return points


@pytest.mark.parametrize(
    ("framing", "eyes", "drop"),
    [(face_crops.CROP, (72, 48), 48), (face_crops.FACE, (128, 92), 72)],
)
def test_eyes_and_mouth_come_to_their_places(framing, eyes, drop):
    matrix = framing.matrix(toy_landmarks())
    np.testing.assert_allclose(matrix @ [*eyes, 1], (100, 100), atol=1e-9)
    np.testing.assert_allclose(matrix @ [eyes[0], eyes[1] + drop, 1], (100, 160), atol=1e-9)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    data = pytest.importorskip("skimage.data", reason="brings a photograph with a face")
    folder = tmp_path_factory.mktemp("photographs")
    images.write_image(folder / "a" / "eileen.jpg", data.astronaut())
    images.write_image(folder / "b" / "wall.png", np.full((90, 90, 3), 0.5))
    return image_lists.from_paths(["a/eileen.jpg", "b/wall.png"], [4, 7], folder, name="two")


def test_faces_are_cut_once_and_photographs_without_are_left_out(photographs, tmp_path):
    found = face_crops.write_crops(photographs, tmp_path, face_crops.CROP)
    assert len(found) == 1 and found.labels.tolist() == [4]
    crop = images.read_image(found.path(0))
    assert crop.shape == (144, 144, 3) and (crop[..., 0] == crop[..., 1]).all()
    left, right, _, *mouth = five_points(found.landmarks(0))
    np.testing.assert_allclose((left + right) / 2, (72, 48), atol=1e-3)
    assert np.mean(mouth, 0)[1] == pytest.approx(96, abs=1e-3)
    # The pupils are darker than the cheeks below them.
    eye = crop[round(left[1]) - 2 : round(left[1]) + 3, round(left[0]) - 2 : round(left[0]) + 3]
    cheek = crop[round(left[1]) + 18 : round(left[1]) + 23, round(left[0]) - 2 :][:, :5]
    assert eye.mean() < cheek.mean() - 0.1
    (line,) = (tmp_path / face_crops.LEFT_OUT_NAME).read_text().splitlines()
    assert line.startswith("b/wall.png: wall.png: no face")
    written = found.path(0).stat().st_mtime_ns
    again = face_crops.write_crops(photographs, tmp_path, face_crops.CROP)
    assert again.path(0).stat().st_mtime_ns == written
    for other, framing in (
        (photographs, face_crops.FACE),
        (photographs.take(np.array([0])), face_crops.CROP),
    ):
        with pytest.raises(OutputError, match="holds crops of other photographs"):
            face_crops.write_crops(other, tmp_path, framing)


def test_crops_of_large_photographs_are_smoothed(tmp_path, monkeypatch):
    # Stripes of one pixel, four of them in a pixel of the crop: grey, not a moire.
    stripes = np.tile(np.float32([0, 1])[None, :, None], (1000, 500, 3))
    photo = Photo("stripes", stripes, 4 * toy_landmarks(), (0, 0, 1000, 1000))
    monkeypatch.setattr(face_crops, "open_photo", lambda path: photo)
    (tmp_path / "large.jpg").touch()
    pictures = image_lists.from_paths(["large.jpg"], [0], tmp_path)
    framing = dataclasses.replace(face_crops.CROP, side=48, grey=False)
    found = face_crops.write_crops(pictures, tmp_path / "crops", framing)
    crop = images.read_image(found.path(0))
    assert crop.shape == (48, 48, 3)
    np.testing.assert_allclose(crop, 0.5, atol=0.06)
    left, right, _, *mouth = five_points(found.landmarks(0))
    np.testing.assert_allclose((left + right) / 2, (24, 0), atol=1e-3)
    assert np.mean(mouth, 0)[1] == pytest.approx(48, abs=1e-3)


def test_nobody_anywhere_is_an_error(photographs, tmp_path):
    with pytest.raises(NoFaceError, match="two: there is a face in none of 1 photographs"):
        face_crops.write_crops(photographs.take(np.array([1])), tmp_path, face_crops.CROP)
    assert not (tmp_path / image_lists.LIST_NAME).exists()
    gone = image_lists.from_paths(["gone.jpg"], [0], tmp_path)
    with pytest.raises(DatabaseError, match="there is no picture"):
        face_crops.write_crops(gone, tmp_path, face_crops.CROP)
