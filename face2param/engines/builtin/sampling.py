"""Random characters whose looks go together, and random expressions and poses."""

import numpy as np

from face2param import schema
from face2param.engines.builtin import controls
from face2param.engines.builtin.geometry_sliders import GEOMETRY_SLIDERS
from face2param.errors import EngineError
from face2param.schema import Character

# Weights of hairstyles: (usually worn by men, usually by women).
_HAIR_ODDS = {
    "bald": (6, 0.3), "horseshoe": (4, 0), "receding": (7, 0.2), "buzz": (10, 0.8),
    "crop": (14, 2), "side_part": (12, 3), "swept_back": (9, 5), "quiff": (8, 0.8),
    "spiky": (5, 1), "fringe": (6, 5), "short_curls": (8, 5), "afro": (4, 5), "bob": (0.8, 13),
    "bob_fringe": (0.5, 11), "long": (3, 20), "curly_long": (2, 12), "bun": (1.5, 13),
    "pixie": (0.6, 7), "wavy_medium": (3, 12),
}  # fmt: skip
_BEARD_ODDS = {
    "none": 42, "stubble": 18, "moustache": 9, "goatee": 9, "full": 15, "full_long": 7,
}  # fmt: skip
_GLASSES_ODDS = {"none": 76, "round": 7, "rectangular": 8, "browline": 4, "rimless": 5}


def _pick(rng: np.random.Generator, odds: dict[str, float]) -> str:
    names = list(odds)
    share = np.array([odds[name] for name in names], float)
    return names[int(rng.choice(len(names), p=share / share.sum()))]


def _widen(rng, low, high, spread):
    """A value from [low, high], drawn to its middle as `spread` falls."""
    middle, reach = (low + high) / 2, (high - low) / 2
    return middle + reach * spread * rng.uniform(-1, 1)


def _colours(rng: np.random.Generator, age: float, values: dict[str, float]) -> None:
    """Skin, iris, hair and beard colours that go together, in place."""
    tone = rng.beta(1.3, 1.6)
    values["skin_tone"] = tone
    values["skin_undertone"] = rng.beta(2, 2)
    values["freckles"] = rng.random() * (rng.random() < 0.25) * (1 - 0.6 * tone)
    values["hair_tone"] = rng.beta(1.1, 2.0) * (1 - 0.6 * tone)
    values["hair_redness"] = rng.random() ** 3 * (1 - 0.7 * tone)
    grey = rng.random() ** 8 if age < 0.55 else rng.random() ** (2.6 - 2.2 * (age - 0.55) / 0.45)
    values["hair_grey"] = float(np.clip(grey, 0, 1))
    values["beard_grey"] = float(np.clip(grey + rng.normal(0, 0.12), 0, 1))
    values["beard_tone"] = float(np.clip(values["hair_tone"] * rng.uniform(0.7, 1.1), 0, 1))
    values["brow_tone"] = float(np.clip(values["hair_tone"] * rng.uniform(0.5, 1.0), 0, 1))
    dark_eyes = rng.random() < 0.25 + 0.75 * min(tone / 0.45, 1.0)
    values["iris_hue"] = rng.uniform(0, 0.16) if dark_eyes else rng.random()


def _appearance(rng: np.random.Generator, age: float, female: bool) -> dict[str, float | str]:
    values = {row[1]: float(rng.random()) for row in controls.APPEARANCE}
    _colours(rng, age, values)
    values["skin_age"] = float(np.clip(0.15 + 0.7 * (age - 0.3) + rng.normal(0, 0.15), 0, 1))
    values["dark_circles"] *= 0.4 + 0.4 * age
    values["hair_part"] = float(rng.choice([0.2, 0.35, 0.5, 0.65, 0.8]))
    made_up = female and rng.random() < 0.55
    for name in ("lipstick", "eyeshadow", "eyeliner", "blush"):
        values[name] *= made_up * (rng.random() < 0.75)
    if female:
        values["lash_length"] = 0.3 + 0.7 * values["lash_length"]
        values["brow_thickness"] = 0.15 + 0.5 * values["brow_thickness"]
        values["hairline_height"] = 0.2 + 0.4 * values["hairline_height"]
    else:
        values["lash_length"] *= 0.3
        values["brow_thickness"] = 0.35 + 0.65 * values["brow_thickness"]
    values["brow_darkness"] = 0.4 + 0.6 * values["brow_darkness"]
    picks: dict[str, float | str] = dict(values)
    options = schema.load(controls.SCHEMA_NAME).choices[0].options
    odds = {name: _HAIR_ODDS.get(name, (3, 3))[int(female)] for name in options}
    picks["hair"] = _pick(rng, odds)
    picks["beard"] = "none" if female else _pick(rng, _BEARD_ODDS)
    picks["glasses"] = _pick(rng, _GLASSES_ODDS)
    shadow = values["stubble_density"] * (rng.random() < 0.4)
    picks["stubble_density"] = 0.0 if female else shadow
    return picks


