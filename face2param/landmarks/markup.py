"""The iBUG 68-point markup: which point is what.

Landmarks are `[68, 2]` (x, y), x to the right, y down, in pixels of the picture that they
belong to, the first pixel's centre at (0.5, 0.5). Divided by the picture's width and height
they are called `landmarks01`. `l_` and `r_` mean the viewer's left and right side of the
picture, as in `face2param.regions`.
"""

from __future__ import annotations

import numpy as np

COUNT = 68

GROUPS: dict[str, tuple[int, ...]] = {
    "jaw": tuple(range(0, 17)),
    "l_brow": tuple(range(17, 22)),
    "r_brow": tuple(range(22, 27)),
    "nose_ridge": tuple(range(27, 31)),
    "nose_base": tuple(range(31, 36)),
    "l_eye": tuple(range(36, 42)),
    "r_eye": tuple(range(42, 48)),
    "outer_lips": tuple(range(48, 60)),
    "inner_lips": tuple(range(60, 68)),
}
"""Each point belongs to exactly one group."""

INNER: tuple[int, ...] = tuple(range(17, 68))
"""The 51 points without the jaw line."""

MIRROR: tuple[int, ...] = (
    *range(16, -1, -1),  # jaw
    *range(26, 16, -1),  # brows
    *range(27, 31),  # nose ridge
    *range(35, 30, -1),  # nose base
    *(45, 44, 43, 42, 47, 46),  # viewer's left eye <- right eye
    *(39, 38, 37, 36, 41, 40),
    *range(54, 47, -1),  # upper side of the outer lips
    *range(59, 54, -1),  # lower side
    *(64, 63, 62, 61, 60, 67, 66, 65),  # inner lips
)
"""Point i of a mirrored picture is point MIRROR[i] of the original."""

STABLE: tuple[int, ...] = (36, 39, 42, 45, 27, 28, 29, 30, 31, 33, 35, 48, 54)
"""Eye corners, nose and mouth corners: what a similarity alignment should rest on."""

OUTER_EYE_CORNERS = (36, 45)
FIVE_POINTS = ("l_eye", "r_eye", "nose_tip", "l_mouth_corner", "r_mouth_corner")


def check_landmarks(landmarks: np.ndarray, name: str = "landmarks") -> np.ndarray:
    """Returns landmarks as a float array after looking at the shape.

    Args:
      landmarks: `[..., 68, 2]`.
      name: of the argument, for the message.

    Raises:
      ValueError: another shape.
    """
    landmarks = np.asarray(landmarks)
    if landmarks.ndim < 2 or landmarks.shape[-2:] != (COUNT, 2):
        raise ValueError(f"{name} must have shape [..., {COUNT}, 2], got {landmarks.shape}")
    return landmarks if landmarks.dtype.kind == "f" else landmarks.astype(np.float32)


def mirror_landmarks(landmarks: np.ndarray, width: float) -> np.ndarray:
    """Landmarks of the picture mirrored left to right.

    Args:
      landmarks: `[..., 68, 2]`.
      width: of the picture, in the unit of the landmarks (1 for `landmarks01`).

    Returns:
      `[..., 68, 2]`, the points in their own order again.

    Raises:
      ValueError: another shape.
    """
    mirrored = check_landmarks(landmarks)[..., MIRROR, :].copy()
    mirrored[..., 0] = width - mirrored[..., 0]
    return mirrored


def five_points(landmarks: np.ndarray) -> np.ndarray:
    """Eye centres, nose tip and mouth corners, in the order of `FIVE_POINTS`.

    Args:
      landmarks: `[..., 68, 2]`.

    Returns:
      `[..., 5, 2]`, in the unit of the landmarks. An eye centre is the mean of the eye's six
      points, so a gaze does not move it.

    Raises:
      ValueError: another shape.
    """
    landmarks = check_landmarks(landmarks)
    eyes = [landmarks[..., list(GROUPS[eye]), :].mean(-2) for eye in ("l_eye", "r_eye")]
    points = [landmarks[..., i, :] for i in (30, 48, 54)]
    return np.stack([*eyes, *points], -2)


def outer_eye_distance(landmarks: np.ndarray) -> np.ndarray:
    """Distance of the outer eye corners, the normaliser of the NME in this project.

    Args:
      landmarks: `[..., 68, 2]`.

    Returns:
      `[...]`, in the unit of the landmarks.

    Raises:
      ValueError: another shape.
    """
    landmarks = check_landmarks(landmarks)
    first, second = OUTER_EYE_CORNERS
    return np.linalg.norm(landmarks[..., first, :] - landmarks[..., second, :], axis=-1)
