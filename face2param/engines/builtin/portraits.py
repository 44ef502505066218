"""What to expect of a person in a portrait: the search falls back on it where a photograph
says nothing.

Random characters of `sampling.py` fill the whole space, so that an imitator learns it. People do
not: real features differ from the average by a fraction of what the sliders can do, and a face of
many extreme sliders looks worn and odd long before a recognition network minds.
"""

import numpy as np

from face2param.engines.base import People
from face2param.schema import Schema

# Group -> standard deviation of its sliders among people. Geometry: the sliders reach about
# three standard deviations of measured adult faces to both sides.
_GROUP_SPREAD = {
    "face": 0.16, "forehead": 0.13, "cheeks": 0.13, "jaw": 0.16, "chin": 0.15, "brows": 0.10,
    "eyes": 0.13, "nose": 0.15, "mouth": 0.14, "ears": 0.12, "asymmetry": 0.05,
    "skin": 0.10, "lips": 0.15, "makeup": 0.12, "iris": 0.25, "hair_colour": 0.30,
    "hair_shape": 0.12, "beard_look": 0.20,
}  # fmt: skip

# Name -> (mean, standard deviation), where the group's spread around the default does not do.
_SLIDERS = {
    # Colours are read from the photograph; hardly anything is known beforehand.
    "skin_tone": (0.25, 0.35),
    "skin_undertone": (0.5, 0.15),
    # A recognition network likes to paint these on; the colour zones must insist.
    "skin_mottling": (0.3, 0.05),
    "skin_redness": (0.3, 0.08),
    "skin_shine": (0.35, 0.08),
    "skin_age": (0.2, 0.16),
    "dark_circles": (0.15, 0.08),
    "freckles": (0.0, 0.04),
    "blush": (0.05, 0.06),
    "eyeshadow": (0.05, 0.06),
    "eyeshadow_hue": (0.05, 0.1),
    "eyeliner": (0.1, 0.12),
    "lipstick": (0.05, 0.15),
    "stubble_density": (0.0, 0.08),
    "age": (0.4, 0.11),
    # Long and short faces are often only nods.
    "midface_length": (0.45, 0.10),
    "face_length": (0.45, 0.12),
    # Folds and bags age a face; bigger than average only with good reason.
    "nasolabial_fold": (0.42, 0.10),
    "tear_trough": (0.42, 0.08),
    "eye_bags": (0.45, 0.08),
    "jowls": (0.45, 0.12),
    # Narrow eyes come from smiles and lamps.
    "eye_opening": (0.55, 0.07),
    "upper_lid_height": (0.52, 0.10),
    "lower_lid_height": (0.48, 0.08),
    "eyelid_hood": (0.45, 0.10),
    # Inner ends down and outer ends up look angry.
    "brow_tilt": (0.42, 0.05),
    "brow_arch": (0.47, 0.06),
    "brow_height": (0.55, 0.06),
    "brow_thickness": (0.4, 0.13),
    "brow_darkness": (0.55, 0.12),
    "brow_tone": (0.3, 0.25),
    "hair_grey": (0.1, 0.35),
    "hair_redness": (0.1, 0.2),
    "hair_part": (0.5, 0.25),
    "hairline_height": (0.45, 0.18),
    "hair_length": (0.5, 0.18),
    "beard_grey": (0.1, 0.3),
}  # fmt: skip


_BEARDS = (
    {"beard_tone": 0.1, "beard_grey": 0.05, "beard_length": 0.3},
    {"beard_tone": 0.55, "beard_grey": 0.1, "beard_length": 0.3},
    {"beard_tone": 0.9, "beard_grey": 0.15, "beard_length": 0.3},
    {"beard_tone": 0.2, "beard_grey": 0.35, "beard_length": 0.3},
    {"beard_tone": 0.8, "beard_grey": 0.5, "beard_length": 0.3},
    {"beard_tone": 0.3, "beard_grey": 0.85, "beard_length": 0.3},
)
_HAIR_SHAPES = (
    {"hair_length": 0.5, "hair_volume": 0.5},
    {"hair_length": 0.2, "hair_volume": 0.4},
    {"hair_length": 0.8, "hair_volume": 0.6},
    {"hair_length": 0.5, "hair_volume": 0.9},
)

