"""Frames, messages and pictures: there and back, and whatever else may come."""

import io
import json
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PIL import Image

from face2param.engines.unity import pictures, protocol
from face2param.engines.unity.protocol import (
    EVERY_SECTION,
    Header,
    Hello,
    Kind,
    LinkError,
    Pose,
    RenderRequest,
    Section,
    Welcome,
)
from face2param.errors import EngineError

SIZE = (4, 6)


def request(**changes):
    fields = {
        "size": (256, 128),
        "supersample": 2,
        "wanted": Section.IMAGE | Section.DEPTH,
        "pose": Pose(np.array([0.25, 1.0], np.float32), np.array([-0.5], np.float32)),
        "background": (0.0, 0.5, 1.0),
    }
    return RenderRequest(**{**fields, **changes})


def sections():
    rng = np.random.default_rng(0)
    depth = rng.random(SIZE, np.float32)
    depth[0, 0] = np.inf
    landmarks = rng.random((68, 6), np.float32)
    landmarks[:, 5] = landmarks[:, 5] > 0.5
    return {
        Section.IMAGE: rng.integers(0, 256, (*SIZE, 3), np.uint8),
        Section.LABELS: rng.integers(0, 19, SIZE, np.uint8),
        Section.LANDMARKS: landmarks,
        Section.DEPTH: depth,
        Section.NORMALS: rng.random((*SIZE, 3), np.float32),
    }


# ------------------------------------------------------------------ the layout


def test_the_bytes_are_those_of_the_document():
    assert Header(Kind.RENDER, 7, 3).pack() == b"F2PL\x06\0\0\0\x07\0\0\0\x03\0\0\0"
    data = request().pack()
    assert data[:8] == struct.pack("<HHBBBB", 256, 128, 2, 9, 1, 0)
    assert data[8:20] == struct.pack("<3f", 0, 0.5, 1)
    assert data[20:] == struct.pack("<I2fIf", 2, 0.25, 1, 1, -0.5)
    picture = pictures.pack_picture((1, 2), {Section.IMAGE: np.arange(6, dtype=np.uint8)})
    assert picture == struct.pack("<HHIHHI", 1, 2, 1, 1, 0, 6) + bytes(range(6))
    assert json.loads(Hello("me", "abc").pack()) == {
        "protocol": 1,
        "schema": "abc",
        "client": "me",
    }


def test_messages_come_back():
    assert Header.parse(Header(Kind.PING, 2**32 - 1, 0).pack()) == Header(Kind.PING, 2**32 - 1, 0)
    for hello in (Hello("fit (process 3)"), Hello("ü", "0123456789abcdef")):
        assert Hello.parse(hello.pack()) == hello
    welcome = Welcome("0123456789abcdef", "My Game", "3", Section.IMAGE | Section.LANDMARKS)
    assert Welcome.parse(welcome.pack()) == welcome
    assert protocol.parse_error(protocol.pack_error("busy", "no")) == ("busy", "no")
    for background in (None, (0.0, 0.5, 1.0)):
        asked = request(background=background)
        found = RenderRequest.parse(asked.pack())
        assert found.pack() == asked.pack()
        assert (found.size, found.wanted, found.background) == (
            asked.size,
            asked.wanted,
            background,
        )
        np.testing.assert_array_equal(found.pose.encoded, asked.pose.encoded)


def test_a_welcome_of_an_older_game_promises_everything():
    data = json.dumps({"protocol": 1, "schema": "a", "engine": "b", "version": "c"}).encode()
    assert Welcome.parse(data).sections == EVERY_SECTION


@pytest.mark.parametrize("form", [pictures.RAW, pictures.PNG])
def test_pictures_come_back(form):
    sent = sections()
    data = pictures.pack_picture(SIZE, sent, form)
    if form == pictures.RAW:
        assert len(data) == pictures.largest(SIZE, EVERY_SECTION)
    found = pictures.parse_picture(data, SIZE)
    assert found.keys() == sent.keys()
    for section, values in sent.items():
        np.testing.assert_array_equal(found[section], values)


def test_jpeg_comes_close():
    flat = np.full((16, 16, 3), (200, 100, 50), np.uint8)
    data = pictures.pack_picture((16, 16), {Section.IMAGE: flat}, pictures.JPEG)
    found = pictures.parse_picture(data, (16, 16))[Section.IMAGE]
    assert np.abs(found.astype(int) - flat).max() <= 3


# ------------------------------------------------------------------ what is refused


def refused(message, code="malformed"):
    """Expects a LinkError, which is an EngineError, with this code and text."""
    return _Refused(message, code)


class _Refused:
    def __init__(self, message, code):
        self.raises, self.code = pytest.raises(LinkError, match=message), code

    def __enter__(self):
        self.info = self.raises.__enter__()

    def __exit__(self, *exception):
        done = self.raises.__exit__(*exception)
        assert self.info.value.code == self.code
        assert isinstance(self.info.value, EngineError)
        return done


