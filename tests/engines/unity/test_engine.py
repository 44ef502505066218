"""The engine over the link: what arrives, what goes wrong, and how it says so."""

import copy
import dataclasses
import pickle
import re
import socket
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from face2param import engines
from face2param.database import generate
from face2param.engines import unity
from face2param.engines.unity import client
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.fake import FakeGame
from face2param.engines.unity.pictures import JPEG, PNG
from face2param.engines.unity.protocol import (
    EVERY_SECTION,
    Kind,
    LinkError,
    Pose,
    Section,
)
from face2param.engines.unity.transport import Address
from face2param.errors import EngineError
from tests.engines.unity.links import expect, link
from tests.engines.unity.plain_engine import OTHER, SCHEMA, PlainEngine, character

# ------------------------------------------------------------------ drawing


def test_open_finds_the_game_and_its_schema(game):
    address = game.listen()
    assert address.host == "127.0.0.1"
    engine = unity.open(str(address))
    try:
        assert (engine.name, engine.version) == (f"unity={address}", "plain 3")
        assert engine.schema == SCHEMA
        assert engine.sections == EVERY_SECTION
        assert 0 < engine.ping() < 1
    finally:
        engine.close()


def test_one_process_has_one_connection(game):
    address = str(game.listen())
    engine = engines.get(f"unity={address}")
    assert engines.get(f"unity={address}") is engine
    engine.close()
    again = engines.get(f"unity={address}")
    assert again is not engine
    again.show(character())
    del again
    engines.get(f"unity={address}").close()


def test_a_database_by_many_threads(game, tmp_path):
    made = generate.generate(
        f"unity={game.listen()}", tmp_path / "database", 12, size=64, workers=3, progress=False
    )
    assert (made.training + made.validation, made.settings.engine_version) == (12, "plain 3")
    alone = generate.generate(
        PlainEngine, tmp_path / "alone", 12, size=64, workers=1, progress=False
    )
    assert alone.settings.engine == "plain"
    for path in sorted((tmp_path / "alone").glob("*.jpg")):
        assert path.read_bytes() == (tmp_path / "database" / path.name).read_bytes()


def test_every_field_arrives(game):
    with link(game) as engine:
        head, nuisance = character(0.2, 0.6), np.array([1.0], np.float32)
        rendering = engine.render(head, nuisance, size=(32, 48), supersample=3)
        assert game.drawn == 1
        np.testing.assert_allclose(rendering.image[0, 0], [0.2, 0.6, 1.0], atol=0.002)
        assert rendering.image.dtype == np.float32
        assert rendering.landmarks.shape == (68, 2)
        assert game.drawn == 1  # landmarks came with the picture
        assert rendering.depth[0, 0] == 3.0
        assert np.isinf(rendering.depth[-1, 0])
        assert rendering.labels.dtype == np.uint8
        rendering.labels[0, 0] = 5  # the caller's own
        assert rendering.normals.shape == (32, 48, 3)
        assert game.drawn == 4  # each map came when it was read
        again = engine.render(head, nuisance, size=(32, 48), supersample=3)
        for field in ("labels", "depth", "normals"):
            assert getattr(again, field).shape[:2] == (32, 48)
        assert game.drawn == 5  # now they come with the picture


def test_a_rendering_can_be_pickled_and_changed(game):
    with link(game) as engine:
        rendering = engine.render(character(), size=(16, 16))
        changed = dataclasses.replace(rendering, image=np.zeros((2, 2, 3)))
        copied = copy.copy(rendering)
        pickled = pickle.loads(pickle.dumps(rendering))
    assert changed.image.shape == (2, 2, 3)
    for again in (changed, copied, pickled):
        np.testing.assert_array_equal(again.depth, rendering.depth)
    with pytest.raises(AttributeError):
        _ = rendering.colour


def test_backgrounds(game):
    with link(game) as engine:
        colour = np.array([0.0, 1.0, 0.4], np.float32)
        plain = engine.render(character(), size=(16, 16), background=colour)
        np.testing.assert_allclose(plain.image[-1, 0], colour, atol=0.002)
        wall = np.random.default_rng(0).random((16, 16, 3)).astype(np.float32)
        before = engine.render(character(0.1), size=(16, 16), background=wall)
        np.testing.assert_allclose(before.image[8:], wall[8:], atol=0.005)
        np.testing.assert_allclose(before.image[:8, :, 0], 0.1, atol=0.005)
        assert before.depth.shape == (16, 16)


