"""The C# end of the link under Mono, talked to by the Python end."""

import contextlib
import socket
import struct
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from face2param.engines.unity import pictures, protocol, transport
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.protocol import (
    Header,
    Hello,
    Kind,
    LinkError,
    Pose,
    RenderRequest,
    Section,
)
from face2param.engines.unity.transport import Address
from face2param.schema import load
from tests.unity import mono

SCHEMA = load("builtin")


@pytest.fixture(scope="module")
def unity(unity_assembly):
    """A Mono process of its own: what is broken here breaks no other test."""
    driver = mono.Driver(unity_assembly, heap="512m")
    yield driver
    driver.close()


@pytest.fixture(scope="module")
def schema_file(tmp_path_factory):
    path = tmp_path_factory.mktemp("link") / "schema.json"
    SCHEMA.save(path)
    return path


@contextlib.contextmanager
def serving(unity, schema_file, sections=31, version="7", delay=0, port=0):
    """Starts the server; yields its address."""
    sizes = (SCHEMA.width, SCHEMA.nuisance_width)
    text = unity("link_start", schema_file, SCHEMA.hash, *sizes, sections, version, delay, port)
    try:
        yield Address(port=int(text))
    finally:
        unity("link_stop")


@pytest.fixture
def address(unity, schema_file):
    with serving(unity, schema_file) as address:
        yield address


def test_handshake_and_schema(unity, address):
    assert unity("link_status") == f"waits on {address}"
    with UnityEngine(address) as engine:
        assert engine.version == "Numbers 7"
        assert engine.schema == SCHEMA
        assert 0 < engine.ping() < 1
        assert unity("link_status").startswith("serves ")


def test_a_picture_holds_what_was_asked_for(address):
    rng = np.random.default_rng(0)
    with UnityEngine(address) as engine:
        head, nuisance = SCHEMA.random(rng, 1)[0], engine.random_nuisance(rng)
        colour = np.array([0.0, 0.5, 1.0], np.float32)
        drawn = engine.render(head, nuisance, size=(20, 30), supersample=3, background=colour)
        encoded = SCHEMA.encode(head)[0]
        got = drawn.image.reshape(-1)
        np.testing.assert_allclose(got[: len(encoded)], encoded, atol=0.0021)
        np.testing.assert_allclose(drawn.image[-1, -1], colour, atol=0.0021)
        assert drawn.landmarks[:, 0].tolist() == list(range(68))
        assert (drawn.landmarks[:, 1] == nuisance[0]).all()
        assert (drawn.landmarks3d == [0, 0, 3]).all()
        assert drawn.visibility.tolist() == [True, False] * 34
        assert drawn.labels.reshape(-1).tolist() == [i % 19 for i in range(600)]
        assert np.isinf(drawn.depth[0, 0])
        assert drawn.depth[19, 29] == 599
        assert (drawn.normals == [0, 0, 1]).all()


def test_a_game_that_sends_pictures_only(unity, schema_file):
    with serving(unity, schema_file, sections=1) as address, UnityEngine(address) as engine:
        drawn = engine.render(SCHEMA.neutral(), size=(16, 16))
        assert drawn.image.shape == (16, 16, 3)
        with pytest.raises(LinkError, match="sends image, but no landmarks"):
            _ = drawn.landmarks


def test_characters_that_are_shown(unity, address):
    values = np.linspace(0, 1, 21, dtype=np.float32)
    heads = [SCHEMA.neutral().replace(**{SCHEMA.names[0]: float(v)}) for v in values]
    with UnityEngine(address) as engine:
        for head in heads:
            engine.show(head)
        assert [float(v) for v in unity("link_shown").split()] == pytest.approx(values.tolist())


def test_of_many_characters_the_eye_sees_the_last(unity, schema_file):
    with serving(unity, schema_file, delay=50) as address, UnityEngine(address) as engine:
        start = time.monotonic()
        with ThreadPoolExecutor(20) as pool:
            list(pool.map(engine.show, [SCHEMA.neutral()] * 200))
        assert time.monotonic() - start < 5  # one by one it would take ten seconds
        assert len(unity("link_shown").split()) < 100


