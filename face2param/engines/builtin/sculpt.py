"""Nose, lips, lids and folds: a depth field over the base surface, with named constants.

All unions of surfaces are smooth maxima. A constant of the sculpture, changed a little, gives
a linear shape (morph target): `sculpt(topology, {name: d}) - sculpt(topology, {name: -d})`.
"""

import itertools

import numpy as np
from scipy.interpolate import PchipInterpolator

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.anatomy import smoothstep
from face2param.engines.builtin.topology import LID_SEGMENTS, Topology

# Height and half width of the ridge of the nose over the base surface.
_RIDGE_Y = np.array([1.6, 0.6, -0.2, -1.0, -2.0, -3.0, -3.8, -4.4, -4.75, -5.05, -5.4])
_RIDGE_HEIGHT = np.array([0, 0.25, 0.40, 0.68, 1.15, 1.55, 1.66, 1.3, 0.85, 0.3, 0])
_RIDGE_WIDTH = np.array([0.8, 0.78, 0.76, 0.84, 0.98, 1.12, 1.2, 1.2, 1.15, 1.0, 0.9])
# Profiles across a lip: 0 is the line of the mouth, 1 the border of the red.
_UPPER_LIP = (
    [0, 0.06, 0.2, 0.4, 0.65, 0.9, 1.0, 1.15, 1.5, 2.0],
    [-0.36, -0.12, 0.13, 0.28, 0.28, 0.22, 0.17, 0.05, 0, 0],
)
_LOWER_LIP = (
    [0, 0.06, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2, 1.6],
    [-0.36, -0.08, 0.16, 0.29, 0.30, 0.22, 0.09, 0.01, -0.02],
)
# Rows behind the line of the mouth: distance up (down) from it and backwards, in cm.
_INNER_LIP_RISE = np.array([0.07, 0.22, 0.46, 0.80])
_INNER_LIP_DEPTH = np.array([0.12, 0.34, 0.52, 0.62])
# Folds of the skin: polylines in frontal coordinates, width in cm.
_NASOLABIAL = ((1.72, -4.30), (2.35, -5.20), (3.02, -6.25), (3.20, -6.95))
_MARIONETTE = ((3.00, -7.30), (2.92, -8.10), (2.62, -9.00))
_TEAR_TROUGH = ((1.55, -0.80), (2.20, -1.40), (3.30, -1.85))

SHAPE_NAMES = (
    "nose_hump",
    "nose_ridge_width",
    "nose_tip_width",
    "nose_base_width",
    "nostril_size",
    "columella_y",
    "mouth_width",
    "mouth_upper",
    "mouth_lower",
    "mouth_cupid",
    "mouth_corner",
    "lip_upper_volume",
    "lip_lower_volume",
    "philtrum_groove",
    "eye_upper",
    "eye_lower",
    "eye_upper_peak",
    "eye_lower_peak",
    "eye_inner_y",
    "eye_outer_y",
    "eyelid_monolid",
    "eyelid_hood",
    "eyelid_fullness",
    "epicanthus",
    "nasolabial_fold",
    "marionette_fold",
    "tear_trough",
    "chin_cleft",
)


def smooth_maximum(a: np.ndarray, b: np.ndarray, k: float | np.ndarray) -> np.ndarray:
    """Returns the maximum of two fields, rounded where they are nearer than `k`."""
    h = np.clip(0.5 + 0.5 * (a - b) / k, 0, 1)
    return b * (1 - h) + a * h + k * h * (1 - h)


def _bump(u: np.ndarray, width: float) -> np.ndarray:
    return np.exp(-((u / width) ** 2))


def _paraboloid(x, y, centre, radii):
    cx, cy, cz = centre
    rx, ry, rz = radii
    return cz + rz * (1 - ((x - cx) / rx) ** 2 - ((y - cy) / ry) ** 2)


