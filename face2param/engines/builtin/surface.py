"""The base surface of the head: a smooth map from directions to points.

Every anatomical control point is given a direction on the unit sphere, and a cubic radial
basis interpolant of the directions returns the point. The neck is squeezed towards the pole
first, otherwise its rays would graze the surface and the nape would tear.
"""

import numpy as np
from scipy.interpolate import RBFInterpolator

from face2param.engines.builtin import anatomy


def directions(points: np.ndarray) -> np.ndarray:
    """Maps points near the surface, `[points, 3]` in cm, to unit directions of that shape."""
    points = np.asarray(points, float)
    squeeze = np.exp(-np.maximum(-12.0 - points[:, 1], 0) / 7.0)
    shift = -0.9 * np.clip((-6 - points[:, 1]) / 6, 0, 1)
    rays = np.stack(
        [
            points[:, 0] * squeeze,
            points[:, 1] - anatomy.CENTRE[1],
            (points[:, 2] - shift) * squeeze,
        ],
        1,
    )
    return rays / np.linalg.norm(rays, axis=1)[:, None]


class BaseSurface:
    """The head without nose, lips and lids, as a function of the direction."""

    def __init__(self):
        """Fits the interpolant to the control points and their mirror images."""
        half = anatomy.control_points()
        points = np.vstack([half, half[half[:, 0] > 0] * [-1, 1, 1]])
        self._interpolant = RBFInterpolator(
            directions(points), points, kernel="cubic", smoothing=2e-4, degree=1
        )

    def __call__(self, rays: np.ndarray) -> np.ndarray:
        """Returns the surface points `[rays, 3]` (cm) in the directions `[rays, 3]`."""
        points = self._interpolant(rays)
        points[np.abs(rays[:, 0]) < 1e-9, 0] = 0
        return points

    def from_frontal(self, x: np.ndarray, y: np.ndarray, iterations: int = 14) -> np.ndarray:
        """Directions `[points, 3]` whose surface points have the frontal coordinates (x, y).

        Solved by a damped fixed-point iteration from a plane in front of the face.
        """
        points = np.stack([x, y, np.full(len(x), 8.5)], 1)
        for _ in range(iterations):
            rays = directions(points)
            rays[np.abs(x) < 1e-9, 0] = 0
            found = self(rays)
            points[:, 2] = found[:, 2]
            points[:, 0] += 0.8 * (x - found[:, 0])
            points[:, 1] += 0.8 * (y - found[:, 1])
        rays = directions(points)
        rays[np.abs(x) < 1e-9, 0] = 0
        return rays
