"""The geometry sliders of the built-in head: what each one moves, along which axis, how far.

A slider value in [0, 1] becomes the signed weight `2 * value - 1`, so 0.5 is the neutral head,
and every effect adds `weight * amount` to its target. Amounts are cm for translations,
fractions for scales, degrees for rotations, and the unit of the constant for shapes.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Effect:
    """One thing that a slider moves.

    Attributes:
      kind: "bone" (a named field of `bones.py`), "shape" (a constant of `sculpt.py`) or "ear".
      target: name of the bone, shape constant or ear constant.
      axis: for bones "tx", "ty", "tz", "sx", "sy", "sz", "s" (all axes) or "rz"; a leading "-"
        moves the character's right side the other way (an asymmetry); for shapes and ears "".
      amount: reach at slider value 1 (minus that at 0).
    """

    kind: str
    target: str
    axis: str
    amount: float


@dataclass(frozen=True)
class GeometrySlider:
    """A continuous parameter that changes the shape of the head.

    An odd slider is an asymmetry: in the mirror its value becomes `1 - value`. `below` scales
    the effect of values under 0.5: a fold may deepen a lot but hardly turns into a ridge.
    """

    name: str
    group: str
    effects: tuple[Effect, ...]
    description: str
    odd: bool = False
    below: float = 1.0


def _bone(group, name, target, axis, amount, description):
    return GeometrySlider(name, group, (Effect("bone", target, axis, amount),), description)


def _shape(group, name, target, amount, description, below=1.0):
    effects = (Effect("shape", target, "", amount),)
    return GeometrySlider(name, group, effects, description, below=below)


def _ear(name, target, amount, description):
    return GeometrySlider(name, "ears", (Effect("ear", target, "", amount),), description)


def _composite(group, name, below, description, *effects):
    parts = tuple(Effect(*effect) for effect in effects)
    return GeometrySlider(name, group, parts, description, below=below)


def _odd(name, target, axis, amount, description):
    effects = (Effect("bone", target, axis, amount),)
    return GeometrySlider(name, "asymmetry", effects, description, odd=True)


_FACE_FAT = _composite(
    "face",
    "face_fat",
    0.6,
    "lean to fat: cheeks, jaw border, under the chin and neck",
    ("bone", "cheek", "tx", 0.42),
    ("bone", "cheek", "tz", 0.24),
    ("bone", "cheek_hollow", "tx", 0.20),
    ("bone", "jaw", "tx", 0.40),
    ("bone", "jawline", "tx", 0.42),
    ("bone", "jawline", "ty", -0.22),
    ("bone", "jowl", "tx", 0.16),
    ("bone", "underchin", "ty", -0.75),
    ("bone", "underchin", "tz", 0.25),
    ("bone", "chin", "sx", 0.05),
    ("bone", "nasolabial", "tz", 0.12),
    ("bone", "neck", "sx", 0.10),
    ("bone", "neck", "sz", 0.07),
    ("shape", "eyelid_fullness", "", 0.03),
)

_AGE = _composite(
    "face",
    "age",
    0.35,
    "smooth and full to sagging and hollow",
    ("bone", "jowl", "ty", -0.34),
    ("bone", "jowl", "tx", 0.22),
    ("bone", "jowl", "tz", 0.10),
    ("bone", "cheek_hollow", "tx", -0.26),
    ("bone", "temple", "tx", -0.16),
    ("bone", "cheek_in", "ty", -0.16),
    ("bone", "cheek_in", "tz", -0.10),
    ("bone", "underchin", "ty", -0.40),
    ("bone", "mouth_corner", "ty", -0.10),
    ("bone", "nose_tip", "ty", -0.14),
    ("bone", "browridge", "ty", -0.10),
    ("bone", "eyebag", "tz", 0.10),
    ("bone", "lidfold", "ty", -0.06),
    ("shape", "nasolabial_fold", "", 0.16),
    ("shape", "tear_trough", "", 0.09),
    ("shape", "marionette_fold", "", 0.10),
    ("shape", "eyelid_hood", "", 0.05),
    ("shape", "lip_upper_volume", "", -0.22),
    ("shape", "mouth_upper", "", -0.09),
    ("ear", "lobe", "", 0.35),
    ("ear", "scale", "", 0.04),
)

AVERAGE_WEIGHTS = {
    "head_width": 0.4,
    "head_height": -0.7,
    "face_length": -1.0,
    "face_width": 0.6,
    "midface_length": -0.8,
    "midface_width": 0.4,
    "forehead_width": 0.7,
    "cheek_height": 0.6,
    "jaw_width": 0.6,
    "jaw_height": -0.4,
    "chin_length": -0.5,
    "chin_width": 0.25,
    "brow_height": -0.9,
    "eye_height": 0.8,
    "eye_width": -0.5,
    "eye_opening": -0.25,
    "nose_height": 0.4,
    "nose_length": 0.15,
    "nose_tip_height": -0.2,
    "upper_lip_thickness": -0.35,
    "lower_lip_thickness": -0.2,
}
"""Weights, on top of the sliders' own, that turn the authored head into the average of real ones.

