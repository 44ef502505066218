"""The 224-pixel crop of Deep3D: scale and shift from five points by POS, roll kept.

Deng et al. 2019 bring a photograph to the network with the first step of POSIT (DeMenthon and
Davis, "Model-based object pose in 25 lines of code", 1995): five image points and their places
on the mean face give an affine camera, of which only scale and shift are used. The centre of
the mean face then lies in the middle of the crop, 102 pixels to one decimetre.

The original truncates the size of the shrunk photograph and the crop's corner to whole pixels
but not the landmarks, so picture and landmarks disagree by up to a pixel. Here the default is
exact; `truncate=True` repeats the original number by number.
"""

from __future__ import annotations

import dataclasses

import numpy as np
from PIL import Image

from face2param.alignment.detect import check_photo
from face2param.errors import NoFaceError
from face2param.landmarks import markup, similarity

SIZE = 224
RESCALE = 102.0
"""Pixels of the crop per unit (decimetre) of the standard points."""

STANDARD = np.array(
    [
        (-0.3115, 0.2904, 0.1338),
        (0.3098, 0.2897, 0.1318),
        (0.0033, -0.0462, 0.5524),
        (-0.2522, -0.3813, 0.2241),
        (0.2485, -0.3813, 0.2224),
    ],
    np.float32,
)
"""`[5, 3]` of the original's mean face: eye centres, nose tip, mouth corners; dm, y up.

A model of another shape has its own: `five_points` of its 68 mean landmarks.
"""

_LARGEST_RATIO = 8.0
"""A crop that spans so many times the photograph shows no face of it."""


