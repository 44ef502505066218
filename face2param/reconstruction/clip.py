"""A face through a whole clip: found in each frame, its pose and expression smooth over time."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable

import numpy as np

from face2param import images
from face2param.alignment import pos
from face2param.errors import NoFaceError
from face2param.landmarks import markup
from face2param.morphable.model import FaceModel
from face2param.reconstruction import landmark_start, tracking, video
from face2param.reconstruction.smoothing import smooth

_WINDOW = 640
"""Longest side in pixels of what is kept of a sampled frame."""

# Standard deviations of one frame's measurement, and of what changes in a second; see
# `smoothing.smooth`. Pixels are those of the crop.
_PLACE = {"noise": 1.5, "agility": 150.0}
_SMOOTH = {
    "rotation": {"noise": 0.02, "agility": 6.0},
    "translation": {"noise": 0.015, "agility": 3.0},
    "expression": {"noise": 0.25, "agility": 60.0},
}


@dataclasses.dataclass(frozen=True)
class Track:
    """One face in every frame.

    Attributes:
      times: `[frames]` seconds.
      present: `[frames]` bool, whether the face was seen.
      landmarks: `[frames, 68, 2]` float32 px of the frame; NaN where it was not.
    """

    times: np.ndarray
    present: np.ndarray
    landmarks: np.ndarray

    def shown(self, longest: float = 0.5) -> np.ndarray:
        """`[frames]` bool: the face was seen, or is between two sightings near in time.

        Args:
          longest: seconds without a sighting that are bridged.
        """
        at = self.times[self.present]
        after = np.searchsorted(at, self.times)
        next_seen = np.append(at, np.inf)[after]
        last_seen = np.append(-np.inf, at)[np.searchsorted(at, self.times, "right")]
        return self.present | (next_seen - last_seen <= longest)


@dataclasses.dataclass(frozen=True)
class Sample:
    """What is kept of one frame.

    Attributes:
      frame: its index.
      image: uint8 `[height, width, 3]`, the part around the face.
      landmarks: `[68, 2]` float32 px of `image`.
    """

    frame: int
    image: np.ndarray
    landmarks: np.ndarray


def follow(
    path: str | os.PathLike,
    face_index: int | None = None,
    samples: int = 5,
    report: Callable[[], object] | None = None,
) -> tuple[Track, list[Sample]]:
    """Finds one face in every frame of a video; holds one frame and a few windows at a time.

    Args:
      path: of the video.
      face_index: which face of the first frame that shows any, counted from the largest.
      samples: how many frames to keep, spread over those that show the face.
      report: called once for each frame.

    Returns:
      The track, and up to `samples` frames in order of time.

    Raises:
      ImageError: the video cannot be read.
      NoFaceError: no face in any frame; the message names the file.
    """
    tracker = tracking.Tracker(face_index)
    times: list[float] = []
    found: list[np.ndarray] = []
    kept: list[Sample] = []
    seen_count, stride = 0, 1
    for frame in video.read(path):
        seen = tracker(frame.image, frame.time)
        times.append(frame.time)
        found.append(np.full((markup.COUNT, 2), np.nan) if seen is None else seen.landmarks)
        if seen is not None:
            if seen_count % stride == 0:
                kept.append(_window(frame, seen.landmarks))
                if len(kept) >= 4 * samples:
                    kept, stride = kept[::2], 2 * stride
            seen_count += 1
        if report is not None:
            report()
    if not seen_count:
        raise NoFaceError(
            f"{os.path.basename(os.fspath(path))}: no face was found in any frame of the video. "
            "The face must be roughly frontal, upright and larger than about 40 px"
        )
    track = Track(
        np.array(times),
        np.array([not np.isnan(points[0, 0]) for points in found]),
        np.array(found, np.float32),
    )
    spread = np.linspace(0, len(kept) - 1, min(samples, len(kept))).round().astype(int)
    return track, [kept[k] for k in spread]


def _window(frame: video.Frame, landmarks: np.ndarray) -> Sample:
    low, high = landmarks.min(0), landmarks.max(0)
    margin = 0.7 * (high - low).max()
    size = np.array(frame.image.shape[1::-1])
    start = np.clip(np.floor(low - margin), 0, size - 1).astype(int)
    stop = np.clip(np.ceil(high + margin), start + 1, size).astype(int)
    image = frame.image[start[1] : stop[1], start[0] : stop[0]]
    scale = min(1.0, _WINDOW / max(image.shape))
    if scale < 1:
        image = images.resize(image, tuple(max(1, round(side * scale)) for side in image.shape[:2]))
    ratio = np.array(image.shape[1::-1]) / (stop - start)
    moved = ((landmarks - start) * ratio).astype(np.float32)
    return Sample(frame.index, images.to_uint8(image), moved)


def place(track: Track, standard: np.ndarray) -> np.ndarray:
    """Where the crop of each frame lies, smooth over time.

    Args:
      track: of the face.
      standard: `[5, 3]` points of the mean face, see `alignment.pos`.

    Returns:
      `[frames, 2, 3]`, pixels of the frame to pixels of the crop.
    """
    rows = np.zeros((len(track.times), 3))
    for frame in np.flatnonzero(track.present):
        scale, origin = pos.estimate_pos(pos.five_points(track.landmarks[frame]), standard)
        rows[frame] = np.log(scale), *origin
    # In units of the crop's pixels, so that small and large faces are smoothed alike.
    unit = np.exp(np.median(rows[track.present, 0])) / pos.RESCALE
    units = np.array([1 / pos.RESCALE, unit, unit])
    rows = smooth(rows / units, track.times, present=track.present, **_PLACE) * units
    factor = pos.RESCALE / np.exp(rows[:, 0])
    matrices = np.zeros((len(rows), 2, 3))
    matrices[:, 0, 0] = matrices[:, 1, 1] = factor
    matrices[:, :, 2] = pos.SIZE / 2 - factor[:, None] * rows[:, 1:]
    return matrices


def fit_frames(
    model: FaceModel,
    camera,
    track: Track,
    matrices: np.ndarray,
    identity: np.ndarray,
    report: Callable[[], object] | None = None,
) -> dict[str, np.ndarray]:
    """Pose and expression of each frame for one identity, smooth over time, gaps bridged.

    Args:
      model: the face model.
      camera: of the crop.
      track: of the face.
      matrices: `[frames, 2, 3]` from `place`.
      identity: `[identity coefficients]`.
      report: called once for each frame.

    Returns:
      rotation, translation `[frames, 3]` and expression `[frames, size]`, float32.
    """
    sizes = {"rotation": 3, "translation": 3, "expression": model.sizes["expression"]}
    rows = {name: np.zeros((len(track.times), size)) for name, size in sizes.items()}
    near = None
    for frame in range(len(track.times)):
        if report is not None:
            report()
        if not track.present[frame]:
            near = None
            continue
        matrix = matrices[frame]
        landmarks = track.landmarks[frame] @ matrix[:, :2].T + matrix[:, 2]
        near = landmark_start.fit_shape(model, camera, landmarks, identity, near=near)
        for name, series in rows.items():
            series[frame] = near[name]
    rows["rotation"] = _unwrapped(rows["rotation"], track.present)
    return {
        name: smooth(series, track.times, present=track.present, **_SMOOTH[name]).astype(np.float32)
        for name, series in rows.items()
    }


def _unwrapped(angles: np.ndarray, present: np.ndarray) -> np.ndarray:
    """Angles `[frames, 3]` without jumps by a whole turn between frames with a face."""
    result = angles.copy()
    result[present] = np.unwrap(angles[present], axis=0)
    return result
