"""Bringing the face of a photograph to the place where the engine draws its own."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param import images
from face2param.alignment.detect import Face, check_photo, choose_face, detect_faces
from face2param.alignment.landmarks import predict_landmarks
from face2param.errors import NoFaceError
from face2param.landmarks import markup, similarity

# Corners of the mouth move with the expression, so they count less than eyes and nose.
_WEIGHTS = np.zeros(markup.COUNT)
_WEIGHTS[list(markup.STABLE)] = 1.0
_WEIGHTS[[48, 54]] = 0.5
_WEIGHTS.setflags(write=False)


@dataclasses.dataclass(frozen=True)
class AlignedPhoto:
    """A photograph whose face lies where the engine draws its own.

    Attributes:
      image: `[height, width, 3]` float32 RGB in [0, 1]. Beyond the photograph's border its
        edge pixels are continued, blurred.
      landmarks: `[68, 2]` float32 px of `image`.
      matrix: `[2, 3]` float64, pixels of the photograph to pixels of `image`; a similarity.
      box: of the detected face, in pixels of the photograph.
      valid_mask: `[height, width]` bool, false beyond the photograph's border.
    """

    image: np.ndarray
    landmarks: np.ndarray
    matrix: np.ndarray
    box: tuple[float, float, float, float]
    valid_mask: np.ndarray


def align_photo(
    image: np.ndarray,
    canonical_landmarks: np.ndarray,
    size: tuple[int, int],
    face_index: int | None = None,
) -> AlignedPhoto:
    """Finds a face, marks it and moves it onto the canonical landmarks; roll is removed.

    Args:
      image: `[height, width, 3]` RGB in [0, 1], upright as `images.read_image` returns it.
      canonical_landmarks: `[68, 2]` px of the result, from `Engine.canonical_landmarks(size)`.
      size: (height, width) of the result.
      face_index: which face, counted from the largest; None takes the largest.

    Returns:
      The aligned photograph.

    Raises:
      ImageError: another shape, or a side is shorter than 64 px.
      NoFaceError: no face was found, or not that many.
      DependencyError: dlib or its landmark model is not installed.
    """
    face: Face = choose_face(detect_faces(image), face_index)
    landmarks = predict_landmarks(image, face)
    return align_with_landmarks(image, landmarks, canonical_landmarks, size, face.box)


def align_with_landmarks(
    image: np.ndarray,
    landmarks: np.ndarray,
    canonical_landmarks: np.ndarray,
    size: tuple[int, int],
    box: tuple[float, float, float, float] | None = None,
) -> AlignedPhoto:
    """Aligns a photograph whose landmarks are known.

    The similarity is the least-squares fit of eye corners, nose and mouth corners.

    Args:
      image: `[height, width, 3]` RGB in [0, 1].
      landmarks: `[68, 2]` px of `image`.
      canonical_landmarks: `[68, 2]` px of the result.
      size: (height, width) of the result.
      box: recorded in the result; None: the box around the landmarks.

    Raises:
      ImageError: another shape, or a side is shorter than 64 px.
      NoFaceError: the landmarks do not form a face.
      ValueError: wrong shape of landmarks.
    """
    image = check_photo(image)
    landmarks = markup.check_landmarks(landmarks)
    canonical = markup.check_landmarks(canonical_landmarks, "canonical_landmarks")
    if min(size) < 1:
        raise ValueError(f"size must be (height, width) of at least 1 px, got {size}")
    try:
        matrix = similarity.estimate_similarity(landmarks, canonical, _WEIGHTS)
    except ValueError:
        raise NoFaceError("the landmarks of the face coincide; it is not usable") from None
    if box is None:
        box = (*map(float, landmarks.min(0)), *map(float, landmarks.max(0)))
    return AlignedPhoto(
        image=warp(image, matrix, size),
        landmarks=similarity.transform_points(matrix, landmarks).astype(np.float32),
        matrix=matrix,
        box=box,
        valid_mask=covered(image.shape[:2], matrix, size),
    )


def warp(image: np.ndarray, matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Resamples a picture through a similarity, without aliasing and without hard borders.

    Args:
      image: `[height, width, 3]` float32 in [0, 1].
      matrix: `[2, 3]`, pixels of `image` to pixels of the result.
      size: (height, width) of the result.

    Returns:
      `[size[0], size[1], 3]` float32 in [0, 1].
    """
    import cv2

    height, width = image.shape[:2]
    scale = float(similarity.scale_and_angle(matrix)[0])
    if scale < 0.75:
        # Shrink by an antialiasing filter first, so that the warp itself is near 1:1.
        smaller = (max(1, round(height * scale)), max(1, round(width * scale)))
        image = images.resize(image, smaller)
        ratio = np.array([[width / smaller[1], 0, 0], [0, height / smaller[0], 0]])
        matrix = similarity.compose(matrix, ratio)
    # OpenCV's pixel centres are whole numbers, ours end in .5.
    half = matrix[:, :2] @ [0.5, 0.5] - 0.5
    index_matrix = np.concatenate([matrix[:, :2], (matrix[:, 2] + half)[:, None]], 1)
    warped = cv2.warpAffine(
        np.ascontiguousarray(image, np.float32),
        index_matrix,
        (size[1], size[0]),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    inside = covered(image.shape[:2], matrix, size)
    if not inside.all():
        # Repeated edge pixels make streaks that a parsing network takes for hair; blur them.
        blurred = cv2.GaussianBlur(warped, (0, 0), max(size) / 32, borderType=cv2.BORDER_REPLICATE)
        distance = cv2.distanceTransform((~inside).astype(np.uint8), cv2.DIST_L2, 3)
        share = np.clip(distance / (max(size) / 64), 0, 1)[..., None]
        warped = warped * (1 - share) + blurred * share
    return np.clip(warped, 0, 1).astype(np.float32)


def covered(photo_size: tuple[int, int], matrix: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Which pixel centres of the result lie inside the photograph.

    Args:
      photo_size: (height, width) of the photograph.
      matrix: `[2, 3]`, pixels of the photograph to pixels of the result.
      size: (height, width) of the result.

    Returns:
      `[size[0], size[1]]` bool.
    """
    back = similarity.invert(matrix)
    y, x = np.mgrid[: size[0], : size[1]] + 0.5
    at_x = back[0, 0] * x + back[0, 1] * y + back[0, 2]
    at_y = back[1, 0] * x + back[1, 1] * y + back[1, 2]
    return (at_x >= 0) & (at_x <= photo_size[1]) & (at_y >= 0) & (at_y <= photo_size[0])
