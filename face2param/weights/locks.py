"""A lock that processes of one machine share through a file.

The operating system holds it for the open file, not for the name: it goes with the process that
held it, however that ended, so that a file left behind blocks nobody.
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from face2param.config import CACHE_VARIABLE
from face2param.errors import OutputError

if sys.platform == "win32":
    import msvcrt

    _HELD = PermissionError
else:
    import fcntl

    _HELD = BlockingIOError

_POLL_SECONDS = 0.1


@contextlib.contextmanager
def file_lock(path: Path, waiting: Callable[[], None] | None = None) -> Iterator[None]:
    """Holds the lock of `path`; waits for as long as another process or thread holds it.

    Args:
      path: an empty file, made if need be and never removed: removing it would let two
        processes lock two files of one name.
      waiting: called once, before the first wait.

    Raises:
      OutputError: the file cannot be made, or its file system knows no locks.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    try:
        while not _try(descriptor, path):
            if waiting is not None:
                waiting()
                waiting = None
            # Polled, so that an interrupt is heeded at once on every platform.
            time.sleep(_POLL_SECONDS)
        yield
    finally:
        os.close(descriptor)  # which is what releases it


def _try(descriptor: int, path: Path) -> bool:
    try:
        if sys.platform == "win32":
            os.lseek(descriptor, 0, os.SEEK_SET)
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        else:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except _HELD:
        return False
    except OSError as error:
        raise OutputError(
            f"cannot lock {path}: {error.strerror or error}; set {CACHE_VARIABLE} to a folder on "
            "a disk of this machine"
        ) from None
    return True
