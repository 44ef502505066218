"""An albedo basis for models that come without one: the built-in model's, carried over.

ICT-FaceKit's light version and FLAME's model file hold geometry only. Their vertices take the
colours of the built-in model where the two faces coincide after a smooth warp that brings the
68 landmarks together. The result is deterministic and looks like people, but it is painted and
not measured: errors of albedo against it mean nothing.
"""

import numpy as np
from scipy.interpolate import RBFInterpolator
from scipy.spatial import cKDTree

from face2param.morphable import builtin
from face2param.morphable.model import FaceModel

_NEIGHBOURS = 3
# Landmarks are not exact; the warp may miss them by a little and stay smooth.
_SMOOTHING = 1e-3
# Decimetres off the built-in model at which colours begin to fade to plain skin, and end to:
# it has no skull and little neck, and what lies on its rim (a beard) must not run down from there.
_FADE = (0.04, 0.25)


class Lender:
    """The built-in model warped onto another face."""

    def __init__(self, landmarks: np.ndarray):
        """Warps.

        Args:
          landmarks: `[68, 3]` of the other mean face, decimetres.
        """
        self.model: FaceModel = builtin.load()
        warp = RBFInterpolator(
            self.model.landmarks().astype(np.float64),
            np.asarray(landmarks, np.float64),
            smoothing=_SMOOTHING,
        )
        skin = self.part("skin")
        self._tree = cKDTree(warp(self.model.mean[skin].astype(np.float64)))
        # mean first, then the components: everything is carried over alike.
        self._colours = np.concatenate([self.model.albedo_mean[np.newaxis], self.model.albedo])

    @property
    def count(self) -> int:
        """Number of albedo coefficients."""
        return len(self.model.albedo)

    def part(self, name: str) -> slice:
        """Where a piece of the built-in model lies."""
        return slice(*self.model.parts[name])

    def skin(self, vertices: np.ndarray) -> np.ndarray:
        """Colours of skin, by place.

        Args:
          vertices: `[n, 3]` of the other mean face, decimetres.

        Returns:
          `[1 + albedo coefficients, n, 3]`: the mean, then the components.
        """
        distance, index = self._tree.query(vertices, _NEIGHBOURS)
        weight = 1.0 / (distance + 1e-3)
        weight = (weight / weight.sum(1, keepdims=True)).astype(np.float32)
        colours = self._colours[:, self.part("skin")]
        out = np.zeros((len(colours), len(vertices), 3), np.float32)
        for k in range(_NEIGHBOURS):
            out += colours[:, index[:, k]] * weight[:, k, np.newaxis]
        away = np.clip((distance[:, :1] - _FADE[0]) / (_FADE[1] - _FADE[0]), 0, 1)
        bare = self._colours[:, self.model.skin_mask].mean(1, keepdims=True)
        return out + away.astype(np.float32) * (bare - out)

    def skin_mask(self, vertices: np.ndarray, reach: float = 0.05) -> np.ndarray:
        """Which vertices `[n, 3]` lie on bare skin of the built-in model, `[n]` bool."""
        distance, index = self._tree.query(vertices)
        return self.model.skin_mask[self.part("skin")][index] & (distance < reach)

    def front(self, vertices: np.ndarray, reach: float = 0.12) -> np.ndarray:
        """Which vertices `[n, 3]` lie where photographs are compared, `[n]` bool."""
        inside = np.zeros(len(self.model.mean), bool)
        inside[self.model.faces[self.model.front_mask]] = True
        distance, index = self._tree.query(vertices)
        return inside[self.part("skin")][index] & (distance < reach)

    def eyeball(self, vertices: np.ndarray) -> np.ndarray:
        """Colours of an eyeball that looks along +z, by direction; arguments as `skin`."""
        span = self.part("eye_left")
        own = _directions(self.model.mean[span])
        _, index = cKDTree(own).query(_directions(vertices))
        return self._colours[:, span][:, index]

    def plain(self, part: str, count: int) -> np.ndarray:
        """One colour for `count` vertices: the median of a piece (teeth: of their enamel)."""
        colours = self._colours[:, self.part(part)]
        if part.startswith("teeth"):
            mean = colours[0]
            colours = colours[:, mean[:, 1] > 0.8 * mean[:, 0]]  # gums are red
        middle = np.median(colours, axis=1, keepdims=True)
        return np.repeat(middle, count, axis=1).astype(np.float32)


def _directions(points: np.ndarray) -> np.ndarray:
    """Unit directions from the centre of the sphere through `points` `[n, 3]`."""
    points = np.asarray(points, np.float64)
    # |p|^2 = 2 c.p + (r^2 - |c|^2) is linear in the centre.
    system = np.column_stack([2 * points, np.ones(len(points))])
    centre = np.linalg.lstsq(system, (points**2).sum(1), rcond=None)[0][:3]
    out = points - centre
    return out / np.maximum(np.linalg.norm(out, axis=1, keepdims=True), 1e-9)
