"""Windows, menus, batch runs and the studio on Unity's stand-ins: what they do, not their looks."""

import functools
import socket
import subprocess
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from face2param.database.reader import Database
from face2param.engines.unity.engine import UnityEngine
from face2param.engines.unity.pictures import parse_picture
from face2param.engines.unity.protocol import Pose, RenderRequest, Section
from face2param.schema import Character
from tests.database.toy_engine import SCHEMA as TOY

SIZE = 64
ALL = Section.IMAGE | Section.LABELS | Section.LANDMARKS | Section.DEPTH | Section.NORMALS


@pytest.fixture
def scene(driver, tmp_path):
    """Makes a scene with the toy head; returns `driver`."""
    TOY.save(tmp_path / "toy.json")
    Image.new("RGB", (SIZE, SIZE), (90, 120, 40)).save(tmp_path / "picture.jpg")

    def make(landmarks="landmarks", labels="labels"):
        driver("scene", tmp_path / "toy.json", landmarks, labels)
        return driver

    yield make
    driver("scene")


@pytest.fixture
def generate(scene, tmp_path):
    """Presses Generate; returns whether the bar stayed, lent textures, what was said."""

    def run(count=6, patience=10**6, labels="-", **head):
        driver = scene(**head)
        fields = (tmp_path / "picture.jpg", tmp_path / "database", count, patience, labels)
        bar, lent, *said = driver("generate_window", *fields).split("|")
        return bar, int(lent), [text for text in said if text]

    return run


def test_the_window_generates_a_database(generate, tmp_path):
    assert generate() == ("no bar", 0, [])
    database = Database(tmp_path / "database")
    assert len(database) == 6
    assert database.manifest.settings.engine == "unity"
    assert database.manifest.settings.engine_version == "toy 1"
    pictures = database.arrays("all", SIZE)["images"]
    np.testing.assert_allclose(pictures.mean((0, 1, 2)), [90, 120, 40], atol=4)


def test_the_landmarks_are_projected(generate, tmp_path):
    generate(count=3)
    database = Database(tmp_path / "database")
    focal = SIZE / 2 / np.tan(np.radians(9))
    for index in range(3):
        x, y = database.landmarks01[index, 1] * SIZE  # 1 cm along Unity's x: to the left.
        assert x == pytest.approx(SIZE / 2 - focal * 0.01 / 2, abs=1e-3)
        up = database.characters[index, 0] / 10
        assert y == pytest.approx(SIZE / 2 - focal * up / 2, abs=1e-3)


def test_cancelling_in_the_window_keeps_what_is_whole(generate, tmp_path):
    assert generate(count=500, patience=3) == ("no bar", 0, [])
    kept = len(Database(tmp_path / "database"))
    assert 0 < kept < 500
    assert generate(count=kept + 2)[2] == []
    assert len(Database(tmp_path / "database")) == kept + 2


def test_the_window_says_what_is_wrong(generate, scene, driver, tmp_path):
    (message,) = generate(landmarks="none")[2]
    assert "no landmarks" in message and "inspect_head" in message
    scene(labels="-")
    fields = (tmp_path / "picture.jpg", tmp_path / "other", 5, 10**6, "labels")
    assert "cannot draw labels" in driver("generate_window", *fields)
    driver("scene")
    fields = (tmp_path / "picture.jpg", tmp_path / "other", 5, 10**6, "-")
    assert "there is no head" in driver("generate_window", *fields)


def test_without_graphics_nothing_is_drawn(scene, tmp_path):
    driver = scene()
    driver("pipeline", "none")
    fields = (tmp_path / "picture.jpg", tmp_path / "database", 5, 10**6, "-")
    assert "start Unity without -nographics" in driver("generate_window", *fields)
    assert not list((tmp_path / "database").glob("*.jpg"))


def test_batch_mode_generates_and_says_what_is_wrong(unity_assembly, scene, tmp_path):
    scene()

    def run(*arguments):
        command = ["mono", str(unity_assembly / "driver.exe"), "batch", str(tmp_path / "toy.json")]
        command += [str(tmp_path / "picture.jpg"), "-batchmode", *map(str, arguments)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60)
        return done.stdout, done.stderr

    out, _ = run("-count", 55, "-seed", 3, "-size", SIZE, "-output", tmp_path / "database")
    assert "exit 0" in out
    assert "face2param: 50 of 55" in out
    assert f"a database of 55 faces is in {tmp_path / 'database'}" in out
    database = Database(tmp_path / "database")
    assert len(database) == 55
    (expected,) = TOY.random(np.random.default_rng([3, 54]), 1)
    assert database.character(54) == expected
    out, error = run("-count", "many")
    assert "exit 2" in out
    assert error.splitlines() == [
        "face2param: -count is 'many'; it must be a whole number from 0 to 100000"
    ]
    out, error = run("-count", 55, "-seed", 4, "-size", SIZE, "-output", tmp_path / "database")
    assert "exit 2" in out
    assert "seed 3 (there) and 4 (now)" in error


