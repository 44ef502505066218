"""The head file `NAME.schema.json`: what the sliders of a model are and what each one moves."""

from __future__ import annotations

import dataclasses
import difflib
import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np

from face2param import config, regions
from face2param.engines.rigged import channels, checks, pictures
from face2param.engines.rigged.channels import Channel
from face2param.errors import CodecError, SchemaError
from face2param.schema import Schema

FORMAT, VERSION = "face2param head", 1
MAXIMUM_BYTES = 64 << 20
BLENDS = ("normal", "multiply", "linear_light")


@dataclasses.dataclass(frozen=True)
class Layer:
    """Makeup over the base texture of a material.

    Attributes:
      name: unique among the layers of its material.
      mask: picture file beside the head file, grey or RGB(A), in the UV of the base texture; or a
        key of `HeadFile.images`. Colours in it are tinted by `color`.
      color: linear RGB.
      amount: 0 invisible to 1.
      blend: "normal", "multiply" or "linear_light".
      hue: shift of the hue, in turns.
      saturation: shift of the saturation.
      value: shift of the value.
      offset: of the mask in UV.
      rotation: of the mask about its centre, radians.
      scale: of the mask about its centre.
    """

    kind: ClassVar[str] = "layer"
    name: str
    mask: str
    color: tuple[float, float, float] = (1.0, 1.0, 1.0)
    amount: float = 1.0
    blend: str = "normal"
    hue: float = 0.0
    saturation: float = 0.0
    value: float = 0.0
    offset: tuple[float, float] = (0.0, 0.0)
    rotation: float = 0.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        checks.text(self, "name")
        checks.text(self, "mask")
        checks.numbers(self, "color", 3)
        checks.one_of(self, "blend", BLENDS)
        checks.numbers(self, "offset", 2)
        for field in ("amount", "hue", "saturation", "value", "rotation", "scale"):
            checks.number(self, field)


@dataclasses.dataclass(frozen=True)
class View:
    """Where the picture is taken from, in metres of the posed head.

    Attributes:
      position: of the camera.
      target: the point in the middle of the picture.
      field_of_view: vertical, radians.
    """

    kind: ClassVar[str] = "camera"
    position: tuple[float, float, float]
    target: tuple[float, float, float]
    field_of_view: float

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        checks.numbers(self, "position", 3)
        checks.numbers(self, "target", 3)
        checks.number(self, "field_of_view", 0.01, 3.0)
        if self.position == self.target:
            raise checks.complaint(self, "target", "another point than 'position'")


@dataclasses.dataclass(frozen=True)
class Landmark:
    """A point of the surface.

    Attributes:
      node: name of the node.
      primitive: of the node's mesh.
      triangle: of the primitive.
      barycentric: weights of the triangle's corners; they add up to 1.
    """

    kind: ClassVar[str] = "landmark"
    node: str
    primitive: int
    triangle: int
    barycentric: tuple[float, float, float]

    def __post_init__(self) -> None:
        """Checks the fields (CodecError)."""
        checks.text(self, "node")
        for field in ("primitive", "triangle"):
            value = getattr(self, field)
            if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
                raise checks.complaint(self, field, "a whole number from 0")
            object.__setattr__(self, field, int(value))
        checks.numbers(self, "barycentric", 3)
        if abs(sum(self.barycentric) - 1) > 1e-3:
            raise checks.complaint(self, "barycentric", "three numbers that add up to 1")


