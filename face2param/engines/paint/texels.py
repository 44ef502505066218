"""Where on the head each pixel of its texture lies."""

from typing import NamedTuple

import cv2
import numpy as np
from scipy import ndimage

from face2param.rendering import raster


class Texels(NamedTuple):
    """The texels of a texture that show something; gutters take after their neighbours.

    Attributes:
        position: float32 `[height, width, 3]` cm.
        covered: bool `[height, width]`, inside of a triangle.
        nearest: int64 `[2, height, width]`, the covered texel that each takes after.
        triangle: int32 `[height, width]`, -1 outside.
        barycentric: float32 `[height, width, 3]`.
        faces: int32 `[triangles, 3]`, vertices of the triangles.
    """

    position: np.ndarray
    covered: np.ndarray
    nearest: np.ndarray
    triangle: np.ndarray
    barycentric: np.ndarray
    faces: np.ndarray

    def spread(self, values: np.ndarray) -> np.ndarray:
        """Values of vertices `[vertices, ...]` at the texels `[height, width, ...]`."""
        corners = values[self.faces[np.maximum(self.triangle, 0)]]
        mixed = np.einsum("hwk,hwk...->hw...", self.barycentric, corners)
        return mixed[tuple(self.nearest)]


def texels(
    vertices: np.ndarray, faces: np.ndarray, uv: np.ndarray, size: tuple[int, int]
) -> Texels:
    """Finds the place on the surface of every texel.

    Args:
        vertices: `[vertices, 3]` cm.
        faces: int32 `[triangles, 3]`.
        uv: `[vertices, 2]`, v = 0 on top.
        size: (height, width) of the texture.

    Returns:
        The Texels.
    """
    height, width = size
    screen = np.asarray(uv, np.float64) * [width, height]
    seen = raster.rasterize(screen, np.ones(len(uv)), faces, size)
    covered = seen.triangle >= 0
    nearest = ndimage.distance_transform_edt(~covered, return_distances=False, return_indices=True)
    blank = np.zeros((height, width, 3), np.float32)
    found = Texels(blank, covered, nearest, seen.triangle, seen.barycentric, np.asarray(faces))
    return found._replace(position=found.spread(np.asarray(vertices, np.float32)))


class Sheet(NamedTuple):
    """A drawing seen from the front, in cm, that is projected onto the head.

    Attributes:
        pixels: float32 `[height, width]` or `[height, width, channels]`.
        left: x of the left edge.
        top: y of the upper edge.
        scale: pixels per cm.
    """

    pixels: np.ndarray
    left: float
    top: float
    scale: float

    def place(self, points: np.ndarray) -> np.ndarray:
        """(x, y) in cm `[n, 2 or 3]` to pixels `[n, 2]`."""
        x, y = np.asarray(points, np.float64)[:, :2].T
        return np.stack([(x - self.left) * self.scale, (self.top - y) * self.scale], 1)

    def project(self, position: np.ndarray) -> np.ndarray:
        """The drawing at positions `[height, width, 3]`, whatever their depth; 0 outside."""
        x = (position[..., 0] - self.left) * self.scale - 0.5
        y = (self.top - position[..., 1]) * self.scale - 0.5
        return cv2.remap(
            np.ascontiguousarray(self.pixels, np.float32),
            x.astype(np.float32),
            y.astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_CONSTANT,
        )


def blank_sheet(half_width: float = 11.0, above: float = 13.0, below: float = 15.0) -> Sheet:
    """An empty drawing, 48 pixels per cm, symmetric about x = 0."""
    scale = 48.0
    size = (round((above + below) * scale), round(2 * half_width * scale))
    return Sheet(np.zeros(size, np.float32), -half_width, above, scale)
