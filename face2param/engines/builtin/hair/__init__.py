"""Hair and beards of the built-in head: shells and ribbons with strands cut out by the shader."""

from face2param.engines.builtin.hair.build import build
from face2param.engines.builtin.hair.part import HairPart, HairShading
from face2param.engines.builtin.hair.styles import PARTED_STYLES, STYLES, STYLES_OVER_EARS

__all__ = [
    "PARTED_STYLES",
    "STYLES",
    "STYLES_OVER_EARS",
    "HairPart",
    "HairShading",
    "build",
]
