import numpy as np
import pytest

from face2param.errors import DatabaseError
from face2param.features.parsing_training import helen, labelled_files
from face2param.features.parsing_training.classes import HELEN, REST
from face2param.images import write_image
from face2param.regions import IGNORE, INDEX


def index_map(left="l", right="r"):
    """60 x 90 pixels: a face of 40 x 30 with two eyes, hair above."""
    found = np.zeros((60, 90), np.uint8)
    found[2:10, 20:50] = HELEN.index("hair")
    found[10:50, 20:50] = HELEN.index("skin")
    found[20:24, 24:30] = HELEN.index(f"{left}_eye")
    found[20:24, 40:46] = HELEN.index(f"{right}_eye")
    return found


def write(folder, kind, names=("1_1", "22_1"), **sides):
    found = index_map(**sides)
    for name in names:
        write_image(folder / "images" / f"{name}.jpg", np.full((60, 90, 3), 0.5))
        if kind == "SegClassLabel":
            write_image(folder / kind / f"{name}.png", found)
            continue
        for index in range(11):
            soft = np.where(found == index, 200, 5).astype(np.uint8)
            write_image(folder / kind / name / f"{name}_lbl{index:02}.png", soft)
    lists = ("exemplars.txt", "tuning.txt") if kind == "labels" else ("train.txt", "val.txt")
    line = "{0} , {1}" if kind == "labels" else "{1}"
    for file, name in zip(lists, names, strict=True):
        (folder / file).write_text(line.format(1, name) + "\n")
    return folder


@pytest.mark.parametrize("kind", ["labels", "SegClassLabel"])
@pytest.mark.parametrize("sides", [{}, {"left": "r", "right": "l"}])
def test_both_layouts_give_a_square_about_the_face_with_our_sides(kind, sides, tmp_path):
    splits = helen.open_folder(write(tmp_path, kind, **sides))
    assert [p.stem for p, _ in splits["training"].pairs] == ["1_1"]
    assert [p.stem for p, _ in splits["validation"].pairs] == ["22_1"]
    images, labels = labelled_files.read(splits["training"], 72)
    assert images.shape == (1, 72, 72, 3)
    found = labels[0]
    # The side is 1.8 x 40 = 72 pixels, so one pixel stays one; the face's centre (35, 30)
    # comes to (36, 36).
    rows, columns = np.nonzero(found == INDEX["l_eye"])
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (26, 29, 25, 30)
    assert np.nonzero(found == INDEX["r_eye"])[1].min() == 41
    assert found[50, 36] == INDEX["skin"] and found[10, 36] == INDEX["hair"]
    assert found[60, 60] == REST  # beside the face: background, neck, ear, who knows
    assert found[2, 36] == IGNORE  # above the picture


def test_pixels_without_any_probability_are_unknown(tmp_path):
    write(tmp_path, "labels")
    for index in range(11):
        file = tmp_path / "labels" / "1_1" / f"1_1_lbl{index:02}.png"
        found = labelled_files.read_grey(file).copy()
        found[30:34, 30:34] = 0
        write_image(file, found)
    _, labels = labelled_files.read(helen.open_folder(tmp_path)["training"], 72)
    assert (labels[0, 36:40, 31:35] == IGNORE).all() and labels[0, 42, 33] == INDEX["skin"]


def test_defects_are_named(tmp_path):
    with pytest.raises(DatabaseError, match=r"is no Helen folder, it needs images/"):
        helen.open_folder(tmp_path)
    write(tmp_path, "labels")
    (tmp_path / "labels" / "1_1" / "1_1_lbl05.png").unlink()
    with pytest.raises(DatabaseError, match=r"1_1_lbl05\.png: this label file is missing"):
        helen.open_folder(tmp_path)
    write_image(tmp_path / "labels" / "1_1" / "1_1_lbl05.png", np.zeros((5, 5), np.uint8))
    with pytest.raises(DatabaseError, match=r"1_1_lbl05\.png: is \(5, 5\), the maps before"):
        helen.open_folder(tmp_path)
    (tmp_path / "exemplars.txt").write_text("1 , 99_1\n")
    with pytest.raises(DatabaseError, match=r"99_1\.jpg is missing, exemplars\.txt lists it"):
        helen.open_folder(tmp_path)
    (tmp_path / "exemplars.txt").write_text("\n")
    with pytest.raises(DatabaseError, match=r"exemplars\.txt: lists no pictures"):
        helen.open_folder(tmp_path)
    (tmp_path / "exemplars.txt").unlink()
    with pytest.raises(DatabaseError, match=r"exemplars\.txt: cannot be read"):
        helen.open_folder(tmp_path)


def test_maps_that_do_not_fit_their_picture_are_named(tmp_path):
    splits = helen.open_folder(write(tmp_path, "SegClassLabel"))
    file = tmp_path / "SegClassLabel" / "1_1.png"
    write_image(file, np.zeros((60, 90), np.uint8))
    with pytest.raises(DatabaseError, match=r"1_1\.png: labels no face"):
        labelled_files.read(splits["training"], 32)
    write_image(file, np.zeros((60, 80), np.uint8))
    with pytest.raises(DatabaseError, match=r"1_1\.jpg: is \(60, 90\), its labels are \(60, 80\)"):
        labelled_files.read(splits["training"], 32)
    write_image(file, np.full((60, 90), 11, np.uint8))
    with pytest.raises(DatabaseError, match=r"1_1\.png: holds classes above 10"):
        labelled_files.read(splits["training"], 32)
