"""Skin as the sum of its layers: masks, amounts and colours make the albedo of one sample.

`look` turns a character into amounts and colours once per picture; `skin_sample` is called by
the shading kernel for each visible sample of skin, so texture that nobody sees costs nothing.
"""

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numba import njit

from face2param.engines.builtin import palette
from face2param.engines.builtin.masks import (
    CHANNEL,
    REGION_LOWER_LIP,
    REGION_NECK,
    REGION_NOSE,
    REGION_UPPER_LIP,
)
from face2param.regions import INDEX


class Amount(IntEnum):
    """Strengths of the layers."""

    MOTTLE = 0
    CHEEK = 1
    NOSE = 2
    UNDER_EYE = 3
    FRECKLE = 4
    SPOT = 5
    LIPS = 6
    LIP_LINE = 7
    LIPSTICK = 8
    BLUSH = 9
    SHADOW = 10
    LINER = 11
    BEARD_CHEEK = 12
    BEARD_LIP = 13
    BEARD_CHIN = 14
    SCALP = 15
    SCALP_SIDES = 16
    BROW = 17
    LIP_GLOSS = 18
    SHINE = 19
    FOLD_BROW = 20
    FOLD_EYE = 21
    FOLD_MOUTH = 22
    FOLD_RELIEF = 23
    STUBBLE_GRAIN = 24
    MOUTH_OPEN = 25


class Colour(IntEnum):
    """Linear colours of the layers."""

    BASE = 0
    LIPS = 1
    LIPSTICK = 2
    BLUSH = 3
    SHADOW = 4
    BEARD = 5
    SCALP = 6
    BROW = 7


class SkinLook(NamedTuple):
    """Attributes: amounts float64 `[26]`, colours float64 `[8, 3]` in the orders above."""

    amounts: np.ndarray
    colours: np.ndarray


# Zones of painted beard roots per style: cheeks and jaw, upper lip, chin.
_BEARD_ZONES = {
    "none": (0.0, 0.0, 0.0),
    "stubble": (0.62, 0.55, 0.62),
    "moustache": (0.0, 0.7, 0.0),
    "goatee": (0.0, 0.55, 0.7),
    "full": (0.75, 0.6, 0.8),
    "full_long": (0.8, 0.6, 0.8),
}
# Painted hair roots per style: the whole scalp, or its sides only.
_SCALP = {"bald": (0.0, 0.0), "horseshoe": (0.0, 0.75), "receding": (0.0, 0.8)}
_BUZZ = 0.88
_UNDER_HAIR = 0.7