def random_characters(
    rng: np.random.Generator, count: int, spread: float = 1.0, plausible: bool = True
) -> list[Character]:
    """Draws characters.

    Args:
      rng: source of randomness; the same state gives the same characters.
      count: how many.
      spread: reach of the geometry sliders around neutral; 1 is the full range, uniform.
      plausible: make-up, beards, hair and colours go together as in a crowd; otherwise every
        control is independent and uniform.

    Returns:
      Characters of the "builtin" schema.

    Raises:
      EngineError: `count` is negative or `spread` outside [0, 1].
    """
    if count < 0 or not 0.0 <= spread <= 1.0:
        raise EngineError(
            f"random_characters: count is {count} and spread {spread}; "
            "count must not be negative and spread must be in [0, 1]"
        )
    family = schema.load(controls.SCHEMA_NAME)
    if not plausible:
        return family.random(rng, count, spread)
    out = []
    for _ in range(count):
        values: dict[str, float | str] = {}
        for slider in GEOMETRY_SLIDERS:
            reach = (0.25, 0.75) if slider.odd else (0.0, 1.0)
            values[slider.name] = float(_widen(rng, *reach, spread))
        values |= _appearance(rng, float(values["age"]), bool(rng.random() < 0.5))
        out.append(family.neutral().replace(**values))
    return out


def _smile(rng: np.random.Generator, teeth: bool) -> dict[str, float]:
    strength = rng.uniform(0.35, 1.0)
    lopsided = rng.normal(0, 0.06)
    both = {"mouthSmile": strength, "cheekSquint": strength * rng.uniform(0, 0.5)}
    both["eyeSquint"] = strength * rng.uniform(0, 0.35)
    if teeth:
        both["mouthUpperUp"] = rng.uniform(0.25, 0.8)
        both["mouthLowerDown"] = rng.uniform(0.0, 0.5)
    out = {f"{k}Left": v * (1 + lopsided) for k, v in both.items()}
    out |= {f"{k}Right": v * (1 - lopsided) for k, v in both.items()}
    out["jawOpen"] = rng.uniform(0.0, 0.3) if teeth else 0.0
    return out


def _mixture(rng: np.random.Generator) -> dict[str, float]:
    """A few unrelated expressions at once."""
    names = [n for n in controls.NUISANCE_NAMES if n[-5:] != "Right" and n[:5] not in _ANGLE_STARTS]
    out = {}
    for name in rng.choice(names, 3, replace=False):
        value = float(rng.uniform(0, 0.8))
        out[str(name)] = value
        if name.endswith("Left"):
            out[name[:-4] + "Right"] = float(np.clip(value + rng.normal(0, 0.1), 0, 1))
    return out


_ANGLE_STARTS = ("head_", "gaze_")


def random_nuisance(rng: np.random.Generator, amount: float = 1.0) -> np.ndarray:
    """Draws an expression and a small turn of the head, as in casual portraits.

    Args:
      rng: source of randomness.
      amount: 0 gives the neutral nuisance; 1 portraits with a spread of about 9, 6 and 5
        degrees in yaw, pitch and roll.

    Returns:
      `[nuisance_width]` float32 in the units of the schema.

    Raises:
      EngineError: `amount` is outside [0, 1].
    """
    if not 0.0 <= amount <= 1.0:
        raise EngineError(f"random_nuisance: amount is {amount}; it must be in [0, 1]")
    family = schema.load(controls.SCHEMA_NAME)
    kind = rng.choice(5, p=[0.24, 0.20, 0.32, 0.12, 0.12])
    if kind == 1:
        values = _smile(rng, teeth=False)
    elif kind == 2:
        values = _smile(rng, teeth=True)
    elif kind == 3:
        values = {"jawOpen": rng.uniform(0.1, 0.8)}
    elif kind == 4:
        values = _mixture(rng)
    else:
        values = {}
    if rng.random() < 0.12:
        closed = rng.uniform(0.2, 1.0)
        values |= {"eyeBlinkLeft": closed, "eyeBlinkRight": closed}
    for name, degrees in (("head_yaw", 9), ("head_pitch", 6), ("head_roll", 5)):
        values[name] = np.radians(rng.normal(0, degrees))
    for name, degrees in (("gaze_yaw", 7), ("gaze_pitch", 4)):
        values[name] = np.radians(rng.normal(0, degrees))
    nuisance = family.neutral_nuisance()
    for name, value in values.items():
        control = family.nuisance[family.nuisance_index[name]]
        nuisance[family.nuisance_index[name]] = np.clip(
            amount * value, control.minimum, control.maximum
        )
    return nuisance
