import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.reconstruction import store


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(store, "PART", 4)


class Squares:
    """Leaves out the odd inputs and remembers what it was asked."""

    def __init__(self, fail_at=None):
        self.asked, self.fail_at = [], fail_at

    def __call__(self, rows):
        if self.fail_at is not None and self.fail_at in rows:
            raise KeyboardInterrupt
        self.asked += list(rows)
        rows = rows[rows % 2 == 0]
        return {"row": rows, "square": np.stack([rows**2, rows], 1).astype(np.float32)}


def test_rows_come_in_the_order_that_is_asked_for(tmp_path):
    table = store.prepared(tmp_path, {"a": (1, 2)}, 11, Squares(), "squares")
    assert len(table) == 6
    found = table.take(np.array([5, 0, 5, 3]))
    np.testing.assert_array_equal(found["row"], [10, 0, 10, 6])
    np.testing.assert_array_equal(found["square"][:, 0], [100, 0, 100, 36])
    np.testing.assert_array_equal(table.column("row"), [0, 2, 4, 6, 8, 10])
    both = store.Table.joined([table, table])
    np.testing.assert_array_equal(both.take(np.array([7]))["row"], [2])


def test_goes_on_after_the_last_whole_part(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        store.prepared(tmp_path, {}, 11, Squares(fail_at=9), "squares")
    again = Squares()
    table = store.prepared(tmp_path, {}, 11, again, "squares")
    assert again.asked == [8, 9, 10]
    np.testing.assert_array_equal(table.column("row"), [0, 2, 4, 6, 8, 10])
    never = Squares(fail_at=0)
    assert len(store.prepared(tmp_path, {}, 11, never, "squares")) == 6


def test_other_settings_are_refused(tmp_path):
    store.prepared(tmp_path, {"seed": 1}, 4, Squares(), "squares")
    with pytest.raises(ConfigError, match="prepared with other settings \\(of seed\\)"):
        store.prepared(tmp_path, {"seed": 2}, 4, Squares(), "squares")
    (tmp_path / store.NOTE).write_text("{")
    with pytest.raises(ConfigError, match="cannot be read"):
        store.prepared(tmp_path, {"seed": 1}, 4, Squares(), "squares")


def test_nothing_left_is_an_error(tmp_path):
    with pytest.raises(ConfigError, match="no samples"):
        store.prepared(tmp_path, {}, 3, lambda rows: {"row": rows[:0]}, "squares")


def test_a_damaged_part_is_named(tmp_path):
    store.prepared(tmp_path, {}, 8, Squares(), "squares")
    (tmp_path / "00001.row.npy").write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"00001.row.npy cannot be read"):
        store.prepared(tmp_path, {}, 8, Squares(), "squares")
