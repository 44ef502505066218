"""Landmark curves and control points of the canonical head, written by hand.

Units are cm. The origin lies midway between the pupils, +x is the viewer's right (the
character's left), +y up, +z out of the face; z = 0 is the plane of the ear canals. Only the
half with x >= 0 is authored; the other half is its exact mirror image.
"""

import numpy as np

# Centre that the surface is seen from when points are mapped to directions.
CENTRE = np.array([0.0, -2.0, 0.0])

# Eyeball: centre (x of the character's left eye) and radius. Larger than life so that the
# corners of the lids stay on it.
EYE_X, EYE_Y, EYE_Z = 3.06, 0.0, 6.70
EYE_RADIUS = 1.75

# The closed mouth: half width, height of its line.
MOUTH_HALF_WIDTH = 2.72
MOUTH_Y = -6.95

# Axis of the jaw's hinge (parallel to x).
JAW_PIVOT = np.array([0.0, -1.6, 1.2])

# The neck turns about this point.
NECK_PIVOT = np.array([0.0, -8.5, -2.0])

_MIDLINE = (
    (0, 11.5, -1.2), (0, 10.8, 3.5), (0, 8.8, 7.3), (0, 6.4, 9.2), (0, 4.2, 9.75),
    (0, 1.8, 9.75), (0, 0.3, 9.15), (0, -1.5, 9.2), (0, -3.2, 9.55), (0, -4.9, 10.05),
    (0, -6.2, 10.35), (0, -7.0, 10.3), (0, -7.9, 10.15), (0, -8.9, 9.75), (0, -10.3, 10.0),
    (0, -11.3, 9.5), (0, -11.9, 8.2), (0, -12.2, 6.2), (0, -12.6, 4.3), (0, -14.5, 3.7),
    (0, -17.5, 3.9), (0, -20, 4.3), (0, 10.5, -5.2), (0, 8.0, -8.6), (0, 4, -10), (0, 0, -9.9),
    (0, -3.5, -8.9), (0, -7.0, -7.3), (0, -10, -6.6), (0, -13, -6.6), (0, -16, -7.0),
    (0, -20, -8.2),
)  # fmt: skip
_FOREHEAD = (
    (2.6, 8.4, 6.6), (2.8, 6.2, 8.45), (3.0, 4.1, 9.1), (2.6, 2.3, 9.5), (4.6, 6.0, 6.7),
    (5.0, 4.0, 7.5), (6.3, 5.0, 3.9), (6.4, 3.0, 4.5), (5.0, 8.0, 3.4), (2.7, 10.2, 2.4),
    (6.0, 7.2, 1.2),
)  # fmt: skip
_ORBIT = (
    (1.3, 1.9, 9.65), (3.2, 1.95, 9.2), (4.6, 1.75, 8.3), (5.35, 0.9, 7.25), (5.6, -0.3, 6.7),
    (6.35, 1.0, 4.7), (1.45, 0.3, 8.55), (1.7, -0.6, 8.35), (3.15, 0.95, 8.22),
    (3.15, 0.0, 7.95), (2.3, 0.7, 8.25), (4.2, 0.7, 7.95), (4.7, 0.05, 7.4), (3.2, -0.9, 8.02),
    (4.3, -0.8, 7.7), (2.2, -1.1, 8.35),
)  # fmt: skip
_CHEEK = (
    (3.2, -2.0, 8.6), (4.6, -1.8, 7.95), (1.9, -2.4, 8.9), (5.5, -2.2, 6.85), (6.3, -2.2, 5.0),
    (6.75, -2.2, 2.6), (6.8, -0.6, 2.4), (2.2, -3.9, 9.2), (3.6, -3.6, 8.65), (4.9, -3.9, 7.5),
    (6.0, -4.2, 5.1), (6.45, -4.4, 2.0), (2.3, -5.3, 9.35), (3.6, -5.6, 8.45), (4.7, -6.0, 6.8),
    (5.45, -6.2, 4.3), (6.05, -6.0, 1.2), (1.3, -6.0, 10.05), (2.5, -7.0, 9.2), (3.6, -7.4, 8.0),
    (4.35, -7.8, 5.9), (5.1, -8.0, 3.0), (1.3, -7.9, 9.85), (1.3, -8.9, 9.4), (2.5, -8.6, 8.7),
)  # fmt: skip
_JAW_AND_NECK = (
    (1.2, -10.3, 9.7), (1.35, -11.3, 9.1), (2.2, -9.9, 8.7), (2.05, -10.95, 8.1),
    (3.2, -9.3, 7.2), (3.05, -10.1, 6.6), (4.3, -9.3, 4.3), (5.15, -8.4, 1.6), (5.6, -7.0, 0.1),
    (1.6, -12.0, 7.3), (2.6, -11.4, 5.9), (3.4, -10.9, 3.7), (4.1, -10.4, 1.4),
    (2.2, -12.6, 3.8), (3.7, -12.2, 1.6), (4.7, -9.9, -0.8), (4.7, -12.3, -1.4),
    (3.1, -14.8, 2.6), (4.8, -15.0, -1.6), (3.5, -14, -5.5), (3.6, -10.5, -5.6),
    (3.3, -17.5, 2.8), (5.6, -18.0, -1.8), (3.9, -17.5, -6.2), (4.6, -20, 2.4),
    (7.2, -20.5, -2.2), (5.0, -20, -7.2),
)  # fmt: skip
_SKULL = (
    (7.0, 2.2, 1.5), (7.35, 4.5, -2.2), (6.3, 8.0, -2.2), (3.6, 10.7, -2.0), (6.6, -2.0, -1.2),
    (6.9, 0.5, -2.5), (6.2, -5.0, -1.6), (5.3, -8, -2.0), (7.2, 2.5, -5.0), (5.0, 4.0, -8.7),
    (5.2, 0, -8.2), (4.6, -4.5, -6.9), (3.9, -7.2, -6.1), (5.2, 8.4, -6.3), (6.4, -1.8, -4.8),
    (5.2, -6.0, -4.6),
)  # fmt: skip


