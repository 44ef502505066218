"""Hair of a character: the baked style, its sliders, and the motion of the head."""

from __future__ import annotations

import functools

import numpy as np

from face2param.engines.builtin.hair.beard import build_beard
from face2param.engines.builtin.hair.part import HairPart
from face2param.engines.builtin.hair.scalp import Scalp, build_scalp
from face2param.engines.builtin.hair.styled import Styled, bake
from face2param.engines.builtin.hair.styles import STYLES
from face2param.errors import EngineError

PARTING_KEYS = 4
"""Partings between the middle and the side that are traced; between them shapes are blended."""

_FLIP = np.array([-1.0, 1.0, 1.0], np.float32)


@functools.lru_cache(maxsize=1)
def scalp() -> Scalp:
    """Height map of the built-in head, once per process."""
    from face2param.engines.builtin import canonical

    return build_scalp(canonical.canonical().vertices)


@functools.lru_cache(maxsize=64)
def baked(name: str, key: int = 0) -> Styled:
    """A style on the canonical head, once per process.

    Args:
      name: of the style.
      key: 0 = parted in the middle .. `PARTING_KEYS` = on the viewer's left.
    """
    return bake(STYLES[name].with_parting(key / PARTING_KEYS), scalp())


def _parted(name: str, parting: float) -> tuple[Styled, bool]:
    """The style at a parting in [0, 1], and whether it must be mirrored."""
    if not STYLES[name].parted:
        return baked(name), False
    # rounded, so that p and 1 - p give the same bits
    place = round(abs(2.0 * parting - 1.0) * PARTING_KEYS, 6)
    key = min(int(place), PARTING_KEYS - 1)
    mixed = baked(name, key)
    if place > key:
        mixed = mixed.blend(baked(name, key + 1), place - key)
    return mixed, parting > 0.5


def build(character, mesh) -> list[HairPart]:
    """Hair and beard of a character.

    Args:
      character: of the built-in schema.
      mesh: the posed head (`geometry.pose_head`).

    Returns:
      The bundles to draw, empty for a bald and shaven head.

    Raises:
      EngineError: the character's hair is not a style of this engine.
    """
    parts = []
    name = character["hair"]
    if name != "bald":
        if name not in STYLES:
            raise EngineError(
                f"hair style {name!r} is unknown to the built-in engine; known: bald, "
                + ", ".join(sorted(STYLES))
            )
        parts.append(_hair(character, mesh, *_parted(name, float(character["hair_part"]))))
    parts += build_beard(character, mesh)
    return parts


def _hair(character, mesh, styled: Styled, mirrored: bool) -> HairPart:
    rest = styled.shape(
        float(character["hair_volume"]),
        float(character["hair_length"]),
        float(character["hairline_height"]),
    )
    turn = np.asarray(mesh.rotation, np.float32)
    if mirrored:
        rest = rest * _FLIP
        turn = turn * _FLIP  # of the normals and tangents
    return HairPart(
        name="hair",
        vertices=np.ascontiguousarray(mesh.deform(rest, follow="skull"), np.float32),
        normals=np.ascontiguousarray(styled.normals @ turn.T),
        tangents=np.ascontiguousarray(styled.tangents @ turn.T),
        attributes=styled.attributes,
        faces=styled.faces,
        occluders=styled.occluders,
        shading=styled.shading,
    )