# How usual a style is in portraits. Curls, spikes and balls of hair look odd when they are wrong,
# so they must be much the better match.
_HAIR_ODDS = {
    "bald": 6, "horseshoe": 5, "receding": 7, "buzz": 5, "crop": 8, "side_part": 16,
    "swept_back": 10, "quiff": 0.6, "spiky": 0.3, "fringe": 4, "short_curls": 0.8, "afro": 0.1,
    "pixie": 4, "bob": 8, "bob_fringe": 6, "wavy_medium": 12, "long": 10, "curly_long": 2,
    "bun": 1,
}  # fmt: skip
_BEARD_ODDS = {
    "none": 40, "stubble": 1.5, "moustache": 3, "goatee": 3, "full": 16, "full_long": 4,
}  # fmt: skip
_GLASSES_ODDS = {"none": 60, "round": 8, "rectangular": 14, "browline": 8, "rimless": 3}
_CURL = {
    "side_part": 0.0, "swept_back": 0.0, "fringe": 0.0, "bob": 0.0, "bob_fringe": 0.0,
    "long": 0.0, "wavy_medium": 0.5, "short_curls": 1.0, "afro": 1.0, "curly_long": 1.0,
    "bun": 0.0, "pixie": 0.6,
}  # fmt: skip

_LENGTHS = {
    "bald": "bald", "horseshoe": "bald", "receding": "receding", "buzz": "short",
    "crop": "short", "side_part": "short", "swept_back": "short", "quiff": "short",
    "spiky": "short", "fringe": "short", "short_curls": "short", "pixie": "short",
    "afro": "short", "bob": "medium", "bob_fringe": "medium", "wavy_medium": "medium",
    "bun": "medium", "long": "long", "curly_long": "long",
}  # fmt: skip
_TEXTURES = {
    "side_part": "straight", "swept_back": "straight", "fringe": "straight", "bob": "straight",
    "bob_fringe": "straight", "long": "straight", "bun": "straight", "crop": "straight",
    "quiff": "straight", "spiky": "straight", "wavy_medium": "wavy",
    "short_curls": "curly", "curly_long": "curly", "afro": "coily",
}  # fmt: skip
_BEARDS_SEEN = {
    "none": "none", "stubble": "stubble", "moustache": "moustache", "goatee": "goatee",
    "full": "full", "full_long": "full",
}  # fmt: skip
_GLASSES_SEEN = {
    "none": "none", "round": "thin", "rimless": "thin", "rectangular": "dark", "browline": "dark",
}  # fmt: skip


def _attributes() -> dict[str, dict[str, dict[str, str]]]:
    hair: dict[str, dict[str, str]] = {o: {"hair_length": v} for o, v in _LENGTHS.items()}
    for option, value in _TEXTURES.items():
        hair[option]["hair_texture"] = value
    return {
        "hair": hair,
        "beard": {option: {"beard": value} for option, value in _BEARDS_SEEN.items()},
        "glasses": {option: {"glasses": value} for option, value in _GLASSES_SEEN.items()},
    }


def people(schema: Schema) -> People:
    """Returns what to expect of a person in terms of the "builtin" schema."""
    mean = np.array([control.default for control in schema.continuous], np.float32)
    spread = np.array([_GROUP_SPREAD[control.group] for control in schema.continuous], np.float32)
    for row, control in enumerate(schema.continuous):
        if control.name in _SLIDERS:
            mean[row], spread[row] = _SLIDERS[control.name]
    return People(
        mean,
        spread,
        odds={"hair": _HAIR_ODDS, "beard": _BEARD_ODDS, "glasses": _GLASSES_ODDS},
        variants={"hair": _HAIR_SHAPES, "beard": _BEARDS},
        curl=_CURL,
        attributes=_attributes(),
    )
