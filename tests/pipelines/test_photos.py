import numpy as np
import pytest

from face2param import images
from face2param.errors import ImageError, NoFaceError
from face2param.pipelines import photos
from tests.data import shared_data


def test_a_folder_without_pictures_is_refused(tmp_path):
    with pytest.raises(ImageError, match="no such folder"):
        photos.list_photos(tmp_path / "absent")
    (tmp_path / "notes.txt").write_text("")
    with pytest.raises(ImageError, match="no pictures in"):
        photos.list_photos(tmp_path)


def test_pictures_are_listed_by_name_and_other_files_left_out(tmp_path):
    for name in ("b.JPG", "a.png", "notes.txt"):
        (tmp_path / name).write_text("")
    assert [path.name for path in photos.list_photos(tmp_path)] == ["a.png", "b.JPG"]


def test_errors_name_the_photograph(tmp_path):
    images.write_image(tmp_path / "grey.png", np.full((80, 80, 3), 0.5, np.float32))
    with pytest.raises(NoFaceError, match=r"^grey\.png: no face"):
        photos.open_photo(tmp_path / "grey.png")
    with pytest.raises(ImageError, match=r"^photo: .*20x20"):
        photos.open_photo(np.full((20, 20, 3), 0.5, np.float32))


def test_a_portrait_is_found_and_aligned_to_given_landmarks():
    path = shared_data("portraits", "A000370.jpg")
    photo = photos.open_photo(path)
    assert photo.name == "A000370.jpg" and photo.image.shape == (410, 335, 3)
    target = photo.landmarks * 0.5 + 20
    aligned = photos.align(photo, target, 256)
    np.testing.assert_allclose(aligned.landmarks, target, atol=0.01)
    with pytest.raises(NoFaceError, match="face_index is 3"):
        photos.open_photo(path, face_index=3)


def test_quarter_averages_blocks():
    maps = np.zeros((1, 8, 8, 1), np.float32)
    maps[0, :2, :4] = 1
    np.testing.assert_allclose(photos.quarter(maps)[0, ..., 0], [[0.5, 0], [0, 0]])
