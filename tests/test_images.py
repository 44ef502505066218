import numpy as np
import pytest
from PIL import Image

from face2param import images
from face2param.errors import ImageError


def gradient(height=24, width=32):
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    return np.stack([x / width, y / height, 0 * x + 0.5], -1)


def test_png_round_trip_is_exact_to_a_rounding_step(tmp_path):
    images.write_image(tmp_path / "a.png", gradient())
    again = images.read_image(tmp_path / "a.png")
    assert again.dtype == np.float32 and again.shape == (24, 32, 3)
    np.testing.assert_allclose(again, gradient(), atol=0.5 / 255 + 1e-6)


def test_exif_orientation_is_honoured(tmp_path):
    picture = Image.fromarray(images.to_uint8(gradient()))
    exif = picture.getexif()
    exif[0x0112] = 6  # the camera was turned: rotate 90 degrees clockwise to see it upright
    picture.save(tmp_path / "a.png", exif=exif)
    upright = images.read_image(tmp_path / "a.png")
    np.testing.assert_allclose(upright, np.rot90(gradient(), -1), atol=1 / 255)


def test_transparency_is_laid_over_white_and_grey_becomes_rgb(tmp_path):
    Image.new("RGBA", (4, 4), (255, 0, 0, 0)).save(tmp_path / "a.png")
    assert images.read_image(tmp_path / "a.png").min() == 1
    Image.new("L", (4, 4), 51).save(tmp_path / "b.png")
    np.testing.assert_allclose(images.read_image(tmp_path / "b.png"), 0.2, atol=1e-6)


def test_unreadable_files_give_one_clear_error(tmp_path):
    with pytest.raises(ImageError, match="no such picture"):
        images.read_image(tmp_path / "absent.jpg")
    (tmp_path / "text.jpg").write_text("hello")
    with pytest.raises(ImageError, match="cannot read"):
        images.read_image(tmp_path / "text.jpg")
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "whole.jpg")
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    with pytest.raises(ImageError, match="cannot read"):
        images.read_image(tmp_path / "cut.jpg")


def test_resize_keeps_a_constant_and_the_mean():
    flat = np.full((40, 60, 3), 0.25, np.float32)
    np.testing.assert_allclose(images.resize(flat, (10, 20)), 0.25, atol=1e-6)
    small = images.resize(gradient(), (12, 16))
    assert small.shape == (12, 16, 3)
    np.testing.assert_allclose(small.mean((0, 1)), gradient().mean((0, 1)), atol=5e-3)


def test_mosaic_places_pictures_in_reading_order():
    colours = [np.full((8, 8, 3), value, np.float32) for value in (0.0, 0.2, 0.4)]
    sheet = images.mosaic(colours, columns=2, gap=2)
    assert sheet.shape == (22, 22, 3)
    assert sheet[4, 4, 0] == 0
    assert abs(sheet[4, 14, 0] - 0.2) < 1e-6 and abs(sheet[14, 4, 0] - 0.4) < 1e-6
    with pytest.raises(ImageError, match="one size"):
        images.mosaic([colours[0], gradient()], columns=2)


def test_a_long_caption_is_broken_and_stays_under_its_picture():
    pictures = [np.zeros((40, 120, 3), np.float32)] * 2
    short = images.mosaic(pictures, 2, ["a", "b"])
    long = images.mosaic(pictures, 2, ["a name and a number and one more", ""])
    assert long.shape[0] > short.shape[0] and long.shape[1] == short.shape[1]
    ground = long[0, 0]
    under_second = long[46:, 6 + 120 + 6 :]
    np.testing.assert_array_equal(under_second, np.broadcast_to(ground, under_second.shape))
