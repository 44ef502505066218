"""Expressions as smooth displacement fields on the canonical skin, named after ARKit.

Lids are not here (`eyes.py`, they slide over the eyeball), nor the turn of the jaw, which is a
rotation (`jaw_weight` says of what). Left is the character's left, +x.
"""

import numpy as np

from face2param.engines.builtin import anatomy
from face2param.engines.builtin.anatomy import smoothstep
from face2param.engines.builtin.sculpt import polyline_offset

# How far the jaw turns at jawOpen = 1.
JAW_ANGLE = np.radians(19.0)

_SMILE_FOLD = ((1.80, -4.45), (2.70, -5.20), (3.55, -6.10), (3.75, -6.90))


def _gauss(points, centre, radii):
    return np.exp(-0.5 * (((points - np.array(centre)) / np.array(radii)) ** 2).sum(1))


def _vector(weight, *move):
    return weight[:, None] * np.array(move)


def _mouth(points):
    """Position across the mouth (0 middle, 1 corner, signed) and height above its line."""
    t = points[:, 0] / anatomy.MOUTH_HALF_WIDTH
    return t, points[:, 1] - anatomy.mouth_curves(points[:, 0])[0]


def jaw_weight(points: np.ndarray, lip_sign: np.ndarray) -> np.ndarray:
    """How much of the jaw's rotation the skin takes.

    Args:
      points: `[points, 3]` on the canonical head, cm.
      lip_sign: `[points]` 1 above the line of the mouth, -1 below; lips part along it.

    Returns:
      `[points]` in [0, 1]: 1 on the chin and the lower lip, less than a half at the corners
      of the mouth, falling off over the cheeks, the neck and towards the ears.
    """
    x = np.abs(points[:, 0])
    t, _ = _mouth(points)
    sideways = np.clip((x - 2.7) / 4.0, 0, 1)
    border = anatomy.MOUTH_Y + 2.6 * sideways
    base = smoothstep(1.5, -2.3, points[:, 1] - border)
    parted = np.clip(1 - np.abs(t) ** 2.2, 0, 1) ** 0.55 * smoothstep(4, 7, points[:, 2])
    weight = base + (np.where(lip_sign > 0, 0.0, 1.0) - base) * parted
    neck = smoothstep(-15.4, -11.6, points[:, 1] + 0.12 * (points[:, 2] - 4))
    return weight * neck * smoothstep(-2.5, 1.5, points[:, 2])


def _corner_field(points, reach_in=1.55, reach_out=1.25, above=1.7, below=1.4):
    """Weight around the left corner of the mouth, wider towards the middle of the lips."""
    d = points - [2.72, -6.95, 9.2]
    rx = np.where(d[:, 0] < 0, reach_in, reach_out)
    ry = np.where(d[:, 1] > 0, above, below)
    return np.exp(-0.5 * ((d[:, 0] / rx) ** 2 + (d[:, 1] / ry) ** 2 + (d[:, 2] / 2.6) ** 2))


def _half_of_lips(t):
    """Weight of the left half of a lip; both halves add up to a flat arch, 0 at the corners."""
    return smoothstep(-0.45, 0.45, t) * np.clip(1 - np.abs(t) ** 3, 0, 1)


def _brow_mask(points):
    """Keeps brow movements off the lids."""
    return smoothstep(0.25, 1.5, points[:, 1])


def _smile(points, lip_sign):
    w = _corner_field(points)
    d = _vector(w, 0.66, 0.52, -0.42)
    d += _vector(_gauss(points, (4.0, -3.3, 8.3), (1.5, 1.3, 2.2)), 0.12, 0.26, 0.34)
    d += _vector(_gauss(points, (3.3, -1.25, 8.4), (1.3, 0.55, 2.0)), 0.0, 0.16, 0.05)
    distance, side = polyline_offset(points[:, 0], points[:, 1], _SMILE_FOLD)
    fold = -0.11 * np.exp(-((distance / 0.32) ** 2))
    fold += 0.13 * np.exp(-(((distance - 0.55) / 0.4) ** 2)) * (side > 0)
    d[:, 2] += fold * smoothstep(3, 6, points[:, 2])
    d += _vector(_gauss(points, (1.35, -4.4, 10.0), (0.6, 0.6, 1.4)), 0.10, 0.06, 0.0)
    # Lips flatten against the teeth.
    t, height = _mouth(points)
    lips = np.exp(-((height / 1.0) ** 2)) * np.exp(-(((t - 0.35) / 0.5) ** 2))
    d[:, 2] -= 0.10 * lips * smoothstep(7, 8.5, points[:, 2])
    return d


def _frown(points, lip_sign):
    d = _vector(_corner_field(points, 1.2, 1.1, 1.2, 1.5), 0.06, -0.52, -0.05)
    return d + _vector(_gauss(points, (1.5, -9.2, 9.2), (1.0, 0.8, 1.5)), 0, 0.10, 0.12)


def _stretch(points, lip_sign):
    return _vector(_corner_field(points, 1.5, 1.4, 1.4, 1.8), 0.62, -0.16, -0.40)


