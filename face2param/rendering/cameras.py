"""Cameras: posed points in the world to positions on the screen.

The world is right-handed, +y up, cameras look along -z. The screen is in pixels, x to the
right, y down, the first pixel's centre at (0.5, 0.5).

What belongs to the lens (focal length or scale, principal point) is a number, or a tensor
`[batch]` where it differs between pictures or is to be found; the gradient flows to it.
"""

import dataclasses
from typing import NamedTuple

import tensorflow as tf

from face2param.rendering.shapes import check_shape

Lens = float | tf.Tensor


class Projected(NamedTuple):
    """Points as a camera sees them.

    Attributes:
      screen: `[batch, vertices, 2]`, (x, y) in pixels, y down.
      inverse_depth: `[batch, vertices]`, 1 / distance along the camera's axis, in one over the
        world's unit; 0 for points that the camera does not see (nearer than `near`, farther
        than `far`), whose triangles are skipped.
    """

    screen: tf.Tensor
    inverse_depth: tf.Tensor


@dataclasses.dataclass(frozen=True)
class Perspective:
    """A pinhole on the z axis that looks along -z.

    Attributes:
      focal: focal length in pixels, a number or `[batch]`.
      principal: (x, y) of the axis on the screen, in pixels, y down; numbers or `[batch]`.
      distance: z of the pinhole, in the world's unit.
      size: (height, width) of the picture in pixels.
      near: smallest distance along the axis that is drawn.
      far: largest distance along the axis that is drawn.
    """

    focal: Lens
    principal: tuple[Lens, Lens]
    distance: float
    size: tuple[int, int]
    near: float = 0.01
    far: float = 50.0

    def __post_init__(self):
        """Refuses sizes that no camera has."""
        _check_sizes(self.focal, "focal", self.size)
        if not 0 < self.near < self.far:
            raise ValueError(f"near and far must be 0 < near < far, got {self.near}, {self.far}")

    def project(self, points: tf.Tensor) -> Projected:
        """Projects `[batch, vertices, 3]` world points; differentiable."""
        check_shape("points", points, ("batch", "vertices", 3))
        x, y, z = tf.unstack(points, axis=-1)
        depth = self.distance - z
        seen = (depth >= self.near) & (depth <= self.far)
        # The inner maximum keeps the gradient of unseen points finite.
        inverse = 1.0 / tf.maximum(depth, self.near)
        scale = _column(self.focal) * inverse
        cx, cy = map(_column, self.principal)
        screen = tf.stack([cx + scale * x, cy - scale * y], -1)
        return Projected(screen, tf.where(seen, inverse, tf.zeros_like(inverse)))

    def resized(self, size: tuple[int, int]) -> "Perspective":
        """The same view with another number of pixels of the same proportions."""
        factor = _factor(self.size, size)
        principal = (self.principal[0] * factor, self.principal[1] * factor)
        return dataclasses.replace(
            self, focal=self.focal * factor, principal=principal, size=tuple(size)
        )


@dataclasses.dataclass(frozen=True)
class WeakPerspective:
    """Orthographic projection with one scale: the limit of a far camera with a long lens.

    Attributes:
      scale: pixels per world unit, a number or `[batch]`.
      principal: (x, y) of the world's z axis on the screen, in pixels, y down; numbers or
        `[batch]`.
      size: (height, width) of the picture in pixels.
      distance: z of the plane behind which points lie for the order of depths only; points
        must have |z| < distance. The inverse depth `(1 + z / distance) / distance` is the
        first order of `1 / (distance - z)` and linear on the screen, so that hidden surfaces
        are exact; the weights of a triangle's corners differ from the orthographic ones by
        less than a quarter of (its extent in z / distance).
    """

    scale: Lens
    principal: tuple[Lens, Lens]
    size: tuple[int, int]
    distance: float = 100.0

    def __post_init__(self):
        """Refuses sizes that no camera has."""
        _check_sizes(self.scale, "scale", self.size)
        if self.distance <= 0:
            raise ValueError(f"distance must be positive, got {self.distance}")

    def project(self, points: tf.Tensor) -> Projected:
        """Projects `[batch, vertices, 3]` world points; differentiable."""
        check_shape("points", points, ("batch", "vertices", 3))
        x, y, z = tf.unstack(points, axis=-1)
        scale = _column(self.scale)
        cx, cy = map(_column, self.principal)
        screen = tf.stack([cx + scale * x, cy - scale * y], -1)
        inverse = (1.0 + z / self.distance) / self.distance
        return Projected(screen, tf.where(tf.abs(z) < self.distance, inverse, tf.zeros_like(z)))

    def resized(self, size: tuple[int, int]) -> "WeakPerspective":
        """The same view with another number of pixels of the same proportions."""
        factor = _factor(self.size, size)
        principal = (self.principal[0] * factor, self.principal[1] * factor)
        return dataclasses.replace(
            self, scale=self.scale * factor, principal=principal, size=tuple(size)
        )


def _column(lens: Lens) -> Lens:
    """A tensor `[batch]` as `[batch, 1]`, a number as it is."""
    return lens[:, None] if tf.is_tensor(lens) and lens.shape.rank == 1 else lens


def _check_sizes(positive: Lens, name: str, size: tuple[int, int]) -> None:
    if not tf.is_tensor(positive) and positive <= 0:
        raise ValueError(f"{name} must be positive, got {positive}")
    if len(size) != 2 or min(size) < 1:
        raise ValueError(f"size must be (height, width) of at least one pixel, got {size}")


def _factor(old: tuple[int, int], new: tuple[int, int]) -> float:
    factor = new[0] / old[0]
    if abs(old[1] * factor - new[1]) > 0.5:
        raise ValueError(
            f"size must have the proportions of {old[0]}x{old[1]} (height x width), "
            f"got {new[0]}x{new[1]}"
        )
    return factor


DEEP3D = Perspective(1015.0, (112.0, 112.0), 10.0, (224, 224), 0.01, 50.0)
"""Camera of Deng et al. 2019 for models in decimetres.

It computes `y_up = 1015 y / w + 112` from the bottom edge. Here `y_down = 224 - y_up`, which
keeps drawn pixels and projected landmarks in one place. The original writes landmarks as
`223 - y_up`, which counts pixels and is one pixel higher than its own picture's edges say
(the authors admit a possible shift); add 1 to a y of such a file to get ours.
"""
