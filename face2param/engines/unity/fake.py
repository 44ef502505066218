"""A game that is none: serves the link and draws with any engine, for tests and for trying."""

import contextlib
import json
import queue
import socket
import threading
import time

import numpy as np

from face2param import images
from face2param.engines.base import Engine, Rendering
from face2param.engines.unity import pictures, protocol, transport
from face2param.engines.unity.protocol import (
    EVERY_SECTION,
    Hello,
    Kind,
    LinkError,
    Pose,
    RenderRequest,
    Section,
    Welcome,
)
from face2param.engines.unity.transport import Address, Frame, FrameSocket
from face2param.errors import Face2ParamError
from face2param.schema import Character

_GREETING_SECONDS = 5.0
_HANDOVER_SECONDS = 0.5
_OUTSTANDING = 64


class FakeGame:
    """Serves one client at a time, as the Unity package does.

    One thread draws, as in a game; network threads read and greet. Use it as a context manager,
    or call `stop`.

    Attributes:
        shown: what SHOW messages put on the head, oldest first.
        drawn: how many pictures were drawn.
    """

    def __init__(
        self,
        engine: Engine,
        *,
        sections: Section = EVERY_SECTION,
        image_format: int = pictures.RAW,
        version: str | None = None,
        protocol_version: int = protocol.VERSION,
        limit: int = protocol.SMALL,
        delay: float = 0.0,
        shuffle: bool = False,
    ):
        """Starts the drawing thread; nothing listens yet.

        Args:
            engine: who draws; its schema is the game's.
            sections: what the game can send.
            image_format: of the pictures: raw, PNG or JPEG.
            version: of the game; None: the engine's.
            protocol_version: what it says to speak.
            limit: bytes of the largest message that it takes.
            delay: seconds that each drawing takes longer.
            shuffle: answer what waits in the opposite order.
        """
        self.shown: list[tuple[Character, np.ndarray]] = []
        self.drawn = 0
        self._engine, self._sections, self._format = engine, sections, image_format
        self._protocol, self._limit = protocol_version, limit
        self._delay, self._shuffle = delay, shuffle
        schema = engine.schema
        version = engine.version if version is None else version
        self._welcome = Welcome(schema.hash, engine.name, version, sections, protocol_version)
        self._schema = json.dumps(schema.to_dict(), ensure_ascii=False).encode("utf-8")
        self._work: queue.Queue[tuple[_Client, Frame] | None] = queue.Queue()
        self._free = threading.Condition()
        self._client: _Client | None = None
        self._listener: socket.socket | None = None
        self._stopping = threading.Event()
        self._threads = [self._thread(self._draw_all)]

    def __enter__(self) -> "FakeGame":
        """Returns the game."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Stops it."""
        self.stop()

    def listen(self, address: Address | None = None) -> Address:
        """Opens a port; by default a free one that this machine alone can reach.

        Returns:
            The address.

        Raises:
            LinkError: the port is taken.
        """
        self._listener = transport.listen(address or Address(port=0))
        host, port = self._listener.getsockname()[:2]
        self._threads.append(self._thread(self._accept))
        return Address(host, port)

    def dial(self) -> FrameSocket:
        """A connection within this process, without a port."""
        here, there = socket.socketpair()
        if self._stopping.is_set():
            there.close()
        else:
            self._thread(self._serve, there)
        return FrameSocket(here, "the game in this process")

    def stop(self) -> None:
        """Ends gracefully: what waits is answered with "stopping", the client gets BYE."""
        self._stopping.set()
        if self._listener:
            # Closing alone does not wake accept().
            with contextlib.suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        self._work.put(None)
        for thread in self._threads:
            thread.join(5.0)
        with self._free:
            client = self._client
        if client:
            with contextlib.suppress(LinkError):
                client.end.send(Kind.BYE)
            client.end.finish()

    # ------------------------------------------------------------------ network

    def _thread(self, task, *arguments) -> threading.Thread:
        thread = threading.Thread(target=task, args=arguments, name="fake-game", daemon=True)
        thread.start()
        return thread

    def _accept(self) -> None:
        while not self._stopping.is_set():
            try:
                end, _ = self._listener.accept()
            except OSError:
                return
            self._thread(self._serve, end)

    def _serve(self, end: socket.socket) -> None:
        client = _Client(FrameSocket(end, "the client", self._limit))
        try:
            self._greet(client)
            while True:
                frame = client.end.receive()
                self._answer(client, frame)
        except _Goodbye:
            pass
        except LinkError as error:
            code = "bad_request" if error.code == "malformed" else error.code
            if code in protocol.WIRE_CODES:
                client.error(0, code, str(error))
        finally:
            client.gone.set()
            with self._free:
                if self._client is client:
                    self._client = None
                    self._free.notify_all()
            client.end.finish()

    def _greet(self, client: "_Client") -> None:
        frame = client.end.receive(_GREETING_SECONDS)
        if frame.kind != Kind.HELLO:
            raise LinkError("bad_request", f"the first message is {frame.kind.name}, not HELLO")
        hello = Hello.parse(frame.payload)
        client.name = hello.client
        if hello.protocol != self._protocol:
            raise LinkError(
                "wrong_version",
                f"the game speaks version {self._protocol} of the link, not {hello.protocol}",
            )
        if hello.schema not in (None, self._welcome.schema):
            raise LinkError(
                "wrong_schema", f"the game has schema {self._welcome.schema}, not {hello.schema}"
            )
        with self._free:
            # Who has just said goodbye may not have left yet.
            self._free.wait_for(lambda: self._client is None, _HANDOVER_SECONDS)
            if self._client:
                raise LinkError("busy", f"the game serves {self._client.name}")
            self._client = client
        client.end.send(Kind.WELCOME, 0, self._welcome.pack())

    def _answer(self, client: "_Client", frame: Frame) -> None:
        if frame.kind == Kind.BYE:
            raise _Goodbye
        if frame.kind == Kind.PING:
            client.end.send(Kind.PONG, frame.request)
        elif frame.kind == Kind.GET_SCHEMA:
            client.end.send(Kind.SCHEMA, frame.request, self._schema)
        elif frame.kind in (Kind.RENDER, Kind.SHOW):
            if self._stopping.is_set():
                client.error(frame.request, "stopping", "the game closes the link")
                return
            client.outstanding.acquire()
            self._work.put((client, frame))
        else:
            client.error(frame.request, "bad_request", f"{frame.kind.name} is no request")

    # ------------------------------------------------------------------ drawing

    def _draw_all(self) -> None:
        while True:
            batch = [self._work.get()]
            if self._shuffle:
                time.sleep(0.02)
                while not self._work.empty():
                    batch.append(self._work.get())
                batch.reverse()
            for item in filter(None, batch):
                self._draw_one(*item)
            if None in batch:
                return

    def _draw_one(self, client: "_Client", frame: Frame) -> None:
        try:
            if client.gone.is_set():
                return
            if self._stopping.is_set():
                raise LinkError("stopping", "the game closes the link")
            if self._delay:
                time.sleep(self._delay)
            if frame.kind == Kind.SHOW:
                self.shown.append(self._character(Pose.parse(frame.payload)))
                client.end.send(Kind.SHOWN, frame.request)
            else:
                client.end.send(Kind.PICTURE, frame.request, self._picture(frame.payload))
        except Face2ParamError as error:
            code = getattr(error, "code", "bad_request")
            code = "bad_request" if code == "malformed" else code
            client.error(frame.request, code, str(error))
        finally:
            client.outstanding.release()

    def _character(self, pose: Pose) -> tuple[Character, np.ndarray]:
        schema = self._engine.schema
        wanted = (schema.width, schema.nuisance_width)
        if (pose.encoded.size, pose.nuisance.size) != wanted:
            raise LinkError(
                "bad_request",
                f"schema {schema.name!r} has {wanted[0]} and {wanted[1]} floats, "
                f"got {pose.encoded.size} and {pose.nuisance.size}",
            )
        return schema.decode(pose.encoded), pose.nuisance

    def _picture(self, payload: bytes) -> bytes:
        request = RenderRequest.parse(payload)
        size = pictures.largest(request.size, request.wanted)
        if size > protocol.LIMIT:
            raise LinkError(
                "too_large",
                f"the picture has {size} bytes, more than {protocol.LIMIT}; ask for a smaller one",
            )
        rendering = self._engine.render(
            *self._character(request.pose),
            size=request.size,
            supersample=request.supersample,
            background=None if request.background is None else np.array(request.background),
        )
        self.drawn += 1
        wanted = request.wanted & self._sections
        sections = {section: _section(rendering, section) for section in wanted}
        return pictures.pack_picture(request.size, sections, self._format)


class _Goodbye(Exception):
    """The client leaves."""


class _Client:
    """A connection and what it waits for."""

    def __init__(self, end: FrameSocket):
        self.end, self.name = end, ""
        self.gone = threading.Event()
        self.outstanding = threading.Semaphore(_OUTSTANDING)

    def error(self, request: int, code: str, message: str) -> None:
        with contextlib.suppress(LinkError):
            self.end.send(Kind.ERROR, request, protocol.pack_error(code, message))


def _section(rendering: Rendering, section: Section) -> np.ndarray:
    if section == Section.IMAGE:
        return images.to_uint8(rendering.image)
    if section == Section.LANDMARKS:
        return np.column_stack(
            [rendering.landmarks, rendering.landmarks3d, rendering.visibility.astype(np.float32)]
        )
    return getattr(rendering, section.name.lower())
