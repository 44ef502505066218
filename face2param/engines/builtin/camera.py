"""The portrait camera: frontal, pinhole, fixed; the head turns, the camera does not."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Camera:
    """A pinhole camera on the z axis that looks along -z.

    Attributes:
        distance: from the plane z = 0 (ear canals) to the camera, cm; the distance of a
            portrait, since a closer camera widens noses and hides ears.
        field: centimetres of the plane z = 0 that the smaller side of the picture spans.
        height: world y (cm, 0 = pupils) of the picture's centre: the head sits above it, the
            neck and the collar below.
    """

    distance: float = 100.0
    field: float = 33.0
    height: float = -1.6

    @property
    def position(self) -> np.ndarray:
        """`[3]` world position, cm."""
        return np.array([0.0, self.height, self.distance])

    def focal(self, size: tuple[int, int]) -> float:
        """Focal length in pixels of a picture of `size` (height, width)."""
        return min(size) * self.distance / self.field

    def project(self, points: np.ndarray, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
        """Projects world points.

        Args:
            points: `[points, 3]` world positions in cm.
            size: (height, width) of the picture in pixels.

        Returns:
            `[points, 2]` float64 (x, y) in pixels, x right, y down, the first pixel's centre
            at (0.5, 0.5); and `[points]` float64 distance along the camera axis in cm.
        """
        height, width = size
        points = np.asarray(points, np.float64)
        depth = self.distance - points[:, 2]
        scale = self.focal(size) / depth
        x = 0.5 * width + points[:, 0] * scale
        y = 0.5 * height - (points[:, 1] - self.height) * scale
        return np.stack([x, y], 1), depth