def smoothstep(low: float, high: float, x: np.ndarray) -> np.ndarray:
    """Returns 0 below `low`, 1 above `high`, a cubic between; `low > high` falls instead."""
    t = np.clip((x - low) / (high - low), 0.0, 1.0)
    return t * t * (3.0 - 2.0 * t)


def control_points() -> np.ndarray:
    """Returns `[points, 3]` anatomical points of the half head with x >= 0, without a nose."""
    points = np.array(_MIDLINE + _FOREHEAD + _ORBIT + _CHEEK + _JAW_AND_NECK + _SKULL, float)
    side = np.clip((points[:, 0] - 3.2) / 1.8, 0, 1)
    points[:, 0] *= 1 + 0.05 * side * side * (3 - 2 * side) * (points[:, 1] > -12.5)
    # The authored lower face came out a little long.
    y = points[:, 1]
    points[:, 1] = np.where(y < -7, -7 + (y + 7) * 0.92, y)
    return points


def eye_outline(count: int = 24, shape: dict[str, float] | None = None) -> np.ndarray:
    """The opening between the lids, relative to the eye's centre, +x towards the ear.

    Args:
      count: segments per lid.
      shape: offsets of the constants "upper", "lower", "upper_peak", "lower_peak", "inner_y",
        "outer_y".

    Returns:
      `[2 * count, 2]` closed loop (x, y) in cm: upper lid from the inner to the outer corner,
      then the lower lid back.
    """
    shape = shape or {}
    inner, outer = 1.55, 1.50
    inner_y = -0.20 + shape.get("inner_y", 0.0)
    outer_y = 0.10 + shape.get("outer_y", 0.0)
    upper = 0.55 + shape.get("upper", 0.0)
    lower = 0.52 + shape.get("lower", 0.0)
    upper_peak = 0.46 + shape.get("upper_peak", 0.0)
    lower_peak = 0.60 + shape.get("lower_peak", 0.0)
    t = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, count + 1))  # dense at the corners
    x = -inner + (inner + outer) * t

    def arch(peak, exponent):
        s = np.where(t < peak, t / peak * 0.5, 0.5 + (t - peak) / (1 - peak) * 0.5)
        return np.clip(4 * s * (1 - s), 0, 1) ** exponent

    chord = inner_y + (outer_y - inner_y) * t
    at_upper = inner_y + (outer_y - inner_y) * upper_peak
    at_lower = inner_y + (outer_y - inner_y) * lower_peak
    y_upper = chord + (upper - at_upper) * arch(upper_peak, 0.72)
    y_lower = chord - (lower + at_lower) * arch(lower_peak, 0.85)
    top, bottom = np.stack([x, y_upper], 1), np.stack([x, y_lower], 1)
    return np.vstack([top, bottom[-2:0:-1]])


