import numpy as np
import pytest

from face2param.errors import ConfigError, DatabaseError, OutputError
from face2param.features.parsing_training import labelled_files, labelled_photos
from face2param.features.parsing_training.labelled_files import LabelledFiles
from face2param.images import write_image


@pytest.fixture
def folder(tmp_path):
    photos = tmp_path / "photos"
    for number in range(5):
        write_image(photos / f"{number}.png", np.full((8, 8), number, np.uint8))
        write_image(photos / f"{number}.jpg", np.full((8, 8, 3), number / 10), quality=95)
    return photos


def test_a_mapped_cache_holds_what_memory_would(folder, tmp_path):
    files = labelled_photos.open_folder(folder)
    images, labels = labelled_files.read(files, 8)
    mapped = labelled_files.read(files, 8, memory=0, cache=tmp_path / "cache")
    assert isinstance(mapped[0], np.memmap) and not mapped[0].flags.writeable
    np.testing.assert_array_equal(mapped[0], images)
    np.testing.assert_array_equal(mapped[1], labels)
    assert labels[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ConfigError, match=r"photos: 5 pictures of 8 pixels need .* a folder"):
        labelled_files.read(files, 8, memory=0)


def test_a_cache_is_built_once_and_goes_on_where_it_stopped(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(labelled_files, "_BLOCK", 2)
    files, loaded = labelled_photos.open_folder(folder), []

    def load(path, label_path, size):
        loaded.append(path.stem)
        if path.stem == "3" and loaded.count("3") == 1:
            raise DatabaseError("a disk is gone")
        return labelled_photos.read_pair(path, label_path, size)

    files = LabelledFiles(files.name, files.pairs, load)
    cache = tmp_path / "cache"
    with pytest.raises(DatabaseError, match="a disk is gone"):
        labelled_files.read(files, 8, memory=0, cache=cache)
    before = len(loaded)
    _, labels = labelled_files.read(files, 8, memory=0, cache=cache)
    assert labels[:, 0, 0].tolist() == [0, 1, 2, 3, 4]
    assert sorted(loaded[before:]) == ["2", "3", "4"]  # the first two were done
    labelled_files.read(files, 8, memory=0, cache=cache)
    assert len(loaded) == before + 3
    # Another list is another cache.
    assert len(labelled_files.read(files.first(2), 8, memory=0, cache=cache)[1]) == 2


def test_a_cache_that_does_not_fit_is_refused(folder, tmp_path):
    files = labelled_photos.open_folder(folder)
    with pytest.raises(OutputError, match=r"needs .* GB, .* are free"):
        labelled_files.read(files, 2**22, memory=0, cache=tmp_path / "cache")


def test_pictures_are_held_out_evenly():
    files = LabelledFiles("x", tuple((i, i) for i in range(100)), None)
    rest, held = files.hold_out(4)
    assert [pair[0] for pair in held.pairs] == [0, 33, 66, 99] and len(rest) == 96
    assert len(files.hold_out(50)[1]) == 10 and len(files.hold_out(0)[1]) == 0


def test_defects_are_named(folder):
    (folder / "1.png").unlink()
    with pytest.raises(DatabaseError, match=r"1\.png: this label file is missing"):
        labelled_photos.read_folder(folder, 8)
    (folder / "1.png").write_bytes(b"no picture")
    with pytest.raises(DatabaseError, match=r"1\.png: cannot be read as an 8-bit picture"):
        labelled_photos.read_folder(folder, 8)
    write_image(folder / "1.png", np.full((8, 8), 40, np.uint8))
    with pytest.raises(DatabaseError, match=r"1\.png: holds classes above 18"):
        labelled_photos.read_folder(folder, 8)
    with pytest.raises(DatabaseError, match=r"holds no NAME\.jpg"):
        labelled_photos.read_folder(folder / "nowhere", 8)