def test_damaged_headers_are_refused():
    good = bytearray(Header(Kind.RENDER, 1, 5).pack())
    with refused("a header has 16 bytes, got 3"):
        Header.parse(bytes(good[:3]))
    with refused("begins with b'F2PL', got b'HTTP'"):
        Header.parse(b"HTTP" + bytes(good[4:]))
    with refused("no message kind 99"):
        Header.parse(bytes(good[:4]) + b"\x63\0" + bytes(good[6:]))
    with refused("flags must be 0, got 1"):
        Header.parse(bytes(good[:6]) + b"\x01\0" + bytes(good[8:]))


def test_a_payload_over_the_limit_is_refused_by_its_announcement():
    announced = protocol.HEADER.pack(protocol.MAGIC, Kind.PICTURE, 0, 1, 2**32 - 1)
    tracemalloc.start()
    with refused("PICTURE message announces 4294967295 bytes; at most 67108864", "too_large"):
        Header.parse(announced)
    with refused("at most 100 are taken", "too_large"):
        Header.parse(Header(Kind.SCHEMA, 1, 101).pack(), 100)
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not valid JSON"),
        (b"[]", "holds a JSON list; it must hold an object"),
        (b'{"protocol": 1, "schema": null}', "'client' is None; it must be a text"),
        (b'{"protocol": 1.5, "client": ""}', "'protocol' is 1.5; it must be a whole number"),
        (b'{"protocol": true, "client": ""}', "'protocol' is True"),
        (b'{"protocol": -1, "client": ""}', "'protocol' is -1"),
        (b'{"protocol": 1, "client": "", "schema": {}}', "'schema' is a JSON dict"),
        (b"\xff", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b'{"protocol":' + b"9" * 4000 + b',"client":""}', "a number beyond 64 bits"),
        (b'{"protocol":' + b"9" * 9000 + b',"client":""}', "not valid JSON"),
    ],
)
def test_damaged_greetings_are_refused(data, message):
    with refused(message):
        Hello.parse(data)


def test_greetings_are_short():
    with refused("HELLO has 2000000 bytes", "too_large"):
        Hello.parse(b" " * 2_000_000)


@pytest.mark.parametrize("sections", [0, 2, 32, 33])
def test_a_game_must_send_images(sections):
    fields = {"protocol": 1, "schema": "a", "engine": "b", "version": "c", "sections": sections}
    with refused(f"sections is {sections}; it must be odd"):
        Welcome.parse(json.dumps(fields).encode())


def test_texts_become_one_printable_line():
    code, message = protocol.parse_error(b'{"code": "odd", "message": "a\\u001b[31m\\n\\ud800b"}')
    assert (code, message) == ("internal", "a [31m  b")


@pytest.mark.parametrize(
    ("at", "value", "message"),
    [
        (0, b"\0\0", "the size is 0 x 128"),
        (4, b"\5", "supersample is 5"),
        (5, b"\0", "wanted is 0"),
        (5, b"\x20", "wanted is 32"),
        (6, b"\2", "has_background must be 0 or 1"),
        (7, b"\1", "the byte after it 0"),
        (8, struct.pack("<f", np.nan), r"background must hold values in \[0, 1\]"),
        (12, struct.pack("<f", 1.5), r"background must hold values in \[0, 1\]"),
        (20, b"\xff\xff\xff\xff", "4294967295 floats of encoded vector do not fit"),
        (20, b"\0", "floats of nuisance do not fit"),
        (24, struct.pack("<f", np.inf), "encoded vector holds values that are not numbers"),
    ],
)
def test_damaged_requests_are_refused(at, value, message):
    data = bytearray(request().pack())
    data[at : at + len(value)] = value
    with refused(message):
        RenderRequest.parse(bytes(data))


def test_short_and_long_requests_are_refused():
    data = request().pack()
    with refused("its head alone has 20"):
        RenderRequest.parse(data[:19])
    with refused("RENDER ends before its nuisance"):
        RenderRequest.parse(data[:-7])
    with refused("RENDER has 1 bytes too many"):
        RenderRequest.parse(data + b"x")
    with refused("SHOW ends before its encoded vector"):
        Pose.parse(b"")


def _picture(*parts, count=None, size=SIZE):
    data = struct.pack("<HHI", *size, len(parts) if count is None else count)
    for section, form, payload in parts:
        data += struct.pack("<HHI", section, form, len(payload)) + payload
    return data