@pytest.mark.parametrize(("form", "tolerance"), [(PNG, 0.002), (JPEG, 0.03)])
def test_packed_pictures(form, tolerance):
    with FakeGame(PlainEngine(), image_format=form) as game, link(game) as engine:
        rendering = engine.render(character(0.2, 0.6), size=(32, 32))
        np.testing.assert_allclose(rendering.image[0, 0], [0.2, 0.6, 0.0], atol=tolerance)
        assert rendering.labels[0, 0] == 1


def test_show_moves_the_head_and_answers(game):
    with link(game) as engine:
        engine.show(character(0.25, hat="tall"), np.array([0.5], np.float32))
        (shown, nuisance), *_ = game.shown
        assert shown == character(0.25, hat="tall")
        assert nuisance == [0.5]
        with pytest.raises(EngineError, match="belongs to schema 'other'"):
            engine.show(OTHER.neutral())
        with pytest.raises(EngineError, match="nuisance must be 1 finite numbers"):
            engine.show(character(), np.zeros(2))


def test_people_and_random_characters_are_the_schemas(game):
    with link(game) as engine:
        ours = engine.random_characters(np.random.default_rng(0), 3)
        assert ours == SCHEMA.random(np.random.default_rng(0), 3)
        assert engine.random_nuisance(np.random.default_rng(0)).shape == (1,)
        assert engine.people().mean.shape == (2,)


# ------------------------------------------------------------------ in flight


def test_answers_in_any_order_go_to_those_who_asked():
    with FakeGame(PlainEngine(), shuffle=True) as game, link(game) as engine:
        values = np.linspace(0, 1, 40)

        def draw(value):
            return engine.render(character(value), size=(16, 16)).image[0, 0, 0]

        with ThreadPoolExecutor(16) as pool:
            np.testing.assert_allclose(list(pool.map(draw, values)), values, atol=0.002)


def test_more_threads_than_may_be_in_flight():
    with FakeGame(PlainEngine()) as game, link(game) as engine:
        many = client.IN_FLIGHT + 20
        with ThreadPoolExecutor(many) as pool:
            list(pool.map(lambda _: engine.show(character()), range(4 * many)))
        assert len(game.shown) == 4 * many


def test_a_ping_is_answered_while_the_game_draws():
    with FakeGame(PlainEngine(), delay=0.5) as game, link(game) as engine:
        with ThreadPoolExecutor(1) as pool:
            drawing = pool.submit(engine.render, character(), size=(16, 16))
            time.sleep(0.05)
            assert engine.ping() < 0.3
            assert not drawing.done()


# ------------------------------------------------------------------ errors


def test_nobody_listens():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with expect("not_listening", rf"no game listens on 127.0.0.1:{port} .* Tools/Connect"):
        unity.open(f"127.0.0.1:{port}")


@pytest.mark.parametrize("text", ["a:b", "1:2:3", ":0", ":65536", "[::1", "a b:1", ":-1", "[x]y"])
def test_silly_addresses(text):
    with expect("address", re.escape(repr(text))):
        unity.open(text)


def test_addresses():
    assert str(Address.parse(None)) == "127.0.0.1:5010"
    assert Address.parse("") == Address()
    assert Address.parse(":77") == Address(port=77)
    assert Address.parse("studio") == Address("studio", 5010)
    assert Address.parse("[::1]:8", 5011) == Address("::1", 8)
    assert str(Address("::1", 8)) == "[::1]:8"


def test_unknown_host():
    with expect("address", "there is no host 'no.such.host.invalid'"):
        unity.open("no.such.host.invalid:5010")


def test_wrong_version():
    with FakeGame(PlainEngine(), protocol_version=2) as game:
        with expect("wrong_version", "the game speaks version 2 of the link, not 1"):
            link(game)


def test_wrong_schema(game):
    with expect("wrong_schema", f"the game has schema {SCHEMA.hash}, not {OTHER.hash}"):
        link(game, schema=OTHER)
    link(game, schema=SCHEMA).close()


def test_busy_names_who_is_served(game):
    address = game.listen()
    with UnityEngine(address):
        with expect("busy", r"the game serves .+ \(process \d+\)"):
            UnityEngine(address)
    UnityEngine(address).close()  # free again
    UnityEngine(address).close()


def test_an_engine_that_is_forgotten_frees_the_game(game):
    engine = link(game)
    del engine
    link(game).close()


def test_timeout_of_a_game_that_lives():
    with FakeGame(PlainEngine(), delay=1.0) as game, link(game, seconds=0.2) as engine:
        with expect("timeout", "did not answer RENDER within 0.2 s, though its link is alive"):
            engine.render(character(), size=(16, 16))
        time.sleep(0.9)
        assert engine.ping() < 0.2  # the late answer did no harm


