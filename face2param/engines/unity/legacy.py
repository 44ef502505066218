"""The datagrams of face-nn's Unity project: UDP to port 5011, one way, unanswered.

A datagram is one letter and a text: `p` with JSON {"shape", "param", "name"} draws a face, `m`
logs a text, `q-` ends the receiver. Nobody answers: whether face-nn listens cannot be known.
"""

import json
import socket
from typing import Any

import numpy as np

from face2param.engines.unity.protocol import LinkError
from face2param.engines.unity.transport import Address
from face2param.schema import Character
from face2param.schema.facenn import SHAPES

PORT = 5011
SCHEMAS = ("facenn95", "facenn99")
LARGEST = 65507
"""Bytes of the largest UDP datagram."""


def pack_parameters(character: Character, shape: int = SHAPES["male"], name: str = "face") -> bytes:
    """The datagram that draws a face.

    Args:
        character: of schema facenn95 or facenn99.
        shape: 3 male, 4 female.
        name: face-nn writes the picture to export/cache/neural_NAME.jpg.

    Raises:
        LinkError: `bad_request`: another schema or shape, or a name that is no file name.
    """
    if character.schema.name not in SCHEMAS:
        raise LinkError(
            "bad_request",
            f"face-nn draws {' and '.join(SCHEMAS)}, not {character.schema.name!r}; to a game "
            "with the face2param package send without --face_nn",
        )
    if shape not in SHAPES.values():
        raise LinkError("bad_request", f"shape is {shape}; it must be 3 (male) or 4 (female)")
    plain = name.replace("_", "").replace("-", "")
    if not (name.isascii() and plain.isalnum()):
        raise LinkError(
            "bad_request", f"name is {name!r}; it must be of letters, digits, - and _ only"
        )
    # The shortest digits that read back to the same float32.
    floats = [float(str(value)) for value in character.schema.encode(character)[0]]
    return _datagram("p", json.dumps({"shape": int(shape), "param": floats, "name": name}))


def pack_message(text: str) -> bytes:
    """The datagram with a text for face-nn's log; it reads ASCII only.

    Raises:
        LinkError: `too_large`.
    """
    return _datagram("m", text.encode("ascii", "replace").decode("ascii"))


def pack_quit() -> bytes:
    """The datagram that ends face-nn's receiver."""
    return _datagram("q", "-")


def parse(datagram: bytes) -> tuple[str, Any]:
    """Reads a datagram as face-nn does.

    Returns:
        ("p", {"shape": int, "param": float32 array, "name": text}), ("m", text) or ("q", text).

    Raises:
        LinkError: `malformed`.
    """
    if not datagram or len(datagram) > LARGEST:
        raise LinkError("malformed", f"a datagram has 1 to {LARGEST} bytes, got {len(datagram)}")
    letter = datagram[:1].decode("ascii", "replace")
    text = datagram[1:].decode("ascii", "replace")
    if letter in "mq":
        return letter, text
    if letter != "p":
        raise LinkError("malformed", f"a datagram begins with p, m or q, got {letter!r}")
    try:
        fields = json.loads(text)
        shape, name = fields["shape"], fields["name"]
        values = np.array(fields["param"], np.float32)
        good = isinstance(shape, int) and isinstance(name, str) and values.ndim == 1
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
        raise LinkError("malformed", f"the parameters are damaged: {error}") from None
    if not good or not np.isfinite(values).all():
        raise LinkError("malformed", "the parameters are damaged: wrong kinds of values")
    return "p", {"shape": shape, "param": values, "name": name}


class LegacySender:
    """Sends datagrams to face-nn's Unity project, where Tools/Connect was chosen."""

    def __init__(self, address: Address | str | None = None):
        """Opens a socket.

        Args:
            address: HOST:PORT; None: 127.0.0.1:5011.

        Raises:
            LinkError: `address`: it is none, or the host is unknown.
        """
        if not isinstance(address, Address):
            address = Address.parse(address, PORT)
        self.address = address
        try:
            family, kind, _, _, self._to = socket.getaddrinfo(
                self.address.host, self.address.port, type=socket.SOCK_DGRAM
            )[0]
            self._end = socket.socket(family, kind)
        except (OSError, UnicodeError) as error:
            raise LinkError("address", f"there is no host {self.address.host!r}: {error}") from None

    def parameters(
        self, character: Character, shape: int = SHAPES["male"], name: str = "face"
    ) -> None:
        """Draws a face; see `pack_parameters`."""
        self._send(pack_parameters(character, shape, name))

    def message(self, text: str) -> None:
        """Logs a text; see `pack_message`."""
        self._send(pack_message(text))

    def quit(self) -> None:
        """Ends the receiver."""
        self._send(pack_quit())

    def close(self) -> None:
        """Closes the socket."""
        self._end.close()

    def __enter__(self) -> "LegacySender":
        """Returns the sender."""
        return self

    def __exit__(self, *exception: object) -> None:
        """Closes the socket."""
        self.close()

    def _send(self, datagram: bytes) -> None:
        try:
            self._end.sendto(datagram, self._to)
        except OSError as error:
            raise LinkError("lost", f"cannot send to {self.address}: {error}") from None


def _datagram(letter: str, text: str) -> bytes:
    data = (letter + text).encode("ascii")
    if len(data) > LARGEST:
        raise LinkError("too_large", f"a datagram has at most {LARGEST} bytes, got {len(data)}")
    return data
