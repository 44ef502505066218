"""The 224 crop: POS, sub-pixel exactness, the original's truncation, the way back."""

import numpy as np
import pytest
from PIL import Image

from face2param.alignment import pos
from face2param.errors import ImageError, NoFaceError


def five_of(scale=150.0, origin=(310.3, 255.7), angle=0.2):
    """Five points that a scaled orthographic camera sees, x right and y down."""
    turn = np.array(
        [[np.cos(angle), 0, np.sin(angle)], [0, 1, 0], [-np.sin(angle), 0, np.cos(angle)]]
    )
    seen = pos.STANDARD.astype(np.float64) @ turn.T
    return np.array(origin) + scale * seen[:, :2] * [1, -1]


def smooth_photo(height=480, width=640):
    y, x = np.mgrid[:height, :width] + 0.5
    waves = [np.sin(x / 31 + k) * np.cos(y / 23 - k) for k in range(3)]
    return (0.5 + 0.4 * np.stack(waves, -1)).astype(np.float32)


def smooth_at(points):
    x, y = np.moveaxis(points, -1, 0)
    waves = [np.sin(x / 31 + k) * np.cos(y / 23 - k) for k in range(3)]
    return 0.5 + 0.4 * np.stack(waves, -1)


def test_pos_recovers_scale_and_shift_of_a_weak_perspective_camera():
    for angle in (0.0, 0.5):
        scale, origin = pos.estimate_pos(five_of(angle=angle), pos.STANDARD)
        np.testing.assert_allclose(scale, 150, rtol=1e-5)
        np.testing.assert_allclose(origin, (310.3, 255.7), atol=1e-3)


def test_exact_crop_puts_the_centre_into_the_middle_and_the_picture_where_the_matrix_says():
    result = pos.align_pos(smooth_photo(), five_of())
    assert result.image.shape == (224, 224, 3) and result.image.dtype == np.float32
    assert result.valid_mask.all()
    moved = result.matrix @ [310.3, 255.7, 1]
    np.testing.assert_allclose(moved, 112, atol=1e-3)
    np.testing.assert_allclose(result.matrix[0, 0], 102 / 150, rtol=1e-5)
    centres = np.stack(np.meshgrid(np.arange(224) + 0.5, np.arange(224) + 0.5), -1)
    # The scene is smooth: sampled where the inverse says, it equals the crop to the blur of the
    # antialiasing filter, 1e-3. A shift of 0.1 px would change it by 2e-3 on average.
    expected = smooth_at(result.to_photo(centres))
    assert np.abs(result.image - expected).mean() < 5e-4


def test_landmarks_follow_the_picture_and_come_back():
    five = five_of()
    exact = pos.align_pos(smooth_photo(), five)
    np.testing.assert_allclose(exact.to_photo(exact.landmarks), five, atol=1e-3)
    np.testing.assert_allclose(
        exact.landmarks, 112 + (five - [310.3, 255.7]) * 102 / 150, atol=2e-3
    )


def test_sixty_eight_points_give_the_crop_of_their_five():
    rng = np.random.default_rng(0)
    landmarks = rng.uniform(100, 400, (68, 2))
    five = five_of()
    landmarks[[36, 39]], landmarks[[42, 45]] = five[0], five[1]
    landmarks[[30, 48, 54]] = five[2:]
    from_all = pos.align_pos(smooth_photo(), landmarks)
    np.testing.assert_allclose(from_all.matrix, pos.align_pos(smooth_photo(), five).matrix)
    assert from_all.landmarks.shape == (68, 2)
    assert pos.five_points(rng.normal(size=(2, 68, 3))).shape == (2, 5, 3)


