import numpy as np
import pytest

from face2param.errors import DatabaseError
from face2param.features.lightcnn_training import image_lists


def write(folder, text, name="some.txt"):
    path = folder / name
    path.write_text(text)
    return path


def test_a_list_gives_paths_and_labels_line_by_line(tmp_path):
    path = write(tmp_path, "a/one.jpg 0\n\na/two words.jpg 1\nb.png\t1")
    found = image_lists.open_list(path, "/pictures")
    assert len(found) == 3 and found.labels.tolist() == [0, 1, 1]
    assert [str(found.path(i)) for i in range(3)] == [
        "/pictures/a/one.jpg",
        "/pictures/a/two words.jpg",
        "/pictures/b.png",
    ]
    # The empty line counts for the reader of the message, not for the list.
    assert found.where(1) == "some.txt line 3"
    part = found.take(np.array([2, 0]))
    assert part.labels.tolist() == [1, 0] and part.text(0) == "b.png"
    assert part.take(np.array([1])).text(0) == "a/one.jpg"


def test_paths_are_relative_to_the_list_unless_told(tmp_path):
    found = image_lists.open_list(write(tmp_path, "x.jpg 0\n"))
    assert found.path(0) == tmp_path / "x.jpg"


def test_a_long_list_keeps_twelve_bytes_a_line(tmp_path):
    count = 200_000
    text = "".join(f"some/folder/of/pictures/picture_{i:09d}.jpg {i // 4}\n" for i in range(count))
    found = image_lists.open_list(write(tmp_path, text))
    arrays = [value for value in vars(found).values() if isinstance(value, np.ndarray)]
    held = sum(array.nbytes for array in arrays)
    assert held == 12 * count < len(text) / 4
    assert found.text(123456).endswith("_000123456.jpg") and found.labels[123456] == 30864


@pytest.mark.parametrize(
    "line", ["alone.jpg", "a.jpg -1", "a.jpg x", "a.jpg 1.5", "a.jpg 9999999999"]
)
def test_a_line_without_a_label_is_named(tmp_path, line):
    path = write(tmp_path, f"a.jpg 0\n{line}\n")
    with pytest.raises(DatabaseError, match=r"some.txt line 2: .* is not 'path label'"):
        image_lists.open_list(path)


def test_missing_and_empty_lists_are_errors(tmp_path):
    with pytest.raises(DatabaseError, match=r"none.txt: cannot be read \(No such file"):
        image_lists.open_list(tmp_path / "none.txt")
    with pytest.raises(DatabaseError, match="holds no line"):
        image_lists.open_list(write(tmp_path, "\n"))


def test_a_folder_of_people_is_numbered_by_name(tmp_path):
    for name in ("b/1.png", "b/2.jpg", "a/x.JPG", "a/notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    found = image_lists.open_folder(tmp_path)
    assert [found.text(i) for i in range(3)] == ["a/x.JPG", "b/1.png", "b/2.jpg"]
    assert found.labels.tolist() == [0, 1, 1]
    found.check_files()
    (tmp_path / "c").mkdir()
    with pytest.raises(DatabaseError, match="c: holds no picture"):
        image_lists.open_folder(tmp_path)


def test_folders_that_cannot_be_people(tmp_path):
    with pytest.raises(DatabaseError, match="there is no such folder"):
        image_lists.open_folder(tmp_path / "none")
    with pytest.raises(DatabaseError, match="holds no sub-folder"):
        image_lists.open_folder(tmp_path)


def test_landmarks_lie_beside_the_list(tmp_path):
    points = np.random.default_rng(0).random((3, 68, 2)).astype(np.float32)
    path = image_lists.write_list(tmp_path, ["a", "b", "c"], [0, 0, 1], points)
    found = image_lists.open_list(path)
    assert found.has_landmarks and isinstance(found._landmarks, np.memmap)
    np.testing.assert_array_equal(found.take(np.array([2])).landmarks(0), points[2])
    image_lists.write_list(tmp_path, ["a"], [0])
    with pytest.raises(DatabaseError, match=r"must be \[1, 68, 2\], got \[3, 68, 2\]"):
        image_lists.open_list(path)
    (tmp_path / image_lists.LANDMARKS_NAME).write_text("no array")
    with pytest.raises(DatabaseError, match="is no array of landmarks"):
        image_lists.open_list(path)


def test_a_missing_picture_is_named_with_its_line(tmp_path):
    (tmp_path / "a.jpg").touch()
    found = image_lists.open_list(write(tmp_path, "a.jpg 0\ngone.jpg 1\n"))
    with pytest.raises(DatabaseError, match=r"some.txt line 2: there is no picture .*gone.jpg"):
        found.check_files()


def people(labels):
    return image_lists.from_paths([f"{i}.jpg" for i in range(len(labels))], labels)


def test_people_are_counted():
    assert image_lists.count_people(people([0, 2, 1, 2])) == 3
    assert image_lists.count_people(people([0, 7]), classes=9) == 9


@pytest.mark.parametrize(
    ("labels", "classes", "message"),
    [
        ([0, 1, 3], None, "go up to 3, but nobody has label 2"),
        ([0, 999_999_999], None, "go up to 999999999, but nobody has label 1"),
        ([0, 1, 4], 4, "pictures line 3: label 4 is not below the 4 classes"),
        ([0, 0, 0], None, "show one person"),
        ([3, 3], 5, "show one person"),
    ],
)
def test_labels_that_cannot_be_classes(labels, classes, message):
    with pytest.raises(DatabaseError, match=message):
        image_lists.count_people(people(labels), classes)


def test_held_out_rows_are_no_training_rows():
    kept, held = image_lists.hold_out(50, 7, seed=3)
    assert len(held) == 7 and sorted([*kept, *held]) == list(range(50))
    assert (np.diff(held) > 0).all() and held.tolist() != list(range(7))
    assert held.tolist() != image_lists.hold_out(50, 7, seed=4)[1].tolist()