@dataclasses.dataclass(frozen=True, eq=False)
class HeadFile:
    """A head file, read or made.

    Attributes:
      model: the glTF file, relative to the head file.
      schema: the controls.
      bindings: "control" or "choice=option" -> what it does. Each slider and nuisance control has
        an entry, be it empty; options need none.
      camera: where the picture is taken from.
      regions: pattern over "node/material" -> parsing class; the first that fits counts, else
        "skin".
      layers: material -> makeup, composed in this order over its base texture.
      landmarks: 68 points, or None where they are not known.
      unit: metres of one unit of the model.
      folder: where the files stand that are named here; None for a head that was not read.
      images: pictures that exist in memory only, uint8 `[h, w, 1|3|4]` by the name that masks and
        textures are given; not part of the file.
    """

    model: str
    schema: Schema
    bindings: Mapping[str, Sequence[Channel]]
    camera: View
    regions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    layers: Mapping[str, Sequence[Layer]] = dataclasses.field(default_factory=dict)
    landmarks: Sequence[Landmark] | None = None
    unit: float = 1.0
    folder: Path | None = None
    images: Mapping[str, np.ndarray] = dataclasses.field(default_factory=dict)

    kind: ClassVar[str] = "head"

    def __post_init__(self) -> None:
        """Checks the parts against each other.

        Raises:
          CodecError: a binding of no control, a control without binding, a channel in the wrong
            place, or a wrong value; the message names it.
        """
        checks.text(self, "model")
        checks.number(self, "unit", 1e-6, 1e6)
        for pattern, region in self.regions.items():
            if region not in regions.CLASSES:
                raise CodecError(
                    f"regions: {pattern!r} is {region!r}; it must be one of "
                    f"{', '.join(regions.CLASSES)}"
                )
        for material, layers in self.layers.items():
            names = [layer.name for layer in layers]
            if len(set(names)) != len(names):
                raise CodecError(f"layers: {material!r} has two layers of one name: {names}")
        if self.landmarks is not None and len(self.landmarks) != 68:
            raise CodecError(f"landmarks: got {len(self.landmarks)}; it must be 68 or null")
        _check_bindings(self.schema, self.bindings)
        for field in ("bindings", "layers"):
            frozen = {key: tuple(value) for key, value in getattr(self, field).items()}
            object.__setattr__(self, field, MappingProxyType(frozen))
        if self.landmarks is not None:
            object.__setattr__(self, "landmarks", tuple(self.landmarks))

    def image(self, name: str) -> np.ndarray:
        """Pixels of a mask or texture: uint8 `[height, width, 1|3|4]`.

        Raises:
          CodecError: no such picture, it leaves the folder, or it is too large.
        """
        if name in self.images:
            return pictures.check(self.images[name], name)
        if self.folder is None:
            raise CodecError(f"picture {name!r} is not among the images of this head")
        return pictures.read(pictures.beside(self.folder, name))

    @property
    def model_path(self) -> Path:
        """The glTF file.

        Raises:
          CodecError: the head was not read from a file, or the path leaves its folder.
        """
        if self.folder is None:
            raise CodecError(f"model {self.model!r}: this head was not read from a file")
        return pictures.beside(self.folder, self.model)

    def replace(self, **changes: Any) -> HeadFile:
        """A copy with other attributes, checked anew."""
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """The object of the JSON file."""
        return {
            "format": FORMAT,
            "version": VERSION,
            "model": self.model,
            "schema": self.schema.to_dict(),
            "bindings": {
                name: [channels.to_dict(channel) for channel in bound]
                for name, bound in self.bindings.items()
            },
            "regions": dict(self.regions),
            "layers": {
                name: [_plain(layer) for layer in layers] for name, layers in self.layers.items()
            },
            "camera": _plain(self.camera),
            "landmarks": None
            if self.landmarks is None
            else [[p.node, p.primitive, p.triangle, list(p.barycentric)] for p in self.landmarks],
            "unit": self.unit,
        }

    def save(self, path: str | os.PathLike) -> None:
        """Writes the head file, whole or not at all. Images in memory are not written."""
        text = json.dumps(self.to_dict(), indent=1, ensure_ascii=False) + "\n"
        config.atomic_write(path, text.encode("utf-8"))

    @classmethod
    def load(cls, path: str | os.PathLike) -> HeadFile:
        """Reads a head file.

        Raises:
          CodecError: there is no such file, or it is not a head file; the message names the field.
        """
        path = Path(path)
        try:
            if path.stat().st_size > MAXIMUM_BYTES:
                raise CodecError(f"head file {path} is larger than {MAXIMUM_BYTES >> 20} MiB")
            data = json.loads(path.read_text(encoding="utf-8"))
        except OSError as error:
            raise CodecError(f"cannot read head file {path}: {error.strerror or error}") from None
        except (ValueError, RecursionError) as error:
            raise CodecError(f"head file {path} is not valid JSON: {error}") from None
        try:
            return cls.from_dict(data, path.parent)
        except CodecError as error:
            raise CodecError(f"head file {path}: {error}") from None

    @classmethod
    def from_dict(cls, data: Any, folder: Path | None = None) -> HeadFile:
        """Reads the object of a head file.

        Raises:
          CodecError: a field is missing, unknown or wrong; the message names it.
        """
        if not isinstance(data, Mapping) or data.get("format") != FORMAT:
            raise CodecError(f"this is no head file: 'format' must be {FORMAT!r}")
        if data.get("version") != VERSION:
            raise CodecError(
                f"version is {data.get('version')!r:.40}; this program reads {VERSION}"
            )
        known = [f.name for f in dataclasses.fields(cls) if f.name not in ("folder", "images")]
        fields = {key: value for key, value in data.items() if key not in ("format", "version")}
        for name in fields:
            if name not in known:
                raise CodecError(f"unknown field {name!r}; known are {', '.join(known)}")
        for name in ("model", "schema", "bindings", "camera"):
            if name not in fields:
                raise CodecError(f"field '{name}' is missing")
        try:
            fields["schema"] = Schema.from_json(_object(fields, "schema"))
        except SchemaError as error:
            raise CodecError(str(error)) from None
        fields["bindings"] = {
            name: tuple(
                channels.channel_from_dict(entry, f"bindings: {name!r}[{i}]", "=" in name)
                for i, entry in enumerate(_list(bound, f"bindings: {name!r}"))
            )
            for name, bound in _object(fields, "bindings").items()
        }
        fields["camera"] = channels.record_from_dict(View, fields["camera"], "camera")
        fields["regions"] = _object(fields, "regions")
        fields["layers"] = {
            name: tuple(
                channels.record_from_dict(Layer, entry, f"layers: {name!r}[{i}]")
                for i, entry in enumerate(_list(layers, f"layers: {name!r}"))
            )
            for name, layers in _object(fields, "layers").items()
        }
        if fields.get("landmarks") is not None:
            fields["landmarks"] = landmarks_from_lists(fields["landmarks"])
        return cls(**fields, folder=folder)


