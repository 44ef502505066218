import numpy as np
import pytest

from face2param.features import glasses_detection
from face2param.features.landmark_regions import fill_polygon, landmark_masks
from face2param.features.parsing_training import labelled_photos
from face2param.features.parsing_training.pseudo_labels import pseudo_labels
from face2param.images import write_image
from face2param.regions import CLASSES, IGNORE, INDEX
from tests.features import portraits

SIZE = 320


@pytest.fixture(scope="module")
def labels():
    return pseudo_labels(portraits.draw(), portraits.landmarks())


def share(labels, name, rows, columns):
    part = labels[rows, columns]
    return (part == INDEX[name]).mean()


def test_materials_are_found_where_they_were_drawn(labels):
    assert share(labels, "background", slice(0, 60), slice(0, 60)) == 1
    assert share(labels, "hair", slice(25, 40), slice(140, 180)) > 0.9
    assert share(labels, "skin", slice(90, 105), slice(130, 190)) > 0.9
    assert share(labels, "cloth", slice(290, 315), slice(120, 200)) > 0.9
    assert share(labels, "neck", slice(262, 266), slice(140, 180)) > 0.7


def test_features_lie_where_the_landmarks_say(labels):
    points = portraits.landmarks()
    for name, indices in {"l_eye": range(36, 42), "r_eye": range(42, 48)}.items():
        x, y = points[list(indices)].mean(0).astype(int)
        assert labels[y, x] == INDEX[name]
    for name in ("l_brow", "r_brow", "nose", "u_lip", "l_lip"):
        assert (labels == INDEX[name]).sum() > 50
    assert np.nonzero(labels == INDEX["l_brow"])[1].max() < SIZE / 2


def test_only_known_classes_and_few_unsure(labels):
    assert labels.dtype == np.uint8
    assert ((labels < len(CLASSES)) | (labels == IGNORE)).all()
    assert (labels == IGNORE).mean() < 0.15


def test_glasses_are_told_by_their_frame():
    bare, worn = (
        glasses_detection.glasses_score(portraits.draw(glasses=g), portraits.landmarks())
        for g in (False, True)
    )
    assert worn > glasses_detection.THRESHOLD > bare
    labels = pseudo_labels(portraits.draw(glasses=True), portraits.landmarks())
    x, y = portraits.landmarks()[36:42].mean(0).astype(int)
    assert labels[y, x] == INDEX["eye_g"]


def test_landmark_masks_are_disjoint_where_it_matters():
    masks = landmark_masks(portraits.landmarks(), (SIZE, SIZE))
    assert not (masks["l_eye"] & masks["r_eye"]).any()
    assert not (masks["u_lip"] & masks["mouth"]).any()
    triangle = np.array([[10, 10], [50, 10], [10, 40]])
    # Half of 40 x 30, and half a pixel more around: the edge belongs to the polygon.
    assert fill_polygon(triangle, (60, 60)).sum() == pytest.approx(600 + 60, abs=8)


def test_closed_lips_have_no_mouth():
    points = portraits.landmarks()
    points[[61, 62, 63]] = points[[67, 66, 65]]
    assert not landmark_masks(points, (SIZE, SIZE))["mouth"].any()


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match="image must be"):
        pseudo_labels(np.zeros((8, 8)), portraits.landmarks())
    with pytest.raises(ValueError, match="landmarks"):
        landmark_masks(np.zeros((5, 2)), (8, 8))


def test_portraits_are_cut_to_the_framing_of_training_pictures():
    large = portraits.draw(480)
    image, labels = labelled_photos.label_portrait(large, portraits.landmarks(480), 160)
    assert image.shape == (160, 160, 3) and image.dtype == np.uint8
    eyes = [np.argwhere(labels == INDEX[name]).mean(0) for name in ("l_eye", "r_eye")]
    middle = (eyes[0] + eyes[1]) / 2
    np.testing.assert_allclose(middle, [0.46 * 160, 80], atol=2.0)


def test_folders_are_written_and_read(tmp_path, labels):
    image = (portraits.draw() * 255).astype(np.uint8)
    labelled_photos.write_pair(tmp_path, "one", image, labels)
    pictures, maps = labelled_photos.read_folder(tmp_path, SIZE)
    np.testing.assert_array_equal(maps[0], labels)
    assert np.abs(pictures[0].astype(int) - image).mean() < 4  # JPEG
    small, _ = labelled_photos.read_folder(tmp_path, 64)
    assert small.shape == (1, 64, 64, 3)


def test_broken_folders_are_refused(tmp_path):
    from face2param.errors import DatabaseError

    with pytest.raises(DatabaseError, match="holds no"):
        labelled_photos.read_folder(tmp_path, 64)
    write_image(tmp_path / "one.jpg", np.zeros((8, 8, 3)))
    with pytest.raises(DatabaseError, match="is missing"):
        labelled_photos.read_folder(tmp_path, 64)
    write_image(tmp_path / "one.png", np.full((8, 8), 77, np.uint8))
    with pytest.raises(DatabaseError, match="classes above 18"):
        labelled_photos.read_folder(tmp_path, 64)
