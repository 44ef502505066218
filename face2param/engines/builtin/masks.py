"""Where things lie on the skin: masks and fine relief, painted once on the canonical head.

Everything is a function of the canonical position of a texel (cm, origin midway between the
pupils), so it stays where it belongs when sliders and expressions move the skin.
"""

from typing import NamedTuple

import numpy as np
from scipy.spatial import cKDTree

from face2param.engines.builtin.noise import value_noise
from face2param.engines.builtin.wrinkles import wrinkle_height

MASKS = (
    "mottle", "fine", "lips", "lip_wrinkle", "lip_line", "nostril", "cheek", "nose_red",
    "under_eye", "socket", "canthus", "blush", "shadow", "shadow_low", "crease", "lid_rim",
    "liner", "wing", "liner_low", "beard_cheek", "beard_lip", "beard_chin", "stubble",
    "scalp", "freckle", "fold_brow", "fold_eye", "fold_mouth", "spot", "region", "shine",
    "scalp_sides",
)  # fmt: skip
CHANNEL = {name: index for index, name in enumerate(MASKS)}
# Values of the categorical "region" mask.
REGION_SKIN, REGION_NOSE, REGION_UPPER_LIP, REGION_LOWER_LIP, REGION_NECK = range(5)

# The layers of a texel: the masks, then the slopes of pores and wrinkles (x, y, z each).
PORES, WRINKLES, LAYERS = len(MASKS), len(MASKS) + 3, len(MASKS) + 8
# Slopes are stored around RELIEF_ZERO, in steps of RELIEF_STEP.
RELIEF_ZERO, RELIEF_STEP = 128.0, 1.0 / 127.0


class FacePlan(NamedTuple):
    """What the masks need to know about the canonical head.

    Attributes:
        mouth: function of x `[n]` -> y of the mouth line, the upper and the lower border.
        mouth_half_width: cm.
        eye_outline: `[points, 2]` closed outline of the right-hand (+x) eye opening, (x, y).
        eye_centre: (x, y).
    """

    mouth: object
    mouth_half_width: float
    eye_outline: np.ndarray
    eye_centre: tuple[float, float]


def paint(position: np.ndarray, plan: FacePlan) -> np.ndarray:
    """Paints all masks.

    Args:
        position: float32 `[rows, columns, 3]` canonical position of each texel, cm.
        plan: outlines of mouth and eyes.

    Returns:
        uint8 `[rows, columns, LAYERS]`: masks in the order of `MASKS` (1 = 255; "region" as
        its code), then the slopes of the pores (x, y, z), of the wrinkles (x, y, z), and two
        spare bytes.
    """
    x, y, z = (np.ascontiguousarray(position[..., k]) for k in range(3))
    side = np.abs(x)
    front = smooth_step(1.5, 4.0, z)
    # Outlines follow |x|, so a mirrored character has mirrored labels; blotches and freckles
    # differ between the sides, as they do on people.
    folded = np.stack([side, y, z], -1).reshape(-1, 3)
    points = np.stack([x, y, z], -1).reshape(-1, 3)

    def noise(seed, fx, fy=None, fz=None, where=folded):
        frequency = (fx, fx if fy is None else fy, fx if fz is None else fz)
        return value_noise(where, seed, frequency).reshape(x.shape)

    masks: dict[str, np.ndarray] = {}
    coarse, middle, small, tiny = (
        noise(seed, frequency, where=points)
        for seed, frequency in ((1, 0.9), (2, 3.0), (3, 9.0), (4, 21.0))
    )
    masks["mottle"] = 0.45 * coarse + 0.33 * middle + 0.22 * small
    masks["fine"] = 0.5 * small + 0.5 * tiny
    masks["stubble"] = smooth_step(0.36, 0.68, 0.6 * tiny + 0.4 * noise(5, 15.0, where=points))
    masks["freckle"] = smooth_step(
        0.66, 0.80, 0.62 * noise(21, 4.6, where=points) + 0.38 * noise(22, 7.3, where=points)
    ) * (
        np.clip(_bump(side, y, 2.6, -2.4, 3.2, 1.9) + 0.6 * _bump(x, y, 0, -2, 2, 2), 0, 1) * front
    )
    masks["spot"] = smooth_step(
        0.66, 0.82, 0.6 * noise(31, 1.5, where=points) + 0.4 * noise(32, 3.1, where=points)
    ) * smooth_step(1.5, 3.5, side + 0.6 * np.maximum(y - 2.0, 0))
    _paint_mouth(masks, x, y, z, side, front, plan, noise)
    _paint_eyes(masks, side, y, z, front, plan)
    _paint_face(masks, x, y, z, side, front)
    _paint_hair_zones(masks, x, y, z, side, front, noise)
    folds, height = wrinkle_height(side, y, front, plan, noise)
    masks.update(folds)

    stack = np.stack([masks[name] for name in MASKS], -1)
    layers = np.zeros((*x.shape, LAYERS), np.uint8)
    layers[..., : len(MASKS)] = np.clip(stack * 255.0 + 0.5, 0, 255)
    layers[..., CHANNEL["region"]] = masks["region"]
    pores = 0.011 * (tiny - 0.5) + 0.015 * (small - 0.5) + 0.008 * (middle - 0.5)
    lips = masks["lips"]
    pores = pores * (1.0 - 0.6 * lips) + 0.03 * lips * (masks["lip_wrinkle"] - 0.5)
    for start, field in ((PORES, pores), (WRINKLES, height)):
        slope = _surface_gradient(field, position) / RELIEF_STEP + RELIEF_ZERO
        layers[..., start : start + 3] = np.clip(slope + 0.5, 1, 255)
    return layers


