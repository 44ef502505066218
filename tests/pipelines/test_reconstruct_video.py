import numpy as np
import pytest

from face2param import images
from face2param.errors import ImageError, NoFaceError, OutputError
from face2param.pipelines.reconstruct_video import reconstruct_video
from face2param.pipelines.reconstruction_settings import FILES
from face2param.reconstruction import clip, video
from tests.pipelines import toy_face
from tests.reconstruction import clips

COUNT = 16
YAW = 0.4 * np.sin(np.arange(COUNT) / 3)


def frames():
    parts = {"identity": [1.0, -1.0, 0.0, 0.0], "albedo": [1.0, 0.0, 0.0]}
    return [
        toy_face.photo(rotation=[0, yaw, 0], expression=[0, np.sin(k / 4), 0], **parts)
        for k, yaw in enumerate(YAW)
    ]


class KnowingTracker:
    """Stands in for detector and predictor: knows where the landmarks were drawn."""

    marks: list = []  # noqa: RUF012 - the test fills it

    def __init__(self, face_index=None):
        self.index = -1

    def __call__(self, image, time):
        self.index += 1
        marks = self.marks[self.index]
        return None if marks is None else clip.tracking.Seen((0, 0, 1, 1), marks)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("clip")
    drawn = frames()
    path = clips.write(folder / "me.mp4", [images.to_uint8(frame.image) for frame in drawn], "aac")
    KnowingTracker.marks = [frame.landmarks for frame in drawn]
    KnowingTracker.marks[6] = None
    tools = toy_face.tools(folder, refine_steps=10)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clip.tracking, "Tracker", KnowingTracker)
        found = reconstruct_video(tools, path, folder / "out")
    return tools, path, folder / "out", found


def test_identity_and_albedo_stay_and_the_pose_follows(run):
    *_, found = run
    for name in ("identity", "albedo"):
        assert np.ptp(found.coefficients[name], axis=0).max() == 0
    np.testing.assert_allclose(found.coefficients["rotation"][:, 1], YAW, atol=0.08)
    smile = np.sin(np.arange(COUNT) / 4)
    assert np.corrcoef(found.coefficients["expression"][:, 1], smile)[0, 1] > 0.9
    assert not found.track.present[6] and found.track.present.sum() == COUNT - 1


def test_landmarks_come_in_pixels_of_the_frames(run):
    *_, found = run
    true = np.array([frame.landmarks for frame in frames()])
    # Of the frame without a face, too.
    assert np.linalg.norm(found.landmarks - true, axis=-1).mean(1).max() < 4


def test_the_film_shows_video_overlay_and_mesh_with_sound(run):
    _, path, out, _ = run
    info = video.probe(out / "video.mp4")
    assert info.size == (300, 3 * 360) and info.frames == COUNT and info.audio == "aac"
    assert clips.tone(out / "video.mp4")[0] == pytest.approx(clips.TONE, abs=5)
    for old, new in zip(video.read(path), video.read(out / "video.mp4"), strict=True):
        photo, overlay, mesh = np.split(new.image, 3, 1)
        assert np.abs(photo - old.image).mean() < 0.03
        assert np.abs(overlay - photo).max() > 0.1
        # The drawn face has the colours of the one below it.
        assert np.abs(overlay - photo).mean() < 0.05
        grey = np.ptp(mesh, axis=-1)
        assert np.median(grey) < 0.05


def test_files_of_the_clip(run):
    _, _, out, found = run
    assert {path.name for path in out.iterdir()} == set(FILES) - {"set.npz"}
    table = np.load(out / "frames.npz")
    assert table["rotation"].shape == (COUNT, 3) and table["landmarks"].shape == (COUNT, 68, 2)
    assert np.isfinite(table["light"]).all()
    np.testing.assert_array_equal(table["identity"], found.coefficients["identity"])
    assert table["present"].dtype == bool and str(table["model"]) == "dome"


def test_light_is_read_in_every_frame_and_smooth(run):
    *_, found = run
    light = found.coefficients["light"]
    assert 0 < np.abs(np.diff(light, axis=0)).max() < 0.1


def test_results_are_not_overwritten_unasked(run):
    tools, path, out, _ = run
    with pytest.raises(OutputError, match="already holds results"):
        reconstruct_video(tools, path, out)


def test_an_interrupted_run_leaves_nothing(run, tmp_path, monkeypatch):
    tools, path, _, _ = run
    monkeypatch.setattr(clip.tracking, "Tracker", KnowingTracker)

    class Stop(video.Writer):
        def write(self, image, time):
            raise KeyboardInterrupt

    monkeypatch.setattr(video, "Writer", Stop)
    with pytest.raises(KeyboardInterrupt):
        reconstruct_video(tools, path, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_bad_videos_are_named(run, tmp_path):
    tools, *_ = run
    (tmp_path / "text.mp4").write_text("hello")
    with pytest.raises(ImageError, match=r"text\.mp4"):
        reconstruct_video(tools, tmp_path / "text.mp4", tmp_path / "out")
    empty = clips.write(tmp_path / "bar.mp4", clips.moving_bar(2, (80, 96)))
    with pytest.raises(NoFaceError, match=r"bar\.mp4: no face"):
        reconstruct_video(tools, empty, tmp_path / "out")
    assert not (tmp_path / "out").exists()
