"""Frames and messages of the link to a running game; the text is unity/PROTOCOL.md.

Pure functions between bytes and records. Whatever bytes come, a parser returns a record or
raises LinkError; it never takes more memory than a small multiple of what it was given.
"""

import dataclasses
import enum
import json
import struct
from typing import Any

import numpy as np

from face2param.errors import EngineError

VERSION = 1
MAGIC = b"F2PL"
HEADER = struct.Struct("<4sHHII")
LIMIT = 64 << 20
"""Bytes that the payload of one frame may have, unless the receiver decides otherwise."""
SMALL = 1 << 20
"""Bytes that a request, a greeting or an error may have; only schemas and pictures are larger."""

_DRAW = struct.Struct("<HHBBBB3f")
_COUNT = struct.Struct("<I")


class Kind(enum.IntEnum):
    """What a frame holds."""

    HELLO = 1
    WELCOME = 2
    ERROR = 3
    GET_SCHEMA = 4
    SCHEMA = 5
    RENDER = 6
    PICTURE = 7
    PING = 8
    PONG = 9
    BYE = 10
    SHOW = 11
    SHOWN = 12


class Section(enum.IntFlag):
    """Parts of a rendering, as bits of what is wanted and as names of what is sent."""

    IMAGE = 1
    LABELS = 2
    LANDMARKS = 4
    DEPTH = 8
    NORMALS = 16


EVERY_SECTION = Section(31)

WIRE_CODES = (
    "wrong_version",
    "wrong_schema",
    "busy",
    "bad_request",
    "too_large",
    "stopping",
    "internal",
)
"""Codes that an ERROR message may carry."""


class LinkError(EngineError):
    """The link to a game failed.

    Attributes:
        code: one of WIRE_CODES; or, found on this side: "address", "not_listening", "timeout",
            "lost", "malformed", "changed".
    """

    def __init__(self, code: str, message: str):
        """Keeps the code beside the sentence for people."""
        super().__init__(message)
        self.code = code


@dataclasses.dataclass(frozen=True)
class Header:
    """The 16 bytes before every payload.

    Attributes:
        kind: of the message.
        request: number that the asker chose; the answer carries it too.
        length: bytes of the payload.
    """

    kind: Kind
    request: int
    length: int

    def pack(self) -> bytes:
        """The 16 bytes."""
        return HEADER.pack(MAGIC, self.kind, 0, self.request, self.length)

    @classmethod
    def parse(cls, data: bytes, limit: int = LIMIT) -> "Header":
        """Reads the 16 bytes.

        Raises:
            LinkError: `malformed`: not of this protocol; `too_large`: the payload that they
                announce is over `limit` bytes.
        """
        if len(data) != HEADER.size:
            raise _malformed(f"a header has {HEADER.size} bytes, got {len(data)}")
        magic, kind, flags, request, length = HEADER.unpack(data)
        if magic != MAGIC:
            raise _malformed(f"a frame begins with {MAGIC!r}, got {magic!r}")
        if kind not in Kind.__members__.values():
            raise _malformed(f"there is no message kind {kind}")
        if flags:
            raise _malformed(f"flags must be 0, got {flags}")
        if length > limit:
            raise LinkError(
                "too_large",
                f"a {Kind(kind).name} message announces {length} bytes; at most {limit} are taken",
            )
        return cls(Kind(kind), request, length)


@dataclasses.dataclass(frozen=True)
class Hello:
    """First message of a client.

    Attributes:
        client: who asks, for people.
        schema: hash that the client works with; None: whatever the game has.
        protocol: version of the protocol.
    """

    client: str
    schema: str | None = None
    protocol: int = VERSION

    def pack(self) -> bytes:
        """The payload."""
        return _json(protocol=self.protocol, schema=self.schema, client=self.client)

    @classmethod
    def parse(cls, data: bytes) -> "Hello":
        """Reads the payload.

        Raises:
            LinkError: `malformed`.
        """
        fields = _object(data, "HELLO")
        schema = fields.get("schema")
        return cls(
            _text(fields, "client", "HELLO"),
            None if schema is None else _text(fields, "schema", "HELLO"),
            _whole(fields, "protocol", "HELLO"),
        )


@dataclasses.dataclass(frozen=True)
class Welcome:
    """The game's answer to HELLO.

    Attributes:
        schema: hash of the game's schema.
        engine: name of the game.
        version: changes when the same character gives another picture.
        sections: what the game can send.
        protocol: version of the protocol.
    """

    schema: str
    engine: str
    version: str
    sections: Section = EVERY_SECTION
    protocol: int = VERSION

    def pack(self) -> bytes:
        """The payload."""
        return _json(
            protocol=self.protocol,
            schema=self.schema,
            engine=self.engine,
            version=self.version,
            sections=int(self.sections),
        )

    @classmethod
    def parse(cls, data: bytes) -> "Welcome":
        """Reads the payload.

        Raises:
            LinkError: `malformed`.
        """
        fields = _object(data, "WELCOME")
        sections = _whole(fields, "sections", "WELCOME") if "sections" in fields else EVERY_SECTION
        if not sections & Section.IMAGE or sections > EVERY_SECTION:
            raise _malformed(f"WELCOME: sections is {sections}; it must be odd and at most 31")
        return cls(
            _text(fields, "schema", "WELCOME"),
            _text(fields, "engine", "WELCOME"),
            _text(fields, "version", "WELCOME"),
            Section(sections),
            _whole(fields, "protocol", "WELCOME"),
        )


def pack_error(code: str, message: str) -> bytes:
    """Payload of an ERROR."""
    return _json(code=code, message=message)


