"""Who else may be at the other end of the link, and what they may send."""

import socket
import struct
import threading
import time

import pytest

from face2param import engines
from face2param.engines.unity import client, protocol, transport
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.fake import FakeGame
from face2param.engines.unity.protocol import Header, Kind, LinkError, Welcome
from face2param.engines.unity.transport import Address, FrameSocket
from tests.engines.unity.links import expect, link
from tests.engines.unity.plain_engine import OTHER, SCHEMA, PlainEngine, character


def stranger(answer):
    """A dial to somebody who reads the greeting, sends `answer` and closes."""

    def dial():
        here, there = socket.socketpair()

        def talk():
            there.recv(1000)
            there.sendall(answer)
            time.sleep(0.1)
            there.close()

        threading.Thread(target=talk, daemon=True).start()
        return FrameSocket(here, "127.0.0.1:1")

    return dial


WELCOME = Welcome(SCHEMA.hash, "x", "1").pack()


@pytest.mark.parametrize(
    ("answer", "code", "message"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "malformed", "what listens on 127.0.0.1:1 is no"),
        (b"", "lost", "closed the connection"),
        (Header(Kind.PONG, 0, 0).pack(), "malformed", "it answered with PONG"),
        (Header(Kind.WELCOME, 0, 2).pack() + b"{}", "malformed", "'schema' is None"),
        (Header(Kind.WELCOME, 0, 2**31).pack(), "too_large", "announces 2147483648 bytes"),
        (
            Header(Kind.WELCOME, 0, len(WELCOME)).pack() + WELCOME,
            "lost",
            "closed the connection|was lost",
        ),
    ],
)
def test_what_is_no_game(answer, code, message):
    with expect(code, message):
        UnityEngine(dial=stranger(answer))


def test_who_says_nothing(monkeypatch):
    monkeypatch.setattr(client, "_GREETING_SECONDS", 0.2)
    here, there = socket.socketpair()
    with expect("timeout", "said nothing for 0.2 s; is it a game"):
        UnityEngine(dial=lambda: FrameSocket(here, "127.0.0.1:1"))
    there.close()


def _liar(game, kind, payload):
    """Makes the game answer GET_SCHEMA or RENDER with something else."""
    answer = game._answer

    def lie(who, frame):
        if frame.kind in (Kind.GET_SCHEMA, Kind.RENDER):
            who.end.send(kind, frame.request, payload)
        else:
            answer(who, frame)

    game._answer = lie


def test_a_damaged_schema_is_refused(game):
    _liar(game, Kind.SCHEMA, b'{"name": 3}')
    with expect("malformed", "the schema of the game at .* is damaged"):
        link(game)
    _liar(game, Kind.SCHEMA, OTHER.to_json().encode())
    with expect("wrong_schema", "announced schema .* and sent 'other'"):
        link(game)


def test_damaged_answers_are_refused(game):
    with link(game) as engine:
        _liar(game, Kind.PONG, b"")
        with expect("malformed", "answered RENDER with PONG, not PICTURE"):
            engine.render(character(), size=(16, 16))
        _liar(game, Kind.PICTURE, struct.pack("<HHI", 16, 16, 0))
        with expect("malformed", "sent no image"):
            engine.render(character(), size=(16, 16))
        _liar(game, Kind.PICTURE, b"abc")
        with expect("malformed", "sent a bad PICTURE: it has 3 bytes"):
            engine.render(character(), size=(16, 16))


def test_who_does_not_greet_is_sent_away(game):
    end = game.dial()
    end.send(Kind.PING, 1)
    answer = end.receive(2.0)
    assert protocol.parse_error(answer.payload)[0] == "bad_request"
    with pytest.raises(LinkError, match="closed"):
        end.receive(2.0)


def test_noise_is_sent_away_and_the_game_lives(game):
    address = game.listen()
    for noise in (b"GET / HTTP/1.1\r\n\r\n", b"\0" * 16, bytes(range(200))):
        with socket.create_connection((address.host, address.port)) as raw:
            raw.sendall(noise)
            raw.settimeout(3)
            assert protocol.HEADER.unpack(raw.recv(16))[1] == Kind.ERROR
    UnityEngine(address).close()


def test_a_taken_port(game):
    address = game.listen()
    with FakeGame(PlainEngine()) as second, expect("address", "cannot listen on 127.0.0.1"):
        second.listen(address)


def test_nothing_but_loopback_by_default():
    for where in (Address(), Address(port=0), Address.parse(":99")):
        assert where.host == "127.0.0.1"
    with transport.listen(Address(port=0)) as listener:
        assert listener.getsockname()[0] == "127.0.0.1"


def test_another_address_when_asked(game):
    address = game.listen(Address("0.0.0.0", 0))
    UnityEngine(Address("127.0.0.1", address.port)).close()


def test_the_registry_knows_the_name_when_it_serves_links(game):
    if "unity" not in engines.names():
        pytest.skip("engines.get does not know links yet")
    address = game.listen()
    engine = engines.get(f"unity={address}")
    assert engine.schema == SCHEMA
    engine.close()
