"""What a channel of a head file moves, and how a value of it is checked."""

from __future__ import annotations

import dataclasses
import math
from typing import Any, ClassVar

from face2param.engines.rigged.checks import complaint, number, numbers, one_of, text

Value = float | tuple[float, ...]

AXES = ("x", "y", "z")
BONE_PROPERTIES = ("position", "scale", "rotation")
MATERIAL_PROPERTIES = {"base_color": 4, "roughness": 1, "metallic": 1}
LAYER_PROPERTIES = {
    "amount": 1,
    "color": 3,
    "hue": 1,
    "saturation": 1,
    "value": 1,
    "offset_x": 1,
    "offset_y": 1,
    "rotation": 1,
    "scale": 1,
}


@dataclasses.dataclass(frozen=True)
class MorphTarget:
    """The weight of a morph.

    Attributes:
      morph: its name.
      node: the node whose mesh is meant; None: every mesh that has this morph.
    """

    kind: ClassVar[str] = "morph"
    morph: str
    node: str | None = None

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        text(self, "morph")
        text(self, "node", optional=True)

    @property
    def width(self) -> int:
        """Numbers of a value."""
        return 1


@dataclasses.dataclass(frozen=True)
class BoneTarget:
    """A part of the local transform of a node.

    Attributes:
      bone: name of the node; None: the whole model, which only turns.
      property: "position" (in units of the model), "scale", or "rotation" (quaternion xyzw).
      axis: "x", "y" or "z" of a position or scale; None of a rotation.
      pivot: the point about which the whole model turns, in units of the model; only without
        `bone`.
    """

    kind: ClassVar[str] = "bone"
    bone: str | None
    property: str
    axis: str | None = None
    pivot: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        text(self, "bone", optional=True)
        one_of(self, "property", BONE_PROPERTIES)
        if self.property == "rotation":
            if self.axis is not None:
                raise complaint(self, "axis", "null for a rotation")
        else:
            one_of(self, "axis", AXES)
        if self.bone is not None:
            if self.pivot is not None:
                raise complaint(self, "pivot", "null where a bone is named")
            return
        if self.property != "rotation":
            raise complaint(self, "property", '"rotation" where "bone" is null')
        numbers(self, "pivot", 3)

    @property
    def width(self) -> int:
        """Numbers of a value."""
        return 4 if self.property == "rotation" else 1


@dataclasses.dataclass(frozen=True)
class MaterialTarget:
    """A number or colour of a material.

    Attributes:
      material: its name.
      property: "base_color" (linear RGBA), "roughness" or "metallic".
    """

    kind: ClassVar[str] = "material"
    material: str
    property: str

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        text(self, "material")
        one_of(self, "property", tuple(MATERIAL_PROPERTIES))

    @property
    def width(self) -> int:
        """Numbers of a value."""
        return MATERIAL_PROPERTIES[self.property]


@dataclasses.dataclass(frozen=True)
class LayerTarget:
    """A number or colour of a makeup layer.

    Attributes:
      material: the material that wears the layer.
      layer: its name.
      property: "amount", "color" (linear RGB), "hue", "saturation", "value", "offset_x",
        "offset_y", "rotation" (radians) or "scale".
    """

    kind: ClassVar[str] = "layer"
    material: str
    layer: str
    property: str

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        text(self, "material")
        text(self, "layer")
        one_of(self, "property", tuple(LAYER_PROPERTIES))

    @property
    def width(self) -> int:
        """Numbers of a value."""
        return LAYER_PROPERTIES[self.property]


Target = MorphTarget | BoneTarget | MaterialTarget | LayerTarget


def check_value(record: Any, field: str, target: Target) -> None:
    """A number or a list, as the target needs; quaternions get length 1."""
    if target.width == 1:
        number(record, field)
        return
    numbers(record, field, target.width)
    if target.kind == "bone":
        length = math.hypot(*getattr(record, field))
        if not length > 1e-6:
            raise complaint(record, field, "a quaternion x, y, z, w other than 0")
        if abs(length - 1) > 1e-9:  # what was written once reads back the same
            unit = tuple(value / length for value in getattr(record, field))
            object.__setattr__(record, field, unit)
