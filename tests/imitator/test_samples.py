import dataclasses

import numpy as np
import pytest

from face2param.errors import DatabaseError
from tests.imitator import toy


def test_take_keeps_the_order():
    data = toy.samples(5, 0)
    part = data.take(np.array([3, 1]))
    assert len(part) == 2 and part.size == toy.SIZE
    np.testing.assert_array_equal(part.images[0], data.images[3])
    np.testing.assert_array_equal(part.landmarks01[1], data.landmarks01[1])


@pytest.mark.parametrize(
    ("name", "array", "message"),
    [
        ("characters", np.zeros((4, 6), np.float32), r"characters: expected shape \(5, 6\)"),
        ("landmarks01", np.zeros((5, 66, 2), np.float32), "landmarks01: expected shape"),
        ("regions", np.zeros((5, 4, 4), np.uint8), "regions: expected shape"),
        ("regions", np.zeros((5, 8, 8), np.int32), "regions: expected uint8, got int32"),
        ("images", np.zeros((5, 32, 32, 3), np.float32), "images: expected uint8, got float32"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(name, array, message):
    with pytest.raises(DatabaseError, match=message):
        dataclasses.replace(toy.samples(5, 0), **{name: array})


def test_an_empty_set_is_refused():
    data = toy.samples(5, 0)
    with pytest.raises(DatabaseError, match="empty"):
        data.take(np.zeros(0, int))