def landmarks_from_lists(data: Any, where: str = "landmarks") -> tuple[Landmark, ...]:
    """Reads `[[node, primitive, triangle, [b0, b1, b2]], ...]`.

    Raises:
      CodecError: an entry is not such a list; the message says which.
    """
    points = []
    for i, entry in enumerate(_list(data, where)):
        if len(_list(entry, f"{where}[{i}]")) != 4:
            raise CodecError(f"{where}[{i}] must be [node, primitive, triangle, barycentric]")
        try:
            points.append(Landmark(*entry))
        except CodecError as error:
            raise CodecError(f"{where}[{i}]: {error}") from None
    return tuple(points)


def _plain(record: Layer | View) -> dict[str, Any]:
    fields = dataclasses.asdict(record).items()
    return {key: list(value) if isinstance(value, tuple) else value for key, value in fields}


def _object(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = fields.get(name, {})
    if not isinstance(value, Mapping):
        raise CodecError(f"field '{name}' is {value!r:.60}; it must be a JSON object")
    return value


def _list(value: Any, where: str) -> Sequence[Any]:
    if not isinstance(value, (list, tuple)):
        raise CodecError(f"{where} is {value!r:.60}; it must be a list")
    return value


def _check_bindings(schema: Schema, bindings: Mapping[str, Sequence[Channel]]) -> None:
    options = [f"{c.name}={option}" for c in schema.choices for option in c.options]
    sliders = [*schema.names, *schema.nuisance_names]
    for name, bound in bindings.items():
        if name not in sliders and name not in options:
            close = difflib.get_close_matches(name, [*sliders, *options], 3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise CodecError(f"bindings: {name!r} is no control of the schema{hint}")
        wanted = channels.SliderChannel if name in sliders else channels.OptionChannel
        for i, channel in enumerate(bound):
            if not isinstance(channel, wanted):
                raise CodecError(
                    f"bindings: {name!r}[{i}] is {channel!r:.60}; a channel of this kind does not "
                    f"stand under {'a slider' if name in sliders else 'an option'}"
                )
    for name in sliders:
        if name not in bindings:
            raise CodecError(
                f"bindings: {name!r} of the schema has none; give [] if it shall do nothing"
            )
