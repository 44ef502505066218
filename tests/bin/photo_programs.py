"""Runs programs that take photographs, and checks how they refuse."""

import subprocess
import sys

import numpy as np

NOISE = np.random.default_rng(0).random((128, 128, 3)).astype(np.float32)
"""A picture without a face."""


def run(program, *arguments, timeout):
    """Runs a program of `face2param.bin`; its texts are kept."""
    command = [sys.executable, "-m", f"face2param.bin.{program}", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=timeout)


def refused(done, text):
    """Exit code 2 and one line that holds `text`."""
    assert done.returncode == 2, done.stderr
    assert done.stderr.startswith("error: ") and done.stderr.count("\n") == 1, done.stderr
    assert text in done.stderr
