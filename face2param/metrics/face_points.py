"""Marked points of faces in space, and the parts of a face that the protocols measure."""

from __future__ import annotations

import numpy as np

from face2param.landmarks import markup

SEVEN = (36, 39, 42, 45, 33, 48, 54)
"""Of the 68: outer and inner corner of one eye, inner and outer of the other, base of the nose,
mouth corners. The seven points and the order of the NoW benchmark (Sanyal et al., "Learning to
regress 3D face shape and expression from an image without 3D supervision", CVPR 2019)."""
NOSE_TIP = 30

MICC_RADIUS = 95.0
"""Millimetres around the nose tip that Deng et al. 2019 measure on MICC Florence."""
FOREHEAD = 0.5
"""Where the forehead is cut: this share of the way from the base of the nose to the line of the
eyes above that line, just over the brows. The paper says that the forehead is cut, not where."""
NOW_RISE, NOW_RADIUS = 0.3, 0.7
"""The NoW benchmark measures a ball: its centre lies 0.3 of the way from the base of the nose to
the midpoint of the inner eye corners, its radius is 0.7 times the sum of that way and of the
distance of the outer eye corners."""


def seven_points(landmarks: np.ndarray, name: str = "landmarks") -> np.ndarray:
    """The points `SEVEN` of a face.

    Args:
      landmarks: `[68, 3]`, or `[7, 3]` already in that order.
      name: of the argument, for the message.

    Returns:
      `[7, 3]` float64.

    Raises:
      ValueError: another shape, a number that is not finite, or points that coincide.
    """
    landmarks = np.asarray(landmarks, np.float64)
    if landmarks.shape not in ((7, 3), (markup.COUNT, 3)):
        raise ValueError(f"{name} must have shape [68, 3] or [7, 3], got {landmarks.shape}")
    seven = landmarks[list(SEVEN)] if len(landmarks) == markup.COUNT else landmarks
    if not np.isfinite(seven).all():
        raise ValueError(f"{name}: holds a number that is not finite")
    if not outer_eye_distance(seven) > 0:
        raise ValueError(f"{name}: the outer eye corners coincide")
    return seven


def outer_eye_distance(seven: np.ndarray) -> float:
    """Distance of the outer eye corners of `[7, 3]` points, about 90 mm in adults."""
    return float(np.linalg.norm(seven[0] - seven[3]))


def face_axes(landmarks: np.ndarray) -> np.ndarray:
    """Directions of a face, whichever way it lies in space.

    Args:
      landmarks: `[68, 3]` or `[7, 3]`.

    Returns:
      `[3, 3]` float64, rows: to the viewer's right along the line of the eyes; up from mouth to
      eyes, perpendicular to it; forward, out of the face.

    Raises:
      ValueError: another shape, or mouth and eyes lie on one line.
    """
    seven = seven_points(landmarks)
    right = seven[3] - seven[0]
    right = right / np.linalg.norm(right)
    up = seven[:4].mean(0) - seven[5:].mean(0)
    up = up - (up @ right) * right
    length = np.linalg.norm(up)
    if not length > 1e-6 * outer_eye_distance(seven):
        raise ValueError("landmarks: eyes and mouth lie on one line, the face has no up")
    up = up / length
    return np.stack([right, up, np.cross(right, up)])


def nose_tip(vertices: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Tip of the nose: landmark 30 of 68; with 7 points the vertex that stands out most.

    Args:
      vertices: `[vertices, 3]` of the face; only looked at when there are 7 points.
      landmarks: `[68, 3]` or `[7, 3]`.

    Returns:
      `[3]` float64.

    Raises:
      ValueError: another shape, or no vertex near the base of the nose.
    """
    seven = seven_points(landmarks)
    if len(landmarks) == markup.COUNT:
        return np.asarray(landmarks[NOSE_TIP], np.float64)
    # A nose is about as long as its tip can be away from its base; the chin is further.
    reach = 0.6 * np.linalg.norm(seven[:4].mean(0) - seven[4])
    vertices = np.asarray(vertices, np.float64)
    near = vertices[np.linalg.norm(vertices - seven[4], axis=1) <= reach]
    if not len(near):
        raise ValueError("vertices: none lies near the base of the nose; same unit and place?")
    return near[(near @ face_axes(seven)[2]).argmax()]


def micc_region(
    vertices: np.ndarray, landmarks: np.ndarray, radius: float = MICC_RADIUS
) -> np.ndarray:
    """What Deng et al. 2019 measure: near the nose tip, without the forehead.

    Args:
      vertices: `[vertices, 3]` of the true face, in millimetres.
      landmarks: its `[68, 3]` or `[7, 3]`.
      radius: around the nose tip.

    Returns:
      `[vertices]` bool.

    Raises:
      ValueError: another shape.
    """
    vertices, seven = _vertices(vertices), seven_points(landmarks)
    near = np.linalg.norm(vertices - nose_tip(vertices, landmarks), axis=1) <= radius
    up = face_axes(seven)[1]
    eyes, base = up @ seven[:4].mean(0), up @ seven[4]
    return near & (vertices @ up <= eyes + FOREHEAD * (eyes - base))


def now_region(vertices: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """What the NoW benchmark measures: a ball about the middle of the face.

    Args:
      vertices: `[vertices, 3]` of the scan.
      landmarks: its `[68, 3]` or `[7, 3]`, in the same unit.

    Returns:
      `[vertices]` bool.

    Raises:
      ValueError: another shape.
    """
    vertices, seven = _vertices(vertices), seven_points(landmarks)
    way = seven[1:3].mean(0) - seven[4]
    radius = NOW_RADIUS * (outer_eye_distance(seven) + float(np.linalg.norm(way)))
    return np.linalg.norm(vertices - (seven[4] + NOW_RISE * way), axis=1) <= radius


def _vertices(vertices: np.ndarray) -> np.ndarray:
    vertices = np.asarray(vertices, np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 3:
        raise ValueError(f"vertices must have shape [vertices, 3], got {vertices.shape}")
    return vertices