def look(character, nuisance: dict[str, float]) -> SkinLook:
    """Amounts and colours of a character's skin.

    Args:
        character: of the built-in schema.
        nuisance: expression weights by name; brows raised or eyes squeezed deepen their lines.
    """
    value = {name: float(character[name]) for name in _SLIDERS}
    tone = value["skin_tone"]
    blood = 1.0 - 0.6 * tone
    base = palette.skin(tone, value["skin_undertone"])
    hair = palette.hair(value["hair_tone"], value["hair_redness"], value["hair_grey"])
    beard = palette.hair(value["beard_tone"], 0.3 * value["hair_redness"], value["beard_grey"])
    brow = palette.hair(value["brow_tone"], 0.5 * value["hair_redness"], 0.0)
    age = value["skin_age"]

    amounts = np.zeros(len(Amount))
    amounts[Amount.MOTTLE] = 0.10 + 0.34 * value["skin_mottling"] + 0.10 * age
    amounts[Amount.CHEEK] = (0.10 + 1.15 * value["skin_redness"]) * blood
    amounts[Amount.NOSE] = (0.10 + 1.05 * value["skin_redness"]) * blood
    amounts[Amount.UNDER_EYE] = 0.15 + 1.1 * value["dark_circles"] + 0.25 * age
    amounts[Amount.FRECKLE] = 1.1 * value["freckles"]
    amounts[Amount.SPOT] = 0.3 * max(age - 0.45, 0.0) / 0.55
    amounts[Amount.LIPS] = 0.92 - 0.15 * age
    amounts[Amount.LIP_LINE] = 0.75
    amounts[Amount.LIPSTICK] = 0.9 * value["lipstick"]
    amounts[Amount.BLUSH] = 0.6 * value["blush"]
    amounts[Amount.SHADOW] = 0.8 * value["eyeshadow"]
    amounts[Amount.LINER] = value["eyeliner"]
    zones = np.array(_BEARD_ZONES.get(character["beard"], _BEARD_ZONES["none"]))
    zones = zones * (0.35 + 0.65 * value["beard_density"])
    zones = np.maximum(zones, 0.72 * value["stubble_density"] * np.array((1.0, 0.85, 1.0)))
    # White roots hardly show on skin that is darker than they are.
    zones = zones * (1.0 - 0.6 * value["beard_grey"] * tone**0.5)
    amounts[Amount.BEARD_CHEEK : Amount.BEARD_CHIN + 1] = zones
    style = character["hair"]
    scalp, sides = _SCALP.get(style, (_BUZZ if style == "buzz" else _UNDER_HAIR, 0.0))
    amounts[Amount.SCALP], amounts[Amount.SCALP_SIDES] = scalp, sides
    amounts[Amount.BROW] = 0.42 + 0.58 * value["brow_darkness"]
    amounts[Amount.LIP_GLOSS] = value["lip_gloss"]
    amounts[Amount.SHINE] = value["skin_shine"]

    def active(*names):
        return max(nuisance.get(name, 0.0) for name in names)

    brow_lift = active("browInnerUp", "browOuterUpLeft", "browOuterUpRight")
    squeeze = active("mouthSmileLeft", "mouthSmileRight", "eyeSquintLeft", "eyeSquintRight")
    smile = active("mouthSmileLeft", "mouthSmileRight", "noseSneerLeft", "noseSneerRight")
    fold = 0.04 + 1.05 * age**1.3
    amounts[Amount.FOLD_BROW] = fold * (1.0 + 0.8 * brow_lift) + 0.10 * brow_lift
    amounts[Amount.FOLD_EYE] = fold * (1.0 + 0.6 * squeeze) + 0.06 * squeeze
    amounts[Amount.FOLD_MOUTH] = 0.10 + fold * (1.0 + 0.4 * smile) + 0.30 * smile
    amounts[Amount.FOLD_RELIEF] = 0.35 + 0.9 * age
    amounts[Amount.STUBBLE_GRAIN] = 0.34
    amounts[Amount.MOUTH_OPEN] = min(1.0, 3.0 * nuisance.get("jawOpen", 0.0))

    colours = np.zeros((len(Colour), 3))
    colours[Colour.BASE] = base
    colours[Colour.LIPS] = palette.lips(base, value["lip_tint"], value["lip_darkness"])
    colours[Colour.LIPSTICK] = palette.lipstick(value["lipstick_hue"])
    colours[Colour.BLUSH] = palette.blush(base)
    colours[Colour.SHADOW] = palette.eyeshadow(value["eyeshadow_hue"], base)
    # Roots seen through skin: between the hair's colour and a bluish shade of the skin.
    roots = 0.75 * beard + 0.10 * base * (0.8, 0.95, 1.1)
    colours[Colour.BEARD] = np.minimum(roots, base * (0.8 + value["beard_grey"]))
    colours[Colour.SCALP] = 0.8 * hair + 0.03 * base
    colours[Colour.BROW] = np.minimum(brow * 0.85 + 0.002, 0.40 * base)
    return SkinLook(amounts, colours)


_SLIDERS = (
    "skin_tone", "skin_undertone", "skin_mottling", "skin_redness", "skin_shine", "skin_age",
    "dark_circles", "freckles", "lip_tint", "lip_darkness", "lip_gloss", "lipstick",
    "lipstick_hue", "blush", "eyeshadow", "eyeshadow_hue", "eyeliner", "brow_darkness",
    "brow_tone", "hair_tone", "hair_redness", "hair_grey", "beard_tone", "beard_grey",
    "beard_density", "stubble_density",
)  # fmt: skip

