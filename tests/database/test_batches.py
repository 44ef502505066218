import numpy as np
import pytest

from face2param.database.batches import Batches
from face2param.errors import DatabaseError


def test_every_record_comes_once(database):
    batches = Batches(database, "training", size=32, batch_size=3)
    assert len(batches) == 3
    seen = [(inputs, targets) for inputs, targets in batches]
    assert [len(inputs["character"]) for inputs, _ in seen] == [3, 3, 2]
    characters = np.concatenate([inputs["character"] for inputs, _ in seen])
    np.testing.assert_array_equal(characters, database.characters[database.indices("training")])


def test_a_batch_belongs_together(database):
    batches = Batches(database, "all", size=32, batch_size=4)
    batches.shuffle(1)
    inputs, targets = batches[1]
    assert targets["image"].dtype == np.float32
    assert targets["regions"].shape == (4, 8, 8)
    for row in range(4):
        (index,) = np.flatnonzero((database.characters == inputs["character"][row]).all(1))
        np.testing.assert_array_equal(inputs["nuisance"][row], database.nuisance[index])
        np.testing.assert_array_equal(targets["landmarks"][row], database.landmarks01[index])
        assert np.abs(targets["image"][row] - database.image(index, 32)).max() < 0.51 / 255


def test_shuffle_is_reproducible(database):
    batches = Batches(database, "all", size=32, batch_size=10)
    batches.shuffle(1)
    first = batches[0][0]["character"]
    batches.shuffle(2)
    assert not np.array_equal(batches[0][0]["character"], first)
    batches.shuffle(1)
    np.testing.assert_array_equal(batches[0][0]["character"], first)


def test_drop_remainder_and_errors(database):
    assert len(Batches(database, "training", 32, 3, drop_remainder=True)) == 2
    with pytest.raises(DatabaseError, match="too few for a batch of 9"):
        Batches(database, "training", 32, 9, drop_remainder=True)
    with pytest.raises(DatabaseError, match="batch_size is 0"):
        Batches(database, "training", 32, 0)
    with pytest.raises(IndexError, match="batch 3 of 3"):
        Batches(database, "training", 32, 3)[3]