def _upper_up(points, lip_sign):
    """The left half of the upper lip rises from the teeth; the skin up to the nose gives way."""
    t, height = _mouth(points)
    fade = smoothstep(2.3, 0.3, height) * smoothstep(6, 8, points[:, 2])
    w = _half_of_lips(t) * fade * (lip_sign > 0)
    d = _vector(w, 0.02, 0.58, 0.04)
    # The red thins as it is pulled up: its border follows less than its edge.
    d[:, 1] -= 0.10 * w * np.clip(height / 0.7, 0, 1)
    return d + _vector(_gauss(points, (1.9, -4.9, 9.6), (0.8, 0.9, 1.6)), 0.04, 0.14, 0.06)


def _lower_down(points, lip_sign):
    t, height = _mouth(points)
    fade = smoothstep(-2.6, -0.4, height) * smoothstep(6, 8, points[:, 2])
    return _vector(_half_of_lips(t) * fade * (lip_sign < 0), 0.03, -0.50, -0.06)


def _cheek_squint(points, lip_sign):
    d = _vector(_gauss(points, (3.7, -2.6, 8.4), (1.6, 1.1, 2.0)), 0.02, 0.34, 0.26)
    return d + _vector(_gauss(points, (3.2, -1.1, 8.4), (1.3, 0.45, 2.0)), 0, 0.14, 0.08)


def _sneer(points, lip_sign):
    d = _vector(_gauss(points, (1.3, -4.2, 10.0), (0.7, 0.8, 1.6)), 0.06, 0.30, 0.02)
    d += _vector(_gauss(points, (1.1, -1.6, 9.4), (0.7, 1.0, 1.6)), 0, 0.14, 0.06)
    d += _vector(_gauss(points, (2.0, -5.2, 9.6), (0.9, 0.8, 1.6)), 0.04, 0.22, 0.08)
    lower = smoothstep(-7.0, -6.6, points[:, 1])
    return d * np.where(lip_sign > 0, 1.0, lower)[:, None]


def _brow_down(points, lip_sign):
    w = _gauss(points, (2.0, 2.0, 9.3), (1.5, 0.9, 2.2)) * _brow_mask(points)
    outer = _gauss(points, (4.2, 1.9, 8.5), (1.1, 0.8, 2.2)) * _brow_mask(points)
    return _vector(w, -0.14, -0.48, 0.10) + _vector(outer, 0, -0.16, 0.0)


def _brow_outer_up(points, lip_sign):
    w = _gauss(points, (4.3, 2.3, 8.6), (1.4, 1.1, 2.4)) * _brow_mask(points)
    return _vector(w, 0.0, 0.50, -0.04)


def _brow_inner_up(points, lip_sign):
    mirrored = points * [-1, 1, 1]
    w = sum(_gauss(p, (1.5, 2.2, 9.4), (1.0, 1.0, 2.2)) for p in (points, mirrored))
    return _vector(np.minimum(w, 1.0) * _brow_mask(points), 0.0, 0.56, -0.02)


def _pucker(points, lip_sign):
    t, height = _mouth(points)
    front = smoothstep(5, 8, points[:, 2])
    across = np.exp(-(np.maximum(np.abs(t) - 0.55, 0) ** 2) / 0.42)
    lips = np.exp(-((height / 1.45) ** 2)) * across * front
    d = np.zeros_like(points)
    d[:, 0] = -0.42 * points[:, 0] * lips
    d[:, 2] = (0.62 * np.exp(-((t / 0.7) ** 2)) + 0.25) * lips
    red = np.exp(-((height / 0.9) ** 2)) * np.exp(-((t / 0.6) ** 2)) * front
    d[:, 1] = 0.10 * np.tanh(height / 0.4) * red
    return d


def _puff(points, lip_sign):
    d = np.zeros_like(points)
    for side in (1, -1):
        centre, radii = np.array([4.3 * side, -6.1, 7.6]), (1.5, 1.5, 2.4)
        d += _vector(_gauss(points, centre, radii), 0.75 * side, 0.0, 0.55)
    d[:, 2] += 0.12 * _gauss(points, (0, -5.8, 10.2), (1.6, 0.6, 1.5))
    return d


_PAIRED = {
    "mouthSmile": _smile,
    "mouthFrown": _frown,
    "mouthStretch": _stretch,
    "mouthUpperUp": _upper_up,
    "mouthLowerDown": _lower_down,
    "cheekSquint": _cheek_squint,
    "noseSneer": _sneer,
    "browDown": _brow_down,
    "browOuterUp": _brow_outer_up,
}
_SINGLE = {"mouthPucker": _pucker, "cheekPuff": _puff, "browInnerUp": _brow_inner_up}

FIELD_NAMES: tuple[str, ...] = tuple(_SINGLE) + tuple(
    name + side for name in _PAIRED for side in ("Left", "Right")
)


def fields(points: np.ndarray, lip_sign: np.ndarray) -> dict[str, np.ndarray]:
    """The displacement of each linear expression at weight 1.

    Args:
      points: `[points, 3]` on the canonical head, cm.
      lip_sign: `[points]` 1 above the line of the mouth, -1 below.

    Returns:
      name -> `[points, 3]` cm; the Right fields are the mirror images of the Left ones.
    """
    out = {name: field(points, lip_sign) for name, field in _SINGLE.items()}
    flip = np.array([-1.0, 1.0, 1.0])
    for name, field in _PAIRED.items():
        out[name + "Left"] = field(points, lip_sign)
        out[name + "Right"] = field(points * flip, lip_sign) * flip
    return out
