import numpy as np
import pytest

from face2param.alignment import pos
from face2param.errors import NoFaceError
from face2param.reconstruction import clip
from face2param.rendering.cameras import DEEP3D
from tests.reconstruction import clips
from tests.reconstruction.test_landmark_start import MODEL, face, landmarks

STANDARD = pos.five_points(MODEL.landmarks())
TIMES = np.arange(30) / 25


def track(noise=0.0, scale=2.0):
    """A face that turns, speaks and moves through a frame, in px of the frame."""
    rng = np.random.default_rng(0)
    marks = [
        landmarks(
            face(
                identity=[1, 0, 0, 0],
                rotation=[0, 0.4 * np.sin(3 * t), 0],
                expression=[0, np.sin(6 * t), 0],
            )
        )
        * scale
        + [100 * t, 20]
        + rng.normal(0, noise, (68, 2))
        for t in TIMES
    ]
    present = np.ones(len(TIMES), bool)
    present[12:15] = False
    marks = np.where(present[:, None, None], marks, np.nan)
    return clip.Track(TIMES, present, marks.astype(np.float32))


def test_crops_follow_the_face_smoothly():
    matrices = clip.place(track(noise=1.0), STANDARD)
    assert np.isfinite(matrices).all()
    # The face is twice as large in the frame as in the crop.
    np.testing.assert_allclose(matrices[:, 0, 0], 0.5, atol=0.06)
    centres = (112 - matrices[:, 0, 2]) / matrices[:, 0, 0]
    assert np.abs(centres - (224 + 100 * TIMES)).mean() < 8
    # The five points tremble by about 2 px; the crop must not.
    assert np.diff(centres, 2).std() < 0.7


def test_pose_and_expression_of_the_frames_are_found_and_gaps_bridged():
    seen = track(noise=0.5)
    matrices = clip.place(seen, STANDARD)
    counted = []
    found = clip.fit_frames(
        MODEL, DEEP3D, seen, matrices, np.float32([1, 0, 0, 0]), lambda: counted.append(1)
    )
    assert len(counted) == len(TIMES)
    np.testing.assert_allclose(found["rotation"][:, 1], 0.4 * np.sin(3 * TIMES), atol=0.06)
    smile = np.corrcoef(found["expression"][:, 1], np.sin(6 * TIMES))[0, 1]
    assert smile > 0.9
    assert all(np.isfinite(part).all() for part in found.values())


def test_smooth_frames_tremble_less_than_landmarks():
    def tremble(values):
        return np.diff(values, 2, axis=0).std()

    calm, wild = track(), track(noise=2.0)
    found = [
        clip.fit_frames(MODEL, DEEP3D, one, clip.place(calm, STANDARD), np.float32([1, 0, 0, 0]))
        for one in (calm, wild)
    ]
    raw = np.nan_to_num(wild.landmarks - calm.landmarks)
    assert tremble(found[1]["rotation"][:, 1]) < 3 * tremble(found[0]["rotation"][:, 1]) + 0.002
    assert raw.std() > 1


def test_short_gaps_are_shown_and_long_ones_not():
    times = np.arange(100) / 25
    present = np.ones(100, bool)
    present[20:25] = False  # 0.24 s
    present[40:70] = False  # 1.24 s
    present[95:] = False  # to the end
    shown = clip.Track(times, present, np.zeros((100, 68, 2))).shown()
    assert shown[:40].all() and not shown[40:70].any()
    assert shown[70:95].all() and not shown[95:].any()


class FakeTracker:
    def __init__(self, face_index=None):
        self.count = 0

    def __call__(self, image, time):
        self.count += 1
        if self.count % 4 == 0:
            return None
        marks = np.random.default_rng(0).random((68, 2)) * 30 + [20 + self.count / 4, 10]
        return clip.tracking.Seen((0, 0, 1, 1), marks.astype(np.float32))


def test_a_video_is_followed_with_few_frames_kept(tmp_path, monkeypatch):
    path = clips.write(tmp_path / "bar.mp4", clips.moving_bar(50))
    monkeypatch.setattr(clip.tracking, "Tracker", FakeTracker)
    counted = []
    found, samples = clip.follow(path, None, 3, lambda: counted.append(1))
    assert len(counted) == len(found.times) == 50
    assert found.present.sum() == 38 and np.isnan(found.landmarks[3]).all()
    frames = [sample.frame for sample in samples]
    assert len(frames) == 3 and frames == sorted(frames) and frames[-1] - frames[0] > 25
    for sample in samples:
        assert sample.image.dtype == np.uint8
        # Landmarks stay on the same content after cutting.
        low, high = sample.landmarks.min(0), sample.landmarks.max(0)
        assert (low >= 0).all() and (high <= sample.image.shape[1::-1]).all()


def test_a_large_face_is_kept_small():
    frame = clip.video.Frame(np.zeros((1500, 2000, 3), np.float32), 0.0, 7)
    marks = np.random.default_rng(0).random((68, 2)).astype(np.float32) * 900 + 300
    sample = clip._window(frame, marks)
    assert max(sample.image.shape) == 640 and sample.frame == 7
    assert np.ptp(sample.landmarks, axis=0).max() < 640


def test_a_video_without_a_face_is_named(tmp_path):
    path = clips.write(tmp_path / "bar.mp4", clips.moving_bar(3, (80, 96)))
    with pytest.raises(NoFaceError, match=r"bar\.mp4: no face was found in any frame"):
        clip.follow(path)
