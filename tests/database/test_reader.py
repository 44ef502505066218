import dataclasses
import shutil

import numpy as np
import pytest

from face2param import images, regions
from face2param.database.reader import Database
from face2param.database.sampling import sample
from face2param.errors import DatabaseError
from face2param.schema import facenn
from tests.database.toy_engine import SCHEMA, ToyEngine


@pytest.fixture
def copy(database, tmp_path):
    """A copy of the database whose files may be damaged."""
    return shutil.copytree(database.path, tmp_path / "copy")


def test_arrays_belong_to_the_records(database):
    engine, settings = ToyEngine(), database.manifest.settings
    assert len(database) == 10
    for i in range(10):
        character, nuisance = sample(engine, settings, i)
        assert database.character(i) == character
        np.testing.assert_allclose(database.nuisance[i], nuisance / [1, 0.5], rtol=1e-6)
        rendering = engine.render(character, nuisance, size=(64, 64))
        np.testing.assert_allclose(database.landmarks01[i] * 64, rendering.landmarks, rtol=1e-6)
        np.testing.assert_array_equal(database.visibility[i], rendering.visibility)
        np.testing.assert_array_equal(database.labels(i), rendering.labels)
        # JPEG 92 without chroma subsampling, on a picture with one hard edge.
        assert np.abs(database.image(i) - rendering.image).mean() < 0.01


def test_splits(database):
    assert database.indices("validation").tolist() == [4, 9]
    assert database.indices("training").tolist() == [0, 1, 2, 3, 5, 6, 7, 8]
    assert database.indices().tolist() == list(range(10))
    with pytest.raises(DatabaseError, match="split is 'test'"):
        database.indices("test")


def test_in_memory_arrays(database):
    arrays = database.arrays("validation", size=32)
    assert {name: (array.shape, array.dtype.name) for name, array in arrays.items()} == {
        "characters": ((2, SCHEMA.width), "float32"),
        "nuisance": ((2, 2), "float32"),
        "images": ((2, 32, 32, 3), "uint8"),
        "landmarks01": ((2, 68, 2), "float32"),
        "regions": ((2, 8, 8), "uint8"),
    }
    for row, index in enumerate((4, 9)):
        expected = images.to_uint8(database.image(index, 32))
        np.testing.assert_array_equal(arrays["images"][row], expected)
        voted = regions.vote(database.labels(index), (8, 8))
        np.testing.assert_array_equal(arrays["regions"][row], voted)
    chosen = database.arrays(indices=[9, 4], size=32, with_regions=False)
    np.testing.assert_array_equal(chosen["images"], arrays["images"][::-1])
    assert "regions" not in chosen


def test_sizes_that_do_not_fit(database):
    with pytest.raises(DatabaseError, match="size is 36; with regions"):
        database.arrays(size=36)
    with pytest.raises(DatabaseError, match="size is 3"):
        database.arrays(size=3, with_regions=False)


def test_without_labels(make, tmp_path):
    make(tmp_path, count=2)
    plain = Database(tmp_path)
    assert "regions" not in plain.arrays(size=32)
    with pytest.raises(DatabaseError, match="generate one with --labels"):
        plain.labels(0)
    with pytest.raises(DatabaseError, match="generate one with --labels"):
        plain.arrays(size=32, with_regions=True)


def test_the_schema_is_checked(database):
    assert Database(database.path, SCHEMA).schema == SCHEMA
    other = dataclasses.replace(SCHEMA, version="2")
    with pytest.raises(DatabaseError, match="belongs to schema 'toy'"):
        Database(database.path, other)


def test_missing_pictures_are_counted(copy):
    (copy / "db_00003_3.jpg").unlink()
    (copy / "db_00007_3.jpg").unlink()
    with pytest.raises(DatabaseError, match=r"2 of 10 pictures are missing.*db_00003_3.jpg"):
        Database(copy)


def test_missing_label_maps_are_counted(copy):
    (copy / "labels" / "db_00003_3.png").unlink()
    with pytest.raises(DatabaseError, match="1 of 10 label maps are missing"):
        Database(copy)


def test_db_description_cut_short(copy):
    path = copy / "db_description"
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(DatabaseError, match="cut short"):
        Database(copy)


def test_db_description_of_another_database(copy):
    path = copy / "db_description"
    read = facenn.read_db_description(path, SCHEMA)
    facenn.write_db_description(path, read.names[:9], read.encoded[:9], SCHEMA)
    with pytest.raises(DatabaseError, match=r"has 9 records, manifest.json says 10"):
        Database(copy)
    facenn.write_db_description(path, read.names, read.encoded[::-1], SCHEMA)
    with pytest.raises(DatabaseError, match="hold different characters"):
        Database(copy)


def test_damaged_pictures_are_found_when_read(copy):
    database = Database(copy)
    path = copy / "db_00001_3.jpg"
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(DatabaseError, match=r"db_00001_3.jpg.*Delete the file"):
        database.arrays(size=32)
    images.write_image(path, np.zeros((32, 32, 3)))
    with pytest.raises(DatabaseError, match="is 32x32 px, the database holds"):
        database.image(1)
    images.write_image(copy / "labels" / "db_00001_3.png", np.full((64, 64), 77, np.uint8))
    with pytest.raises(DatabaseError, match="is not a label map"):
        database.labels(1)
    (copy / "labels" / "db_00001_3.png").write_bytes(b"x")
    with pytest.raises(DatabaseError, match="Delete the file"):
        database.labels(1)
