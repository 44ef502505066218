"""Light of a picture whose face is known: a linear least-squares problem."""

from __future__ import annotations

import numpy as np

from face2param.morphable.coefficients import AMBIENT
from face2param.morphable.decode import Scene
from face2param.rendering import harmonics

_RIDGE = 0.02
"""Pull of each coefficient towards even light, as a share of the data."""


def fit_lights(
    scene: Scene, images: np.ndarray, skin: np.ndarray, skin_mask: np.ndarray
) -> np.ndarray:
    """Spherical harmonics that explain the colours of the skin that is seen.

    A colour is albedo times the sum of nine bands, so each channel is a linear regression over
    the vertices. A second pass leaves out the tenth that fits worst: highlights, and whatever
    lies in front of the face.

    Args:
      scene: of the known faces, posed; its light does not matter.
      images: `[batch, size, size, 3]` RGB in [0, 1].
      skin: `[batch, size, size]` bool, pixels that show skin.
      skin_mask: `[vertices]` bool, see `FaceModel`.

    Returns:
      `[batch, 27]` float32 in the layout of `morphable.coefficients`; zeros, even light, where
      fewer than 50 vertices are seen.
    """
    size = images.shape[1]
    normals, albedo = scene.normals.numpy(), scene.albedo.numpy()
    screen = scene.projected.screen.numpy() * (size / 224)
    bands = harmonics.basis(scene.normals).numpy()
    found = np.zeros((len(images), 3, bands.shape[-1]), np.float32)
    for row in range(len(images)):
        x, y = np.floor(screen[row]).astype(int).T
        inside = skin_mask & (normals[row, :, 2] > 0.2)
        inside &= (x >= 0) & (x < size) & (y >= 0) & (y < size)
        inside[inside] = skin[row, y[inside], x[inside]]
        if inside.sum() < 50:
            continue
        colours = images[row, y[inside], x[inside]]
        for channel in range(3):
            design = bands[row, inside] * albedo[row, inside, channel, None]
            target = colours[:, channel] - AMBIENT * design[:, 0]
            solved = _ridge(design, target)
            off = np.abs(design @ solved - target)
            kept = off <= np.quantile(off, 0.9)
            found[row, channel] = _ridge(design[kept], target[kept])
    return found.reshape(len(images), -1)


def _ridge(design: np.ndarray, target: np.ndarray) -> np.ndarray:
    gram = design.T @ design
    pull = _RIDGE * np.trace(gram) / len(gram)
    return np.linalg.solve(gram + pull * np.eye(len(gram)), design.T @ target)
