import dataclasses

import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.features.parsing_training.batches import Batches, LabelledPictures, Prefetch


def source(count, first=0, share=1.0, size=4):
    """Pictures whose value is their number."""
    numbers = np.arange(first, first + count, dtype=np.uint8)
    labels = np.broadcast_to(numbers[:, None, None], (count, size, size)).copy()
    return LabelledPictures(np.repeat(labels[..., None], 3, -1), labels, share)


def test_every_pass_shows_every_picture_once_and_in_another_order():
    batches = Batches([source(10)], 4, seed=3)
    rows = np.concatenate([batches.rows(step)[0] for step in range(5)])
    assert sorted(rows[:10]) == sorted(rows[10:]) == list(range(10))
    assert list(rows[:10]) != list(rows[10:]) != list(range(10))


def test_shares_are_kept_and_a_step_is_always_the_same():
    sources = [source(10, share=3.0), source(5, first=100, share=1.0)]
    batches = Batches(sources, 8, seed=0)
    assert batches.counts == [6, 2]
    batch, again = batches.batch(7), Batches(sources, 8, seed=0).batch(7)
    for name in ("images", "labels", "table"):
        np.testing.assert_array_equal(batch[name], again[name])
    assert (batch["labels"][:6] < 10).all() and (batch["labels"][6:] >= 100).all()
    np.testing.assert_array_equal(batch["images"][..., 0], batch["labels"])
    assert 0 <= batch["table"].min() and batch["table"].max() < 1
    assert not np.array_equal(batch["table"], batches.batch(8)["table"])


def test_small_shares_still_get_a_picture():
    assert Batches([source(2, share=1.0), source(2, share=1e-6)], 4, 0).counts == [3, 1]


def test_batches_come_in_order_from_the_step_asked_for():
    batches = Batches([source(10)], 4, seed=3)
    with Prefetch(batches, 5) as ahead:
        found = [ahead.next() for _ in range(4)]
    for step, batch in enumerate(found, 5):
        np.testing.assert_array_equal(batch["labels"], batches.batch(step)["labels"])


def test_what_fails_in_the_thread_is_raised_here():
    batches = Batches([source(10)], 4, seed=3)
    batches.batch = lambda step: 1 / 0
    with Prefetch(batches, 0) as ahead, pytest.raises(ZeroDivisionError):
        ahead.next()


def test_a_selection_is_spread_evenly():
    assert source(10).some(4).labels[:, 0, 0].tolist() == [0, 3, 6, 9]
    assert len(source(3).some(8).images) == 3


def test_sources_are_checked():
    good = source(2)
    with pytest.raises(ConfigError, match="images must be uint8"):
        dataclasses.replace(good, images=good.images / 255.0)
    with pytest.raises(ConfigError, match="labels must be uint8"):
        dataclasses.replace(good, labels=good.labels[:1])
    with pytest.raises(ConfigError, match="no training pictures"):
        Batches([], 4, 0)
    with pytest.raises(ConfigError, match="one size"):
        Batches([good, source(2, size=6)], 4, 0)
    with pytest.raises(ConfigError, match="at least 5"):
        Batches([good] * 5, 4, 0)
