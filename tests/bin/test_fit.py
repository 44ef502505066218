import functools
import os

import pytest

from face2param import images
from face2param.features import precision
from tests.bin import photo_programs
from tests.bin.photo_programs import NOISE, refused

run = functools.partial(photo_programs.run, "fit", timeout=120)


@pytest.fixture
def noise(tmp_path):
    images.write_image(tmp_path / "noise.png", NOISE)
    return tmp_path / "noise.png"


def test_a_photograph_without_a_face_gives_one_line_and_no_folder(noise, tmp_path):
    refused(run("--photo", noise, "--output", tmp_path / "out"), "noise.png: no face was found")
    assert not (tmp_path / "out").exists()


def test_bad_pictures_are_named(tmp_path):
    images.write_image(tmp_path / "small.png", NOISE[:40, :40])
    refused(run("--photo", tmp_path / "small.png", "--output", tmp_path / "o"), "40x40")
    (tmp_path / "text.jpg").write_text("hello")
    refused(run("--photo", tmp_path / "text.jpg", "--output", tmp_path / "o"), "text.jpg")
    images.write_image(tmp_path / "whole.jpg", NOISE)
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 2])
    refused(run("--photo", tmp_path / "cut.jpg", "--output", tmp_path / "o"), "cut.jpg")
    refused(run("--photo", tmp_path / "none.jpg", "--output", tmp_path / "o"), "no such picture")


def test_output_that_holds_results_is_refused_before_any_work(noise, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "params.json").write_text("{}")
    refused(run("--photo", noise, "--output", tmp_path / "out"), "already holds results")
    assert os.listdir(tmp_path / "out") == ["params.json"]


def test_unwritable_output_is_refused(noise):
    refused(run("--photo", noise, "--output", "/proc/face2param"), "cannot write")


def test_unknown_preset_is_refused(noise, tmp_path):
    refused(run("--photo", noise, "--output", tmp_path, "--preset", "best"), "preset")


def test_bfloat16_without_amx_is_refused_before_any_work(tmp_path):
    if precision.has_amx():
        pytest.skip("this processor has AMX")
    done = run("--photo", tmp_path / "none.jpg", "--output", tmp_path, "--precision", "bfloat16")
    refused(done, "precision bfloat16 needs a processor with AMX")


def test_settings_are_checked_before_any_work(tmp_path):
    start = ("--photo", tmp_path / "none.jpg", "--output", tmp_path / "o")
    refused(run(*start, "--set", "hair_lenght=long"), "near: hair_length")
    refused(run(*start, "--set", "beard"), "--set: 'beard' is not a new NAME=VALUE")
    refused(run(*start, "--set", "beard=full", "--set", "beard=none"), "not a new NAME=VALUE")
    refused(run(*start, "--set", "glasses=pink"), "glasses=pink: choose from none, round")
    refused(run(*start, "--set", "beard=full", "--mode", "oneshot"), "no such picture")
