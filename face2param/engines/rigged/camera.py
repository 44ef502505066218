"""The camera of a head file, and the studio that stands around it.

Heads come in any size and place. Light, shadows and film are those of the built-in engine,
which is measured in centimetres about its head: the *studio frame* is the posed head turned,
moved and scaled so that the camera looks along -z and the field of view spans what the built-in
camera spans. Pictures, depth and normals are given back in metres of the posed head.
"""

import functools
from dataclasses import dataclass

import numpy as np

from face2param.engines.builtin.camera import Camera
from face2param.engines.rigged.head_file import View

_STUDIO = Camera()
_UP = np.array([0.0, 1.0, 0.0])


@dataclass(frozen=True)
class Portrait:
    """The perspective camera of a head file.

    Attributes:
        view: of the head file. Its field of view spans the smaller side of a picture, so that a
            wide or a tall picture shows the whole head as well.
    """

    view: View

    @functools.cached_property
    def axes(self) -> np.ndarray:
        """float64 `[3, 3]`: rows are the picture's right, up, and towards the camera."""
        back = np.subtract(self.view.position, self.view.target)
        back = back / np.linalg.norm(back)
        right = np.cross(_UP, back)
        if np.linalg.norm(right) < 1e-6:  # looking straight up or down
            right = np.cross([0.0, 0.0, -np.sign(back[1])], back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back])

    @functools.cached_property
    def scale(self) -> float:
        """Studio centimetres of one metre of the head."""
        distance = np.linalg.norm(np.subtract(self.view.position, self.view.target))
        return _STUDIO.field / (2.0 * distance * np.tan(0.5 * self.view.field_of_view))

    @functools.cached_property
    def position(self) -> np.ndarray:
        """`[3]` of the camera in the studio frame."""
        distance = np.linalg.norm(np.subtract(self.view.position, self.view.target))
        return np.array([0.0, _STUDIO.height, distance * self.scale])

    def to_studio(self, points: np.ndarray) -> np.ndarray:
        """float32 `[points, 3]` metres of the posed head -> studio centimetres."""
        matrix = self.axes.T * self.scale
        shift = np.array([0.0, _STUDIO.height, 0.0]) - np.asarray(self.view.target) @ matrix
        return (np.asarray(points, np.float64) @ matrix + shift).astype(np.float32)

    def turn(self, directions: np.ndarray) -> np.ndarray:
        """float32 `[..., 3]` directions of the posed head -> studio."""
        return directions @ self.axes.T.astype(np.float32)

    def turn_back(self, directions: np.ndarray) -> np.ndarray:
        """float32 `[..., 3]` directions of the studio -> posed head."""
        return directions @ self.axes.astype(np.float32)

    def project(self, points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Projects points of the studio frame.

        Args:
            points: `[points, 3]` studio centimetres.
            size: (height, width) of the picture in pixels.

        Returns:
            `[points, 2]` float64 (x, y) in pixels, x right, y down, the first pixel's centre at
            (0.5, 0.5); and `[points]` float64 distance along the camera axis in studio
            centimetres. Points behind the camera have a distance <= 0 and a place that means
            nothing.
        """
        height, width = size
        points = np.asarray(points, np.float64) - self.position
        depth = -points[:, 2]
        focal = 0.5 * min(size) / np.tan(0.5 * self.view.field_of_view)
        factor = focal / np.where(np.abs(depth) < 1e-9, 1e-9, depth)
        return np.stack([0.5 * width + points[:, 0] * factor,
                         0.5 * height - points[:, 1] * factor], 1), depth  # fmt: skip