def test_many_in_flight(address):
    name = SCHEMA.names[0]
    with UnityEngine(address) as engine:

        def draw(value):
            head = SCHEMA.neutral().replace(**{name: value})
            return engine.render(head, size=(16, 16)).image[0, 0, 0]

        values = np.linspace(0, 1, 100)
        with ThreadPoolExecutor(24) as pool:
            found = list(pool.map(draw, values))
    np.testing.assert_allclose(found, values, atol=0.0021)


# ------------------------------------------------------------------ errors


def test_busy_names_who_is_served(unity, address):
    with UnityEngine(address):
        with pytest.raises(LinkError, match=r"the game serves .+ \(process \d+\)") as info:
            UnityEngine(address)
        assert info.value.code == "busy"
    for _ in range(3):
        UnityEngine(address).close()  # free again, at once


def test_wrong_schema_and_wrong_version(address):
    with pytest.raises(LinkError, match=f"the game has schema {SCHEMA.hash}, not") as info:
        UnityEngine(address, schema=load("facenn95"))
    assert info.value.code == "wrong_schema"
    end = transport.connect(address)
    end.send(Kind.HELLO, 0, Hello("future", protocol=2).pack())
    answer = protocol.parse_error(end.receive(5).payload)
    assert answer == ("wrong_version", "the game speaks version 1 of the link, not 2")
    end.close()


def test_refusals_leave_the_link_alive(unity, address):
    with UnityEngine(address) as engine:
        neutral = SCHEMA.neutral()
        for height, code, message in [
            (666, "bad_request", "no picture of this size"),
            (667, "internal", "InvalidOperationException: broken shader"),
            (668, "internal", "another size than was asked for"),
        ]:
            with pytest.raises(LinkError, match=message) as info:
                engine.render(neutral, size=(height, 16))
            assert info.value.code == code
        with pytest.raises(LinkError, match=r"encoded vector has \d+ floats, got 3"):
            engine._ask(Kind.SHOW, Pose(np.zeros(3), np.zeros(0)).pack(), Kind.SHOWN)
        with pytest.raises(LinkError, match="Welcome is no request"):
            engine._ask(Kind.WELCOME, b"", Kind.PONG)
        assert engine.render(neutral, size=(16, 16)).image.shape == (16, 16, 3)
    assert "InvalidOperationException: broken" in unity("link_log")


def test_too_large_is_refused_before_memory(unity, address):
    before = int(unity("collect"))
    end = transport.connect(address)
    end.send(Kind.HELLO, 0, Hello("me").pack())
    assert end.receive(5).kind == Kind.WELCOME
    end._end.sendall(protocol.HEADER.pack(protocol.MAGIC, Kind.RENDER, 0, 9, 2**32 - 1))
    code, message = protocol.parse_error(end.receive(5).payload)
    assert code == "too_large"
    assert message == "a Render message announces 4294967295 bytes; at most 1048576 are taken"
    assert int(unity("collect")) - before < 4 << 20
    end.close()
    # A picture over 64 MiB is refused on this side already; the game refuses it too.
    with UnityEngine(address, limit=1 << 30) as engine:
        wanted = Section.IMAGE | Section.DEPTH
        pose = Pose(SCHEMA.encode(SCHEMA.neutral())[0], SCHEMA.neutral_nuisance())
        for size in ((3000, 3300), (65535, 65535)):
            request = RenderRequest(size, 1, wanted, pose)
            assert pictures.largest(size, wanted) > protocol.LIMIT
            with pytest.raises(LinkError, match="ask for a smaller one") as info:
                engine._ask(Kind.RENDER, request.pack(), Kind.PICTURE)
            assert info.value.code == "too_large"
    assert int(unity("collect")) - before < 4 << 20