# Masks and amounts as plain constants for the compiler.
_M = {name: index for name, index in CHANNEL.items()}
MOTTLE, FINE, LIPS, LIP_WRINKLE = (_M[n] for n in ("mottle", "fine", "lips", "lip_wrinkle"))
LIP_LINE, NOSTRIL, CHEEK, NOSE_RED = (_M[n] for n in ("lip_line", "nostril", "cheek", "nose_red"))
UNDER_EYE, SOCKET, CANTHUS, BLUSH = (_M[n] for n in ("under_eye", "socket", "canthus", "blush"))
SHADOW, SHADOW_LOW, CREASE = (_M[n] for n in ("shadow", "shadow_low", "crease"))
LID_RIM, LINER, WING, LINER_LOW = (_M[n] for n in ("lid_rim", "liner", "wing", "liner_low"))
BEARD_CHEEK, BEARD_LIP, BEARD_CHIN = (_M[n] for n in ("beard_cheek", "beard_lip", "beard_chin"))
STUBBLE, SCALP, SCALP_SIDES = (_M[n] for n in ("stubble", "scalp", "scalp_sides"))
FRECKLE, SPOT, REGION, SHINE = (_M[n] for n in ("freckle", "spot", "region", "shine"))
FOLD_BROW, FOLD_EYE, FOLD_MOUTH = (_M[n] for n in ("fold_brow", "fold_eye", "fold_mouth"))
(
    A_MOTTLE, A_CHEEK, A_NOSE, A_UNDER, A_FRECKLE, A_SPOT, A_LIPS, A_LIP_LINE, A_LIPSTICK,
    A_BLUSH, A_SHADOW, A_LINER, A_BEARD_CHEEK, A_BEARD_LIP, A_BEARD_CHIN, A_SCALP,
    A_SCALP_SIDES, A_BROW, A_LIP_GLOSS, A_SHINE, A_FOLD_BROW, A_FOLD_EYE, A_FOLD_MOUTH,
    A_FOLD_RELIEF, A_STUBBLE_GRAIN, A_MOUTH_OPEN,
) = range(len(Amount))  # fmt: skip
_L_SKIN, _L_NOSE, _L_NECK, _L_HAIR = (INDEX[n] for n in ("skin", "nose", "neck", "hair"))
_L_UPPER, _L_LOWER = INDEX["u_lip"], INDEX["l_lip"]
# What each layer multiplies the albedo with at full strength.
_TINT_CHEEK = (1.02, 0.84, 0.84)
_TINT_NOSE = (1.01, 0.85, 0.84)
_TINT_UNDER = (0.84, 0.77, 0.83)
_TINT_SOCKET = (0.92, 0.86, 0.86)
_TINT_FRECKLE = (0.68, 0.54, 0.44)
_TINT_SPOT = (0.72, 0.62, 0.54)
_TINT_LINE = (0.44, 0.28, 0.28)
_TINT_NOSTRIL = (0.30, 0.16, 0.13)
_TINT_CANTHUS = (1.04, 0.66, 0.63)
_TINT_CREASE = (0.76, 0.65, 0.62)
_TINT_RIM = (0.72, 0.54, 0.52)
_TINT_LID = (0.55, 0.46, 0.45)
_TINT_FOLD = (0.70, 0.58, 0.54)


