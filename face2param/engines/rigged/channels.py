"""What a control does to a model: the channels of a head file.

A channel names a target and three values of it: at the lowest value of the control, at its
default, and at the highest. The fields of a record are the keys of its JSON object, which holds
one key more, `kind`.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from face2param.engines.rigged.checks import complaint, one_of, text
from face2param.engines.rigged.targets import (
    BoneTarget,
    LayerTarget,
    MaterialTarget,
    MorphTarget,
    Target,
    Value,
    check_value,
)
from face2param.errors import CodecError

TEXTURE_SLOTS = ("base", "normal")


@dataclasses.dataclass(frozen=True)
class MorphChannel:
    """A slider moves a morph.

    Attributes:
      morph: name of the morph.
      minimum: its weight at the lowest value of the control.
      maximum: its weight at the highest value.
      neutral: its weight at the default.
      node: the node whose mesh is meant; None: every mesh that has this morph.
    """

    kind: ClassVar[str] = "morph"
    morph: str
    minimum: float
    maximum: float
    neutral: float = 0.0
    node: str | None = None

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        _check_values(self)

    @property
    def target(self) -> MorphTarget:
        """What is moved."""
        return MorphTarget(self.morph, self.node)


@dataclasses.dataclass(frozen=True)
class BoneChannel:
    """A slider moves, stretches or turns a node; see `BoneTarget`.

    Attributes:
      bone: name of the node; None: the whole model, which only turns.
      property: "position", "scale" or "rotation".
      minimum: local value at the lowest value of the control: a number, or a quaternion xyzw.
      maximum: local value at the highest value.
      axis: "x", "y" or "z" of a position or scale; None of a rotation.
      neutral: local value at the default; None: as the node rests in the model.
      pivot: the point about which the whole model turns; only without `bone`.
    """

    kind: ClassVar[str] = "bone"
    bone: str | None
    property: str
    minimum: Value
    maximum: Value
    axis: str | None = None
    neutral: Value | None = None
    pivot: tuple[float, float, float] | None = None

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        _check_values(self)
        if self.pivot is not None:
            object.__setattr__(self, "pivot", self.target.pivot)

    @property
    def target(self) -> BoneTarget:
        """What is moved."""
        return BoneTarget(self.bone, self.property, self.axis, self.pivot)


@dataclasses.dataclass(frozen=True)
class MaterialChannel:
    """A slider changes a material; see `MaterialTarget`.

    Attributes:
      material: its name.
      property: "base_color" (linear RGBA), "roughness" or "metallic".
      minimum: value at the lowest value of the control.
      neutral: value at the default.
      maximum: value at the highest value.
    """

    kind: ClassVar[str] = "material"
    material: str
    property: str
    minimum: Value
    neutral: Value
    maximum: Value

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        _check_values(self)

    @property
    def target(self) -> MaterialTarget:
        """What is changed."""
        return MaterialTarget(self.material, self.property)


@dataclasses.dataclass(frozen=True)
class LayerChannel:
    """A slider changes a makeup layer; see `LayerTarget`.

    Attributes:
      material: the material that wears the layer.
      layer: its name.
      property: what of it.
      minimum: value at the lowest value of the control.
      neutral: value at the default.
      maximum: value at the highest value.
    """

    kind: ClassVar[str] = "layer"
    material: str
    layer: str
    property: str
    minimum: Value
    neutral: Value
    maximum: Value

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        _check_values(self)

    @property
    def target(self) -> LayerTarget:
        """What is changed."""
        return LayerTarget(self.material, self.layer, self.property)


@dataclasses.dataclass(frozen=True)
class ShowChannel:
    """An option shows nodes, with all that hangs on them; without it they are hidden.

    Attributes:
      nodes: names, or patterns with `*` and `?`.
    """

    kind: ClassVar[str] = "show"
    nodes: tuple[str, ...]

    def __post_init__(self) -> None:
        """Checks the field (CodecError)."""
        nodes = self.nodes
        if isinstance(nodes, str) or not isinstance(nodes, Sequence) or not nodes:
            raise complaint(self, "nodes", "a list of names of nodes")
        if not all(isinstance(node, str) and node for node in nodes):
            raise complaint(self, "nodes", "a list of names of nodes")
        object.__setattr__(self, "nodes", tuple(nodes))


@dataclasses.dataclass(frozen=True)
class TextureChannel:
    """An option puts a picture in the place of a texture.

    Attributes:
      material: its name.
      slot: "base" or "normal".
      image: file beside the head file, or a key of `HeadFile.images`.
    """

    kind: ClassVar[str] = "texture"
    material: str
    slot: str
    image: str

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        text(self, "material")
        one_of(self, "slot", TEXTURE_SLOTS)
        text(self, "image")


@dataclasses.dataclass(frozen=True)
class SetChannel:
    """An option moves a target away from its rest, by (value - rest).

    Attributes:
      target: what is moved.
      value: where to.
    """

    kind: ClassVar[str] = "set"
    target: Target
    value: Value

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        if not isinstance(self.target, Target):
            raise complaint(self, "target", "a morph, bone, material or layer target")
        check_value(self, "value", self.target)


SliderChannel = MorphChannel | BoneChannel | MaterialChannel | LayerChannel
OptionChannel = ShowChannel | TextureChannel | SetChannel
Channel = SliderChannel | OptionChannel


def _check_values(channel: SliderChannel) -> None:
    target = channel.target  # checks the names
    for field in ("minimum", "neutral", "maximum"):
        if field != "neutral" or channel.kind != "bone" or channel.neutral is not None:
            check_value(channel, field, target)


_TARGETS = {c.kind: c for c in (MorphTarget, BoneTarget, MaterialTarget, LayerTarget)}
_SLIDERS = {c.kind: c for c in (MorphChannel, BoneChannel, MaterialChannel, LayerChannel)}
_OPTIONS = {c.kind: c for c in (ShowChannel, TextureChannel, SetChannel)}


def record_from_dict(cls: type, data: Any, where: str) -> Any:
    """Builds a record from a JSON object.

    Args:
      cls: a frozen dataclass; fields without default must be there.
      data: the object.
      where: for the message.

    Raises:
      CodecError: not an object, a field is missing or unknown, or its value is wrong.
    """
    if not isinstance(data, Mapping):
        raise CodecError(f"{where} is {data!r:.60}; it must be a JSON object")
    fields = {field.name: field for field in dataclasses.fields(cls)}
    for name in data:
        if name not in fields:
            raise CodecError(f"{where}: unknown field {name!r}; known are {', '.join(fields)}")
    for name, field in fields.items():
        if name not in data and field.default is dataclasses.MISSING:
            raise CodecError(f"{where}: field '{name}' is missing")
    try:
        return cls(**data)
    except CodecError as error:
        raise CodecError(f"{where}: {error}") from None


def channel_from_dict(data: Any, where: str, option: bool = False) -> Channel:
    """Reads a channel.

    Args:
      data: the JSON object.
      where: for the message.
      option: whether it stands under "choice=option".

    Raises:
      CodecError: no channel, or one that does not belong here.
    """
    kind, rest = _kind(data, where, _OPTIONS if option else _SLIDERS)
    if kind is SetChannel and "target" in rest:
        target, fields = _kind(rest["target"], f"{where}: target", _TARGETS)
        rest["target"] = record_from_dict(target, fields, f"{where}: target")
    return record_from_dict(kind, rest, where)


def _kind(data: Any, where: str, kinds: Mapping[str, type]) -> tuple[type, dict]:
    if not isinstance(data, Mapping):
        raise CodecError(f"{where} is {data!r:.60}; it must be a JSON object")
    kind = data.get("kind")
    if not isinstance(kind, str) or kind not in kinds:
        raise CodecError(f"{where}: field 'kind' is {kind!r}; it must be one of {', '.join(kinds)}")
    return kinds[kind], {key: value for key, value in data.items() if key != "kind"}


def to_dict(record: Channel | Target) -> dict[str, Any]:
    """The JSON object of a channel or target, `kind` first, without fields at their default."""
    fields: dict[str, Any] = {"kind": record.kind}
    for field in dataclasses.fields(record):
        value = getattr(record, field.name)
        if field.default is not dataclasses.MISSING and value == field.default:
            continue
        if isinstance(value, Target):
            value = to_dict(value)
        fields[field.name] = list(value) if isinstance(value, tuple) else value
    return fields