def smooth_step(a: float, b: float, x: np.ndarray) -> np.ndarray:
    """Cubic ramp from 0 at `a` to 1 at `b` (either order)."""
    t = np.clip((x - a) / (b - a), 0, 1)
    return t * t * (3 - 2 * t)


def _bump(x, y, cx, cy, rx, ry, power=2):
    return np.exp(-(np.abs((x - cx) / rx) ** power + np.abs((y - cy) / ry) ** power))


def _surface_gradient(field: np.ndarray, position: np.ndarray) -> np.ndarray:
    """`[rows, columns, 3]` gradient of a scalar along the surface, per cm."""
    tangents = [np.gradient(position, axis=axis) for axis in (1, 0)]
    slopes = [np.gradient(field, axis=axis) for axis in (1, 0)]
    e, f, g = ((tangents[a] * tangents[b]).sum(-1) for a, b in ((0, 0), (0, 1), (1, 1)))
    determinant = np.maximum(e * g - f * f, 1e-9)
    along = (g * slopes[0] - f * slopes[1]) / determinant
    across = (e * slopes[1] - f * slopes[0]) / determinant
    return along[..., None] * tangents[0] + across[..., None] * tangents[1]


def _paint_mouth(masks, x, y, z, side, front, plan, noise):
    half = plan.mouth_half_width
    middle, upper, lower = plan.mouth(side)
    ragged = 0.03 * (noise(7, 9.0, 1.0, 1.0) - 0.5)
    inside = np.minimum(upper - y, y - lower) + ragged
    within = smooth_step(half + 0.06, half - 0.12, side)
    masks["lips"] = smooth_step(-0.05, 0.07, inside) * within * front
    line = _bump(y, 0 * y, middle, 0, 0.07, 1)
    masks["lip_line"] = line * smooth_step(half + 0.12, half - 0.25, side) * front
    masks["lip_wrinkle"] = noise(8, 13.0, 1.2, 1.0)
    lips = (masks["lips"] > 0.5) & (front > 0.5)
    nose = (
        (front > 0.5)
        & (y > -5.15)
        & (y < 0.55)
        & (side < np.interp(-y, [-0.55, 0.6, 2.0, 3.2, 4.0, 4.6, 5.15], _NOSE_WIDTH))
    )
    region = np.full(x.shape, REGION_SKIN, np.float32)
    region[nose] = REGION_NOSE
    region[lips & (y >= middle)] = REGION_UPPER_LIP
    region[lips & (y < middle)] = REGION_LOWER_LIP
    region[y < np.interp(z, *_JAW_BORDER)] = REGION_NECK
    masks["region"] = region


def _paint_eyes(masks, side, y, z, front, plan):
    cx, cy = plan.eye_centre
    ex, ey = side - cx, y - cy
    near = (np.abs(ex) < 3.2) & (np.abs(ey) < 2.6) & (z > 3)
    outline = plan.eye_outline - np.array(plan.eye_centre)
    dense = np.concatenate(
        [outline + (np.roll(outline, -1, 0) - outline) * t for t in (0, 0.25, 0.5, 0.75)]
    )
    distance = np.full(side.shape, 9.0, np.float32)
    distance[near] = cKDTree(dense).query(np.stack([ex[near], ey[near]], 1))[0]
    upper = smooth_step(-0.15, 0.1, ey - (-0.2 + 0.3 * (ex + 1.55) / 3.05))
    masks["liner"] = np.exp(-((distance / 0.075) ** 2)) * upper
    masks["liner_low"] = np.exp(-((distance / 0.06) ** 2)) * (1 - upper)
    masks["lid_rim"] = np.exp(-((distance / 0.09) ** 2))
    wing = np.exp(-(((ey - (0.12 + 0.42 * (ex - 1.5))) / 0.05) ** 2))
    masks["wing"] = wing * smooth_step(1.35, 1.5, ex) * smooth_step(2.15, 1.7, ex) * near
    masks["crease"] = (
        np.exp(-(((distance - 0.36) / 0.06) ** 2))
        * upper
        * smooth_step(-1.75, -1.2, ex)
        * smooth_step(1.95, 1.4, ex)
        * near
    )
    lid = np.exp(-((np.maximum(distance - 0.15, 0) / 0.42) ** 2)) * upper * near
    masks["shadow"] = lid * smooth_step(-2.1, -1.2, ex) * smooth_step(2.3, 1.2, ex)
    masks["shadow_low"] = np.exp(-((distance / 0.22) ** 2)) * (1 - upper) * near
    masks["socket"] = _bump(side, y, 1.9, 0.6, 0.9, 0.9) * front
    masks["canthus"] = _bump(ex, ey, -1.55, -0.2, 0.16, 0.12) * front
    under = _bump(side, y, 2.75, -1.12 - 0.12 * (side - 2.75), 1.25, 0.40)
    masks["under_eye"] = np.clip(under + 0.6 * _bump(side, y, 1.75, -0.75, 0.5, 0.5), 0, 1) * front


