import numpy as np
import pytest
from keras import ops

from face2param.features.augmentation import published
from face2param.regions import IGNORE, INDEX

SOURCE, SIZE = 64, 48


def table(count, **columns):
    """Random numbers that change nothing but what is asked for."""
    numbers = np.full((count, published.NUMBERS), 0.5, np.float32)
    numbers[:, 4] = 1.5 / len(published.SCALES)  # scale 1
    for name, value in columns.items():
        numbers[:, int(name[1:])] = value
    return numbers


def halves(count=1):
    """Left eye on the left half, right eye on the right; the picture shows its columns."""
    labels = np.full((count, SOURCE, SOURCE), INDEX["l_eye"], np.int32)
    labels[:, :, SOURCE // 2 :] = INDEX["r_eye"]
    ramp = np.linspace(0.1, 0.9, SOURCE, dtype=np.float32)
    return np.broadcast_to(ramp[None, None, :, None], (count, SOURCE, SOURCE, 3)).copy(), labels


def run(images, labels, numbers, size=SIZE):
    found = published.augment(images, labels, numbers, size)
    return [ops.convert_to_numpy(part) for part in found]


def test_a_crop_at_scale_one_is_a_piece_of_the_picture():
    images, labels = halves()
    found, classes = run(images, labels, table(1, c5=0.25, c6=0.75))
    np.testing.assert_allclose(found, images[:, 12:60, 4:52], atol=1e-6)
    np.testing.assert_array_equal(classes, labels[:, 12:60, 4:52])


def test_a_mirrored_picture_swaps_left_and_right():
    images, labels = halves()
    found, classes = run(images, labels, table(1, c3=0.1, c5=0.5, c6=0.5))
    np.testing.assert_allclose(found, images[:, 8:56, 8:56][:, :, ::-1], atol=1e-6)
    # The left half shows what was right, and is called left again.
    np.testing.assert_array_equal(classes, labels[:, 8:56, 8:56])
    labels[:] = IGNORE
    assert (run(images, labels, table(1, c3=0.1))[1] == IGNORE).all()


def test_scales_are_the_published_six_and_a_small_picture_is_scaled_up():
    images, labels = halves(6)
    numbers = table(6, c5=0.0, c6=0.0)
    numbers[:, 4] = (np.arange(6) + 0.5) / 6
    found = run(images, labels, numbers)[0][..., 0]
    slope = np.diff(found, axis=2)[:, 0, 10:30].mean(1) / np.diff(images[0, 0, :2, 0])
    # 0.75 x 64 = 48 just fills the crop.
    np.testing.assert_allclose(1 / slope, published.SCALES, rtol=1e-4)
    tight = run(images[:1], labels[:1], numbers[:1], size=56)[0][..., 0]
    assert np.diff(tight, axis=2)[0, 0, 10:30].mean() == pytest.approx(
        np.diff(images[0, 0, :2, 0])[0] * 64 / 56, rel=1e-4
    )


def test_jitter_is_pillows():
    from PIL import Image, ImageEnhance

    rng = np.random.default_rng(0)
    picture = rng.integers(0, 256, (16, 16, 3)).astype(np.uint8)
    for factors in [(0.6, 1.4, 0.5), (1.3, 0.7, 1.5), (1.0, 1.0, 0.0)]:
        expected = Image.fromarray(picture)
        for enhance, factor in zip(
            (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color),
            factors,
            strict=True,
        ):
            expected = enhance(expected).enhance(factor)
        shaped = [np.full((1, 1, 1, 1), factor, np.float32) for factor in factors]
        found = published.jitter(picture[None].astype(np.float32) / 255, *shaped)
        # Pillow rounds to bytes after each of the three.
        difference = ops.convert_to_numpy(found)[0] - np.asarray(expected) / 255
        assert np.abs(difference).max() < 4 / 255


def test_wrong_shapes_are_named():
    images, labels = halves()
    with pytest.raises(ValueError, match=r"images must be \[batch, side, side, 3\]"):
        published.augment(images[:, :10], labels, table(1), SIZE)
    with pytest.raises(ValueError, match="labels must be"):
        published.augment(images, labels[:, :10], table(1), SIZE)
    with pytest.raises(ValueError, match="table must be"):
        published.augment(images, labels, table(1)[:, :3], SIZE)
