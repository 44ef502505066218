"""Characters of files on their way into a game, and those that change while they are watched."""

import functools
import signal
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from face2param import schema
from face2param.engines.unity import legacy, live, sending
from face2param.engines.unity.fake import FakeGame
from face2param.engines.unity.live import LiveView
from face2param.engines.unity.protocol import LinkError
from face2param.errors import SchemaError
from face2param.schema import facenn
from tests.engines.unity.links import link
from tests.engines.unity.plain_engine import OTHER, SCHEMA, PlainEngine, character


def test_a_file_is_shown(game, tmp_path):
    path = tmp_path / "params.json"
    character(0.125, hat="tall").save(path)
    assert sending.send(path, str(game.listen()), {"jawOpen": 0.5}) == "plain 3"
    ((shown, nuisance),) = game.shown
    assert shown == character(0.125, hat="tall")
    assert nuisance == [0.5]


def test_files_that_do_not_fit_the_game(game, tmp_path):
    address = str(game.listen())
    with pytest.raises(SchemaError, match="does not exist"):
        sending.send(tmp_path / "absent.json", address)
    OTHER.neutral().save(tmp_path / "other.json")
    with pytest.raises(SchemaError, match="belongs to schema 'other'"):
        sending.send(tmp_path / "other.json", address)
    with pytest.raises(SchemaError, match="no nuisance control 'jawOpn'"):
        sending.send(tmp_path / "other.json", address, {"jawOpn": 1.0})


def test_a_watched_file_is_sent_whenever_it_changes(game, tmp_path):
    path = tmp_path / "params.json"
    character(0.0).save(path)
    command = [sys.executable, "-m", "face2param.bin.send", "--watch", f"--params={path}"]
    command.append(f"--unity={game.listen()}")
    # Where the tests run as a background job, SIGINT is ignored and would be in the child too.
    heed = functools.partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
    watching = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed)
    try:
        _until(lambda: len(game.shown) == 1, seconds=60)
        path.unlink()
        time.sleep(0.4)
        character(0.75).save(path)
        _until(lambda: len(game.shown) == 2)
        assert game.shown[-1][0] == character(0.75)
        watching.send_signal(signal.SIGINT)
        assert watching.communicate(timeout=30)[1] == "interrupted\n"
        assert watching.returncode == 130
    finally:
        watching.kill()
        watching.communicate()


def test_a_watched_file_that_is_damaged_ends_the_watching(game, tmp_path):
    path = tmp_path / "params.json"
    character(0.0).save(path)
    address = str(game.listen())
    threading.Timer(0.2, path.write_text, ["{"]).start()
    with pytest.raises(SchemaError, match="not valid JSON"):
        sending.send(path, address, watch=True)


def _until(condition, seconds=10.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_files_for_face_nn(tmp_path):
    face = schema.load("facenn99").random(np.random.default_rng(0), 1)[0]
    face.save(tmp_path / "params.json")
    facenn.write_bytes(tmp_path / "params.bytes", face, 4)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(5)
        address = f"127.0.0.1:{end.getsockname()[1]}"
        for name, shape, wanted in [("params.json", "female", 4), ("params.bytes", "male", 4)]:
            assert sending.send_to_facenn(tmp_path / name, address, shape, "me") == address
            letter, fields = legacy.parse(end.recv(65536))
            assert (letter, fields["shape"], fields["name"]) == ("p", wanted, "me")
            np.testing.assert_array_equal(fields["param"], face.schema.encode(face)[0])
    character().save(tmp_path / "plain.json")
    with pytest.raises(LinkError, match="of schema 'plain'; face-nn draws facenn95 and facenn99"):
        sending.send_to_facenn(tmp_path / "plain.json", address)


def run(*arguments):
    command = [sys.executable, "-m", "face2param.bin.send", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120)


def test_the_program(game, tmp_path):
    path, address = tmp_path / "params.json", game.listen()
    character(0.25).save(path)
    done = run(f"--params={path}", f"--unity={address}", "--nuisance=jawOpen=1")
    assert (done.returncode, done.stdout) == (0, "shown by plain 3\n"), done.stderr
    assert game.shown[0][0] == character(0.25)
    game.stop()
    done = run(f"--params={path}", f"--unity={address}")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no game listens on")
    assert done.stderr.count("\n") == 1


def test_the_program_speaks_to_face_nn(tmp_path):
    schema.load("facenn95").neutral().save(tmp_path / "params.json")
    done = run(f"--params={tmp_path / 'params.json'}", "--face_nn=")
    assert done.stdout == "sent to 127.0.0.1:5011; face-nn does not answer\n", done.stderr


# ------------------------------------------------------------------ live


def test_the_newest_character_is_shown():
    with FakeGame(PlainEngine(), delay=0.05) as game, link(game) as engine:
        start = time.monotonic()
        with LiveView(engine) as view:
            for value in np.linspace(0, 1, 200):
                view.show(character(float(value)))
            assert time.monotonic() - start < 0.2  # nobody waited
        assert 1 <= len(game.shown) < 20
        assert game.shown[-1][0] == character(1.0)
        assert view.failure is None


def test_a_view_is_for_one_schema(game):
    address = str(game.listen())
    with live.open_view(address, SCHEMA) as view:
        view.show(character(0.5))
    assert game.shown[-1][0] == character(0.5)
    with pytest.raises(LinkError, match=r"shows characters of schema 'plain' .* not of 'other'"):
        live.open_view(address, OTHER)


def test_a_lost_game_ends_the_view_and_nothing_else():
    with FakeGame(PlainEngine()) as game:
        engine = link(game, patience=0.0)
    with LiveView(engine) as view:
        view.show(character())
        _until(lambda: view.failure)
        view.show(character())
    assert isinstance(view.failure, LinkError)
