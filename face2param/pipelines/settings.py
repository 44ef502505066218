"""What the user decides: `--set name=value` in terms of an engine's sliders and choices."""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Mapping
from typing import Any

import numpy as np

from face2param.engines import Engine
from face2param.errors import ConfigError
from face2param.estimator import attributes
from face2param.estimator.attributes import ATTRIBUTES, Reading
from face2param.fitting.held import Held
from face2param.schema import Choice

ALIASES = {"hair_style": "hair", "hairstyle": "hair", "beard_style": "beard"}
"""Other words for the choices of a schema."""

_AGES = {"young": 0.3, "middle": 0.5, "old": 0.75}
_COLOURS = tuple(name for name, kind in ATTRIBUTES.items() if kind.kind == "colour")


@dataclasses.dataclass(frozen=True)
class Settings:
    """Decisions of the user.

    Attributes:
      given: name -> value, as given.
      held: the sliders and options that follow from them.
      readings: the attributes that they say something about, source "user".
    """

    given: Mapping[str, Any]
    held: Held
    readings: Mapping[str, Reading]

    def to_dict(self) -> dict[str, dict]:
        """Plain containers for JSON."""
        return {
            name: {"value": value if isinstance(value, (int, float)) else str(value)}
            | {"source": "user"}
            for name, value in self.given.items()
        }


def resolve(given: Mapping[str, Any] | None, engine: Engine) -> Settings:
    """Finds out what decisions mean to an engine.

    A name is a slider of the schema (a number in [0, 1]), a choice (one of its options), or an
    attribute of `estimator.attributes` (`hair_length=short`, `skin_tone=#d2a58c`), which allows
    the options that show it, or takes the place of the colour that was read.

    Args:
      given: name -> value; text is converted. None: nothing.
      engine: for its schema and its table of attributes.

    Raises:
      ConfigError: unknown name (near matches are listed), a value that does not suit it, or
        decisions that exclude each other.
    """
    held = Held(engine.schema)
    readings: dict[str, Reading] = {}
    for name, value in (given or {}).items():
        held, found = _one(name, value, engine, held)
        readings |= found
    return Settings(dict(given or {}), held, readings)


def _one(name: str, value: Any, engine: Engine, held: Held) -> tuple[Held, dict[str, Reading]]:
    schema = engine.schema
    choice = ALIASES.get(name, name)
    if choice in schema.choice_index:
        kind = schema.choices[schema.choice_index[choice]]
        option = _option(kind, value)
        if option is not None:
            shown = engine.people().attributes.get(choice, {}).get(option, {})
            readings = {a: attributes.from_user(a, v) for a, v in shown.items()}
            return _allow(held, choice, (option,), name, value), readings
        if name not in ATTRIBUTES:
            raise ConfigError(_wrong_option(name, value, kind.options))
    if name in schema.index and (name not in ATTRIBUTES or _is_number(value)):
        return _slide(held, name, _slider(name, value)), {}
    if name not in ATTRIBUTES:
        raise ConfigError(_unknown(name, engine))
    if choice in schema.choice_index and value not in ATTRIBUTES[name].options:
        options = schema.choices[schema.choice_index[choice]].options
        raise ConfigError(_wrong_option(name, value, (*options, *ATTRIBUTES[name].options)))
    reading = attributes.from_user(name, value)
    return _attribute(name, reading, engine, held), {name: reading}


def _attribute(name: str, reading: Reading, engine: Engine, held: Held) -> Held:
    schema, people = engine.schema, engine.people()
    for choice, options in people.attributes.items():
        if not any(name in shown for shown in options.values()):
            continue
        # An option about which the table says nothing may look either way.
        names = schema.choices[schema.choice_index[choice]].options
        fitting = tuple(
            o for o in names if options.get(o, {}).get(name, reading.value) == reading.value
        )
        if not any(name in options.get(option, {}) for option in fitting):
            raise ConfigError(
                f"no option of {choice} of engine {engine.name} has {name}={reading.value}"
            )
        return _allow(held, choice, fitting, name, reading.value)
    if name in _COLOURS:
        return held
    if name == "age" and "age" in schema.index:
        return _slide(held, "age", _AGES[str(reading.value)])
    if name == "fullness" and "face_fat" in schema.index:
        row = schema.index["face_fat"]
        value = people.mean[row] + float(reading.value) * people.spread[row]
        return _slide(held, "face_fat", float(np.clip(value, 0.0, 1.0)))
    near = [n for n in schema.names if n.startswith(name)]
    raise ConfigError(
        f"{name} cannot be set with engine {engine.name}, which has no control for it"
        + (f"; set a slider: {', '.join(near)}" if near else "")
    )


def _allow(held: Held, choice: str, options: tuple[str, ...], name: str, value: Any) -> Held:
    before = held.options.get(choice, options)
    both = tuple(option for option in options if option in before)
    if not both:
        raise ConfigError(
            f"{name}={value} leaves no option of {choice}; the other settings allow only "
            f"{', '.join(before)}"
        )
    return dataclasses.replace(held, options={**held.options, choice: both})


def _slide(held: Held, name: str, value: float) -> Held:
    return dataclasses.replace(held, sliders={**held.sliders, name: value})


def _slider(name: str, value: Any) -> float:
    number = float(value) if _is_number(value) else np.nan
    if not 0.0 <= number <= 1.0:
        raise ConfigError(f"{name}={value}: a slider takes a number from 0 to 1")
    return number


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _option(choice: Choice, value: Any) -> str | None:
    """The option that is meant; words may come in another order (`curly_short`)."""
    if value in choice.options:
        return str(value)
    found = [o for o in choice.options if _stems(o) == _stems(str(value))]
    return found[0] if len(found) == 1 else None


def _stems(text: str) -> frozenset[str]:
    return frozenset(word[:4] for word in text.lower().replace("-", "_").split("_"))


def _wrong_option(name: str, value: Any, options: tuple[str, ...]) -> str:
    options = tuple(dict.fromkeys(options))
    near = difflib.get_close_matches(str(value), options, 4, 0.4)
    hint = f"; near: {', '.join(near)}" if near else ""
    return f"{name}={value}: choose from {', '.join(options)}{hint}"


def _unknown(name: str, engine: Engine) -> str:
    schema = engine.schema
    known = [*schema.names, *schema.choice_names, *ATTRIBUTES, *ALIASES]
    near = difflib.get_close_matches(name, dict.fromkeys(known), 5, 0.5)
    if near:
        return f"nothing is called {name!r} that can be set; near: {', '.join(near)}"
    return (
        f"nothing is called {name!r} that can be set; there are the choices "
        f"{', '.join(schema.choice_names)}, the attributes {', '.join(ATTRIBUTES)}, and "
        f"{len(schema.names)} sliders of schema {schema.name}"
    )