def parse_error(data: bytes) -> tuple[str, str]:
    """(code, message) of an ERROR; a code that is not known counts as "internal".

    Raises:
        LinkError: `malformed`.
    """
    fields = _object(data, "ERROR")
    code, message = _text(fields, "code", "ERROR"), _text(fields, "message", "ERROR")
    return (code if code in WIRE_CODES else "internal"), message


def parse_schema(data: bytes) -> dict[str, Any]:
    """The JSON object of a SCHEMA message.

    Raises:
        LinkError: `malformed`.
    """
    return _object(data, "SCHEMA", maximum=LIMIT)


@dataclasses.dataclass(frozen=True, eq=False)
class Pose:
    """A character in numbers: the payload of SHOW and the end of RENDER.

    Attributes:
        encoded: float32 `[width]`, the schema's encoded vector.
        nuisance: float32 `[nuisance_width]`.
    """

    encoded: np.ndarray
    nuisance: np.ndarray

    def pack(self) -> bytes:
        """The payload."""
        parts = (np.ascontiguousarray(v, "<f4") for v in (self.encoded, self.nuisance))
        return b"".join(_COUNT.pack(v.size) + v.tobytes() for v in parts)

    @classmethod
    def parse(cls, data: bytes, what: str = "SHOW") -> "Pose":
        """Reads the payload.

        Raises:
            LinkError: `malformed`.
        """
        vectors, at = [], 0
        for name in ("encoded vector", "nuisance"):
            if len(data) - at < _COUNT.size:
                raise _malformed(f"{what} ends before its {name}")
            (count,) = _COUNT.unpack_from(data, at)
            at += _COUNT.size
            if 4 * count > len(data) - at:
                raise _malformed(f"{what}: {count} floats of {name} do not fit in the message")
            vector = np.frombuffer(data, "<f4", count, at).astype(np.float32)
            if not np.isfinite(vector).all():
                raise _malformed(f"{what}: the {name} holds values that are not numbers")
            vectors.append(vector)
            at += 4 * count
        if at != len(data):
            raise _malformed(f"{what} has {len(data) - at} bytes too many")
        return cls(*vectors)


@dataclasses.dataclass(frozen=True, eq=False)
class RenderRequest:
    """Payload of RENDER.

    Attributes:
        size: (height, width) in pixels.
        supersample: samples per pixel along each axis, 1..4.
        wanted: what the answer is to hold.
        pose: the character.
        background: RGB in [0, 1]; None: the game's own.
    """

    size: tuple[int, int]
    supersample: int
    wanted: Section
    pose: Pose
    background: tuple[float, float, float] | None = None

    def pack(self) -> bytes:
        """The payload."""
        colour = self.background or (0.0, 0.0, 0.0)
        has_background = self.background is not None
        head = (*self.size, self.supersample, self.wanted, has_background, 0, *colour)
        return _DRAW.pack(*head) + self.pose.pack()

    @classmethod
    def parse(cls, data: bytes) -> "RenderRequest":
        """Reads the payload.

        Raises:
            LinkError: `malformed`.
        """
        if len(data) < _DRAW.size:
            raise _malformed(f"RENDER has {len(data)} bytes; its head alone has {_DRAW.size}")
        height, width, supersample, wanted, has_background, zero, *colour = _DRAW.unpack_from(data)
        if not height or not width:
            raise _malformed(f"RENDER: the size is {height} x {width}")
        if not 1 <= supersample <= 4:
            raise _malformed(f"RENDER: supersample is {supersample}; it must be in [1, 4]")
        if not 0 < wanted <= EVERY_SECTION:
            raise _malformed(f"RENDER: wanted is {wanted}; it must be in [1, 31]")
        if has_background > 1 or zero:
            raise _malformed("RENDER: has_background must be 0 or 1, the byte after it 0")
        if not all(0.0 <= value <= 1.0 for value in colour):  # also refuses NaN
            raise _malformed("RENDER: the background must hold values in [0, 1]")
        pose = Pose.parse(data[_DRAW.size :], "RENDER")
        background = tuple(colour) if has_background else None
        return cls((height, width), supersample, Section(wanted), pose, background)


def _malformed(message: str) -> LinkError:
    return LinkError("malformed", message)


def _json(**fields: Any) -> bytes:
    return json.dumps(fields, ensure_ascii=False).encode("utf-8")


def _object(data: bytes, what: str, maximum: int = SMALL) -> dict[str, Any]:
    if len(data) > maximum:
        raise LinkError("too_large", f"{what} has {len(data)} bytes; at most {maximum} are taken")
    try:
        fields = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise _malformed(f"{what} is not valid JSON: {error}") from None
    if not isinstance(fields, dict):
        raise _malformed(f"{what} holds a JSON {type(fields).__name__}; it must hold an object")
    return fields


def _text(fields: dict[str, Any], name: str, what: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise _malformed(f"{what}: {name!r} is {_short(value)}; it must be a text")
    # It ends on a terminal, in one line: no control characters, no halves of characters.
    return "".join(c if c.isprintable() else " " for c in value[:1000])


def _whole(fields: dict[str, Any], name: str, what: str) -> int:
    value = fields.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value < 1 << 31:
        raise _malformed(f"{what}: {name!r} is {_short(value)}; it must be a whole number")
    return value


def _short(value: Any) -> str:
    if isinstance(value, (dict, list)):
        return f"a JSON {type(value).__name__}"
    if isinstance(value, int) and abs(value) >= 1 << 64:
        return "a number beyond 64 bits"  # repr of a huge one raises ValueError
    return repr(value)[:60]
