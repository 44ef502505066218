"""Ctrl-C that waits until a training step is whole."""

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def deferred() -> Iterator[Callable[[], bool]]:
    """Notes the first Ctrl-C instead of raising at once; a second one raises.

    Yields:
      Says whether there was one. Outside of the main thread, where Python delivers no
      signals, always False.
    """
    if threading.current_thread() is not threading.main_thread():
        yield lambda: False
        return
    asked = []

    def note(signum, frame) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(signum)

    before = signal.getsignal(signal.SIGINT)
    signal.signal(signal.SIGINT, note)
    try:
        yield lambda: bool(asked)
    finally:
        signal.signal(signal.SIGINT, before if before is not None else signal.default_int_handler)
