"""face-nn's datagrams, as its Unity project reads them."""

import json
import socket

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from face2param import schema
from face2param.engines.unity import legacy
from face2param.engines.unity.legacy import LegacySender
from face2param.engines.unity.protocol import LinkError
from face2param.engines.unity.transport import Address


@pytest.fixture
def receiver():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(5)
        yield end


def test_datagrams_arrive(receiver):
    face = schema.load("facenn99").random(np.random.default_rng(0), 1)[0]
    with LegacySender(Address("127.0.0.1", receiver.getsockname()[1])) as sender:
        sender.parameters(face, 4, "db_00007_4_120")
        sender.message("h\u00fctte")
        sender.quit()
    datagram = receiver.recv(65536)
    assert datagram[:1] == b"p"
    fields = json.loads(datagram[1:])
    assert list(fields) == ["shape", "param", "name"]
    assert (fields["shape"], fields["name"], len(fields["param"])) == (4, "db_00007_4_120", 99)
    letter, read = legacy.parse(datagram)
    np.testing.assert_array_equal(read["param"], face.schema.encode(face)[0])
    assert letter == "p"
    assert receiver.recv(65536) == b"mh?tte"
    assert receiver.recv(65536) == b"q-"
    assert legacy.parse(b"q-") == ("q", "-")
    assert legacy.parse(b"mhello") == ("m", "hello")


def test_nobody_has_to_listen():
    with LegacySender() as sender:
        assert str(sender.address) == "127.0.0.1:5011"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("builtin", 3, "a"), "face-nn draws facenn95 and facenn99, not 'builtin'"),
        (("facenn95", 2, "a"), "shape is 2; it must be 3"),
        (("facenn95", 3, "../../a"), "name is '../../a'"),
        (("facenn95", 3, ""), "name is ''"),
    ],
)
def test_what_face_nn_cannot_draw(arguments, message):
    name, *rest = arguments
    with pytest.raises(LinkError, match=message):
        legacy.pack_parameters(schema.load(name).neutral(), *rest)


def test_long_messages_and_wrong_addresses():
    with pytest.raises(LinkError, match="a datagram has at most 65507 bytes, got 70001"):
        legacy.pack_message("x" * 70_000)
    with pytest.raises(LinkError, match=r"such as 127\.0\.0\.1:5011"):
        LegacySender("a:b:c")
    with pytest.raises(LinkError, match="there is no host"):
        LegacySender("no.such.host.invalid")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.binary(max_size=80) | st.binary(max_size=80).map(lambda b: b'p{"shape":3,' + b))
@example(b'p{"shape": 3, "param": [1e400], "name": ""}')
@example(b'p{"shape": 3, "param": [[1], 2], "name": ""}')
@example(b'p{"shape": 3, "param": [' + b"9" * 500 + b'], "name": ""}')
@example(b"p" + b"[" * 60_000)
@example(b"x" * 70_000)
def test_any_datagram_is_understood_or_refused(datagram):
    try:
        legacy.parse(datagram)
    except LinkError as error:
        assert error.code == "malformed"
