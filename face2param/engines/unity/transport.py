"""Frames over stream sockets: addresses, connecting, listening, sending, receiving."""

import contextlib
import dataclasses
import errno
import socket
import threading
import time

from face2param.engines.unity.protocol import HEADER, LIMIT, Header, Kind, LinkError

DEFAULT_HOST, DEFAULT_PORT = "127.0.0.1", 5010
_CHUNK = 1 << 20


@dataclasses.dataclass(frozen=True)
class Address:
    """Where a game listens."""

    host: str = DEFAULT_HOST
    port: int = DEFAULT_PORT

    def __str__(self) -> str:
        """As `parse` reads it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def parse(cls, text: str | None, default_port: int = DEFAULT_PORT) -> "Address":
        """Reads HOST:PORT, HOST, :PORT or [IPv6]:PORT; what is missing has its default.

        Raises:
            LinkError: `address`: not of that form.
        """
        host, port = text or "", ""
        if host.startswith("["):
            host, bracket, rest = host[1:].partition("]")
            good = bool(bracket) and (not rest or rest.startswith(":"))
            port = rest[1:]
        else:
            good = host.count(":") <= 1
            host, _, port = host.partition(":")
        good = good and (not port or (port.isascii() and port.isdigit() and len(port) <= 5))
        number = int(port) if good and port else default_port
        if not good or not 0 < number < 65536 or any(c.isspace() for c in host):
            raise LinkError(
                "address",
                f"the address {text!r} is not HOST:PORT, such as 127.0.0.1:{default_port}",
            )
        return cls(host or DEFAULT_HOST, number)


@dataclasses.dataclass(frozen=True)
class Frame:
    """One message."""

    kind: Kind
    request: int
    payload: bytes


class FrameSocket:
    """Sends and receives frames; one thread may send while another receives."""

    def __init__(self, end: socket.socket, peer: str, limit: int = LIMIT):
        """Takes over a connected socket.

        Args:
            end: the socket.
            peer: who is at the other end, for messages.
            limit: bytes of the largest payload that is received.
        """
        self.peer = peer
        self.limit = limit
        self._end = end
        self._sending = threading.Lock()
        with contextlib.suppress(OSError):  # pairs in memory have no such option
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            end.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)

    def send(self, kind: Kind, request: int = 0, payload: bytes = b"") -> None:
        """Sends a frame.

        Raises:
            LinkError: `lost`.
        """
        header = Header(kind, request, len(payload)).pack()
        try:
            with self._sending:
                if len(payload) < _CHUNK:
                    self._end.sendall(header + payload)
                else:
                    self._end.sendall(header)
                    self._end.sendall(payload)
        except OSError as error:
            raise _lost(self.peer, error) from None

    def receive(self, seconds: float | None = None) -> Frame:
        """Waits for a frame.

        Args:
            seconds: how long; None: for ever.

        Raises:
            LinkError: `lost`, `timeout`, `malformed`, `too_large`.
        """
        deadline = None if seconds is None else time.monotonic() + seconds
        header = Header.parse(self._exactly(HEADER.size, deadline), self.limit)
        return Frame(header.kind, header.request, self._exactly(header.length, deadline))

    def finish(self, seconds: float = 1.0) -> None:
        """Closes the socket after the last words.

        What still comes in is thrown away for a while: a socket that is closed with unread data
        makes the other side lose what was sent to it.
        """
        deadline = time.monotonic() + seconds
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)
            while time.monotonic() < deadline:
                self._end.settimeout(max(deadline - time.monotonic(), 1e-3))
                if not self._end.recv(_CHUNK):
                    break
        self.close()

    def close(self) -> None:
        """Closes the socket; a thread that receives gets `lost`."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_RDWR)
        self._end.close()

    def _exactly(self, count: int, deadline: float | None) -> bytes:
        # Memory grows with what really comes, not with what a header announces.
        parts, missing = [], count
        while missing:
            try:
                if deadline is not None:
                    self._end.settimeout(max(deadline - time.monotonic(), 1e-3))
                part = self._end.recv(min(missing, _CHUNK))
            except TimeoutError:
                raise LinkError("timeout", f"{self.peer} did not answer in time") from None
            except (OSError, ValueError) as error:
                raise _lost(self.peer, error) from None
            finally:
                if deadline is not None:
                    with contextlib.suppress(OSError):
                        self._end.settimeout(None)
            if not part:
                raise LinkError("lost", f"{self.peer} closed the connection")
            parts.append(part)
            missing -= len(part)
        return b"".join(parts)


def connect(address: Address, seconds: float = 5.0) -> FrameSocket:
    """Connects to a game.

    Raises:
        LinkError: `not_listening`, `timeout`, or `address`: the host has no such name.
    """
    try:
        end = socket.create_connection((address.host, address.port), seconds)
    except socket.gaierror as error:
        raise LinkError("address", f"there is no host {address.host!r}: {error}") from None
    except TimeoutError:
        raise LinkError(
            "timeout", f"{address} did not accept a connection within {seconds:g} s"
        ) from None
    except (OSError, UnicodeError) as error:
        raise LinkError(
            "not_listening",
            f"no game listens on {address} ({_reason(error)}); open the Unity project and choose "
            "Tools/Connect there, or give another address as unity=HOST:PORT",
        ) from None
    end.settimeout(None)
    return FrameSocket(end, str(address))


def listen(address: Address, backlog: int = 4) -> socket.socket:
    """Opens a port; port 0 takes a free one.

    Raises:
        LinkError: `address`: the port is taken or the host is not this machine.
    """
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        return socket.create_server((address.host, address.port), family=family, backlog=backlog)
    except (OSError, UnicodeError) as error:
        raise LinkError(
            "address", f"cannot listen on {address} ({_reason(error)}); choose another port"
        ) from None


def _lost(peer: str, error: Exception) -> LinkError:
    return LinkError("lost", f"the connection to {peer} was lost ({_reason(error)})")


def _reason(error: Exception) -> str:
    number = getattr(error, "errno", None)
    if number == errno.EBADF:
        return "closed on this side"
    return getattr(error, "strerror", None) or str(error)