@dataclasses.dataclass(frozen=True)
class PosAlignment:
    """A photograph cropped as Deep3D's networks expect it.

    Attributes:
      image: `[size, size, 3]` float32 RGB in [0, 1], black beyond the photograph's border.
      landmarks: `[n, 2]` float32 px of `image`, the points that were given.
      matrix: `[2, 3]` float64, pixels of the photograph to pixels of `image`: scale and shift.
      valid_mask: `[size, size]` bool, false beyond the photograph's border.
    """

    image: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray
    valid_mask: np.ndarray

    @property
    def inverse(self) -> np.ndarray:
        """`[2, 3]`, pixels of the crop to pixels of the photograph."""
        return similarity.invert(self.matrix)

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Moves points `[..., n, 2]` of the crop to pixels of the photograph."""
        return similarity.transform_points(self.inverse, np.asarray(points))

    def photo_camera(
        self, focal: float, principal: tuple[float, float]
    ) -> tuple[float, tuple[float, float]]:
        """The crop's camera as a camera of the whole photograph.

        Args:
          focal: focal length in pixels of the crop.
          principal: (x, y) of the optical axis in pixels of the crop.

        Returns:
          Focal length and (x, y) of the axis in pixels of the photograph. A head drawn with
          them lies on the photograph at full resolution. Of a truncated crop, whose two axes
          are scaled by slightly different factors, the mean factor is taken.
        """
        x, y = self.to_photo(np.array([principal], np.float64))[0]
        return float(2 * focal / (self.matrix[0, 0] + self.matrix[1, 1])), (float(x), float(y))


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """Eye centres, nose tip and mouth corners as Deep3D takes them from the 68.

    An eye's centre is the mean of its two corners, not of its six points as in
    `landmarks.markup.five_points`: lids that close do not move it.

    Args:
      landmarks: `[..., 68, 2 or 3]`.

    Returns:
      `[..., 5, 2 or 3]`, in the unit of the landmarks.

    Raises:
      ValueError: another shape.
    """
    landmarks = np.asarray(landmarks)
    if landmarks.shape[-2:] not in ((markup.COUNT, 2), (markup.COUNT, 3)):
        raise ValueError(f"landmarks must have shape [..., 68, 2 or 3], got {landmarks.shape}")
    groups = ([36, 39], [42, 45], [30], [48], [54])
    return np.stack([landmarks[..., group, :].mean(-2) for group in groups], -2)


def estimate_pos(points: np.ndarray, standard: np.ndarray) -> tuple[float, np.ndarray]:
    """Scale and shift of the affine camera that maps the standard points to the image's.

    Least squares over ten equations for eight unknowns; the scale is the mean length of the two
    rows, the rotation is dropped.

    Args:
      points: `[5, 2]` px, y down.
      standard: `[5, 3]`, y up.

    Returns:
      Scale in px per unit of `standard`, and `[2]` px (y down) where its origin lies.

    Raises:
      NoFaceError: the points are not finite, coincide or lie on a line.
      ValueError: another shape.
    """
    points, standard = np.asarray(points, np.float64), np.asarray(standard, np.float64)
    if standard.shape != (5, 3):
        raise ValueError(f"standard must have shape [5, 3], got {standard.shape}")
    if points.shape != (5, 2):
        raise ValueError(f"points must have shape [5, 2], got {points.shape}")
    if not np.isfinite(points).all():
        raise NoFaceError("a landmark of the face is not a finite number")
    equations = np.concatenate([standard, np.ones((5, 1))], 1)
    solved = np.linalg.lstsq(equations, points, rcond=None)[0]
    lengths = np.linalg.norm(solved[:3], axis=0)
    spread = np.linalg.svd(points - points.mean(0), compute_uv=False)
    if spread[1] < 1e-3 * max(spread[0], 1e-9) or not lengths.min() > 0:
        raise NoFaceError("the five points of the face coincide or lie on a line")
    return float(lengths.mean()), solved[3]


def align_pos(
    image: np.ndarray,
    landmarks: np.ndarray,
    standard: np.ndarray = STANDARD,
    size: int = SIZE,
    rescale: float = RESCALE,
    truncate: bool = False,
) -> PosAlignment:
    """Crops a photograph as Deep3D does.

    Args:
      image: `[height, width, 3]` float RGB in [0, 1], each side at least 64 px.
      landmarks: `[68, 2]` or `[5, 2]` px of `image`, the first pixel's centre at (0.5, 0.5). Five
        points: the eye centre on the viewer's left, on the right, nose tip, mouth corner on the
        left, on the right.
      standard: `[5, 3]`, the same points of the mean face, y up, centred like the model.
      size: side of the crop in pixels.
      rescale: pixels of the crop per unit of `standard`.
      truncate: shrink and crop by whole pixels as the original does, which counts pixels from
        their corner; its landmarks then miss its picture by up to a pixel.

    Returns:
      The crop; its matrix says where the picture's pixels went, truncated or not.

    Raises:
      ImageError: the picture has another shape or is too small.
      NoFaceError: the points do not form a face, or none that the picture can hold.
      ValueError: another shape of landmarks or standard points, or a size below 1.
    """
    image = check_photo(image)
    landmarks = np.asarray(landmarks, np.float64)
    if landmarks.shape not in ((5, 2), (markup.COUNT, 2)):
        raise ValueError(f"landmarks must have shape [68, 2] or [5, 2], got {landmarks.shape}")
    if size < 1 or not rescale > 0:
        raise ValueError(f"size and rescale must be positive, got {size} and {rescale}")
    five = landmarks if len(landmarks) == 5 else five_points(landmarks)
    scale, origin = estimate_pos(five, standard)
    factor = rescale / scale
    if size / factor > _LARGEST_RATIO * max(image.shape[:2]):
        raise NoFaceError(
            f"the face would be {size / factor:.0f} px wide in a picture of "
            f"{image.shape[1]}x{image.shape[0]} px; the landmarks do not belong to it"
        )
    if truncate:
        return _truncated(image, landmarks, factor, origin, size)
    shift = size / 2 - factor * origin
    matrix = np.array([[factor, 0, shift[0]], [0, factor, shift[1]]])
    return PosAlignment(
        image=_cut(image, matrix, size),
        landmarks=similarity.transform_points(matrix, landmarks).astype(np.float32),
        matrix=matrix,
        valid_mask=_inside(image.shape[:2], matrix, size),
    )


def _truncated(
    image: np.ndarray, landmarks: np.ndarray, factor: float, origin: np.ndarray, size: int
) -> PosAlignment:
    """The original's arithmetic; its coordinates are 0 at the first pixel's centre."""
    photo = np.array(image.shape[1::-1], np.float64)
    scaled = np.trunc(photo * factor)
    if scaled.min() < 1:
        raise NoFaceError("the face fills too many times the picture to be cropped")
    # Its y axis points up from h - 1 - y; the shift of half a pixel is the same on both axes.
    centre = np.array([origin[0] - 0.5, image.shape[0] - (origin[1] + 0.5)])
    towards = (centre - photo / 2) * factor * [1, -1]
    corner = np.trunc(scaled / 2 - size / 2 + towards)
    matrix = np.concatenate([np.diag(scaled / photo), -corner[:, None]], 1)
    up = np.stack([landmarks[:, 0] - 0.5, image.shape[0] - (landmarks[:, 1] + 0.5)], 1)
    moved = (up - centre + photo / 2) * factor - (scaled / 2 - size / 2)
    moved = np.stack([moved[:, 0] + 0.5, size - 0.5 - moved[:, 1]], 1)
    return PosAlignment(
        image=_cut(image, matrix, size),
        landmarks=moved.astype(np.float32),
        matrix=matrix,
        valid_mask=_inside(image.shape[:2], matrix, size),
    )


def _cut(image: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Bicubic resampling with an antialiasing filter, black outside the photograph."""
    cut = np.zeros((size, size, 3), np.float32)
    inside = _inside(image.shape[:2], matrix, size)
    if not inside.any():
        return cut
    scale, shift = np.diag(matrix), matrix[:, 2]
    # Only pixels whose centre lies on the photograph are computed: (x, y), both ends.
    ends = [np.flatnonzero(inside.any(axis))[[0, -1]] + [0, 1] for axis in (0, 1)]
    start, stop = np.transpose(ends)
    low, high = (start - shift) / scale, (stop - shift) / scale
    # Of the photograph only what the filter reaches, its edge pixels repeated.
    margin = np.ceil(2 * np.maximum(1 / scale, 1)).astype(int) + 1
    first, last = np.floor(low).astype(int) - margin, np.ceil(high).astype(int) + margin
    rows = np.clip(np.arange(first[1], last[1]), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(first[0], last[0]), 0, image.shape[1] - 1)
    part = image[rows[:, None], columns]
    box = (*map(float, low - first), *map(float, high - first))
    target = tuple(map(int, stop - start))
    for channel in range(3):
        plane = Image.fromarray(np.ascontiguousarray(part[..., channel]))
        resized = plane.resize(target, Image.Resampling.BICUBIC, box=box)
        cut[start[1] : stop[1], start[0] : stop[0], channel] = np.asarray(resized)
    return np.clip(cut, 0, 1)


def _inside(photo_size: tuple[int, int], matrix: np.ndarray, size: int) -> np.ndarray:
    """`[size, size]` bool: the pixel's centre lies on the photograph."""
    at = (np.arange(size) + 0.5 - matrix[:, 2:]) / np.diag(matrix)[:, None]
    across = (at[0] >= 0) & (at[0] <= photo_size[1])
    down = (at[1] >= 0) & (at[1] <= photo_size[0])
    return down[:, None] & across