def _png(size, mode="RGB"):
    file = io.BytesIO()
    Image.new(mode, size[::-1]).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"abc", "has 3 bytes; its head alone has 8"),
        (_picture(size=(3, 6)), "it is 3 x 6, asked for was 4 x 6"),
        (_picture(count=6), "announces 6 sections"),
        (_picture(count=1), "ends within its sections"),
        (_picture((3, 0, b"")), "section 3 is unknown"),
        (_picture((2, 0, bytes(24)), (2, 0, bytes(24))), "section 2 is unknown or comes twice"),
        (_picture((1, 0, bytes(72)))[:-1], "section IMAGE ends after the message"),
        (_picture((1, 0, bytes(72))) + b"x", "1 bytes too many"),
        (_picture((1, 0, bytes(71))), "format 0 and 71 bytes; raw .0. has 72"),
        (_picture((1, 7, bytes(72))), "section IMAGE has format 7"),
        (_picture((8, 1, bytes(96))), "section DEPTH has format 1"),
        (_picture((1, 1, bytes(72))), "section IMAGE is no good PNG"),
        (_picture((1, 2, _png(SIZE))), "section IMAGE is no good JPEG"),
        (_picture((1, 1, _png((4, 7)))), "no good PNG: it is 4 x 7"),
        (_picture((2, 1, _png(SIZE))), "its mode is RGB; labels are grey"),
        (_picture((2, 0, b"\x13" * 24)), "a label is 19; classes go to 18"),
        (_picture((8, 0, struct.pack("<24f", *[np.nan] * 24))), "a depth is not a number"),
        (_picture((16, 0, struct.pack("<72f", *[np.inf] * 72))), "a normal is not a finite"),
        (_picture((4, 0, bytes(1427))), "section LANDMARKS has format 0 and 1427 bytes"),
        (_picture((4, 0, b"\xff" * 1428)), "a landmark is not a finite number"),
    ],
)
def test_damaged_pictures_are_refused(data, message):
    with refused(message):
        pictures.parse_picture(data, SIZE)


def test_a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded():
    size = struct.pack(">II", 60000, 60000)
    png = bytearray(_png(SIZE))
    png[16:24] = size
    tracemalloc.start()
    with refused("no good PNG"):
        pictures.parse_picture(_picture((1, 1, bytes(png))), SIZE)
    assert tracemalloc.get_traced_memory()[1] < 4 << 20
    tracemalloc.stop()


# ------------------------------------------------------------------ anything at all

PARSERS = {
    "header": Header.parse,
    "hello": Hello.parse,
    "welcome": Welcome.parse,
    "error": protocol.parse_error,
    "schema": protocol.parse_schema,
    "show": Pose.parse,
    "render": RenderRequest.parse,
    "picture": lambda data: pictures.parse_picture(data, SIZE),
}
GOOD = {
    "header": [Header(Kind.RENDER, 3, 99).pack()],
    "hello": [Hello("me", "abc").pack()],
    "welcome": [Welcome("a", "b", "c").pack()],
    "error": [protocol.pack_error("busy", "x")],
    "schema": [b'{"name": "x"}'],
    "show": [request().pose.pack()],
    "render": [request().pack()],
    "picture": [
        pictures.pack_picture(SIZE, sections(), form)
        for form in (pictures.RAW, pictures.PNG, pictures.JPEG)
    ],
}


def _survives(name, data):
    try:
        PARSERS[name](data)
    except LinkError as error:
        assert error.code in ("malformed", "too_large")


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.sampled_from(sorted(PARSERS)), st.binary(max_size=300))
@example("welcome", b'{"sections": 1e400}')
@example("hello", b'{"client": NaN, "protocol": 1}')
def test_any_bytes_are_understood_or_refused(name, data):
    _survives(name, data)


@settings(max_examples=1500, deadline=None, derandomize=True)
@given(st.data())
def test_damage_to_good_messages_is_understood_or_refused(data):
    name = data.draw(st.sampled_from(sorted(GOOD)))
    message = bytearray(data.draw(st.sampled_from(GOOD[name])))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(message) - 1))
        match data.draw(st.integers(0, 3)):
            case 0:
                message[at] = data.draw(st.integers(0, 255))
            case 1:
                del message[at : at + data.draw(st.integers(1, 9))]
            case 2:
                message[at:at] = data.draw(st.binary(min_size=1, max_size=9))
            case _:
                end = min(len(message), at + 4)
                message[at:end] = data.draw(st.sampled_from([b"\xff" * 4, bytes(4)]))[: end - at]
        if not message:
            break
    _survives(name, bytes(message))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["protocol", "schema", "client", "engine", "version", "sections"])
                | st.sampled_from(["code", "message"]),
                inner,
            )
        ),
        max_leaves=12,
    )
)
def test_any_json_is_understood_or_refused(value):
    data = json.dumps(value).encode("utf-8", "surrogatepass")
    for name in ("hello", "welcome", "error"):
        _survives(name, data)


def test_parsing_takes_little_more_memory_than_the_message():
    rng = np.random.default_rng(1)
    tracemalloc.start()
    for name, messages in GOOD.items():
        for good in messages:
            for _ in range(40):
                data = bytearray(good)
                for at in rng.integers(0, len(data), 3):
                    data[at] = rng.integers(0, 256)
                tracemalloc.reset_peak()
                before = tracemalloc.get_traced_memory()[0]
                _survives(name, bytes(data))
                assert tracemalloc.get_traced_memory()[1] - before < 2 << 20, name
    tracemalloc.stop()