# Distances (cm) of the rings of vertices around the eye opening from its outline.
EYE_RING_OFFSETS = np.array([0, 0.05, 0.11, 0.18, 0.26, 0.35, 0.46, 0.6, 0.78, 1.0])


def eye_rings(count: int = 24, shape: dict[str, float] | None = None):
    """Returns the outline `[2 * count, 2]` and its smoothed outward normals, same shape."""
    outline = eye_outline(count, shape)
    tangent = np.roll(outline, -1, 0) - np.roll(outline, 1, 0)
    normal = np.stack([-tangent[:, 1], tangent[:, 0]], 1)
    normal /= np.linalg.norm(normal, axis=1)[:, None] + 1e-9
    for _ in range(3):
        normal = normal + 0.5 * (np.roll(normal, 1, 0) + np.roll(normal, -1, 0))
        normal /= np.linalg.norm(normal, axis=1)[:, None]
    return outline, normal


def mouth_curves(x: np.ndarray, shape: dict[str, float] | None = None):
    """The three curves of the closed mouth.

    Args:
      x: positions across the face in cm, any shape.
      shape: offsets of the constants "width", "upper", "lower", "cupid", "corner".

    Returns:
      Heights (cm, like `x`) of the line between the lips, of the upper border of the upper
      lip and of the lower border of the lower lip; all meet at the corners.
    """
    shape = shape or {}
    half_width = MOUTH_HALF_WIDTH + shape.get("width", 0.0)
    t = np.clip(np.abs(x) / half_width, 0, 1)
    dip = 0.05 * np.cos(t * np.pi * 2) * np.exp(-((t / 0.5) ** 2))
    line = MOUTH_Y - dip + (0.02 + shape.get("corner", 0.0)) * t**2
    upper, lower = 0.80 + shape.get("upper", 0.0), 0.92 + shape.get("lower", 0.0)
    cupid = 0.10 + shape.get("cupid", 0.0)
    bow = 0.03 * np.exp(-(((np.abs(x) - 0.55) / 0.3) ** 2)) - cupid * np.exp(-((x / 0.32) ** 2))
    top = line + upper * (1 - t**1.7) ** 0.9 + bow * (t < 1)
    bottom = line - lower * (1 - t**2.1) ** 0.85
    return line, top, bottom


def brow_curve(t: np.ndarray, brows: dict[str, float]) -> np.ndarray:
    """The middle line of the brow on the canonical face, x > 0.

    Args:
      t: `[count]` positions, 0 at the inner end and 1 at the outer end.
      brows: the sliders "brow_arch", "brow_tilt", "brow_length", "brow_gap" in [0, 1].

    Returns:
      `[count, 2]` (x, y) in cm.
    """
    x0 = 1.25 + 0.5 * (brows["brow_gap"] - 0.5)
    x1 = 5.0 + 0.8 * (brows["brow_length"] - 0.5)
    clipped = np.clip(t, 0, 1)
    arch = (0.30 + 0.55 * (brows["brow_arch"] - 0.5)) * np.sin(clipped**1.25 * np.pi * 0.92)
    tilt = (0.02 + 0.8 * (brows["brow_tilt"] - 0.5)) * clipped
    y = 1.78 + arch + tilt - 0.12 * clipped**3
    return np.stack([x0 + (x1 - x0) * t, y], 1)


def brow_half_width(t: np.ndarray, thickness: float) -> np.ndarray:
    """Returns half the height (cm) of the brow at `t`; `thickness` is the slider in [0, 1]."""
    profile = np.interp(t, [0, 0.12, 0.6, 1], [0.75, 1, 0.75, 0.12])
    return 0.5 * (0.22 + 0.40 * thickness) * profile