def test_a_paused_editor_is_told_from_a_dead_one(unity, address):
    with UnityEngine(address, seconds=0.5) as engine:
        unity("link_pause", 1)
        with pytest.raises(LinkError, match="its link is alive: is the editor paused"):
            engine.render(SCHEMA.neutral(), size=(16, 16))
        unity("link_pause", 0)
        assert engine.render(SCHEMA.neutral(), size=(16, 16)).image.shape == (16, 16, 3)


def test_strangers_are_sent_away(address):
    hello = Hello("me").pack()
    for noise, message in [
        (b"GET / HTTP/1.1\r\n\r\n", "a frame begins with F2PL"),
        (Header(Kind.PING, 1, 0).pack(), "the first message must be HELLO, got Ping"),
        (Header(Kind.HELLO, 0, 2).pack() + b"{}", "'protocol' must be a whole number, got nothing"),
        (Header(Kind.HELLO, 0, 3).pack() + b"[1]", "must be an object"),
        (Header(Kind.HELLO, 0, 2).pack() + b"\xff\xff", "not valid JSON"),
        (Header(Kind.HELLO, 0, len(hello)).pack()[:6] + b"\1" + bytes(9), "flags must be 0"),
    ]:
        end = transport.connect(address)
        end._end.sendall(noise)
        code, text = protocol.parse_error(end.receive(5).payload)
        assert code == "bad_request"
        assert message in text
        with pytest.raises(LinkError):
            end.receive(5)
    UnityEngine(address).close()


# ------------------------------------------------------------------ the end


def test_stop_is_graceful_and_a_restart_is_found_again(unity, schema_file):
    with serving(unity, schema_file, delay=300) as address:
        engine = UnityEngine(address, patience=20)
        with ThreadPoolExecutor(3) as pool:
            waiting = [pool.submit(engine.show, SCHEMA.neutral()) for _ in range(3)]
            time.sleep(0.1)
            took = int(unity("link_stop"))
            assert took < 2000
            # Their requests wait in Python until the game is back.
            with serving(unity, schema_file, port=address.port):
                for future in waiting:
                    future.result(10)
                assert engine.ping() < 1
    engine.close()


def test_stop_with_a_client_that_does_not_read(unity, schema_file):
    pose = Pose(SCHEMA.encode(SCHEMA.neutral())[0], SCHEMA.neutral_nuisance())
    payload = RenderRequest((1000, 1000), 1, Section.NORMALS, pose).pack()
    with serving(unity, schema_file) as address:
        end = transport.connect(address)
        end.send(Kind.HELLO, 0, Hello("sleeper").pack())
        assert end.receive(5).kind == Kind.WELCOME
        for number in range(1, 20):
            end.send(Kind.RENDER, number, payload)
        time.sleep(0.5)
        assert "sleeper, " in unity("link_status")
        assert int(unity("link_stop")) < 5000
        end.close()


def test_a_taken_port(unity, schema_file, address):
    with pytest.raises(mono.Refused, match=r"cannot listen on 127\.0\.0\.1") as info:
        sizes = (SCHEMA.width, SCHEMA.nuisance_width)
        other = mono.Driver(unity.folder)
        try:
            other("link_start", schema_file, SCHEMA.hash, *sizes, 31, "7", 0, address.port)
        finally:
            other.close()
    assert info.value.kind == "LinkException"


def test_nothing_but_loopback(address):
    """The other addresses of this machine do not answer."""
    for host in {info[4][0] for info in _addresses()} - {"127.0.0.1", "127.0.1.1"}:
        with pytest.raises(LinkError):
            transport.connect(Address(host, address.port), 1.0)


def test_another_address_only_when_asked(unity, address):
    del address  # it made the drawer
    loopback = "waits on 127.0.0.1:PORT, reached, closed"
    assert unity("link_behaviour", "", "127.0.0.1") == loopback
    assert unity("link_behaviour", "", "127.0.0.2").endswith(", not reached, closed")
    own = "waits on 127.0.0.2:PORT, reached, closed"
    assert unity("link_behaviour", "127.0.0.2", "127.0.0.2") == own
    with pytest.raises(mono.Refused, match="'studio' is no IP address"):
        unity("link_behaviour", "studio", "127.0.0.1")


