"""One connection to a game: handshake, many requests in flight, answers in any order."""

import concurrent.futures
import contextlib
import itertools
import os
import sys
import threading
from pathlib import Path

from face2param.engines.unity import protocol
from face2param.engines.unity.protocol import Hello, Kind, LinkError, Welcome
from face2param.engines.unity.transport import Frame, FrameSocket

IN_FLIGHT = 32
"""Requests that wait for an answer at a time; more callers wait for their turn."""
_GREETING_SECONDS = 5.0
_LATEST_REQUEST = (1 << 32) - 1


class Connection:
    """A connection that has been greeted. Its methods may be called by many threads.

    Attributes:
        welcome: what the game said about itself.
    """

    def __init__(self, end: FrameSocket, schema: str | None = None, client: str = ""):
        """Shakes hands.

        Args:
            end: the socket; closed when anything fails.
            schema: hash of the schema that the game must have; None: any.
            client: who asks, for the messages of the game.

        Raises:
            LinkError: `wrong_version`, `wrong_schema`, `busy`, `timeout`, or what is there is
                no game (`malformed`).
        """
        self._end = end
        self._waiting: dict[int, concurrent.futures.Future[Frame]] = {}
        self._lock = threading.Lock()
        self._turns = threading.BoundedSemaphore(IN_FLIGHT)
        self._numbers = itertools.cycle(range(1, _LATEST_REQUEST))
        self._failure: LinkError | None = None
        try:
            self.welcome = self._greet(schema, client or who())
        except BaseException:
            end.close()
            raise
        threading.Thread(target=self._receive, name="face2param-link", daemon=True).start()

    @property
    def failure(self) -> LinkError | None:
        """Why the connection is of no use any more; None while it is."""
        return self._failure

    def ask(self, kind: Kind, payload: bytes, wanted: Kind, seconds: float) -> bytes:
        """Sends a request and waits for its answer.

        Args:
            kind: of the request.
            payload: of the request.
            wanted: kind of the answer.
            seconds: how long to wait for it.

        Returns:
            The payload of the answer.

        Raises:
            LinkError: what the game answered; or `lost`, `stopping`, `timeout`, `malformed`.
        """
        if not self._turns.acquire(timeout=seconds):
            raise LinkError(
                "timeout", f"{self._end.peer}: no request was answered in {seconds:g} s"
            )
        number = 0
        try:
            number, future = self._enter()
            self._end.send(kind, number, payload)
            frame = future.result(seconds)
        except concurrent.futures.TimeoutError:
            raise LinkError(
                "timeout",
                f"{self._end.peer} did not answer {kind.name} within {seconds:g} s",
            ) from None
        except LinkError as error:
            if error.code != "lost":
                raise
            self._fail(error)  # unless the reader knows better why
            raise self._failure from None
        finally:
            with self._lock:
                self._waiting.pop(number, None)
            self._turns.release()
        if frame.kind == Kind.ERROR:
            code, message = protocol.parse_error(frame.payload)
            raise LinkError(code, f"the game at {self._end.peer} says: {message}")
        if frame.kind != wanted:
            raise LinkError(
                "malformed",
                f"{self._end.peer} answered {kind.name} with {frame.kind.name}, not {wanted.name}",
            )
        return frame.payload

    def close(self) -> None:
        """Says goodbye; requests that wait fail."""
        self._fail(LinkError("lost", f"the connection to {self._end.peer} is closed"))
        with contextlib.suppress(LinkError):
            self._end.send(Kind.BYE)
        self._end.close()

    def _greet(self, schema: str | None, client: str) -> Welcome:
        peer = self._end.peer
        self._end.send(Kind.HELLO, 0, Hello(client, schema).pack())
        try:
            frame = self._end.receive(_GREETING_SECONDS)
            if frame.kind == Kind.ERROR:
                code, message = protocol.parse_error(frame.payload)
                raise LinkError(code, f"the game at {peer} refuses: {message}")
            if frame.kind != Kind.WELCOME:
                raise LinkError("malformed", f"it answered with {frame.kind.name}")
            welcome = Welcome.parse(frame.payload)
        except LinkError as error:
            if error.code == "malformed":
                raise LinkError(
                    "malformed",
                    f"what listens on {peer} is no game with the face2param package: {error}",
                ) from None
            if error.code == "timeout":
                raise LinkError(
                    "timeout",
                    f"{peer} accepted the connection but said nothing for "
                    f"{_GREETING_SECONDS:g} s; is it a game with the face2param package?",
                ) from None
            raise
        if welcome.protocol != protocol.VERSION:
            raise LinkError(
                "wrong_version",
                f"the game at {peer} speaks version {welcome.protocol} of the link, this program "
                f"{protocol.VERSION}; update the Unity package or face2param",
            )
        if schema not in (None, welcome.schema):
            raise LinkError(
                "wrong_schema",
                f"the game at {peer} has schema {welcome.schema}, this program needs {schema}; "
                "load the matching head in the game",
            )
        return welcome

    def _enter(self) -> tuple[int, concurrent.futures.Future]:
        future: concurrent.futures.Future[Frame] = concurrent.futures.Future()
        with self._lock:
            if self._failure:
                raise self._failure
            number = next(n for n in self._numbers if n not in self._waiting)
            self._waiting[number] = future
        return number, future

    def _receive(self) -> None:
        """The reader: gives every answer to whom it belongs, until the end."""
        try:
            while True:
                frame = self._end.receive()
                if frame.kind == Kind.BYE:
                    raise LinkError("stopping", f"the game at {self._end.peer} closed the link")
                if frame.kind == Kind.ERROR:
                    code, message = protocol.parse_error(frame.payload)
                    if frame.request == 0 or code == "stopping":
                        raise LinkError(code, f"the game at {self._end.peer} says: {message}")
                with self._lock:
                    # An answer that nobody waits for any more came after its time-out.
                    future = self._waiting.pop(frame.request, None)
                if future:
                    future.set_result(frame)
        except LinkError as error:
            self._fail(error)
            self._end.close()

    def _fail(self, error: LinkError) -> None:
        with self._lock:
            self._failure = self._failure or error
            futures, self._waiting = list(self._waiting.values()), {}
        for future in futures:
            future.set_exception(error)


def who() -> str:
    """How this process introduces itself: program and process number."""
    return f"{Path(sys.argv[0] or 'python').stem or 'python'} (process {os.getpid()})"
