"""Coefficients of a mirrored face, where the bases are symmetric or purely lopsided."""

from __future__ import annotations

import numpy as np

from face2param.landmarks import markup
from face2param.morphable.coefficients import Layout

_PURE = 0.95
"""Least agreement of a basis vector with its own mirror image, or with its negative."""
_ODD_BANDS = (3, 4, 7)
"""Harmonics that change their sign with x: x, xy, xz."""


def signs(model, layout: Layout) -> np.ndarray | None:
    """What each coefficient is multiplied with when the face is mirrored.

    Args:
      model: `morphable.model.FaceModel`.
      layout: of its coefficients.

    Returns:
      `[width]` of 1 and -1, or None where some basis vector is neither symmetric nor
      antisymmetric, so that the mirrored face has no simple coefficients.
    """
    from scipy.spatial import cKDTree

    mean = np.asarray(model.mean, np.float64)
    away, partner = cKDTree(mean).query(mean * (-1, 1, 1))
    if np.quantile(away, 0.99) > 0.01 * np.ptp(mean[:, 1]):
        return None
    found = np.ones(layout.width, np.float32)
    for name in model.sizes:
        basis = np.asarray(getattr(model, name), np.float32)
        mirrored = basis[:, partner] * ((1, 1, 1) if name == "albedo" else (-1, 1, 1))
        power = np.square(basis).sum((1, 2))
        agreement = (basis * mirrored).sum((1, 2)) / np.maximum(power, 1e-20)
        if name != "albedo" and np.abs(agreement).min() < _PURE:
            return None
        found[layout.slices[name]] = np.where(agreement < 0, -1, 1)
    found[layout.slices["rotation"]] = (1, -1, -1)
    found[layout.slices["translation"]] = (-1, 1, 1)
    bands = np.ones(9)
    bands[list(_ODD_BANDS)] = -1
    found[layout.slices["light"]] = np.tile(bands, layout.size("light") // 9)
    return found


def disturbed(
    faces: dict[str, np.ndarray],
    rng: np.random.Generator,
    layout: Layout,
    camera,
    mirror: np.ndarray | None,
    shift: int,
    group: int = 1,
) -> dict[str, np.ndarray]:
    """Known faces mirrored and shifted at random, with their coefficients.

    Under a long lens a shift of the picture is one of the face; what its turn seems to change by
    it is below half a degree.

    Args:
      faces: image `[batch, size, size, 3]`, coefficients `[batch, width]`, landmarks px of 224.
      rng: source of the random numbers.
      layout: of the coefficients.
      camera: `rendering.cameras.Perspective` of 224 px.
      mirror: of `signs`; None mirrors nothing.
      shift: largest shift in pixels of the stored picture; edges are continued.
      group: rows that are of one person and are mirrored together.

    Returns:
      Copies under the same names.
    """
    images, size = np.array(faces["image"]), faces["image"].shape[1]
    coefficients = np.array(faces["coefficients"])
    landmarks = np.array(faces["landmarks"])
    flipped = rng.random(len(images) // group).repeat(group) < 0.5
    for row in range(len(images)):
        if mirror is not None and flipped[row]:
            images[row] = images[row, :, ::-1]
            coefficients[row] *= mirror
            landmarks[row] = markup.mirror_landmarks(landmarks[row], camera.size[1])
        if not shift:
            continue
        dx, dy = rng.integers(-shift, shift + 1, 2)
        at = [np.clip(np.arange(size) - d, 0, size - 1) for d in (dy, dx)]
        images[row] = images[row][at[0]][:, at[1]]
        move = np.array([dx, dy]) * (camera.size[0] / size)
        landmarks[row] += move
        translation = coefficients[row, layout.slices["translation"]]
        translation[:2] += move * (1, -1) * (camera.distance - translation[2]) / camera.focal
    return {**faces, "image": images, "coefficients": coefficients, "landmarks": landmarks}
