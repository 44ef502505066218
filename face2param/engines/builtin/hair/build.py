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


@functools.lru_cache(maxsize=1)
def scalp() -> Scalp:
    """Height map of the built-in head, once per process."""
    from face2param.engines.builtin import canonical

    return build_scalp(canonical.canonical().vertices)


@functools.cache
def baked(name: str) -> Styled:
    """A style on the canonical head, once per process."""
    return bake(STYLES[name], scalp())


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
        parts.append(_hair(character, mesh, baked(name)))
    parts += build_beard(character, mesh)
    return parts


def _hair(character, mesh, styled: Styled) -> HairPart:
    rest = styled.shape(
        float(character["hair_volume"]),
        float(character["hair_length"]),
        float(character["hairline_height"]),
    )
    turn = np.asarray(mesh.rotation, np.float32)
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
