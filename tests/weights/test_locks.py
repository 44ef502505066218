import os
import signal
import subprocess
import sys
import time

import pytest

from face2param.errors import OutputError
from face2param.weights.locks import file_lock

HOLDER = """
import pathlib, sys, time
from face2param.weights.locks import file_lock
with file_lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def hold(path, seconds):
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(path), str(seconds)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "held\n"
    return process


def test_a_second_process_waits_until_the_first_is_done(tmp_path):
    path, waits = tmp_path / "a.lock", []
    holder = hold(path, 0.6)
    with file_lock(path, lambda: waits.append(time.monotonic())):
        assert time.monotonic() - waits[0] > 0.2 and len(waits) == 1
    assert holder.wait(10) == 0


def test_the_lock_of_a_killed_process_blocks_nobody(tmp_path):
    path = tmp_path / "a.lock"
    holder = hold(path, 600)
    os.kill(holder.pid, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
    holder.wait(10)
    assert path.exists()
    with file_lock(path, lambda: pytest.fail("it waits for a dead process")):
        pass


def test_a_file_left_behind_is_no_lock_and_it_can_be_taken_again(tmp_path):
    path = tmp_path / "folder" / "a.lock"
    for _ in range(2):
        with file_lock(path, lambda: pytest.fail("it waits for nobody")):
            pass


def test_a_folder_that_cannot_be_made(tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(OutputError, match="cannot write"), file_lock(tmp_path / "taken" / "a"):
        pass
