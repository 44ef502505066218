"""Showing characters in a game while they change: the newest one counts."""

import threading

import numpy as np

from face2param.engines import unity
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.protocol import LinkError
from face2param.schema import Character, Schema


def open_view(address: str | None, schema: Schema) -> "LiveView":
    """Connects to a game that is to show characters of a schema.

    Args:
        address: HOST:PORT; None: 127.0.0.1:5010.
        schema: of the characters.

    Raises:
        LinkError: the game cannot be reached, or has another schema.
    """
    engine = unity.open(address)
    if engine.schema.hash != schema.hash:
        raise LinkError(
            "wrong_schema",
            f"the game at {engine.address} shows characters of schema {engine.schema.name!r} "
            f"({engine.schema.hash}), not of {schema.name!r} ({schema.hash}); load the matching "
            "head in the game",
        )
    return LiveView(engine)


class LiveView:
    """Shows the newest character in the game, from a thread of its own.

    `show` returns at once. Characters that come faster than the game draws replace each other.
    A failure of the link ends the view, not the work that feeds it: see `failure`.
    """

    def __init__(self, engine: UnityEngine):
        """Starts the thread; the engine stays the caller's."""
        self.failure: LinkError | None = None
        self._engine = engine
        self._changed = threading.Condition()
        self._newest: tuple[Character, np.ndarray | None] | None = None
        self._busy = self._closing = False
        self._thread = threading.Thread(target=self._run, name="face2param-live", daemon=True)
        self._thread.start()

    def show(self, character: Character, nuisance: np.ndarray | None = None) -> None:
        """Replaces what waits to be shown."""
        with self._changed:
            self._newest = character, nuisance
            self._changed.notify_all()

    def close(self, seconds: float = 5.0) -> None:
        """Waits until the newest character is shown, then ends."""
        with self._changed:
            self._changed.wait_for(lambda: not (self._newest or self._busy), seconds)
            self._closing = True
            self._changed.notify_all()
        self._thread.join(seconds)

    def __enter__(self) -> "LiveView":
        """Returns the view."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Ends it."""
        self.close()

    def _run(self) -> None:
        while True:
            with self._changed:
                self._busy = False
                self._changed.notify_all()
                self._changed.wait_for(lambda: self._newest or self._closing)
                if self._closing:
                    return
                (character, nuisance), self._newest = self._newest, None
                self._busy = True
            try:
                if not self.failure:
                    self._engine.show(character, nuisance)
            except LinkError as error:
                self.failure = error