def _addresses():
    try:
        return socket.getaddrinfo(socket.gethostname(), None, socket.AF_INET)
    except OSError:
        return []


# ------------------------------------------------------------------ anything at all


@settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(data=st.data())
def test_any_request_is_understood_as_python_does(unity, tmp_path, data):
    pose = Pose(np.array([0.25, 1.0], np.float32), np.array([-0.5], np.float32))
    is_render = data.draw(st.booleans())
    request = RenderRequest((256, 128), 2, Section.IMAGE, pose, (0.0, 0.5, 1.0))
    message = bytearray(request.pack() if is_render else pose.pack())
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(0, len(message) - 1))
        if data.draw(st.booleans()):
            message[at] = data.draw(st.integers(0, 255))
        else:
            message[at : at + data.draw(st.integers(0, 5))] = data.draw(st.binary(max_size=5))
        if not message:
            break
    path = tmp_path / "request"
    path.write_bytes(message)
    try:
        kind = RenderRequest if is_render else Pose
        found = kind.parse(bytes(message))
        pose = found.pose if is_render else found
        expected = (pose.encoded.size, pose.nuisance.size) == (2, 1)
    except LinkError:
        expected = False
    try:
        text = unity("link_parse", path, int(is_render), 2, 1)
        assert expected, text
        if is_render:
            size = (found.size[0], found.size[1], found.supersample, int(found.wanted), 2, 1)
            assert text == " ".join(map(str, size))
    except mono.Refused as refused:
        assert refused.kind == "LinkException"
        assert not expected, refused


def test_noise_on_the_wire_does_not_stop_the_server(unity, address):
    rng = np.random.default_rng(3)
    hello = Hello("noise").pack()
    greeting = Header(Kind.HELLO, 0, len(hello)).pack() + hello
    for round_ in range(12):
        with socket.create_connection((address.host, address.port)) as raw:
            raw.settimeout(5)
            noise = rng.bytes(int(rng.integers(1, 400)))
            if round_ % 3 == 0:
                noise = protocol.HEADER.pack(protocol.MAGIC, 6, 0, 1, len(noise)) + noise
            raw.sendall(greeting + noise if round_ % 2 else noise)
            raw.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while raw.recv(4096):
                    pass
    UnityEngine(address).close()
    assert "Exception" not in unity("link_log")


def test_rows_upside_down(unity):
    assert unity("link_flip") == "05-06-03-04-01-02"


def test_the_bytes_are_the_documents(unity, address):
    """Byte for byte, without the Python end."""
    with socket.create_connection((address.host, address.port)) as raw:
        raw.settimeout(5)
        hello = b'{"protocol":1,"schema":null,"client":"by hand"}'
        raw.sendall(b"F2PL\x01\0\0\0\0\0\0\0" + struct.pack("<I", len(hello)) + hello)
        assert _read(raw, 12) == b"F2PL\x02\0\0\0\0\0\0\0"
        welcome = _read(raw, struct.unpack("<I", _read(raw, 4))[0])
        assert (
            welcome
            == (
                f'{{"protocol":1,"schema":"{SCHEMA.hash}","engine":"Numbers","version":"7",'
                '"sections":31}'
            ).encode()
        )
        raw.sendall(b"F2PL\x08\0\0\0\x2a\0\0\0\0\0\0\0")
        assert _read(raw, 16) == b"F2PL\x09\0\0\0\x2a\0\0\0\0\0\0\0"
        raw.sendall(b"F2PL\x0a\0\0\0\0\0\0\0\0\0\0\0")
        assert raw.recv(1) == b""


def _read(raw, count):
    data = b""
    while len(data) < count:
        data += raw.recv(count - len(data))
    return data
