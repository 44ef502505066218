"""Pictures of a reconstructed face: overlay on the photograph, views, comparison sheet."""

from __future__ import annotations

import dataclasses

import numpy as np

from face2param import images
from face2param.pipelines import pictures
from face2param.rendering import raster
from face2param.rendering.normals import vertex_normals

VIEW = 512
FRONTAL, THREE_QUARTER, SIDE = 0.0, 0.7, 1.4
"""Radians about the vertical axis by which the face is turned to its own right."""

GROUND = np.float32([0.93, 0.93, 0.92])
_CLAY = np.float32([0.74, 0.71, 0.68])
_DISTANCE = 12.0
_LARGEST_SUPERSAMPLED = 1600


@dataclasses.dataclass(frozen=True)
class Pinhole:
    """A camera on the z axis that looks along -z; see `rendering.cameras.Perspective`.

    Attributes:
      focal: in pixels.
      principal: (x, y) in pixels.
      distance: z of the pinhole.
    """

    focal: float
    principal: tuple[float, float]
    distance: float

    def project(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Points `[n, 3]` to (screen `[n, 2]` px, inverse depth `[n]`, 0 behind the camera)."""
        depth = self.distance - points[:, 2]
        inverse = np.where(depth > 0.01, 1 / np.maximum(depth, 0.01), 0)
        x = self.principal[0] + self.focal * points[:, 0] * inverse
        y = self.principal[1] - self.focal * points[:, 1] * inverse
        return np.stack([x, y], 1).astype(np.float32), inverse.astype(np.float32)


@dataclasses.dataclass(frozen=True)
class Painted:
    """A surface and what is on it.

    Attributes:
      vertices: `[vertices, 3]`.
      faces: int32 `[triangles, 3]`.
      colours: `[vertices, 3]`, or None for a textured one.
      uv: `[uv points, 2]`, v downwards, or None.
      uv_faces: int32 `[triangles, 3]` uv points of the corners, or None.
      texture: `[height, width, 3]`, or None.
    """

    vertices: np.ndarray
    faces: np.ndarray
    colours: np.ndarray | None = None
    uv: np.ndarray | None = None
    uv_faces: np.ndarray | None = None
    texture: np.ndarray | None = None


def draw(
    surface: Painted, camera: Pinhole, size: tuple[int, int], supersample: int = 2
) -> tuple[np.ndarray, np.ndarray]:
    """Draws a surface with smooth edges.

    Args:
      surface: with colours or a texture.
      camera: for a picture of that size.
      size: (height, width).
      supersample: samples along each side of a pixel.

    Returns:
      `[height, width, 3]` RGB in [0, 1] multiplied by coverage, and coverage
      `[height, width, 1]`.
    """
    import cv2

    screen, inverse = camera.project(surface.vertices)
    large = size[0] * supersample, size[1] * supersample
    drawn = raster.rasterize(screen * supersample, inverse, surface.faces, large)
    inside = drawn.triangle >= 0
    plain = surface.colours is not None
    corners = (surface.faces if plain else surface.uv_faces)[drawn.triangle[inside]]
    weights = drawn.barycentric[inside]
    values = surface.colours if plain else surface.uv
    values = np.einsum("nkc,nk->nc", np.asarray(values, np.float32)[corners], weights)
    if not plain:
        place = values * np.float32(surface.texture.shape[1::-1]) - 0.5
        # cv2.remap takes at most 32767 rows: the texels come in rows of 1024.
        count = len(place)
        place = np.pad(place, ((0, -count % 1024), (0, 0))).reshape(-1, 1024, 2)
        texture = np.ascontiguousarray(surface.texture, np.float32)
        values = cv2.remap(
            texture,
            np.ascontiguousarray(place[..., 0]),
            np.ascontiguousarray(place[..., 1]),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        ).reshape(-1, 3)[:count]
    picture = np.zeros((*large, 4), np.float32)
    picture[inside, :3] = np.clip(values, 0, 1)
    picture[..., 3] = inside
    if supersample > 1:
        picture = cv2.resize(picture, size[::-1], interpolation=cv2.INTER_AREA)
    return picture[..., :3], picture[..., 3:]


def overlay(image: np.ndarray, surface: Painted, camera: Pinhole) -> np.ndarray:
    """Lays the drawn face over the photograph at full resolution.

    Args:
      image: `[height, width, 3]` the whole photograph.
      surface: posed face.
      camera: of the whole photograph.

    Returns:
      `[height, width, 3]` float32.
    """
    screen, _ = camera.project(surface.vertices)
    size = np.array(image.shape[1::-1])
    low = np.clip(np.floor(screen.min(0)) - 1, 0, size).astype(int)
    high = np.clip(np.ceil(screen.max(0)) + 1, 0, size).astype(int)
    result = np.array(image, np.float32)
    if (high <= low).any():
        return result
    moved = dataclasses.replace(
        camera, principal=(camera.principal[0] - low[0], camera.principal[1] - low[1])
    )
    samples = 1 if max(high - low) > _LARGEST_SUPERSAMPLED else 2
    colour, coverage = draw(surface, moved, (high[1] - low[1], high[0] - low[0]), samples)
    window = slice(low[1], high[1]), slice(low[0], high[0])
    result[window] = colour + (1 - coverage) * result[window]
    return result


def view(surface: Painted, yaw: float = 0.0, size: int = VIEW) -> np.ndarray:
    """Draws an unposed face alone, turned about the vertical axis, on a light ground.

    Args:
      surface: unposed face; without colours and texture it is drawn as clay.
      yaw: radians, to the face's own right.
      size: side of the picture.

    Returns:
      `[size, size, 3]` float32.
    """
    vertices = surface.vertices - (surface.vertices.max(0) + surface.vertices.min(0)) / 2
    # The same scale for every angle: room for the cylinder in which the face turns.
    across = np.linalg.norm(vertices[:, [0, 2]], axis=1).max()
    radius = float(max(across, np.abs(vertices[:, 1]).max()))
    c, s = np.cos(yaw), np.sin(yaw)
    turned = vertices @ np.float32([[c, 0, s], [0, 1, 0], [-s, 0, c]]).T
    surface = dataclasses.replace(surface, vertices=turned)
    if surface.colours is None and surface.texture is None:
        surface = clay(surface)
    focal = 0.48 * size * (_DISTANCE - radius) / radius
    camera = Pinhole(float(focal), (size / 2, size / 2), _DISTANCE)
    colour, coverage = draw(surface, camera, (size, size))
    return colour + (1 - coverage) * GROUND


def clay(surface: Painted) -> Painted:
    """The surface as matt clay under a light from above the viewer's left and a weak fill."""
    normals = vertex_normals(surface.vertices, surface.faces)
    key, fill = np.float32([-0.45, 0.55, 0.70]), np.float32([0.75, 0.05, 0.65])
    light = 0.16 + 0.72 * np.clip(normals @ key, 0, 1) + 0.22 * np.clip(normals @ fill, 0, 1)
    colours = np.clip(_CLAY * light[:, None] * 1.1, 0, 1)
    return dataclasses.replace(surface, colours=colours, texture=None)


def sheet(
    image: np.ndarray,
    box: tuple[float, float, float, float],
    laid_over: np.ndarray,
    found: np.ndarray,
    fitted: np.ndarray,
    views: dict[str, np.ndarray],
) -> np.ndarray:
    """Everything on one page.

    Args:
      image: `[height, width, 3]` the photograph.
      box: (x0, y0, x1, y1) px around the face.
      laid_over: from `overlay`.
      found: `[68, 2]` px, detected landmarks.
      fitted: `[68, 2]` px, the model's.
      views: caption -> square picture.

    Returns:
      The sheet, `[sheet height, sheet width, 3]` float32.
    """
    marked = pictures.with_landmarks(image, found, fitted)
    panels = {
        "photograph": square(image, box),
        "overlay": square(laid_over, box),
        "landmarks: photo red, model green": square(marked, box),
    }
    return pictures.comparison(panels | views, columns=4)


def square(image: np.ndarray, box: tuple[float, float, float, float]) -> np.ndarray:
    """Cuts a square around a box, its border's pixels repeated beyond the picture."""
    x0, y0, x1, y1 = box
    side = max(8, round(1.6 * max(x1 - x0, y1 - y0)))
    left, top = round((x0 + x1 - side) / 2), round((y0 + y1 - side) / 2)
    rows = np.clip(np.arange(top, top + side), 0, image.shape[0] - 1)
    columns = np.clip(np.arange(left, left + side), 0, image.shape[1] - 1)
    return images.resize(image[rows[:, None], columns], (VIEW, VIEW))
