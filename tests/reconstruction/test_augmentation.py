import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.reconstruction import augmentation

SIZE = 64
FAR = augmentation.Augmentation(
    shift=20.0, scale=0.1, rotation=15.0, flip=0.5, relit=0.0, occluded=0.0, photographed=0.0
)


def photo():
    """A white dot on each landmark of a grid; 255 attention left of the middle."""
    landmarks = np.full((68, 2), 32.5, np.float32)
    landmarks[[36, 45]] = [[20.5, 24.5], [44.5, 24.5]]
    image = np.zeros((SIZE, SIZE, 3), np.float32)
    for x, y in landmarks.astype(int):
        image[y - 1 : y + 2, x - 1 : x + 2] = 1
    valid = np.full((SIZE, SIZE), 255, np.uint8)
    return {"image": image, "valid": valid, "landmarks": landmarks, "descriptor": np.ones(3)}


def centre(weights):
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    return np.array([(weights * x).sum(), (weights * y).sum()]) / weights.sum()


def test_without_augmentation_nothing_changes():
    given = {name: value[None] for name, value in photo().items()}
    seen, found = augmentation.batch(given, np.random.default_rng(0), augmentation.NONE)
    np.testing.assert_allclose(seen, given["image"], atol=1e-6)
    np.testing.assert_allclose(found["landmarks"], given["landmarks"], atol=1e-5)
    np.testing.assert_array_equal(found["valid"], 1)


@pytest.mark.parametrize("seed", range(6))
def test_landmarks_stay_on_what_they_mark(seed):
    rng = np.random.default_rng(seed)
    found = augmentation.placed(photo(), rng, FAR)
    np.testing.assert_array_equal(found["descriptor"], 1)
    for index in (30, 36, 45):
        x, y = found["landmarks"][index]
        window = np.zeros((SIZE, SIZE))
        window[int(y) - 4 : int(y) + 5, int(x) - 4 : int(x) + 5] = 1
        dot = centre(found["image"][..., 0] * window)
        np.testing.assert_allclose(dot, [x, y], atol=0.3)
    # The eye on the viewer's left stays on the left, mirrored or not.
    assert found["landmarks"][36, 0] < found["landmarks"][45, 0]


def test_mirrored_pictures_occur():
    flips = augmentation.Augmentation(0, 0, 0, 0.5, 0, 0, 0)
    lop = {**photo(), "image": np.zeros((SIZE, SIZE, 3), np.float32)}
    lop["image"][:, : SIZE // 2] = 1
    left = [
        augmentation.placed(lop, np.random.default_rng(seed), flips)["image"][5, 5, 0]
        for seed in range(40)
    ]
    assert 10 < sum(left) < 30


def test_colours_change_but_not_what_lies_beyond_the_photograph():
    given = {name: value[None] for name, value in photo().items()}
    given["image"] = np.full_like(given["image"], 0.5)
    given["valid"] = given["valid"].copy()
    given["valid"][:, :, 50:] = 0
    still = augmentation.Augmentation(0, 0, 0, 0, relit=1, occluded=1, photographed=1)
    seen, found = augmentation.batch(given, np.random.default_rng(3), still)
    assert not seen[0, :, 50:].any() and not found["image"][0, :, 50:].any()
    inside = (slice(None), slice(None), slice(0, 50))
    assert np.abs(seen[inside] - 0.5).mean() > 0.02
    # The patch in front and the noise are for the network alone.
    assert np.abs(seen - found["image"]).max() > 0.05
    assert seen.min() >= 0 and seen.max() <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"flip": 1.5}, "flip: must be in"),
        ({"shift": -1.0}, "shift: must not be negative"),
        ({"scale": 1.0}, "scale: must be below 1"),
    ],
)
def test_odd_settings(change, message):
    with pytest.raises(ConfigError, match=message):
        augmentation.Augmentation(**change)
