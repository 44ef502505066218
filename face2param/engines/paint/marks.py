"""Curves of a face, from its 68 landmarks."""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.interpolate import CubicSpline

from face2param.engines.paint.texels import Sheet, blank_sheet
from face2param.landmarks.markup import MIRROR


class Marks(NamedTuple):
    """Landmarks of the neutral head, made symmetric.

    Attributes:
        points: float64 `[68, 3]` cm from the point midway between the eyes.
        unit: length that is 1 cm on a face whose eyes' centres are 6.2 cm apart.
    """

    points: np.ndarray
    unit: float

    @property
    def nose_base(self) -> float:
        """Height of the nose's lower end."""
        return float(self.points[33, 1])

    @property
    def brow(self) -> float:
        """Height of the brows."""
        return float(self.points[[19, 24], 1].mean())

    @property
    def chin(self) -> float:
        """Height of the chin."""
        return float(self.points[8, 1])

    @property
    def mouth(self) -> float:
        """Height of the line between the lips."""
        return float(self.points[[62, 66], 1].mean())

    @property
    def hairline(self) -> float:
        """Height of the hairline: the three thirds of a face are about equal."""
        return self.brow + 0.95 * (self.brow - self.nose_base)


def marks(landmarks: np.ndarray, brow: np.ndarray | None = None) -> Marks:
    """Looks at landmarks.

    Args:
        landmarks: `[68, 3]` cm, the origin lies midway between the eyes.
        brow: `[5, 2]` cm, added to (x, y) of the viewer's left brow, from the outside to the
            nose, where its hairs shall not lie at the landmarks.
    """
    points = np.array(landmarks, np.float64)
    if brow is not None:
        points[17:22, :2] += brow
        points[22:27, :2] += brow[::-1] * [-1.0, 1.0]
    points = (points + points[list(MIRROR)] * [-1.0, 1.0, 1.0]) / 2
    eyes = points[42:48, 0].mean() - points[36:42, 0].mean()
    return Marks(points, float(eyes / 6.2))


def closed_curve(points: np.ndarray, count: int = 240) -> np.ndarray:
    """A smooth closed curve `[count, 2]` through points `[n, >= 2]`."""
    ring = np.concatenate([points, points[:1]])[:, :2]
    spline = CubicSpline(_lengths(ring), ring, bc_type="periodic")
    return spline(np.linspace(0, spline.x[-1], count, endpoint=False))


def open_curve(points: np.ndarray, t: np.ndarray) -> np.ndarray:
    """A smooth curve through points `[n, >= 2]` at shares `t` of its length: `[len(t), 2]`."""
    line = np.asarray(points)[:, :2]
    spline = CubicSpline(_lengths(line), line)
    return spline(np.asarray(t) * spline.x[-1])


def lips_outline(face: Marks) -> np.ndarray:
    """The closed outline of the lips `[n, 2]`, with sharp corners of the mouth."""
    upper = open_curve(face.points[48:55], np.linspace(0, 1, 80))
    lower = open_curve(face.points[[54, 55, 56, 57, 58, 59, 48]], np.linspace(0, 1, 80))
    return np.concatenate([upper, lower[1:-1]])


def filled(curve: np.ndarray, softness: float) -> Sheet:
    """A drawing that is 1 inside of a closed curve `[n, 2]` cm and fades over `softness` cm."""
    sheet = blank_sheet()
    inside = np.zeros(sheet.pixels.shape, np.uint8)
    cv2.fillPoly(inside, [np.round(sheet.place(curve) * 16).astype(np.int32)], 255, cv2.LINE_AA, 4)
    return sheet._replace(pixels=blurred(inside.astype(np.float32) / 255, softness * sheet.scale))


def blurred(pixels: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian blur; `sigma` in pixels."""
    if sigma < 0.3:
        return pixels
    factor = max(1, int(sigma // 4))  # wide blurs are done on a small picture
    if factor > 1:
        size = pixels.shape[::-1]
        small = cv2.resize(pixels, (size[0] // factor, size[1] // factor), interpolation=3)
        return cv2.resize(cv2.GaussianBlur(small, (0, 0), sigma / factor), size)
    return cv2.GaussianBlur(pixels, (0, 0), float(sigma))


def both_sides(sheet: Sheet) -> Sheet:
    """A drawing of one side, on both."""
    return sheet._replace(pixels=np.maximum(sheet.pixels, sheet.pixels[:, ::-1]))


def _lengths(points: np.ndarray) -> np.ndarray:
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return np.concatenate([[0], np.cumsum(np.maximum(steps, 1e-6))])
