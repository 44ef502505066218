import numpy as np
import pytest

from face2param.errors import DatabaseError
from face2param.features.parsing_training import celebamask, labelled_files
from face2param.images import write_image
from face2param.regions import CLASSES, IGNORE, INDEX

SIDE = 32


def boxes(left="l", right="r"):
    """Masks of one picture: eyes inside of skin, by the data set's names."""
    masks = {name: np.zeros((SIDE, SIDE), np.uint8) for name in ("skin", "nose", "hair")}
    masks["skin"][4:28, 4:28] = 255
    masks["nose"][14:20, 14:18] = 255
    masks["hair"][:6] = 255
    masks[f"{left}_eye"] = np.zeros((SIDE, SIDE), np.uint8)
    masks[f"{left}_eye"][10:12, 6:10] = 255
    masks[f"{right}_eye"] = np.zeros((SIDE, SIDE), np.uint8)
    masks[f"{right}_eye"][10:12, 22:26] = 255
    return masks


def write(folder, numbers=(0, 2001), **names):
    for number in numbers:
        write_image(folder / celebamask.PICTURES / f"{number}.jpg", np.full((64, 64, 3), 0.5))
        place = folder / celebamask.PARTS / str(number // 2000)
        for part, mask in boxes(**names).items():
            write_image(place / f"{number:05}_{part}.png", mask)
    return folder


def test_parts_are_painted_over_each_other_in_our_order(tmp_path):
    files = celebamask.open_folder(write(tmp_path))
    assert [path.name for path, _ in files.pairs] == ["0.jpg", "2001.jpg"]
    images, labels = labelled_files.read(files, SIDE)
    assert images.shape == (2, SIDE, SIDE, 3)
    for found in labels:
        assert found[11, 8] == INDEX["l_eye"] and found[11, 24] == INDEX["r_eye"]
        assert found[16, 15] == INDEX["nose"] and found[25, 15] == INDEX["skin"]
        assert found[5, 15] == INDEX["hair"]  # hair is painted after skin
        assert found[30, 1] == INDEX["background"]


def test_left_becomes_the_viewers_left(tmp_path):
    files = celebamask.open_folder(write(tmp_path, left="r", right="l"))
    _, labels = labelled_files.read(files, SIDE)
    assert (labels[:, 11, 8] == INDEX["l_eye"]).all()
    assert (labels[:, 11, 24] == INDEX["r_eye"]).all()


@pytest.mark.parametrize("folder", ["mask", "CelebAMaskHQ-mask"])
def test_merged_maps_are_read_in_the_order_of_their_folder(folder, tmp_path):
    order = CLASSES if folder == "mask" else celebamask.OFFICIAL
    write_image(tmp_path / celebamask.PICTURES / "7.jpg", np.full((64, 64, 3), 0.5))
    levels = np.repeat(np.arange(20, dtype=np.uint8), 2)[None].repeat(40, 0)
    levels[levels == 19] = IGNORE
    write_image(tmp_path / folder / "7.png", levels)
    _, labels = labelled_files.read(celebamask.open_folder(tmp_path), 40)
    expected = [INDEX[name] for name in order] + [IGNORE]
    if order == celebamask.OFFICIAL:
        assert expected[2] == INDEX["nose"] and expected[18] == INDEX["cloth"]
    assert labels[0, 0, ::2].tolist() == expected


def test_defects_are_named(tmp_path):
    with pytest.raises(DatabaseError, match="is no CelebAMask-HQ folder"):
        celebamask.open_folder(tmp_path)
    pictures = tmp_path / celebamask.PICTURES
    pictures.mkdir()
    with pytest.raises(DatabaseError, match=r"holds no NUMBER\.jpg"):
        celebamask.open_folder(tmp_path)
    write_image(pictures / "0.jpg", np.full((64, 64, 3), 0.5))
    with pytest.raises(DatabaseError, match="holds neither"):
        celebamask.open_folder(tmp_path)
    (tmp_path / celebamask.PARTS).mkdir()
    with pytest.raises(DatabaseError, match=r"0\.jpg: has no masks 00000_\*\.png"):
        celebamask.open_folder(tmp_path)
    write(tmp_path)
    place = tmp_path / celebamask.PARTS / "0" / "00000_hair.png"
    write_image(place, np.zeros((8, 8), np.uint8))
    with pytest.raises(DatabaseError, match=r"00000_hair\.png: is \(8, 8\), the other masks"):
        celebamask.open_folder(tmp_path)
    place.write_bytes(b"cut")
    with pytest.raises(DatabaseError, match=r"00000_hair\.png: cannot be read"):
        celebamask.open_folder(tmp_path)
    write_image(pictures / "portrait.jpg", np.full((64, 64, 3), 0.5))
    with pytest.raises(DatabaseError, match=r"portrait\.jpg: pictures of CelebAMask-HQ are"):
        celebamask.open_folder(tmp_path)


def test_pictures_that_are_not_square_are_refused(tmp_path):
    files = celebamask.open_folder(write(tmp_path, numbers=(3,)))
    write_image(tmp_path / celebamask.PICTURES / "3.jpg", np.full((64, 60, 3), 0.5))
    with pytest.raises(DatabaseError, match=r"3\.jpg: picture \(64, 60\) .* must be square"):
        labelled_files.read(files, SIDE)


def test_merged_maps_with_unknown_classes_are_refused(tmp_path):
    write_image(tmp_path / celebamask.PICTURES / "7.jpg", np.full((64, 64, 3), 0.5))
    write_image(tmp_path / "mask" / "7.png", np.full((40, 40), 30, np.uint8))
    with pytest.raises(DatabaseError, match=r"7\.png: holds classes above 18"):
        celebamask.open_folder(tmp_path)
