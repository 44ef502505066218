import dataclasses
import shutil

import numpy as np
import pytest

from face2param.errors import ConfigError, ImageError, NoFaceError
from face2param.images import read_image, write_image
from face2param.morphable.decode import Decoder
from face2param.pipelines import reconstruction_training, set_training
from face2param.reconstruction.renderer import Renderer
from tests.data import shared_data
from tests.reconstruction.toy import dome


@pytest.fixture(scope="module")
def renderer():
    return Renderer(Decoder(dome()))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Two portraits and a picture of nobody."""
    folder = tmp_path_factory.mktemp("photos")
    for name in ("A000055", "A000370"):
        shutil.copy(shared_data("portraits") / f"{name}.jpg", folder)
    write_image(folder / "wall.png", np.full((100, 100, 3), 0.5, np.float32))
    return folder


def test_photographs_are_aligned_and_measured(folder, renderer, tmp_path, caplog):
    request = reconstruction_training.Request(
        tmp_path, images=str(folder), hold_out_every=2, parsing=False
    )
    found, measured = reconstruction_training.photographs(request, renderer, "posterior", None)
    # By name: A000055 and wall.png only measure, and there is no face on the wall.
    assert len(found) == 1 and len(measured) == 1
    assert "wall.png" in caplog.text
    row = found.take(np.array([0]))
    assert row["image"].shape == (1, 224, 224, 3)
    assert (row["landmarks"] > 0).all() and (row["landmarks"] < 224).all()
    middle, corner = row["attention"][0, 100:130, 90:130], row["attention"][0, :20, :20]
    assert middle.mean() > 150 > corner.mean()  # skin, and the studio's wall
    assert not row["attention"][0][row["valid"][0] == 0].any()


def test_all_held_out_or_no_face(folder, renderer, tmp_path):
    request = reconstruction_training.Request(
        tmp_path / "a", images=str(folder), hold_out_every=1, parsing=False
    )
    with pytest.raises(ImageError, match="all 3 photographs are held out"):
        reconstruction_training.photographs(request, renderer, "posterior", None)
    wall = [folder / "wall.png"]
    with pytest.raises(NoFaceError, match="no face in any of 1 photographs"):
        reconstruction_training.aligned_photos(wall, tmp_path / "b", renderer)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"images": None}, "nothing to learn from"),
        ({"drawn": -1}, "drawn: must not be negative"),
        ({"copies": 0}, "copies 0"),
    ],
)
def test_odd_requests(change, message, tmp_path):
    values = {"output": tmp_path, "images": "photos", **change}
    with pytest.raises(ConfigError, match=message):
        reconstruction_training.Request(**values)


def test_white_light_and_known_faces_do_not_go_together(renderer, tmp_path):
    request = reconstruction_training.Request(tmp_path, drawn=2, white_light=True)
    with pytest.raises(ConfigError, match="white_light"):
        reconstruction_training.known_faces(request, renderer)


def people(tmp_path, **files):
    """Folders of people: name of the folder -> portraits."""
    for person, names in files.items():
        target = tmp_path / person
        target.mkdir(parents=True)
        for number, name in enumerate(names):
            image = read_image(shared_data("portraits") / f"{name}.jpg")
            # The same portrait again is another file with other light.
            write_image(target / f"{number}.png", np.clip(image * (1 - 0.1 * number), 0, 1))
    return tmp_path


def test_people_are_folders_with_two_photographs_or_more(tmp_path):
    for name in ("ann/1.jpg", "ann/2.jpg", "bob/1.jpg", "notes.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert list(set_training.list_people(tmp_path)) == ["ann"]
    with pytest.raises(ImageError, match="expected one folder for each person"):
        set_training.list_people(tmp_path / "bob")
    with pytest.raises(ImageError, match="no such folder"):
        set_training.list_people(tmp_path / "nobody")


def test_a_folder_that_shows_two_people_is_refused(renderer, tmp_path):
    from face2param import features
    from face2param.reconstruction.perception import Perception

    root = people(tmp_path / "p", ann=["A000055", "A000055"], bob=["A000370", "A000055"])
    request = set_training.Request(tmp_path / "run", people=str(root), pictures=3, sets=2)
    perception = Perception(features.identity("dlib"))
    with pytest.raises(ImageError, match=r"2 different people: bob/1.png does not show"):
        set_training.sets_of_people(request, renderer, "posterior", perception)
    shutil.rmtree(root / "bob")
    found = set_training.sets_of_people(request, renderer, "posterior", perception)
    assert len(found) == 2 * 3  # two sets of three pictures, of which there are two
    one = dataclasses.replace(request, pictures=2)
    assert len(set_training.sets_of_people(one, renderer, "posterior", perception)) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"drawn": 0}, "nothing to learn from"),
        ({"pictures": 1}, "pictures 1: at least 2"),
        ({"sets": 0}, "sets 0"),
    ],
)
def test_odd_requests_for_sets(change, message, tmp_path):
    with pytest.raises(ConfigError, match=message):
        set_training.Request(**{"output": tmp_path, "drawn": 4, **change})
