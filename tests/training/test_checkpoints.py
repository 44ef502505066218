import numpy as np
import pytest

from face2param.errors import ConfigError
from face2param.training import checkpoints
from face2param.training.checkpoints import Progress

STATE = {"weight/0000": np.arange(6, dtype=np.float32).reshape(2, 3), "optimizer/0000": np.int64(7)}
RUN = {"seed": 1, "channels": (8, 8)}


def test_round_trip(tmp_path):
    checkpoints.save(tmp_path, STATE, Progress(2, 3, 40, 5.5), RUN)
    state, progress = checkpoints.load(tmp_path, RUN)
    assert progress == Progress(2, 3, 40, 5.5)
    assert set(state) == set(STATE)
    np.testing.assert_array_equal(state["weight/0000"], STATE["weight/0000"])
    assert [path.name for path in tmp_path.iterdir()] == [checkpoints.NAME]


def test_nothing_to_resume(tmp_path):
    with pytest.raises(ConfigError, match="there is no run to resume"):
        checkpoints.load(tmp_path, RUN)


def test_another_run(tmp_path):
    checkpoints.save(tmp_path, STATE, Progress(), RUN)
    with pytest.raises(ConfigError, match="belongs to a run with seed = 1, now it is 2"):
        checkpoints.load(tmp_path, {**RUN, "seed": 2})


def test_damaged(tmp_path):
    checkpoints.save(tmp_path, STATE, Progress(), RUN)
    path = tmp_path / checkpoints.NAME
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(ConfigError, match=r"cannot be read.*start anew"):
        checkpoints.load(tmp_path, RUN)
