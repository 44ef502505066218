import numpy as np
import pytest

from face2param.database.batches import Batches
from face2param.database.reader import Database
from face2param.errors import DatabaseError


@pytest.fixture(scope="module")
def tfdata():
    pytest.importorskip("tensorflow")
    from face2param.database import tfdata

    return tfdata


@pytest.mark.parametrize("size", [64, 32])
def test_gives_what_the_batches_give(tfdata, database, size):
    streamed = list(tfdata.dataset(database, "training", size, batch_size=3).as_numpy_iterator())
    batches = Batches(database, "training", size, batch_size=3)
    assert len(streamed) == len(batches)
    for (inputs, targets), (their_inputs, their_targets) in zip(streamed, batches, strict=True):
        for name, value in their_inputs.items():
            np.testing.assert_array_equal(inputs[name], value)
        for name in ("landmarks", "regions"):
            np.testing.assert_array_equal(targets[name], their_targets[name])
        # Two JPEG decoders and, when shrinking, two filters.
        difference = np.abs(targets["image"] - their_targets["image"]).mean()
        assert difference < (0.005 if size == 64 else 0.02)


def test_shuffles_anew_in_each_epoch_and_repeats(tfdata, database):
    data = tfdata.dataset(database, "all", 32, batch_size=10, shuffle_seed=1, repeat=True)
    first, second = [inputs["character"] for inputs, _ in data.take(2).as_numpy_iterator()]
    assert not np.array_equal(first, second)
    for characters in (first, second):
        order = np.lexsort(characters.T), np.lexsort(database.characters.T)
        np.testing.assert_array_equal(characters[order[0]], database.characters[order[1]])


def test_without_labels_and_empty_splits(tfdata, make, tmp_path):
    make(tmp_path, count=3)
    database = Database(tmp_path)
    (_, targets) = next(tfdata.dataset(database, "all", 32).as_numpy_iterator())
    assert set(targets) == {"image", "landmarks"}
    with pytest.raises(DatabaseError, match="split 'validation' is empty"):
        tfdata.dataset(database, "validation")


def test_a_size_that_does_not_fit(tfdata, database):
    with pytest.raises(DatabaseError, match="size is 36"):
        tfdata.dataset(database, "all", 36)
