import dataclasses

import numpy as np
import pytest

from face2param import images
from face2param.errors import ConfigError, DatabaseError, ImageError
from face2param.features.lightcnn_training import augmentation, batches, image_lists
from face2param.features.lightcnn_training.augmentation import LIGHT, STRONG, Augmentation
from tests.features.lightcnn_training import toy


@pytest.fixture(scope="module")
def numbered(tmp_path_factory):
    """Crops of 18 px whose pixels tell the picture, the row and the column."""
    folder = tmp_path_factory.mktemp("numbered")
    rows, columns = np.mgrid[:18, :18]
    paths = []
    for number in range(11):
        paths.append(f"{number}.png")
        images.write_image(folder / paths[-1], np.uint8(rows * 2 + columns * 5 + number))
    return image_lists.open_list(image_lists.write_list(folder, paths, range(11)))


def test_plain_crops_are_the_middle_of_the_picture(numbered):
    reader = batches.CropReader(numbered, 16)
    found = list(batches.plain_batches(reader, 4))
    assert [len(batch["labels"]) for batch in found] == [4, 4, 3]
    crop = found[2]["crops"][0, :, :, 0].astype(int)
    assert found[2]["labels"][0] == 8
    np.testing.assert_array_equal(
        crop, np.add.outer(2 * np.arange(1, 17), 5 * np.arange(1, 17)) + 8
    )


def test_training_crops_lie_anywhere_and_half_are_mirrored(numbered):
    reader = batches.CropReader(numbered, 16)
    rng = np.random.default_rng(0)
    seen = set()
    for _ in range(200):
        crop = reader.read(0, rng)["crops"][..., 0].astype(int)
        mirrored = crop[0, 0] > crop[0, -1]
        corner = crop[0, -1] if mirrored else crop[0, 0]
        seen.add((bool(mirrored), int(corner)))
    assert seen == {(m, 2 * y + 5 * x) for m in (False, True) for y in range(3) for x in range(3)}


def test_an_epoch_is_the_same_for_any_threads_and_start(numbered):
    reader = batches.CropReader(numbered, 16)

    def read(**changes):
        settings = {"batch_size": 3, "seed": 1, "epoch": 2, **changes}
        return list(batches.epoch_batches(reader, **settings))

    whole = read(threads=1)
    assert len(whole) == 3  # the two pictures left over wait for another epoch
    assert len(np.unique(np.concatenate([batch["labels"] for batch in whole]))) == 9
    for name in whole[0]:
        again = read(threads=4, start=1)
        np.testing.assert_array_equal(again[0][name], whole[1][name])
        np.testing.assert_array_equal(again[1][name], whole[2][name])
    other = read(epoch=3)
    assert any((a["labels"] != b["labels"]).any() for a, b in zip(whole, other, strict=True))


@pytest.mark.parametrize(("side", "size"), [(18, 32), (18, 13), (18, 8)])
def test_crops_of_another_size_are_no_aligned_crops(numbered, side, size):
    with pytest.raises(ImageError, match=rf"line 1: .*0.png is {side}x{side} px; .*--align"):
        batches.CropReader(numbered, size).read(0, None)


def test_a_damaged_picture_stops_its_batch_with_its_line(tmp_path):
    pictures = toy.write_people(tmp_path, each=2, people=2)
    pictures.path(3).write_bytes(b"nonsense")
    reader = batches.CropReader(pictures, toy.SIZE)
    stream = batches.plain_batches(reader, 2)
    assert next(stream)["labels"].tolist() == [0, 0]
    with pytest.raises(ImageError, match=r"list.txt line 4: cannot read"):
        next(stream)


