"""Bones as fields: smooth weights in space that move whatever lies in them.

Every axis of a bone gives a linear displacement field, so that the skin, the ears, the hair
and the eyeballs follow the same sliders. Paired bones are authored for x > 0 and mirrored.
"""

from dataclasses import dataclass

import numpy as np

from face2param.engines.builtin.anatomy import smoothstep


@dataclass(frozen=True)
class Bone:
    """A field around `centre` (cm) that falls off over `radii` (cm); `paired` has a mirror."""

    centre: tuple[float, float, float]
    radii: tuple[float, float, float]
    paired: bool = False


BONES: dict[str, Bone] = {
    "cranium": Bone((0, 7.5, -1.5), (7, 4.5, 8)),
    "skull_back": Bone((0, 2, -9), (7, 6, 5)),
    "forehead": Bone((0, 5.0, 8.5), (3.6, 2.2, 4)),
    "forehead_top": Bone((0, 7.8, 6.8), (4.6, 2.2, 4)),
    "temple": Bone((6.3, 3.0, 3.5), (2.2, 2.6, 4), True),
    "browridge": Bone((2.6, 1.9, 9.2), (1.9, 0.75, 2.5), True),
    "glabella": Bone((0, 1.3, 9.5), (1.1, 1.2, 2)),
    "cheekbone": Bone((5.6, -2.0, 5.5), (1.9, 1.5, 3.2), True),
    "cheek": Bone((4.2, -5.0, 7.0), (1.7, 1.8, 3), True),
    "cheek_hollow": Bone((4.9, -5.2, 5.9), (1.3, 1.4, 2.2), True),
    "cheek_in": Bone((2.4, -2.9, 9), (1.1, 1.1, 2), True),
    "nasolabial": Bone((2.9, -5.3, 9), (0.8, 1.3, 2), True),
    "jaw": Bone((5.4, -7.6, 1.5), (2.2, 2.4, 3.2), True),
    "jawline": Bone((4.0, -9.6, 5.2), (1.7, 1.6, 2.6), True),
    "jowl": Bone((3.2, -9.0, 7.0), (1.0, 0.9, 1.7), True),
    "chin": Bone((0, -10.8, 9.2), (1.9, 1.7, 3)),
    "chin_side": Bone((1.8, -10.6, 8.6), (1.15, 1.2, 2), True),
    "underchin": Bone((0, -12.3, 5.5), (2.6, 1.3, 2.6)),
    "lower_face": Bone((0, -8.8, 5), (9, 2.9, 9)),
    "mid_face": Bone((0, -4.0, 7), (9, 2.2, 6)),
    "eye": Bone((3.06, 0, 7.8), (1.75, 1.15, 2.6), True),
    "eye_inner": Bone((1.65, -0.15, 8.3), (0.5, 0.5, 1.2), True),
    "eye_outer": Bone((4.7, 0.1, 7.5), (0.55, 0.55, 1.5), True),
    "eyebag": Bone((3.1, -1.15, 8.3), (1.1, 0.4, 1.5), True),
    "lidfold": Bone((3.2, 0.95, 8.3), (1.3, 0.33, 1.5), True),
    "nose": Bone((0, -3.0, 10.3), (1.6, 1.75, 2.6)),
    "nose_bridge": Bone((0, -0.6, 9.7), (0.9, 1.0, 2)),
    "nose_tip": Bone((0, -4.0, 11.4), (0.85, 0.75, 1.4)),
    "nose_ala": Bone((1.35, -4.4, 10.0), (0.62, 0.62, 1.2), True),
    "nose_mid": Bone((0, -2.2, 10.6), (0.8, 0.8, 1.5)),
    "mouth": Bone((0, -6.95, 10.2), (2.3, 1.25, 2.2)),
    "mouth_corner": Bone((2.75, -6.95, 9.3), (0.75, 0.7, 1.5), True),
    "lip_up": Bone((0, -6.45, 10.6), (1.5, 0.42, 1.2)),
    "lip_low": Bone((0, -7.5, 10.5), (1.4, 0.45, 1.2)),
    "philtrum": Bone((0, -5.6, 10.2), (0.9, 0.6, 1.2)),
    "mentolabial": Bone((0, -8.8, 9.7), (1.5, 0.6, 1.5)),
    "ear": Bone((7.3, -1.0, -0.8), (1.0, 3.2, 2.2), True),
    "neck": Bone((0, -15.5, -1.5), (8, 2.8, 8)),
}

# Bones large and smooth enough to carry hair and glasses that float over the skin.
CARRIERS = (
    "cranium",
    "skull_back",
    "forehead",
    "forehead_top",
    "temple",
    "cheekbone",
    "cheek",
    "jaw",
    "jawline",
    "chin",
    "underchin",
    "lower_face",
    "mid_face",
    "neck",
)


def weight(name: str, side: int, points: np.ndarray) -> np.ndarray:
    """The weight of a bone.

    Args:
      name: of the bone.
      side: 1, or -1 for the mirror image of a paired bone.
      points: `[points, 3]` in cm.

    Returns:
      `[points]` in [0, 1]. The eye is flat inside the socket, so that lids and eyeball move
      as one.
    """
    bone = BONES[name]
    centre = np.array(bone.centre) * [side, 1, 1]
    q2 = (((points - centre) / (np.array(bone.radii) * 1.05)) ** 2).sum(1)
    if name == "eye":
        return 1 - smoothstep(0.95, 2.0, np.sqrt(q2))
    return np.exp(-0.5 * q2)


def displacement(name: str, axis: str, points: np.ndarray) -> np.ndarray:
    """What one unit of an axis of a bone does.

    Args:
      name: of the bone.
      axis: "tx", "ty", "tz" (cm), "sx", "sy", "sz", "s" (fraction) or "rz" (degrees, for
        small angles); with a leading "-" the mirror image moves the other way.
      points: `[points, 3]` in cm, on the neutral head.

    Returns:
      `[points, 3]` displacement in cm.
    """
    bone = BONES[name]
    odd, axis = axis.startswith("-"), axis.lstrip("-")
    out = np.zeros_like(points, dtype=float)
    for side in (1, -1) if bone.paired else (1,):
        centre = np.array(bone.centre) * [side, 1, 1]
        local = points - centre
        if axis[0] == "t":
            move = np.zeros(3)
            move["xyz".index(axis[1])] = 1.0
            field = np.tile(move * [side if bone.paired else 1, 1, 1], (len(points), 1))
        elif axis == "rz":
            angle = np.radians(1.0) * side
            field = angle * np.stack([-local[:, 1], local[:, 0], 0 * local[:, 0]], 1)
        else:
            mask = np.ones(3) if axis == "s" else np.array([float(axis[1] == a) for a in "xyz"])
            field = local * mask
        sign = -1.0 if odd and side < 0 else 1.0
        out += sign * weight(name, side, points)[:, None] * field
    return out
