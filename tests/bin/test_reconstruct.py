import functools
import json

import pytest

from face2param import images, morphable
from tests.bin import photo_programs
from tests.bin.photo_programs import NOISE, refused
from tests.data import shared_data
from tests.reconstruction import clips, toy

run = functools.partial(photo_programs.run, "reconstruct", timeout=240)


@pytest.fixture
def noise(tmp_path):
    images.write_image(tmp_path / "noise.png", NOISE)
    return tmp_path / "noise.png"


def test_exactly_one_kind_of_input_is_wanted(noise, tmp_path):
    refused(run("--output", tmp_path / "o"), "give one of --photo=FILE, --photos=")
    refused(
        run("--photo", noise, "--video", noise, "--output", tmp_path), "got --photo and --video"
    )
    refused(run("--photo", noise), "--output is required")


def test_bad_photographs_are_named_and_leave_no_folder(noise, tmp_path):
    out = tmp_path / "out"
    refused(run("--photo", noise, "--output", out), "noise.png: no face was found")
    refused(run("--photo", tmp_path / "none.jpg", "--output", out), "no such picture")
    (tmp_path / "text.jpg").write_text("hello")
    refused(run("--photos", f"{tmp_path / 'text.jpg'},{noise}", "--output", out), "text.jpg")
    assert not out.exists()


def test_bad_videos_are_named(tmp_path):
    (tmp_path / "text.mp4").write_text("hello")
    refused(run("--video", tmp_path / "text.mp4", "--output", tmp_path / "o"), "text.mp4")
    refused(run("--video", tmp_path / "none.mp4", "--output", tmp_path / "o"), "no such video")


def test_settings_are_checked_before_any_work(noise, tmp_path):
    start = ("--photo", noise, "--output", tmp_path / "o")
    refused(run(*start, "--refine_steps", "-3"), "refine_steps must not be negative, got -3")
    refused(run(*start, "--preset", "best"), "preset")
    refused(run(*start, "--rnet", "none", "--cnet", "x"), "cnet needs an rnet")
    (tmp_path / "o").mkdir()
    (tmp_path / "o" / "coefficients.npz").write_text("")
    refused(run(*start), "already holds results (coefficients.npz)")


def test_a_real_photograph_goes_all_the_way(tmp_path):
    photo = shared_data("portraits", "A000055.jpg")
    morphable.save(toy.dome(), tmp_path / "dome.npz")
    flags = ("--model", tmp_path / "dome.npz", "--refine_steps", 5, "--texture_size", 64)
    done = run("--photo", photo, "--output", tmp_path / "out", *flags)
    assert done.returncode == 0, done.stderr
    printed = set(done.stdout.split())
    assert str(tmp_path / "out" / "face.glb") in printed and len(printed) == 22
    record = json.loads((tmp_path / "out" / "reconstruction.json").read_text())
    assert record["model"]["name"] == "dome" and record["landmark_nme"] < 0.2
    assert images.read_image(tmp_path / "out" / "overlay.png").shape == (410, 335, 3)


def test_a_video_without_a_face_is_refused(tmp_path):
    path = clips.write(tmp_path / "bar.mp4", clips.moving_bar(2, (80, 96)))
    morphable.save(toy.dome(), tmp_path / "dome.npz")
    done = run("--video", path, "--output", tmp_path / "o", "--model", tmp_path / "dome.npz",
               "--noprogress")  # fmt: skip
    assert done.returncode == 2
    # TensorFlow, which is loaded by then, has words of its own.
    last = done.stderr.splitlines()[-1]
    assert last.startswith("error: bar.mp4: no face was found in any frame of the video")
    assert not (tmp_path / "o").exists()
