import dataclasses

import numpy as np
import pytest
from keras import ops

from face2param import images, regions
from face2param.imitator.validation import validate, write_preview
from tests.imitator import toy


def perfect(data, indices):
    one_hot = np.eye(len(regions.MERGED), dtype=np.float32)
    return {
        "image": images.from_uint8(data.images[indices]),
        "landmarks": data.landmarks01[indices].copy(),
        "regions": one_hot[data.regions[indices]],
    }


class Mean:
    def crop(self, pictures, landmarks):
        return pictures

    def embed(self, crops):
        return ops.mean(crops, (1, 2))


def test_a_perfect_imitator():
    data = toy.samples(7, 0)
    metrics = validate(lambda i: perfect(data, i), data, Mean(), batch_size=3)
    assert metrics["mean_absolute_error"] == pytest.approx(0, abs=1e-6)
    assert metrics["landmark_error"] == 0
    assert metrics["region_iou"] == 1
    assert metrics["identity_distance"] == pytest.approx(0, abs=1e-6)


def test_known_errors():
    data = toy.samples(6, 0)

    def predict(indices):
        outputs = perfect(data, indices)
        outputs["image"] = outputs["image"] + np.float32(0.05)
        eyes = data.landmarks01[indices][:, [36, 45]]
        distance = np.linalg.norm(eyes[:, 0] - eyes[:, 1], axis=-1)
        outputs["landmarks"][:, :, 0] += 0.1 * distance[:, None]
        return outputs

    metrics = validate(predict, data)
    assert metrics["mean_absolute_error"] == pytest.approx(0.05, rel=1e-3)
    assert metrics["landmark_error"] == pytest.approx(0.1, rel=1e-3)


def test_region_overlap_counts_only_known_cells():
    data = toy.samples(2, 0)
    labels = np.zeros_like(data.regions)
    labels[:, :4] = 1
    labels[:, 6:] = regions.IGNORE
    data = dataclasses.replace(data, regions=labels)
    one_hot = np.eye(len(regions.MERGED), dtype=np.float32)

    def predict(indices):
        guess = np.where(labels[indices] == 255, 5, labels[indices])
        guess[:, :2] = 0  # of the eight cells a column: 2 wrong, 2 skin, 2 background, 2 unknown
        return {"image": images.from_uint8(data.images[indices]), "regions": one_hot[guess]}

    assert validate(predict, data)["region_iou"] == pytest.approx((2 / 4 + 2 / 4) / 2)


def test_preview_shows_real_and_imitated(tmp_path):
    data = toy.samples(4, 0)
    path = tmp_path / "preview.png"
    write_preview(path, data, perfect(data, np.arange(4)))
    sheet = images.read_image(path)
    gap = 6
    real = sheet[gap : gap + toy.SIZE, gap : gap + toy.SIZE]
    np.testing.assert_allclose(real, images.from_uint8(data.images[0]), atol=1 / 255)
    start = 2 * gap + toy.SIZE
    np.testing.assert_allclose(sheet[gap : gap + toy.SIZE, start : start + toy.SIZE], real)