Least squares of the neutral landmarks to the mean landmarks of 160 frontal portraits (their
smiles explained by smile controls): the authored face is too long, with brows too high. With
them a slider at 0.5 stands for an average person and both its directions are used.
"""

GEOMETRY_SLIDERS: tuple[GeometrySlider, ...] = (
    # ------------------------------------------------------------------ face
    _bone("face", "head_width", "cranium", "sx", 0.07, "width of the skull above the brows"),
    _bone("face", "head_height", "cranium", "ty", 0.75, "height of the crown"),
    _bone("face", "skull_depth", "skull_back", "tz", -0.7, "how far the back of the head goes"),
    _bone("face", "face_length", "lower_face", "ty", -0.6, "length of the lower face"),
    _bone("face", "face_width", "lower_face", "sx", 0.09, "width of the lower face"),
    _bone("face", "midface_length", "mid_face", "ty", -0.22, "nose and cheeks lower"),
    _bone("face", "midface_width", "mid_face", "sx", 0.05, "width at the cheeks"),
    _bone("face", "midface_depth", "mid_face", "tz", 0.35, "middle of the face forward"),
    _bone("face", "neck_width", "neck", "sx", 0.12, "width of the neck"),
    _bone("face", "neck_depth", "neck", "sz", 0.10, "depth of the neck"),
    _FACE_FAT,
    _AGE,
    # -------------------------------------------------------------- forehead
    _bone("forehead", "forehead_depth", "forehead", "tz", 0.45, "bulging forehead"),
    _bone("forehead", "forehead_width", "temple", "tx", 0.40, "width at the temples"),
    _bone("forehead", "forehead_height", "forehead", "ty", 0.4, "bulge of the forehead higher"),
    _bone("forehead", "forehead_slope", "forehead_top", "tz", 0.55, "upper forehead forward"),
    _bone("forehead", "temple_depth", "temple", "tz", 0.28, "temples forward"),
    _bone("forehead", "glabella_depth", "glabella", "tz", 0.28, "between the brows forward"),
    # ---------------------------------------------------------------- cheeks
    _bone("cheeks", "cheekbone_width", "cheekbone", "tx", 0.42, "cheekbones outwards"),
    _bone("cheeks", "cheekbone_height", "cheekbone", "ty", 0.4, "cheekbones higher"),
    _bone("cheeks", "cheekbone_depth", "cheekbone", "tz", 0.4, "cheekbones forward"),
    _bone("cheeks", "cheek_fullness", "cheek", "tx", 0.42, "cheeks outwards"),
    _bone("cheeks", "cheek_depth", "cheek", "tz", 0.32, "cheeks forward"),
    _bone("cheeks", "cheek_height", "cheek", "ty", 0.35, "cheeks higher"),
    _bone("cheeks", "cheek_hollow", "cheek_hollow", "tx", -0.30, "hollow under the cheekbone"),
    _bone("cheeks", "cheek_apple", "cheek_in", "tz", 0.28, "apple of the cheek forward"),
    _bone("cheeks", "nasolabial_depth", "nasolabial", "tz", 0.18, "skin beside the mouth"),
    _shape("cheeks", "nasolabial_fold", "nasolabial_fold", 0.13, "fold from nose to mouth", 0.35),
    _shape("cheeks", "tear_trough", "tear_trough", 0.13, "groove under the eye", 0.35),
    # ------------------------------------------------------------------- jaw
    _bone("jaw", "jaw_width", "jaw", "tx", 0.52, "angles of the jaw outwards"),
    _bone("jaw", "jaw_height", "jaw", "ty", 0.55, "angles of the jaw higher"),
    _bone("jaw", "jaw_depth", "jaw", "tz", 0.4, "angles of the jaw forward"),
    _bone("jaw", "jawline_width", "jawline", "tx", 0.38, "border of the jaw outwards"),
    _bone("jaw", "jawline_height", "jawline", "ty", 0.36, "border of the jaw higher"),
    _bone("jaw", "jawline_depth", "jawline", "tz", 0.35, "border of the jaw forward"),
    _bone("jaw", "jowls", "jowl", "ty", -0.25, "sagging beside the chin"),
    _bone("jaw", "underchin_height", "underchin", "ty", 0.45, "skin under the chin higher"),
    # ------------------------------------------------------------------ chin
    _bone("chin", "chin_length", "chin", "ty", -0.50, "chin lower"),
    _bone("chin", "chin_depth", "chin", "tz", 0.5, "chin forward"),
    _bone("chin", "chin_width", "chin_side", "tx", 0.34, "corners of the chin outwards"),
    _bone("chin", "chin_corner_height", "chin_side", "ty", 0.35, "corners of the chin higher"),
    _bone("chin", "chin_size", "chin", "sx", 0.13, "whole chin wider"),
    _bone("chin", "mentolabial_depth", "mentolabial", "tz", 0.22, "below the lower lip forward"),
    _shape("chin", "chin_cleft", "chin_cleft", 0.13, "cleft of the chin", 0.35),
    # ----------------------------------------------------------------- brows
    _bone("brows", "brow_ridge_depth", "browridge", "tz", 0.27, "ridge under the brows forward"),
    _bone("brows", "brow_height", "browridge", "ty", 0.30, "brows and their ridge higher"),
    _bone("brows", "brow_ridge_spacing", "browridge", "tx", 0.2, "ridges apart"),
    # ------------------------------------------------------------------ eyes
    _bone("eyes", "eye_spacing", "eye", "tx", 0.24, "eyes apart"),
    _bone("eyes", "eye_height", "eye", "ty", 0.24, "eyes higher"),
    _bone("eyes", "eye_depth", "eye", "tz", 0.30, "eyes forward"),
    _bone("eyes", "eye_width", "eye", "sx", 0.13, "width of the eyes"),
    _bone("eyes", "eye_opening", "eye", "sy", 0.16, "height of the eyes"),
    _bone("eyes", "eye_tilt", "eye", "rz", 7.0, "outer corners up"),
    _bone("eyes", "eye_inner_corner_x", "eye_inner", "tx", 0.13, "inner corners outwards"),
    _bone("eyes", "eye_inner_corner_height", "eye_inner", "ty", 0.13, "inner corners higher"),
    _bone("eyes", "eye_outer_corner_x", "eye_outer", "tx", 0.15, "outer corners outwards"),
    _bone("eyes", "eye_outer_corner_height", "eye_outer", "ty", 0.20, "outer corners higher"),
    _bone("eyes", "eye_bags", "eyebag", "tz", 0.12, "bags under the eyes"),
    _bone("eyes", "lid_fold_height", "lidfold", "ty", 0.12, "fold of the upper lid higher"),
    _bone("eyes", "lid_fold_depth", "lidfold", "tz", 0.09, "fold of the upper lid forward"),
    _shape("eyes", "upper_lid_height", "eye_upper", 0.16, "upper lid higher"),
    _shape("eyes", "lower_lid_height", "eye_lower", -0.13, "lower lid higher"),
    _shape("eyes", "upper_lid_peak", "eye_upper_peak", 0.10, "highest point further out"),
    _shape("eyes", "lower_lid_peak", "eye_lower_peak", 0.10, "lowest point further out"),
    _shape("eyes", "inner_canthus_height", "eye_inner_y", 0.08, "inner angle of the lids higher"),
    _shape("eyes", "outer_canthus_height", "eye_outer_y", 0.10, "outer angle of the lids higher"),
    _shape("eyes", "eyelid_monolid", "eyelid_monolid", 0.14, "deep crease to no crease"),
    _shape("eyes", "eyelid_hood", "eyelid_hood", 0.11, "skin hangs over the upper lid"),
    _shape("eyes", "eyelid_fullness", "eyelid_fullness", 0.08, "full below the brow"),
    _shape("eyes", "epicanthus", "epicanthus", 0.12, "fold over the inner corner"),
    # ------------------------------------------------------------------ nose
    _bone("nose", "nose_height", "nose", "ty", 0.30, "whole nose higher"),
    _bone("nose", "nose_depth", "nose", "tz", 0.40, "whole nose forward"),
    _bone("nose", "nose_width", "nose", "sx", 0.17, "whole nose wider"),
    _bone("nose", "nose_length", "nose", "sy", 0.09, "whole nose longer"),
    _bone("nose", "nose_bridge_depth", "nose_bridge", "tz", 0.32, "root of the nose forward"),
    _bone("nose", "nose_bridge_width", "nose_bridge", "sx", 0.20, "root of the nose wider"),
    _bone("nose", "nose_middle_depth", "nose_mid", "tz", 0.26, "middle of the ridge forward"),
    _bone("nose", "nose_middle_width", "nose_mid", "sx", 0.18, "middle of the nose wider"),
    _bone("nose", "nose_tip_height", "nose_tip", "ty", 0.30, "tip higher"),
    _bone("nose", "nose_tip_depth", "nose_tip", "tz", 0.38, "tip forward"),
    _bone("nose", "nose_tip_width", "nose_tip", "sx", 0.25, "tip wider"),
    _bone("nose", "nose_tip_length", "nose_tip", "sy", 0.18, "tip taller"),
    _bone("nose", "nose_wing_width", "nose_ala", "tx", 0.26, "wings outwards"),
    _bone("nose", "nose_wing_height", "nose_ala", "ty", 0.22, "wings higher"),
    _bone("nose", "nose_wing_depth", "nose_ala", "tz", 0.22, "wings forward"),
    _bone("nose", "nose_wing_size", "nose_ala", "s", 0.18, "wings larger"),
    _shape("nose", "nose_base_width", "nose_base_width", 0.22, "base wider"),
    _shape("nose", "nose_ridge_width", "nose_ridge_width", 0.12, "ridge wider"),
    _shape("nose", "nose_tip_roundness", "nose_tip_width", 0.20, "tip rounder"),
    _shape("nose", "nose_hump", "nose_hump", 0.24, "hump of the ridge"),
    _shape("nose", "nostril_size", "nostril_size", 0.45, "openings larger"),
    _shape("nose", "columella_height", "columella_y", -0.16, "middle of the base lower"),
    # ----------------------------------------------------------------- mouth
    _bone("mouth", "mouth_height", "mouth", "ty", 0.32, "mouth higher"),
    _bone("mouth", "mouth_depth", "mouth", "tz", 0.35, "mouth forward"),
    _bone("mouth", "mouth_width", "mouth", "sx", 0.10, "mouth wider"),
    _bone("mouth", "mouth_corner_height", "mouth_corner", "ty", 0.22, "corners higher"),
    _bone("mouth", "mouth_corner_spread", "mouth_corner", "tx", 0.20, "corners outwards"),
    _bone("mouth", "mouth_corner_depth", "mouth_corner", "tz", 0.2, "corners forward"),
    _bone("mouth", "upper_lip_depth", "lip_up", "tz", 0.18, "upper lip forward"),
    _bone("mouth", "upper_lip_height", "lip_up", "ty", 0.12, "upper lip higher"),
    _bone("mouth", "lower_lip_depth", "lip_low", "tz", 0.2, "lower lip forward"),
    _bone("mouth", "lower_lip_height", "lip_low", "ty", 0.14, "lower lip higher"),
    _bone("mouth", "philtrum_depth", "philtrum", "tz", 0.16, "above the upper lip forward"),
    _shape("mouth", "lips_width", "mouth_width", 0.28, "lips wider"),
    _shape("mouth", "upper_lip_thickness", "mouth_upper", 0.24, "upper lip taller"),
    _shape("mouth", "lower_lip_thickness", "mouth_lower", 0.26, "lower lip taller"),
    _shape("mouth", "cupid_bow", "mouth_cupid", 0.10, "dent of the upper lip"),
    _shape("mouth", "mouth_curve", "mouth_corner", 0.16, "line of the mouth curves up"),
    _shape("mouth", "upper_lip_volume", "lip_upper_volume", 0.5, "upper lip fuller"),
    _shape("mouth", "lower_lip_volume", "lip_lower_volume", 0.45, "lower lip fuller"),
    _shape("mouth", "philtrum_groove", "philtrum_groove", 0.9, "groove above the lip deeper"),
    # ------------------------------------------------------------------ ears
    _ear("ear_size", "scale", 0.14, "ears larger"),
    _ear("ear_width", "width", 0.16, "ears broader"),
    _ear("ear_flare", "flare", 14.0, "ears stand off"),
    _ear("ear_point", "point", 0.5, "tops of the ears taller"),
    _ear("ear_height", "dy", 0.45, "ears higher"),
    _ear("ear_depth", "dz", 0.4, "ears forward"),
    _ear("ear_lobe", "lobe", 0.7, "lobes longer"),
    # ------------------------------------------------------------- asymmetry
    _odd("nose_bend", "nose_tip", "tx", 0.28, "tip of the nose to the character's left"),
    _odd("mouth_shift", "mouth", "tx", 0.22, "mouth to the character's left"),
    _odd("chin_shift", "lower_face", "tx", 0.30, "chin and jaw to the character's left"),
    _odd("brow_asymmetry", "browridge", "-ty", 0.20, "left brow up, right brow down"),
    _odd("eye_asymmetry", "eye", "-ty", 0.10, "left eye up, right eye down"),
)
