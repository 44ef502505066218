import functools
import re
import signal
import subprocess
import sys
import time

from face2param import schema
from face2param.database.reader import Database

COMMAND = (sys.executable, "-m", "face2param.bin.generate_database", "--size=64", "--seed=1")
# Many more than are drawn before the interrupt arrives, however late that is.
COUNT = 240


def test_an_interrupted_run_ends_quietly_and_the_same_command_finishes_it(tmp_path):
    folder = tmp_path / "export"
    command = (*COMMAND, f"--output={folder}", f"--count={COUNT}", "--workers=2", "--noprogress")
    # Where the tests run as a background job, SIGINT is ignored and would be in the child too.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    deadline = time.monotonic() + 240
    while len(list(folder.glob("db_*.jpg"))) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
        assert process.poll() is None, process.stderr.read()
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=120)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    before = {path: path.stat().st_mtime_ns for path in folder.glob("db_*.jpg")}
    assert 3 <= len(before) < COUNT

    done = subprocess.run(command, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr
    training, validation = map(int, re.findall(r"(\d+) (?:heads )?for", done.stdout))
    assert training + validation == COUNT and training > 3 * validation > 0
    database = Database(folder, schema.load("builtin"))
    assert len(database.arrays(size=32)["images"]) == COUNT
    kept = [path for path, when in before.items() if path.stat().st_mtime_ns == when]
    # The few that were drawn but not yet in the log may be drawn again.
    assert len(kept) >= len(before) - 10

    other = subprocess.run(
        (*COMMAND[:-1], "--seed=2", *command[5:]), capture_output=True, text=True, timeout=240
    )
    assert other.returncode == 2
    assert other.stderr.startswith("error: ") and "seed 1 (there) and 2 (now)" in other.stderr
