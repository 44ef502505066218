"""Normalised mean error of landmarks."""

from __future__ import annotations

import numpy as np

from face2param.landmarks import markup

SUBSETS: dict[str, tuple[int, ...]] = {
    "all": tuple(range(markup.COUNT)),
    "inner": markup.INNER,
    **markup.GROUPS,
}
NORMALISERS = ("outer_eye", "pupils", "diagonal")


def nme(
    predicted: np.ndarray,
    true: np.ndarray,
    subset: str = "all",
    normaliser: str = "outer_eye",
) -> np.ndarray:
    """Mean distance of corresponding landmarks, as a fraction of the true face's size.

    Args:
      predicted: `[..., 68, 2]`.
      true: `[..., 68, 2]`, in the same unit.
      subset: "all", "inner" (the 51 points without the jaw) or a group of
        `landmarks.markup.GROUPS`.
      normaliser: size of the true face. "outer_eye": distance of the outer eye corners, the
        one of this project and of 300-W; "pupils": distance of the eye centres (about 0.68 of
        it); "diagonal": of the box around all 68 points.

    Returns:
      `[...]` float64. No gradient.

    Raises:
      ValueError: another shape, an unknown subset or normaliser, or a face of size 0.
    """
    predicted = markup.check_landmarks(predicted, "predicted").astype(np.float64)
    true = markup.check_landmarks(true, "true").astype(np.float64)
    if subset not in SUBSETS:
        raise ValueError(f"subset must be one of {list(SUBSETS)}, got {subset!r}")
    if normaliser == "outer_eye":
        size = markup.outer_eye_distance(true)
    elif normaliser == "pupils":
        eyes = markup.five_points(true)[..., :2, :]
        size = np.linalg.norm(eyes[..., 0, :] - eyes[..., 1, :], axis=-1)
    elif normaliser == "diagonal":
        size = np.linalg.norm(true.max(-2) - true.min(-2), axis=-1)
    else:
        raise ValueError(f"normaliser must be one of {list(NORMALISERS)}, got {normaliser!r}")
    if not (size > 0).all():
        raise ValueError(f"true: a face has no size by the normaliser {normaliser!r}")
    points = list(SUBSETS[subset])
    distance = np.linalg.norm(predicted[..., points, :] - true[..., points, :], axis=-1)
    return distance.mean(-1) / size
