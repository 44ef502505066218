"""The record of a person's attributes: what was read, how sure, and from what."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from face2param.errors import ConfigError

SOURCES = ("colour", "shape", "network", "user")

Value = str | float | tuple[float, float, float]


@dataclasses.dataclass(frozen=True)
class Attribute:
    """What can be said about one attribute.

    Attributes:
      kind: "option", "number" or "colour". A colour is (L*, a*, b*) under D65, L* in [0, 100].
      text: what it means.
      options: of an option, in an order in which neighbours are alike.
      unit: of a number.
      minimum: least number accepted.
      maximum: largest number accepted.
    """

    kind: str
    text: str
    options: tuple[str, ...] = ()
    unit: str = ""
    minimum: float = -np.inf
    maximum: float = np.inf


@dataclasses.dataclass(frozen=True)
class Reading:
    """One attribute of one photograph.

    Attributes:
      value: an option's name, a number, or (L*, a*, b*).
      confidence: in [0, 1]; of an option about the chance that it is right, of a colour or a
        number 1 for a well seen and 0 for an unseen region.
      source: "colour", "shape", "network" or "user".
      shares: of an option, the probability of every option in order; else empty.
    """

    value: Value
    confidence: float
    source: str
    shares: tuple[float, ...] = ()


ATTRIBUTES: dict[str, Attribute] = {
    "skin_tone": Attribute("colour", "bare skin of cheeks and forehead"),
    "hair_colour": Attribute("colour", "hair of the head"),
    "hair_length": Attribute(
        "option",
        "bald: bare on top; short: ears free; medium: to the shoulders at most",
        ("bald", "receding", "short", "medium", "long"),
    ),
    "hair_texture": Attribute(
        "option", "how the strands run", ("straight", "wavy", "curly", "coily")
    ),
    "hairline": Attribute(
        "number", "height of the hairline above the brows", (), "outer-eye distances", 0.0, 2.5
    ),
    "beard": Attribute("option", "beard", ("none", "stubble", "moustache", "goatee", "full")),
    "beard_colour": Attribute("colour", "beard, where there is one"),
    "brow_thickness": Attribute(
        "number", "height of a brow at its thickest", (), "outer-eye distances", 0.0, 0.5
    ),
    "brow_colour": Attribute("colour", "brows"),
    "lip_colour": Attribute("colour", "lips"),
    "iris_colour": Attribute("colour", "irises"),
    "glasses": Attribute("option", "glasses and their frame", ("none", "thin", "dark")),
    "age": Attribute(
        "option", "apparent age: about 40 and 60 part them", ("young", "middle", "old")
    ),
    "fullness": Attribute(
        "number", "width of jaw and cheeks for the face's height", (), "standard deviations", -5, 5
    ),
}


def option(name: str, shares: np.ndarray, source: str) -> Reading:
    """The most probable option as a reading.

    Args:
      name: of the attribute.
      shares: `[options]` probabilities, in the order of the attribute's options.
      source: of the reading.
    """
    shares = np.asarray(shares, np.float64)
    options = ATTRIBUTES[name].options
    if shares.shape != (len(options),):
        raise ValueError(f"shares of {name} must be [{len(options)}], got {list(shares.shape)}")
    shares = shares / shares.sum()
    best = int(shares.argmax())
    return Reading(
        options[best],
        round(float(shares[best]), 3),
        source,
        tuple(round(float(share), 4) for share in shares),
    )


def from_user(name: str, value: Any) -> Reading:
    """What a person says, as `--set name=value` gives it; certain.

    Args:
      name: of the attribute.
      value: an option; a number or its text; a colour as three numbers, as their text
        ("65,14,17"), or as `#rrggbb` of the display.

    Raises:
      ConfigError: no such attribute, or not a value of it.
    """
    return Reading(check(name, value), 1.0, "user")


def check(name: str, value: Any) -> Value:
    """Returns a value of an attribute in its proper type.

    Raises:
      ConfigError: no such attribute, or not a value of it; the message lists what is.
    """
    if name not in ATTRIBUTES:
        raise ConfigError(f"no attribute {name!r}; there are: {', '.join(ATTRIBUTES)}")
    attribute = ATTRIBUTES[name]
    if attribute.kind == "option":
        if value not in attribute.options:
            raise ConfigError(f"{name}={value!r}: choose from {', '.join(attribute.options)}")
        return str(value)
    if attribute.kind == "number":
        return _number(name, attribute, value)
    return _colour(name, value)


def to_dict(readings: Mapping[str, Reading]) -> dict[str, dict]:
    """Readings as plain containers for JSON."""
    result = {}
    for name, reading in readings.items():
        value = list(reading.value) if isinstance(reading.value, tuple) else reading.value
        result[name] = {"value": value, "confidence": reading.confidence, "source": reading.source}
        if reading.shares:
            result[name]["shares"] = list(reading.shares)
    return result


def from_dict(values: Mapping[str, Mapping]) -> dict[str, Reading]:
    """Readings from what `to_dict` wrote.

    Raises:
      ConfigError: no such attribute, a field is missing or wrong.
    """
    result = {}
    for name, fields in values.items():
        value = check(name, fields.get("value"))
        source, confidence = fields.get("source"), fields.get("confidence")
        if source not in SOURCES:
            raise ConfigError(f"{name}: source {source!r}: choose from {', '.join(SOURCES)}")
        if not isinstance(confidence, (int, float)) or not 0 <= confidence <= 1:
            raise ConfigError(f"{name}: confidence must be in [0, 1], got {confidence!r}")
        shares = tuple(float(share) for share in fields.get("shares", ()))
        if shares and len(shares) != len(ATTRIBUTES[name].options):
            raise ConfigError(
                f"{name}: shares must be {len(ATTRIBUTES[name].options)} numbers, got {len(shares)}"
            )
        result[name] = Reading(value, float(confidence), source, shares)
    return result


def _number(name: str, attribute: Attribute, value: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not attribute.minimum <= number <= attribute.maximum:
        raise ConfigError(
            f"{name}={value!r}: give a number from {attribute.minimum:g} to {attribute.maximum:g} "
            f"({attribute.unit})"
        )
    return number


def _colour(name: str, value: Any) -> tuple[float, float, float]:
    from face2param.estimator.colour_space import srgb_to_lab

    try:
        if isinstance(value, str) and value.startswith("#") and len(value) == 7:
            code = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
            numbers = [round(float(v), 1) for v in srgb_to_lab(np.array(code))]
        else:
            parts = value.split(",") if isinstance(value, str) else value
            numbers = [float(part) for part in parts]
    except (TypeError, ValueError):
        numbers = []
    if len(numbers) != 3 or not (0 <= numbers[0] <= 100 and max(map(abs, numbers[1:])) <= 128):
        raise ConfigError(
            f"{name}={value!r}: give L*,a*,b* (as 65,14,17) or a display colour (as #d2a58c)"
        )
    return (numbers[0], numbers[1], numbers[2])
