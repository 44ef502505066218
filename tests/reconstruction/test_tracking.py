import numpy as np
import pytest

from face2param import alignment
from face2param.alignment import Face
from face2param.errors import NoFaceError
from face2param.reconstruction import tracking

IMAGE = np.zeros((400, 600, 3), np.float32)


class Scene:
    """Stands in for the detector: knows where faces are, and where it was asked to look."""

    def __init__(self, monkeypatch):
        self.boxes = []
        self.sizes = []
        monkeypatch.setattr(alignment, "detect_faces", self.detect)
        monkeypatch.setattr(alignment, "predict_landmarks", self.mark)

    def detect(self, image):
        self.sizes.append(image.shape[:2])
        # The part of the frame tells where it lies by its first pixel's memory address.
        offset = image.__array_interface__["data"][0] - IMAGE.__array_interface__["data"][0]
        top, rest = divmod(offset // 12, IMAGE.shape[1])
        height, width = image.shape[:2]
        faces = [
            Face((x0 - rest, y0 - top, x1 - rest, y1 - top), 1.0)
            for x0, y0, x1, y1 in self.boxes
            if rest <= (x0 + x1) / 2 < rest + width and top <= (y0 + y1) / 2 < top + height
        ]
        return sorted(faces, key=lambda face: -face.area)

    def mark(self, image, face):
        centre = np.array([face.box[0] + face.box[2], face.box[1] + face.box[3]]) / 2
        return np.tile(centre, (68, 1)).astype(np.float32)


@pytest.fixture
def scene(monkeypatch):
    return Scene(monkeypatch)


def test_the_same_face_is_followed_past_a_larger_one(scene):
    track = tracking.Tracker(face_index=1)
    for k in range(10):
        scene.boxes = [(300, 50, 500, 250), (20 + 4 * k, 200, 120 + 4 * k, 300)]
        seen = track(IMAGE, k / 25)
        assert abs(seen.landmarks[0, 0] - (70 + 4 * k)) < 25
    # Only the first frame was searched as a whole.
    assert scene.sizes[0] == (400, 600) and scene.sizes[1:].count((400, 600)) == 0


def test_boxes_are_smoothed(scene):
    rng = np.random.default_rng(0)
    track, raw, smooth = tracking.Tracker(), [], []
    for k in range(40):
        scene.boxes = [tuple(np.array([200, 100, 320, 220]) + rng.normal(0, 3, 4))]
        raw.append(scene.boxes[0])
        smooth.append(track(IMAGE, k / 25).box)
    assert np.diff(smooth[5:], axis=0).std() < 0.5 * np.diff(raw[5:], axis=0).std()


def test_a_size_that_jumps_does_not_move_the_face(scene):
    track, found = tracking.Tracker(), []
    for k in range(20):
        grow = 10 * (k % 2)
        scene.boxes = [(200 - grow, 100 - grow, 320 + grow, 220 + grow)]
        found.append(track(IMAGE, k / 25).landmarks[0])
    np.testing.assert_allclose(found, np.tile([260, 160], (20, 1)), atol=0.5)


def test_a_lost_face_is_looked_for_near_and_later_anywhere(scene):
    track = tracking.Tracker()
    scene.boxes = [(100, 100, 200, 200)]
    assert track(IMAGE, 0.0) is not None
    scene.boxes = []
    assert track(IMAGE, 0.1) is None
    scene.boxes = [(400, 100, 500, 200)]
    assert track(IMAGE, 0.2) is None  # somebody else
    seen = track(IMAGE, 2.0)
    np.testing.assert_allclose(seen.box, scene.boxes[0])


def test_the_face_may_come_late_but_must_be_there(scene):
    track = tracking.Tracker(face_index=1)
    assert track(IMAGE, 0.0) is None
    scene.boxes = [(100, 100, 200, 200)]
    with pytest.raises(NoFaceError, match=r"face_index is 1, but 1 face"):
        track(IMAGE, 0.1)


def test_overlap_of_boxes():
    assert tracking.overlap((0, 0, 2, 2), (0, 0, 2, 2)) == 1
    assert tracking.overlap((0, 0, 2, 2), (1, 0, 3, 2)) == pytest.approx(1 / 3)
    assert tracking.overlap((0, 0, 1, 1), (2, 2, 3, 3)) == 0
