import numpy as np
import pytest

from face2param import images
from face2param.alignment import align, align_photo, align_with_landmarks, detect
from face2param.errors import ImageError, NoFaceError
from face2param.landmarks import markup, similarity
from tests.data import shared_data

SIZE = (256, 256)


def smooth_picture(height, width):
    y, x = np.mgrid[:height, :width] + 0.5
    channels = [x / width, y / height, 0.5 + 0.4 * np.sin(x / 15) * np.cos(y / 20)]
    return np.stack(channels, -1).astype(np.float32)


def test_the_face_lands_on_the_canonical_landmarks(astronaut, canonical):
    aligned = align_photo(astronaut, canonical, SIZE)
    assert aligned.image.shape == (*SIZE, 3)
    stable = list(markup.STABLE)
    error = np.linalg.norm(aligned.landmarks - canonical, axis=1)[stable].mean()
    assert error < 0.06 * markup.outer_eye_distance(canonical)
    eyes = markup.five_points(aligned.landmarks)[:2]
    assert abs(np.degrees(np.arctan2(*(eyes[1] - eyes[0])[::-1]))) < 2
    # And in the picture itself, not only in the numbers: dlib finds them there again.
    again = align_photo(aligned.image, canonical, SIZE)
    np.testing.assert_allclose(again.matrix, [[1, 0, 0], [0, 1, 0]], atol=0.05 * 128)
    assert np.linalg.norm(again.landmarks - aligned.landmarks, axis=1).mean() < 2


def test_roll_is_removed(astronaut, canonical):
    upright = align_photo(astronaut, canonical, SIZE)
    rolled = align_photo(detect.turn(astronaut, np.radians(15)), canonical, SIZE)
    angle = similarity.scale_and_angle(rolled.matrix)[1]
    angle -= similarity.scale_and_angle(upright.matrix)[1]
    assert np.degrees(angle) == pytest.approx(-15, abs=1.5)
    both = upright.valid_mask & rolled.valid_mask
    assert np.abs(upright.image - rolled.image)[both].mean() < 0.04


def test_warp_moves_pixels_as_the_matrix_says():
    image = smooth_picture(120, 160)
    matrix = similarity.similarity_matrix(1.3 * np.exp(0.1j), 20 - 15j)
    warped = align.warp(image, matrix, (100, 140))
    inside = align.covered(image.shape[:2], matrix, (100, 140))
    y, x = np.mgrid[:100, :140] + 0.5
    at = similarity.transform_points(
        similarity.invert(matrix), np.stack([x.ravel(), y.ravel()], 1)
    ).reshape(100, 140, 2)
    # Channels 0 and 1 hold the position itself. OpenCV's weights have coarse steps.
    shrunk = inside & (at > 2).all(-1) & (at < [158, 118]).all(-1)
    np.testing.assert_allclose(warped[shrunk][:, 0], at[shrunk][:, 0] / 160, atol=0.06 / 160)
    np.testing.assert_allclose(warped[shrunk][:, 1], at[shrunk][:, 1] / 120, atol=0.06 / 120)


def test_warp_shrinks_without_aliasing():
    stripes = np.zeros((400, 400, 3), np.float32)
    stripes[:, ::2] = 1
    warped = align.warp(stripes, similarity.similarity_matrix(0.21, 8 + 8j), (100, 100))
    assert np.abs(warped[20:80, 20:80] - 0.5).max() < 0.05
    # The position survives the two steps.
    image = smooth_picture(400, 400)
    warped = align.warp(image, similarity.similarity_matrix(0.21, 8 + 8j), (100, 100))
    x = (np.arange(20, 80) + 0.5 - 8) / 0.21 / 400
    np.testing.assert_allclose(warped[50, 20:80, 0], x, atol=0.3 / 84)


def test_beyond_the_border_is_smooth_and_marked(astronaut, canonical):
    aligned = align_photo(astronaut[40:200, 150:310], canonical, SIZE)
    assert 0.2 < aligned.valid_mask.mean() < 0.8
    corners = similarity.transform_points(aligned.matrix, np.array([[0, 0], [160, 160.0]]))
    rows = np.flatnonzero(aligned.valid_mask.any(1))
    assert rows[0] == pytest.approx(corners[0, 1], abs=15)
    steps = np.abs(np.diff(aligned.image, axis=1)).max(-1)
    far = ~aligned.valid_mask & (np.arange(SIZE[0])[:, None] < rows[0] - 10)
    assert steps[far[:, 1:]].max() < 0.05
    assert np.isfinite(aligned.image).all()


def test_real_portraits_are_all_aligned(canonical):
    names = ["A000055", "A000370", "B001278", "D000197", "D000626", "F000462"]
    for name in names:
        photo = images.read_image(shared_data("portraits", f"{name}.jpg"))
        aligned = align_photo(photo, canonical, SIZE)
        inner = list(markup.INNER)
        error = np.linalg.norm(aligned.landmarks - canonical, axis=1)[inner].mean()
        assert error < 0.2 * markup.outer_eye_distance(canonical), name


def test_errors(astronaut, canonical):
    with pytest.raises(NoFaceError, match="no face was found"):
        align_photo(np.zeros((80, 80, 3), np.float32), canonical, SIZE)
    with pytest.raises(ImageError, match="each side needs at least 64"):
        align_photo(astronaut[:40, :40], canonical, SIZE)
    with pytest.raises(NoFaceError, match="face_index is 5"):
        align_photo(astronaut[:300], canonical, SIZE, face_index=5)
    with pytest.raises(ValueError, match="canonical_landmarks must have shape"):
        align_with_landmarks(astronaut, canonical, canonical[:5], SIZE)
    with pytest.raises(ValueError, match="size must be"):
        align_with_landmarks(astronaut, canonical, canonical, (0, 5))
    with pytest.raises(NoFaceError, match="landmarks of the face coincide"):
        align_with_landmarks(astronaut, np.ones((68, 2)), canonical, SIZE)
