import subprocess
import sys

import numpy as np
import pytest

from face2param.estimator import attributes, face_shape, hair_shape, logistic, measured
from face2param.estimator.attributes import ATTRIBUTES
from face2param.regions import INDEX
from tests.estimator import drawn_face


@pytest.fixture(scope="module")
def short():
    return measured.measure(*drawn_face.draw())


def test_every_attribute_but_age_is_read(short):
    assert set(ATTRIBUTES) - set(short) == {"age"}
    assert attributes.from_dict(attributes.to_dict(short)) == short
    assert all(0 <= reading.confidence <= 1 for reading in short.values())


@pytest.mark.parametrize(
    ("bottom", "length"), [(None, "bald"), (-0.1, "short"), (1.1, "medium"), (2.4, "long")]
)
def test_the_silhouette_says_how_long_the_hair_is(bottom, length):
    found = measured.measure(*drawn_face.draw(hair_bottom=bottom))
    assert found["hair_length"].value == length
    assert ("hair_colour" in found) == (bottom is not None)


def test_a_hat_leaves_the_length_open():
    image, landmarks, probabilities = drawn_face.draw(hair_bottom=None)
    rows = np.arange(image.shape[0])[:, None] + np.zeros(image.shape[1])
    hatted = probabilities.copy()
    hatted[(rows < landmarks[19, 1] - 12) & (probabilities[..., 0] < 1)] = np.eye(19)[INDEX["hat"]]
    bare = measured.measure(image, landmarks, probabilities)["hair_length"]
    hidden = measured.measure(image, landmarks, hatted)["hair_length"]
    assert bare.value == "bald" and hidden.confidence < 0.7
    assert hidden.value != "bald"


def test_glasses_need_lenses_or_a_frame(short):
    assert short["glasses"].value == "none" and short["glasses"].confidence > 0.9
    image, landmarks, probabilities = drawn_face.draw()
    rows, columns = np.mgrid[: image.shape[0], : image.shape[1]] + 0.5
    unit = np.linalg.norm(landmarks[45] - landmarks[36])
    middle = landmarks[[36, 45]].mean(0)
    x, y = np.abs(columns - middle[0]) / unit, (rows - middle[1]) / unit
    outer = np.maximum(np.abs(x - 0.33) / 0.24, np.abs(y - 0.05) / 0.2)
    lens, frame = outer < 1, (outer < 1) & (outer > 0.8) | (x < 0.1) & (np.abs(y) < 0.03)
    image, probabilities = image.copy(), probabilities.copy()
    image[frame] = 0.02
    probabilities[lens | frame] = np.eye(19)[INDEX["eye_g"]]
    assert measured.measure(image, landmarks, probabilities)["glasses"].value == "dark"


def test_lengths_do_not_depend_on_size_and_roll(short):
    import cv2

    from face2param.landmarks import similarity

    image, landmarks, probabilities = drawn_face.draw()
    angle, scale = 0.1, 1.4
    linear = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array([180.0, 180.0]) - linear @ [128.0, 128.0]
    matrix = np.concatenate([linear, shift[:, None]], 1)
    index = np.concatenate([linear, (shift + linear @ [0.5, 0.5] - 0.5)[:, None]], 1)

    def warp(picture):
        return cv2.warpAffine(picture, index, (360, 360), borderMode=cv2.BORDER_REPLICATE)

    maps = np.stack([warp(np.ascontiguousarray(m)) for m in np.moveaxis(probabilities, -1, 0)], -1)
    turned = measured.measure(warp(image), similarity.transform_points(matrix, landmarks), maps)
    assert turned["hairline"].value == pytest.approx(short["hairline"].value, abs=0.05)
    assert turned["brow_thickness"].value == pytest.approx(short["brow_thickness"].value, abs=0.02)
    assert turned["fullness"].value == pytest.approx(short["fullness"].value, abs=0.05)
    np.testing.assert_allclose(turned["skin_tone"].value, short["skin_tone"].value, atol=1.0)


def test_a_wider_jaw_is_fuller_and_a_turned_head_less_sure():
    landmarks = drawn_face.canonical_landmarks()
    wide = landmarks.copy()
    wide[2:15, 0] = 128 + 1.1 * (wide[2:15, 0] - 128)
    wide[8] = landmarks[8]
    assert face_shape.fullness(wide)[0] > face_shape.fullness(landmarks)[0] + 1
    turned = landmarks.copy()
    turned[30, 0] += 15
    assert face_shape.fullness(turned)[1] > 0.2


def test_brow_thickness_counts_what_is_painted():
    landmarks = drawn_face.canonical_landmarks()
    unit = np.linalg.norm(landmarks[45] - landmarks[36])
    maps = np.zeros((256, 256, 19), np.float32)
    top = int(landmarks[19, 1])
    for name, at in (("l_brow", 19), ("r_brow", 24)):
        column = int(landmarks[at, 0])
        maps[top : top + 8, column - 15 : column + 15, INDEX[name]] = 1
    thickness, apart = face_shape.brow_thickness(landmarks, maps)
    assert thickness == pytest.approx(8 / unit, rel=0.25) and apart < 0.1
    assert face_shape.brow_thickness(landmarks, 0 * maps) == (0.0, 1.0)


def test_a_wide_crop_shows_the_shoulders():
    canonical = drawn_face.canonical_landmarks()
    wide = measured.wide_landmarks(canonical, (256, 256))
    ratio = np.linalg.norm(wide[45] - wide[36]) / np.linalg.norm(canonical[45] - canonical[36])
    assert ratio == pytest.approx(0.6, rel=1e-4)
    image, _, maps = drawn_face.draw()
    assert hair_shape.shows_shoulders(hair_shape.grid(image, wide, maps))
    assert not hair_shape.shows_shoulders(hair_shape.grid(image, canonical, maps))


def test_the_lines_can_be_checked_by_a_person(short):
    lines = measured.describe({**short, "age": attributes.from_user("age", "old")})
    assert len(lines) == len(ATTRIBUTES)
    text = "\n".join(lines)
    assert "hair length: short;" in text and "age: old; set by the user" in text
    assert "outer-eye distances" in text and "L*a*b*" in text and "hair colour: brown, #" in text


def test_wrong_shapes_are_named():
    image, landmarks, maps = drawn_face.draw()
    with pytest.raises(ValueError, match=r"image must be \[height, width, 3\]"):
        measured.measure(image[..., 0], landmarks, maps)
    with pytest.raises(ValueError, match=r"probabilities must be \[256, 256, 19\]"):
        measured.measure(image, landmarks, maps[:128])


def test_logistic_regression_learns_and_survives_text():
    rng = np.random.default_rng(0)
    numbers = rng.normal(size=(300, 2))
    right = (numbers[:, 0] > 0).astype(int) + (numbers[:, 0] > 1)
    model = logistic.fit(numbers, right, 3, penalty=0.001)
    shares = model(numbers)
    np.testing.assert_allclose(shares.sum(1), 1.0)
    assert np.mean(shares.argmax(1) == right) > 0.95
    again = logistic.Logistic.from_dict(model.to_dict())
    np.testing.assert_allclose(again(numbers), shares, atol=2e-3)  # four digits are kept


def test_readings_need_no_tensorflow():
    code = (
        "import sys, face2param.estimator.measured; print({'tensorflow', 'keras'} & {*sys.modules})"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
