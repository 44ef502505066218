import numpy as np
import pytest

from face2param.landmarks import chips, markup, similarity


def random_face(seed=0, scale=300) -> np.ndarray:
    """A tilted, noisy face about (210, 210) in whole pixels (dlib rounds landmarks)."""
    rng = np.random.default_rng(seed)
    face = rng.uniform(0, 400, (68, 2))
    turn = scale * np.exp(0.2j)
    tilt = similarity.similarity_matrix(turn, 210 + 210j - turn * (0.5 + 0.5j))
    shape = similarity.transform_points(tilt, chips.DLIB_MEAN_SHAPE)
    face[list(chips.DLIB_POINTS)] = shape + rng.normal(scale=scale / 40, size=shape.shape)
    return np.round(face)


def dlib_detection(face: np.ndarray):
    dlib = pytest.importorskip("dlib")
    points = [dlib.point(int(x), int(y)) for x, y in face]
    return dlib.full_object_detection(dlib.rectangle(0, 0, 400, 400), points)


@pytest.mark.parametrize(("size", "padding"), [(150, 0.25), (96, 0.0), (200, 0.6)])
def test_dlib_chip_has_the_rectangle_of_dlib(size, padding):
    dlib = pytest.importorskip("dlib")
    face = random_face()
    details = dlib.get_face_chip_details(dlib_detection(face), size, padding)
    matrix = chips.dlib_chip_matrix(face + 0.5, size, padding)
    rect, turn = details.rect, np.exp(1j * details.angle)
    centre = complex(rect.left() + rect.right(), rect.top() + rect.bottom()) / 2
    corners = [centre + turn * (c - centre) for c in (
        complex(rect.left(), rect.top()), complex(rect.right(), rect.bottom()))]  # fmt: skip
    # First and last pixel centre of the chip, against dlib's corners in pixel indices.
    ours = similarity.transform_points(matrix, np.array([[0.5, 0.5], [size - 0.5, size - 0.5]]))
    theirs = np.array([[c.real + 0.5, c.imag + 0.5] for c in corners])
    # 1e-6 of the mean shape is 3e-4 px here.
    np.testing.assert_allclose(ours, theirs, atol=2e-3)


def test_dlib_chip_has_the_pixels_of_dlib():
    dlib = pytest.importorskip("dlib")
    ndimage = pytest.importorskip("scipy.ndimage")
    # Smooth, so that dlib's own choice of interpolation does not matter.
    noise = np.random.default_rng(5).random((420, 420))
    picture = ndimage.gaussian_filter(noise, 6)
    picture = (255 * (picture - picture.min()) / np.ptp(picture)).astype(np.uint8)
    face = random_face(1, scale=150)
    theirs = dlib.get_face_chip(np.stack([picture] * 3, -1), dlib_detection(face), 150)[..., 0]
    y, x = np.mgrid[:150, :150] + 0.5
    at = similarity.transform_points(
        chips.dlib_chip_matrix(face + 0.5), np.stack([x.ravel(), y.ravel()], 1)
    )
    ours = ndimage.map_coordinates(
        picture.astype(float), [at[:, 1] - 0.5, at[:, 0] - 0.5], order=1
    ).reshape(150, 150)
    inside = ((at > 1) & (at < 419)).all(1).reshape(150, 150)
    assert inside.mean() > 0.9
    # dlib cuts grey values down to whole numbers, 0.5 on average. (Faces more than about 180 px
    # wide go through its image pyramid first, which blurs and shifts by a fraction of a pixel.)
    assert np.abs(ours - theirs)[inside].mean() < 0.55


def test_lightcnn_puts_eyes_and_mouth_where_the_table_says():
    face = markup.five_points(random_face(2))
    matrix = chips.lightcnn_matrix(face)
    in_crop = similarity.transform_points(similarity.invert(matrix), face)
    eyes, mouth = in_crop[:2].mean(0), in_crop[3:].mean(0)
    np.testing.assert_allclose(eyes, [64, 40], atol=1e-9)
    assert in_crop[0, 1] == pytest.approx(in_crop[1, 1])
    assert mouth[1] == pytest.approx(88)
    batch = chips.lightcnn_matrix(np.stack([face, face + 3]))
    np.testing.assert_allclose(batch[0], matrix)


def test_errors():
    with pytest.raises(ValueError, match="landmarks must have shape"):
        chips.dlib_chip_matrix(np.zeros((5, 2)))
    with pytest.raises(ValueError, match="size must be >= 2"):
        chips.dlib_chip_matrix(random_face(), size=1)
    with pytest.raises(ValueError, match="points must have shape"):
        chips.lightcnn_matrix(np.zeros((4, 2)))
    with pytest.raises(ValueError, match="same place"):
        chips.lightcnn_matrix(np.zeros((5, 2)))
    upside_down = markup.five_points(random_face()) * [1, -1]
    with pytest.raises(ValueError, match="not below the eyes"):
        chips.lightcnn_matrix(upside_down)
