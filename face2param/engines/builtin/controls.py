"""The one table of what the built-in character can do; writes `schema/data/builtin.json`.

Continuous parameters are the geometry sliders (`geometry_sliders.py`) followed by the
appearance sliders below; choices are hair, beard and glasses; nuisance controls are
expressions named after the ARKit blend shapes (Left and Right are the character's own), the
gaze, and the pose of the head. Run `python -m face2param.engines.builtin.controls` to rewrite
the schema file after a change.
"""

import json
from pathlib import Path

from face2param.engines.builtin.geometry_sliders import GEOMETRY_SLIDERS

SCHEMA_NAME = "builtin"
SCHEMA_VERSION = "1"

# Appearance sliders that turn into `1 - value` in the mirror.
_ODD_APPEARANCE = ("hair_part",)

# (group, name, default, what 0 and 1 mean)
APPEARANCE = (
    ("skin", "skin_tone", 0.2, "pale to very dark"),
    ("skin", "skin_undertone", 0.5, "cool to warm"),
    ("skin", "skin_mottling", 0.4, "even to blotchy"),
    ("skin", "skin_redness", 0.4, "pale cheeks and nose to red ones"),
    ("skin", "skin_shine", 0.4, "matt to shiny"),
    ("skin", "skin_age", 0.2, "smooth to wrinkled: forehead, crow's feet, folds, spots"),
    ("skin", "dark_circles", 0.2, "none to dark under the eyes"),
    ("skin", "freckles", 0.0, "none to many"),
    ("lips", "lip_tint", 0.5, "lips coloured like the skin to clearly redder"),
    ("lips", "lip_darkness", 0.4, "light to dark lips"),
    ("lips", "lip_gloss", 0.3, "matt to glossy"),
    ("makeup", "lipstick", 0.0, "none to opaque"),
    ("makeup", "lipstick_hue", 0.5, "purple over red to orange"),
    ("makeup", "blush", 0.0, "none to strong"),
    ("makeup", "eyeshadow", 0.0, "none to strong"),
    ("makeup", "eyeshadow_hue", 0.5, "around the colour circle"),
    ("makeup", "eyeliner", 0.0, "none to strong"),
    ("makeup", "lash_length", 0.35, "short to long"),
    ("brows", "brow_thickness", 0.5, "thin to thick"),
    ("brows", "brow_density", 0.6, "sparse to dense"),
    ("brows", "brow_arch", 0.5, "straight to arched"),
    ("brows", "brow_tilt", 0.5, "outer ends down to up"),
    ("brows", "brow_length", 0.5, "short to long"),
    ("brows", "brow_gap", 0.5, "grown together to far apart"),
    ("brows", "brow_darkness", 0.6, "faint to opaque"),
    ("brows", "brow_tone", 0.3, "black over brown to blond, as hair_tone"),
    ("iris", "iris_hue", 0.1, "dark brown, hazel, green, grey, blue"),
    ("iris", "iris_lightness", 0.35, "dark to light"),
    ("iris", "iris_size", 0.5, "small to large"),
    ("hair_colour", "hair_tone", 0.3, "black over brown to blond"),
    ("hair_colour", "hair_redness", 0.1, "none to red"),
    ("hair_colour", "hair_grey", 0.0, "none to white"),
    ("hair_shape", "hair_volume", 0.5, "flat to voluminous"),
    ("hair_shape", "hair_length", 0.5, "the shorter to the longer form of the style"),
    ("hair_shape", "hair_part", 0.5, "parted on the character's right to left; 0.5 in the middle"),
    ("hair_shape", "hairline_height", 0.5, "low to high (receding) hairline"),
    ("beard_look", "beard_tone", 0.3, "black over brown to blond, as hair_tone"),
    ("beard_look", "beard_grey", 0.0, "none to white"),
    ("beard_look", "beard_density", 0.6, "sparse to dense"),
    ("beard_look", "beard_length", 0.4, "short to long"),
    ("beard_look", "stubble_density", 0.0, "shaven to a dense shadow"),
)

