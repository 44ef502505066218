"""The three kinds of control that a character family may offer.

A *continuous* parameter and a *choice* belong to the character. A *nuisance* control
(expression, head pose) is something that an engine can draw but that never belongs to
the character: a smile in a photograph must not become a wide mouth in the result.
"""

from __future__ import annotations

import dataclasses
import math
import re

from face2param.errors import SchemaError

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_OPTION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_\-]*")

NUISANCE_UNITS = ("weight", "radian")


@dataclasses.dataclass(frozen=True)
class Continuous:
    """A slider with values in [0, 1].

    Attributes:
      name: unique within the schema; letters, digits and underscores.
      group: heading under which a person looks for it, such as "nose".
      default: the neutral value, usually 0.5.
      mirror: what happens when the character is mirrored left to right. None: nothing,
        the parameter is symmetric. The name of another parameter: the two swap their
        values. Its own name: the parameter is odd, `value` becomes `1 - value`.
      description: one sentence for people; not part of the schema's hash.
    """

    name: str
    group: str
    default: float = 0.5
    mirror: str | None = None
    description: str = ""

    def __post_init__(self) -> None:
        """Checks the fields.

        Raises:
          SchemaError: a field has a wrong type or value; the message names it.
        """
        _check_texts(self)
        _check_number(self, "default", 0.0, 1.0)


@dataclasses.dataclass(frozen=True)
class Choice:
    """A pick of one among named options, such as a hairstyle.

    Attributes:
      name: unique within the schema.
      group: heading under which a person looks for it.
      options: at least two different option names; their order is part of the schema.
      default: the neutral option.
      description: one sentence for people; not part of the schema's hash.
    """

    name: str
    group: str
    options: tuple[str, ...]
    default: str
    description: str = ""

    def __post_init__(self) -> None:
        """Checks the fields.

        Raises:
          SchemaError: a field has a wrong type or value; the message names it.
        """
        _check_texts(self)
        if isinstance(self.options, str) or not isinstance(self.options, (tuple, list)):
            raise _complaint(self, "options", self.options, "a list of at least two names")
        object.__setattr__(self, "options", tuple(self.options))
        for option in self.options:
            if not isinstance(option, str) or not _OPTION.fullmatch(option):
                raise _complaint(self, "options", option, "letters, digits, '_' and '-'")
        if len(self.options) < 2 or len(set(self.options)) != len(self.options):
            raise _complaint(self, "options", list(self.options), "at least two different names")
        if self.default not in self.options:
            raise _complaint(self, "default", self.default, f"one of {list(self.options)}")


@dataclasses.dataclass(frozen=True)
class Nuisance:
    """A control of the picture that does not belong to the character.

    Attributes:
      name: unique within the schema; expressions follow the ARKit blendshape names.
      group: "expression", "pose", or another heading.
      minimum: lowest value, in `unit`.
      maximum: highest value, in `unit`.
      default: the value of a neutral, frontal picture.
      unit: "weight" (of a blendshape) or "radian".
      mirror: name of the control that takes this one's value when the picture is
        mirrored; None or its own name where it keeps it.
      mirror_sign: factor on the value when mirrored, 1.0 or -1.0 (head yaw).
      description: one sentence for people; not part of the schema's hash.
    """

    name: str
    group: str
    minimum: float = 0.0
    maximum: float = 1.0
    default: float = 0.0
    unit: str = "weight"
    mirror: str | None = None
    mirror_sign: float = 1.0
    description: str = ""

    def __post_init__(self) -> None:
        """Checks the fields.

        Raises:
          SchemaError: a field has a wrong type or value; the message names it.
        """
        _check_texts(self)
        _check_number(self, "minimum", -math.inf, math.inf)
        _check_number(self, "maximum", -math.inf, math.inf)
        if not self.minimum < self.maximum:
            raise _complaint(self, "maximum", self.maximum, f"more than minimum {self.minimum}")
        _check_number(self, "default", self.minimum, self.maximum)
        if self.unit not in NUISANCE_UNITS:
            raise _complaint(self, "unit", self.unit, f"one of {list(NUISANCE_UNITS)}")
        _check_number(self, "mirror_sign", -1.0, 1.0)
        if abs(self.mirror_sign) != 1.0:
            raise _complaint(self, "mirror_sign", self.mirror_sign, "1.0 or -1.0")

    @property
    def scale(self) -> float:
        """What a normalised value of 1 stands for: 1 for weights, the larger limit for angles."""
        return 1.0 if self.unit == "weight" else max(abs(self.minimum), abs(self.maximum))


Control = Continuous | Choice | Nuisance


def _complaint(control: Control, field: str, received: object, wanted: str) -> SchemaError:
    kind = type(control).__name__.lower()
    return SchemaError(
        f"{kind} {control.name!r}: field '{field}' is {received!r}; it must be {wanted}"
    )


def _check_texts(control: Control) -> None:
    if not isinstance(control.name, str) or not _NAME.fullmatch(control.name):
        raise _complaint(control, "name", control.name, "a letter, then letters, digits and '_'")
    if not isinstance(control.group, str) or not control.group:
        raise _complaint(control, "group", control.group, "a text that is not empty")
    if not isinstance(control.description, str):
        raise _complaint(control, "description", control.description, "a text")
    mirror = getattr(control, "mirror", None)
    if mirror is not None and not isinstance(mirror, str):
        raise _complaint(control, "mirror", mirror, "the name of another control or null")


def _check_number(control: Control, field: str, low: float, high: float) -> None:
    value = getattr(control, field)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not is_number or not math.isfinite(value) or not low <= value <= high:
        wanted = "a finite number" if math.isinf(low) else f"a number in [{low:g}, {high:g}]"
        raise _complaint(control, field, value, wanted)
    object.__setattr__(control, field, float(value))
