"""What each geometry slider does to the neutral head, as morphs that add up.

Shapes are differences of posed heads, so they hold all that the engine does at that slider alone;
where several sliders work together, the engine's contacts (lids on eyeballs, lips on teeth) are
only met approximately.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from face2param.engines.builtin import geometry
from face2param.engines.builtin.geometry import HeadMesh
from face2param.engines.builtin.geometry_sliders import GEOMETRY_SLIDERS
from face2param.schema import Character

# A low end that is no mirror image of the high end (cm) becomes a morph of its own.
_CURVED = 0.02
LOW = "_low"

Shapes = dict[str, np.ndarray]


class SliderShape(NamedTuple):
    """One slider.

    Attributes:
        name: of the slider.
        high: part -> displacement `[v, 3]` cm at value 1; parts that stay are left out.
        low: likewise at value 0, or None: `high` times `-below`.
        below: see `GeometrySlider`.
        eyes: shift of the eyeballs at 0 and at 1, `[2, 2, 3]` cm.
        radii: of the eyeballs at 0 and at 1, as factors.
    """

    name: str
    high: Shapes
    low: Shapes | None
    below: float
    eyes: np.ndarray
    radii: np.ndarray


def slider_shapes(
    neutral: Character,
    points: Callable[[HeadMesh], Shapes],
    still: float,
    judged: tuple[str, ...],
) -> list[SliderShape]:
    """The shapes of all geometry sliders.

    Args:
      neutral: the character in whose middle the sliders stand.
      points: vertices `[v, 3]` cm of all parts of a posed head, by name.
      still: displacements below this (cm) are left out.
      judged: parts that decide whether the low end needs a morph of its own.
    """
    rest_mesh = geometry.pose_head(neutral)
    rest = points(rest_mesh)
    out = []
    for slider in GEOMETRY_SLIDERS:
        ends, shapes = [], []
        for value in (0.0, 1.0):
            mesh = geometry.pose_head(neutral.replace(**{slider.name: value}))
            ends.append(mesh.eyes)
            shapes.append(_moved(points(mesh), rest, still))
        low, high = shapes
        curved = max(
            (np.abs(_at(low, name, v) + slider.below * _at(high, name, v)).max())
            for name, v in rest.items()
            if name in judged
        )
        eyes = np.stack([end.centres - rest_mesh.eyes.centres for end in ends])
        radii = np.array([end.radii[0] / rest_mesh.eyes.radii[0] for end in ends])
        keep = low if curved > _CURVED else None
        out.append(SliderShape(slider.name, high, keep, slider.below, eyes, radii))
    return out


def _moved(now: Shapes, rest: Shapes, still: float) -> Shapes:
    out = {}
    for name, vertices in now.items():
        shift = vertices - rest[name]
        shift = np.where(np.abs(shift).max(1, keepdims=True) < still, 0, shift)
        if shift.any():
            out[name] = shift.astype(np.float32)
    return out


def _at(shapes: Shapes, name: str, like: np.ndarray) -> np.ndarray:
    return shapes.get(name, np.zeros_like(like))


def morphs_of(shapes: list[SliderShape], part: str) -> Shapes:
    """Morph name -> displacement of one part."""
    out: Shapes = {}
    for shape in shapes:
        if part in shape.high:
            out[shape.name] = shape.high[part]
        if shape.low is not None and part in shape.low:
            out[shape.name + LOW] = shape.low[part]
    return out
