"""Lines of age and expression: forehead, frown, crow's feet, under the eye, nose to mouth."""

import numpy as np


def wrinkle_height(side, y, front, plan, noise) -> tuple[dict[str, np.ndarray], np.ndarray]:
    """Lines as masks and as relief.

    Args:
        side: `[rows, columns]` canonical |x|, cm.
        y: `[rows, columns]` canonical height, cm.
        front: `[rows, columns]` 1 on the front of the head.
        plan: `masks.FacePlan`.
        noise: function (seed, fx, fy, fz) -> `[rows, columns]` in [0, 1].

    Returns:
        masks "fold_brow" (forehead and frown), "fold_eye", "fold_mouth" in [0, 1], and the
        height of the skin in cm (<= 0 in the lines).
    """
    wobble = noise(41, 0.8, 0.35, 0.8) - 0.5
    broken = _clip(1.6 * noise(42, 0.9, 2.2, 0.9) - 0.15)
    brow = _forehead(side, y, wobble, broken)
    brow = np.maximum(
        brow,
        _line(side, 0.44 + 0.16 * (y - 1.4) ** 2 * 0.6 + 0.5 * wobble, 0.085)
        * _span(y, 0.7, 1.2, 2.3, 3.0),
    )
    eye = _eye(side, y, plan, wobble, broken)
    mouth = _mouth(side, y, wobble)
    neck = np.maximum(
        _line(y, -13.4 + 1.2 * wobble + 0.02 * side**2, 0.10),
        _line(y, -15.2 + 1.2 * wobble + 0.02 * side**2, 0.10),
    )
    mouth = np.maximum(mouth, 0.55 * neck * broken)
    masks = {
        "fold_brow": brow * front,
        "fold_eye": eye * front,
        "fold_mouth": np.where(y < -12.5, mouth, mouth * front),
    }
    height = -0.05 * masks["fold_brow"] - 0.03 * masks["fold_eye"] - 0.06 * masks["fold_mouth"]
    return masks, height


def _clip(x):
    return np.clip(x, 0, 1)


def _line(x, at, width):
    return np.exp(-(((x - at) / width) ** 2))


def _span(x, a, b, c, d):
    """1 between b and c, 0 outside a..d."""
    return _clip((x - a) / (b - a)) * _clip((d - x) / (d - c))


def _forehead(side, y, wobble, broken):
    lines = np.zeros_like(y)
    reach = 1 - _clip((side - 2.8) / 2.2)
    for at, strength in ((3.25, 0.75), (4.05, 1.0), (4.85, 0.95), (5.65, 0.6)):
        bend = at + 0.22 * np.cos(side * 0.9) + 0.55 * wobble
        lines = np.maximum(lines, strength * _line(y, bend, 0.085) * reach * (0.4 + 0.6 * broken))
    return lines


def _eye(side, y, plan, wobble, broken):
    cx, cy = plan.eye_centre
    outer = cx + 1.55
    dx, dy = side - outer, y - cy - 0.05
    radius = np.sqrt(dx * dx + dy * dy)
    angle = np.degrees(np.arctan2(dy, np.maximum(dx, 1e-3)))
    feet = np.zeros_like(y)
    for at in (-46, -26, -8, 10, 28):
        offset = np.radians(angle - at - 14 * wobble) * radius
        feet = np.maximum(feet, _line(offset, 0, 0.055))
    feet = feet * _span(radius, 0.25, 0.55, 1.1, 1.9) * (dx > 0)
    under = np.zeros_like(y)
    for drop, strength in ((0.80, 1.0), (1.12, 0.7)):
        arc = cy - drop + 0.10 * (side - cx) ** 2 - 0.10 * (side - cx) + 0.12 * wobble
        under = np.maximum(under, strength * _line(y, arc, 0.055))
    under = under * _span(side, cx - 1.5, cx - 0.9, cx + 0.7, cx + 1.4) * (0.4 + 0.6 * broken)
    return np.maximum(feet, 0.8 * under)


def _mouth(side, y, wobble):
    # From the wing of the nose, around the corner of the mouth (where sculpt.py folds).
    fold = np.interp(-y, [4.30, 5.20, 6.25, 6.95, 7.8], [1.72, 2.35, 3.02, 3.20, 3.28])
    fold = fold + 0.12 * wobble
    # The cheek hangs over the fold: a sharp edge inside, a soft one towards the mouth.
    inner = np.where(side < fold, 0.20, 0.10)
    lines = _line(side, fold, inner) * _span(-y, 4.1, 4.9, 6.2, 7.9)
    marionette = 3.08 + 0.10 * (y + 8.0) + 0.1 * wobble
    shadow = _line(side, marionette, 0.16) * _span(-y, 7.2, 7.9, 8.6, 9.8)
    lines = np.maximum(lines, 0.6 * shadow)
    # Fine upright lines above the upper lip.
    upright = 0.5 + 0.5 * np.cos(side * 17 + 6 * wobble)
    return np.maximum(lines, 0.18 * upright**4 * _span(-y, 5.5, 5.8, 6.0, 6.35) * (side < 2.2))