def test_the_preview_window_is_worked_with(scene, tmp_path):
    driver = scene()
    params = tmp_path / "params.json"
    steps = ("press Random", "value red", "press Reset", "value red", "press Undo", "value red")
    *values, problem, said, drawn = driver("preview_window", "look", *steps).split("|")
    (expected,) = TOY.random(np.random.default_rng(1), 1)
    assert [np.float32(value) for value in values] == [
        *(np.float32(expected["red"]), np.float32(0.5), np.float32(expected["red"])),
    ]
    assert (problem, said) == ("problem ", "said ")
    assert drawn == "drawn 4"  # Neutral, random, reset, undone: not one picture per event.
    expected.save(params)
    steps = ("look", f"choose {params}", "press Load...", "value red", "press Reset")
    steps += ("press Save...",)
    value, _, said, _ = driver("preview_window", *steps).split("|")
    assert np.float32(value) == np.float32(expected["red"])
    assert said == "said "
    assert Character.load(params, TOY) == TOY.neutral()
    params.write_text("{}")
    *_, said, _ = driver("preview_window", "look", f"choose {params}", "press Load...").split("|")
    assert "is missing" in said


def test_the_preview_without_a_head_says_so(driver):
    driver("scene")
    problem = driver("preview_window", "look")
    assert "there is no head: put one into the scene" in problem


def test_connect_and_close(scene):
    driver = scene()
    assert driver("link_menu", 0, "Connect", "Close", "Connect", "Close") == (
        "open closed open closed "
    )
    assert "FACE2PARAM_PORT is 'x'" in driver("link_menu", "x", "Connect")


def test_the_link_opens_again_when_scripts_are_loaded_anew(scene, driver, tmp_path):
    scene()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    def drawn(engine, done):
        """A picture, while the editor lives on."""
        with ThreadPoolExecutor(1) as pool:
            living = pool.submit(driver, "update_until", done)
            try:
                return engine().render(TOY.neutral(), size=(16, 16)).image.shape
            finally:
                done.touch()
                living.result()

    assert driver("link_menu", port, "Connect") == "open "
    link = functools.cache(lambda: UnityEngine(f"127.0.0.1:{port}", schema=TOY))
    assert drawn(link, tmp_path / "first") == (16, 16, 3)
    # Another port in the environment changes nothing for who is connected.
    assert driver("link_menu", 0, "Reload") == "open "
    assert drawn(link, tmp_path / "second") == (16, 16, 3)
    link().close()
    # Who has closed the link wants it closed.
    assert driver("link_menu", 0, "Reload", "Close", "Reload") == "open closed closed "


def test_a_link_without_a_head_stays_closed_after_a_reload(scene, driver):
    scene()
    assert driver("link_menu", 0, "Connect") == "open "
    driver("remove_head")
    assert driver("link_menu", 0, "Reload", "Reload") == "closed closed "


@pytest.fixture
def studio(scene, tmp_path):
    """Draws for the link; returns what it could send, the picture, and what was drawn."""

    def run(wanted=ALL, pipeline=None, **head):
        driver = scene(**head)
        if pipeline:
            driver("pipeline", pipeline)
        encoded = TOY.encode(TOY.character(red=0.25))[0]
        pose = Pose(encoded, TOY.neutral_nuisance())
        request = RenderRequest((48, SIZE), 2, wanted, pose, (0.1, 0.2, 0.3))
        (tmp_path / "request").write_bytes(request.pack())
        answer = driver("studio", tmp_path / "request", tmp_path / "answer")
        sections, lent, drawn = answer.split(" ", 2)
        assert lent == "0"
        picture = parse_picture((tmp_path / "answer").read_bytes(), (48, SIZE))
        return Section(int(sections)), picture, drawn

    return run


def test_the_studio_sends_everything(studio):
    sections, picture, drawn = studio()
    assert sections == ALL
    assert set(picture) == set(Section)
    assert drawn.split(",")[0] == f"picture {2 * SIZE}x96"  # Two samples a pixel, each way.
    points = picture[Section.LANDMARKS]
    np.testing.assert_allclose(points[18, 2:5], [-0.01, 0.025 + 0.01, 0], atol=1e-6)
    focal = 24 / np.tan(np.radians(9))
    np.testing.assert_allclose(points[18, 0], SIZE / 2 - focal * 0.01 / 2, atol=1e-3)


def test_the_studio_sends_what_it_can(studio):
    assert studio(labels="skin")[0] == ALL & ~Section.LABELS
    assert studio(landmarks="none")[0] == ALL & ~Section.LANDMARKS
    sections, picture, drawn = studio(pipeline="urp")
    assert sections == Section.IMAGE | Section.LANDMARKS
    assert set(picture) == {Section.IMAGE, Section.LANDMARKS}
    assert "Hidden" not in drawn
    assert studio(Section.IMAGE)[2] == f"picture {2 * SIZE}x96"