@njit(cache=True)
def skin_sample(mask, amount, colour, brow, out):
    """Albedo of one sample of skin.

    Args:
        mask: float `[32]` masks in [0, 1], "region" as its code.
        amount: `[26]` and
        colour: `[8, 3]` of `look`.
        brow: opacity of the brow strokes here.
        out: float `[6]`, receives albedo RGB, gloss, lip weight, fold weight.

    Returns:
        The parsing label of the sample, brows aside.
    """
    mottle = (mask[MOTTLE] - 0.5) * amount[A_MOTTLE]
    lips = mask[LIPS]
    line = mask[LIP_LINE] * amount[A_LIP_LINE] * (1.0 - 0.8 * amount[A_MOUTH_OPEN])
    liner = min(1.0, mask[LINER] + mask[WING] * min(max(amount[A_LINER] * 4.0 - 1.4, 0.0), 1.0))
    liner = liner * amount[A_LINER] + mask[LINER_LOW] * 0.6 * amount[A_LINER]
    liner = min(liner, 1.0)
    fold = (
        mask[FOLD_BROW] * amount[A_FOLD_BROW]
        + mask[FOLD_EYE] * amount[A_FOLD_EYE]
        + mask[FOLD_MOUTH] * amount[A_FOLD_MOUTH]
    )
    fold = min(fold, 1.3)
    root = max(
        mask[BEARD_CHEEK] * amount[A_BEARD_CHEEK],
        max(mask[BEARD_LIP] * amount[A_BEARD_LIP], mask[BEARD_CHIN] * amount[A_BEARD_CHIN]),
    )
    grain = 1.0 + amount[A_STUBBLE_GRAIN] * (1.5 * mask[STUBBLE] - 0.75)
    root = min(root * grain, 0.9)
    scalp = max(mask[SCALP] * amount[A_SCALP], mask[SCALP_SIDES] * amount[A_SCALP_SIDES])
    scalp_paint = min(scalp * (0.70 + 0.55 * mask[FINE]), 0.96)
    brow = brow * amount[A_BROW]
    for k in range(3):
        c = colour[0, k] * (1.0 + mottle * (0.75 + 0.22 * k))
        c *= 1.0 + mask[CHEEK] * amount[A_CHEEK] * (_TINT_CHEEK[k] - 1.0)
        c *= 1.0 + mask[NOSE_RED] * amount[A_NOSE] * (_TINT_NOSE[k] - 1.0)
        c *= 1.0 + min(mask[UNDER_EYE] * amount[A_UNDER], 1.2) * (_TINT_UNDER[k] - 1.0)
        c *= 1.0 + mask[SOCKET] * 0.5 * (_TINT_SOCKET[k] - 1.0)
        c *= 1.0 + min(mask[FRECKLE] * amount[A_FRECKLE], 1.0) * (_TINT_FRECKLE[k] - 1.0)
        c *= 1.0 + mask[SPOT] * amount[A_SPOT] * (_TINT_SPOT[k] - 1.0)
        c *= 1.0 + 0.50 * fold * (_TINT_FOLD[k] - 1.0)
        c += lips * amount[A_LIPS] * (colour[1, k] - c)
        c *= 1.0 + 0.22 * lips * (mask[LIP_WRINKLE] - 0.5)
        c += lips * amount[A_LIPSTICK] * (colour[2, k] - c)
        c *= 1.0 + line * (_TINT_LINE[k] - 1.0)
        c *= 1.0 + 0.85 * mask[NOSTRIL] * (_TINT_NOSTRIL[k] - 1.0)
        c *= 1.0 + 0.7 * mask[CANTHUS] * (_TINT_CANTHUS[k] - 1.0)
        c += mask[BLUSH] * amount[A_BLUSH] * (colour[3, k] - c)
        c += (mask[SHADOW] + 0.4 * mask[SHADOW_LOW]) * amount[A_SHADOW] * (colour[4, k] - c)
        c *= 1.0 + 0.55 * mask[CREASE] * (_TINT_CREASE[k] - 1.0)
        c *= 1.0 + 0.6 * mask[LID_RIM] * (_TINT_RIM[k] - 1.0)
        c *= 1.0 + 0.5 * mask[LINER] * (_TINT_LID[k] - 1.0)
        c += liner * (0.011 - c)
        c += root * (colour[5, k] - c)
        c += scalp_paint * (colour[6, k] - c)
        c += brow * (colour[7, k] - c)
        out[k] = min(max(c, 0.0), 1.0)
    gloss = 0.20 + 0.50 * amount[A_SHINE] * (0.35 + mask[SHINE]) + 0.10 * (mask[FINE] - 0.5)
    gloss += lips * (0.06 + 0.8 * amount[A_LIP_GLOSS])
    out[3] = min(max(gloss * (1.0 - 0.6 * max(root, scalp_paint)), 0.0), 1.5)
    out[4] = lips
    out[5] = fold
    region = int(mask[REGION] + 0.5)
    if region == REGION_UPPER_LIP:
        return _L_UPPER
    if region == REGION_LOWER_LIP:
        return _L_LOWER
    if scalp > 0.42:
        return _L_HAIR
    if region == REGION_NOSE:
        return _L_NOSE
    if region == REGION_NECK:
        return _L_NECK
    return _L_SKIN
