"""Nuisance vectors: expression and head pose, which do not belong to a character."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from face2param.errors import SchemaError

if TYPE_CHECKING:
    from face2param.schema.schema import Schema


def vector(schema: Schema, by_name: Mapping[str, float]) -> np.ndarray:
    """The neutral nuisance vector with some controls set.

    Args:
      schema: the family.
      by_name: values in the unit of each control (blendshape weight, or radians).

    Returns:
      `[nuisance_width]` float32.

    Raises:
      SchemaError: no such control, or a value outside its range.
    """
    nuisance = schema.neutral_nuisance()
    for name, value in by_name.items():
        if name not in schema.nuisance_index:
            close = difflib.get_close_matches(name, schema.nuisance_names, 3)
            hint = f"; did you mean {' or '.join(close)}?" if close else ""
            raise SchemaError(f"schema {schema.name!r} has no nuisance control {name!r}{hint}")
        control = schema.nuisance[schema.nuisance_index[name]]
        if not control.minimum <= value <= control.maximum:
            raise SchemaError(
                f"{name!r} is {value}; it must be in "
                f"[{control.minimum:g}, {control.maximum:g}] ({control.unit})"
            )
        nuisance[schema.nuisance_index[name]] = value
    return nuisance


def normalise(schema: Schema, nuisance: np.ndarray) -> np.ndarray:
    """Engine units to network units: weights stay, angles are divided by their largest value.

    Args:
      schema: the family.
      nuisance: `[..., nuisance_width]` in the units of the controls.

    Returns:
      `[..., nuisance_width]` float32; a weight in [0, 1] stays so, an angle is in [-1, 1].

    Raises:
      SchemaError: the last axis has another length.
    """
    return (_checked(schema, nuisance, "nuisance") / _scales(schema)).astype(np.float32)


def denormalise(schema: Schema, normalised: np.ndarray) -> np.ndarray:
    """Network units to engine units, the inverse of `normalise`.

    Args:
      schema: the family.
      normalised: `[..., nuisance_width]`.

    Returns:
      `[..., nuisance_width]` float32 in the units of the controls.

    Raises:
      SchemaError: the last axis has another length.
    """
    return (_checked(schema, normalised, "normalised") * _scales(schema)).astype(np.float32)


def mirror(schema: Schema, nuisance: np.ndarray) -> np.ndarray:
    """The nuisance of the picture mirrored left to right.

    Args:
      schema: the family.
      nuisance: `[..., nuisance_width]`, in engine or in network units.

    Returns:
      `[..., nuisance_width]`, same dtype: partners swapped, head yaw and roll negated.

    Raises:
      SchemaError: the last axis has another length.
    """
    nuisance = _checked(schema, nuisance, "nuisance")
    index = schema.nuisance_index
    source = [index[control.mirror or control.name] for control in schema.nuisance]
    signs = np.array([control.mirror_sign for control in schema.nuisance], nuisance.dtype)
    return nuisance[..., source] * signs


def _scales(schema: Schema) -> np.ndarray:
    return np.array([control.scale for control in schema.nuisance], np.float32)


def _checked(schema: Schema, nuisance: np.ndarray, name: str) -> np.ndarray:
    nuisance = np.asarray(nuisance)
    if nuisance.ndim < 1 or nuisance.shape[-1] != schema.nuisance_width:
        raise SchemaError(
            f"{name}: got shape {list(nuisance.shape)}, schema {schema.name!r} wants "
            f"[..., {schema.nuisance_width}]"
        )
    return nuisance if nuisance.dtype.kind == "f" else nuisance.astype(np.float32)