def test_bad_requests_leave_the_link_alive(game):
    with link(game) as engine:
        with expect("bad_request", "the game at .* says: no hats of 66 pixels"):
            engine.render(character(hat="tall"), size=(66, 66))
        with expect("bad_request", "has 4 and 1 floats, got 3 and 0"):
            engine._ask(Kind.SHOW, Pose(np.zeros(3), np.zeros(0)).pack(), Kind.SHOWN)
        with expect("bad_request", "RENDER has 0 bytes"):
            engine._ask(Kind.RENDER, b"", Kind.PICTURE)
        with expect("bad_request", "WELCOME is no request"):
            engine._ask(Kind.WELCOME, b"", Kind.PICTURE)
        assert engine.render(character(), size=(16, 16)).image.shape == (16, 16, 3)


def test_too_large_requests_and_pictures(game):
    with link(game) as engine:
        with expect("too_large", "SHOW message announces 2000000 bytes; at most 1048576"):
            engine._ask(Kind.SHOW, bytes(2_000_000), Kind.SHOWN)
        assert engine.ping() < 1  # connected again
    with link(game, limit=1 << 40) as engine:
        with expect("too_large", "says: the picture has .* more than 67108864; ask for a smaller"):
            _ = engine.render(character(), size=(4096, 4096)).normals
    with link(game, limit=50_000) as engine:
        with expect("too_large", "of 256 x 256 with image, landmarks has .* more than the 50000"):
            engine.render(character(), size=(256, 256))
        assert engine.render(character(), size=(64, 64)).image.shape == (64, 64, 3)


def test_what_the_game_does_not_send_is_missed_when_it_is_read():
    with FakeGame(PlainEngine(), sections=Section.IMAGE | Section.LANDMARKS) as game:
        with link(game) as engine:
            rendering = engine.render(character(), size=(16, 16))
            assert rendering.visibility.dtype == bool
            with expect(
                "bad_request", "sends image, landmarks, but no labels, which fit and generate_"
            ):
                _ = rendering.labels
            with expect("bad_request", "but no depth; see ILinkDrawer.Sections"):
                _ = rendering.depth
    with FakeGame(PlainEngine(), sections=Section.IMAGE) as game, link(game) as engine:
        assert engine.render(character(), size=(16, 16)).image.shape == (16, 16, 3)
        with expect("bad_request", "but no landmarks, which databases and photographs need"):
            engine.canonical_landmarks((64, 64))


# ------------------------------------------------------------------ ends and beginnings


def test_a_lost_connection_is_opened_again(game):
    with link(game) as engine:
        for end in ("client", "game"):
            if end == "client":
                engine._link[0]._end.close()
            else:
                game._client.end.close()
            assert engine.render(character(), size=(16, 16)).image.shape == (16, 16, 3)


def test_a_game_that_comes_back_is_found_again():
    with FakeGame(PlainEngine()) as first:
        address = first.listen()
        engine = UnityEngine(address, patience=10.0)
        engine.show(character())
    second = FakeGame(PlainEngine())
    threading.Timer(0.5, second.listen, [address]).start()
    with second, engine:
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(engine.show, [character()] * 4))
        assert len(second.shown) == 4


def test_a_game_that_stays_away_is_given_up():
    with FakeGame(PlainEngine()) as game:
        engine = UnityEngine(game.listen(), patience=0.3)
    start = time.monotonic()
    with ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(engine.show, character()) for _ in range(4)]
    for future in waiting:
        with expect("not_listening", "no game listens"):
            future.result()
    assert time.monotonic() - start < 2.0


def test_another_game_under_the_same_address_is_refused():
    with FakeGame(PlainEngine()) as first:
        address = first.listen()
        engine = UnityEngine(address)
    with FakeGame(PlainEngine(), version="4") as second:
        second.listen(address)
        with expect("changed", "was 'plain 3' and is now 'plain 4'; start again"):
            engine.show(character())


def test_stopping_answers_what_waits():
    game = FakeGame(PlainEngine(), delay=0.3)
    engine = link(game, patience=0.0)
    with ThreadPoolExecutor(3) as pool:
        waiting = [pool.submit(engine.show, character()) for _ in range(3)]
        time.sleep(0.1)
        start = time.monotonic()
        game.stop()
        assert time.monotonic() - start < 2.0
    assert len(game.shown) == 1  # the one that was being drawn
    failed = [future.exception() for future in waiting if future.exception()]
    assert len(failed) == 2
    assert all(isinstance(error, LinkError) for error in failed)