def original(photo, five):
    """The published steps in the published coordinates, Pillow and all."""
    height, width = photo.shape[:2]
    points = np.stack([five[:, 0], height - 1 - five[:, 1]], 1)
    system, right = np.zeros((10, 8)), points.reshape(10, 1)
    system[0::2, :3], system[0::2, 3] = pos.STANDARD, 1
    system[1::2, 4:7], system[1::2, 7] = pos.STANDARD, 1
    k = np.linalg.lstsq(system, right, rcond=None)[0][:, 0]
    s, t = (np.linalg.norm(k[:3]) + np.linalg.norm(k[4:7])) / 2, k[[3, 7]]
    w, h = np.int32(width / s * 102), np.int32(height / s * 102)
    left = np.int32(w / 2 - 112 + (t[0] - width / 2) * 102 / s)
    up = np.int32(h / 2 - 112 + (height / 2 - t[1]) * 102 / s)
    shrunk = Image.fromarray(photo).resize((w, h), Image.Resampling.BICUBIC)
    crop = np.asarray(shrunk.crop((left, up, left + 224, up + 224)))
    lm = (points - t + [width / 2, height / 2]) / s * 102 - [w / 2 - 112, h / 2 - 112]
    return crop, np.stack([lm[:, 0], 223 - lm[:, 1]], 1)


@pytest.mark.parametrize("origin", [(310.3, 255.7), (60.8, 90.2)])
def test_truncation_repeats_the_original(origin):
    photo = (smooth_photo() * 255).round().astype(np.uint8)
    five = five_of(origin=origin)
    crop, landmarks = original(photo, five - 0.5)
    result = pos.align_pos(photo / np.float32(255), five, truncate=True)
    # The original rounds to whole grey values twice, once per axis.
    assert np.abs(result.image * 255 - crop).max() <= 1.5
    np.testing.assert_allclose(result.landmarks, landmarks + 0.5, atol=1e-3)
    drift = np.abs(result.landmarks - (result.matrix @ np.c_[five, np.ones(5)].T).T)
    assert 0.05 < drift.max() < 1.5  # what truncation costs


def test_beyond_the_border_the_crop_is_black_and_marked():
    result = pos.align_pos(smooth_photo() * 0.5 + 0.4, five_of(origin=(60.0, 90.0)))
    assert not result.valid_mask.all() and result.valid_mask.any()
    assert (result.image[~result.valid_mask] == 0).all()
    assert (result.image[result.valid_mask] > 0.3).all()
    x = 112 - 60 * 102 / 150
    assert not result.valid_mask[150, int(x) - 1] and result.valid_mask[150, int(x) + 1]


def test_the_crops_camera_serves_the_whole_photograph():
    result = pos.align_pos(smooth_photo(), five_of())
    focal, principal = result.photo_camera(1015.0, (112.0, 112.0))
    point = np.array([0.3, -0.2, 0.1])
    in_crop = 112 + 1015 * point[:2] * [1, -1] / (10 - point[2])
    in_photo = np.array(principal) + focal * point[:2] * [1, -1] / (10 - point[2])
    np.testing.assert_allclose(result.to_photo(in_crop[None])[0], in_photo, atol=1e-6)


def test_errors_name_what_is_wrong():
    photo, five = smooth_photo(), five_of()
    with pytest.raises(ImageError, match="at least 64 px"):
        pos.align_pos(photo[:40], five)
    with pytest.raises(ValueError, match=r"landmarks must have shape \[68, 2\] or \[5, 2\]"):
        pos.align_pos(photo, five[:4])
    with pytest.raises(ValueError, match=r"standard must have shape \[5, 3\]"):
        pos.align_pos(photo, five, pos.STANDARD[:4])
    with pytest.raises(ValueError, match="must be positive"):
        pos.align_pos(photo, five, size=0)
    with pytest.raises(NoFaceError, match="coincide"):
        pos.align_pos(photo, np.full((5, 2), 7.0))
    with pytest.raises(NoFaceError, match="finite"):
        pos.align_pos(photo, np.where(five == five[0, 0], np.nan, five))
    with pytest.raises(NoFaceError, match="do not belong"):
        pos.align_pos(photo, (five - 300) * 100)
    with pytest.raises(NoFaceError, match="fills too many times"):
        wide = np.zeros((64, 4000, 3), np.float32)
        pos.align_pos(wide, five_of(scale=8000, origin=(2000, 30)), truncate=True)
    with pytest.raises(ValueError, match=r"\[..., 68, 2 or 3\]"):
        pos.five_points(five)
    with pytest.raises(ValueError, match=r"points must have shape \[5, 2\]"):
        pos.estimate_pos(five[:4], pos.STANDARD)