def polyline_offset(x: np.ndarray, y: np.ndarray, line: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Distance of points to a polyline and on which side (positive: towards +x) they lie."""
    best = np.full(x.shape, np.inf)
    side = np.zeros(x.shape)
    for (x0, y0), (x1, y1) in itertools.pairwise(line):
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((x - x0) * dx + (y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        ox, oy = x - x0 - t * dx, y - y0 - t * dy
        distance = np.hypot(ox, oy)
        nearer = distance < best
        best = np.where(nearer, distance, best)
        # Polylines run downwards, so the side is the sign of the cross product.
        side = np.where(nearer, np.sign(dx * oy - dy * ox), side)
    return best, side


def _fit_eye_rings(points, topology, shape):
    """Moves the rings around the eyes with the outline of the lids."""
    outline0, normal0 = anatomy.eye_rings(LID_SEGMENTS)
    outline1, normal1 = anatomy.eye_rings(LID_SEGMENTS, shape)
    for k, sign in ((0, 1), (1, -1)):
        for offset, ring in zip(anatomy.EYE_RING_OFFSETS, topology.eye_rings[k], strict=True):
            here = ring >= 0
            q0 = outline0 + normal0 * offset
            q = q0 + (outline1 + normal1 * offset - q0) * (1 - smoothstep(0, 1, offset))
            points[ring[here], 0] = sign * (anatomy.EYE_X + q[here, 0])
            points[ring[here], 1] = anatomy.EYE_Y + q[here, 1]


def _fit_lips(points, sign, shape):
    """Moves the lips and what surrounds them with the curves of the mouth."""
    x, y = np.abs(points[:, 0]), points[:, 1].copy()
    line0, top0, bottom0 = anatomy.mouth_curves(x)
    near = (
        np.exp(-((np.maximum(np.abs(y - line0) - 0.9, 0) / 0.8) ** 2))
        * np.exp(-((np.maximum(x - 2.6, 0) / 0.8) ** 2))
        * (points[:, 2] > 3)
    )
    half = anatomy.MOUTH_HALF_WIDTH
    wider = x * (half + shape.get("width", 0.0)) / half
    line1, top1, bottom1 = anatomy.mouth_curves(wider, shape)
    up = sign > 0
    height0 = np.where(up, top0 - line0, line0 - bottom0) + 1e-6
    height1 = np.where(up, top1 - line1, line1 - bottom1)
    distance = np.abs(y - line0)
    inside = np.minimum(distance, height0) / height0
    fade = np.exp(-np.maximum(distance - height0, 0) / 0.5)
    dy = (line1 - line0) + np.where(up, 1, -1) * (height1 - height0) * inside * fade
    points[:, 1] += dy * near
    points[:, 0] += np.sign(points[:, 0]) * (wider - x) * near


def _nose(x, y, z, front, g):
    height = PchipInterpolator(_RIDGE_Y[::-1], _RIDGE_HEIGHT[::-1])(np.clip(y, -5.4, 1.6))
    width = np.interp(-y, -_RIDGE_Y, _RIDGE_WIDTH) + g("nose_ridge_width")
    hump = g("nose_hump") * _bump(y + 1.6, 0.9)
    ridge = z + (height + hump * (height > 0)) * _bump(x, width)
    tip = _paraboloid(x, y, (0, -4.0, 10.55), (1.05 + g("nose_tip_width"), 0.86, 1.2))
    columella = _paraboloid(x, y, (0, -4.58 + g("columella_y"), 10.45), (0.50, 0.62, 0.85))
    wing = _paraboloid(x, y, (1.10 + g("nose_base_width"), -4.28, 9.75), (0.90, 0.72, 1.0))
    nose = smooth_maximum(ridge, tip, 0.5)
    nose = smooth_maximum(nose, wing, 0.24)
    nose = smooth_maximum(nose, columella, 0.3)
    region = smoothstep(2.6, 2.2, x) * smoothstep(-5.8, -5.4, y)
    out = z + (nose - z) * region * front
    size = 1 + g("nostril_size")
    # The opening leans inwards at the top, like a comma.
    cx = 0.68 + 0.5 * g("nose_base_width") - 0.35 * (y + 4.74)
    nostril = np.exp(-(((x - cx) / (0.25 * size)) ** 2) - ((y + 4.72) / 0.16) ** 2)
    return out - (0.20 + 0.18 * g("nostril_size")) * nostril * front


def _lips(x, y, topology_row, sign, g, shape):
    """Depth added by the lips, at points of the surface only."""
    half = anatomy.MOUTH_HALF_WIDTH + shape.get("width", 0.0)
    line, top, bottom = anatomy.mouth_curves(x, shape)
    t = np.clip(x / half, 0, 1)
    taper = (1 - t**2.2) ** 0.8
    up = sign > 0
    q = np.where(
        up, (y - line) / np.maximum(top - line, 0.06), (line - y) / np.maximum(line - bottom, 0.06)
    )
    on_lip = (topology_row >= 0) & (topology_row <= 1) & (t < 0.97)
    q = np.where(on_lip | (topology_row == 0), topology_row, q)
    upper = np.interp(q, *_UPPER_LIP) * (1 + g("lip_upper_volume"))
    lower = np.interp(q, *_LOWER_LIP) * (1 + g("lip_lower_volume"))
    # The line itself stays: only the body of a lip swells.
    upper = np.where(q < 0.06, np.interp(q, *_UPPER_LIP), upper)
    lower = np.where(q < 0.06, np.interp(q, *_LOWER_LIP), lower)
    inside = (x < half + 0.3) & (np.abs(y - anatomy.MOUTH_Y) < 2.2)
    depth = np.where(up, upper, lower) * taper * inside
    depth -= 0.22 * np.exp(-(((x - half - 0.02) / 0.28) ** 2) - ((y - line) / 0.22) ** 2)
    depth += 0.04 * np.exp(-(((x - half - 0.5) / 0.4) ** 2) - ((y + 6.9) / 0.8) ** 2)
    return depth


def _philtrum(x, y, g):
    strength = 1 + g("philtrum_groove")
    groove = _bump(x, 0.28) * smoothstep(-6.3, -6.0, y) * smoothstep(-5.2, -5.5, y)
    columns = _bump(x - 0.45, 0.2) * smoothstep(-6.4, -6.0, y) * smoothstep(-5.3, -5.7, y)
    return strength * (0.05 * columns - 0.10 * groove)


def _lids(x, y, z, front, g, shape):
    """Union of the socket with a sphere a little larger than the eyeball."""
    dx, dy = x - anatomy.EYE_X, y - anatomy.EYE_Y
    radius = anatomy.EYE_RADIUS + 0.13
    r2 = dx * dx + dy * dy
    cap = np.sqrt(np.maximum(radius * radius - r2, 1e-6))
    rim = 0.243 * radius - 3 * (np.sqrt(r2) - 0.97 * radius)
    sphere = anatomy.EYE_Z + np.where(r2 < (0.97 * radius) ** 2, cap, rim)
    upper = smoothstep(-0.1, 0.25, dy - 0.1 * dx)
    k = 0.16 * (1 + 2.2 * np.maximum(g("eyelid_monolid"), -0.2) * upper / 0.16 * 0.5)
    lids = smooth_maximum(z, sphere, k)
    out = z + (lids - z) * smoothstep(2.5, 2.0, np.sqrt(r2)) * front
    # Height above the lid, from the neutral outline (folds are small against it).
    outline = anatomy.eye_outline(LID_SEGMENTS, shape)
    top = outline[: LID_SEGMENTS + 1]
    above = dy - np.interp(dx, top[:, 0], top[:, 1])
    across = smoothstep(-1.9, -1.1, dx) * smoothstep(2.1, 1.2, dx)
    crease = _bump(above - 0.42, 0.26) * across * upper
    out = out + g("eyelid_monolid") * crease * front
    outer = smoothstep(-1.0, 0.8, dx) * smoothstep(2.2, 1.4, dx)
    hood = _bump(above - 0.30, 0.20) * outer * upper
    out = out + g("eyelid_hood") * hood * front
    full = _bump(above - 0.80, 0.40) * across * upper
    out = out + g("eyelid_fullness") * full * front
    inner = np.exp(-(((dx + 1.62) / 0.22) ** 2) - ((dy + 0.10) / 0.34) ** 2)
    return out + g("epicanthus") * inner * front


def _folds(x, y, g):
    """Nasolabial and marionette folds, tear trough, cleft of the chin."""
    depth = np.zeros_like(x)
    folds = (
        ("nasolabial_fold", _NASOLABIAL, 0.24, 0.03),
        ("marionette_fold", _MARIONETTE, 0.24, 0.0),
        ("tear_trough", _TEAR_TROUGH, 0.26, 0.02),
    )
    for name, line, width, rest in folds:
        distance, side = polyline_offset(x, y, line)
        groove = -_bump(distance, width) + 0.55 * _bump(distance - 0.50, 0.38) * (side > 0)
        depth += (rest + g(name)) * groove
    cleft = _bump(x, 0.24) * np.exp(-(((y + 10.35) / 0.75) ** 2))
    return depth - g("chin_cleft") * cleft


def sculpt(topology: Topology, constants: dict[str, float] | None = None) -> np.ndarray:
    """The canonical head's skin.

    Args:
      topology: of the skin.
      constants: offsets of the constants in `SHAPE_NAMES`; absent ones are 0.

    Returns:
      `[vertices, 3]` float64 in cm, mirror symmetric.
    """
    constants = constants or {}

    def g(name):
        return constants.get(name, 0.0)

    eyes = {k[4:]: v for k, v in constants.items() if k.startswith("eye_")}
    mouth = {k[6:]: v for k, v in constants.items() if k.startswith("mouth_")}
    points = topology.base.copy()
    sign = topology.lip_sign
    _fit_eye_rings(points, topology, eyes)
    if mouth:
        _fit_lips(points, sign, mouth)
    x, y, z = np.abs(points[:, 0]), points[:, 1], points[:, 2].copy()
    front = smoothstep(3, 6, z)
    z = _nose(x, y, z, front, g)
    z = z + _philtrum(x, y, g) * front
    z = z + _folds(x, y, g) * front
    z = z + _lips(x, y, topology.lip_row, sign, g, mouth) * front
    points[:, 2] = _lids(x, y, z, front, g, eyes)
    _line_lids(points, topology)
    _line_lips(points, topology)
    return points


def _line_lids(points, topology):
    """Places the rims of the lids between the outline and the eyeball."""
    for k, sign in ((0, 1), (1, -1)):
        edge = points[topology.eye_rings[k, 0]]
        levels = ((0.985, anatomy.EYE_RADIUS + 0.03), (0.95, anatomy.EYE_RADIUS - 0.12))
        for level, (scale, radius) in enumerate(levels):
            x = (np.abs(edge[:, 0]) - anatomy.EYE_X) * scale
            y = (edge[:, 1] - anatomy.EYE_Y) * scale
            z = anatomy.EYE_Z + np.sqrt(np.maximum(radius * radius - x * x - y * y, 0.01))
            z = np.minimum(z, edge[:, 2] - 0.02 * (level + 1))
            points[topology.eye_rims[k, level]] = np.stack(
                [sign * (anatomy.EYE_X + x), anatomy.EYE_Y + y, z], 1
            )


def _line_lips(points, topology):
    """Places the rows inside the lips behind the line of the mouth."""
    line = points[topology.mouth_line]
    t = np.clip(np.abs(line[:, 0]) / np.abs(line[:, 0]).max(), 0, 1)
    taper = (1 - t**3) ** 0.6
    sign = topology.lip_sign[topology.inner_lips[0]]
    for row, rise, depth in zip(
        topology.inner_lips, _INNER_LIP_RISE, _INNER_LIP_DEPTH, strict=True
    ):
        points[row] = line + np.stack([0 * t, sign * rise * taper, -depth + 0 * t], 1)
