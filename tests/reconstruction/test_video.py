import sys
import types
from fractions import Fraction

import numpy as np
import pytest

from face2param.errors import DependencyError, ImageError, OutputError
from face2param.reconstruction import video
from tests.reconstruction import clips


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("video")
    return clips.write(folder / "bar.mp4", clips.moving_bar(), "aac")


def copied(source, target, audio=True):
    info = video.probe(source)
    with video.writing(target, info.size, info.rate, source if audio else None) as writer:
        for frame in video.read(source):
            writer.write(frame.image, frame.time)
    return target


def test_header_and_frames(clip):
    info = video.probe(clip)
    assert info.size == (64, 96) and info.frames == 12 and info.rate == 25
    assert info.audio == "aac" and info.seconds == pytest.approx(12 / 25)
    frames = list(video.read(clip))
    assert [frame.index for frame in frames] == list(range(12))
    np.testing.assert_allclose([frame.time for frame in frames], np.arange(12) / 25)
    assert frames[0].image.dtype == np.float32 and frames[0].image.max() <= 1
    for frame, true in zip(frames, clips.moving_bar(), strict=True):
        # Colour is kept at half the resolution, so edges differ.
        assert np.abs(frame.image - true / 255).mean() < 0.03


def test_pictures_times_and_sound_come_back(clip, tmp_path):
    target = copied(clip, tmp_path / "copy.mp4")
    assert video.probe(target).audio == "aac"
    for old, new in zip(video.read(clip), video.read(target), strict=True):
        assert new.time == pytest.approx(old.time, abs=1e-4)
        assert np.abs(new.image - old.image).mean() < 0.03
    frequency, seconds = clips.tone(target)
    assert frequency == pytest.approx(clips.TONE, abs=5) and seconds == pytest.approx(1, abs=0.1)


def test_sound_that_mp4_cannot_hold_is_coded_anew(tmp_path):
    source = clips.write(tmp_path / "bar.mkv", clips.moving_bar(), "pcm_s16le")
    target = copied(source, tmp_path / "copy.mp4")
    assert video.probe(source).audio == "pcm_s16le" and video.probe(target).audio == "aac"
    frequency, seconds = clips.tone(target)
    assert frequency == pytest.approx(clips.TONE, abs=5) and seconds == pytest.approx(1, abs=0.1)


def test_a_video_without_sound_stays_silent(tmp_path):
    source = clips.write(tmp_path / "bar.mp4", clips.moving_bar())
    assert video.probe(source).audio is None
    assert video.probe(copied(source, tmp_path / "copy.mp4")).audio is None


def test_a_changing_rate_stays_as_it_was(tmp_path):
    times = np.cumsum([0, 0.04, 0.1, 0.03, 0.2, 0.04, 0.04, 0.3, 0.02, 0.04, 0.04, 0.1])
    source = tmp_path / "bar.mp4"
    with video.writing(source, (64, 96), Fraction(25)) as writer:
        for frame, time in zip(clips.moving_bar(), times, strict=True):
            writer.write(frame, time)
    np.testing.assert_allclose([frame.time for frame in video.read(source)], times, atol=1e-3)


def test_sound_goes_along_with_the_pictures(clip, tmp_path, monkeypatch):
    done = []
    advance = video._Sound.advance
    monkeypatch.setattr(
        video._Sound, "advance", lambda self, time: done.append(time) or advance(self, time)
    )
    copied(clip, tmp_path / "copy.mp4")
    assert done[:3] == pytest.approx([0, 0.04, 0.08])  # not all of it at the end


def test_an_interrupted_film_leaves_nothing(clip, tmp_path):
    with (
        pytest.raises(KeyboardInterrupt),
        video.writing(tmp_path / "film.mp4", (64, 96), Fraction(25), clip) as writer,
    ):
        writer.write(np.zeros((64, 96, 3), np.float32), 0.0)
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("angle", "turns"), [(0, 0), (90, 1), (-90, 3), (180, 2), (-180, 2)])
def test_frames_come_upright(angle, turns):
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    frame = types.SimpleNamespace(rotation=angle, to_ndarray=lambda format: picture)
    found = video._upright(frame)
    np.testing.assert_allclose(found * 255, np.rot90(picture, turns), atol=1e-4)


def test_damaged_and_missing_videos_are_named(clip, tmp_path):
    (tmp_path / "text.mp4").write_text("hello")
    for name in ("text.mp4", "none.mp4"):
        with pytest.raises(ImageError, match=name):
            video.probe(tmp_path / name)
        with pytest.raises(ImageError, match=name):
            next(video.read(tmp_path / name))
    with pytest.raises(ImageError, match="there is no picture in the video"):
        video.probe(only_sound(tmp_path / "sound.m4a"))


def only_sound(path):
    import av

    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("aac", rate=44100)
        frame = av.AudioFrame.from_ndarray(
            np.zeros((1, 8820), np.int16), format="s16", layout="stereo"
        )
        frame.sample_rate = 44100
        out.mux(stream.encode(frame))
        out.mux(stream.encode())
    return path


def test_a_video_cut_off_ends_with_its_last_whole_frame(tmp_path):
    source = clips.write(tmp_path / "bar.mkv", clips.moving_bar(40), container="matroska")
    data = source.read_bytes()
    (tmp_path / "cut.mkv").write_bytes(data[: len(data) * 2 // 3])
    assert 0 < len(list(video.read(tmp_path / "cut.mkv"))) < 40


def test_huge_frames_are_refused_before_decoding(clip, monkeypatch):
    monkeypatch.setattr(video, "MAXIMUM_PIXELS", 1000)
    with pytest.raises(ImageError, match="has frames of 96x64 pixels; at most 1000"):
        video.probe(clip)


def test_wrong_sizes_and_places_are_refused(tmp_path):
    with (
        pytest.raises(ValueError, match=r"size must be even, got \(63, 96\)"),
        video.writing(tmp_path / "a.mp4", (63, 96), Fraction(25)),
    ):
        pass
    with (
        pytest.raises(ValueError, match=r"image must be \[64, 96, 3\]"),
        video.writing(tmp_path / "a.mp4", (64, 96), Fraction(25)) as writer,
    ):
        writer.write(np.zeros((64, 64, 3)), 0.0)
    with (
        pytest.raises(OutputError, match="cannot write /proc"),
        video.writing("/proc/none/a.mp4", (64, 96), Fraction(25)),
    ):
        pass


def test_without_pyav_the_command_is_told(clip, monkeypatch):
    monkeypatch.setitem(sys.modules, "av", None)
    with pytest.raises(DependencyError, match=r"pip install 'face2param\[video\]'"):
        video.probe(clip)
