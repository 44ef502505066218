"""Faces in space drawn for a report: errors as colours on the true face, grey for the rest."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from face2param import images
from face2param.metrics import face_points
from face2param.metrics.procrustes import Similarity
from face2param.rendering import normals as mesh_normals
from face2param.rendering import raster

_STOPS = (
    (0.0, (0.97, 0.96, 0.90)),
    (0.2, (0.99, 0.85, 0.45)),
    (0.45, (0.96, 0.52, 0.24)),
    (0.7, (0.79, 0.18, 0.27)),
    (1.0, (0.29, 0.04, 0.33)),
)
"""From bone to violet: lightness falls all the way, so that the order survives grey printing."""
_GREY = (0.62, 0.65, 0.70)
_GROUND = 0.965
_LIGHT = np.array([-0.35, 0.55, 0.76])
_HEIGHT = 250.0  # millimetres that a picture shows from top to bottom
_BEHIND = 60.0
_DISTANCE = 1500.0  # millimetres to the camera
_SUPERSAMPLE = 2


def colour_of(errors: np.ndarray, largest: float) -> np.ndarray:
    """Colours of errors.

    Args:
      errors: `[...]`, nan where nothing was measured.
      largest: error that gets the last colour; more gets it too.

    Returns:
      `[..., 3]` RGB, grey for nan.
    """
    errors = np.asarray(errors, np.float64)
    share = np.clip(np.nan_to_num(errors) / largest, 0, 1)
    places = [place for place, _ in _STOPS]
    channels = [np.interp(share, places, [c[i] for _, c in _STOPS]) for i in range(3)]
    return np.where(np.isnan(errors)[..., None], _GREY, np.stack(channels, -1))


def view(
    vertices: np.ndarray,
    faces: np.ndarray,
    colours: np.ndarray | None,
    landmarks: np.ndarray,
    size: int = 320,
    turn: float = 0.0,
) -> np.ndarray:
    """Draws a face upright and from the front, whichever way it lies in space.

    Args:
      vertices: `[vertices, 3]` millimetres.
      faces: `[triangles, 3]`.
      colours: `[vertices, 3]`; None: grey.
      landmarks: `[68, 3]` or `[7, 3]` millimetres, which say where front and up are.
      size: height and width of the picture.
      turn: radians that the face turns to the viewer's right.

    Returns:
      `[size, size, 3]` float32.
    """
    axes = face_points.face_axes(landmarks)
    cosine, sine = np.cos(turn), np.sin(turn)
    axes = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]]) @ axes
    # Turned about the middle of the head, which lies behind that of the face.
    middle = (
        face_points.seven_points(landmarks).mean(0) - _BEHIND * face_points.face_axes(landmarks)[2]
    )
    placed = (np.asarray(vertices, np.float64) - middle) @ axes.T
    inverse_depth = 1 / np.maximum(_DISTANCE - placed[:, 2], 1e-3)
    pixels = size * _SUPERSAMPLE
    scale = pixels / _HEIGHT * _DISTANCE * inverse_depth
    screen = np.stack([pixels / 2 + scale * placed[:, 0], pixels / 2 - scale * placed[:, 1]], -1)
    faces = np.ascontiguousarray(faces, np.int32)
    found = raster.rasterize(screen, inverse_depth, faces, (pixels, pixels))
    # Both sides are lit alike: a scan may be an open sheet, or turned inside out.
    facing = np.abs(mesh_normals.vertex_normals(placed.astype(np.float32), faces) @ _LIGHT)
    shade = (0.35 + 0.65 * facing)[:, None]
    paint = shade * (np.tile(_GREY, (len(placed), 1)) if colours is None else colours)
    seen = found.triangle >= 0
    picture = np.full((pixels, pixels, 3), _GROUND, np.float32)
    corners = paint[faces[found.triangle[seen]]]
    picture[seen] = (found.barycentric[seen][..., None] * corners).sum(1)
    return images.resize(np.clip(picture, 0, 1), (size, size))


def panels(
    vertices: np.ndarray,
    faces: np.ndarray,
    landmarks: np.ndarray,
    prediction: np.ndarray,
    prediction_faces: np.ndarray,
    motion: Similarity,
    distances: np.ndarray,
    largest: float,
    size: int = 320,
) -> np.ndarray:
    """The prediction in grey beside the true face in the colours of its errors, twice.

    Args:
      vertices: `[vertices, 3]` of the true face, millimetres.
      faces: `[triangles, 3]`.
      landmarks: of the true face.
      prediction: `[prediction vertices, 3]`.
      prediction_faces: `[prediction triangles, 3]`.
      motion: from the prediction to the true face.
      distances: `[vertices]`, nan where nothing was measured.
      largest: error that gets the last colour.
      size: of one picture.

    Returns:
      `[size, 3 size, 3]`: prediction, errors from the front, errors from the side.
    """
    paint = colour_of(distances, largest)
    return np.concatenate(
        [
            view(motion.apply(prediction), prediction_faces, None, landmarks, size),
            view(vertices, faces, paint, landmarks, size),
            view(vertices, faces, paint, landmarks, size, turn=0.75),
        ],
        1,
    )


def legend(width: int, largest: float, height: int = 46) -> np.ndarray:
    """A bar that says which colour is how many millimetres.

    Args:
      width: of the picture, at least 480.
      largest: error that gets the last colour.
      height: of the picture.

    Returns:
      `[height, width, 3]` float32.
    """
    picture = Image.new("RGB", (width, height), (246, 246, 244))
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(13)
    left, right, top, bottom = 80, width - 240, 8, 24
    bar = colour_of(np.linspace(0, largest, right - left), largest)
    bar = np.broadcast_to(bar, (bottom - top, right - left, 3))
    picture.paste(Image.fromarray(images.to_uint8(bar)), (left, top))
    draw.text((left - 10, top + 1), "distance", (40, 40, 44), font, anchor="ra")
    for step in range(6):
        value = largest * step / 5
        x = left + (right - left - 1) * step / 5
        more = " mm or more" if step == 5 else ""
        draw.text((x, bottom + 3), f"{value:g}{more}", (40, 40, 44), font, anchor="ma")
    draw.rectangle((right + 90, top, right + 106, bottom), _grey_bytes())
    draw.text((right + 112, top + 1), "not measured", (40, 40, 44), font)
    return images.from_uint8(np.asarray(picture))


def _grey_bytes() -> tuple[int, int, int]:
    """The colour of what is not measured, as bytes."""
    return tuple(int(255 * channel) for channel in _GREY)