def _paint_face(masks, x, y, z, side, front):
    masks["cheek"] = _bump(side, y, 4.1, -3.0, 1.9, 1.5) * front
    masks["blush"] = _bump(side, y + 0.25 * (side - 4.6), 4.6, -2.7, 2.0, 1.15) * front
    masks["nose_red"] = _bump(x, y, 0, -4.0, 1.5, 1.0) * front
    masks["nostril"] = _bump(side, y, 0.68, -4.74, 0.30, 0.125, 2.4) * front
    forehead = _bump(x, y, 0, 4.2, 2.8, 1.8)
    ridge = _bump(x, y, 0, -2.2, 0.75, 2.6)
    cheekbone = 0.7 * _bump(side, y, 3.4, -1.9, 1.4, 0.8)
    chin = 0.5 * _bump(x, y, 0, -9.9, 1, 1)
    masks["shine"] = np.clip(forehead + ridge + cheekbone + chin, 0, 1) * front


def _paint_hair_zones(masks, x, y, z, side, front, noise):
    middle, small = noise(2, 3.0), noise(6, 12.0)
    bare = 1 - masks["lips"]
    # From the sideburns along the jaw to the throat; the upper border runs from the ear
    # down to the corner of the mouth.
    border = (
        y
        - 1.9 * smooth_step(4.0, 6.0, side)
        + 0.9 * smooth_step(3.8, 2.6, side) * smooth_step(-7.2, -6.0, y)
    )
    ragged = 0.5 * (middle - 0.5) + 0.35 * (small - 0.5)
    jaw = smooth_step(-3.4, -5.8, border + ragged) * smooth_step(-14.6, -11.8, y + ragged)
    jaw = jaw * smooth_step(-2.2, -0.2, z)
    nose_base = _bump(side, y, 0, -4.6, 1.9, 0.75, 4)
    masks["beard_cheek"] = np.clip(jaw, 0, 1) * bare * (1 - nose_base)
    philtrum = 1 - 0.55 * _bump(x, y, 0, -5.7, 0.22, 0.6)
    masks["beard_lip"] = (
        _bump(side, y + 0.12 * side, 0, -5.72, 2.75, 0.55, 3) * bare * front * philtrum
    )
    chin = _bump(x, y, 0, -10.0, 2.1, 2.1, 4) * smooth_step(-7.9, -8.4, y)
    masks["beard_chin"] = np.clip(chin + _bump(x, y, 0, -8.5, 0.5, 0.5), 0, 1) * bare * front
    azimuth = np.degrees(np.abs(np.arctan2(x, z + 0.5)))
    wobble = 0.6 * (middle - 0.5) + 0.5 * (small - 0.5)
    line = np.interp(azimuth, *HAIRLINE)
    masks["scalp"] = smooth_step(-0.55, 0.85, y - line + wobble)
    # What a receded hairline or a bald top leaves: the sides and the back.
    top = np.interp(azimuth, [0, 60, 75, 95, 120, 180], [-5.0, -2.0, 4.2, 5.2, 6.2, 6.8])
    masks["scalp_sides"] = masks["scalp"] * smooth_step(0.7, -0.9, y - top + wobble)


# Azimuth in degrees from the front -> height of the hairline, cm.
HAIRLINE = (
    (0, 20, 35, 48, 58, 70, 80, 90, 105, 125, 180),
    (6.9, 6.9, 7.1, 6.3, 4.4, 2.8, -0.8, -1.0, -3.0, -7.5, -8.6),
)
_NOSE_WIDTH = (0.55, 0.75, 1.05, 1.5, 1.95, 1.95, 1.2)
# z -> y of the lower border of the jaw: above it is face, below it is neck.
_JAW_BORDER = (
    (-10, -1, 0.1, 1.6, 4.3, 6.6, 8.2, 9),
    (-3.5, -4.5, -7.9, -9.1, -10.3, -11.0, -11.7, -12.0),
)
