"""Sliders for colours: skin, lips, brows, eyes, stubble."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from face2param.engines.rigged.channels import Channel, LayerChannel, MaterialChannel
from face2param.engines.rigged.head_file import Layer
from face2param.schema import Continuous

SKIN, EYES = "skin", "eyes"

_TONE = ((1.0, 1.0, 1.0), (0.70, 0.585, 0.505), (0.125, 0.080, 0.058))
"""Linear factors on the painted skin, from light over tan to dark."""
_WARMTH = ((0.03, -0.035, -0.085), (-0.015, 0.02, 0.055))
"""Added to the factors: olive at 0, rosy at 1."""
_HAIR = ((0.004, 0.003, 0.003), (0.030, 0.017, 0.010), (0.33, 0.20, 0.085))
_IRIS = ((0.022, 0.010, 0.005), (0.16, 0.10, 0.045), (0.30, 0.42, 0.55))
_LIPS = ((0.54, 0.28, 0.23), (0.44, 0.145, 0.14), (0.30, 0.035, 0.055))

USUAL = {
    "skin_tone": (0.38, 0.22),
    "skin_warmth": (0.5, 0.2),
    "cheek_redness": (0.45, 0.2),
    "stubble": (0.05, 0.28),
    "lip_color": (0.42, 0.16),
    "lip_strength": (0.45, 0.18),
    "brow_color": (0.36, 0.2),
    "brow_strength": (0.55, 0.2),
    "lid_shade": (0.25, 0.14),
    "iris_color": (0.40, 0.28),
}
"""Mean and standard deviation of the sliders among people."""


class Appearance(NamedTuple):
    """Attributes: sliders, their bindings, layers of the skin and of the eyes."""

    sliders: tuple[Continuous, ...]
    bindings: dict[str, tuple[Channel, ...]]
    layers: dict[str, tuple[Layer, ...]]


def appearance() -> Appearance:
    """The sliders, for materials called `skin` and `eyes` and the masks of `paint.skin`."""
    layers = {
        SKIN: (
            Layer("blush", "blush", color=_linear((0.80, 0.42, 0.38)), amount=0.10),
            Layer("lids", "lids", color=_linear((0.36, 0.24, 0.22)), amount=0.10),
            Layer("stubble", "stubble", color=_linear((0.30, 0.27, 0.26)), amount=0.0),
            Layer("lips", "lips", color=_LIPS[1], amount=0.68),
            Layer("brows", "brows", color=_HAIR[1], amount=0.80),
        ),
        EYES: (Layer("iris", "iris", color=_IRIS[1], amount=1.0, blend="multiply"),),
    }
    rows = (
        ("skin_tone", SKIN, "light to dark skin", 0.5, (_tone(),)),
        ("skin_warmth", SKIN, "olive to rosy skin", 0.5, (_warmth(),)),
        ("cheek_redness", SKIN, "pale to red cheeks", 0.5, 
         (_amount(SKIN, "blush", 0, 0.10, 0.36),)),
        ("stubble", SKIN, "shaved to stubble", 0.0, (_amount(SKIN, "stubble", 0, 0, 0.68),)),
        ("lip_color", "mouth", "pale to deep red lips", 0.5, (_colour(SKIN, "lips", _LIPS),)),
        ("lip_strength", "mouth", "lips like skin to painted lips", 0.5,
         (_amount(SKIN, "lips", 0.25, 0.68, 0.92),)),
        ("brow_color", "brows", "black to blond brows", 0.5, (_colour(SKIN, "brows", _HAIR),)),
        ("brow_strength", "brows", "thin to thick hair of the brows", 0.5,
         (_amount(SKIN, "brows", 0.15, 0.80, 1.0),)),
        ("lid_shade", "eyes", "bare to shaded lids", 0.25,
         (_amount(SKIN, "lids", 0, 0.10, 0.75),)),
        ("iris_color", "eyes", "brown over hazel to blue eyes", 0.5,
         (_colour(EYES, "iris", _IRIS),)),
    )  # fmt: skip
    sliders = tuple(Continuous(*row[:2], row[3], None, row[2]) for row in rows)
    return Appearance(sliders, {row[0]: row[4] for row in rows}, layers)


def _tone() -> MaterialChannel:
    light, tan, dark = ((*factors, 1.0) for factors in _TONE)
    return MaterialChannel(SKIN, "base_color", light, tan, dark)


def skin_factors() -> tuple[float, float, float, float]:
    """Base colour of the skin's material at rest."""
    return (*_TONE[1], 1.0)


def _warmth() -> MaterialChannel:
    middle = skin_factors()
    olive, rosy = (tuple(np.add(middle, (*shift, 0.0)).tolist()) for shift in _WARMTH)
    return MaterialChannel(SKIN, "base_color", olive, middle, rosy)


def _amount(material: str, layer: str, low: float, middle: float, high: float) -> LayerChannel:
    return LayerChannel(material, layer, "amount", low, middle, high)


def _colour(material: str, layer: str, colours: tuple) -> LayerChannel:
    return LayerChannel(material, layer, "color", *colours)


def _linear(display: tuple[float, float, float]) -> tuple[float, ...]:
    return tuple(float(value**2.2) for value in display)
