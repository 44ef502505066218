"""The engine that lets a running game draw."""

import contextlib
import dataclasses
import threading
import time
import weakref
from collections.abc import Callable

import numpy as np

from face2param.engines import arguments
from face2param.engines.base import Engine, People, Rendering
from face2param.engines.unity import pictures, protocol, transport
from face2param.engines.unity.client import Connection
from face2param.engines.unity.linked_rendering import SECTIONS, LinkedRendering, fields
from face2param.engines.unity.protocol import Kind, LinkError, Pose, RenderRequest, Section
from face2param.engines.unity.transport import Address, FrameSocket
from face2param.errors import SchemaError
from face2param.schema import Character, Schema, load

_FIRST = Section.IMAGE | Section.LANDMARKS
_AGAIN_SECONDS = 0.2


class UnityEngine(Engine):
    """Draws through the link. `render` and `show` may be called by many threads at once.

    What many threads ask for is in flight together, which keeps the game busy. A connection that
    was lost (the editor reloads its scripts) is opened again.

    Attributes:
        address: of the game, for people.
        sections: what the game can send.
    """

    name = "unity"
    one_process = True

    def __init__(
        self,
        address: Address | str | None = None,
        *,
        schema: Schema | None = None,
        seconds: float = 60.0,
        patience: float = 10.0,
        limit: int = protocol.LIMIT,
        dial: Callable[[], FrameSocket] | None = None,
    ):
        """Connects, and asks the game for its schema.

        Args:
            address: HOST:PORT; None: 127.0.0.1:5010.
            schema: what the game must have; None: whatever it has.
            seconds: after which a request counts as unanswered.
            patience: seconds for which a lost connection is tried again.
            limit: bytes of the largest answer that is taken.
            dial: makes a connected socket, instead of the address.

        Raises:
            LinkError: (an EngineError) see `Connection`; or the game's schema is damaged.
        """
        if not isinstance(address, Address):
            address = Address.parse(address)
        self.address, self._seconds, self._patience = str(address), seconds, patience
        if address != Address() and dial is None:
            self.name = f"{self.name}={address}"
        self._limit = limit
        self._dial = dial or (lambda: transport.connect(address))
        self._opening = threading.Lock()
        self._link: list[Connection] = []
        self._usual = _FIRST
        self._gave_up: tuple[float, LinkError] | None = None
        weakref.finalize(self, _close, self._link)
        connection = self._open(schema.hash if schema else None)
        welcome = connection.welcome
        self._welcome, self.sections = welcome, welcome.sections
        self.version = f"{welcome.engine} {welcome.version}"
        try:
            self.schema = schema or self._fetch_schema(connection)
        except BaseException:
            self.close()
            raise
        self._builtin = self.schema.hash == load("builtin").hash

    def render(
        self,
        character: Character,
        nuisance: np.ndarray | None = None,
        *,
        size: tuple[int, int] = (512, 512),
        supersample: int = 2,
        background: np.ndarray | None = None,
    ) -> Rendering:
        """Draws a character; see `Engine.render`.

        A picture as background is put behind two renderings, before black and before white.

        Raises:
            LinkError: (an EngineError) the link failed, or the game refused.
        """
        size = arguments.check_size(size)
        supersample = arguments.check_supersample(supersample)
        pose = self._pose(character, nuisance)
        usual = self._usual & self.sections
        if pictures.largest(size, usual) > self._limit:
            usual = _FIRST & self.sections
        request = RenderRequest(size, supersample, usual, pose)
        if background is not None:
            wall = arguments.check_background(background, size)
            if np.ndim(background) == 1:
                colour = tuple(float(value) for value in wall[0, 0])
                request = dataclasses.replace(request, background=colour)
            else:
                return self._before(wall, request)
        return self._rendering(request, self._draw(request))

    def show(self, character: Character, nuisance: np.ndarray | None = None) -> None:
        """Puts a character on the head in the game's window; no picture comes back.

        Raises:
            LinkError: as `render`.
        """
        self._ask(Kind.SHOW, self._pose(character, nuisance).pack(), Kind.SHOWN)

    def ping(self) -> float:
        """Seconds to the game and back; it answers even while it draws.

        Raises:
            LinkError: the link failed.
        """
        start = time.perf_counter()
        self._ask(Kind.PING, b"", Kind.PONG)
        return time.perf_counter() - start

    @property
    def is_connected(self) -> bool:
        """Whether the connection stands, as far as is known."""
        return bool(self._link) and self._link[-1].failure is None

    def close(self) -> None:
        """Closes the connection, so that another program can use the game."""
        _close(self._link)

    def __enter__(self) -> "UnityEngine":
        """Returns the engine."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Closes the connection."""
        self.close()

    def canonical_landmarks(self, size: tuple[int, int]) -> np.ndarray:
        """Landmarks of the neutral character; see `Engine.canonical_landmarks`."""
        size = arguments.check_size(size)
        self._need("landmarks")
        pose = self._pose(self.schema.neutral(), None)
        request = RenderRequest(size, 1, Section.LANDMARKS, pose)
        return self._rendering(request, self._draw(request)).landmarks

    def random_characters(
        self, rng: np.random.Generator, count: int, spread: float = 1.0, plausible: bool = True
    ) -> list[Character]:
        """See the base class; a game with the built-in head's schema gets its usual people."""
        if self._builtin:
            from face2param.engines.builtin import sampling

            return sampling.random_characters(rng, count, spread, plausible)
        return super().random_characters(rng, count, spread, plausible)

    def random_nuisance(self, rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
        """See the base class."""
        if self._builtin:
            from face2param.engines.builtin import sampling

            return sampling.random_nuisance(rng, amount)
        return super().random_nuisance(rng, amount)

    def people(self) -> People:
        """See the base class."""
        if self._builtin:
            from face2param.engines.builtin import portraits

            return portraits.people(self.schema)
        return super().people()

    # ------------------------------------------------------------------ drawing

    def _pose(self, character: Character, nuisance: np.ndarray | None) -> Pose:
        arguments.check_character(character, self.schema)
        nuisance = arguments.check_nuisance(nuisance, self.schema)
        return Pose(self.schema.encode(character)[0], nuisance)

    def _draw(self, request: RenderRequest) -> dict[Section, np.ndarray]:
        size = pictures.largest(request.size, request.wanted)
        if size > self._limit:
            raise LinkError(
                "too_large",
                f"a picture of {request.size[0]} x {request.size[1]} with "
                f"{_names(request.wanted)} has {size} bytes, more than the {self._limit} that are "
                "taken at a time; ask for a smaller one",
            )
        answer = self._ask(Kind.RENDER, request.pack(), Kind.PICTURE)
        try:
            return pictures.parse_picture(answer, request.size)
        except LinkError as error:
            raise LinkError(error.code, f"the game at {self.address} sent a bad {error}") from None

    def _rendering(
        self, request: RenderRequest, sections: dict[Section, np.ndarray]
    ) -> LinkedRendering:
        def fetch(name: str) -> dict[str, np.ndarray]:
            self._need(name)
            self._usual |= SECTIONS[name]
            rest = dataclasses.replace(request, wanted=SECTIONS[name])
            found = fields(self._draw(rest))
            if name not in found:
                raise self._lacks(name)
            return found

        found = fields(sections)
        if Section.IMAGE in request.wanted and "image" not in found:
            raise LinkError("malformed", f"the game at {self.address} sent no image")
        return LinkedRendering.partial(found, fetch)

    def _before(self, wall: np.ndarray, request: RenderRequest) -> LinkedRendering:
        black, white = (
            self._rendering(changed, self._draw(changed))
            for changed in (
                dataclasses.replace(request, background=(0.0, 0.0, 0.0)),
                dataclasses.replace(request, background=(1.0, 1.0, 1.0)),
            )
        )
        seen_through = np.clip(white.image - black.image, 0.0, 1.0)
        image = np.clip(black.image + seen_through * wall, 0.0, 1.0)
        black.__dict__["image"] = image
        return black

    def _need(self, name: str) -> None:
        if SECTIONS[name] not in self.sections:
            raise self._lacks(name)

    def _lacks(self, name: str) -> LinkError:
        uses = {
            "labels": "fit and generate_database --labels",
            "landmarks": "databases and photographs",
        }
        why = f", which {uses[name]} need" if name in uses else ""
        return LinkError(
            "bad_request",
            f"the game at {self.address} sends {_names(self.sections)}, but no {name}{why}; see "
            "ILinkDrawer.Sections in the Unity package",
        )

    # ------------------------------------------------------------------ connection

    def _ask(self, kind: Kind, payload: bytes, wanted: Kind) -> bytes:
        """Asks once more when the connection is lost meanwhile: a request changes nothing."""
        try:
            return self._connection().ask(kind, payload, wanted, self._seconds)
        except LinkError as error:
            if error.code not in ("lost", "stopping"):
                raise self._explained(error) from None
        return self._connection().ask(kind, payload, wanted, self._seconds)

    def _explained(self, error: LinkError) -> LinkError:
        """A game that does not draw may still be alive: then it is paused."""
        if error.code != "timeout":
            return error
        with contextlib.suppress(LinkError):
            self._connection().ask(Kind.PING, b"", Kind.PONG, min(self._seconds, 2.0))
            return LinkError(
                "timeout",
                f"{error}, though its link is alive: is the editor paused, compiling, or does a "
                "window in it wait for an answer?",
            )
        return error

    def _connection(self) -> Connection:
        asked = time.monotonic()
        with self._opening:
            if self.is_connected:
                return self._link[-1]
            if self._gave_up and self._gave_up[0] > asked:
                raise self._gave_up[1]  # another thread tried while this one waited
            connection = self._reopen()
            if (connection.welcome.engine, connection.welcome.version) != (
                self._welcome.engine,
                self._welcome.version,
            ):
                changed = connection.welcome
                self.close()
                raise LinkError(
                    "changed",
                    f"the game at {self.address} was {self.version!r} and is now "
                    f"'{changed.engine} {changed.version}'; start again",
                )
            return connection

    def _reopen(self) -> Connection:
        deadline = time.monotonic() + self._patience
        while True:
            try:
                return self._open(self.schema.hash)
            except LinkError as error:
                # A game that comes back may still hold the connection that was lost.
                passing = error.code in ("not_listening", "lost", "stopping", "busy", "timeout")
                if not passing or time.monotonic() > deadline:
                    self._gave_up = (time.monotonic(), error)
                    raise
            time.sleep(_AGAIN_SECONDS)

    def _open(self, schema: str | None) -> Connection:
        end = self._dial()
        end.limit = self._limit
        connection = Connection(end, schema)
        _close(self._link)
        self._link.append(connection)
        return connection

    def _fetch_schema(self, connection: Connection) -> Schema:
        data = connection.ask(Kind.GET_SCHEMA, b"", Kind.SCHEMA, self._seconds)
        try:
            schema = Schema.from_json(protocol.parse_schema(data))
        except (SchemaError, LinkError) as error:
            raise LinkError(
                "malformed", f"the schema of the game at {self.address} is damaged: {error}"
            ) from None
        if schema.hash != connection.welcome.schema:
            raise LinkError(
                "wrong_schema",
                f"the game at {self.address} announced schema {connection.welcome.schema} and "
                f"sent {schema.name!r} ({schema.hash})",
            )
        return schema


def _close(link: list[Connection]) -> None:
    while link:
        link.pop().close()


def _names(sections: Section) -> str:
    return ", ".join(section.name.lower() for section in sections)