def test_faces_come_with_the_crop_that_the_network_will_cut():
    from face2param.features.identity_networks import LightCNNIdentity
    from face2param.features.lightcnn_training.files import preprocessing

    points = toy.landmarks(200)
    for size in (128, 64):
        network = object.__new__(LightCNNIdentity)  # its crop needs no weights
        network.preprocessing = preprocessing(size)
        expected = np.asarray(network.crop_matrices(points[None]))[0]
        found = batches.student_matrix(points, size, "here")
        np.testing.assert_allclose(found, expected, atol=1e-3)
    with pytest.raises(DatabaseError, match="here: points: the mouth is not below the eyes"):
        batches.student_matrix(points * [1, -1], 128, "here")


def test_faces_need_landmarks_and_one_size(tmp_path):
    faces = toy.write_faces(tmp_path, count=3)
    reader = batches.FaceReader(faces, toy.SIZE, STRONG)
    batch = next(batches.plain_batches(reader, 3))
    assert batch["images"].shape == (3, 32, 32, 3) and batch["landmarks"].shape == (3, 68, 2)
    images.write_image(faces.path(2), np.zeros((30, 32, 3)))
    with pytest.raises(ImageError, match=r"line 3: .* is 32x30 px, the first picture is 32x32"):
        reader.read(2, None)
    (tmp_path / image_lists.LANDMARKS_NAME).unlink()
    bare = image_lists.open_list(tmp_path / image_lists.LIST_NAME)
    with pytest.raises(DatabaseError, match="needs landmarks"):
        batches.FaceReader(bare, toy.SIZE, STRONG)


def test_misplaced_crops():
    rng = np.random.default_rng(0)
    matrix = np.array([[2.0, 0, 10], [0, 2.0, 20]])
    still = dataclasses.replace(LIGHT, flip=False)
    np.testing.assert_allclose(augmentation.misplace(matrix, 16, still, rng), matrix)
    # A mirrored crop shows the same part of the picture: (x, y) is where (16 - x, y) was.
    mirrored = [augmentation.misplace(matrix, 16, LIGHT, rng) for _ in range(64)]
    kinds = {tuple(found.ravel()) for found in mirrored}
    assert kinds == {tuple(matrix.ravel()), (-2.0, 0.0, 42.0, 0.0, 2.0, 20.0)}
    centres = [augmentation.misplace(matrix, 16, STRONG, rng) @ [8, 8, 1] for _ in range(200)]
    away = np.abs(np.array(centres) - matrix @ [8, 8, 1]).max(0)
    # At most the shift, 4 px of 128, in pixels of the picture; and nearly that somewhere.
    assert (away <= 4 * 16 / 128 * 2 + 1e-4).all() and (away > 0.9).all()


def test_degraded_crops_stay_pictures():
    rng = np.random.default_rng(0)
    crops = np.tile(rng.random((1, 16, 16, 1)), (64, 1, 1, 1)).astype(np.float32)
    table = rng.random((64, augmentation.COLUMNS), dtype=np.float32)
    noise = rng.standard_normal(crops.shape).astype(np.float32)

    def degrade(**changes):
        settings = Augmentation(**changes)
        return np.asarray(augmentation.degrade(crops, table, noise, settings))

    np.testing.assert_allclose(degrade(), crops, atol=1e-4)  # dark pixels are kept off 0
    light = degrade(light=0.4)
    assert light.min() >= 0 and light.max() <= 1
    assert light.mean((1, 2, 3)).std() > 0.05
    roughness = np.abs(np.diff(degrade(blur=1.0), axis=2)).mean((1, 2, 3))
    assert (roughness > 0.95 * np.abs(np.diff(crops, axis=2)).mean()).sum() > 16
    assert roughness.min() < 0.5 * roughness.max()
    grain = np.abs(degrade(noise=0.04) - crops).mean((1, 2, 3))
    assert grain.max() < 0.05 and (grain < 1e-4).sum() > 16
    with pytest.raises(ValueError, match="table must be"):
        augmentation.degrade(crops, table[:, 1:], noise, STRONG)


def test_augmentations_are_checked():
    with pytest.raises(ConfigError, match="noise: must not be negative"):
        Augmentation(noise=-1)
    with pytest.raises(ConfigError, match="blur: is a share"):
        Augmentation(blur=2)