_CHOICES = (
    (
        "hair",
        "hair",
        (
            "bald",
            "horseshoe",
            "receding",
            "buzz",
            "crop",
            "side_part",
            "swept_back",
            "quiff",
            "spiky",
            "fringe",
            "short_curls",
            "afro",
            "pixie",
            "bob",
            "bob_fringe",
            "wavy_medium",
            "long",
            "curly_long",
            "bun",
        ),
        "crop",
        "style of the hair",
    ),
    (
        "beard",
        "beard",
        ("none", "stubble", "moustache", "goatee", "full", "full_long"),
        "none",
        "cut of the beard",
    ),
    (
        "glasses",
        "glasses",
        ("none", "round", "rectangular", "browline", "rimless"),
        "none",
        "frame of the glasses",
    ),
)

_PAIRED_EXPRESSIONS = (
    "mouthSmile",
    "mouthFrown",
    "mouthStretch",
    "mouthUpperUp",
    "mouthLowerDown",
    "cheekSquint",
    "noseSneer",
    "eyeBlink",
    "eyeWide",
    "eyeSquint",
    "browDown",
    "browOuterUp",
)
_SINGLE_EXPRESSIONS = ("jawOpen", "mouthPucker", "cheekPuff", "browInnerUp")

# (name, group, reach in degrees, sign in the mirror)
_ANGLES = (
    ("gaze_yaw", "gaze", 30.0, -1.0),
    ("gaze_pitch", "gaze", 25.0, 1.0),
    ("head_yaw", "pose", 60.0, -1.0),
    ("head_pitch", "pose", 30.0, 1.0),
    ("head_roll", "pose", 30.0, -1.0),
)
_DEGREE = 3.141592653589793 / 180.0

CONTINUOUS_NAMES: tuple[str, ...] = tuple(s.name for s in GEOMETRY_SLIDERS) + tuple(
    row[1] for row in APPEARANCE
)
GEOMETRY_COUNT = len(GEOMETRY_SLIDERS)
NUISANCE_NAMES: tuple[str, ...] = (
    _SINGLE_EXPRESSIONS
    + tuple(name + side for name in _PAIRED_EXPRESSIONS for side in ("Left", "Right"))
    + tuple(row[0] for row in _ANGLES)
)


def _continuous() -> list[dict]:
    rows = [
        {
            "name": s.name,
            "group": s.group,
            "default": 0.5,
            "mirror": s.name if s.odd else None,
            "description": s.description,
        }
        for s in GEOMETRY_SLIDERS
    ]
    rows += [
        {
            "name": name,
            "group": group,
            "default": default,
            "mirror": name if name in _ODD_APPEARANCE else None,
            "description": text,
        }
        for group, name, default, text in APPEARANCE
    ]
    return rows


def _expression(name: str, mirror: str | None) -> dict:
    return {
        "name": name,
        "group": "expression",
        "minimum": 0.0,
        "maximum": 1.0,
        "default": 0.0,
        "unit": "weight",
        "mirror": mirror,
        "mirror_sign": 1.0,
    }


def _nuisance() -> list[dict]:
    rows = [_expression(name, None) for name in _SINGLE_EXPRESSIONS]
    for name in _PAIRED_EXPRESSIONS:
        rows.append(_expression(name + "Left", name + "Right"))
        rows.append(_expression(name + "Right", name + "Left"))
    for name, group, reach, sign in _ANGLES:
        rows.append(
            {
                "name": name,
                "group": group,
                "minimum": round(-reach * _DEGREE, 6),
                "maximum": round(reach * _DEGREE, 6),
                "default": 0.0,
                "unit": "radian",
                "mirror": None,
                "mirror_sign": sign,
            }
        )
    return rows


def schema_dict() -> dict:
    """Returns the schema of the built-in character as plain JSON data."""
    return {
        "name": SCHEMA_NAME,
        "version": SCHEMA_VERSION,
        "continuous": _continuous(),
        "choices": [
            {
                "name": name,
                "group": group,
                "options": list(options),
                "default": default,
                "description": text,
            }
            for name, group, options, default, text in _CHOICES
        ],
        "nuisance": _nuisance(),
    }


def schema_path() -> Path:
    """Returns where the schema file of the package lies."""
    return Path(__file__).parents[2] / "schema" / "data" / "builtin.json"


def main() -> None:
    """Rewrites the schema file of the package."""
    schema_path().write_text(json.dumps(schema_dict(), indent=1) + "\n", encoding="utf-8")
    print(f"wrote {schema_path()}")


if __name__ == "__main__":
    main()
