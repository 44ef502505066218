"""Following one face through a video: where it is in each frame, and its landmarks."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param import alignment
from face2param.reconstruction.smoothing import OneEuro

_AROUND = 1.0
"""Of the box's side, on each side of the last box: there the face is looked for first."""

_LEAST_OVERLAP = 0.2
"""Intersection over union with the last box that the same face has in the next frame."""

_PATIENCE = 1.0
"""Seconds after which a lost face may come back anywhere, not only near where it was."""


@dataclasses.dataclass(frozen=True)
class Seen:
    """The face in one frame.

    Attributes:
      box: (x0, y0, x1, y1) px of the frame, smoothed.
      landmarks: `[68, 2]` float32 px of the frame.
    """

    box: tuple[float, float, float, float]
    landmarks: np.ndarray


class Tracker:
    """Finds the same face again from frame to frame; holds state.

    The detector looks only around the last box, which is much faster and does not jump to other
    people; where it finds nothing there, in the whole frame. Boxes are smoothed by a one-euro
    filter before landmarks are predicted from them: they start from the box, and its jitter
    would be theirs.
    """

    def __init__(self, face_index: int | None = None):
        """Starts without a face.

        Args:
          face_index: which face of the first frame that shows any, counted from the largest;
            None: the largest.
        """
        self._index = face_index
        self._filter = OneEuro(cutoff=1.5, speed=4.0)
        self._unit = 1.0
        self._box: np.ndarray | None = None
        self._last = 0.0

    def __call__(self, image: np.ndarray, time: float) -> Seen | None:
        """Looks at the next frame.

        Args:
          image: `[height, width, 3]` RGB in [0, 1].
          time: in seconds, larger than the last.

        Returns:
          The face, or None where it is not seen.

        Raises:
          NoFaceError: the first frame with faces has fewer than `face_index` asks for.
          ImageError: the frame is too small.
        """
        face = self._find(image, time)
        if face is None:
            return None
        if self._box is None or time - self._last > _PATIENCE:
            self._filter.reset()
            # In units of the face, so that the filter does not depend on the resolution.
            self._unit = face.box[2] - face.box[0]
        self._box, self._last = np.array(face.box), time
        smooth = self._filter(self._box / self._unit, time) * self._unit
        face = dataclasses.replace(face, box=tuple(map(float, smooth)))
        return Seen(face.box, alignment.predict_landmarks(image, face))

    def _find(self, image: np.ndarray, time: float) -> alignment.Face | None:
        if self._box is None:
            faces = alignment.detect_faces(image)
            return alignment.choose_face(faces, self._index) if faces else None
        near = self._look_near(image)
        if near is not None:
            return near
        faces = alignment.detect_faces(image)
        if time - self._last > _PATIENCE:
            return faces[0] if faces else None
        return self._best(faces)

    def _look_near(self, image: np.ndarray) -> alignment.Face | None:
        x0, y0, x1, y1 = self._box
        margin = _AROUND * max(x1 - x0, y1 - y0)
        height, width = image.shape[:2]
        left, top = max(0, int(x0 - margin)), max(0, int(y0 - margin))
        right, bottom = min(width, int(x1 + margin)), min(height, int(y1 + margin))
        if min(right - left, bottom - top) < alignment.detect.MINIMUM_SIDE:
            return None
        faces = alignment.detect_faces(image[top:bottom, left:right])
        shift = (left, top, left, top)
        moved = [
            dataclasses.replace(
                face, box=tuple(a + b for a, b in zip(face.box, shift, strict=True))
            )
            for face in faces
        ]
        return self._best(moved)

    def _best(self, faces: list[alignment.Face]) -> alignment.Face | None:
        """The face that overlaps most with where it was."""
        shares = [overlap(face.box, self._box) for face in faces]
        if not shares or max(shares) < _LEAST_OVERLAP:
            return None
        return faces[int(np.argmax(shares))]


def overlap(first, second) -> float:
    """Intersection over union of two boxes (x0, y0, x1, y1)."""
    a, b = np.asarray(first, np.float64), np.asarray(second, np.float64)
    low, high = np.maximum(a[:2], b[:2]), np.minimum(a[2:], b[2:])
    both = np.prod(np.maximum(high - low, 0))
    union = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - both
    return float(both / union) if union > 0 else 0.0
